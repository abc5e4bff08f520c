"""The outcome of an evaluation: class, prediction and score of each test beat, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.confusion import ConfusionMatrix, GroupedConfusion, grouped_confusion
from ectopy.evaluation.metrics import (
    OVERALL,
    PER_CLASS,
    Figure,
    Floats,
    j_kappa,
    macro_f1,
    of_class,
    plain,
    show,
    table,
)
from ectopy.evaluation.ranking import auprc, auroc
from ectopy.evaluation.uncertainty import (
    CountFigure,
    Interval,
    PairedDifference,
    RankFigure,
    bootstrap,
    compare,
)

Strings = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions of an estimator on test beats, with their reference; its `str` is the report.

    Parameters
    ----------
    estimator : str
        What was evaluated.
    task : {"classify", "detect"}
        Whether it predicts classes or tells abnormal from normal.
    scheme : str
        Name of the label scheme.
    splits : tuple of Split
        How training and test beats were divided; one, or folds that are evaluated together.
    labels : tuple of str
        The classes, in the order of the tables.
    rows : ndarray of int64, shape (n_tested,)
        Which beats were tested.
    reference, predicted : ndarray of str, shape (n_tested,)
        Their true and predicted classes.
    patients, records : ndarray of str, shape (n_tested,)
        Patient and recording of each.
    scores : mapping of str to ndarray of float64, shape (n_tested,)
        Class → score of each beat, higher for the class; empty where the estimator gives none, or with folds.
    thresholds : tuple of float
        The threshold learned for each split; empty where the estimator decided itself.
    n_duplicates : int
        Test beats whose waveform is also on their training side.
    seed : int
        Seed of the run.
    """

    estimator: str
    task: str
    scheme: str
    splits: tuple[Split, ...]
    labels: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    reference: Strings
    predicted: Strings
    patients: Strings
    records: Strings
    scores: Mapping[str, Floats]
    thresholds: tuple[float, ...]
    n_duplicates: int
    seed: int

    @property
    def split_label(self) -> str:
        """Name, kind and exceptions of the split or folds."""
        first, last = self.splits[0], self.splits[-1]
        return first.label if len(self.splits) == 1 else f"{first.name} to {last.label}"

    @cached_property
    def by_record(self) -> GroupedConfusion:
        """A confusion matrix for each recording, for averages."""
        return grouped_confusion(self.reference, self.predicted, self.records, self.labels)

    @cached_property
    def by_patient(self) -> GroupedConfusion:
        """A confusion matrix for each patient, for intervals."""
        return grouped_confusion(self.reference, self.predicted, self.patients, self.labels)

    @property
    def confusion(self) -> ConfusionMatrix:
        """The confusion matrix of all test beats."""
        return self.by_record.gross

    def interval(self, figure: Figure, **options: Any) -> Interval:
        """Return a figure of the confusion matrix with its interval; ``options`` go to `bootstrap`."""
        return bootstrap(CountFigure(self.by_patient, figure), **options)

    @cached_property
    def overall(self) -> Mapping[str, Figure]:
        """Name → figure of a confusion matrix; Se, +P and FPR of each class that is not normal among them."""
        figures = dict(OVERALL)
        if {"S", "V"} <= set(self.labels):
            s, v = self.labels.index("S"), self.labels.index("V")
            figures["j-kappa"] = partial(j_kappa, supraventricular=s, ventricular=v)
        for i, label in enumerate(self.labels):
            if label not in ("N", "normal"):
                for title in ("Se", "+P", "FPR"):
                    figures[f"{title} {label}"] = partial(of_class, PER_CLASS[title], i)
        return figures

    @cached_property
    def figures(self) -> Mapping[str, Interval]:
        """Name → figure with its 95 % interval over patients; of a detector AUROC and AUPRC too."""
        intervals = {name: self.interval(figure) for name, figure in self.overall.items()}
        if self.task == "detect" and self.scores:
            scores, abnormal = self.scores["abnormal"], self.reference == "abnormal"
            intervals["AUROC"] = bootstrap(RankFigure.of(scores, abnormal, self.patients, "auroc"))
            intervals["AUPRC"] = bootstrap(RankFigure.of(scores, abnormal, self.patients, "auprc"))
        return intervals

    def rankings(self) -> Mapping[str, tuple[float, float]]:
        """Return class → AUROC and AUPRC of that class against the rest."""
        return {
            name: (
                auroc(self.scores[name], self.reference == name),
                auprc(self.scores[name], self.reference == name),
            )
            for name in self.labels
            if name in self.scores
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the content of all tables as JSON values; what is undefined is None."""
        return {
            "split": self.split_label,
            "kind": self.splits[0].kind,
            "label_scheme": self.scheme,
            "estimator": self.estimator,
            "task": self.task,
            "seed": self.seed,
            "thresholds": list(self.thresholds),
            "n_tested": len(self.rows),
            "n_patients": len(self.by_patient.groups),
            "n_duplicates": self.n_duplicates,
            "labels": list(self.labels),
            "confusion": self.confusion.counts.tolist(),
            "gross": {name: _plain(figure(self.confusion.counts)) for name, figure in PER_CLASS.items()},
            "average": {name: _plain(self.by_record.average(figure)) for name, figure in PER_CLASS.items()},
            "figures": {name: _plain([i.value, i.low, i.high]) for name, i in self.figures.items()},
            "ranking": {name: _plain(pair) for name, pair in self.rankings().items()},
        }

    def __str__(self) -> str:
        parts = [
            self._heading(),
            f"Gross, rows the reference\n{self.confusion}",
            f"Average over {len(self.by_record.groups)} records\n{self._averages()}",
            f"95 % intervals over {len(self.by_patient.groups)} patients\n{self._intervals()}",
        ]
        if self.scores and self.task == "classify":
            parts.append(f"Ranking, each class against the rest\n{self._ranking_table()}")
        return "\n\n".join(parts)

    def _heading(self) -> str:
        limits = ", ".join(show(value) for value in self.thresholds) or "the estimator's own"
        lines = {
            "split": self.split_label,
            "labels": f"scheme {self.scheme}",
            "model": f"{self.estimator}, seed {self.seed}",
            "trained": self._training(),
            "tested": f"on {len(self.rows)} beats of {len(self.by_patient.groups)} patients;"
            f" {self.n_duplicates} of these waveforms are also in training",
        }
        if self.task == "detect":
            lines["threshold"] = limits
        return "\n".join(f"{name:<10} {text}" for name, text in lines.items())

    def _training(self) -> str:
        beats = [len(split.train) for split in self.splits]
        if len(beats) > 1:
            return f"in {len(beats)} folds, on {min(beats)} to {max(beats)} beats each"
        split = self.splits[0]
        which = "the normal ones of " if self.task == "detect" else ""
        return f"on {which}{beats[0]} beats of {len(np.unique(split.patients[split.train]))} patients"

    def _averages(self) -> str:
        columns = [self.by_record.average(figure) for figure in PER_CLASS.values()]
        rows = [[label, *(show(c[i]) for c in columns)] for i, label in enumerate(self.labels)]
        return table([["", *PER_CLASS], *rows])

    def _intervals(self) -> str:
        rows = [
            [name, show(i.value), show(i.low), show(i.high), f"{i.n_undefined} of {i.n_replicates}"]
            for name, i in self.figures.items()
        ]
        return table([["", "figure", "low", "high", "undefined draws"], *rows])

    def _ranking_table(self) -> str:
        rows = [[name, show(roc), show(pr)] for name, (roc, pr) in self.rankings().items()]
        return table([["", "AUROC", "AUPRC"], *rows])


def compare_evaluations(
    first: Evaluation, second: Evaluation, figure: Figure = macro_f1, **options: Any
) -> PairedDifference:
    """Compare two models tested on the same beats, on the same bootstrap replicates.

    Parameters
    ----------
    first, second : Evaluation
        Of model A and of model B.
    figure : callable
        (..., n_classes, n_classes) → (...).
    **options
        Passed on to `uncertainty.compare`.

    Returns
    -------
    PairedDifference

    Raises
    ------
    ParameterError
        If they were not tested on the same beats with the same labels.
    """
    if not np.array_equal(first.rows, second.rows) or not np.array_equal(first.reference, second.reference):
        raise ParameterError(
            f"first was tested on {first.split_label}, scheme {first.scheme}, and second on"
            f" {second.split_label}, scheme {second.scheme}, or other beats of it; evaluate both alike"
        )
    one, other = CountFigure(first.by_patient, figure), CountFigure(second.by_patient, figure)
    return compare(one, other, **options)


def _plain(values: npt.ArrayLike) -> list[float | None]:
    return [plain(value) for value in np.asarray(values, float)]
