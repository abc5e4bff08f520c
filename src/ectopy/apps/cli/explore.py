"""``ectopy explore``: a look at labelled beats before anything is learned."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ectopy.apps.cli.console import note, print_json, say, show_table
from ectopy.apps.cli.options import Force, Json, Quiet, RequiredOut, names_of
from ectopy.apps.cli.training_options import BeatRate, Drop, Groups, Labels
from ectopy.errors import ParameterError


def explore(
    beats: Annotated[
        Path, typer.Argument(help="File of beats (.csv, .npz, .ts), or folder of annotated WFDB records.")
    ],
    out: RequiredOut,
    labels: Labels = "",
    groups: Groups = "",
    drop: Drop = "",
    fs: BeatRate = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Draw sample beats of each class, and their rolling mean and variability."""
    from ectopy.tasks.exploration import explore as draw
    from ectopy.tasks.registry import Request, read_labelled

    if not beats.exists():
        raise ParameterError(f"{beats}: no such file or folder; give a file of beats, or a folder of records")
    request = Request(
        "detector",
        beats=None if beats.is_dir() else beats,
        records=beats if beats.is_dir() else None,
        labels=labels,
        groups=groups,
        drop=tuple(names_of(drop) or ()),
        fs=fs,
    )
    data = read_labelled(request)
    facts = draw(data, out, force=force)
    if as_json:
        print_json([asdict(each) for each in facts])
    elif not quiet:
        rows = [
            (each.name, each.n_beats, each.n_people or "-", f"{each.mean_size:.3g}", f"{each.between:.2f}")
            for each in facts
        ]
        show_table(rows, ["class", "beats", "people", "median size", "sd between beats / size"])
        for line in data.notes:
            note(f"note: {line}")
        say(f"wrote {out}: classes.png, variability.png")
