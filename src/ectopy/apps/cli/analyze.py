"""``ectopy analyze``: recordings in; annotations, tables, summaries and reports out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.apps.cli.console import complain, note, print_json, show_table, working
from ectopy.apps.cli.options import (
    AlarmRate,
    Baseline,
    Classifier,
    Detector,
    Disclosure,
    Force,
    Fs,
    Gain,
    Json,
    Leads,
    Model,
    Out,
    Patient,
    Pdf,
    Qrs,
    Quiet,
    Report,
    ReportLanguage,
    Unit,
    Waves,
    calibration_of,
    check_out,
    names_of,
    pipeline_of,
)
from ectopy.errors import EctopyError, ParameterError
from ectopy.models.registry import DEFAULT_CLASSIFIER, DEFAULT_MODEL, DEFAULT_QRS

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.analysis.summary import Summary
    from ectopy.io.channels import Calibration
    from ectopy.record import Source
    from ectopy.report.exports import Outputs, ReportOptions


def analyze(
    records: Annotated[
        list[Path],
        typer.Argument(help="Recordings of any format that is read.", show_default=False),
    ],
    out: Out = Path("out"),
    qrs: Qrs = DEFAULT_QRS,
    detector: Detector = DEFAULT_MODEL,
    classifier: Classifier = DEFAULT_CLASSIFIER,
    model: Model = "",
    leads: Leads = "",
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    waves: Waves = None,
    alarm_rate: AlarmRate = None,
    report: Report = True,
    pdf: Pdf = False,
    disclosure: Disclosure = False,
    language: ReportLanguage = "en",
    patient: Patient = "",
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find the beats of recordings, judge each, and write annotations, tables, a summary and a report.

    With --json, the summary of each recording is one line.
    """
    from ectopy.report.exports import ReportOptions
    from ectopy.report.language import Language

    check_out(out)
    options = ReportOptions(report, pdf, disclosure, Language(language).code, patient)
    calibration = calibration_of(gain, baseline, unit)
    pipeline = pipeline_of(qrs, detector, classifier, model)
    if alarm_rate is not None:
        pipeline = pipeline.at_alarm_rate(alarm_rate)
    failed = False
    stems: set[str] = set()
    for path in records:
        read = partial(_open_another, path, fs, names_of(leads), calibration, stems)
        try:
            analyze_one(
                read, pipeline, out, waves=waves, options=options, force=force, quiet=quiet, as_json=as_json
            )
        except EctopyError as error:
            complain(error)
            failed = True
    if failed:
        raise typer.Exit(2)


def analyze_one(
    read: Callable[[], Source],
    pipeline: Pipeline,
    out: Path,
    *,
    waves: bool | None = None,
    options: ReportOptions,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Analyse a recording, write its files, and print its summary."""
    from ectopy.report.exports import summary_facts, write_outputs

    with working("analysing", quiet or as_json):
        analysis = pipeline.run(read(), waves=waves)
        outputs = write_outputs(analysis, out, options=options, force=force)
    if as_json:
        print_json(summary_facts(analysis), indent=None)
    elif not quiet:
        _print_summary(analysis.summary(), outputs)


def _open_another(
    path: Path, fs: float | None, leads: list[str] | None, calibration: Calibration, stems: set[str]
) -> Source:
    """Read a recording, unless its results would overwrite those of one before."""
    from ectopy.io.registry import open_source
    from ectopy.io.safe_names import file_stem

    source = open_source(path, fs=fs, leads=leads, calibration=calibration)
    stem = file_stem(source.name)
    if stem in stems:
        raise ParameterError(
            f"{path}: the results of a recording before are called {stem} too, and would be lost; give this"
            " one an --out of its own"
        )
    stems.add(stem)
    return source


def _print_summary(summary: Summary, outputs: Outputs) -> None:
    rows = [*summary.rows(), *(("wrote", path) for path in vars(outputs).values() if path)]
    show_table(rows, title=summary.record)
    for warning in summary.warnings:
        note(f"note: {warning}")
    note(summary.disclaimer, style="dim")
