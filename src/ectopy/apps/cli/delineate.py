"""``ectopy delineate``: where P, QRS and T of each beat begin, peak and end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import note, print_json, show_table, working
from ectopy.apps.cli.options import Force, Fs, Json, Out, Quiet, marks_of

if TYPE_CHECKING:
    from ectopy.report.wave_exports import WaveOutputs


def delineate(
    record: Annotated[
        Path, typer.Argument(help="A WFDB record (with or without .hea), CSV or NPZ.", show_default=False)
    ],
    out: Out = Path("out"),
    beats: Annotated[
        str,
        typer.Option(help="Annotator whose beats to delineate; detected by default.", show_default=False),
    ] = "",
    each_lead: Annotated[
        bool, typer.Option("--each-lead", help="Write the annotations of each lead too.")
    ] = False,
    fs: Fs = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find P, QRS and T of each beat; write WFDB annotations, a table and a summary of intervals."""
    import numpy as np

    from ectopy.io.registry import open_source
    from ectopy.models.delineator import delineate as find_waves
    from ectopy.report.wave_exports import wave_summary, write_waves

    source = open_source(record, fs=fs, annotator=beats or "atr")
    marks = marks_of(source, record, beats) if beats else None
    with working("delineating", quiet or as_json):
        given = np.unique(marks.beats().samples) if marks else None
        waves = find_waves(source, given)
        outputs = write_waves(waves, source.name, out, each_lead=each_lead, force=force)
    if as_json:
        print_json(wave_summary(waves), indent=None)
    elif not quiet:
        _print(source.name, wave_summary(waves), outputs)


def _print(name: str, summary: dict[str, Any], outputs: WaveOutputs) -> None:
    rows: list[tuple[object, ...]] = []
    for interval, figures in summary["intervals"].items():
        values = ["-" if figures[key] is None else f"{figures[key]:.0f}" for key in ("median", "low", "high")]
        unit = "per min" if interval == "heart_rate" else "ms"
        rows.append((f"{interval.replace('_', ' ')}, {unit}", *values, figures["n_beats"]))
    show_table(rows, ("interval", "median", "5 %", "95 %", "beats"), title=name)
    counts = [(key.replace("_", " "), value) for key, value in summary.items() if isinstance(value, int)]
    axes = [(f"{wave} axis", f"{axis:.0f} degrees") for wave, axis in summary["axes"].items()]
    files = [outputs.annotations, *outputs.leads, outputs.table, outputs.summary]
    show_table([*counts, *axes, *(("wrote", path) for path in files)])
    note(DISCLAIMER, style="dim")
