"""From samples to beats: detect, judge the signal, pick a lead for each beat, align, cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.alignment import cut_aligned
from ectopy.beats.windows import Beats, WindowSpec, beats_of, condition, cut_windows, window_centres
from ectopy.models.artifact import Artifact
from ectopy.models.qrs_detector import detect_qrs
from ectopy.record import Record
from ectopy.signal.filters import runs
from ectopy.signal.quality import FAULTS, Quality, assess

SPOILT: Final = 0.25
"""A lead serves a beat if less than this share of the window is missing, flat, clipped or noisy there."""

HIDDEN: Final = 0.25
"""Seconds of missing signal that can hide a beat: an interval across them is not an RR interval."""

NO_LEAD: Final = -1
"""In place of the second lead of a beat that only one lead shows well."""


@dataclass(frozen=True, eq=False)
class Extraction:
    """Every beat of a recording, on the lead that shows it best.

    Parameters
    ----------
    beats : Beats
        Waveforms of shape (n_beats, 1, n_times) in mV; ``rr`` is NaN also for the beat after a stretch in
        which every lead is missing.
    leads : ndarray of int64, shape (n_beats,)
        Column of the lead that each beat was cut from: the first whose signal is good there, otherwise
        the least spoilt.
    quality : ndarray of str, shape (n_beats,)
        ``good``, or what spoils most of the window on that lead.
    flags : ndarray of uint8, shape (n_samples, n_leads)
        `Quality` of every sample.
    averages : ndarray of float32, shape (n_leads, n_times)
        Median beat of each lead.
    again : Beats
        The same beats on a second lead; on the first one where no other is good.
    second : ndarray of int64, shape (n_beats,)
        Column of that lead: the next whose signal is good there, `NO_LEAD` where there is none.
    """

    beats: Beats
    leads: npt.NDArray[np.int64]
    quality: npt.NDArray[np.str_]
    flags: npt.NDArray[np.uint8]
    averages: npt.NDArray[np.float32]
    again: Beats
    second: npt.NDArray[np.int64]


def extract_beats(
    record: Record,
    window: WindowSpec,
    model: Artifact | None = None,
    r_peaks: npt.NDArray[np.int64] | None = None,
) -> Extraction:
    """Find the beats of a recording and cut each from the lead that shows it best.

    Parameters
    ----------
    record : Record
        Any rate, any leads; NaN where missing.
    window : WindowSpec
        Rate and extent of the windows.
    model : Artifact, optional
        The QRS detector; the shipped one by default.
    r_peaks : ndarray of int64, shape (n_beats,), optional
        R peaks that are known, rising: nothing is detected, and no beat is moved to fit the others.

    Returns
    -------
    Extraction
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        finding = pool.submit(_detect, record, model, r_peaks)
        assessing = pool.submit(assess, record.signal, record.fs)
        levelling = pool.submit(condition, record.signal, record.fs, window.fs)
        samples, flags, level = finding.result(), assessing.result(), levelling.result()
    shares = spoilt_shares(flags, samples, window, record.fs)
    leads = _choose_leads(shares.sum(axis=2))
    second = _second_leads(shares.sum(axis=2), leads)
    every = np.arange(len(samples))
    centres = window_centres(samples, record.fs, window.fs)
    if r_peaks is None:
        waveforms, lags = cut_aligned(level, centres, window)
        moved = samples + np.rint(lags[every, leads] * record.fs / window.fs).astype(np.int64)
        samples = np.maximum.accumulate(moved.clip(0, record.n_samples - 1))
    else:
        waveforms = cut_windows(level, centres, window)
    cut = beats_of(record, samples, waveforms[every, leads][:, np.newaxis], window.fs)
    beats = _forget_hidden(cut, flags, record.fs)
    return Extraction(
        beats=beats,
        leads=leads,
        quality=_label(shares[every, leads]),
        flags=flags,
        averages=_averages(level, centres, window),
        again=_on(np.where(second == NO_LEAD, leads, second), beats, level, record.fs, window),
        second=second,
    )


def _detect(
    record: Record, model: Artifact | None, r_peaks: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.int64]:
    if r_peaks is not None:
        return r_peaks
    return detect_qrs(record.signal, record.fs, model=model)


def _on(
    leads: npt.NDArray[np.int64], beats: Beats, level: npt.NDArray[np.float32], fs: float, window: WindowSpec
) -> Beats:
    """Return the beats as other leads show them, at the same instants; ``level`` has all leads.

    Each lead aligned for itself would put a QRS where that lead alone is steep, and the P wave out of place.
    """
    if level.shape[1] == 1:
        return beats
    cut = cut_windows(level, window_centres(beats.samples, fs, window.fs), window)
    return replace(beats, waveforms=cut[np.arange(len(leads)), leads][:, np.newaxis])


def spoilt_shares(
    flags: npt.NDArray[np.uint8], samples: npt.NDArray[np.int64], window: WindowSpec, fs: float
) -> npt.NDArray[np.float32]:
    """Return which share of each beat's window each fault takes, shape (n_beats, n_leads, 4)."""
    before, after = (round(n * fs / window.fs) for n in (window.before, window.after))
    starts = np.clip(samples - before, 0, max(0, len(flags) - before - after))
    view = np.lib.stride_tricks.sliding_window_view(flags, min(before + after, len(flags)), axis=0)
    cut = view[starts]
    shares = [((cut & np.uint8(fault)) > 0).mean(axis=2, dtype=np.float32) for fault in FAULTS]
    return np.stack(shares, axis=2)


def _forget_hidden(beats: Beats, flags: npt.NDArray[np.uint8], fs: float) -> Beats:
    """Leave open the RR intervals in which a beat may have gone unseen."""
    starts, stops = runs(np.all(flags & np.uint8(Quality.MISSING), axis=1))
    long = stops - starts >= HIDDEN * fs
    after = np.searchsorted(beats.samples, np.concatenate([starts[long], stops[long]]))
    rr = beats.rr.copy()
    rr[after[after < len(rr)]] = np.nan
    return replace(beats, rr=rr)


def _choose_leads(spoilt: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    good = spoilt < SPOILT
    return np.where(good.any(axis=1), good.argmax(axis=1), spoilt.argmin(axis=1))


def _second_leads(spoilt: npt.NDArray[np.float32], leads: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    good = spoilt < SPOILT
    good[np.arange(len(leads)), leads] = False
    return np.where(good.any(axis=1), good.argmax(axis=1), NO_LEAD)


def _label(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.str_]:
    names = np.array([fault.word for fault in FAULTS.values()])
    return np.where(shares.sum(axis=1) < SPOILT, "good", names[shares.argmax(axis=1)])


def _averages(
    level: npt.NDArray[np.float32], centres: npt.NDArray[np.int64], window: WindowSpec, most: int = 500
) -> npt.NDArray[np.float32]:
    if not len(centres):
        return np.zeros((level.shape[1], window.n_times), np.float32)
    some = centres[:: max(1, len(centres) // most)]
    return np.median(cut_windows(level, some, window), axis=0)
