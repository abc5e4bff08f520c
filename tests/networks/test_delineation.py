"""The delineation network: what comes out, how far it looks, and what it is trained to lower."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ectopy.models.wave_candidates import MARGIN
from ectopy.networks.delineation import DelineationNetwork
from ectopy.networks.delineation_loss import DelineationLoss, _picked, _played
from ectopy.training.export import to_onnx
from ectopy.training.loop import seeded


@pytest.fixture(scope="module")
def network() -> DelineationNetwork:
    with seeded(0):
        return DelineationNetwork().eval()


def test_probabilities_twice_a_frame(network: DelineationNetwork) -> None:
    answers = network(torch.randn(2, 640))
    assert answers.shape == (2, 6, 320)
    assert bool(((answers >= 0) & (answers <= 1)).all())
    assert bool((answers[:, :3].sum(dim=1) <= 1 + 1e-6).all())


def test_it_looks_no_further_than_the_margin_of_a_block(network: DelineationNetwork) -> None:
    """The margin also has to hold the longest wave, a second."""
    lead = torch.randn(1, 4096, generator=torch.Generator().manual_seed(0), requires_grad=True)
    (network(lead)[0, :, 1024] * torch.arange(6)).sum().backward()
    assert lead.grad is not None
    touched = np.flatnonzero(lead.grad[0].numpy())
    reach = max(2048 - touched[0], touched[-1] - 2049)
    assert reach + 250 <= MARGIN


def test_it_is_small_enough_to_ship(network: DelineationNetwork) -> None:
    assert len(to_onnx(network, np.zeros((2, 2048), np.float32), ["waves"])) <= 400_000


def test_labels_move_with_the_samples_they_are_of() -> None:
    """A row that is played faster has its waves earlier, in the samples and in the labels."""
    rows, labels = torch.zeros(1, 2560), torch.zeros(1, 5120, dtype=torch.int8)
    rows[0, 1800:1900], labels[0, 3600:3800] = 1.0, 2
    speed, shift = torch.tensor([[1.25]]), torch.tensor([[40.0]])
    played = np.flatnonzero(_played(rows, speed, shift, float("nan"))[0].nan_to_num().numpy() > 0.5)
    picked = np.flatnonzero(_picked(labels, speed, 2 * shift)[0].numpy() == 2) / 2
    assert abs(played[0] - picked[0]) <= 1
    assert abs(played[-1] - picked[-1]) <= 1
    assert 75 < len(played) < 85


def test_what_is_not_known_costs_nothing(network: DelineationNetwork) -> None:
    loss = DelineationLoss([torch.randn(5000)])
    leads = torch.randn(2, 2560)
    distances = torch.full((2, 3, 1280), 100.0)
    unknown = loss(network, [leads, torch.full((2, 5120), -1, dtype=torch.int8), distances])
    assert unknown.item() == 0
