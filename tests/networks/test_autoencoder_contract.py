"""What every autoencoder of heartbeats has to do, whatever its architecture."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import nn

from ectopy.errors import ParameterError
from ectopy.networks import AUTOENCODERS, autoencoder, describe
from ectopy.training.export import to_onnx
from ectopy.training.loop import Schedule, apply_network, fit_network, seeded

SHAPES = [(1, 96), (1, 97), (1, 140), (2, 51), (3, 64), (12, 187)]


@pytest.fixture(params=AUTOENCODERS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def build(name: str, n_leads: int = 1, n_times: int = 96, seed: int = 0) -> nn.Module:
    with seeded(seed):
        return autoencoder(name).build(n_leads, n_times)


def windows(n: int, n_leads: int = 1, n_times: int = 96) -> np.ndarray:
    """Beats of several widths and heights, and a little noise."""
    rng = np.random.default_rng(0)
    time = np.linspace(-1, 1, n_times)
    width, height = rng.uniform(0.05, 0.3, (2, n, n_leads, 1))
    noise = rng.normal(0, 0.02, (n, n_leads, n_times))
    return (10 * height * np.exp(-((time / width) ** 2)) + noise).astype(np.float32)


@pytest.mark.parametrize(("n_leads", "n_times"), SHAPES)
def test_the_picture_has_the_shape_of_the_beat_and_the_code_is_smaller(
    name: str, n_leads: int, n_times: int
) -> None:
    x = windows(3, n_leads, n_times)
    picture, code = apply_network(build(name, n_leads, n_times), x)
    assert picture.shape == x.shape
    assert picture.dtype == code.dtype == np.float32
    assert code.ndim == 2
    assert len(code) == 3
    assert code.shape[1] < n_leads * n_times


def test_the_halves_make_the_whole(name: str) -> None:
    network = build(name).eval()
    x = torch.from_numpy(windows(4))
    with torch.no_grad():
        picture, code = network(x)
        torch.testing.assert_close(network.encode(x), code)
        torch.testing.assert_close(network.decode(code), picture)


@pytest.mark.parametrize(("n_leads", "n_times"), [(1, 96), (2, 51)])
def test_every_weight_can_learn(name: str, n_leads: int, n_times: int) -> None:
    network = build(name, n_leads, n_times).train()
    x = torch.from_numpy(windows(16, n_leads, n_times))
    (network(x)[0] - x).square().mean().backward()
    for weight, value in network.named_parameters():
        assert value.grad is not None, weight
        assert torch.isfinite(value.grad).all(), weight
        assert value.grad.abs().max() > 0, weight


def test_a_beat_is_judged_by_itself(name: str) -> None:
    network, x = build(name), windows(8)
    together = apply_network(network, x)
    alone = [apply_network(network, x[[row]]) for row in range(8)]
    for column in (0, 1):
        np.testing.assert_allclose(together[column], np.concatenate([a[column] for a in alone]), atol=1e-5)


def test_a_seed_is_a_network(name: str) -> None:
    x = windows(4)
    first, second, other = (apply_network(build(name, seed=seed), x)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize(("n_leads", "n_times"), [(1, 96), (2, 51)])
def test_onnxruntime_draws_what_torch_draws(name: str, n_leads: int, n_times: int) -> None:
    network = build(name, n_leads, n_times)
    x = windows(9, n_leads, n_times)
    session = ort.InferenceSession(
        to_onnx(network, x[:2], ["reconstruction", "code"]), providers=["CPUExecutionProvider"]
    )
    for n in (1, 9):
        found = session.run(["reconstruction", "code"], {"input": x[:n]})
        for ours, theirs in zip(apply_network(network, x[:n]), found, strict=True):
            np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_it_can_learn_eight_beats_by_heart(name: str) -> None:
    network, x = build(name), windows(8)

    def error(network: nn.Module, batch) -> torch.Tensor:
        return (network(batch[0])[0] - batch[0]).square().mean()

    schedule = Schedule(epochs=400, batch_size=8, learning_rate=0.02, patience=400, weight_decay=0)
    history = fit_network(network, error, [x], [x], schedule=schedule)
    assert history.validation[history.best_epoch] < 0.05 * x.var()


def test_its_description_builds_it_again(name: str) -> None:
    architecture = autoencoder(name)
    assert autoencoder(describe(architecture)) == architecture
    assert describe(architecture)["name"] == name


def test_an_option_it_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="wings"):
        autoencoder({"name": name, "wings": 2})


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ParameterError, match="choose one of: conv"):
        autoencoder("transformer")


def test_a_mapping_without_a_name_says_so() -> None:
    with pytest.raises(ParameterError, match="choose one of: conv"):
        autoencoder({"kernel": 5})


def test_an_even_kernel_is_refused() -> None:
    with pytest.raises(ParameterError, match="kernel=4"):
        autoencoder({"name": "conv", "kernel": 4})
