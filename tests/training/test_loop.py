"""The one training loop: repeatable, stopped in time, and ending on its best weights."""

from __future__ import annotations

import math

import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import Tensor, nn

from ectopy.errors import ParameterError
from ectopy.training.export import to_onnx
from ectopy.training.loop import Schedule, apply_network, fit_network, mean_loss, one_thread, seeded
from ectopy.training.onnx_layout import in_half

X = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
Y = X @ np.array([[1], [-2], [0.5], [0]], np.float32)
SHORT = Schedule(epochs=6, batch_size=16, learning_rate=0.05)


def squared(network: nn.Module, batch) -> Tensor:
    x, y = batch
    return (network(x) - y).square().mean()


def line(seed: int = 0, dropout: float = 0.0) -> nn.Module:
    with seeded(seed):
        return nn.Sequential(nn.Dropout(dropout), nn.Linear(4, 1))


def weights(network: nn.Module) -> np.ndarray:
    return np.concatenate([value.detach().numpy().ravel() for value in network.state_dict().values()])


def test_the_same_seed_gives_the_same_weights_and_another_gives_others():
    networks = [line(dropout=0.3) for _ in range(3)]
    for network, seed in zip(networks, (5, 5, 6), strict=True):
        fit_network(network, squared, [X, Y], [X, Y], schedule=SHORT, seed=seed)
    first, second, other = map(weights, networks)
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_what_others_draw_at_random_is_left_alone():
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    np.random.seed(11)  # noqa: NPY002  # the global state is what must not be touched
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    fit_network(line(dropout=0.5), squared, [X, Y], [X, Y], schedule=SHORT, seed=1)
    assert torch.equal(torch.rand(3), expected)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_what_others_drew_at_random_has_no_say():
    first, second = line(), line()
    torch.manual_seed(1)
    fit_network(first, squared, [X, Y], [X, Y], schedule=SHORT)
    torch.manual_seed(2)
    fit_network(second, squared, [X, Y], [X, Y], schedule=SHORT)
    np.testing.assert_array_equal(weights(first), weights(second))


def test_it_learns_and_says_how():
    network = line()
    history = fit_network(network, squared, [X, Y], [X, Y], schedule=Schedule(epochs=60, learning_rate=0.1))
    assert len(history.train) == len(history.validation)
    assert history.validation[history.best_epoch] < 0.01 * history.validation[0]
    assert not network.training


class Listed(nn.Module):
    """One weight that only moves by training, and the held-out losses it is told to have."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.register_buffer("epoch", torch.zeros((), dtype=torch.int64))
        self.losses = losses


def as_listed(network: Listed, batch) -> Tensor:
    if network.training:
        network.epoch += 1
        return network.weight  # its gradient is 1: the weight falls at every step
    return torch.tensor(network.losses[int(network.epoch) - 1])


def fit_listed(losses: list[float], **schedule: float) -> tuple[Listed, object]:
    network = Listed(losses)
    plan = Schedule(**{"epochs": len(losses), "batch_size": 64, **schedule})
    return network, fit_network(network, as_listed, [X], [X], schedule=plan)


def test_the_best_weights_are_kept_and_not_the_last():
    kept, history = fit_listed([5.0, 1.0, 3.0, 4.0])
    stopped, _ = fit_listed([5.0, 1.0, 3.0, 4.0], patience=1)
    assert history.best_epoch == 1
    assert int(kept.epoch) == 2  # buffers, such as those of batch normalisation, go back with the weights
    assert kept.weight.item() == stopped.weight.item() < 0


def test_the_best_weights_are_a_copy_and_not_a_view():
    network, _ = fit_listed([1.0, 2.0, 3.0, 4.0])
    one, _ = fit_listed([1.0, 2.0, 3.0, 4.0], patience=1)
    four, _ = fit_listed([4.0, 3.0, 2.0, 1.0])
    assert network.weight.item() == one.weight.item()
    assert network.weight.item() > four.weight.item()


def test_it_stops_when_nothing_was_gained_for_long():
    _, history = fit_listed([3.0, 2.0, 2.5, 2.4, 2.3, 1.0], patience=3)
    assert len(history.validation) == 5
    assert history.best_epoch == 1


def test_a_gain_that_is_too_small_is_none():
    _, history = fit_listed([1.0, 0.9999, 0.9998, 0.5], patience=2, min_delta=1e-3)
    assert (history.best_epoch, len(history.validation)) == (0, 3)


def test_a_gain_can_be_too_small_in_units_of_the_loss():
    losses = [0.01, 0.005, 0.0045, 0.004, 0.003]
    _, relative = fit_listed(losses, patience=3, min_delta=1e-3)
    _, absolute = fit_listed(losses, patience=3, min_delta=0, min_drop=1.5e-3)
    assert (relative.best_epoch, absolute.best_epoch) == (4, 4)
    _, absolute = fit_listed(losses, patience=3, min_delta=0, min_drop=2.5e-3)
    assert (absolute.best_epoch, len(absolute.validation)) == (1, 5)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_names_the_remedy(value: float):
    with pytest.raises(ParameterError, match=r"diverged in epoch 1.*lower learning_rate=0\.5"):
        fit_listed([1.0, value, 1.0], learning_rate=0.5)


@pytest.mark.parametrize(("train", "held_out", "name"), [(X[:0], X, "train"), (X, X[:0], "validation")])
def test_an_empty_part_is_named(train: np.ndarray, held_out: np.ndarray, name: str):
    with pytest.raises(ParameterError, match=f"{name} has no rows"):
        fit_network(line(), squared, [train, train], [held_out, held_out])


def test_the_mean_loss_weighs_rows_and_not_batches():
    network = line()
    tensors = [torch.from_numpy(X), torch.from_numpy(Y)]
    whole = mean_loss(network, squared, tensors, batch_size=64)
    assert mean_loss(network, squared, tensors, batch_size=40) == pytest.approx(whole, rel=1e-5)


def test_held_out_data_teach_nothing():
    first, second = line(), line()
    fit_network(first, squared, [X, Y], [X, Y], schedule=Schedule(epochs=1, batch_size=16))
    fit_network(second, squared, [X, Y], [X, -9 * Y], schedule=Schedule(epochs=1, batch_size=16))
    np.testing.assert_array_equal(weights(first), weights(second))


def test_a_network_runs_in_batches_as_it_does_at_once():
    network = line(dropout=0.5)
    whole, parts = apply_network(network, X)[0], apply_network(network, X, batch_size=7)[0]
    np.testing.assert_allclose(whole, parts, rtol=1e-6)
    assert apply_network(network, X[:0])[0].shape == (0, 1)


def test_the_exported_network_gives_the_same_numbers_for_any_number_of_rows():
    network = line(dropout=0.5)
    session = ort.InferenceSession(to_onnx(network, X[:2], ["y"]), providers=["CPUExecutionProvider"])
    for n in (1, 2, 64):
        (found,) = session.run(["y"], {"input": X[:n]})
        np.testing.assert_allclose(found, apply_network(network, X[:n])[0], atol=1e-6)


def test_a_network_in_half_is_smaller_and_says_the_same_where_16_bits_hold_its_matrices():
    network = nn.Sequential(nn.Linear(4, 300), nn.ReLU(), nn.Linear(300, 30))
    with torch.no_grad():
        for matrix in (network[0].weight, network[2].weight):
            matrix.copy_(matrix.half().float())
    whole = to_onnx(network, X[:2], ["y"])
    half = in_half(whole)
    assert len(half) < 0.65 * len(whole)
    session = ort.InferenceSession(half, providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(["y"], {"input": X})[0], apply_network(network, X)[0], atol=1e-6)


def test_a_watcher_sees_each_epoch_and_can_end_the_training():
    seen = []

    def watch(network: nn.Module) -> bool:
        seen.append(network.training)
        return len(seen) == 2

    history = fit_network(line(), squared, [X, Y], [X, Y], schedule=SHORT, watch=watch)
    assert seen == [False, False]
    assert len(history.train) == 2


def test_the_constant_policy_is_plain_adam():
    schedule = Schedule(epochs=2, batch_size=64, learning_rate=0.05, weight_decay=0, policy="constant")
    network, twin = line(), line()
    fit_network(network, squared, [X, Y], [X, Y], schedule=schedule)
    adam = torch.optim.Adam(twin.parameters(), lr=0.05)
    for _ in range(2):
        adam.zero_grad()
        squared(twin, [torch.from_numpy(X), torch.from_numpy(Y)]).backward()
        adam.step()
    np.testing.assert_allclose(weights(network), weights(twin), atol=1e-6)


def test_one_thread_is_given_back_even_after_an_error():
    before = torch.get_num_threads()

    def fail() -> None:
        with one_thread():
            assert torch.get_num_threads() == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == before


def test_a_row_left_over_does_not_stop_batch_normalisation():
    network = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 1))
    history = fit_network(network, squared, [X[:33], Y[:33]], [X, Y], schedule=SHORT)
    assert len(history.train) == SHORT.epochs
