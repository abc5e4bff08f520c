"""Rows of the tables of the page about an evaluation: figures as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.evaluation.abnormality import (
    FALSE_ALARM_RATE,
    PER_HOUR,
    ROWS,
    AbnormalityMetrics,
    DetectorEvaluation,
)
from ectopy.evaluation.class_metrics import LABELS, ClassMetrics
from ectopy.evaluation.uncertainty import Interval
from ectopy.wording import percent, rounded

TITLES: Final = {
    "QRS Se": "QRS sensitivity",
    "QRS +P": "QRS positive predictivity",
    "Se S": "Sensitivity to S (supraventricular)",
    "Se V": "Sensitivity to V (ventricular)",
    "Se F": "Sensitivity to F (fusion)",
    "Se abnormal": "Sensitivity to S, V and F together",
    "+P abnormal": "Positive predictivity of the flag",
    FALSE_ALARM_RATE: "False-alarm rate (share of N)",
    PER_HOUR: "False alarms per hour",
    "AUROC": "AUROC",
    "AUPRC": "AUPRC",
}
"""Name of a figure → its title on the page, in the order of the page."""

ROW_TITLES: Final = {
    "N": "N normal",
    "S": "S supraventricular",
    "V": "V ventricular",
    "F": "F fusion",
    "Q": "Q unknown or paced",
    "": "no beat",
}

CLASS_TITLES: Final = {"N": "N", "S": "S", "V": "V", "F": "F", "-": "none"}
"""Label of a confusion matrix of classes → heading."""

RECORD_COLUMNS: Final = (
    "QRS Se",
    "QRS +P",
    "Se S",
    "Se V",
    "Se F",
    FALSE_ALARM_RATE,
    PER_HOUR,
    "AUROC",
    "AUPRC",
)
"""Figures of the table of recordings."""

_NOT_SHARES: Final = (PER_HOUR, "AUROC", "AUPRC")


@dataclass(frozen=True)
class FigureRow:
    """One figure of merit: gross with interval, and average; on detected beats and on reference R peaks."""

    title: str
    detected: str
    detected_average: str
    reference: str
    reference_average: str


@dataclass(frozen=True)
class ConfusionCell:
    """A count, its share of the row, and how dark it is."""

    count: str
    share: str
    shade: float


@dataclass(frozen=True)
class MatrixRow:
    """One row of a confusion matrix."""

    title: str
    total: str
    cells: tuple[ConfusionCell, ...]


@dataclass(frozen=True)
class RecordRow:
    """One recording in the table of recordings."""

    record: str
    anchor: str
    patient: str
    beats: str
    missed: str
    extra: str
    figures: tuple[str, ...]
    errors: str


def cards(evaluation: DetectorEvaluation) -> tuple[tuple[str, str, str], ...]:
    """Return title, figure and remark of each card."""
    figures_of = evaluation.analysis.figures
    missing = Interval(np.nan, np.nan, np.nan, 0.95, 0, 0)
    shown = [
        (name, figures_of.get(name, missing))
        for name in ("QRS Se", "QRS +P", "Se V", "Se S", PER_HOUR, "AUROC")
    ]
    return tuple((TITLES[name], _cell(name, i.value), _span(name, i)) for name, i in shown)


def figure_rows(evaluation: DetectorEvaluation) -> list[FigureRow]:
    """Return a row for each figure of merit, in the order of `TITLES`."""
    return [
        FigureRow(
            title,
            *gross_and_average(evaluation.analysis, name),
            *gross_and_average(evaluation.at_reference, name, defined=not name.startswith("QRS")),
        )
        for name, title in TITLES.items()
    ]


def gross_and_average(metrics: AbnormalityMetrics, name: str, *, defined: bool = True) -> tuple[str, str]:
    """Write the gross figure with its interval, and the average; dashes where there is none."""
    if not defined or name not in metrics.figures:
        return "–", "–"
    return _gross(name, metrics.figures[name]), _cell(name, metrics.average[name])


def _gross(name: str, interval: Interval) -> str:
    return f"{_cell(name, interval.value)} ({_span(name, interval)})"


def _cell(name: str, value: float) -> str:
    """Write a figure as its kind is written."""
    if name == PER_HOUR:
        return rounded(value, 1)
    if name in _NOT_SHARES:
        return rounded(value, 3)
    return "–" if np.isnan(value) else f"{100 * value:.2f} %"


def bare(name: str, value: float) -> str:
    """Write a figure without its per cent sign."""
    return _cell(name, value).removesuffix(" %")


def _span(name: str, interval: Interval) -> str:
    if np.isnan(interval.low):
        return "no interval"
    return f"{bare(name, interval.low)} to {bare(name, interval.high)}"


def confusion(metrics: AbnormalityMetrics) -> list[MatrixRow]:
    """Return the rows of flag against class that have beats."""
    return _matrix_rows([ROW_TITLES[name] for name in ROWS], metrics.confusion)


def class_confusion(metrics: ClassMetrics) -> list[MatrixRow]:
    """Return the rows of class against class that have beats."""
    titles = [ROW_TITLES[name if name in ROW_TITLES else ""] for name in LABELS]
    return _matrix_rows(titles, metrics.by_record.gross.counts)


def _matrix_rows(titles: Sequence[str], matrix: npt.NDArray[np.int64]) -> list[MatrixRow]:
    rows = []
    for title, counts in zip(titles, matrix, strict=True):
        total = int(counts.sum())
        if total:
            cells = tuple(
                ConfusionCell(rounded(n), percent(n / total), round(float(n / total), 2)) for n in counts
            )
            rows.append(MatrixRow(title, rounded(total), cells))
    return rows


def class_rows(evaluation: DetectorEvaluation) -> list[tuple[str, str, str]]:
    """Return each figure of the classes on detected beats and on reference R peaks."""
    detected, reference = (
        metrics.class_metrics.figures for metrics in (evaluation.analysis, evaluation.at_reference)
    )
    return [(name, _gross(name, detected[name]), _gross(name, reference[name])) for name in detected]


def record_row(evaluation: DetectorEvaluation, place: int, anchors: Mapping[str, str]) -> RecordRow:
    """Return the row of a recording; ``anchors`` say where its mistakes are drawn."""
    results, figures_of = evaluation.analysis.records[place], evaluation.analysis.by_record
    return RecordRow(
        record=results.record,
        anchor=anchors.get(results.record, ""),
        patient=results.patient,
        beats=rounded(int(np.sum(~results.extra))),
        missed=rounded(int(np.sum(~results.detected))),
        extra=rounded(int(np.sum(results.extra))),
        figures=tuple(bare(name, figures_of[name][place]) for name in RECORD_COLUMNS),
        errors=rounded(results.errors_per_hour),
    )


def gross_row(evaluation: DetectorEvaluation) -> RecordRow:
    """Return the row of all recordings together."""
    records, figures_of = evaluation.analysis.records, evaluation.analysis.figures
    values = {name: figures_of[name].value if name in figures_of else np.nan for name in RECORD_COLUMNS}
    wrong = sum(one.errors_per_hour * one.hours for one in records) / sum(one.hours for one in records)
    return RecordRow(
        record="Gross",
        anchor="",
        patient="",
        beats=rounded(sum(int(np.sum(~one.extra)) for one in records)),
        missed=rounded(sum(int(np.sum(~one.detected)) for one in records)),
        extra=rounded(sum(int(np.sum(one.extra)) for one in records)),
        figures=tuple(bare(name, value) for name, value in values.items()),
        errors=rounded(wrong),
    )
