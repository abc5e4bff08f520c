"""``ectopy train``: models of one's own beats and recordings, and the shipped ones made again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ectopy.apps.cli.console import note, print_json, say, show_table
from ectopy.apps.cli.options import (
    Json,
    Quiet,
    RequiredOut,
    Seed,
    complete_dataset,
    complete_network,
    complete_recipe,
    names_of,
)
from ectopy.errors import ParameterError

if TYPE_CHECKING:
    from ectopy.tasks.result import TrainedTask

DEFAULT_RECIPE: Final = "autoencoder"


def train(
    out: RequiredOut,
    task: Annotated[
        str, typer.Option(help="What to train: detector, classifier or qrs.", show_default=False)
    ] = "",
    beats: Annotated[
        Path | None,
        typer.Option(help="File of beats: .csv, .tsv, .txt, .npz or .ts.", show_default=False),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option(help="Folder of WFDB records with annotated beats.", show_default=False),
    ] = None,
    labels: Annotated[
        str, typer.Option(help="Column (or array of an NPZ) of the labels.", show_default=False)
    ] = "",
    groups: Annotated[
        str,
        typer.Option(
            help="Column of the patients; of records, a CSV with the columns record and patient.",
            show_default=False,
        ),
    ] = "",
    split: Annotated[
        str,
        typer.Option(
            help="Column that says train or test; by default people are drawn. Records: the column split of"
            " --groups.",
            show_default=False,
        ),
    ] = "",
    drop: Annotated[
        str, typer.Option(help="Columns that are no samples, with commas.", show_default=False)
    ] = "",
    rename: Annotated[
        str, typer.Option(help="Labels to rename, such as normal=N,pvc=V.", show_default=False)
    ] = "",
    normal: Annotated[
        str,
        typer.Option(
            help="Labels of normal beats, with commas; N, normal or 0 by default.", show_default=False
        ),
    ] = "",
    fs: Annotated[
        float | None,
        typer.Option(help="Rate of the beats in Hz, where the file does not say.", show_default=False),
    ] = None,
    peak: Annotated[
        float | None,
        typer.Option(help="Seconds from the start of a beat to its R peak.", show_default=False),
    ] = None,
    before: Annotated[float, typer.Option(help="Seconds that are cut before the R peak, of records.")] = 0.4,
    after: Annotated[float, typer.Option(help="Seconds that are cut after it.")] = 0.4,
    annotator: Annotated[str, typer.Option(help="Ending of the annotations of records.")] = "atr",
    network: Annotated[
        str,
        typer.Option(
            help="detector: shortcut, conv, dense, lstm, patch; classifier: wavelet-cnn, features.",
            autocompletion=complete_network,
            show_default=False,
        ),
    ] = "",
    alarm_rate: Annotated[float, typer.Option(help="Share of normal beats that a detector may flag.")] = 0.02,
    test_share: Annotated[
        float, typer.Option(help="Share of the people who are kept apart to test on.")
    ] = 0.25,
    recipe: Annotated[
        str,
        typer.Option(
            help="Make a shipped model again: autoencoder, classifier, delineator, detector, encoder, qrs,"
            " rhythm or signal.",
            autocompletion=complete_recipe,
            show_default=False,
        ),
    ] = "",
    dataset: Annotated[
        str,
        typer.Option(
            help="Dataset of the recipe, its own by default.",
            autocompletion=complete_dataset,
            show_default=False,
        ),
    ] = "",
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data; the model's own number by default.", min=1)
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a model on beats or recordings of your own, or a shipped one again, and measure it.

    Your own: --task, and --beats FILE or --records FOLDER. A shipped one: --recipe NAME.
    """
    silent = quiet or as_json
    if not task and (beats or records):
        raise ParameterError("task is missing; give --task detector, classifier or qrs")
    if not task:
        _train_recipe(recipe or network or DEFAULT_RECIPE, dataset, out, epochs, seed, quiet, as_json)
        return
    if recipe or dataset:
        raise ParameterError(
            "--task trains on your own data, --recipe and --dataset on public data; give one"
        )
    from ectopy.tasks.registry import Request, train_task

    request = Request(
        task=task,
        beats=beats,
        records=records,
        labels=labels,
        groups=groups,
        split=split,
        drop=tuple(names_of(drop) or ()),
        rename=_renamed(rename),
        normal=tuple(names_of(normal) or ()),
        fs=fs,
        peak=peak,
        before=before,
        after=after,
        annotator=annotator,
        network=network,
        alarm_rate=alarm_rate,
        test_share=test_share,
        epochs=epochs,
        seed=seed,
        progress=not silent,
    )
    trained = train_task(request, out)
    if as_json:
        print_json(trained.metrics())
    elif not quiet:
        _print(trained)


def _train_recipe(
    recipe: str, dataset: str, out: Path, epochs: int | None, seed: int, quiet: bool, as_json: bool
) -> None:
    """Make a shipped model again."""
    from ectopy.models import artifact
    from ectopy.recipes.registry import train_model

    artifact.check_free(out)
    manifest = train_model(
        recipe, out, dataset=dataset or None, epochs=epochs, seed=seed, progress=not (quiet or as_json)
    )
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    elif not quiet:
        say(f"wrote {out}")
        note(manifest.metrics)


def _renamed(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in names_of(text) or ():
        old, sign, new = part.partition("=")
        if not sign or not old.strip() or not new.strip():
            raise ParameterError(f"rename={part!r} is not possible; give OLD=NEW, with commas between")
        pairs.append((old.strip(), new.strip()))
    return tuple(pairs)


def _print(trained: TrainedTask) -> None:
    show_table(
        [each.cells() for each in trained.figures],
        ["figure", "model", trained.baseline],
        trained.tested,
    )
    for line in trained.metrics()["notes"]:
        note(f"note: {line}")
    say(f"wrote {trained.folder}; use it:")
    for line in trained.use:
        say(f"  {line}")
