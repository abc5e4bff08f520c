"""What a recording must have to be analysed, and what a reader must know before trusting the figures."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.running import Findings
from ectopy.errors import RecordError
from ectopy.io.signal_kind import qrs_heights
from ectopy.models.detectors import Detector
from ectopy.models.qrs_detector import HIGHEST_FS, LOWEST_FS
from ectopy.models.threshold import ConformalThreshold
from ectopy.record import Source
from ectopy.signal.quality import FAULTS
from ectopy.wording import clock, counted, long_duration

MIN_DURATION: Final = 8.0
"""Seconds of signal below which nothing is said."""

LONG_GAP: Final = 3.0
"""Seconds without a beat that a reader must be told of."""

FEW_BEATS: Final = 8
"""Fewer beats than this do not show what a lead looks like."""

IMPOSSIBLE_QRS: Final = 20.0
"""No heart makes beats of so many mV on the skin; a record that shows them has another unit or gain."""

MOST_COUNTS: Final = 2.0**24
"""Counts that a converter can deliver; what is larger is damage."""

LEAST_QRS: Final = 0.06
MOST_QRS: Final = 6.0
LEAST_VOLTS: Final = 0.01
"""Millivolts from 8 to 25 Hz, some two thirds of the height of a QRS complex: what the largest lead of a
recording usually lies between, and where it is likely in V."""

_LOOKS: Final = 12
_LOOK_SECONDS: Final = 10.0

UPRIGHT_LEADS: Final = ("I", "II", "MLII", "ML2", "V4", "V5", "V6", "ECG")
"""Leads in which the QRS of most people points up."""

PACED_SHARE: Final = 0.3
"""Share of the beats that begin with a spike from which on the QRS may point anywhere: it starts where the
electrode of a pacemaker lies."""


def check_extent(source: Source) -> None:
    """Raise a `RecordError` if beats cannot be found at the rate of a recording, or in so little of it."""
    check_rate(source.name, source.fs)
    seconds = (source.n_samples or 0) / source.fs
    if seconds < MIN_DURATION:
        raise RecordError(
            f"record {source.name}: {seconds:.1f} s of signal are too short to judge;"
            f" give at least {MIN_DURATION:g} s"
        )


def check_rate(name: str, fs: float) -> None:
    """Raise a `RecordError` if beats cannot be found at the rate of a recording."""
    if not LOWEST_FS <= fs <= HIGHEST_FS:
        raise RecordError(
            f"record {name}: beats cannot be found at {fs:g} Hz;"
            f" resample it to {LOWEST_FS:g} Hz or more, and {HIGHEST_FS:g} Hz at most"
        )


def dead_leads(name: str, leads: Sequence[str], spread: npt.NDArray[np.float32]) -> dict[str, str]:
    """Return the leads without a signal, each with a warning.

    Parameters
    ----------
    name : str
        Of the recording.
    leads : sequence of str
        Names of the leads.
    spread : ndarray of float32, shape (n_leads,)
        Difference between the largest and the smallest sample of each; NaN where there is none.

    Raises
    ------
    RecordError
        If that is all of them.
    """
    warnings = {}
    for lead, difference in zip(leads, spread, strict=True):
        if np.isnan(difference):
            warnings[lead] = f"Lead {lead} holds no sample at all and was left out."
        elif difference == 0:
            warnings[lead] = f"Lead {lead} is flat from end to end and was left out."
    if len(warnings) == len(leads):
        raise RecordError(
            f"record {name}: every lead ({', '.join(leads)}) is missing or flat;"
            " check that the file holds the signal and that the electrodes were on"
        )
    return warnings


def signal_warnings(found: Findings, fs: float, too_noisy: bool) -> list[str]:
    """Say first of all that the ventricles fibrillate, or that too little can be read to say anything.

    Parameters
    ----------
    found : Findings
        What was found.
    fs : float
        Rate of the recording in Hz.
    too_noisy : bool
        Whether the recording as a whole is.
    """
    warnings = []
    if len(found.fibrillation):
        seconds = np.diff(found.fibrillation, axis=1).sum() / fs
        times = counted(len(found.fibrillation), "time")
        warnings.append(
            f"Ventricular fibrillation or flutter {times}, {long_duration(seconds)} in all, first at"
            f" {clock(found.fibrillation[0, 0] / fs)}: no beat in it was judged."
        )
    if too_noisy:
        warnings.append("Most of the recording is too noisy to be judged: its figures say little.")
    return warnings


def warnings_of(
    source: Source, leads: Sequence[str], found: Findings, dead: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the warnings on a recording: its file, dead leads, signal, rhythm, the shape of its beats.

    Parameters
    ----------
    source : Source
        The recording.
    leads : sequence of str
        Names of its leads in the order of the columns of ``found``.
    found : Findings
        What was found.
    dead : mapping of str to str
        From `dead_leads`.
    """
    return (
        *file_warnings(source),
        *dead.values(),
        *_signal_warnings(leads, found, dead),
        *_rhythm_warnings(source.fs, found),
        *_shape_warnings(leads, found),
    )


def file_warnings(source: Source) -> list[str]:
    """Say what was mended in the file, which channels were left out, which samples have an unlikely size."""
    left_out = "; ".join(f"{each.channel} ({each.reason})" for each in source.decisions if not each.is_lead)
    kept = [each for each in source.decisions if each.is_lead and each.remark]
    others = [f"Not read as ECG leads: {left_out}."] if left_out else []
    remarks = [f"Lead {each.channel}: {each.remark}." for each in kept]
    return [*source.notes, *others, *remarks, *_size_warnings(source)]


def _size_warnings(source: Source) -> list[str]:
    """Say so if the QRS complexes of the largest lead have no size that a heart makes, and what is likely."""
    n_samples, length = source.n_samples or 0, int(_LOOK_SECONDS * source.fs)
    starts = range(0, n_samples, max(length, n_samples // _LOOKS))
    parts = [source.read(start, start + length) for start in starts]
    heights = qrs_heights(parts, source.fs)
    largest = int(np.nan_to_num(heights).argmax())
    lead, height = source.leads[largest], heights[largest]
    if not height > 0 or LEAST_QRS <= height <= MOST_QRS:
        return []
    guess = ""
    if height < LEAST_VOLTS:
        guess = "; its samples are likely V (--unit V)"
    elif height > MOST_COUNTS:
        guess = "; the file may be damaged"
    elif height > IMPOSSIBLE_QRS:
        unit = "uV (--unit uV), or " if height <= 1000 * MOST_QRS else ""
        guess = f"; its samples are likely {unit}counts of a converter (--gain, --baseline)"
    size = f"{height:.0f}" if 10 <= height <= MOST_COUNTS else f"{height:.2g}"
    return [f"The QRS complexes of lead {lead} are about {size} mV high, which is no usual size{guess}."]


def alarm_rate_warning(detector: Detector) -> tuple[str, ...]:
    """Say so where the false-alarm rate is not the one that the model was made with."""
    chosen, original = detector.threshold, detector.original_threshold
    if chosen == original or not isinstance(chosen, ConformalThreshold):
        return ()
    model = (
        f"at {original.false_alarm_rate:.3g}"
        if isinstance(original, ConformalThreshold)
        else f"by {original}"
    )
    return (
        f"Unusual beats are decided at a promised false-alarm rate of {chosen.false_alarm_rate:.3g}, chosen"
        f" for this analysis; the model itself decides {model}.",
    )


def _signal_warnings(leads: Sequence[str], found: Findings, dead: Container[str]) -> list[str]:
    """Say what spoils more than a little of each lead that is not dead."""
    return [
        f"Lead {lead} is {fault.word} for {share:.0%} of the recording."
        for lead, shares in zip(leads, found.quality.shares, strict=True)
        for share, fault in zip(shares, FAULTS.values(), strict=True)
        if lead not in dead and share > fault.tolerance
    ]


def _rhythm_warnings(fs: float, found: Findings) -> list[str]:
    """Say where no beat was found for so long that either the heart or the detection failed."""
    if not len(found.beats):
        return ["No heartbeat was found."]
    edges = np.concatenate([[0], found.beats.samples, [found.n_samples]]) / fs
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


def _shape_warnings(leads: Sequence[str], found: Findings) -> list[str]:
    """Name the leads whose average beat has an impossible size, or points down where it should point up."""
    warnings = []
    judged = ~np.isnan(found.beats.scores)
    spiked = ~np.isnan(found.beats.spike_delays)
    upright = judged.sum() >= FEW_BEATS and np.mean(spiked) <= PACED_SHARE
    shown = zip(leads, found.beats.averages, strict=True) if len(found.beats) >= FEW_BEATS else ()
    for lead, average in shown:
        if np.ptp(average) > IMPOSSIBLE_QRS:
            warnings.append(
                f"The beats of lead {lead} are {np.ptp(average):.0f} mV high, which no heart is:"
                " the unit or the gain of the recording is wrong."
            )
        if upright and lead.upper() in UPRIGHT_LEADS and -average.min() > 1.5 * average.max():
            warnings.append(
                f"The QRS of lead {lead} points down: its polarity may be inverted, or its electrodes"
                " swapped."
            )
    return warnings
