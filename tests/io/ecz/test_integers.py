"""Numbers come back as they were written, whatever class they were given."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.io.ecz.integers import N_CLASSES, IntegerDecoder, IntegerEncoder, class_of
from ectopy.io.ecz.prediction import LANE, ORDER, read_lead, rebuild, write_lead


def test_every_number_comes_back_in_every_class() -> None:
    edges = [0, 1, -1, 95, 96, -96, 97, -97, 2**16, -(2**16), 2**31 - 1, -(2**31) + 1]
    values = np.tile(np.array(edges), N_CLASSES)
    classes = np.repeat(np.arange(N_CLASSES), len(edges))
    encoder = IntegerEncoder()
    encoder.write(values, classes)
    encoder.write_uniform(np.array([0, 65535]), 1 << 16)
    decoder = IntegerDecoder(encoder.finish())
    np.testing.assert_array_equal(decoder.read(classes), values)
    assert decoder.read_uniform(2, 1 << 16).tolist() == [0, 65535]


def test_a_number_of_its_class_costs_few_bits() -> None:
    rng = np.random.default_rng(0)
    for scale in (0.3, 4, 200):
        values = np.rint(rng.laplace(scale=scale, size=4000)).astype(np.int64)
        encoder = IntegerEncoder()
        encoder.write(values, np.full(len(values), class_of(np.abs(values).mean())))
        _, counts = np.unique(values, return_counts=True)
        entropy = -(counts / 4000 * np.log2(counts / 4000)).sum()
        assert 8 * len(encoder.finish()) / 4000 < max(1.08 * entropy, entropy + 0.08) + 0.05


@pytest.mark.parametrize("n", [1, 2, ORDER + 1, 100, LANE, LANE + 1, 3 * LANE - 7])
def test_counts_come_back_whatever_their_number(n: int) -> None:
    rng = np.random.default_rng(n)
    leads = [
        np.cumsum(rng.integers(-9, 10, n)),
        np.full(n, -(2**22)),
        rng.integers(-(2**22), 2**22, n),
        1000 * (np.arange(n) % 50 == 0),
    ]
    encoder = IntegerEncoder()
    for lead in leads:
        write_lead(encoder, lead.astype(np.int64))
    decoder = IntegerDecoder(encoder.finish())
    for lead, found in zip(leads, rebuild([read_lead(decoder, n) for _ in leads]), strict=True):
        np.testing.assert_array_equal(found, lead)
