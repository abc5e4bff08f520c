"""One self-contained page about an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ectopy
from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.evaluation.abnormality import (
    COLUMNS,
    FALSE_ALARM_RATE,
    PER_HOUR,
    ROWS,
    AbnormalityMetrics,
    DetectorEvaluation,
)
from ectopy.evaluation.beat_results import Mistake
from ectopy.evaluation.class_metrics import LABELS, ClassMetrics
from ectopy.evaluation.uncertainty import Interval
from ectopy.io.atomic import draft
from ectopy.plotting.paper import strip_figure
from ectopy.plotting.strip import Strip
from ectopy.report.figure_svg import to_svg
from ectopy.validation import figures as figures
from ectopy.wording import clock, percent, rounded, shown

RECORDS_SHOWN: Final = 8
"""Recordings whose mistakes are drawn, the worst first."""

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


@dataclass(frozen=True, eq=False)
class Highlight:
    """A mistake, and the strip of the recording around it."""

    mistake: Mistake
    strip: Strip


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


@dataclass(frozen=True)
class Gallery:
    """The drawn mistakes of one recording."""

    record: str
    anchor: str
    counts: tuple[tuple[str, str], ...]
    highlights: tuple[tuple[str, str, str, str, Markup], ...]


def write_page(
    evaluation: DetectorEvaluation, highlights: Mapping[str, Sequence[Highlight]], path: Path | str
) -> Path:
    """Write the page of an evaluation: one file that opens offline.

    Parameters
    ----------
    evaluation : DetectorEvaluation
        The figures.
    highlights : mapping of str to sequence of Highlight
        Record → mistakes to choose from; only those of the worst recordings are shown.
    path : path-like
        Where to write; a page that is there is replaced once the new one is complete.

    Returns
    -------
    Path
        The file.
    """
    target = Path(path)
    page = render_page(evaluation, highlights)
    with draft(target) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    return target


def render_page(evaluation: DetectorEvaluation, highlights: Mapping[str, Sequence[Highlight]]) -> str:
    """Return the page of `write_page` as text."""
    galleries = _galleries(evaluation, highlights)
    anchors = {gallery.record: gallery.anchor for gallery in galleries}
    records = evaluation.analysis.records
    return _template().render(
        version=ectopy.__version__,
        disclaimer=DISCLAIMER,
        evaluation=evaluation,
        n_patients=len({one.patient for one in records}),
        hours=rounded(sum(one.hours for one in records), 1),
        nominal=percent(evaluation.nominal_rate),
        cards=_cards(evaluation),
        rows=_figure_rows(evaluation),
        columns=COLUMNS,
        confusions=(
            ("Detected beats", _confusion(evaluation.analysis)),
            ("Reference R peaks, first lead", _confusion(evaluation.at_reference)),
        ),
        class_columns=[CLASS_TITLES[name] for name in LABELS],
        class_confusions=(
            ("Detected beats", _class_confusion(evaluation.analysis.class_metrics)),
            ("Reference R peaks, first lead", _class_confusion(evaluation.at_reference.class_metrics)),
        ),
        class_rows=_class_rows(evaluation),
        records_with_most_errors=evaluation.analysis.class_metrics.records_with_most_errors,
        drawings=_drawings(evaluation),
        observed=_gross_and_average(evaluation.analysis, FALSE_ALARM_RATE)[0],
        above=_above_promise(evaluation),
        unranked=_unranked(evaluation.analysis),
        record_columns=RECORD_COLUMNS,
        records=[_record_row(evaluation, place, anchors) for place in evaluation.worst_first],
        gross=_gross_row(evaluation),
        average=[_bare(name, evaluation.analysis.average[name]) for name in RECORD_COLUMNS],
        galleries=galleries,
        table=str(evaluation.summary),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader("ectopy.validation"), jinja2.PackageLoader("ectopy.report")]
        ),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("evaluation.html.jinja")


def _cards(evaluation: DetectorEvaluation) -> tuple[tuple[str, str, str], ...]:
    """Return title, figure and remark of each card."""
    figures_of = evaluation.analysis.figures
    missing = Interval(np.nan, np.nan, np.nan, 0.95, 0, 0)
    shown = [
        (name, figures_of.get(name, missing))
        for name in ("QRS Se", "QRS +P", "Se V", "Se S", PER_HOUR, "AUROC")
    ]
    return tuple((TITLES[name], _cell(name, i.value), _span(name, i)) for name, i in shown)


def _figure_rows(evaluation: DetectorEvaluation) -> list[FigureRow]:
    return [
        FigureRow(
            title,
            *_gross_and_average(evaluation.analysis, name),
            *_gross_and_average(evaluation.at_reference, name, defined=not name.startswith("QRS")),
        )
        for name, title in TITLES.items()
    ]


def _gross_and_average(metrics: AbnormalityMetrics, name: str, *, defined: bool = True) -> tuple[str, str]:
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


def _bare(name: str, value: float) -> str:
    """Write a figure without its per cent sign."""
    return _cell(name, value).removesuffix(" %")


def _span(name: str, interval: Interval) -> str:
    if np.isnan(interval.low):
        return "no interval"
    return f"{_bare(name, interval.low)} to {_bare(name, interval.high)}"


def _confusion(metrics: AbnormalityMetrics) -> list[MatrixRow]:
    """Return the rows of flag against class that have beats."""
    return _matrix_rows([ROW_TITLES[name] for name in ROWS], metrics.confusion)


def _class_confusion(metrics: ClassMetrics) -> list[MatrixRow]:
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


def _class_rows(evaluation: DetectorEvaluation) -> list[tuple[str, str, str]]:
    """Return each figure of the classes on detected beats and on reference R peaks."""
    detected, reference = (
        metrics.class_metrics.figures for metrics in (evaluation.analysis, evaluation.at_reference)
    )
    return [(name, _gross(name, detected[name]), _gross(name, reference[name])) for name in detected]


def _above_promise(evaluation: DetectorEvaluation) -> int:
    """Count the recordings with more false alarms than the threshold promises."""
    rates = evaluation.analysis.by_record[FALSE_ALARM_RATE]
    promised = np.inf if evaluation.nominal_rate is None else evaluation.nominal_rate
    return int(np.sum(rates > promised))


def _unranked(metrics: AbnormalityMetrics) -> str:
    """Count the abnormal beats that have no score."""
    return rounded(sum(int(np.sum(one.abnormal & ~one.judged)) for one in metrics.records))


def _record_row(evaluation: DetectorEvaluation, place: int, anchors: Mapping[str, str]) -> RecordRow:
    results, figures_of = evaluation.analysis.records[place], evaluation.analysis.by_record
    return RecordRow(
        record=results.record,
        anchor=anchors.get(results.record, ""),
        patient=results.patient,
        beats=rounded(int(np.sum(~results.extra))),
        missed=rounded(int(np.sum(~results.detected))),
        extra=rounded(int(np.sum(results.extra))),
        figures=tuple(_bare(name, figures_of[name][place]) for name in RECORD_COLUMNS),
        errors=rounded(results.errors_per_hour),
    )


def _gross_row(evaluation: DetectorEvaluation) -> RecordRow:
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
        figures=tuple(_bare(name, value) for name, value in values.items()),
        errors=rounded(wrong),
    )


def _galleries(
    evaluation: DetectorEvaluation, highlights: Mapping[str, Sequence[Highlight]]
) -> list[Gallery]:
    galleries: list[Gallery] = []
    for place in evaluation.worst_first:
        results = evaluation.analysis.records[place]
        shown = highlights.get(results.record, ())
        if shown and len(galleries) < RECORDS_SHOWN:
            counts = (
                (kind, rounded(int(wrong.sum()))) for kind, wrong in results.mistakes().items() if wrong.any()
            )
            pictures = tuple(_picture(results.record, highlight) for highlight in shown)
            galleries.append(Gallery(results.record, f"record-{place}", tuple(counts), pictures))
    return galleries


def _picture(record: str, highlight: Highlight) -> tuple[str, str, str, str, Markup]:
    """Return kind, time, reference symbol, score and picture of a mistake."""
    mistake = highlight.mistake
    at = clock(mistake.time, 1)
    label = f"ECG of {record} around {at}, {mistake.kind}, 25 mm/s, 10 mm/mV"
    score = "none" if np.isnan(mistake.score) else rounded(mistake.score, 2)
    return mistake.kind, at, mistake.symbol or "none", score, _markup(strip_figure(highlight.strip), label)


def _drawings(evaluation: DetectorEvaluation) -> dict[str, Markup]:
    detected, reference, threshold = evaluation.analysis, evaluation.at_reference, evaluation.threshold
    roc, ax = _figure(4.9, 4.0)
    figures.plot_roc(ax, detected, reference, threshold)
    pr, ax = _figure(4.9, 4.0)
    figures.plot_precision_recall(ax, detected, reference, threshold)
    scores, ax = _figure(4.9, 3.2)
    figures.plot_scores(ax, detected, threshold)
    at_reference, ax = _figure(4.9, 3.2)
    figures.plot_scores(ax, reference, threshold)
    calibration, ax = _figure(10.0, 3.4)
    figures.plot_calibration(ax, detected, evaluation.nominal_rate)
    return {
        "roc": _markup(roc, "ROC curves with the operating points"),
        "pr": _markup(pr, "Precision-recall curves with the operating points"),
        "scores": _markup(scores, "Share of each class at or below a score, on detected beats"),
        "scores_at_reference": _markup(at_reference, "The same on reference R peaks"),
        "calibration": _markup(
            calibration, "Observed false-alarm rate of every recording, and the promised one"
        ),
    }


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height))
    left, bottom = 0.8, 0.62
    return figure, figure.add_axes(
        (left / width, bottom / height, (width - left - 0.15) / width, (height - bottom - 0.15) / height)
    )


def _markup(figure: Figure, label: str) -> Markup:
    """Draw a figure; its text was escaped by matplotlib and its label by `to_svg`."""
    return Markup(to_svg(figure, label))  # noqa: S704
