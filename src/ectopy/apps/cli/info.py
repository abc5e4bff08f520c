"""``ectopy info``: what a recording holds, without analysing it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ectopy.apps.cli.console import note, print_json, show_table
from ectopy.apps.cli.options import Baseline, Fs, Gain, Json, Unit, calibration_of

if TYPE_CHECKING:
    from ectopy.io.recording import Recording
    from ectopy.io.registry import Format
    from ectopy.record import ChannelDecision


def info(
    recording: Annotated[
        Path, typer.Argument(help="A recording of any format that is read.", show_default=False)
    ],
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    as_json: Json = False,
) -> None:
    """Say what a recording holds: format, length, and of each channel whether it is read as an ECG lead.

    However long a file is, this takes about a second; the length of a long table is estimated.
    """
    from ectopy.io.channels import channel_decisions
    from ectopy.io.registry import OpenOptions, peek_recording

    fmt, found, exact = peek_recording(recording, OpenOptions(fs=fs))
    decisions = channel_decisions(found, calibration_of(gain, baseline, unit))
    if as_json:
        print_json(_facts(fmt, found, exact, decisions))
        return
    length = max(each.n_samples / each.fs for each in found.channels)
    rows = [("format", fmt.title), ("recorded", found.start or "not stated")]
    rows.append(
        ("length", f"{'' if exact else 'about '}{timedelta(seconds=round(length, 2 if length < 60 else 0))}")
    )
    if found.annotations is not None:
        rows.append(("marks", f"{len(found.annotations):,}"))
    show_table(rows, title=found.name)
    known = {each.name: each for each in found.channels}
    show_table(
        [_row(each, known.get(each.channel)) for each in decisions],
        heads=("channel", "unit", "Hz", "ECG lead", "because"),
    )
    for each in found.notes:
        note(f"note: {each}")


def _row(decision: ChannelDecision, channel: Any) -> tuple[str, ...]:
    unit, fs = (channel.unit or "not stated", f"{channel.fs:g}") if channel else ("", "")
    return decision.channel, unit, fs, "yes" if decision.is_lead else "no", decision.reason


def _facts(
    fmt: Format, found: Recording, exact: bool, decisions: tuple[ChannelDecision, ...]
) -> dict[str, Any]:
    by_name = {each.channel: each for each in decisions}
    return {
        "name": found.name,
        "format": fmt.name,
        "start": None if found.start is None else found.start.isoformat(),
        "duration": max(each.n_samples / each.fs for each in found.channels),
        "duration_is_exact": exact,
        "n_marks": None if found.annotations is None else len(found.annotations),
        "channels": [
            {
                "name": each.name,
                "unit": each.unit,
                "fs": each.fs,
                "n_samples": each.n_samples,
                "is_lead": by_name[each.name].is_lead,
                "reason": by_name[each.name].reason,
            }
            for each in found.channels
        ],
        "left_out": {each.channel: each.reason for each in found.left_out},
        "notes": list(found.notes),
    }
