"""Options that say what labelled beats or annotated recordings mean, and how a model of them is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ectopy.apps.cli.options import complete_dataset, complete_network, complete_recipe

Task = Annotated[str, typer.Option(help="What to train: detector, classifier or qrs.", show_default=False)]
BeatFile = Annotated[
    Path | None,
    typer.Option(help="File of beats: .csv, .tsv, .txt, .npz or .ts.", show_default=False),
]
RecordFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of WFDB records with annotated beats.", show_default=False),
]
Labels = Annotated[str, typer.Option(help="Column (or array of an NPZ) of the labels.", show_default=False)]
Groups = Annotated[
    str,
    typer.Option(
        help="Column of the patients; of records, a CSV with the columns record and patient.",
        show_default=False,
    ),
]
Drop = Annotated[str, typer.Option(help="Columns that are no samples, with commas.", show_default=False)]
SplitColumn = Annotated[
    str,
    typer.Option(
        help="Column that says train or test; by default people are drawn. Records: the column split of"
        " --groups.",
        show_default=False,
    ),
]
Rename = Annotated[str, typer.Option(help="Labels to rename, such as normal=N,pvc=V.", show_default=False)]
Normal = Annotated[
    str,
    typer.Option(help="Labels of normal beats, with commas; N, normal or 0 by default.", show_default=False),
]
BeatRate = Annotated[
    float | None,
    typer.Option(help="Rate of the beats in Hz, where the file does not say.", show_default=False),
]
Peak = Annotated[
    float | None,
    typer.Option(help="Seconds from the start of a beat to its R peak.", show_default=False),
]
Before = Annotated[float, typer.Option(help="Seconds that are cut before the R peak, of records.")]
After = Annotated[float, typer.Option(help="Seconds that are cut after it.")]
Annotator = Annotated[str, typer.Option(help="Ending of the annotations of records.")]
Network = Annotated[
    str,
    typer.Option(
        help="detector: shortcut, conv, dense, lstm, patch; classifier: wavelet-cnn, features.",
        autocompletion=complete_network,
        show_default=False,
    ),
]
AlarmShare = Annotated[float, typer.Option(help="Share of normal beats that a detector may flag.")]
TestShare = Annotated[float, typer.Option(help="Share of the people who are kept apart to test on.")]
Recipe = Annotated[
    str,
    typer.Option(
        help="Make a shipped model again: autoencoder, classifier, delineator, denoiser, detector, encoder,"
        " evidence, qrs, rhythm or signal.",
        autocompletion=complete_recipe,
        show_default=False,
    ),
]
ReplaceModel = Annotated[bool, typer.Option("--force", help="Replace a model that stands there.")]
Dataset = Annotated[
    str,
    typer.Option(
        help="Dataset of the recipe, its own by default.",
        autocompletion=complete_dataset,
        show_default=False,
    ),
]
Epochs = Annotated[
    int | None, typer.Option(help="Passes over the data; the model's own number by default.", min=1)
]
