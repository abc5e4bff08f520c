"""The rows of the PTB study: published figures, and what follows from them, beside those of each protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ectopy.evaluation.metrics import (
    Counts,
    Figure,
    accuracy,
    balanced_accuracy,
    f1,
    positive_predictivity,
    sensitivity,
)
from ectopy.evaluation.uncertainty import bootstrap, compare
from ectopy.reproductions.ptb_conv.beats import CutBeats
from ectopy.reproductions.ptb_conv.detectors import OUR_RULE, OURS, TRANSPOSED, UPSAMPLING
from ectopy.reproductions.ptb_conv.protocols import Outcome, mean_auroc, mean_counted
from ectopy.reproductions.study import Estimate, Row

N_NORMAL, N_ABNORMAL = 4046, 10506
"""Beats in the published files."""

PUBLISHED: Final = {
    UPSAMPLING.name: (71.99, 49.78, 87.91, 63.57),
    TRANSPOSED.name: (76.93, 55.23, 89.81, 68.40),
}
"""Accuracy, precision, recall and F1 in %, of normal as the positive class."""

Outcomes = tuple[Outcome, ...]


def _of_class(figure: Figure, index: int) -> Figure:
    return lambda counts: figure(counts)[..., index]


DECISIONS: Final[dict[str, Figure]] = {
    "accuracy": accuracy,
    "precision, positive = normal": _of_class(positive_predictivity, 0),
    "recall, positive = normal": _of_class(sensitivity, 0),
    "F1, positive = normal": _of_class(f1, 0),
    "precision, positive = abnormal": _of_class(positive_predictivity, 1),
    "recall, positive = abnormal": _of_class(sensitivity, 1),
    "F1, positive = abnormal": _of_class(f1, 1),
    "balanced accuracy": balanced_accuracy,
}
"""Name → figure of a confusion matrix; the first four are the published ones."""


@dataclass(frozen=True, eq=False)
class Results:
    """Outcomes of one detector by both protocols, one per seed; empty where it was not run."""

    published: Outcomes = ()
    inter_patient: Outcomes = ()


def published_counts(name: str) -> Counts:
    """Return the confusion matrix behind the published recall and precision of a design.

    Parameters
    ----------
    name : str
        One of `PUBLISHED`.

    Returns
    -------
    ndarray of float64, shape (2, 2)
        Rows the reference, columns the decision, normal first.
    """
    _, precision, recall, _ = PUBLISHED[name]
    right = recall / 100 * N_NORMAL
    wrong = right * (100 / precision - 1)
    return np.array([[right, N_NORMAL - right], [wrong, N_ABNORMAL - wrong]])


def recipe_rows(name: str, results: Results) -> list[Row]:
    """Return the rows of a published design: every figure of its decisions, by both protocols."""
    held_out = tuple(outcome.held_out() for outcome in results.published)
    apart = "the published split without the normal beats of training"
    main = name == TRANSPOSED.name
    return [
        *(_stated_row(name, title, results) for title in DECISIONS),
        Row(
            f"{name}: balanced accuracy, held-out normals only, %",
            reproduced=over_seeds(held_out, balanced_accuracy, ours=False),
            how=apart,
            decimals=2,
        ),
        _auroc_row(name, results, "errors of the reconstruction", headline=main),
    ]


def our_rows(ours: Results, recipe: Results, beats: CutBeats) -> list[Row]:
    """Return the rows of our detector, and of the published design with our threshold."""
    name = f"{OURS.name} (ours)"
    difference = compare(mean_auroc(ours.inter_patient), mean_auroc(recipe.inter_patient)).difference
    records = Results(inter_patient=tuple(outcome.by_record() for outcome in ours.inter_patient))
    return [
        _our_row(f"{TRANSPOSED.name} with our threshold", "balanced accuracy", recipe),
        _our_row(name, "balanced accuracy", ours, headline=True),
        _our_row(name, "accuracy", ours),
        _auroc_row(name, ours, "errors of the reconstruction", headline=True),
        Row(
            f"AUROC of beats, ours less {TRANSPOSED.name}",
            strict=Estimate.of_patients(difference),
            how="the same patients drawn for both",
            headline=True,
        ),
        _auroc_row(f"{name}, by recording", records, "geometric mean over the 10 s", unit="recordings"),
        Row(
            "always abnormal: accuracy, %",
            100 * N_ABNORMAL / (N_NORMAL + N_ABNORMAL),
            Estimate(100 * float(beats.abnormal[beats.split.train].mean())),
            Estimate(100 * float(beats.abnormal[beats.split.test].mean())),
            "no detector at all: the share of abnormal beats",
            2,
        ),
    ]


def other_rows(name: str, results: Results, how: str, unit: str = "beats") -> list[Row]:
    """Return the rows of what was run by the inter-patient protocol only, on beats or on recordings."""
    accuracy_of_patients = _patients(results.inter_patient, balanced_accuracy, ours=True)
    return [
        _auroc_row(name, results, how, unit=unit),
        Row(
            f"{name}: balanced accuracy, %", strict=accuracy_of_patients, how="our threshold rule", decimals=2
        ),
    ]


def _stated_row(name: str, title: str, results: Results) -> Row:
    """Return the row of a figure of a published design, as published or as its recall and precision imply."""
    figure, stated = DECISIONS[title], dict(zip(DECISIONS, PUBLISHED[name], strict=False))
    implied = 100 * float(figure(published_counts(name)))
    source = "" if title in stated else "; published: computed from its recall and precision"
    return Row(
        f"{name}: {title}, %",
        stated.get(title, implied),
        over_seeds(results.published, figure, ours=False),
        _patients(results.inter_patient, figure, ours=False),
        f"threshold mean + 1 sd of training errors{source}",
        2,
        headline=name == TRANSPOSED.name and title == "balanced accuracy",
    )


def _our_row(name: str, title: str, results: Results, *, headline: bool = False) -> Row:
    """Return the row of a figure of decisions by our threshold."""
    return Row(
        f"{name}: {title}, %",
        None,
        over_seeds(results.published, DECISIONS[title], ours=True),
        _patients(results.inter_patient, DECISIONS[title], ours=True),
        f"threshold: the {100 * OUR_RULE.q:.0f} % quantile of held-out normal beats",
        2,
        headline=headline,
    )


def _auroc_row(name: str, results: Results, how: str, *, unit: str = "beats", headline: bool = False) -> Row:
    runs = [outcome.auroc for outcome in results.published]
    return Row(
        f"{name}: AUROC of {unit}",
        reproduced=Estimate.of_seeds(runs) if runs else None,
        strict=Estimate.of_patients(
            bootstrap(mean_auroc(results.inter_patient)), [outcome.auroc for outcome in results.inter_patient]
        )
        if results.inter_patient
        else None,
        how=how,
        headline=headline,
    )


def over_seeds(outcomes: Outcomes, figure: Figure, *, ours: bool) -> Estimate | None:
    """Return a figure of decisions in %, its interval over seeds; None without outcomes."""
    if not outcomes:
        return None
    return Estimate.of_seeds([100 * float(figure(o.counts(o.threshold(ours=ours)))) for o in outcomes])


def _patients(outcomes: Outcomes, figure: Figure, *, ours: bool) -> Estimate | None:
    """Average over seeds, with the interval over patients and what each seed gave."""
    if not outcomes:
        return None

    def percent(counts: Counts) -> Any:
        return 100 * figure(counts)

    runs = [float(percent(o.counts(o.threshold(ours=ours)))) for o in outcomes]
    return Estimate.of_patients(bootstrap(mean_counted(outcomes, percent, ours=ours)), runs)
