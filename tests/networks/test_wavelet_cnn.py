"""The classifier of wavelet coefficients: what every network has to do, and the published sizes."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch

from ectopy.errors import ParameterError
from ectopy.networks.wavelet_cnn import WaveletCnn, WaveletCnnArchitecture, wavelet_cnn_loss
from ectopy.training.export import to_onnx
from ectopy.training.loop import Schedule, apply_network, fit_network, seeded

SMALL = WaveletCnnArchitecture(filters=(8, 8), dense=12)


def build(n_leads: int = 1, n_times: int = 141, seed: int = 0) -> WaveletCnn:
    with seeded(seed):
        return SMALL.build(n_leads, n_times)


def beats(n: int, n_leads: int = 1, n_times: int = 141) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, n_leads, n_times)).astype(np.float32)


@pytest.mark.parametrize(("n_leads", "n_times"), [(1, 141), (2, 141), (1, 96), (3, 65)])
def test_each_beat_gets_the_log_odds_of_each_class(n_leads: int, n_times: int) -> None:
    log_odds = apply_network(build(n_leads, n_times), beats(4, n_leads, n_times))[0]
    assert log_odds.shape == (4, 5)
    assert log_odds.dtype == np.float32


def test_it_has_the_published_sizes() -> None:
    shapes = [tuple(w.shape) for w in WaveletCnnArchitecture().build(1, 141).parameters() if w.ndim > 1]
    assert shapes == [(100, 1, 1, 5), (90, 100, 1, 5), (30, 90 * 3), (5, 30)]


def test_pooling_before_the_relu_is_pooling_after_it() -> None:
    network = build().eval()
    x = torch.from_numpy(beats(3)).unsqueeze(2)
    convolution, norm, pool, relu = network.stages[:4]
    with torch.no_grad():
        torch.testing.assert_close(network.stages[:4](x), pool(relu(norm(convolution(x)))))


def test_every_weight_can_learn() -> None:
    network = build().train()
    classes = torch.arange(16) % 5
    wavelet_cnn_loss(network, [torch.from_numpy(beats(16)), classes, torch.ones(16)]).backward()
    for name, value in network.named_parameters():
        assert value.grad is not None, name
        assert torch.isfinite(value.grad).all(), name
        if not name.startswith("stages") or not name.endswith("bias") or ".1." in name:
            assert value.grad.abs().max() > 0, name


def test_a_weight_of_nought_leaves_a_beat_out() -> None:
    network, x = build().eval(), torch.from_numpy(beats(4))
    classes, weights = torch.tensor([0, 1, 2, 3]), torch.tensor([2.0, 2.0, 0.0, 0.0])
    with torch.no_grad():
        half = wavelet_cnn_loss(network, [x[:2], classes[:2], torch.ones(2)])
        torch.testing.assert_close(wavelet_cnn_loss(network, [x, classes, weights]), half)


def test_a_beat_is_judged_by_itself() -> None:
    network, x = build(), beats(8)
    alone = [apply_network(network, x[[row]])[0] for row in range(8)]
    np.testing.assert_allclose(apply_network(network, x)[0], np.concatenate(alone), atol=1e-5)


def test_a_seed_is_a_network() -> None:
    first, second, other = (apply_network(build(seed=seed), beats(4))[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_onnxruntime_says_what_torch_says() -> None:
    network, x = build(), beats(9)
    session = ort.InferenceSession(to_onnx(network, x[:2], ["log_odds"]), providers=["CPUExecutionProvider"])
    for n in (1, 9):
        found = session.run(["log_odds"], {"input": x[:n]})[0]
        np.testing.assert_allclose(found, apply_network(network, x[:n])[0], atol=1e-5)


def test_it_can_learn_eight_beats_by_heart() -> None:
    network, x = build(), beats(8)
    arrays = [x, np.arange(8) % 5, np.ones(8, np.float32)]
    schedule = Schedule(epochs=100, batch_size=8, learning_rate=0.02, patience=100, weight_decay=0)
    fit_network(network, wavelet_cnn_loss, arrays, arrays, schedule=schedule)
    assert (apply_network(network, x)[0].argmax(axis=1) == arrays[1]).all()


def test_a_beat_too_short_is_refused() -> None:
    with pytest.raises(ParameterError, match="n_times=30 is pooled away"):
        SMALL.build(1, 30)


@pytest.mark.parametrize("options", [{"filters": (8,)}, {"filters": (8, 0)}, {"pool": 0}, {"n_classes": 0}])
def test_impossible_sizes_are_refused(options: dict) -> None:
    with pytest.raises(ParameterError, match="above 0"):
        WaveletCnnArchitecture(**options)
