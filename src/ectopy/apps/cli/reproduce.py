"""``ectopy reproduce``: published systems, run again and measured on equal terms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ectopy.errors import ParameterError
from ectopy.reproductions.metrics import METRICS_FILE, TABLE_FILE
from ectopy.reproductions.registry import STUDIES, reproduce_all
from ectopy.reproductions.registry import reproduce as run_study
from ectopy.reproductions.study import Reproduction, Settings

console = Console()


def reproduce(
    name: Annotated[str | None, typer.Argument(help="Which study; --list names them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Run every study.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the studies and exit.")] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A few simulated beats: shows that a study works, measures nothing."),
    ] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("reproduced"),
    seed: Annotated[int, typer.Option(help="First of the five seeds.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Processes that share the studies of --all.", min=1)] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")
    ] = False,
) -> None:
    """Reproduce a published system: write metrics.json, table.md and figures into OUT/NAME."""
    if listed:
        _list(as_json)
        return
    if every == (name is not None):
        raise ParameterError("give the name of one study, or --all; --list names them")
    settings = Settings(out, seed, quick, progress=not (quiet or as_json))
    runs = reproduce_all(settings, jobs) if name is None else [(name, run_study(name, settings))]
    for study, found in runs:
        if as_json:
            typer.echo(json.dumps(json.loads((out / study / METRICS_FILE).read_text(encoding="utf-8"))))
        elif not quiet:
            _print(found, out / study / TABLE_FILE, quick)


def _list(as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({name: study.what for name, study in STUDIES.items()}, indent=2))
        return
    table = Table("name", "what", "dataset")
    for name, study in STUDIES.items():
        table.add_row(name, study.what, study.dataset)
    console.print(table)


def _print(found: Reproduction, page: Path, quick: bool) -> None:
    table = Table("figure", "published", "this protocol", "strict protocol", title=escape(found.title))
    for row in found.rows:
        table.add_row(*map(escape, row.cells()))
    console.print(table)
    if quick:
        console.print("note: a quick run on simulated beats; its figures mean nothing", highlight=False)
    console.print(f"wrote {page}", markup=False, highlight=False, soft_wrap=True)
