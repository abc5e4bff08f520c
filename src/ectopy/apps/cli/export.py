"""``ectopy export``: a model as ONNX graphs for devices and browsers."""

from __future__ import annotations

from typing import Annotated

import typer

from ectopy.apps.cli.console import print_json, say, working
from ectopy.apps.cli.options import Force, Json, Quiet, RequiredOut, complete_model


def export(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Name of a shipped model, or a folder.",
            autocompletion=complete_model,
            show_default=False,
        ),
    ],
    out: RequiredOut,
    int8: Annotated[bool, typer.Option("--int8", help="Write the network in 8-bit integers too.")] = False,
    fs: Annotated[
        float | None,
        typer.Option(help="Rate of the samples in Hz; that of the model by default.", show_default=False),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write a model as ONNX graphs that take the signal itself, and say what goes in and out."""
    import json

    from ectopy.edge.export import export_model

    with working("exporting", quiet or as_json):
        written = export_model(name, out, int8=int8, fs=fs, force=force)
    if as_json:
        print_json(json.loads(written.description.read_text(encoding="utf-8")))
    elif not quiet:
        for path in (*written.graphs, written.description):
            say(f"wrote {path}: {path.stat().st_size:,} bytes")
