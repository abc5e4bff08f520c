"""What a recording must have to be analysed, and what a reader must know before trusting the figures."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

import numpy as np

from ectopy.analysis.extraction import Extraction
from ectopy.errors import RecordError
from ectopy.io.signal_kind import qrs_height
from ectopy.models.qrs_detector import HIGHEST_FS, LOWEST_FS
from ectopy.record import Record
from ectopy.signal.quality import FAULTS

MIN_DURATION: Final = 8.0
"""Seconds of signal below which nothing is said."""

LONG_GAP: Final = 3.0
"""Seconds without a beat that a reader must be told of."""

FEW_BEATS: Final = 8
"""Fewer beats than this do not show what a lead looks like."""

IMPOSSIBLE_QRS: Final = 20.0
"""No heart makes beats of so many mV on the skin; a record that shows them has another unit or gain."""

LEAST_QRS: Final = 0.06
MOST_QRS: Final = 6.0
LEAST_VOLTS: Final = 0.01
"""Millivolts from 8 to 25 Hz, some two thirds of the height of a QRS complex: what the largest lead of a
recording usually lies between, and where it is likely in V."""

_LOOKS: Final = 12
_LOOK_SECONDS: Final = 10.0

UPRIGHT_LEADS: Final = ("I", "II", "MLII", "ML2", "V4", "V5", "V6", "ECG")
"""Leads in which the QRS of most people points up."""


def check_extent(record: Record) -> None:
    """Raise if beats cannot be found at the rate of a recording, or in so little of it."""
    if not LOWEST_FS <= record.fs <= HIGHEST_FS:
        raise RecordError(
            f"record {record.name}: beats cannot be found at {record.fs:g} Hz;"
            f" resample it to {LOWEST_FS:g} Hz or more, and {HIGHEST_FS:g} Hz at most"
        )
    if record.duration < MIN_DURATION:
        raise RecordError(
            f"record {record.name}: {record.duration:.1f} s of signal are too short to judge;"
            f" give at least {MIN_DURATION:g} s"
        )


def dead_leads(record: Record) -> dict[str, str]:
    """Return the leads without a signal, each with a warning; raise if that is all of them."""
    warnings = {}
    for lead, column in zip(record.leads, record.signal.T, strict=True):
        valid = column[np.isfinite(column)]
        if not len(valid):
            warnings[lead] = f"Lead {lead} holds no sample at all and was left out."
        elif valid.min() == valid.max():
            warnings[lead] = f"Lead {lead} is flat from end to end and was left out."
    if len(warnings) == len(record.leads):
        raise RecordError(
            f"record {record.name}: every lead ({', '.join(record.leads)}) is missing or flat;"
            " check that the file holds the signal and that the electrodes were on"
        )
    return warnings


def caveats(record: Record, found: Extraction, dead: Mapping[str, str]) -> tuple[str, ...]:
    """Return the warnings on a recording: its file, dead leads, signal, rhythm, the shape of its beats."""
    return (
        *file_warnings(record),
        *dead.values(),
        *_signal_warnings(record, found, dead),
        *_rhythm_warnings(record, found),
        *_shape_warnings(record, found),
    )


def file_warnings(record: Record) -> list[str]:
    """Say what was mended in the file, which channels were left out, which samples have an unlikely size."""
    left_out = "; ".join(f"{each.channel} ({each.reason})" for each in record.decisions if not each.is_lead)
    remarks = [
        f"Lead {each.channel}: {each.remark}." for each in record.decisions if each.is_lead and each.remark
    ]
    others = [f"Not read as ECG leads: {left_out}."] if left_out else []
    return [*record.notes, *others, *remarks, *_size_warnings(record)]


def _size_warnings(record: Record) -> list[str]:
    """Say so if the QRS complexes of the largest lead have no size that a heart makes, and what is likely."""
    length = int(_LOOK_SECONDS * record.fs)
    starts = range(0, record.n_samples, max(length, record.n_samples // _LOOKS))
    heights = {
        lead: qrs_height([column[start : start + length] for start in starts], record.fs)
        for lead, column in zip(record.leads, record.signal.T, strict=True)
    }
    lead = max(heights, key=lambda name: np.nan_to_num(heights[name]))
    height = heights[lead]
    if not height > 0 or LEAST_QRS <= height <= MOST_QRS:
        return []
    likely = (
        "V (--unit V)"
        if height < LEAST_VOLTS
        else "uV (--unit uV), or counts of a converter (--gain, --baseline)"
    )
    guess = f"; its samples are likely {likely}" if height < LEAST_VOLTS or height > IMPOSSIBLE_QRS else ""
    return [
        f"The QRS complexes of lead {lead} are about {height:.2g} mV high, which is no usual size{guess}."
    ]


def _signal_warnings(record: Record, found: Extraction, dead: Container[str]) -> list[str]:
    """Say what spoils more than a little of each lead that is not dead."""
    warnings = []
    for lead, flags in zip(record.leads, found.flags.T, strict=True):
        if lead in dead:
            continue
        for flag, fault in FAULTS.items():
            share = np.count_nonzero(flags & np.uint8(flag)) / len(flags)
            if share > fault.tolerance:
                warnings.append(f"Lead {lead} is {fault.word} for {share:.0%} of the recording.")
    return warnings


def _rhythm_warnings(record: Record, found: Extraction) -> list[str]:
    """Say where no beat was found for so long that either the heart or the detection failed."""
    if not len(found.beats):
        return ["No heartbeat was found."]
    edges = np.concatenate([[0], found.beats.samples, [record.n_samples]]) / record.fs
    gaps = np.diff(edges)
    longest = int(gaps.argmax())
    n_long = int((gaps > LONG_GAP).sum())
    if not n_long:
        return []
    times = "once" if n_long == 1 else f"{n_long} times"
    return [
        f"No beat was found for more than {LONG_GAP:g} s {times}, longest from {edges[longest]:.0f} s on"
        f" for {gaps[longest]:.1f} s: a pause, flutter or fibrillation, or a signal that shows no beats."
    ]


def _shape_warnings(record: Record, found: Extraction) -> list[str]:
    """Name the leads whose average beat has an impossible size, or points down where it should point up."""
    warnings = []
    shown = zip(record.leads, found.averages, strict=True) if len(found.beats) >= FEW_BEATS else ()
    for lead, average in shown:
        if np.ptp(average) > IMPOSSIBLE_QRS:
            warnings.append(
                f"The beats of lead {lead} are {np.ptp(average):.0f} mV high, which no heart is:"
                " the unit or the gain of the recording is wrong."
            )
        if lead.upper() in UPRIGHT_LEADS and -average.min() > 1.5 * average.max():
            warnings.append(
                f"The QRS of lead {lead} points down: its polarity may be inverted, or its electrodes"
                " swapped."
            )
    return warnings
