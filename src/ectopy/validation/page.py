"""One self-contained page about an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ectopy
from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.evaluation.abnormality import (
    COLUMNS,
    FALSE_ALARM_RATE,
    AbnormalityMetrics,
    DetectorEvaluation,
)
from ectopy.evaluation.beat_results import Mistake
from ectopy.evaluation.class_metrics import LABELS
from ectopy.io.atomic import draft
from ectopy.plotting.paper import strip_figure
from ectopy.plotting.strip import Strip
from ectopy.report.figure_svg import to_svg
from ectopy.validation import figures, tables
from ectopy.wording import clock, percent, rounded, shown

RECORDS_SHOWN: Final = 8
"""Recordings whose mistakes are drawn, the worst first."""


@dataclass(frozen=True, eq=False)
class Highlight:
    """A mistake, and the strip of the recording around it."""

    mistake: Mistake
    strip: Strip


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
        cards=tables.cards(evaluation),
        rows=tables.figure_rows(evaluation),
        columns=COLUMNS,
        confusions=(
            ("Detected beats", tables.confusion(evaluation.analysis)),
            ("Reference R peaks, first lead", tables.confusion(evaluation.at_reference)),
        ),
        class_columns=[tables.CLASS_TITLES[name] for name in LABELS],
        class_confusions=(
            ("Detected beats", tables.class_confusion(evaluation.analysis.class_metrics)),
            ("Reference R peaks, first lead", tables.class_confusion(evaluation.at_reference.class_metrics)),
        ),
        class_rows=tables.class_rows(evaluation),
        records_with_most_errors=evaluation.analysis.class_metrics.records_with_most_errors,
        drawings=_drawings(evaluation),
        observed=tables.gross_and_average(evaluation.analysis, FALSE_ALARM_RATE)[0],
        above=_above_promise(evaluation),
        unranked=_unranked(evaluation.analysis),
        record_columns=tables.RECORD_COLUMNS,
        records=[tables.record_row(evaluation, place, anchors) for place in evaluation.worst_first],
        gross=tables.gross_row(evaluation),
        average=[tables.bare(name, evaluation.analysis.average[name]) for name in tables.RECORD_COLUMNS],
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


def _above_promise(evaluation: DetectorEvaluation) -> int:
    """Count the recordings with more false alarms than the threshold promises."""
    rates = evaluation.analysis.by_record[FALSE_ALARM_RATE]
    promised = np.inf if evaluation.nominal_rate is None else evaluation.nominal_rate
    return int(np.sum(rates > promised))


def _unranked(metrics: AbnormalityMetrics) -> str:
    """Count the abnormal beats that have no score."""
    return rounded(sum(int(np.sum(one.abnormal & ~one.judged)) for one in metrics.records))


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
    return Markup(to_svg(figure, label))  # noqa: S704 - see above
