"""How well beats are classified: figures of the classes S, V and F over many recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import NO_BEAT, BeatResults
from ectopy.evaluation.confusion import GroupedConfusion, grouped_confusion
from ectopy.evaluation.metrics import Figure, f1, of_class, plain, positive_predictivity, sensitivity
from ectopy.evaluation.uncertainty import CountFigure, Interval, bootstrap
from ectopy.labels import ECTOPIC

Strings = npt.NDArray[np.str_]

NONE: Final = "-"
"""Stands for a beat that was not detected or not judged, or for an extra detection that is no beat."""

LABELS: Final = ("N", *ECTOPIC, NONE)
"""Rows and columns of the confusion matrix; class Q is left out."""

MANY_ERRORS: Final = 20
"""Recordings with at least this many wrongly classified beats are listed."""

FIGURES: Final[Mapping[str, Figure]] = {
    "Se": sensitivity,
    "+P": positive_predictivity,
    "F1": f1,
}


@dataclass(frozen=True, eq=False)
class ClassMetrics:
    """Reference and predicted class of beats, and the figures made of them.

    Parameters
    ----------
    reference, predicted : ndarray of str, shape (n_beats,)
        One of `LABELS` each.
    records, patients : ndarray of str, shape (n_beats,)
        Recording and patient of each beat.
    """

    reference: Strings
    predicted: Strings
    records: Strings
    patients: Strings

    @classmethod
    def of(cls, results: Sequence[BeatResults]) -> Self:
        """Collect the classes from the beat results of recordings; beats of class Q are left out.

        Raises
        ------
        ParameterError
            If there is no recording.
        """
        if not results:
            raise ParameterError("results is empty; give the beat results of at least one recording")
        reference = np.concatenate([one.classes for one in results])
        predicted = np.concatenate([one.predicted for one in results])
        counted = reference != "Q"
        return cls(
            np.where(reference == NO_BEAT, NONE, reference)[counted],
            np.where(np.isin(predicted, LABELS), predicted, NONE)[counted],
            np.concatenate([np.full(len(one), one.record) for one in results])[counted],
            np.concatenate([np.full(len(one), one.patient) for one in results])[counted],
        )

    @cached_property
    def by_patient(self) -> GroupedConfusion:
        """A confusion matrix for each patient."""
        return grouped_confusion(self.reference, self.predicted, self.patients, LABELS)

    @cached_property
    def by_record(self) -> GroupedConfusion:
        """A confusion matrix for each recording."""
        return grouped_confusion(self.reference, self.predicted, self.records, LABELS)

    @cached_property
    def figures(self) -> Mapping[str, Interval]:
        """``Se S``, ``+P S``, ``F1 S`` and so on: gross figures with their 95 % intervals over patients."""
        return {
            f"{title} {name}": bootstrap(CountFigure(self.by_patient, partial(of_class, figure, i)))
            for i, name in enumerate(LABELS)
            if name in ECTOPIC
            for title, figure in FIGURES.items()
        }

    @property
    def ventricular_without_fusion(self) -> Mapping[str, float]:
        """+P and F1 of V as EC57 counts: a fusion beat classified as ventricular is no error."""
        kept = self.by_record.gross.counts.copy()
        kept[LABELS.index("F")] = 0
        v = LABELS.index("V")
        return {"+P": float(positive_predictivity(kept)[v]), "F1": float(f1(kept)[v])}

    @property
    def records_with_most_errors(self) -> dict[str, dict[str, int]]:
        """Recording → mistake → how often, the recording with most mistakes first."""
        mistakes = {
            record: {
                f"{LABELS[i]} called {LABELS[j]}": int(counts[i, j])
                for i, j in zip(*np.nonzero(counts), strict=True)
                if i != j
            }
            for record, counts in zip(self.by_record.groups, self.by_record.counts, strict=True)
        }
        listed = [(record, wrong) for record, wrong in mistakes.items() if sum(wrong.values()) >= MANY_ERRORS]
        return dict(sorted(listed, key=lambda pair: -sum(pair[1].values())))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values; what is undefined is None."""
        return {
            "figures": {
                name: {"value": plain(i.value), "low": plain(i.low), "high": plain(i.high), "level": 0.95}
                for name, i in self.figures.items()
            },
            "V, fusion beats left out": {
                name: plain(value) for name, value in self.ventricular_without_fusion.items()
            },
            "confusion": {"labels": list(LABELS), "counts": self.by_record.gross.counts.tolist()},
            "records with most errors": self.records_with_most_errors,
        }
