"""How the delineator is made: whose marks, and where everything is marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ectopy.beats.wave_marks import WaveMarks
from ectopy.datasets.ludb import ludb_part
from ectopy.datasets.qtdb import load_qtdb_waves, qtdb_part
from ectopy.models.delineator import default_delineator
from ectopy.recipes.delineator import known_stretches, marked_excerpt
from ectopy.record import Annotations, Record

FS = 250.0


def record(*beats: int) -> Record:
    marks = Annotations(np.array(beats), ["N"] * len(beats), fs=FS)
    return Record(np.zeros((5000, 1), np.float32), FS, ("II",), annotations=marks)


def waves(*peaks: float) -> WaveMarks:
    """Mark P, QRS and T of beats from 50 samples before to 100 after each peak."""
    at = np.array(peaks)
    kinds = np.tile(["P", "QRS", "T"], len(at))
    middles = (at[:, None] + [-40, 0, 80]).ravel()
    return WaveMarks(kinds, middles - 10, middles, middles + 20)


def test_consecutive_marked_beats_are_one_stretch() -> None:
    found = known_stretches(record(1000, 1200, 1400), waves(1000, 1200, 1400))
    assert found == [(950, 1500)]


def test_an_unmarked_beat_between_ends_a_stretch() -> None:
    found = known_stretches(record(1000, 1200, 1400), waves(1000, 1400))
    assert found == [(950, 1100), (1350, 1500)]


def test_marks_far_apart_are_two_stretches() -> None:
    found = known_stretches(record(1000, 2000), waves(1000, 2000))
    assert found == [(950, 1100), (1950, 2100)]


def test_the_shipped_one_learned_from_people_of_the_training_parts_alone() -> None:
    training = default_delineator().manifest.training
    assert {ludb_part(name) for name in training["ludb"]} == {"train"}
    assert {qtdb_part(name) for name in training["qtdb"]} == {"train"}
    assert len(training["ludb"]) == 140


def test_the_marked_part_of_a_record_keeps_its_marks(data_dir: Path) -> None:
    assert (data_dir / "qtdb").is_dir()
    excerpt, marks, known = marked_excerpt("sele0104")
    whole = load_qtdb_waves("sele0104")
    shift = whole.peaks[0] - marks.peaks[0]
    np.testing.assert_array_equal(marks.ends, whole.ends - shift)
    assert 19 * FS < known[0][0] < 22 * FS
    assert excerpt.n_samples > known[-1][1]
