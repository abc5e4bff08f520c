"""Reports and files of a recording as it was reviewed, by the writers that every report has."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path

from ectopy.apps.review.desk import Options
from ectopy.apps.review.opened import OpenRecording
from ectopy.report.exports import ReportOptions, write_outputs
from ectopy.report.holter.figures import holter_figures
from ectopy.report.holter.review import conclusion_of as sentences_of
from ectopy.report.html import PageOptions, render_report
from ectopy.report.language import ENGLISH
from ectopy.report.pdf import print_page


@dataclass(frozen=True)
class Conclusion:
    """The text of a conclusion, a sentence a line, and whether a person wrote it."""

    text: str
    edited: bool


def conclusion_of(opened: OpenRecording) -> Conclusion:
    """Return the conclusion of the report."""
    now = opened.state.analysis
    sentences = sentences_of(now, holter_figures(now), ENGLISH.clock(now.record.start), ENGLISH)
    return Conclusion("\n".join(sentences), edited=bool(now.review and now.review.conclusion.strip()))


def report_of(opened: OpenRecording, options: Options) -> str:
    """Return the page of the report."""
    forms = PageOptions(patient=_patient(opened, options))
    return opened.page(lambda analysis: render_report(analysis, forms))


def pdf_of(opened: OpenRecording, options: Options, folder: Path) -> bytes:
    """Return the report as PDF, made in a folder.

    Raises
    ------
    ParameterError
        If there is no browser to print with.
    """
    target = folder / "report.pdf"
    print_page(report_of(opened, options), target)
    return target.read_bytes()


def write_files(opened: OpenRecording, options: Options) -> list[Path]:
    """Write annotations, tables, summary and report beside the log, and return their paths."""
    forms = ReportOptions(patient=_patient(opened, options))
    written = write_outputs(opened.whole(), opened.place.folder / "outputs", options=forms, force=True)
    return [path for path in astuple(written) if path is not None]


def _patient(opened: OpenRecording, options: Options) -> str:
    return opened.automatic.record.patient if options.show_names else ""
