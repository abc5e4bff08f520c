"""``ectopy denoise``: a recording without baseline wander and noise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import note, note_lost_marks, say, working
from ectopy.apps.cli.options import (
    Baseline,
    Force,
    Fs,
    Gain,
    Leads,
    Quiet,
    To,
    Unit,
    complete_model,
    opened,
)


def denoise(
    recording: Annotated[
        Path, typer.Argument(metavar="RECORD", help="Recording of any format.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="File to write; its suffix says the format.", show_default=False),
    ],
    to: To = None,
    model: Annotated[
        str,
        typer.Option(help="Denoiser: a shipped name, or a folder.", autocompletion=complete_model),
    ] = "denoiser",
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    leads: Leads = "",
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Take baseline wander and noise off the ECG leads of a recording; write WFDB, EDF+, CSV, NPZ or ECZ."""
    from ectopy.io.writing import format_to_write, write_source
    from ectopy.models.denoiser import Denoiser

    target = format_to_write(out, to)
    source = opened(recording, fs=fs, leads=leads, gain=gain, baseline=baseline, unit=unit)
    with working("denoising", quiet):
        denoised = Denoiser.load(model).denoise(source)
        written = write_source(denoised, out, target, source, force=force)
    if not quiet:
        say(f"wrote {written}: {source.duration:g} s, {', '.join(source.leads)}")
        note_lost_marks(source, target)
        note(DISCLAIMER, style="dim")
