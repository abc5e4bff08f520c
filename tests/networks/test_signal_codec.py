"""The learned codec takes any length, counts bits as a distribution does, and trains on them."""

from __future__ import annotations

import pytest
import torch

from ectopy.errors import ParameterError
from ectopy.networks.signal_codec import CodecArchitecture, SignalCodec
from ectopy.training.loop import seeded


def build(seed: int = 0, **options: object) -> SignalCodec:
    with seeded(seed):
        return CodecArchitecture(**options).build(1)


def noise(n_times: int) -> torch.Tensor:
    return torch.randn(2, 1, n_times, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("n_times", [32, 100, 512, 516])
def test_a_window_of_any_length_comes_back_at_its_length(n_times: int):
    network = build().eval()
    picture, code = network(noise(n_times))
    assert picture.shape == (2, 1, n_times)
    assert code.shape == (2, 12, -(-n_times // 32))


def test_in_evaluation_the_code_is_whole_steps_and_the_halves_make_the_whole():
    network = build().eval()
    picture, code = network(noise(128))
    assert (code == torch.round(code)).all()
    torch.testing.assert_close(network.decode(code), picture)
    torch.testing.assert_close(torch.round(network.encode(noise(128))), code)


def test_in_training_the_code_strays_by_half_a_step_at_most():
    network = build().train()
    with seeded(0):
        stored = network(noise(128))[1]
    strayed = (stored - network.encode(noise(128))).abs()
    assert 0.4 < strayed.max() <= 0.5


def test_the_bits_are_those_of_a_distribution():
    network = build()
    bits = network.bits(torch.arange(-60.0, 61.0).expand(1, 12, -1)).detach()
    torch.testing.assert_close(torch.exp2(-bits).sum(dim=-1), torch.ones(1, 12), atol=1e-4, rtol=0)
    assert (bits[..., 60] < bits[..., 63]).all()


def test_every_weight_learns_from_distortion_and_bits():
    network = build().train()
    picture, code = network(noise(128))
    ((picture - noise(128)).square().mean() + network.bits(code).mean()).backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


def test_a_beat_costs_the_same_wherever_it_stands():
    network = build().eval()
    wave = torch.zeros(2, 1, 1024)
    wave[0, 0, 320:360] = wave[1, 0, 320 + 64 : 360 + 64] = torch.hann_window(40)
    code = network.encode(wave)
    torch.testing.assert_close(code[0, :, 5:20], code[1, :, 7:22])


@pytest.mark.parametrize("options", [{"n_channels": 0}, {"filters": 0}, {"strides": ()}, {"strides": (4, 1)}])
def test_sizes_that_are_none_are_refused(options: dict[str, object]):
    with pytest.raises(ParameterError, match=next(iter(options))):
        CodecArchitecture(**options)
