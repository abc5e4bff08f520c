"""From stretches that may be waves to the waves of each beat."""

from __future__ import annotations

import numpy as np

from ectopy.models.wave_assembly import LeadWaves, LeastConfidence, assemble, fuse
from ectopy.models.wave_candidates import WaveCandidates

FS = 1000.0
LEAST = LeastConfidence(p=0.5, qrs=0.5, t=0.5)
P, QRS, T = range(3)


def candidates(*rows: tuple[int, float, float, float]) -> WaveCandidates:
    """Make candidates of (wave, onset, end, confidence), peaked in the middle."""
    table = np.array(sorted(rows, key=lambda row: row[1]), dtype=float).reshape(-1, 4)
    wave, onset, end, confidence = table.T
    return WaveCandidates(wave.astype(np.int64), onset, (onset + end) / 2, end, confidence)


def beat(at: float, p: bool = True) -> list[tuple[int, float, float, float]]:
    waves = [(QRS, at - 40, at + 50, 0.9), (T, at + 200, at + 400, 0.9)]
    return [*waves, (P, at - 200, at - 100, 0.9)] if p else waves


def lead(*marks: float, confidence: float = 0.9) -> LeadWaves:
    """Make a lead with one beat that has these nine marks."""
    table = np.array(marks, dtype=float)[None]
    sure = np.where(np.isfinite(table[:, ::3]), confidence, 0.0)
    return LeadWaves(table, sure, np.isfinite(table[:, 0]).astype(np.int64), np.empty((0, 3)))


def test_waves_go_to_their_beats() -> None:
    found = assemble(candidates(*beat(1000), *beat(2000)), np.array([1000, 2000]), FS, LEAST)
    assert found.marks[1].tolist() == [1800, 1850, 1900, 1960, 2005, 2050, 2200, 2300, 2400]
    assert found.n_p.tolist() == [1, 1]


def test_no_p_is_said() -> None:
    found = assemble(candidates(*beat(1000), *beat(2000, p=False)), np.array([1000, 2000]), FS, LEAST)
    assert np.isnan(found.marks[1, :3]).all()
    assert (found.n_p[1], found.confidences[1, 0]) == (0, 0)


def test_two_p_are_said_and_the_last_is_the_beats() -> None:
    blocked = (P, 1500.0, 1600.0, 0.9)
    found = assemble(candidates(*beat(1000), blocked, *beat(2000)), np.array([1000, 2000]), FS, LEAST)
    assert found.n_p.tolist() == [1, 2]
    assert found.marks[1, 0] == 1800
    assert found.lone_p.tolist() == [[1500, 1550, 1600]]


def test_p_long_before_a_qrs_complex_is_not_conducted() -> None:
    waves = [*beat(1000), (P, 1500.0, 1600.0, 0.9), *beat(2400, p=False)]
    found = assemble(candidates(*waves), np.array([1000, 2400]), FS, LEAST)
    assert np.isnan(found.marks[1, 0])
    assert found.lone_p.tolist() == [[1500, 1550, 1600]]


def test_p_inside_a_t_wave_is_none() -> None:
    waves = [*beat(1000), (P, 1250.0, 1350.0, 0.9)]
    found = assemble(candidates(*waves), np.array([1000]), FS, LEAST)
    assert not len(found.lone_p)


def test_what_is_unsure_is_left_out() -> None:
    waves = [(QRS, 960.0, 1050.0, 0.9), (T, 1200.0, 1400.0, 0.45)]
    assert np.isnan(assemble(candidates(*waves), np.array([1000]), FS, LEAST).marks[0, 6:]).all()


def test_an_unsure_p_among_beats_without_p_is_none() -> None:
    """In fibrillation one wave in twenty looks a little like a P wave."""
    beats = 1000 * np.arange(1, 21)
    rows = [row for at in beats for row in beat(float(at), p=False)]
    marked = np.isfinite(assemble(candidates(*rows, (P, 9800.0, 9900.0, 0.7)), beats, FS, LEAST).marks[:, 0])
    assert not marked.any()
    sure = assemble(candidates(*rows, (P, 9800.0, 9900.0, 0.9)), beats, FS, LEAST)
    assert np.flatnonzero(np.isfinite(sure.marks[:, 0])).tolist() == [9]


def test_unsure_p_waves_of_most_beats_stay() -> None:
    beats = 1000 * np.arange(1, 21)
    rows = [row for at in beats for row in beat(float(at), p=False)]
    ps = [(P, at - 200.0, at - 100.0, 0.6) for at in beats[::2]]
    assert assemble(candidates(*rows, *ps), beats, FS, LEAST).n_p.tolist() == [1, 0] * 10


def test_order_is_kept_where_stretches_overlap() -> None:
    waves = [(P, 800.0, 970.0, 0.9), (QRS, 960.0, 1050.0, 0.9), (T, 1040.0, 1300.0, 0.9)]
    marks = assemble(candidates(*waves), np.array([1000]), FS, LEAST).marks[0]
    assert np.all(np.diff(marks) >= 0)


def test_a_beat_without_candidates_has_no_waves() -> None:
    found = assemble(candidates(*beat(1000)), np.array([1000, 5000]), FS, LEAST)
    assert np.isnan(found.marks[1]).all()
    assert not assemble(candidates(), np.array([1000]), FS, LEAST).confidences.any()
    assert len(assemble(candidates(*beat(1000)), np.empty(0, np.int64), FS, LEAST).marks) == 0


def test_all_leads_begin_with_the_earliest_and_end_with_the_latest() -> None:
    early = lead(800, 850, 900, 950, 1000, 1040, 1200, 1300, 1390)
    late = lead(810, 850, 905, 960, 1000, 1050, 1210, 1300, 1400)
    marks, confidences, n_p = fuse([early, late], FS)
    assert marks[0].tolist() == [800, 850, 905, 950, 1000, 1050, 1200, 1300, 1400]
    assert n_p.tolist() == [1]
    np.testing.assert_allclose(confidences, 0.9)


def test_a_lead_far_from_the_others_has_no_say() -> None:
    ordinary = lead(800, 850, 900, 950, 1000, 1040, 1200, 1300, 1390)
    odd = lead(800, 850, 900, 800, 1000, 1300, 1200, 1300, 1700)
    marks, _, _ = fuse([ordinary, ordinary, odd], FS)
    assert marks[0, [3, 5, 8]].tolist() == [950, 1040, 1390]


def test_a_wave_that_few_leads_show_is_not_there() -> None:
    without = lead(*[np.nan] * 3, 950, 1000, 1040, 1200, 1300, 1390)
    with_p = lead(800, 850, 900, 950, 1000, 1040, 1200, 1300, 1390)
    marks, confidences, n_p = fuse([with_p, *[without] * 3], FS)
    assert np.isnan(marks[0, :3]).all()
    assert (confidences[0, 0], n_p[0]) == (0, 0)
    assert fuse([with_p, with_p, without, without], FS)[2].tolist() == [1]
