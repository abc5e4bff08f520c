"""``ectopy models``: what is shipped, and models of older versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ectopy.apps.cli.console import print_json, say, show_table
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


@app.command("calibrate")
def calibrate_model(
    folder: Annotated[Path, typer.Argument(help="Folder of an anomaly detector of ectopy train.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the model; in place by default.")
    ] = None,
) -> None:
    """Put the scores beside an anomaly detector that let --alarm-rate choose its threshold."""
    from ectopy.recipes.anomaly_detector import calibrate

    made = calibrate(folder, out)
    say(f"wrote {made.folder}: {made.manifest.name}, calibrated")


@app.command("convert")
def convert_model(
    folder: Annotated[Path, typer.Argument(help="Folder of a model of an older version of the format.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the converted model; in place by default.")
    ] = None,
) -> None:
    """Convert a model of an older version of the format; its network stays as it is."""
    from ectopy.models.convert import convert

    made = convert(folder, out)
    say(f"wrote {made.folder}: {made.manifest.name}, format {made.manifest.format_version}")


@app.command("optimize")
def optimize_model(
    folder: Annotated[Path, typer.Argument(help="Folder of a model.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the rewritten model; in place by default.")
    ] = None,
) -> None:
    """Rewrite the network of a model so that it runs faster; its weights stay."""
    from ectopy.models.optimize import optimize

    made = optimize(folder, out)
    say(f"wrote {made.folder}: {made.manifest.name}, its convolutions over pictures of one row")
