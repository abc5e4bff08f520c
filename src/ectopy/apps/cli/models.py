"""``ectopy models``: what is shipped."""

from __future__ import annotations

from typing import Annotated

import typer

from ectopy.apps.cli.console import print_json, show_table
from ectopy.apps.cli.options import Json, complete_model

app = typer.Typer(help="The models that are shipped.", no_args_is_help=True)


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the shipped models."""
    from ectopy.models.registry import shipped_models

    manifests = shipped_models()
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in manifests])
        return
    rows = [
        (each.name, each.kind, ", ".join(each.leads), each.training.get("dataset", "")) for each in manifests
    ]
    show_table(rows, ["name", "kind", "leads", "trained on"])


@app.command("show")
def show_model(
    name: Annotated[
        str, typer.Argument(help="Name of a shipped model, or a folder.", autocompletion=complete_model)
    ],
) -> None:
    """Print the manifest of a model: what it expects, what it was trained on, how it did."""
    from ectopy.models import artifact
    from ectopy.models.registry import model_folder

    print_json(artifact.load(model_folder(name)).manifest.model_dump(mode="json"))
