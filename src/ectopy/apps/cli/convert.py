"""``ectopy convert``: a recording of any format in; WFDB, EDF+, CSV, NPZ or ECZ out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

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
    opened,
)


def convert(
    recording: Annotated[
        Path, typer.Argument(metavar="IN", help="Recording of any format.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="File to write; its suffix says the format.", show_default=False),
    ],
    to: To = None,
    anonymize: Annotated[
        bool | None,
        typer.Option(
            "--anonymize/--no-anonymize",
            help="Leave out codes and free texts and shift dates; by default where IN holds a person's name.",
            show_default=False,
        ),
    ] = None,
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    leads: Leads = "",
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write the ECG leads of a recording, and its marks, as WFDB, EDF+, CSV, NPZ or ECZ."""
    from ectopy.io.anonymize import anonymized
    from ectopy.io.writing import format_to_write, write_record

    target = format_to_write(out, to)
    with working("converting", quiet):
        source = opened(recording, fs=fs, leads=leads, gain=gain, baseline=baseline, unit=unit)
        record = replace(source.load(), name=out.stem)
        hide = source.recording.named if anonymize is None else anonymize
        written = write_record(anonymized(record, out.stem) if hide else record, out, target, force=force)
    if quiet:
        return
    say(f"wrote {written}: {record.duration:g} s, {', '.join(record.leads)}")
    if hide:
        why = "the file holds a person's name; " if anonymize is None else ""
        note(f"{why}codes and free texts were left out, dates shifted (--no-anonymize keeps them)")
    note_lost_marks(record, target)
