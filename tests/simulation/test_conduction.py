"""Simulated block between atria and ventricles."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.simulation.conduction import BLOCKS, simulate_block


@pytest.mark.parametrize("block", BLOCKS)
def test_the_same_seed_gives_the_same_heart(block: str) -> None:
    first, second = (simulate_block(block, 12, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.signal, second.signal)
    assert first.signal.shape == (3000, 2)


def test_fewer_beats_come_through_the_higher_the_degree() -> None:
    counts = [len(simulate_block(block, 60, seed=1).reference_annotations()) for block in ("none", "2:1")]
    assert counts[1] == -(-counts[0] // 2)


def test_impossible_hearts_are_refused() -> None:
    with pytest.raises(ParameterError, match="block='4:1'"):
        simulate_block("4:1")
    with pytest.raises(ParameterError, match="duration=2"):
        simulate_block(duration=2)
