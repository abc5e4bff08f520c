"""The evidence for an ectopic beat: that it repeats, and among what it stands."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.features.ectopic_evidence import EVIDENCE, ClassifiedBeats, ectopic_evidence

TIME = np.arange(-48, 48) / 120
NARROW = np.exp(-0.5 * (TIME / 0.02) ** 2)
WIDE = -np.exp(-0.5 * (TIME / 0.08) ** 2)


def predicted(shapes: list[np.ndarray], classes: str, rr: list[float] | None = None) -> ClassifiedBeats:
    n = len(classes)
    return ClassifiedBeats(
        np.stack(shapes).astype(np.float32),
        np.array(rr or [0.8] * n, np.float32),
        np.array(list(classes)),
        np.full(n, 0.9, np.float32),
        np.zeros(n, np.float32),
    )


def column(beats: ClassifiedBeats, name: str) -> np.ndarray:
    return ectopic_evidence(beats)[:, [feature.name for feature in EVIDENCE].index(name)]


def noise(seed: int) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).standard_normal(len(TIME)))


def test_beats_from_one_focus_are_alike_and_artefact_is_not() -> None:
    beats = predicted([NARROW, WIDE, NARROW, 1.2 * WIDE, NARROW, noise(1), NARROW], "NVNVNVN")
    alike = column(beats, "alike")
    assert alike[0] == pytest.approx(1, abs=1e-5)
    assert alike[2] < 0.8


def test_a_beat_that_has_no_equal_is_told_from_one_that_is_unlike_its_equals() -> None:
    alone = predicted([NARROW, NARROW, noise(2), NARROW], "NNVN")
    assert column(alone, "alone").tolist() == [1]
    assert column(alone, "alike").tolist() == [0]
    assert column(alone, "alike_any")[0] < 0.9


def test_a_beat_is_judged_by_its_neighbours_too() -> None:
    calm = predicted([NARROW] * 4 + [WIDE] + [NARROW] * 4, "NNNNVNNNN")
    shaken = predicted([noise(i) for i in range(4)] + [WIDE] + [noise(9 + i) for i in range(4)], "NNNNVNNNN")
    for name in ("nearby_alike", "nearby_usual"):
        assert column(calm, name)[0] == pytest.approx(1, abs=1e-5)
        assert column(shaken, name)[0] < 0.9


def test_intervals_are_counted_in_usual_ones() -> None:
    rr = [0.8, 0.8, 0.8, 0.4, 1.2, 0.8, 0.8]
    beats = predicted([NARROW] * 3 + [WIDE] + [NARROW] * 3, "NNNVNNN", rr)
    assert column(beats, "before").tolist() == pytest.approx([0.5])
    assert column(beats, "both").tolist() == pytest.approx([2.0])
    assert column(beats, "uneven").tolist() == pytest.approx([0.0], abs=1e-6)


def test_unknown_intervals_and_lonely_beats_give_numbers() -> None:
    for classes in ("V", "VV", "?V?", "FS"):
        n = len(classes)
        beats = predicted([noise(i) for i in range(n)], classes, [float("nan")] * n)
        evidence = ectopic_evidence(beats)
        assert evidence.shape == (len(beats.ectopic), len(EVIDENCE))
        assert np.isfinite(evidence).all()
    assert ectopic_evidence(predicted([NARROW], "N")).shape == (0, len(EVIDENCE))
