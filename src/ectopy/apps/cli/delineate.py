"""``ectopy delineate``: where P, QRS and T of each beat begin, peak and end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import note, print_json, show_table, working
from ectopy.apps.cli.options import (
    Baseline,
    Force,
    Fs,
    Gain,
    Json,
    Leads,
    Out,
    Quiet,
    Unit,
    marks_of,
    opened,
)

if TYPE_CHECKING:
    from ectopy.report.wave_exports import WaveOutputs

SHOWN: Final = {
    "heart_rate": "heart rate, 1/min",
    "p": "P, ms",
    "pr": "PR, ms",
    "qrs": "QRS, ms",
    "qt": "QT, ms",
    "qtc_bazett": "QTc (Bazett), ms",
    "qtc_fridericia": "QTc (Fridericia), ms",
    "qtc_framingham": "QTc (Framingham), ms",
    "qtc_hodges": "QTc (Hodges), ms",
    "n_beats": "beats",
    "qrs_above_120_ms": "QRS above 120 ms",
    "pr_above_200_ms": "PR above 200 ms",
    "without_p": "without P",
    "more_than_one_p": "more than one P",
    "slow_av_conduction": "slow AV conduction",
    "blocked_p_wave": "blocked P wave",
    "av_dissociation": "AV dissociation",
}
"""Key of the summary → what people call it."""


def delineate(
    record: Annotated[
        Path, typer.Argument(help="A recording of any format that is read.", show_default=False)
    ],
    out: Out = Path("out"),
    beats: Annotated[
        str,
        typer.Option(help="Annotator whose beats to delineate; detected by default.", show_default=False),
    ] = "",
    each_lead: Annotated[
        bool, typer.Option("--each-lead", help="Write the annotations of each lead too.")
    ] = False,
    leads: Leads = "",
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find P, QRS and T of each beat; write WFDB annotations, a table and a summary of intervals."""
    import numpy as np

    from ectopy.models.delineator import delineate as find_waves
    from ectopy.report.wave_exports import wave_summary, write_waves

    annotator = beats or "atr"
    source = opened(record, fs=fs, leads=leads, gain=gain, baseline=baseline, unit=unit, annotator=annotator)
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
        rows.append((SHOWN[interval], *values, figures["n_beats"]))
    show_table(rows, ("interval", "median", "5 %", "95 %", "beats"), title=name)
    counts = [(SHOWN[key], value) for key, value in summary.items() if isinstance(value, int)]
    axes = [(f"{wave} axis", f"{axis:.0f} degrees") for wave, axis in summary["axes"].items()]
    files = [outputs.annotations, *outputs.leads, outputs.table, outputs.summary]
    show_table([*counts, *axes, *(("wrote", path) for path in files)])
    note(DISCLAIMER, style="dim")
