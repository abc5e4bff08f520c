"""What the sub-commands of ``ectopy compare`` share: options, the records to compare, where reports go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from ectopy.errors import ParameterError

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
Start = Annotated[str | None, typer.Option("-f", "--from", help="Begin here.", show_default="5:00")]
Stop = Annotated[
    str | None,
    typer.Option(
        "-t", "--to", help="Stop here; 0: where either annotator ends.", show_default="end of record"
    ),
]
Window = Annotated[str | None, typer.Option("-w", "--window", help="Match window.", show_default="0.15")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="List every mismatch.")]
Standard = Annotated[str | None, typer.Option("-s", help="Append standard reports to this file.")]
StandardSveb = Annotated[str | None, typer.Option("-S", help="As -s, with supraventricular beats or runs.")]
Condensed = Annotated[str | None, typer.Option("-c", help="Append condensed reports to this file.")]
CondensedSveb = Annotated[str | None, typer.Option("-C", help="As -c, with supraventricular beats or runs.")]
Corrected = Annotated[
    bool, typer.Option("--corrected", help="Give the right figure where the WFDB programs are wrong.")
]
TwoFiles = tuple[str, str] | None

TABLE: Final = "table"
_ARGUMENTS: Final = {"-f": "start", "-t": "stop", "-w": "window", "-i": "shortest", "-I": "shortest"}


@dataclass(frozen=True)
class Request:
    """Which records to compare, how, and for which program."""

    program: str
    records: list[str]
    annotators: tuple[str, str]
    folders: list[Path]
    jobs: int
    options: Mapping[str, Any]

    def results(self, compare: Callable[..., T], **more: Any) -> list[T]:
        """Compare every record; end the command where a record ends before the comparison starts."""
        from ectopy.evaluation.ec57.files import compare_records
        from ectopy.evaluation.ec57.marks import IntervalError

        options = {**self.options, **more}
        try:
            return compare_records(
                compare, self.records, self.annotators, self.folders, jobs=self.jobs, **options
            )
        except IntervalError as error:
            typer.echo(f"{self.program}: improper interval specified\n{error}", err=True)
            raise typer.Exit(1) from error


@dataclass(frozen=True)
class Choice:
    """Which report to write: the letter of its option, or ``table`` for a table of many records."""

    letter: str
    files: tuple[str, ...]

    @property
    def sveb(self) -> bool:
        """Whether supraventricular beats or runs are reported."""
        return self.letter.isupper() or self.letter == TABLE


def chosen(records: Path | None, **reports: str | tuple[str, str] | None) -> Choice:
    """Tell which report was asked for, by the letter of its option.

    If none was, a standard one is printed, or a table of many records.
    """
    given = {letter: files for letter, files in reports.items() if files is not None}
    if len(given) > 1:
        raise ParameterError(f"-{' and -'.join(given)} exclude each other; give one of them")
    if not given:
        return Choice("s" if records is None else TABLE, ("-",))
    ((letter, files),) = given.items()
    return Choice(letter, (files,) if isinstance(files, str) else files)


def requested(
    program: str,
    record: str,
    records: Path | None,
    annotators: tuple[str, str],
    folders: list[Path] | None,
    jobs: int,
    times: Mapping[str, str | None],
    **options: Any,
) -> Request:
    """Put a request together, and say so if the comparison departs from the standard.

    ``times`` are the options that set a time, by name; any that is given makes a comparison nonstandard.
    """
    if bool(record) == (records is not None):
        raise ParameterError("which record is not clear; give either -r RECORD or --records FILE")
    if not all(annotators):
        raise ParameterError("which annotators is not clear; give -a REFERENCE TEST")
    from ectopy.evaluation.ec57.files import record_names
    from ectopy.evaluation.ec57.times import Time

    names = [record] if records is None else record_names(records)
    if any(text is not None for text in times.values()):
        typer.echo(f"{program}: (warning) nonstandard comparison selected", err=True)
    for option, text in times.items():
        if text is not None:
            options[_ARGUMENTS[option]] = Time(option, text)
    return Request(program, names, annotators, folders or [Path()], jobs, options)


def write(file: str, text: str, heading: str = "") -> None:
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
