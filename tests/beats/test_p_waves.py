"""What P waves tell of each beat."""

from __future__ import annotations

import numpy as np

from ectopy.beats.p_waves import P_COLUMNS, p_evidence
from typical_waves import waves


def test_a_steady_rhythm_shows_nothing_unusual() -> None:
    evidence = p_evidence(waves(n=60))
    assert tuple(evidence) == P_COLUMNS
    assert evidence["p_confidence"].tolist() == [0.9] * 60
    assert not evidence["pr_deviation"].any()
    assert not evidence["p_height"].any()


def test_a_beat_from_elsewhere_in_the_atria_is_told() -> None:
    other = waves(n=60)
    other.marks[30, :3] += 0.04 * other.fs
    other.amplitudes[30, :, 0] *= -0.5
    evidence = p_evidence(other)
    np.testing.assert_allclose(evidence["pr_deviation"][30], -0.04)
    np.testing.assert_allclose(evidence["p_height"][30], -1.5)


def test_without_p_waves_there_is_none() -> None:
    without = waves(n=60)
    without.marks[:, :3], without.amplitudes[:, :, 0] = np.nan, np.nan
    without.confidences[:, 0], without.n_p[:] = 0, 0
    assert not any(column.any() for column in p_evidence(without).values())
    assert [len(column) for column in p_evidence(waves(n=0)).values()] == [0] * 4
