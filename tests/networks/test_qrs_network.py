from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ectopy.models.qrs_detector import beat_probability, default_model  # noqa: E402
from ectopy.networks.qrs_loss import changed, qrs_loss  # noqa: E402
from ectopy.networks.qrs_network import QrsNetwork  # noqa: E402


def network() -> QrsNetwork:
    torch.manual_seed(0)
    return QrsNetwork().eval()


def test_one_answer_for_two_samples_whatever_the_leads() -> None:
    for n, n_leads, n_times in ((1, 1, 16), (2, 3, 256), (1, 12, 1024)):
        assert network()(torch.randn(n, n_leads, n_times)).shape == (n, n_times // 2)


def test_the_order_of_the_leads_and_a_lead_given_twice_do_not_matter() -> None:
    leads = torch.randn(1, 3, 256)
    answer = network()(leads)
    torch.testing.assert_close(network()(leads.flip(1)), answer, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        network()(leads[:, :1].expand(-1, 4, -1)), network()(leads[:, :1]), rtol=1e-4, atol=1e-5
    )


def test_the_answer_depends_on_nothing_out_of_reach() -> None:
    leads = torch.randn(1, 1, 2048)
    spoilt = leads.clone()
    spoilt[..., :1024] = 0
    difference = (network()(leads) - network()(spoilt))[0].abs() > 0
    assert not difference[(1024 + 320) // 2 :].any()


def test_a_changed_batch_keeps_its_shape_and_gaps_have_no_beats() -> None:
    torch.manual_seed(0)
    leads, targets = torch.ones(64, 2, 2048), torch.ones(64, 1024)
    for _ in range(20):
        new, aims = changed(leads, targets)
        assert new.shape in ((64, 1, 2048), (64, 2, 2048))
        assert torch.isfinite(new).all()
        if new.shape[1] == 1:
            assert (new[:, 0, ::2].abs().amax(1) > 0).all()
            assert not aims[(new[:, 0, ::2] == 0) & (aims < 1)].any()


def test_weights_of_zero_silence_the_loss() -> None:
    batch = [torch.randn(2, 2, 256), torch.rand(2, 128), torch.zeros(2, 128)]
    assert qrs_loss(network(), batch).item() == 0


def test_the_shipped_detector_weighs_leads_by_trust() -> None:
    rng = np.random.default_rng(0)
    beat = np.exp(-0.5 * ((np.arange(1024)[:, None] - np.arange(60, 1024, 85)) / 1.5) ** 2).sum(axis=1)
    clean = beat.astype(np.float32)[None]
    hiss = rng.normal(0, 0.5, (1, 1024)).astype(np.float32)
    alone = beat_probability(clean, default_model())
    together = beat_probability(np.concatenate([clean, hiss]), default_model())
    inner = slice(100, -100)
    assert (together[inner][alone[inner] > 0.6] > 0.3).all()
    assert (together[inner][alone[inner] < 0.01] < 0.1).all()
