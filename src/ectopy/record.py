"""What a recording is: a source of samples in millivolts, with what is known about its beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError, RecordError
from ectopy.labels import is_beat

MAX_FS = 100_000.0
"""No electrocardiograph samples faster than this many Hz; a higher rate is a mistake in the file."""


def _zeros(n: int) -> npt.NDArray[np.int64]:
    return np.zeros(n, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Annotations:
    """Marks on a recording, in the terms of a WFDB annotation file.

    Parameters
    ----------
    samples : ndarray of int64, shape (n,)
        Sample index of each mark, not decreasing.
    symbols : ndarray of str, shape (n,)
        WFDB symbol of each mark (``N``, ``V``, ``+``, ``~`` …).
    subtypes, chans, nums : ndarray of int64, shape (n,), optional
        The fields of the same names in a WFDB annotation; zeros by default.
    aux : tuple of str, length n, optional
        Auxiliary text of each mark (rhythm names such as ``(AFIB``); empty by default.
    fs : float, optional
        Sampling frequency in Hz that ``samples`` count in, if known.

    Raises
    ------
    AnnotationError
        If the arrays differ in length or the samples go backwards.
    """

    samples: npt.NDArray[np.int64]
    symbols: npt.NDArray[np.str_]
    subtypes: npt.NDArray[np.int64] = field(default_factory=lambda: _zeros(0))
    chans: npt.NDArray[np.int64] = field(default_factory=lambda: _zeros(0))
    nums: npt.NDArray[np.int64] = field(default_factory=lambda: _zeros(0))
    aux: tuple[str, ...] = ()
    fs: float | None = None

    def __post_init__(self) -> None:
        n = len(self.samples)
        fill = object.__setattr__
        fill(self, "samples", np.asarray(self.samples, dtype=np.int64))
        fill(self, "symbols", np.asarray(self.symbols, dtype="U1"))
        for name in ("subtypes", "chans", "nums"):
            value = np.asarray(getattr(self, name), dtype=np.int64)
            fill(self, name, value if len(value) else _zeros(n))
        fill(self, "aux", tuple(self.aux) or ("",) * n)
        for name in ("symbols", "subtypes", "chans", "nums", "aux"):
            if len(getattr(self, name)) != n:
                raise AnnotationError(
                    f"annotations: {name} has {len(getattr(self, name))} entries and samples {n};"
                    " give one for each mark"
                )
        backwards = np.flatnonzero(np.diff(self.samples) < 0)
        if len(backwards):
            raise AnnotationError(
                f"annotations: sample {self.samples[backwards[0] + 1]} stands after"
                f" {self.samples[backwards[0]]}; sort the marks by sample"
            )

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        symbols, counts = np.unique(self.symbols, return_counts=True)
        listed = ", ".join(f"{count} {symbol}" for symbol, count in zip(symbols, counts, strict=True))
        return f"<Annotations: {listed or 'none'}>"

    def __getitem__(self, index: npt.NDArray[np.bool_] | npt.NDArray[np.integer] | slice) -> Self:
        """Return the marks selected by a mask, an index array or a slice."""
        chosen = np.arange(len(self))[index]
        return replace(
            self,
            samples=self.samples[chosen],
            symbols=self.symbols[chosen],
            subtypes=self.subtypes[chosen],
            chans=self.chans[chosen],
            nums=self.nums[chosen],
            aux=tuple(self.aux[i] for i in chosen),
        )

    def beats(self) -> Self:
        """Return only the marks that stand for heartbeats."""
        return self[is_beat(self.symbols)]

    def merged(self, other: Self) -> Self:
        """Return these marks and others at the same rate, by time; of two at one sample, these come first."""
        if not len(other):
            return self
        places = np.searchsorted(self.samples, other.samples, side="right")
        joined: dict[str, Any] = {
            name: np.insert(getattr(self, name), places, getattr(other, name))
            for name in ("samples", "symbols", "subtypes", "chans", "nums")
        }
        aux = np.insert(np.array(self.aux, np.object_), places, np.array(other.aux, np.object_))
        return replace(self, **joined, aux=tuple(aux.tolist()))

    def at_rate(self, fs: float) -> Self:
        """Return the marks with their samples counted at another rate in Hz."""
        if self.fs is None or self.fs == fs:
            return self
        return replace(self, samples=np.rint(self.samples * (fs / self.fs)).astype(np.int64), fs=fs)


@dataclass(frozen=True)
class ChannelDecision:
    """Whether a channel of a file is read as an ECG lead, and why.

    Parameters
    ----------
    channel : str
        Name of the channel.
    is_lead : bool
        Whether it is one of the leads.
    reason : str
        Why, in words that follow a colon.
    remark : str
        What a reader must know about the samples of the lead; empty where they mean what the file says.
    """

    channel: str
    is_lead: bool
    reason: str
    remark: str = ""

    def __str__(self) -> str:
        verb = "is read as an ECG lead" if self.is_lead else "was left out"
        return f"Channel {self.channel} {verb}: {self.reason}."


class Source(Protocol):
    """Where samples come from: a recording in memory, a file, or a stream.

    Attributes
    ----------
    name, patient : str
        What the recording is called, and whose heart it is.
    start : datetime or None
        When the first sample was taken.
    comments : tuple of str
        Free text that came with the recording.
    fs : float
        Sampling frequency in Hz.
    leads : tuple of str
        Names of the ECG leads, one per column of what `read` returns.
    channels : tuple of int
        Which channel of the file each lead is, counted from 0 with those that are no ECG lead.
    n_samples : int or None
        Samples of each lead; None while a stream is open.
    duration : float
        Length in seconds; what there is so far of a stream.
    annotations : Annotations or None
        Reference marks that came with the recording.
    decisions : tuple of ChannelDecision
        Which channels of the file are leads, and why; empty where there was nothing to decide.
    notes : tuple of str
        What was mended while the file was read, in sentences.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def patient(self) -> str: ...  # noqa: D102
    @property
    def start(self) -> datetime | None: ...  # noqa: D102
    @property
    def comments(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def fs(self) -> float: ...  # noqa: D102
    @property
    def leads(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def channels(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def n_samples(self) -> int | None: ...  # noqa: D102
    @property
    def duration(self) -> float: ...  # noqa: D102
    @property
    def annotations(self) -> Annotations | None: ...  # noqa: D102
    @property
    def decisions(self) -> tuple[ChannelDecision, ...]: ...  # noqa: D102
    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads), NaN where missing.

        Beyond the end there is nothing: fewer rows come back.
        """
        ...


@dataclass(frozen=True, eq=False)
class Record:
    """An ECG recording in memory; a `Source`.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        Samples in millivolts; NaN where missing.
    fs : float
        Sampling frequency in Hz.
    leads : tuple of str
        Names of the leads, one a column.
    name : str
        What to call the recording; file names are made from it.
    annotations : Annotations, optional
        Reference marks that came with the recording.
    patient : str
        Whose heart it is; the record's own name where nobody says.
    start : datetime, optional
        When the first sample was taken.
    comments : tuple of str
        Free text that came with the recording.
    channels : tuple of int
        Which channel of its file each lead is; 0, 1 … by default.
    decisions : tuple of ChannelDecision
        Which channels of its file are leads, and why.
    notes : tuple of str
        What was mended while its file was read, in sentences.

    Raises
    ------
    RecordError
        If the signal is not two-dimensional, has no lead or no sample, the names do not fit, or the sampling
        frequency is no number between 0 and 100 kHz.

    Examples
    --------
    >>> import numpy as np
    >>> record = Record(np.zeros((720, 2), dtype=np.float32), fs=360, leads=("MLII", "V1"))
    >>> record.duration
    2.0
    >>> record.lead("V1").shape
    (720,)
    """

    signal: npt.NDArray[np.float32]
    fs: float
    leads: tuple[str, ...]
    name: str = "record"
    annotations: Annotations | None = None
    patient: str = ""
    start: datetime | None = None
    comments: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    decisions: tuple[ChannelDecision, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        fill = object.__setattr__
        fill(self, "channels", tuple(self.channels) or tuple(range(len(self.leads))))
        fill(self, "signal", np.asarray(self.signal, dtype=np.float32))
        fill(self, "leads", tuple(self.leads))
        fill(self, "patient", self.patient or self.name)
        if self.signal.ndim != 2 or 0 in self.signal.shape:
            raise RecordError(
                f"record {self.name}: signal has shape {self.signal.shape};"
                " give (n_samples, n_leads) with at least one of each"
            )
        if len(self.leads) != self.signal.shape[1]:
            raise RecordError(
                f"record {self.name}: {len(self.leads)} lead names for {self.signal.shape[1]} leads;"
                " give one name a column"
            )
        if not 0 < self.fs <= MAX_FS:
            raise RecordError(
                f"record {self.name}: sampling frequency {self.fs:g} Hz is not possible;"
                f" give one above 0 and up to {MAX_FS:g} Hz"
            )

    def __repr__(self) -> str:
        return source_text(self)

    @property
    def n_samples(self) -> int:
        """Number of samples in each lead."""
        return int(self.signal.shape[0])

    @property
    def duration(self) -> float:
        """Length of the recording in seconds."""
        return self.n_samples / self.fs

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads), NaN where missing."""
        return self.signal[max(0, start) : max(0, stop)]

    def reference_annotations(self) -> Annotations:
        """Return the reference marks, of beats and all others.

        Raises
        ------
        RecordError
            If the recording came without them.
        """
        if self.annotations is None:
            raise RecordError(f"record {self.name} has no reference annotations; give one with an atr file")
        return self.annotations

    def select(self, leads: Sequence[str]) -> Self:
        """Return the recording with these leads only, in this order.

        Raises
        ------
        RecordError
            If the recording has no lead of a name, or no name is given.
        """
        columns = lead_columns(self, leads)
        return replace(
            self,
            signal=self.signal[:, columns],
            leads=tuple(leads),
            channels=tuple(self.channels[column] for column in columns),
        )

    def lead(self, name: str) -> npt.NDArray[np.float32]:
        """Return the samples of one lead, in mV, shape (n_samples,).

        Raises
        ------
        RecordError
            If the recording has no lead of that name.
        """
        return self.signal[:, lead_columns(self, [name])[0]]

    def slice(self, start: float, stop: float) -> Self:
        """Return the part between two times in seconds, its annotations moved along."""
        first = max(0, round(start * self.fs))
        last = min(self.n_samples, round(stop * self.fs))
        marks = self.annotations
        if marks is not None:
            inside = marks[(marks.samples >= first) & (marks.samples < last)]
            marks = replace(inside, samples=inside.samples - first)
        return replace(self, signal=self.signal[first:last], annotations=marks)


def source_text(source: Source) -> str:
    """Return one line about a source: its name, length, rate, leads and marks.

    Examples
    --------
    >>> Record(np.zeros((720, 2), dtype=np.float32), fs=360, leads=("MLII", "V1"), name="100")
    <Record 100: 2 s at 360 Hz, leads MLII V1>
    """
    marks = "" if source.annotations is None else f", {len(source.annotations)} annotations"
    text = (
        f"<{type(source).__name__} {source.name}: {source.duration:g} s at {source.fs:g} Hz,"
        f" leads {' '.join(source.leads)}{marks}>"
    )
    return text if text.isprintable() else ascii(text)[1:-1]


def lead_columns(source: Source, leads: Sequence[str]) -> list[int]:
    """Return the columns of leads.

    Raises
    ------
    RecordError
        If the source has no lead of a name, or no name is given.
    """
    unknown = [name for name in leads if name not in source.leads]
    if unknown or not leads:
        asked = f"no lead {unknown[0]!r}" if unknown else "no lead was asked for"
        raise RecordError(f"record {source.name}: {asked}; it has: {', '.join(source.leads)}")
    return [source.leads.index(name) for name in leads]
