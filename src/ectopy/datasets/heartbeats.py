"""The Kaggle heartbeat files, and the recipe that made them, for any recording.

Source: Kachuee, Fazeli & Sarrafzadeh, ECG heartbeat classification: a deep transferable representation, IEEE
ICHI 2018, 443-444.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.datasets.beat_tables import TableLayout, read_beat_table
from ectopy.datasets.catalog import locate_file
from ectopy.errors import DatasetError, ParameterError, unknown_option
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations, Record
from ectopy.signal.filters import fill_missing
from ectopy.signal.resampling import resample

HEARTBEAT_FS: Final = 125.0
"""Rate of the beats in Hz."""

HEARTBEAT_TIMES: Final = 187
"""Samples in a beat; what comes after its end is zero."""

_WINDOW: Final = 10.0
_THRESHOLD: Final = 0.9
_PERIODS: Final = 1.2

_MITBIH: Final = TableLayout(("N", "S", "V", "F", "Q"), HEARTBEAT_TIMES, delimiter=",")
_PTBDB: Final = TableLayout(("normal", "abnormal"), HEARTBEAT_TIMES, delimiter=",")

HEARTBEAT_FILES: Final[Mapping[str, TableLayout]] = MappingProxyType(
    {
        "mitbih_train": _MITBIH,
        "mitbih_test": _MITBIH,
        "ptbdb_normal": _PTBDB,
        "ptbdb_abnormal": _PTBDB,
    }
)
"""The published files, by name without ``.csv``."""


def load_heartbeats(name: str, path: Path | str | None = None) -> Beats:
    """Read one of the Kaggle heartbeat files.

    Parameters
    ----------
    name : {"mitbih_train", "mitbih_test", "ptbdb_normal", "ptbdb_abnormal"}
        Which file.
    path : Path or str, optional
        Where it is; in the folder of the dataset by default.

    Returns
    -------
    Beats
        One lead, 187 samples at 125 Hz between 0 and 1; ``symbols`` holds the class: N, S, V, F, Q for
        MIT-BIH, ``normal`` or ``abnormal`` for PTB. The files do not state the patient of a beat:
        ``patients`` is empty, and no split of them can be shown to be patient-disjoint.

    Raises
    ------
    ParameterError
        If there is no such file.
    DatasetError
        If the file is not at hand or not what was published.
    """
    if name not in HEARTBEAT_FILES:
        raise unknown_option("name", name, HEARTBEAT_FILES)
    file = locate_file("heartbeats", f"{name}.csv") if path is None else Path(path)
    if not file.is_file():
        raise DatasetError(f"{file}: no such file; give the path of {name}.csv as Kaggle has it")
    waveforms, classes = read_beat_table(file, HEARTBEAT_FILES[name])
    return Beats.of(waveforms, fs=HEARTBEAT_FS, symbols=classes)


def kachuee_beats(record: Record, lead: str | None = None, *, refractory: float = 0.2) -> Beats:
    """Cut a recording into beats by the recipe of the Kaggle heartbeat files.

    Each window of 10 s at 125 Hz is scaled to 0…1; its local maxima above 0.9 are its R peaks; T is the
    median distance between them; from each peak 1.2·T is cut and filled up with zeros to 187 samples. The
    recipe misses beats much lower than the highest of their window, and takes high T waves for beats.

    Where the paper leaves a choice: windows follow one another without overlap, and a last one of less than
    10 s is left out, as are windows with missing samples, flat ones and those with fewer than two peaks; a
    part that runs over the end of its window is left out; of a part longer than 187 samples the start is
    kept.

    Parameters
    ----------
    record : Record
        At any rate. If it has annotations, a beat gets the symbol of the nearest within 150 ms.
    lead : str, optional
        Which lead; the first by default. The published files were made from lead II.
    refractory : float
        Of peaks closer than this many seconds only the highest counts. The paper has no such rule (0 turns
        it off), but without one, noise on a peak turns it into several beats, too close for any heart.

    Returns
    -------
    Beats
        One lead, 187 samples at 125 Hz between 0 and 1. ``samples`` count at the record's own rate; ``rr`` is
        the distance to the peak before in the same window.

    Raises
    ------
    RecordError
        If the record has no such lead.
    ParameterError
        If the refractory time is no number of seconds from 0 up.

    Examples
    --------
    >>> import numpy as np
    >>> spikes = np.tile(np.hanning(125)[:, None] ** 50, (30, 1))
    >>> beats = kachuee_beats(Record(spikes, fs=125, leads=("II",)))
    >>> len(beats), beats.waveforms.shape[1:]
    (27, (1, 187))
    """
    if not 0 <= refractory < _WINDOW:
        raise ParameterError(f"refractory={refractory:g} s is not possible; give seconds from 0 to below 10")
    signal = record.lead(lead or record.leads[0])[:, np.newaxis]
    level = resample(fill_missing(signal, record.fs), record.fs, HEARTBEAT_FS)[:, 0]
    n_times = round(_WINDOW * HEARTBEAT_FS)
    parts = [
        _cut_window(level[start : start + n_times], refractory).shifted(start)
        for start in range(0, len(level) - n_times + 1, n_times)
        if not _is_missing(signal, start / HEARTBEAT_FS, record.fs)
    ]
    cut = _Cut.joined(parts)
    samples = np.round(cut.peaks * (record.fs / HEARTBEAT_FS)).astype(np.int64)
    return Beats.of(
        cut.waveforms[:, np.newaxis],
        fs=HEARTBEAT_FS,
        samples=samples,
        rr=cut.rr,
        symbols=_nearest_symbols(samples, record.annotations, record.fs),
        patients=np.full(len(samples), record.patient),
        records=np.full(len(samples), record.name),
    )


@dataclass(frozen=True, eq=False)
class _Cut:
    """Beats cut from one window: (n, 187) samples, (n,) peaks at 125 Hz and (n,) intervals in seconds."""

    waveforms: npt.NDArray[np.float32]
    peaks: npt.NDArray[np.int64]
    rr: npt.NDArray[np.float32]

    def shifted(self, start: int) -> _Cut:
        return _Cut(self.waveforms, self.peaks + start, self.rr)

    @classmethod
    def joined(cls, parts: list[_Cut]) -> _Cut:
        parts = [_NOTHING, *parts]
        return cls(
            np.concatenate([part.waveforms for part in parts]),
            np.concatenate([part.peaks for part in parts]),
            np.concatenate([part.rr for part in parts]),
        )


_NOTHING: Final = _Cut(
    np.empty((0, HEARTBEAT_TIMES), np.float32), np.empty(0, np.int64), np.empty(0, np.float32)
)


def _cut_window(window: npt.NDArray[np.float32], refractory: float) -> _Cut:
    """Apply steps 2 to 7 of the recipe to one window of 10 s."""
    low, high = window.min(), window.max()
    if low == high:
        return _NOTHING
    unit = (window - low) / (high - low)
    distance = max(1, round(refractory * HEARTBEAT_FS))
    from scipy.signal import find_peaks

    peaks = find_peaks(unit, height=_THRESHOLD, distance=distance)[0]
    if len(peaks) < 2:
        return _NOTHING
    length = round(_PERIODS * float(np.median(np.diff(peaks))))
    rr = np.diff(peaks, prepend=np.nan) / HEARTBEAT_FS
    whole = peaks + length <= len(unit)
    kept = min(length, HEARTBEAT_TIMES)
    waveforms = np.zeros((int(whole.sum()), HEARTBEAT_TIMES), np.float32)
    waveforms[:, :kept] = unit[peaks[whole, np.newaxis] + np.arange(kept)]
    return _Cut(waveforms, peaks[whole], rr[whole].astype(np.float32))


def _is_missing(signal: npt.NDArray[np.float32], start: float, fs: float) -> bool:
    """Tell whether a sample is missing in the 10 s from ``start`` (in seconds)."""
    return bool(np.isnan(signal[round(start * fs) : round((start + _WINDOW) * fs)]).any())


def _nearest_symbols(
    samples: npt.NDArray[np.int64], annotations: Annotations | None, fs: float
) -> npt.NDArray[np.str_]:
    """Symbol of the annotated beat nearest to each sample; empty where none is near."""
    marks = None if annotations is None else annotations.beats()
    if marks is None or not len(marks):
        return np.full(len(samples), "", dtype="U1")
    after = np.searchsorted(marks.samples, samples).clip(0, len(marks) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(marks.samples[before] - samples) < np.abs(marks.samples[after] - samples)
    nearest = np.where(nearer, before, after)
    near = np.abs(marks.samples[nearest] - samples) <= MATCH_WINDOW * fs
    return np.where(near, marks.symbols[nearest], "")
