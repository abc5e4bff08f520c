"""``ectopy compare``: the EC57 comparators, with the options of the WFDB programs they agree with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.apps.cli.comparison import (
    TABLE,
    Annotator,
    Annotators,
    Choice,
    Condensed,
    CondensedSveb,
    Corrected,
    Folders,
    Jobs,
    Record,
    Records,
    Request,
    Standard,
    StandardSveb,
    Start,
    Stop,
    TwoFiles,
    Verbose,
    Window,
    chosen,
    requested,
    write,
)
from ectopy.errors import AnnotationError, ParameterError

if TYPE_CHECKING:  # the comparators bring numpy, which takes longer than printing help
    from ectopy.evaluation.ec57.beat_reports import BeatComparison
    from ectopy.evaluation.ec57.episode_reports import EpisodeComparison
    from ectopy.evaluation.ec57.run_reports import RunComparison

app = typer.Typer(
    help="Compare annotations as ANSI/AAMI EC57 asks. A file named - is standard output.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def bxb(
    reference: Annotator = "",
    test: Annotator = "",
    record: Record = "",
    annotators: Annotators = None,
    records: Records = None,
    folders: Folders = None,
    jobs: Jobs = 1,
    start: Start = None,
    stop: Stop = None,
    window: Window = None,
    standard: Standard = None,
    standard_sveb: StandardSveb = None,
    condensed: Condensed = None,
    condensed_sveb: CondensedSveb = None,
    lines: Annotated[TwoFiles, typer.Option("-l", help="Append one line a record: beats, shutdown.")] = None,
    lines_sveb: Annotated[TwoFiles, typer.Option("-L", help="As -l, with supraventricular beats.")] = None,
    notes: Annotated[
        bool, typer.Option("-o", help="Write annotator bxb: agreeing beats, and notes.")
    ] = False,
    expanded: Annotated[bool, typer.Option("-O", help="As -o, with every other mark; no report.")] = False,
    verbose: Verbose = False,
    corrected: Corrected = False,
) -> None:
    """Compare beat by beat."""
    from ectopy.evaluation.ec57 import beat_notes, compare_beats, summarise
    from ectopy.evaluation.ec57.files import write_marks

    choice = chosen(
        records, s=standard, S=standard_sveb, c=condensed, C=condensed_sveb, l=lines, L=lines_sveb
    )
    times = {"-f": start, "-t": stop, "-w": window}
    names = annotators or (reference, test)
    request = requested("bxb", record, records, names, folders, jobs, times)
    if expanded:
        for name, marks in zip(request.records, request.results(beat_notes.differing_marks), strict=True):
            write_marks(name, marks, "bxb")
        return
    results = request.results(compare_beats, corrected=corrected)
    for found in results if notes or verbose else []:
        _show_mismatches(request, found, choice.sveb, verbose=verbose, notes=notes)
    if choice.letter == TABLE:
        typer.echo(summarise(results, corrected=corrected), nl=False)
    for found in [] if choice.letter == TABLE else results:
        _write_beats(found, choice)


@app.command()
def rxr(
    reference: Annotator = "",
    test: Annotator = "",
    record: Record = "",
    annotators: Annotators = None,
    records: Records = None,
    folders: Folders = None,
    jobs: Jobs = 1,
    start: Start = None,
    stop: Stop = None,
    window: Window = None,
    standard: Standard = None,
    standard_sveb: StandardSveb = None,
    condensed: Condensed = None,
    condensed_sveb: CondensedSveb = None,
    lines: Annotated[str | None, typer.Option("-l", help="Append one line a record to this file.")] = None,
    lines_sveb: Annotated[TwoFiles, typer.Option("-L", help="As -l; SVE runs into the second file.")] = None,
    verbose: Verbose = False,
    corrected: Corrected = False,
) -> None:
    """Compare run by run: couplets, short runs, long runs."""
    from ectopy.evaluation.ec57 import compare_runs, run_reports, summarise

    choice = chosen(
        records, s=standard, S=standard_sveb, c=condensed, C=condensed_sveb, l=lines, L=lines_sveb
    )
    times = {"-f": start, "-t": stop, "-w": window}
    names = annotators or (reference, test)
    request = requested("rxr", record, records, names, folders, jobs, times)
    results = request.results(compare_runs, corrected=corrected)
    for found in results if verbose else []:
        typer.echo(run_reports.mismatches(found, sveb=choice.sveb), nl=False)
    if choice.letter == TABLE:
        typer.echo("\n".join(str(summarise(results, table=table)) for table in ("VE", "SVE")), nl=False)
    for found in [] if choice.letter == TABLE else results:
        _write_runs(found, choice)


@app.command()
def epicmp(
    reference: Annotator = "",
    test: Annotator = "",
    record: Record = "",
    annotators: Annotators = None,
    records: Records = None,
    folders: Folders = None,
    jobs: Jobs = 1,
    start: Start = None,
    stop: Stop = None,
    fibrillation: Annotated[
        str | None, typer.Option("-A", help="Append atrial fibrillation reports.")
    ] = None,
    flutter: Annotated[str | None, typer.Option("-V", help="Append ventricular flutter reports.")] = None,
    st: Annotated[
        TwoFiles, typer.Option("-S", help="Append ischemic ST episode reports, ST measurements.")
    ] = None,
    st_0: Annotated[TwoFiles, typer.Option("-S0", help="As -S, of signal 0 only.")] = None,
    st_1: Annotated[TwoFiles, typer.Option("-S1", help="As -S, of signal 1 only.")] = None,
    lines: Annotated[bool, typer.Option("-l", "-L", help="Write one line a record.")] = False,
    ignore: Annotated[
        str | None, typer.Option("-i", help="Leave shorter episodes out of episode figures.")
    ] = None,
    exclude: Annotated[
        str | None, typer.Option("-I", help="Leave shorter episodes out of all figures.")
    ] = None,
    no_flutter: Annotated[bool, typer.Option("-x", help="Leave atrial flutter out of AF +P.")] = False,
    corrected: Corrected = False,
) -> None:
    """Compare episode by episode: atrial fibrillation, ventricular flutter, ischemic ST changes."""
    if ignore is not None and exclude is not None:
        raise ParameterError("-i and -I exclude each other; give one of them")
    times = {"-f": start, "-t": stop, "-i" if exclude is None else "-I": ignore or exclude}
    request = requested(
        "epicmp",
        record,
        records,
        annotators or (reference, test),
        folders,
        jobs,
        times,
        shortest_counts=exclude is None,
        without_flutter=no_flutter,
        corrected=corrected,
    )
    asked = {
        ("AF", None): fibrillation,
        ("VF", None): flutter,
        ("ST", None): st,
        ("ST", 0): st_0,
        ("ST", 1): st_1,
    }
    _compare_episodes(request, asked, tables=records is not None, lines=lines)


def _compare_episodes(
    request: Request,
    asked: Mapping[tuple[str, int | None], str | tuple[str, str] | None],
    *,
    tables: bool,
    lines: bool,
) -> None:
    """Write the reports that were asked for, by kind of episode and signal; tables of all where none was."""
    from ectopy.evaluation.ec57 import compare_episodes, summarise

    given = {which: files for which, files in asked.items() if files is not None}
    if not given and not tables:
        raise ParameterError("epicmp: no report was asked for; give -A, -V, -S, -S0 or -S1")
    for (kind, signal), files in given.items():
        for found in request.results(compare_episodes, kind=kind, signal=signal):
            _write_episodes(found, files if isinstance(files, tuple) else (files,), lines)
    if not given:
        summaries = (summarise(request.results(compare_episodes, kind=kind)) for kind in ("AF", "VF"))
        typer.echo("\n".join(map(str, summaries)), nl=False)


@app.command()
def sumstats(
    file: Annotated[Path, typer.Argument(help="What -l or -L wrote.", show_default=False)],
    corrected: Corrected = False,
) -> None:
    """Print a line-format file with its sums, gross and average figures."""
    from ectopy.evaluation.ec57.summary import summarise_lines

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationError(f"{file} cannot be read; give a file that -l or -L wrote") from error
    typer.echo(summarise_lines(text, corrected=corrected), nl=False)


def _write_beats(found: BeatComparison, choice: Choice) -> None:
    from ectopy.evaluation.ec57 import beat_reports

    if choice.letter in "lL":
        lines = beat_reports.line_reports(found, sveb=choice.sveb)
        for file, line, heading in zip(choice.files, lines, beat_reports.HEADINGS[choice.sveb], strict=True):
            write(file, line, heading)
        return
    report = beat_reports.standard_report if choice.letter in "sS" else beat_reports.condensed_report
    write(choice.files[0], report(found, sveb=choice.sveb))
    write("-", beat_reports.shutdown_report(found, sveb=choice.sveb))


def _write_runs(found: RunComparison, choice: Choice) -> None:
    from ectopy.evaluation.ec57 import run_reports

    if choice.letter in "lL":
        lines = run_reports.line_reports(found)
        for file, line, heading in zip(choice.files, lines, run_reports.HEADINGS, strict=False):
            write(file, line, heading)
        return
    report = run_reports.standard_report if choice.letter in "sS" else run_reports.condensed_report
    write(choice.files[0], report(found, sveb=choice.sveb))


def _write_episodes(found: EpisodeComparison, files: tuple[str, ...], lines: bool) -> None:
    from ectopy.evaluation.ec57 import episode_reports

    if lines:
        write(files[0], episode_reports.line_report(found), episode_reports.HEADINGS[found.kind])
    else:
        write(files[0], episode_reports.matrix_report(found))
    for file in files[1:]:
        write(file, episode_reports.measurement_lines(found), episode_reports.MEASUREMENTS_HEADING)


def _show_mismatches(
    request: Request, found: BeatComparison, sveb: bool, *, verbose: bool, notes: bool
) -> None:
    from ectopy.evaluation.ec57 import beat_notes
    from ectopy.evaluation.ec57.files import read_pair, write_marks

    pair = read_pair(found.record, request.annotators, request.folders)
    if verbose:
        typer.echo(beat_notes.mismatches(found, pair.reference, pair.test, sveb=sveb), nl=False, err=True)
    if notes:
        marks = beat_notes.comparison_marks(found, pair.reference, pair.test, sveb=sveb)
        write_marks(found.record, marks, "bxb")
