"""The forms of a report, each with what writes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from ectopy.analysis.result import Analysis
from ectopy.report.disclosure import render_disclosure
from ectopy.report.exports import ReportOptions
from ectopy.report.holter.document import holter_document
from ectopy.report.holter.figures import holter_figures
from ectopy.report.holter.markdown import holter_markdown
from ectopy.report.html import PageOptions, render_report
from ectopy.report.language import Language
from ectopy.report.pdf import find_browser, print_page


def report_views(analysis: Analysis, options: ReportOptions) -> dict[str, Callable[[Path], object]]:
    """Return what writes each form that was asked for, by its name in `ectopy.report.exports.Outputs`.

    Raises
    ------
    ParameterError
        If the language is unknown, or there is no browser to print with.
    """
    language = Language(options.language)
    views: dict[str, Callable[[Path], object]] = {}
    if options.report or options.pdf:
        figures = holter_figures(analysis)
        page = render_report(analysis, PageOptions(language, options.patient), figures)
    if options.report:
        document = asdict(holter_document(analysis, language, figures))
        views["report"] = partial(_write, page)
        views["document"] = partial(_write, _json(document))
        views["text"] = partial(_write, holter_markdown(analysis, language, figures))
    if options.pdf:
        find_browser()
        views["pdf"] = partial(print_page, page)
    if options.disclosure:
        views["disclosure"] = partial(_write, render_disclosure(analysis, language=language))
    return views


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _write(content: str, path: Path) -> None:
    path.write_text(content, encoding="utf-8")
