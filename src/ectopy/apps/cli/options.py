"""Options that several commands share, and what completes their values in a shell."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer


def complete_study(incomplete: str) -> list[str]:
    """Return the names of studies that begin so."""
    from ectopy.reproductions.registry import STUDIES

    return _that_begin(incomplete, STUDIES)


def complete_dataset(incomplete: str) -> list[str]:
    """Return the names of datasets that begin so."""
    from ectopy.datasets.catalog import DATASETS

    return _that_begin(incomplete, DATASETS)


def complete_split(incomplete: str) -> list[str]:
    """Return the named sets of records that begin so."""
    from ectopy.datasets.mitbih import RECORD_SETS

    return _that_begin(incomplete, RECORD_SETS)


def complete_model(incomplete: str) -> list[str]:
    """Return the names of shipped models that begin so."""
    from ectopy.models.registry import shipped_names

    return _that_begin(incomplete, shipped_names())


def complete_network(incomplete: str) -> list[str]:
    """Return the networks that can be trained and begin so."""
    from ectopy.recipes.registry import RECIPES

    return _that_begin(incomplete, RECIPES)


def _that_begin(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")]
Seed = Annotated[int, typer.Option(help="Of everything random.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")]
RequiredOut = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Replace what stands there, whatever it is.")]
Report = Annotated[bool, typer.Option("--report/--no-report", help="Write a page to look at.")]
Jobs = Annotated[int, typer.Option("--jobs", help="Processes that share the work.", min=1)]
