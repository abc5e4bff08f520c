"""The denoiser takes windows of any length and gain, and can learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ectopy.errors import ParameterError
from ectopy.networks.denoising_unet import DenoisingUnet, UnetArchitecture
from ectopy.training.loop import Schedule, apply_network, fit_network, seeded


def build(seed: int = 0) -> DenoisingUnet:
    with seeded(seed):
        return UnetArchitecture((8, 12, 16), kernel=5).build(1)


def windows(n_times: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 1, n_times)).astype(np.float32)


@pytest.mark.parametrize("n_times", [64, 129, 512, 1000])
def test_a_window_of_any_length_comes_back_at_its_length(n_times: int):
    assert apply_network(build(), windows(n_times))[0].shape == (3, 1, n_times)


def test_gain_and_offset_of_the_recorder_do_not_matter():
    plain, louder = (apply_network(build(), x)[0] for x in (windows(256), 50 * windows(256) + 3))
    np.testing.assert_allclose(louder, 50 * plain, rtol=1e-3, atol=1e-2)


def test_a_flat_window_stays_finite():
    assert np.isfinite(apply_network(build(), np.zeros((1, 1, 128), np.float32))[0]).all()


def test_every_weight_can_learn():
    network = build().train()
    network(torch.from_numpy(windows(256))).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name


def test_it_learns_to_take_noise_off():
    rng = np.random.default_rng(0)
    times = np.arange(256) / 256 + rng.uniform(0, 1, (64, 1, 1))
    clean = np.sin(2 * np.pi * 4 * times).astype(np.float32)
    noisy = clean + rng.normal(0, 0.5, clean.shape).astype(np.float32)

    def loss(network, batch):
        return (network(batch[1]) - batch[0]).square().mean()

    network = build()
    schedule = Schedule(epochs=12, batch_size=16, learning_rate=1e-2, patience=12)
    fit_network(network, loss, [clean, noisy], [clean, noisy], schedule=schedule)
    assert np.square(apply_network(network, noisy)[0] - clean).mean() < 0.2 * 0.25


@pytest.mark.parametrize("options", [{"filters": ()}, {"filters": (8, 0)}, {"kernel": 4}])
def test_sizes_that_are_none_are_refused(options: dict[str, object]):
    with pytest.raises(ParameterError, match=next(iter(options))):
        UnetArchitecture(**options)
