"""``ectopy simulate``: recordings whose every beat is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ectopy.apps.cli.console import say, working
from ectopy.apps.cli.options import Force, Quiet, Seed


def simulate(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Record to write, as FOLDER/NAME.", show_default=False)
    ],
    hours: Annotated[float | None, typer.Option(help="Length in hours.", show_default=False)] = None,
    seconds: Annotated[float, typer.Option(help="Length in seconds, where --hours is not given.")] = 60.0,
    fs: Annotated[float, typer.Option(help="Sampling frequency in Hz.")] = 360.0,
    leads: Annotated[str, typer.Option(help="Names of the leads, with commas.")] = "MLII,V1",
    heart_rate: Annotated[float, typer.Option(help="Mean heart rate in beats per minute.")] = 70.0,
    ventricular: Annotated[float, typer.Option(help="Share of ventricular ectopic beats.")] = 0.02,
    supraventricular: Annotated[float, typer.Option(help="Share of supraventricular ectopic beats.")] = 0.01,
    snr: Annotated[
        float | None,
        typer.Option(help="Signal-to-noise ratio in dB; mild noise by default.", show_default=False),
    ] = None,
    seed: Seed = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write a simulated recording whose every beat is known, as a WFDB record with its marks."""
    from ectopy import simulation
    from ectopy.io.wfdb.files import write_wfdb
    from ectopy.wording import counted

    with working("simulating", quiet):
        record = simulation.simulate(
            seconds if hours is None else hours * 3600,
            fs,
            tuple(name.strip() for name in leads.split(",") if name.strip()),
            heart_rate=heart_rate,
            rhythm=simulation.Rhythm(ventricular=ventricular, supraventricular=supraventricular),
            noise=simulation.Noise(snr_db=snr),
            seed=seed,
            name=out.name,
        )
        write_wfdb(record, out, force=force)
    if not quiet:
        leads_told = counted(len(record.leads), "lead")
        beats = counted(len(record.annotations.beats()) if record.annotations else 0, "beat")
        say(f"wrote {out}: {record.duration:g} s, {leads_told}, {beats}")
