"""Recordings of which a stretch was lost."""

from __future__ import annotations

from dataclasses import replace

from ectopy.record import Record


def spoil(record: Record, lead: int | slice, start: float, stop: float, value: float) -> Record:
    """Return a recording that holds one value in a stretch of seconds of a lead."""
    signal = record.signal.copy()
    signal[round(start * record.fs) : round(stop * record.fs), lead] = value
    return replace(record, signal=signal)
