"""``ectopy train``: models of one's own beats and recordings, and the shipped ones made again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ectopy.apps.cli.console import note, print_json, say, show_table
from ectopy.apps.cli.options import Json, Quiet, RequiredOut, Seed, names_of
from ectopy.apps.cli.training_options import (
    After,
    AlarmShare,
    Annotator,
    BeatFile,
    BeatRate,
    Before,
    Dataset,
    Drop,
    Epochs,
    Groups,
    Labels,
    Network,
    Normal,
    Peak,
    Recipe,
    RecordFolder,
    Rename,
    ReplaceModel,
    SplitColumn,
    Task,
    TestShare,
)
from ectopy.errors import ParameterError

if TYPE_CHECKING:
    from ectopy.tasks.registry import Request
    from ectopy.tasks.result import TrainedTask

DEFAULT_RECIPE: Final = "autoencoder"


def train(
    out: RequiredOut,
    task: Task = "",
    beats: BeatFile = None,
    records: RecordFolder = None,
    labels: Labels = "",
    groups: Groups = "",
    split: SplitColumn = "",
    drop: Drop = "",
    rename: Rename = "",
    normal: Normal = "",
    fs: BeatRate = None,
    peak: Peak = None,
    before: Before = 0.4,
    after: After = 0.4,
    annotator: Annotator = "atr",
    network: Network = "",
    alarm_rate: AlarmShare = 0.02,
    test_share: TestShare = 0.25,
    recipe: Recipe = "",
    dataset: Dataset = "",
    epochs: Epochs = None,
    seed: Seed = 0,
    force: ReplaceModel = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a model on beats or recordings of your own, or a shipped one again, and measure it.

    Your own: --task, and --beats FILE or --records FOLDER. A shipped one: --recipe NAME.
    """
    if not task and (beats or records):
        raise ParameterError("task is missing; give --task detector, classifier or qrs")
    if not (task or recipe or network or dataset):
        raise ParameterError("nothing says what to train; give --task with --beats or --records, or --recipe")
    _check_new(out, force)
    if not task:
        _train_recipe(recipe or network or DEFAULT_RECIPE, dataset, out, epochs, seed, quiet, as_json)
        return
    if recipe or dataset:
        raise ParameterError(
            "--task trains on your own data, --recipe and --dataset on public data; give one"
        )
    from ectopy.tasks.registry import Request

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
        progress=not (quiet or as_json),
    )
    _train_task(request, out, quiet, as_json)


def _check_new(out: Path, force: bool) -> None:
    from ectopy.models.manifest import MANIFEST

    if (out / MANIFEST).is_file() and not force:
        raise ParameterError(
            f"{out} holds a model; give another folder (--out), or force it to be replaced (--force)"
        )


def _train_task(request: Request, out: Path, quiet: bool, as_json: bool) -> None:
    """Train a model on the user's own data."""
    from ectopy.tasks.registry import train_task

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
