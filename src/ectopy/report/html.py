"""One self-contained page about one recording: a Holter report, and the evidence of both opinions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ectopy
from ectopy.analysis.result import Analysis
from ectopy.io.atomic import draft
from ectopy.models.manifest import Manifest
from ectopy.report import drawings
from ectopy.report.highlights import clusters_by_size, disagreements, most_abnormal
from ectopy.report.holter.figures import HolterFigures, holter_figures
from ectopy.report.holter.person import person_of
from ectopy.report.holter.review import conclusion_of, review_sentences
from ectopy.report.holter.strips import strip_cards
from ectopy.report.holter.tables import Tables
from ectopy.report.language import ENGLISH, Language, marked
from ectopy.report.opinions import class_table, cluster_cards, highlights, quality_table
from ectopy.report.page_templates import template
from ectopy.report.provenance import facts, limitations
from ectopy.report.wave_section import wave_section

DISCLAIMER: Final = marked("For research use only: ectopy is not a medical device and not for diagnosis.")
"""`ectopy.analysis.disclaimer.DISCLAIMER`, where translators find it."""

MANY_BEATS: Final = 2
"""Beats above which intervals are drawn."""


@dataclass(frozen=True)
class PageOptions:
    """What a reader may ask of the page.

    Parameters
    ----------
    language : Language
        To write in.
    patient : str
        Name to print; nothing is printed that was not asked for.
    sentences : tuple of str, optional
        A conclusion to print instead of the one drawn from the figures.
    """

    language: Language = ENGLISH
    patient: str = ""
    sentences: tuple[str, ...] | None = None


def write_report(analysis: Analysis, path: Path | str, options: PageOptions | None = None) -> Path:
    """Write the report of a recording: one self-contained page that opens offline.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    path : path-like
        Where to write; a report that is there is replaced once the new one is complete.
    options : PageOptions, optional
        Language, name, conclusion.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import ectopy
    >>> analysis = ectopy.analyze(ectopy.simulate(duration=20, leads=("II",), seed=1))
    >>> write_report(analysis, Path(tempfile.mkdtemp()) / "day.html").name
    'day.html'
    """
    target = Path(path)
    page = render_report(analysis, options)
    with draft(target) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    return target


def render_report(
    analysis: Analysis, options: PageOptions | None = None, figures: HolterFigures | None = None
) -> str:
    """Return the page of `write_report` as text; ``figures`` where they were counted before."""
    options = options or PageOptions()
    language, clock = options.language, options.language.clock(analysis.record.start)
    figures = figures or holter_figures(analysis)
    tables = Tables(figures, clock, language)
    abnormal, differing = most_abnormal(analysis), disagreements(analysis)
    most, others = highlights(analysis, clock, language, abnormal, differing)
    return template("report.html.jinja").render(
        version=ectopy.__version__,
        disclaimer=language.text(DISCLAIMER),
        language=language,
        say=language.text,
        style=drawings.style(),
        shared=drawings.shared(),
        record=analysis.record,
        patient=options.patient,
        person=person_of(analysis.record.comments),
        stop=clock(analysis.record.duration) if analysis.record.start else "",
        summary=analysis.summary(),
        figures=figures,
        review=review_sentences(analysis.review, language),
        conclusion=options.sentences or conclusion_of(analysis, figures, clock, language),
        models=_models(analysis),
        limitations=limitations(*_manifests(analysis)),
        tables=tables,
        strips=strip_cards(analysis, clock, language),
        whole=drawings.whole(analysis, language),
        timelines=drawings.timelines(analysis, language),
        rhythm=drawings.rhythm(analysis, language) if len(analysis.beats) > MANY_BEATS else None,
        classes=class_table(analysis, language),
        highlights=most,
        differing=others,
        expectation=analysis.detector.EXPECTATION,
        clusters=cluster_cards(analysis, language),
        n_clusters=len(clusters_by_size(analysis)),
        qualities=quality_table(analysis, language),
        waves=wave_section(analysis, language),
    )


def _models(analysis: Analysis) -> tuple[tuple[str, list[tuple[str, str]]], ...]:
    return tuple((manifest.name, facts(manifest)) for manifest in _manifests(analysis))


def _manifests(analysis: Analysis) -> tuple[Manifest, ...]:
    return (analysis.manifest, analysis.classifier, *analysis.further_models)
