"""A recording as its file holds it, channel by channel, and the ECG leads of it as a source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.record import MAX_FS, Annotations, ChannelDecision, Record, source_text

Samples = npt.NDArray[np.float32]

Decode = Callable[[Sequence[int], int, int], Samples]
"""Channels of one rate, first and last sample → samples in the channels' units, (n_samples, n_channels)."""

_BLOCK: Final = 1 << 20
"""Samples of each lead that are decoded at a time."""

_CLOSE_RATES: Final = 1000
"""Largest numerator or denominator in the ratio of two leads' rates."""


@dataclass(frozen=True)
class Channel:
    """One channel of a file.

    Parameters
    ----------
    name : str
        As the file calls it; unique in the file.
    unit : str
        Physical unit, empty where the file does not say.
    fs : float
        Sampling frequency in Hz.
    n_samples : int
        Length.
    gain, baseline : float
        Stored counts in a unit, and at zero, where the format keeps counts.
    """

    name: str
    unit: str
    fs: float
    n_samples: int
    gain: float = field(default=1.0, repr=False)
    baseline: float = field(default=0.0, repr=False)


@dataclass(frozen=True, eq=False)
class Recording:
    """What a reader finds in a file; nothing is decoded yet.

    Parameters
    ----------
    name : str
        What to call the recording.
    channels : tuple of Channel
        All of them, whether ECG or not.
    decode : callable
        ``decode(indices, start, stop)`` gives samples of channels that share a rate, float32, NaN where
        missing, in the units of the channels. It decodes no more than that where the format allows it.
    annotations : Annotations, optional
        Reference marks, counted at ``marks_fs``.
    patient : str
        Whose heart it is, where the file says.
    start : datetime, optional
        When the first sample was taken.
    comments : tuple of str
        Free text.
    notes : tuple of str
        What was mended while the file was read, in sentences.
    left_out : tuple of ChannelDecision
        What the file holds beside the channels, such as columns of text.
    named : bool
        Whether the file holds a person's name or birth date; neither is read further.
    """

    name: str
    channels: tuple[Channel, ...]
    decode: Decode
    annotations: Annotations | None = None
    patient: str = ""
    start: datetime | None = None
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[ChannelDecision, ...] = ()
    named: bool = False

    def __post_init__(self) -> None:
        for channel in self.channels:
            if not 0 < channel.fs <= MAX_FS:
                raise RecordError(
                    f"record {self.name}: sampling frequency {channel.fs:g} Hz of {channel.name} is not"
                    f" possible; give one above 0 and up to {MAX_FS:g} Hz"
                )
        if not any(channel.n_samples for channel in self.channels):
            raise RecordError(f"record {self.name}: it holds no sample; get the file again")


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Make lead names differ: number those that occur again, name those that are empty.

    Examples
    --------
    >>> unique_names(["ECG", "V1", "ECG", ""])
    ('ECG', 'V1', 'ECG 2', 'lead 4')
    """
    unique: list[str] = []
    for number, name in enumerate(names, start=1):
        wanted = candidate = name or f"lead {number}"
        copies = 1
        while candidate in unique:
            copies += 1
            candidate = f"{wanted} {copies}"
        unique.append(candidate)
    return tuple(unique)


def channels_of(names: Sequence[str], units: Sequence[str], fs: float, n_samples: int) -> tuple[Channel, ...]:
    """Return channels of one rate and length; names that occur twice are numbered."""
    return tuple(
        Channel(name, unit, fs, n_samples) for name, unit in zip(unique_names(names), units, strict=True)
    )


def decode_array(samples: npt.NDArray[np.generic]) -> Decode:
    """Return how samples that lie in memory, shape (n_samples, n_channels), are read."""

    def decode(channels: Sequence[int], start: int, stop: int) -> Samples:
        return samples[start:stop, list(channels)].astype(np.float32)

    return decode


@dataclass(frozen=True)
class Lead:
    """A channel that is read as an ECG lead: ``mV = factor · (sample − offset)``."""

    channel: int
    name: str
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class FileSource:
    """The ECG leads of a file, a `ectopy.record.Source` that decodes what it is asked for.

    Leads of different rates are all brought to the rate of the fastest, by polyphase resampling.

    Parameters
    ----------
    recording : Recording
        The file.
    selected : tuple of Lead
        What is read of it.
    comments : tuple of str
        Free text.
    decisions : tuple of ChannelDecision
        What was decided about each channel.
    """

    recording: Recording
    selected: tuple[Lead, ...]
    comments: tuple[str, ...] = ()
    decisions: tuple[ChannelDecision, ...] = ()

    def __repr__(self) -> str:
        return source_text(self)

    @property
    def name(self) -> str:
        """What the recording is called."""
        return self.recording.name

    @property
    def patient(self) -> str:
        """Whose heart it is; the record's own name where nobody says."""
        return self.recording.patient or self.recording.name

    @property
    def start(self) -> datetime | None:
        """When the first sample was taken."""
        return self.recording.start

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mended while the file was read."""
        return self.recording.notes

    @cached_property
    def fs(self) -> float:
        """Sampling frequency in Hz."""
        return max(self.recording.channels[lead.channel].fs for lead in self.selected)

    @property
    def leads(self) -> tuple[str, ...]:
        """Names of the leads."""
        return tuple(lead.name for lead in self.selected)

    @property
    def channels(self) -> tuple[int, ...]:
        """Which channel of the file each lead is."""
        return tuple(lead.channel for lead in self.selected)

    @property
    def scales(self) -> tuple[tuple[float, float] | None, ...]:
        """Counts in a mV, and the count at 0 mV, of each lead; None where the file says none."""
        channels = [self.recording.channels[lead.channel] for lead in self.selected]
        return tuple(
            None
            if (channel.gain, channel.baseline) == (1.0, 0.0)
            else (channel.gain / lead.factor, channel.baseline + lead.offset * channel.gain)
            for lead, channel in zip(self.selected, channels, strict=True)
        )

    @cached_property
    def n_samples(self) -> int:
        """Samples of each lead; a lead that ends sooner is missing from there on."""
        channels = [self.recording.channels[lead.channel] for lead in self.selected]
        return max(ceil(Fraction(each.n_samples) * _ratio(self.fs, each.fs)) for each in channels)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.fs

    @property
    def annotations(self) -> Annotations | None:
        """Reference marks, counted at the rate of the leads."""
        marks = self.recording.annotations
        return None if marks is None else marks.at_rate(self.fs)

    def read(self, start: int, stop: int) -> Samples:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads), NaN where missing."""
        start, stop = max(0, start), min(stop, self.n_samples)
        signal = self._missing(max(0, stop - start))
        for first in range(start, stop, _BLOCK):
            self._read_fastest(signal[first - start : first - start + _BLOCK], first)
        for column in self._slower:
            part = self._slower[column][start:stop]
            signal[: len(part), column] = part
        for first in range(0, len(signal), _BLOCK):
            self._scale(signal[first : first + _BLOCK])
        return signal

    def _read_fastest(self, block: Samples, start: int) -> None:
        """Decode the leads of the highest rate into a block."""
        same_rate = [i for i, lead in enumerate(self.selected) if self._is_fastest(lead)]
        channels = [self.selected[i].channel for i in same_rate]
        decoded = self.recording.decode(channels, start, start + len(block))
        block[: len(decoded), same_rate if len(same_rate) < block.shape[1] else slice(None)] = decoded

    def _scale(self, block: Samples) -> None:
        """Bring a block to mV, in place."""
        factors = np.array([lead.factor for lead in self.selected], np.float64)
        offsets = np.array([lead.offset for lead in self.selected], np.float64)
        if (factors != 1).any() or (offsets != 0).any():
            block[:] = (block - offsets) * factors

    def load(self) -> Record:
        """Return the whole recording in memory.

        Raises
        ------
        RecordError
            If it does not fit into memory.
        """
        return Record(
            signal=np.ascontiguousarray(self.read(0, self.n_samples)),
            fs=self.fs,
            leads=self.leads,
            name=self.name,
            annotations=self.annotations,
            patient=self.patient,
            start=self.start,
            comments=self.comments,
            channels=self.channels,
            decisions=self.decisions,
            notes=self.notes,
        )

    def _missing(self, n: int) -> Samples:
        """Return so many missing samples, each lead in one piece, or say that they do not fit into memory."""
        try:
            return np.full((len(self.selected), n), np.nan, np.float32).T
        except (MemoryError, ValueError) as error:
            size = f"{n:,} samples of {len(self.selected)} leads"
            raise RecordError(
                f"record {self.name}: {size} do not fit into memory; give a part of it"
            ) from error

    def _is_fastest(self, lead: Lead) -> bool:
        return self.recording.channels[lead.channel].fs == self.fs

    @cached_property
    def _slower(self) -> dict[int, Samples]:
        """The leads of lower rates, whole: files with them are rare and short."""
        raised = {}
        for column, lead in enumerate(self.selected):
            channel = self.recording.channels[lead.channel]
            if channel.fs != self.fs:
                samples = self.recording.decode([lead.channel], 0, channel.n_samples)[:, 0]
                raised[column] = _raise_rate(samples, _ratio(self.fs, channel.fs))
        return raised


def _ratio(fs: float, lower: float) -> Fraction:
    return Fraction(fs / lower).limit_denominator(_CLOSE_RATES)


def _raise_rate(lead: Samples, ratio: Fraction) -> Samples:
    """Resample a lead to a higher rate; what was missing stays missing."""
    from scipy.signal import resample_poly

    up, down = ratio.numerator, ratio.denominator
    missing = np.isnan(lead)
    if missing.all():
        return np.full(ceil(len(lead) * ratio), np.nan, dtype=np.float32)
    times = np.arange(len(lead))
    bridged = np.interp(times, times[~missing], lead[~missing]) if missing.any() else lead
    raised = resample_poly(bridged, up, down, padtype="line").astype(np.float32)
    raised[np.repeat(missing, up)[::down]] = np.nan
    return raised
