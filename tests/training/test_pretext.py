"""The pretext task changes usual beats, knows what it did, and takes nothing else for a change."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.windows import Beats, WindowSpec, cut_beats
from ectopy.features.table import BEAT_FEATURES
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm
from ectopy.training.pretext import joined, pretext_rows, pretext_sequences, usual
from ectopy.training.rhythm_augmentation import AnnotatedSignal
from ectopy.training.sequences import LENGTH
from ectopy.training.wide_beats import with_wide_beats

WINDOW = WindowSpec(fs=120, before=48, after=48)


def cut(seed: int, rhythm: Rhythm | None = None, seconds: float = 60) -> tuple[Beats, np.ndarray]:
    record = simulate(seconds, 250, ("II",), rhythm=rhythm or Rhythm(), seed=seed, name=f"p{seed}")
    marks = record.annotations.beats()
    return cut_beats(record, marks.samples, WINDOW), marks.symbols


@pytest.fixture(scope="module")
def people() -> Beats:
    return Beats.concatenate([cut(seed)[0] for seed in range(12)])


def test_long_and_short_recordings_give_parts_of_one_length() -> None:
    beats = Beats.concatenate([cut(0, seconds=12)[0], cut(1, seconds=420)[0]])
    features, changes, weights = pretext_rows(beats)
    assert features.shape == (len(changes), LENGTH, len(BEAT_FEATURES))
    assert changes.shape == weights.shape
    assert np.isfinite(features).all()
    assert weights.min() >= 0


def test_moved_beats_are_early_and_wide_ones_wide(people: Beats) -> None:
    sequences = [each for seed in range(3) for each in pretext_sequences(people, seed)]
    features = np.concatenate([each.features for each in sequences])
    classes = np.concatenate([each.classes for each in sequences])
    assert {"N", "S", "V"} <= set(np.unique(classes))
    early = features[:, BEAT_FEATURES.index("rr_to_near")]
    wide = features[:, BEAT_FEATURES.index("qrs_correlation")]
    assert np.median(early[classes == "S"]) < -0.1 < np.median(early[classes == "N"])
    assert np.median(wide[classes == "V"]) < 0.9 < np.median(wide[classes == "S"])


def test_ectopic_beats_of_the_recording_are_not_taken_for_unchanged() -> None:
    beats, symbols = cut(3, Rhythm(ventricular=0.15), seconds=120)
    kept = usual(beats)
    assert not kept[symbols == "V"].any()
    assert kept[symbols == "N"].mean() > 0.7  # not those after a pause


def test_windows_are_joined_to_the_signal_they_were_cut_from() -> None:
    beats, _ = cut(4)
    recording = joined(beats, np.ones(len(beats), bool))
    assert (np.diff(recording.peaks) == np.rint(beats.rr[1:] * 120)).all()
    around = recording.signal[recording.peaks[:, np.newaxis] + np.arange(-12, 24), 0]
    np.testing.assert_allclose(around, beats.waveforms[:, 0, 36:72], atol=0.02)


def test_a_lead_of_noise_teaches_nothing() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (40, 1, 96)).astype(np.float32)
    assert pretext_sequences(Beats.of(noise, fs=120, rr=np.ones(40), peak=48)) == []


def test_wide_beats_are_drawn_where_they_are_asked_for_and_nowhere_else() -> None:
    beats, _ = cut(5)
    recording = joined(beats, np.ones(len(beats), bool))
    rows = np.array([5, 10, 20])
    drawn = with_wide_beats(recording, rows, beats.waveforms[:3, 0], 120, np.random.default_rng(0))
    assert np.flatnonzero(drawn.classes == "V").tolist() == rows.tolist()
    changed = np.flatnonzero((drawn.signal != recording.signal)[:, 0])
    assert (np.abs(changed[:, np.newaxis] - recording.peaks[rows]).min(axis=1) <= 51).all()
    assert isinstance(drawn, AnnotatedSignal)
    assert recording.classes[5] == "N"
