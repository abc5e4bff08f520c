"""The published protocol for PTB beats, which flatters, and an inter-patient one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from torch import nn

from ectopy.datasets.random_splits import random_split
from ectopy.evaluation.confusion import GroupedConfusion, grouped_confusion
from ectopy.evaluation.metrics import Counts, Figure
from ectopy.evaluation.ranking import auroc
from ectopy.evaluation.uncertainty import CountFigure, RankFigure, Weighable
from ectopy.reproductions.dealt_folds import dealt_folds
from ectopy.reproductions.ptb_conv.beats import TEST_FOLDS, CutBeats, Rows, Windows
from ectopy.reproductions.ptb_conv.detectors import OUR_RULE, PUBLISHED_RULE, Cut, Detector, Floats, Learned

LABELS: Final = ("normal", "abnormal")

HELD_OUT_FOLDS: Final = 5
"""One of so many parts of the normal training patients stops the training and gives our threshold."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows of normal beats to learn from and to hold out, and rows to test."""

    train: Rows
    held_out: Rows
    test: Rows


@dataclass(frozen=True, eq=False)
class Fitted:
    """A detector that learned, and its thresholds.

    Parameters
    ----------
    learned : Learned
        The detector.
    cut : {"published", "centred"}
        Which windows it takes.
    train : ndarray of int64
        Rows that it learned from.
    published_threshold, our_threshold : float
        By `PUBLISHED_RULE` from the training beats, and by `OUR_RULE` from held-out normal ones.
    """

    learned: Learned
    cut: Cut
    train: Rows
    published_threshold: float
    our_threshold: float

    def test(self, beats: CutBeats, rows: Rows) -> Outcome:
        """Score beats."""
        return Outcome(
            self.learned.score(windows_of(self, beats)[rows]),
            beats.abnormal[rows],
            beats.patients[rows],
            beats.records[rows],
            np.isin(rows, self.train),
            self,
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """Scores of test beats, and their reference.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_beats,)
        Higher is more abnormal.
    abnormal : ndarray of bool, shape (n_beats,)
        Their reference.
    patients, records : ndarray of str, shape (n_beats,)
        Patient and recording of each beat.
    learned_from : ndarray of bool, shape (n_beats,)
        Whether the detector was trained on that very beat.
    fitted : Fitted
        The detector.
    """

    scores: Floats
    abnormal: npt.NDArray[np.bool_]
    patients: npt.NDArray[np.str_]
    records: npt.NDArray[np.str_]
    learned_from: npt.NDArray[np.bool_]
    fitted: Fitted

    @cached_property
    def auroc(self) -> float:
        """Area under the ROC curve."""
        return auroc(self.scores, self.abnormal)

    def threshold(self, *, ours: bool) -> float:
        """Return our threshold, or the published rule's."""
        return self.fitted.our_threshold if ours else self.fitted.published_threshold

    def confusion(self, threshold: float) -> GroupedConfusion:
        """Count decisions of each patient; rows and columns normal, abnormal."""
        names = np.array(LABELS)
        predicted = (self.scores > threshold).astype(int)
        return grouped_confusion(names[self.abnormal.astype(int)], names[predicted], self.patients, LABELS)

    def counts(self, threshold: float) -> Counts:
        """Count decisions of all patients together, shape (2, 2)."""
        return self.confusion(threshold).gross.counts

    def held_out(self) -> Outcome:
        """Leave out the training beats."""
        return self._rows(np.flatnonzero(~self.learned_from), self.scores)

    def by_record(self) -> Outcome:
        """Score each recording by the geometric mean of its beats' scores."""
        _, first, record = np.unique(self.records, return_index=True, return_inverse=True)
        logarithms = np.log(np.maximum(self.scores, np.finfo(float).tiny))
        mean = np.exp(np.bincount(record, logarithms) / np.bincount(record))
        return self._rows(first, mean[record])

    def over_recordings(self) -> Outcome:
        """Score each beat by the mean score of its recording."""
        _, record = np.unique(self.records, return_inverse=True)
        mean = np.bincount(record, self.scores) / np.bincount(record)
        return self._rows(np.arange(len(record)), mean[record])

    def one_per_recording(self) -> Outcome:
        """Keep the first beat of each recording."""
        first = np.unique(self.records, return_index=True)[1]
        return self._rows(first, self.scores)

    def _rows(self, rows: npt.NDArray[np.intp], scores: Floats) -> Outcome:
        return Outcome(
            scores[rows],
            self.abnormal[rows],
            self.patients[rows],
            self.records[rows],
            self.learned_from[rows],
            self.fitted,
        )


@dataclass(frozen=True, eq=False)
class SeedMean:
    """The mean over seeds of a figure; an interval of it is over patients."""

    figures: tuple[Weighable, ...]

    @property
    def patients(self) -> tuple[str, ...]:
        """The patients that the weights belong to."""
        return self.figures[0].patients

    def under(self, weights: Floats) -> Floats:
        """Return the figure under each row of weights."""
        return np.asarray(np.mean([figure.under(weights) for figure in self.figures], axis=0))


def published_parts(beats: CutBeats, seed: int) -> Parts:
    """Draw 85 % of the normal beats of all patients, and test on all beats, those of training included.

    All of it stays outside the test folds of the inter-patient protocol, so that the same networks can be
    tested on other patients too.
    """
    rows = np.flatnonzero(~np.isin(beats.fold, TEST_FOLDS))
    normal = ~beats.abnormal[rows]
    split = random_split("ptb-85-15", beats.patients[rows], normal=normal, seed=seed)
    return Parts(rows[split.train], rows[split.test[normal[split.test]]], rows)


def inter_patient_parts(beats: CutBeats, seed: int) -> Parts:
    """Train on normal beats of one part of the patients, and test on all beats of the others.

    A fifth of the training patients' normal beats is held out, by patient; the seed says which.
    """
    split = beats.split
    normal = split.train[~beats.abnormal[split.train]]
    held_out = dealt_folds(beats.patients[normal], np.zeros(len(normal)), HELD_OUT_FOLDS, seed) == 0
    return Parts(normal[~held_out], normal[held_out], split.test)


def fit(
    detector: Detector,
    beats: CutBeats,
    parts: Parts,
    seed: int,
    watch: Callable[[nn.Module], bool] | None = None,
) -> Fitted:
    """Let a detector learn from the training rows, and learn its thresholds."""
    windows = windows_of(detector, beats)
    train, held_out = windows[parts.train], windows[parts.held_out]
    learned = detector.learn(train, held_out, seed, watch)
    published = PUBLISHED_RULE.learn(learned.score(train))
    return Fitted(learned, detector.cut, parts.train, published, OUR_RULE.learn(learned.score(held_out)))


def run(detector: Detector, beats: CutBeats, parts: Parts, seed: int) -> Outcome:
    """Let a detector learn from the training rows and score the test rows."""
    return fit(detector, beats, parts, seed).test(beats, parts.test)


def run_on_recordings(detector: Detector, beats: CutBeats, parts: Parts, seed: int) -> Outcome:
    """Score the test rows by the means of their recordings; our threshold is learned from such means."""
    fitted = fit(detector, beats, parts, seed)
    held_out = fitted.test(beats, parts.held_out).over_recordings()
    fitted = replace(fitted, our_threshold=OUR_RULE.learn(held_out.scores))
    return fitted.test(beats, parts.test).over_recordings()


def windows_of(detector: Detector | Fitted, beats: CutBeats) -> Windows:
    """Return the windows that a detector takes."""
    return beats.published if detector.cut == "published" else beats.centred


def mean_auroc(outcomes: tuple[Outcome, ...]) -> SeedMean:
    """Return the AUROC, averaged over seeds, for an interval over patients."""
    return SeedMean(tuple(RankFigure.of(o.scores, o.abnormal, o.patients) for o in outcomes))


def mean_counted(outcomes: tuple[Outcome, ...], figure: Figure, *, ours: bool) -> SeedMean:
    """Return a figure of decisions by our threshold or the published one, averaged over seeds."""
    return SeedMean(tuple(CountFigure(o.confusion(o.threshold(ours=ours)), figure) for o in outcomes))
