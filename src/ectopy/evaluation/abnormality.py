"""How well a whole analysis tells abnormal beats from normal ones: figures of many recordings.

An analysis is judged twice: on the beats it found itself, where what it misses counts against it, and on the
reference R peaks, as most publications do. EC57 does not know the task; its beat-by-beat comparison stands
beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import ABNORMAL, NO_BEAT, Verdicts
from ectopy.evaluation.class_metrics import Naming
from ectopy.evaluation.ec57 import BeatComparison, Summary, summarise
from ectopy.evaluation.metrics import Floats, mean_of_defined, plain, ratio
from ectopy.evaluation.ranking import ThresholdCurve, auprc, auroc, threshold_curve
from ectopy.evaluation.uncertainty import Interval, RankFigure, bootstrap
from ectopy.labels import AAMI_CLASSES

ROWS: Final = (*AAMI_CLASSES, NO_BEAT)
"""Rows of the confusion matrix: the AAMI classes, and beats that the reference does not have."""

COLUMNS: Final = ("normal", "abnormal", "not judged", "not found")
"""Columns of the confusion matrix."""

Counter = Callable[[Verdicts], tuple[float, float]]


def _sensitivity_to(classes: Sequence[str]) -> Counter:
    def count(said: Verdicts) -> tuple[float, float]:
        meant = np.isin(said.classes, classes)
        return float(np.sum(meant & said.flagged)), float(np.sum(meant))

    return count


def _predictivity(said: Verdicts) -> tuple[float, float]:
    called = said.flagged & (said.normal | said.abnormal | said.extra)
    return float(np.sum(called & said.abnormal)), float(np.sum(called))


def _false_alarm_rate(said: Verdicts) -> tuple[float, float]:
    judged = said.normal & said.judged
    return float(np.sum(judged & said.flagged)), float(np.sum(judged))


def _false_alarms_per_hour(said: Verdicts) -> tuple[float, float]:
    return float(np.sum(said.false_alarms)), said.hours


def _qrs_sensitivity(said: Verdicts) -> tuple[float, float]:
    return float(np.sum(said.found & ~said.extra)), float(np.sum(~said.extra))


def _qrs_predictivity(said: Verdicts) -> tuple[float, float]:
    return float(np.sum(said.found & ~said.extra)), float(np.sum(said.found))


FALSE_ALARM_RATE: Final = "false-alarm rate"
PER_HOUR: Final = "false alarms per hour"

COUNTED: Final[Mapping[str, Counter]] = {
    "QRS Se": _qrs_sensitivity,
    "QRS +P": _qrs_predictivity,
    "Se S": _sensitivity_to("S"),
    "Se V": _sensitivity_to("V"),
    "Se F": _sensitivity_to("F"),
    "Se abnormal": _sensitivity_to(ABNORMAL),
    "+P abnormal": _predictivity,
    FALSE_ALARM_RATE: _false_alarm_rate,
    PER_HOUR: _false_alarms_per_hour,
}
"""Name → numerator and denominator of a figure, in one recording."""

RANKED: Final = {"AUROC": auroc, "AUPRC": auprc}
"""Name → figure of the ranking, abnormal above normal."""


@dataclass(frozen=True, eq=False)
class ShareFigure:
    """A ratio of sums over patients, for `bootstrap`.

    Parameters
    ----------
    patients : tuple of str
        Who is weighted.
    parts, wholes : ndarray of float64, shape (n_patients,)
        What each adds to numerator and denominator.
    """

    patients: tuple[str, ...]
    parts: Floats
    wholes: Floats

    @classmethod
    def of(cls, said: Sequence[Verdicts], count: Counter) -> ShareFigure:
        """Add up recordings by patient."""
        names, owners = np.unique([one.patient for one in said], return_inverse=True)
        sums = np.zeros((len(names), 2))
        np.add.at(sums, owners, [count(one) for one in said])
        return cls(tuple(str(name) for name in names), sums[:, 0], sums[:, 1])

    def under(self, weights: Floats) -> Floats:
        """Return the ratio under each row of weights."""
        return ratio(weights @ self.parts, weights @ self.wholes)


@dataclass(frozen=True, eq=False)
class Judgement:
    """Verdicts on many recordings, and what they come to.

    Parameters
    ----------
    records : tuple of Verdicts
        One a recording.
    """

    records: tuple[Verdicts, ...]

    def __post_init__(self) -> None:
        if not self.records:
            raise ParameterError("records is empty; give the verdicts on at least one recording")

    @cached_property
    def figures(self) -> Mapping[str, Interval]:
        """Name → gross figure with its 95 % interval over patients."""
        found = {name: bootstrap(ShareFigure.of(self.records, count)) for name, count in COUNTED.items()}
        scores, positive, patients = self._ranked()
        if len(scores):
            found |= {
                "AUROC": bootstrap(RankFigure.of(scores, positive, patients, "auroc")),
                "AUPRC": bootstrap(RankFigure.of(scores, positive, patients, "auprc")),
            }
        return found

    @cached_property
    def by_record(self) -> Mapping[str, Floats]:
        """Name → figure of each recording, NaN where undefined; shape (n_records,)."""
        counts = {name: np.array([count(one) for one in self.records]) for name, count in COUNTED.items()}
        found = {name: ratio(pairs[:, 0], pairs[:, 1]) for name, pairs in counts.items()}
        return found | {
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
        """How often each of `ROWS` was called each of `COLUMNS`; shape (6, 4)."""
        counts = np.zeros((len(ROWS), len(COLUMNS)), dtype=np.int64)
        for said in self.records:
            called = np.select([~said.found, ~said.judged, said.flagged], [3, 2, 1], 0)
            rows = np.array([ROWS.index(str(name)) for name in said.classes], dtype=np.int64)
            np.add.at(counts, (rows, called), 1)
        return counts

    @cached_property
    def naming(self) -> Naming:
        """What the beats were called."""
        return Naming.of(self.records)

    @cached_property
    def scores(self) -> Mapping[str, Floats]:
        """AAMI class → scores of its beats that were judged."""
        classes = np.concatenate([one.classes for one in self.records])
        scores = np.concatenate([one.scores for one in self.records])
        return {name: scores[(classes == name) & ~np.isnan(scores)] for name in ("N", *ABNORMAL)}

    def _ranked(self) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
        """Return scores, which are abnormal, and whose they are."""
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
            "classes": self.naming.to_dict(),
            "records": {
                one.record: {name: plain(values[i]) for name, values in self.by_record.items()}
                for i, one in enumerate(self.records)
            },
        }


@dataclass(frozen=True, eq=False)
class DetectorEvaluation:
    """What an evaluation of a whole analysis found, and how it was made.

    Parameters
    ----------
    model, classifier : str
        Names of the models that judge and that name the beats.
    threshold : float
        A score above it is called abnormal.
    nominal_rate : float or None
        The false-alarm rate that the threshold was calibrated to; None where it promises none.
    dataset, split : str
        What it was tested on.
    kind : str
        ``inter-patient`` if none of the recordings was learned from, ``intra-patient`` if one was, or
        ``unknown``.
    shared : tuple of str
        Patients of an inter-patient split who stand on both sides all the same.
    scheme : str
        Reading of the reference symbols.
    learning_period : float
        Seconds at the start of each recording that are not compared.
    comparisons : tuple of BeatComparison
        Beat by beat (EC57), one a recording.
    own : Judgement
        On the beats that the analysis found.
    at_reference : Judgement
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
    own: Judgement
    at_reference: Judgement

    @property
    def split_label(self) -> str:
        """Name, kind and exceptions of the split, as every table must show them."""
        exception = f"; on both sides: {', '.join(self.shared)}" if self.shared else ""
        return f"{self.split} ({self.kind}{exception})"

    @cached_property
    def summary(self) -> Summary:
        """The line-format table of EC57, with gross and average figures."""
        return summarise(self.comparisons)

    @property
    def worst_first(self) -> list[int]:
        """Places of the recordings by falling number of errors an hour."""
        errors = np.array([said.errors_per_hour for said in self.own.records])
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
            "records": [said.record for said in self.own.records],
            "patients": sorted({said.patient for said in self.own.records}),
            "hours": sum(said.hours for said in self.own.records),
            "ec57": {"gross": dict(self.summary.gross), "average": dict(self.summary.average)},
            "own beats": self.own.to_dict(),
            "reference R peaks": self.at_reference.to_dict(),
            "errors_per_hour": {said.record: said.errors_per_hour for said in self.own.records},
        }


def _ranking(said: Verdicts, figure: Callable[[npt.ArrayLike, npt.ArrayLike], float]) -> float:
    chosen = said.ranked
    return figure(said.scores[chosen], said.abnormal[chosen]) if chosen.any() else np.nan
