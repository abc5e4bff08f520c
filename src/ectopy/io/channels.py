"""Which channels of a file are ECG leads.

A lead is a channel whose unit is a voltage. What is left out is told in the comments of the source.
"""

from __future__ import annotations

from collections.abc import Sequence

from ectopy.errors import RecordError
from ectopy.io.recording import Channel, FileSource, Lead, Recording
from ectopy.io.units import VOLTAGES, millivolts


def ecg_source(recording: Recording, leads: Sequence[str] | None = None) -> FileSource:
    """Return the ECG leads of a recording as a source of samples in mV.

    Parameters
    ----------
    recording : Recording
        What a reader found.
    leads : sequence of str, optional
        Names of the channels to take, in this order; those that are ECG leads by default.

    Returns
    -------
    FileSource
        Its comments say which channels were left out, and why.

    Raises
    ------
    RecordError
        If no channel is an ECG lead, or there is no channel of a name.
    """
    reasons = {channel.name: _why_not(channel) for channel in recording.channels}
    if leads is None:
        chosen = [name for name, reason in reasons.items() if reason is None]
        left_out = tuple(f"left out {name}: {reason}" for name, reason in reasons.items() if reason)
    else:
        chosen, left_out = list(leads), ()
    if not chosen:
        why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise RecordError(
            f"record {recording.name}: no channel is an ECG lead ({why}); give one in {', '.join(VOLTAGES)}"
        )
    selected = tuple(_lead(recording, name, reasons) for name in chosen)
    return FileSource(recording, selected, recording.comments + left_out)


def _why_not(channel: Channel) -> str | None:
    """Say why a channel is no ECG lead; None where it is one."""
    try:
        factor = millivolts(channel.unit or "mV")
    except RecordError:
        return f"unit {channel.unit!r} is unknown"
    return f"{channel.unit} is no voltage" if factor is None else None


def _lead(recording: Recording, name: str, reasons: dict[str, str | None]) -> Lead:
    names = [channel.name for channel in recording.channels]
    if name not in names:
        raise RecordError(f"record {recording.name}: no channel {name!r}; it has: {', '.join(names)}")
    channel = recording.channels[names.index(name)]
    factor = 1.0 if reasons[name] else millivolts(channel.unit or "mV")
    return Lead(names.index(name), name, factor or 1.0)
