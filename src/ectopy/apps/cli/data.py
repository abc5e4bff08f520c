"""``ectopy data``: which datasets there are, where they lie, and how to get them."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ectopy.datasets.catalog import DATASETS, Dataset, dataset, folder, missing_files
from ectopy.datasets.download import download

app = typer.Typer(help="Public datasets: list, find, download.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of a dataset, as `ectopy data list` gives it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")]


@app.command("list")
def list_datasets(as_json: Json = False) -> None:
    """List the datasets, whose they are, and which of them are here."""
    if as_json:
        typer.echo(json.dumps([_facts(entry) for entry in DATASETS.values()], indent=2))
        return
    table = Table("name", "what", "licence", "here")
    for entry in DATASETS.values():
        table.add_row(entry.name, f"{entry.title}\n{entry.notes}", entry.licence, _state(entry))
    Console().print(table)


@app.command()
def where(name: Name, as_json: Json = False) -> None:
    """Print the folder a dataset lies in, or belongs into."""
    entry = dataset(name)
    typer.echo(json.dumps(_facts(entry), indent=2) if as_json else str(folder(name)))


@app.command("download")
def download_dataset(name: Name, quiet: Quiet = False, as_json: Json = False) -> None:
    """Download what is missing of a dataset, check every file, and print its folder."""
    download(name, progress=not (quiet or as_json))
    if as_json:
        typer.echo(json.dumps(_facts(dataset(name)), indent=2))
    elif not quiet:
        typer.echo(str(folder(name)))


def _facts(entry: Dataset) -> dict[str, object]:
    return {
        "name": entry.name,
        "title": entry.title,
        "folder": str(folder(entry.name)),
        "files": len(entry.files),
        "missing": list(missing_files(entry.name)),
        "downloadable": entry.downloadable,
        "licence": entry.licence,
        "citation": entry.citation,
        "doi": entry.doi,
        "notes": entry.notes,
        "access": entry.access,
    }


def _state(entry: Dataset) -> str:
    """Say how much of a dataset is here, or how to get it."""
    missing = len(missing_files(entry.name))
    if missing == len(entry.files):
        return "no" if entry.downloadable else "no (by hand)"
    return "yes" if not missing else f"{len(entry.files) - missing} of {len(entry.files)} files"
