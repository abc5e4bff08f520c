"""How well a whole analysis tells abnormal beats from normal ones: figures over many recordings.

An analysis is measured twice: on the beats it detects itself, where every missed beat counts against it, and
on the reference R peaks, as most publications do. EC57 does not define this task; its beat-by-beat comparison
is given as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import NO_BEAT, BeatResults
from ectopy.evaluation.class_metrics import ClassMetrics
from ectopy.evaluation.ec57 import BeatComparison, Summary, summarise
from ectopy.evaluation.metrics import Floats, mean_of_defined, plain, ratio
from ectopy.evaluation.ranking import ThresholdCurve, auprc, auroc, threshold_curve
from ectopy.evaluation.uncertainty import Interval, RankFigure, bootstrap
from ectopy.labels import AAMI_CLASSES, ECTOPIC

ROWS: Final = (*AAMI_CLASSES, NO_BEAT)
"""Rows of the confusion matrix: the AAMI classes, and beats that the reference does not have."""

COLUMNS: Final = ("normal", "abnormal", "not judged", "missed")
"""Columns of the confusion matrix."""

Counter = Callable[[BeatResults], tuple[float, float]]


def _sensitivity_to(classes: Sequence[str]) -> Counter:
    def count(results: BeatResults) -> tuple[float, float]:
        positive = np.isin(results.classes, classes)
        return float(np.sum(positive & results.flagged)), float(np.sum(positive))

    return count


def _predictivity(results: BeatResults) -> tuple[float, float]:
    flagged = results.flagged & (results.normal | results.abnormal | results.extra)
    return float(np.sum(flagged & results.abnormal)), float(np.sum(flagged))


def _false_alarm_rate(results: BeatResults) -> tuple[float, float]:
    judged = results.normal & results.judged
    return float(np.sum(judged & results.flagged)), float(np.sum(judged))


def _false_alarms_per_hour(results: BeatResults) -> tuple[float, float]:
    return float(np.sum(results.false_alarms)), results.hours


def _qrs_sensitivity(results: BeatResults) -> tuple[float, float]:
    return float(np.sum(results.detected & ~results.extra)), float(np.sum(~results.extra))


def _qrs_predictivity(results: BeatResults) -> tuple[float, float]:
    return float(np.sum(results.detected & ~results.extra)), float(np.sum(results.detected))


FALSE_ALARM_RATE: Final = "false-alarm rate"
PER_HOUR: Final = "false alarms per hour"

COUNTED: Final[Mapping[str, Counter]] = {
    "QRS Se": _qrs_sensitivity,
    "QRS +P": _qrs_predictivity,
    "Se S": _sensitivity_to("S"),
    "Se V": _sensitivity_to("V"),
    "Se F": _sensitivity_to("F"),
    "Se abnormal": _sensitivity_to(ECTOPIC),
    "+P abnormal": _predictivity,
    FALSE_ALARM_RATE: _false_alarm_rate,
    PER_HOUR: _false_alarms_per_hour,
}
"""Name → function that counts numerator and denominator of a figure in one recording."""

RANKED: Final = {"AUROC": auroc, "AUPRC": auprc}
"""Name → figure of the ranking that puts abnormal beats above normal ones."""


@dataclass(frozen=True, eq=False)
class ShareFigure:
    """A ratio of sums over patients, for `bootstrap`.

    Parameters
    ----------
    patients : tuple of str
        The patients that the weights belong to.
    parts, wholes : ndarray of float64, shape (n_patients,)
        What each patient adds to numerator and denominator.
    """

    patients: tuple[str, ...]
    parts: Floats
    wholes: Floats

    @classmethod
    def of(cls, results: Sequence[BeatResults], count: Counter) -> ShareFigure:
        """Add up recordings by patient."""
        names, owners = np.unique([one.patient for one in results], return_inverse=True)
        sums = np.zeros((len(names), 2))
        np.add.at(sums, owners, [count(one) for one in results])
        return cls(tuple(str(name) for name in names), sums[:, 0], sums[:, 1])

    def under(self, weights: Floats) -> Floats:
        """Return the ratio under each row of weights."""
        return ratio(weights @ self.parts, weights @ self.wholes)


@dataclass(frozen=True, eq=False)
class AbnormalityMetrics:
    """Beat results of many recordings, and the figures made of them.

    Parameters
    ----------
    records : tuple of BeatResults
        One per recording.
    """

    records: tuple[BeatResults, ...]

    def __post_init__(self) -> None:
        if not self.records:
            raise ParameterError("records is empty; give the beat results of at least one recording")

    @cached_property
    def figures(self) -> Mapping[str, Interval]:
        """Name → gross figure with its 95 % interval over patients."""
        figures = {name: bootstrap(ShareFigure.of(self.records, count)) for name, count in COUNTED.items()}
        scores, positive, patients = self._ranked()
        if len(scores):
            figures |= {
                "AUROC": bootstrap(RankFigure.of(scores, positive, patients, "auroc")),
                "AUPRC": bootstrap(RankFigure.of(scores, positive, patients, "auprc")),
            }
        return figures

    @cached_property
    def by_record(self) -> Mapping[str, Floats]:
        """Name → figure of each recording, NaN where undefined; shape (n_records,)."""
        counts = {name: np.array([count(one) for one in self.records]) for name, count in COUNTED.items()}
        shares = {name: ratio(pairs[:, 0], pairs[:, 1]) for name, pairs in counts.items()}
        return shares | {
            name: np.array([_ranking(one, figure) for one in self.records]) for name, figure in RANKED.items()
        }

    @property
    def average(self) -> Mapping[str, float]:
        """Name → mean over the recordings that have the figure (EC57)."""
        return {name: float(mean_of_defined(values)) for name, values in self.by_record.items()}

    @cached_property
    def curve(self) -> ThresholdCurve | None:
        """All thresholds over all recordings; None where no beat can be ranked."""
        scores, positive, _ = self._ranked()
        return threshold_curve(scores, positive) if len(scores) else None

    @cached_property
    def confusion(self) -> npt.NDArray[np.int64]:
        """How often beats of each of `ROWS` fell into each of `COLUMNS`; shape (6, 4)."""
        counts = np.zeros((len(ROWS), len(COLUMNS)), dtype=np.int64)
        for results in self.records:
            columns = np.select([~results.detected, ~results.judged, results.flagged], [3, 2, 1], 0)
            rows = np.array([ROWS.index(str(name)) for name in results.classes], dtype=np.int64)
            np.add.at(counts, (rows, columns), 1)
        return counts

    @cached_property
    def class_metrics(self) -> ClassMetrics:
        """How well the beats were classified."""
        return ClassMetrics.of(self.records)

    @cached_property
    def scores(self) -> Mapping[str, Floats]:
        """AAMI class → scores of its beats that were judged."""
        classes = np.concatenate([one.classes for one in self.records])
        scores = np.concatenate([one.scores for one in self.records])
        return {name: scores[(classes == name) & ~np.isnan(scores)] for name in ("N", *ECTOPIC)}

    def _ranked(self) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
        """Return the score of each ranked beat, whether it is abnormal, and its patient."""
        return (
            np.concatenate([one.scores[one.ranked] for one in self.records]),
            np.concatenate([one.abnormal[one.ranked] for one in self.records]),
            np.concatenate([np.full(int(one.ranked.sum()), one.patient) for one in self.records]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values; what is undefined is None."""
        return {
            "figures": {
                name: {"value": plain(i.value), "low": plain(i.low), "high": plain(i.high)}
                for name, i in self.figures.items()
            },
            "average": {name: plain(value) for name, value in self.average.items()},
            "confusion": {
                row or "no beat": dict(zip(COLUMNS, counts, strict=True))
                for row, counts in zip(ROWS, self.confusion.tolist(), strict=True)
            },
            "classes": self.class_metrics.to_dict(),
            "records": {
                one.record: {name: plain(values[i]) for name, values in self.by_record.items()}
                for i, one in enumerate(self.records)
            },
        }


@dataclass(frozen=True, eq=False)
class DetectorEvaluation:
    """The figures of a whole analysis on a dataset, and how they were obtained.

    Parameters
    ----------
    model, classifier : str
        Names of the anomaly detector and of the beat classifier.
    threshold : float
        A beat with a score above it is flagged as abnormal.
    nominal_rate : float or None
        The false-alarm rate that the threshold was calibrated to; None where it promises none.
    dataset, split : str
        What it was tested on.
    kind : str
        ``inter-patient`` if the models were trained on none of the recordings, ``intra-patient`` if on one or
        more, or ``unknown``.
    shared : tuple of str
        Patients of an inter-patient split who are on both sides all the same.
    scheme : str
        How reference symbols map to AAMI classes.
    learning_period : float
        Seconds at the start of each recording that are not compared.
    comparisons : tuple of BeatComparison
        Beat by beat (EC57), one per recording.
    analysis : AbnormalityMetrics
        On the beats that the analysis detected.
    at_reference : AbnormalityMetrics
        On the reference R peaks, in the first lead.
    """

    model: str
    classifier: str
    threshold: float
    nominal_rate: float | None
    dataset: str
    split: str
    kind: str
    shared: tuple[str, ...]
    scheme: str
    learning_period: float
    comparisons: tuple[BeatComparison, ...]
    analysis: AbnormalityMetrics
    at_reference: AbnormalityMetrics

    @property
    def split_label(self) -> str:
        """Name, kind and exceptions of the split, as every table shows them."""
        exception = f"; on both sides: {', '.join(self.shared)}" if self.shared else ""
        return f"{self.split} ({self.kind}{exception})"

    @cached_property
    def summary(self) -> Summary:
        """The line-format table of EC57, with gross and average figures."""
        return summarise(self.comparisons)

    @property
    def worst_first(self) -> list[int]:
        """Indices of the recordings, most errors per hour first."""
        errors = np.array([results.errors_per_hour for results in self.analysis.records])
        return [int(place) for place in np.argsort(-errors, kind="stable")]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values; what is undefined is None."""
        return {
            "model": self.model,
            "classifier": self.classifier,
            "threshold": self.threshold,
            "nominal_false_alarm_rate": self.nominal_rate,
            "dataset": self.dataset,
            "split": self.split_label,
            "kind": self.kind,
            "patients_on_both_sides": list(self.shared),
            "label_scheme": self.scheme,
            "learning_period": self.learning_period,
            "records": [results.record for results in self.analysis.records],
            "patients": sorted({results.patient for results in self.analysis.records}),
            "hours": sum(results.hours for results in self.analysis.records),
            "ec57": {"gross": dict(self.summary.gross), "average": dict(self.summary.average)},
            "detected beats": self.analysis.to_dict(),
            "reference R peaks": self.at_reference.to_dict(),
            "errors_per_hour": {results.record: results.errors_per_hour for results in self.analysis.records},
        }


def _ranking(results: BeatResults, figure: Callable[[npt.ArrayLike, npt.ArrayLike], float]) -> float:
    chosen = results.ranked
    return figure(results.scores[chosen], results.abnormal[chosen]) if chosen.any() else np.nan
