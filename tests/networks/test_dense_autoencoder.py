"""What the dense autoencoder does beyond the contract of every autoencoder."""

from __future__ import annotations

import pytest
import torch

from ectopy.errors import ParameterError
from ectopy.networks.dense_autoencoder import DenseArchitecture
from ectopy.training.loop import seeded


def test_the_code_is_as_long_as_was_asked():
    network = DenseArchitecture(n_code=5).build(1, 140).eval()
    assert network(torch.zeros(2, 1, 140))[1].shape == (2, 5)


def test_a_bounded_code_stays_within_what_a_quantiser_holds():
    with seeded(0):
        network = DenseArchitecture(8, bounded=True).build(1, 96).eval()
        codes = network.encode(1000 * torch.randn(64, 1, 96))
    assert codes.abs().max() <= 1
    assert codes.abs().max() > 0.9


@pytest.mark.parametrize(
    "options", [{"n_code": 0}, {"filters": ()}, {"stretch": (0,)}, {"kernel": 4}, {"kernel": -1}]
)
def test_sizes_that_are_none_are_refused(options: dict[str, object]):
    with pytest.raises(ParameterError, match=next(iter(options))):
        DenseArchitecture(**options)
