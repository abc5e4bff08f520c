"""Which channels of a file are ECG leads, and what their samples are in millivolts.

A channel is an ECG lead because its name, its unit and its size say so. A name that says nothing is judged by
the signal. What was decided about each channel goes along with the source.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ectopy.errors import ParameterError, RecordError
from ectopy.io.channel_names import is_chest_lead, is_electrode, is_montage, other_kind, says_ecg
from ectopy.io.recording import Channel, FileSource, Lead, Recording, Samples
from ectopy.io.scale import likely_scale
from ectopy.io.signal_kind import SignalKind, signal_kind
from ectopy.io.units import is_counts, is_stated, millivolts
from ectopy.record import ChannelDecision

_EXCERPTS: Final = 6
_EXCERPT_SECONDS: Final = 10.0
"""A channel that is judged by its signal is looked at in so many places, for so long."""


@dataclass(frozen=True)
class Calibration:
    """What the samples of a file mean, where the file does not say or is wrong.

    Parameters
    ----------
    gain : float, optional
        Stored counts in a millivolt.
    baseline : float, optional
        Stored counts at zero millivolts.
    unit : str, optional
        Unit of the samples, as ``"uV"``.

    Raises
    ------
    ParameterError
        If the gain is zero, a baseline comes without a gain, or a unit with one.
    """

    gain: float | None = None
    baseline: float | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if self.gain is not None and not (math.isfinite(self.gain) and self.gain):
            raise ParameterError(f"gain={self.gain} is not possible; give the counts in a millivolt")
        if self.baseline is not None and (self.gain is None or not math.isfinite(self.baseline)):
            raise ParameterError(f"baseline={self.baseline} needs a gain; give the counts in a millivolt too")
        if self.unit is not None and self.gain is not None:
            raise ParameterError(f"unit={self.unit!r} and gain={self.gain} both scale the samples; give one")
        if self.unit is not None and not _factor(self.unit):
            raise ParameterError(f"unit={self.unit!r} is no voltage; give one of: V, mV, uV, nV")


AS_STATED: Final = Calibration()
"""Samples mean what the file says."""


def ecg_source(
    recording: Recording, leads: Sequence[str] | None = None, calibration: Calibration = AS_STATED
) -> FileSource:
    """Return the ECG leads of a recording as a source of samples in mV.

    Parameters
    ----------
    recording : Recording
        What a reader found.
    leads : sequence of str, optional
        Names of the channels to take, in this order; those that are ECG leads by default.
    calibration : Calibration
        What the samples mean, where the file does not say.

    Returns
    -------
    FileSource
        Its ``decisions`` say of every channel whether it is a lead, and why.

    Raises
    ------
    RecordError
        If no channel is an ECG lead, or there is no channel of a name.
    """
    decisions, scaled = _judged(recording, leads, calibration)
    chosen = [scaled[each.channel] for each in decisions if each.is_lead]
    if leads is not None:
        chosen = [scaled.get(_named(recording, name)) for name in leads]
    selected = tuple(lead for lead in chosen if lead is not None)
    if not selected or len(selected) < len(chosen):
        raise _no_lead(recording, decisions)
    return FileSource(recording, selected, recording.comments, (*decisions, *recording.left_out))


def channel_decisions(
    recording: Recording, calibration: Calibration = AS_STATED
) -> tuple[ChannelDecision, ...]:
    """Say of every channel whether it is an ECG lead, and why; arguments are those of `ecg_source`."""
    return (*_judged(recording, None, calibration)[0], *recording.left_out)


def _judged(
    recording: Recording, leads: Sequence[str] | None, calibration: Calibration
) -> tuple[tuple[ChannelDecision, ...], dict[str, Lead | None]]:
    """Decide about every channel, and find the scale of those that are leads."""
    views = [_ChannelView(recording, index, calibration) for index in range(len(recording.channels))]
    decisions = _decide(views) if leads is None else _asked(recording, leads)
    by_name = {view.channel.name: view for view in views}
    scales = {each.channel: by_name[each.channel].scale for each in decisions if each.is_lead}
    told = tuple(_with_scale(each, scales) for each in decisions)
    return told, {name: lead for name, (lead, _) in scales.items()}


@dataclass(frozen=True, eq=False)
class _ChannelView:
    """A channel, and what its samples look like; these are decoded when somebody asks."""

    recording: Recording
    index: int
    calibration: Calibration

    @property
    def channel(self) -> Channel:
        return self.recording.channels[self.index]

    @cached_property
    def excerpts(self) -> list[Samples]:
        channel = self.channel
        length = min(channel.n_samples, math.ceil(_EXCERPT_SECONDS * channel.fs))
        last = channel.n_samples - length
        starts = sorted(
            {int(start) for start in np.linspace(0, last, min(_EXCERPTS, 1 + last // max(1, length)))}
        )
        return [self.recording.decode([self.index], start, start + length)[:, 0] for start in starts]

    @cached_property
    def kind(self) -> SignalKind:
        return signal_kind(self.excerpts, self.channel.fs)

    @cached_property
    def scale(self) -> tuple[Lead | None, str]:
        """Return the channel as a lead, None where nobody knows the size of its samples, and what to say."""
        channel, given = self.channel, self.calibration
        if given.gain is not None:
            baseline = channel.baseline if given.baseline is None else given.baseline
            offset = (baseline - channel.baseline) / channel.gain
            return Lead(self.index, channel.name, channel.gain / given.gain, offset), ""
        unit = given.unit or channel.unit
        if is_counts(unit):
            return (
                None,
                f"its samples are counts of a converter ({unit}); give gain and baseline (--gain,"
                f" --baseline)",
            )
        if is_stated(unit):
            return Lead(self.index, channel.name, _factor(unit) or 1.0), ""
        likely = likely_scale(self.excerpts, channel.fs)
        lead = Lead(self.index, channel.name, likely.factor) if likely.factor else None
        return lead, likely.remark


def _factor(unit: str) -> float | None:
    try:
        return millivolts(unit)
    except RecordError:
        return None


def _decide(views: Sequence[_ChannelView]) -> tuple[ChannelDecision, ...]:
    """Decide by name and unit, and by the signal where the name says nothing."""
    reasons = {view.channel.name: _why_not(view, [other.channel.name for other in views]) for view in views}
    open_ones = [view for view in views if not reasons[view.channel.name] and not _is_named_lead(view, views)]
    surely = [view for view in views if not reasons[view.channel.name] and view not in open_ones]
    by_signal = {view.channel.name: view.kind for view in open_ones}
    has_ecg = bool(surely) or SignalKind.ECG in by_signal.values()
    fine = {SignalKind.ECG} if has_ecg else {SignalKind.ECG, SignalKind.UNSURE}
    decisions = []
    for view in views:
        name = view.channel.name
        kind = by_signal.get(name)
        reason = reasons[name] or (
            f"its name says nothing, and {kind}" if kind else "an ECG lead by its name"
        )
        decisions.append(ChannelDecision(name, not reasons[name] and (kind is None or kind in fine), reason))
    return tuple(decisions)


def _is_named_lead(view: _ChannelView, views: Sequence[_ChannelView]) -> bool:
    name = view.channel.name
    return says_ecg(name) or is_chest_lead(name, [other.channel.name for other in views])


def _why_not(view: _ChannelView, names: Sequence[str]) -> str | None:
    """Say why a channel is no ECG lead; None where its name and its unit allow it."""
    name, unit = view.channel.name, view.calibration.unit or view.channel.unit
    kind = other_kind(name)
    if kind:
        return f"{kind} by its name"
    if is_electrode(name) and is_montage(names) and not is_chest_lead(name, names):
        return "an EEG by its name and those beside it"
    if view.calibration.gain is not None or not is_stated(unit) or is_counts(unit):
        return None
    try:
        return None if millivolts(unit) else f"{unit} is no voltage"
    except RecordError:
        return f"unit {unit!r} is unknown"


def _asked(recording: Recording, leads: Sequence[str]) -> tuple[ChannelDecision, ...]:
    asked = {_named(recording, name) for name in leads}
    if not asked:
        raise RecordError(f"record {recording.name}: no lead was asked for; name one of: {_names(recording)}")
    return tuple(
        ChannelDecision(each.name, each.name in asked, "asked for" if each.name in asked else "not asked for")
        for each in recording.channels
    )


def _named(recording: Recording, name: str) -> str:
    """Return the name of a channel as the file writes it; capital or small letters are the same."""
    known = [each.name for each in recording.channels]
    alike = [each for each in known if each.casefold() == name.strip().casefold()]
    if name not in known and len(alike) != 1:
        raise RecordError(f"record {recording.name}: no channel {name!r}; it has: {_names(recording)}")
    return name if name in known else alike[0]


def _names(recording: Recording) -> str:
    return ", ".join(each.name for each in recording.channels)


def _with_scale(decision: ChannelDecision, scales: dict[str, tuple[Lead | None, str]]) -> ChannelDecision:
    if decision.channel not in scales:
        return decision
    lead, remark = scales[decision.channel]
    reason = "; ".join(filter(None, (decision.reason, remark))) if lead else remark
    return ChannelDecision(decision.channel, lead is not None, reason, remark)


def _no_lead(recording: Recording, decisions: Sequence[ChannelDecision]) -> RecordError:
    why = "; ".join(f"{each.channel}: {each.reason}" for each in decisions if not each.is_lead)
    return RecordError(
        f"record {recording.name}: no channel is an ECG lead ({why}); give a recording that has one, or name"
        " the channels to take as leads (--leads), or their unit (--unit)"
    )
