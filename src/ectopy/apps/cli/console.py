"""What commands print: lines, tables, JSON, progress, errors; no terminal obeys what a name holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from ectopy.io.safe_names import visible
from ectopy.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

    from ectopy.io.registry import Format
    from ectopy.record import Source


def say(text: object, *, style: str = "") -> None:
    """Print a line, unbroken."""
    _console().print(visible(text), style=style, soft_wrap=True)


def note(text: object, *, style: str = "") -> None:
    """Print a paragraph, broken to the width of the terminal."""
    _console().print(visible(text), style=style)


def note_lost_marks(source: Source, target: Format) -> None:
    """Say so where a recording has marks that the format it was written in does not hold."""
    if source.annotations is not None and len(source.annotations) and not target.keeps_marks:
        lost = counted(len(source.annotations), "mark")
        note(f"note: {target.suffixes[0]} files hold no marks; {lost} left out")


def complain(error: Exception | str) -> None:
    """Print an error as one line on standard error."""
    message = visible(" ".join(str(error).split()))
    _errors().print(f"ectopy: error: {message}", style="red", soft_wrap=True)


def show_table(rows: Iterable[Sequence[object]], heads: Sequence[str] = (), title: object = "") -> None:
    """Print a table; without column heads, its first column names the rows."""
    from rich.table import Table

    table = Table(*heads, title=visible(title), show_header=bool(heads))
    for row in rows:
        table.add_row(*("\n".join(map(visible, str(cell).split("\n"))) for cell in row))
    _console().print(table)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print a value as JSON, in ASCII: no terminal obeys what its texts hold."""
    sys.stdout.write(json.dumps(value, indent=indent, allow_nan=False) + "\n")


@contextmanager
def working(task: str, silent: bool) -> Iterator[None]:
    """Show on a terminal that a task is being worked on, and for how long."""
    if silent or not sys.stderr.isatty():
        yield
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_errors(), transient=True) as progress:
        progress.add_task(task)
        yield


@cache
def _console() -> Console:
    return _plain()


@cache
def _errors() -> Console:
    return _plain(stderr=True)


def _plain(**options: Any) -> Console:
    """Return a console that takes no text for markup, emoji codes or something to colour."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False, **options)
