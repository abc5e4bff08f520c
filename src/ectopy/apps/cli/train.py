"""``ectopy train``: the shipped models made again, and others like them."""

from __future__ import annotations

from typing import Annotated

import typer

from ectopy.apps.cli.console import note, print_json, say
from ectopy.apps.cli.options import Json, Quiet, RequiredOut, Seed, complete_dataset, complete_network


def train(
    out: RequiredOut,
    dataset: Annotated[
        str,
        typer.Option(help="Dataset whose training patients to learn from.", autocompletion=complete_dataset),
    ] = "mitdb",
    network: Annotated[
        str,
        typer.Option(
            help="autoencoder: judges beats; qrs: finds them; classifier: classifies them; delineator: finds"
            " P, QRS and T (--dataset ludb); signal: tells beats, fibrillation, artefact (--dataset cudb).",
            autocompletion=complete_network,
        ),
    ] = "autoencoder",
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data; the recipe's own by default.", min=1)
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a model on the training patients of a dataset, and measure it on the others."""
    from ectopy.models import artifact
    from ectopy.recipes.registry import train_model

    artifact.check_free(out)
    manifest = train_model(
        network, out, dataset=dataset, epochs=epochs, seed=seed, progress=not (quiet or as_json)
    )
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    elif not quiet:
        say(f"wrote {out}")
        note(manifest.metrics)
