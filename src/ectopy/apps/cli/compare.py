"""``ectopy compare``: the EC57 comparators, with the options of the WFDB programs they agree with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.ec57 import (
    beat_notes,
    beat_reports,
    compare_beats,
    compare_episodes,
    compare_runs,
    episode_reports,
    run_reports,
    summarise,
)
from ectopy.evaluation.ec57.beat_reports import BeatComparison
from ectopy.evaluation.ec57.figures import parse_time
from ectopy.evaluation.ec57.files import compare_records, read_pair, record_names
from ectopy.evaluation.ec57.marks import LEARNING_PERIOD
from ectopy.evaluation.ec57.run_reports import RunComparison
from ectopy.evaluation.ec57.summary import summarise_lines
from ectopy.io.wfdb.files import write_annotations
from ectopy.labels import MATCH_WINDOW

app = typer.Typer(
    help="Compare annotations as ANSI/AAMI EC57 asks. A file named - is standard output.",
    no_args_is_help=True,
)

T = TypeVar("T")

Annotator = Annotated[str, typer.Argument(help="Annotator, where -a is not given.", show_default=False)]
Record = Annotated[str, typer.Option("-r", "--record", help="Name of the record.", show_default=False)]
Annotators = Annotated[
    tuple[str, str] | None,
    typer.Option("-a", "--annotators", help="Reference and test annotator.", show_default=False),
]
Records = Annotated[
    Path | None,
    typer.Option("--records", help="Compare the records that this file lists.", show_default=False),
]
Folders = Annotated[
    list[Path] | None,
    typer.Option("--folder", help="Where the files lie; may be repeated.", show_default="the current folder"),
]
Jobs = Annotated[int, typer.Option("--jobs", help="Processes that share the records.", min=1)]
Start = Annotated[str, typer.Option("-f", "--from", help="Begin here.")]
Stop = Annotated[
    str | None,
    typer.Option(
        "-t", "--to", help="Stop here; 0: where either annotator ends.", show_default="end of record"
    ),
]
Window = Annotated[str, typer.Option("-w", "--window", help="Match window in seconds.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="List every mismatch.")]
Standard = Annotated[str | None, typer.Option("-s", help="Append standard reports to this file.")]
StandardSveb = Annotated[str | None, typer.Option("-S", help="As -s, with supraventricular beats or runs.")]
Condensed = Annotated[str | None, typer.Option("-c", help="Append condensed reports to this file.")]
CondensedSveb = Annotated[str | None, typer.Option("-C", help="As -c, with supraventricular beats or runs.")]
TwoFiles = tuple[str, str] | None

_START, _WINDOW = "5:00", f"{MATCH_WINDOW:g}"
_TABLE = "table"


@dataclass(frozen=True)
class _Request:
    """Which records to compare, and how."""

    records: list[str]
    annotators: tuple[str, str]
    folders: list[Path]
    jobs: int
    options: dict[str, Any]

    def results(self, compare: Callable[..., T], **more: Any) -> list[T]:
        """Compare every record."""
        options = self.options | more
        return compare_records(
            compare, self.records, self.annotators, self.folders, jobs=self.jobs, **options
        )

    def warn(self, program: str, *departures: object) -> None:
        """Say so if the comparison departs from the standard."""
        if self.options["start"] != LEARNING_PERIOD or self.options["stop"] is not None or any(departures):
            typer.echo(f"{program}: (warning) nonstandard comparison selected", err=True)


@dataclass(frozen=True)
class _Choice:
    """Which report to write: the letter of its option, or ``table`` for a table of many records."""

    letter: str
    files: tuple[str, ...]

    @property
    def sveb(self) -> bool:
        """Whether supraventricular beats or runs are reported."""
        return self.letter.isupper() or self.letter == _TABLE


@app.command()
def bxb(
    reference: Annotator = "",
    test: Annotator = "",
    record: Record = "",
    annotators: Annotators = None,
    records: Records = None,
    folders: Folders = None,
    jobs: Jobs = 1,
    start: Start = _START,
    stop: Stop = None,
    window: Window = _WINDOW,
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
) -> None:
    """Compare beat by beat."""
    reports = {
        "s": standard,
        "S": standard_sveb,
        "c": condensed,
        "C": condensed_sveb,
        "l": lines,
        "L": lines_sveb,
    }
    choice = _chosen(reports, records)
    request = _request(record, records, annotators or (reference, test), folders, jobs, start, stop)
    width = parse_time("-w", window)
    request.warn("bxb", width != MATCH_WINDOW, expanded)
    results = request.results(compare_beats, window=width)
    for found in results if notes or expanded or verbose else []:
        _show_mismatches(request, found, choice.sveb, verbose=verbose, notes=notes, expanded=expanded)
    if choice.letter == _TABLE:
        typer.echo(summarise(results), nl=False)
    for found in [] if expanded or choice.letter == _TABLE else results:
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
    start: Start = _START,
    stop: Stop = None,
    window: Window = _WINDOW,
    standard: Standard = None,
    standard_sveb: StandardSveb = None,
    condensed: Condensed = None,
    condensed_sveb: CondensedSveb = None,
    lines: Annotated[str | None, typer.Option("-l", help="Append one line a record to this file.")] = None,
    lines_sveb: Annotated[TwoFiles, typer.Option("-L", help="As -l; SVE runs into the second file.")] = None,
    verbose: Verbose = False,
) -> None:
    """Compare run by run: couplets, short runs, long runs."""
    reports = {
        "s": standard,
        "S": standard_sveb,
        "c": condensed,
        "C": condensed_sveb,
        "l": lines,
        "L": lines_sveb,
    }
    choice = _chosen(reports, records)
    request = _request(record, records, annotators or (reference, test), folders, jobs, start, stop)
    width = parse_time("-w", window)
    request.warn("rxr", width != MATCH_WINDOW)
    results = request.results(compare_runs, window=width)
    for found in results if verbose else []:
        typer.echo(run_reports.mismatches(found, sveb=choice.sveb), nl=False)
    if choice.letter == _TABLE:
        typer.echo("\n".join(str(summarise(results, table=table)) for table in ("VE", "SVE")), nl=False)
    for found in [] if choice.letter == _TABLE else results:
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
    start: Start = _START,
    stop: Stop = None,
    fibrillation: Annotated[
        str | None, typer.Option("-A", help="Append atrial fibrillation reports.")
    ] = None,
    flutter: Annotated[str | None, typer.Option("-V", help="Append ventricular flutter reports.")] = None,
    lines: Annotated[bool, typer.Option("-l", "-L", help="Write one line a record.")] = False,
    ignore: Annotated[str, typer.Option("-i", help="Leave shorter episodes out of episode figures.")] = "0",
    exclude: Annotated[str, typer.Option("-I", help="Leave shorter episodes out of all figures.")] = "0",
    no_flutter: Annotated[bool, typer.Option("-x", help="Leave atrial flutter out of AF +P.")] = False,
) -> None:
    """Compare episode by episode: atrial fibrillation, ventricular flutter."""
    files = {kind: file for kind, file in (("AF", fibrillation), ("VF", flutter)) if file is not None}
    if not files and records is None:
        raise ParameterError("epicmp: no report was asked for; give -A, -V or both")
    least = {name: parse_time(name, text) for name, text in (("-i", ignore), ("-I", exclude))}
    if all(least.values()):
        raise ParameterError("-i and -I exclude each other; give one of them")
    request = _request(record, records, annotators or (reference, test), folders, jobs, start, stop)
    request.warn("epicmp", *least.values())
    options = {
        "shortest": max(least.values()),
        "shortest_counts": not least["-I"],
        "without_flutter": no_flutter,
    }
    for kind in files or ("AF", "VF"):
        results = request.results(compare_episodes, kind=kind, **options)
        if not files:
            typer.echo(summarise(results), nl=kind != "VF")
        for found in results if files else []:
            if lines:
                _write(files[kind], episode_reports.line_report(found), episode_reports.HEADINGS[kind])
            else:
                _write(files[kind], episode_reports.matrix_report(found))


@app.command()
def sumstats(file: Annotated[Path, typer.Argument(help="What -l or -L wrote.", show_default=False)]) -> None:
    """Print a line-format file with its sums, gross and average figures."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationError(f"{file} cannot be read; give a file that -l or -L wrote") from error
    typer.echo(summarise_lines(text), nl=False)


def _chosen(reports: Mapping[str, str | tuple[str, str] | None], records: Path | None) -> _Choice:
    given = {letter: files for letter, files in reports.items() if files is not None}
    if len(given) > 1:
        raise ParameterError(f"-{' and -'.join(given)} exclude each other; give one of them")
    if not given:
        return _Choice("s" if records is None else _TABLE, ("-",))
    ((letter, files),) = given.items()
    return _Choice(letter, (files,) if isinstance(files, str) else files)


def _request(
    record: str,
    records: Path | None,
    annotators: tuple[str, str],
    folders: list[Path] | None,
    jobs: int,
    start: str,
    stop: str | None,
) -> _Request:
    if bool(record) == (records is not None):
        raise ParameterError("which record is not clear; give either -r RECORD or --records FILE")
    if not all(annotators):
        raise ParameterError("which annotators is not clear; give -a REFERENCE TEST")
    options = {"start": parse_time("-f", start), "stop": None if stop is None else parse_time("-t", stop)}
    names = [record] if records is None else record_names(records)
    return _Request(names, annotators, folders or [Path()], jobs, options)


def _write(file: str, text: str, heading: str = "") -> None:
    """Append to a file, under a heading if it is new, or print."""
    if file == "-":
        typer.echo(text, nl=False)
        return
    path = Path(file)
    heading = "" if path.exists() else heading
    try:
        with path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(heading + text)
    except OSError as error:
        raise ParameterError(f"{file} cannot be written ({error.strerror}); choose another file") from error


def _write_beats(found: BeatComparison, choice: _Choice) -> None:
    if choice.letter in "lL":
        lines, headings = (
            beat_reports.line_reports(found, sveb=choice.sveb),
            beat_reports.HEADINGS[choice.sveb],
        )
        for file, line, heading in zip(choice.files, lines, headings, strict=True):
            _write(file, line, heading)
        return
    report = beat_reports.standard_report if choice.letter in "sS" else beat_reports.condensed_report
    _write(choice.files[0], report(found, sveb=choice.sveb))
    if choice.files[0] == "-":
        _write("-", beat_reports.shutdown_report(found, sveb=choice.sveb))


def _write_runs(found: RunComparison, choice: _Choice) -> None:
    if choice.letter in "lL":
        for file, line, heading in zip(
            choice.files, run_reports.line_reports(found), run_reports.HEADINGS, strict=False
        ):
            _write(file, line, heading)
        return
    report = run_reports.standard_report if choice.letter in "sS" else run_reports.condensed_report
    _write(choice.files[0], report(found, sveb=choice.sveb))


def _show_mismatches(
    request: _Request, found: BeatComparison, sveb: bool, *, verbose: bool, notes: bool, expanded: bool
) -> None:
    pair = read_pair(found.record, request.annotators, request.folders)
    if verbose:
        typer.echo(beat_notes.mismatches(found, pair.reference, pair.test, sveb=sveb), nl=False)
    if notes or expanded:
        marks = beat_notes.comparison_marks(found, pair.reference, pair.test, sveb=sveb, expanded=expanded)
        write_annotations(Path(found.record).name, marks, "bxb", force=True)
