"""``ectopy data``: which datasets there are, where they lie, and how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.apps.cli.console import print_json, say, show_table
from ectopy.apps.cli.options import Json, Quiet, complete_dataset

if TYPE_CHECKING:
    from ectopy.datasets.catalog import Dataset

app = typer.Typer(help="Public datasets: list, find, download.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        help="Name of a dataset, as `ectopy data list` gives it.", autocompletion=complete_dataset
    ),
]


@app.command("list")
def list_datasets(as_json: Json = False) -> None:
    """List the datasets, whose they are, and which of them are here."""
    from ectopy.datasets.catalog import DATASETS

    if as_json:
        print_json([_facts(entry) for entry in DATASETS.values()])
        return
    rows = [
        (entry.name, f"{entry.title}\n{entry.notes}", entry.licence, _state(entry))
        for entry in DATASETS.values()
    ]
    show_table(rows, ["name", "what", "licence", "here"])


@app.command()
def where(name: Name, as_json: Json = False) -> None:
    """Print the folder a dataset lies in, or belongs into."""
    from ectopy.datasets.catalog import dataset, folder

    entry = dataset(name)
    if as_json:
        print_json(_facts(entry))
    else:
        say(folder(name))


@app.command("download")
def download_dataset(name: Name, quiet: Quiet = False, as_json: Json = False) -> None:
    """Download what is missing of a dataset, check every file, and print its folder."""
    from ectopy.datasets.catalog import dataset, folder
    from ectopy.datasets.download import download

    download(name, progress=not (quiet or as_json))
    if as_json:
        print_json(_facts(dataset(name)))
    elif not quiet:
        say(folder(name))


def _facts(entry: Dataset) -> dict[str, object]:
    from ectopy.datasets.catalog import folder, missing_files

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
    from ectopy.datasets.catalog import missing_files

    missing = len(missing_files(entry.name))
    if missing == len(entry.files):
        return "no" if entry.downloadable else "no (by hand)"
    return "yes" if not missing else f"{len(entry.files) - missing} of {len(entry.files)} files"
