"""``ectopy reproduce``: published systems, run again and measured on equal terms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.apps.cli.console import note, print_json, say, show_table
from ectopy.apps.cli.options import (
    Address,
    EngineName,
    Jobs,
    Json,
    Out,
    Quiet,
    complete_study,
    possible_seed,
)
from ectopy.errors import ParameterError

if TYPE_CHECKING:
    from ectopy.reproductions.study import Reproduction


def reproduce(
    name: Annotated[
        str | None, typer.Argument(help="Which study; --list names them.", autocompletion=complete_study)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Run every study.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the studies and exit.")] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A few simulated beats: shows that a study works, measures nothing."),
    ] = False,
    out: Out = Path("reproduced"),
    seed: Annotated[int, typer.Option(help="First of the five seeds.", callback=possible_seed)] = 0,
    beats: Annotated[
        list[Path] | None,
        typer.Option(help="ptb-conv: ptbdb_normal.csv, and again ptbdb_abnormal.csv.", show_default=False),
    ] = None,
    jobs: Jobs = 1,
    engine: EngineName = "local",
    address: Address = "",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Reproduce a published system: write metrics.json, table.md and figures into OUT/NAME."""
    if listed:
        _list(as_json)
        return
    if every == (name is not None):
        raise ParameterError("give the name of one study, or --all; --list names them")
    from ectopy.engines.choice import engine_of
    from ectopy.reproductions import registry
    from ectopy.reproductions.metrics import METRICS_FILE, TABLE_FILE
    from ectopy.reproductions.study import Settings

    settings = Settings(out, seed, quick, progress=not (quiet or as_json), files=tuple(beats or ()))
    if beats and name is None:
        raise ParameterError("--beats is for one study; name it, such as ptb-conv")
    runs = (
        registry.reproduce_all(settings, jobs, engine_of(engine, jobs, address=address))
        if name is None
        else [(name, registry.reproduce(name, settings))]
    )
    for study, found in runs:
        if as_json:
            print_json(json.loads((out / study / METRICS_FILE).read_text(encoding="utf-8")), indent=None)
        elif not quiet:
            _print(found, out / study / TABLE_FILE, quick)


def _list(as_json: bool) -> None:
    from ectopy.reproductions.registry import STUDIES

    if as_json:
        print_json({name: study.what for name, study in STUDIES.items()})
        return
    rows = [(name, study.what, study.dataset) for name, study in STUDIES.items()]
    show_table(rows, ["name", "what", "dataset"])


def _print(found: Reproduction, page: Path, quick: bool) -> None:
    heads = ["figure", "published", "this protocol", "strict protocol"]
    show_table([row.cells() for row in found.rows], heads, found.title)
    if quick:
        note("note: a quick run on simulated beats; its figures mean nothing")
    say(f"wrote {page}")
