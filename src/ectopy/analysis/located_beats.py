"""The leads that show each beat best, and where it fits the patient template on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import CutBeats, nearest_samples, slack
from ectopy.beats.alignment import template_lags
from ectopy.beats.rr import rr_intervals
from ectopy.beats.template import quick_median
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.rhythm.usual_qrs import usual_qrs
from ectopy.signal.quality import FAULTS, Quality

SPOILT: Final = 0.25
"""A lead serves a beat if less than this share of the window is missing, flat, clipped or noisy there."""

HIDDEN: Final = 0.25
"""Seconds of missing signal that can hide a beat: an interval across them is not an RR interval."""

TYPICAL_BEATS: Final = 5
"""Fewest whole beats whose median is the usual one."""

NO_LEAD: Final = -1
"""In place of the second lead of a beat that only one lead shows well."""

BELIEVED: Final = 0.3
"""Difference from the usual QRS, as a share of its size, up to which a beat in what looks like artefact is
seen. In electrode motion as loud as the beats, or twice (NSTDB 118e00, 118e_6), 3 of 382 detections that are
no beats come as near, and 38 of 632 that are."""

_SHAKING: Final = [list(FAULTS).index(fault) for fault in (Quality.ARTEFACT, Quality.UNREADABLE)]
"""Numbers of the faults beside which no beat is called ectopic: they look ectopic, and hide what is."""

GOOD: Final = -1
"""In place of the number of a fault where nothing is wrong."""

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LocatedBeats:
    """Beats of one part where they are and on the leads that show them best.

    Parameters
    ----------
    beats : Beats
        Waveforms of shape (n_beats, 1, n_times) in mV on the best lead; ``rr`` is NaN also where a beat may
        have gone unseen.
    lead, second : ndarray of int64, shape (n_beats,)
        Column of that lead, and of the next best whose signal is good, `NO_LEAD` where there is none.
    again : Beats
        The same beats on the second lead, at the same instants; on the first one where there is no other.
    fault : ndarray of int64, shape (n_beats,)
        Number of the fault that spoils most of the window on the best lead, or `GOOD`.
    readable, shaken : ndarray of bool, shape (n_beats,)
        Whether that lead shows the whole QRS outside artefact, and whether there is artefact in its window.
    artefact : ndarray of float32, shape (n_beats,)
        Probability of artefact on that lead.
    """

    beats: Beats
    lead: Rows
    second: Rows
    again: Beats
    fault: Rows
    readable: npt.NDArray[np.bool_]
    shaken: npt.NDArray[np.bool_]
    artefact: Floats

    @property
    def blind(self) -> npt.NDArray[np.bool_]:
        """Which beats have a best lead that does not show their whole QRS, shape (n_beats,)."""
        return ~self.readable

    def readable_ones(self) -> LocatedBeats:
        """Return the beats that can be read, the intervals between neighbours of them alone."""
        after_blind = np.append(False, self.blind[:-1])
        rr = np.where(after_blind, np.float32(np.nan), self.beats.rr)
        known = replace(self, beats=replace(self.beats, rr=rr), again=replace(self.again, rr=rr))
        return known[self.readable]

    def __getitem__(self, rows: slice | npt.NDArray[np.bool_]) -> LocatedBeats:
        return LocatedBeats(*(column[rows] for column in vars(self).values()))


def locate(
    cut: CutBeats, fs: float, window: WindowSpec, blind: npt.NDArray[np.int64], *, move: bool = True
) -> LocatedBeats:
    """Choose the leads of each beat and move it to where it fits the patient template.

    Parameters
    ----------
    cut : CutBeats
        Consecutive beats.
    fs : float
        Sampling frequency of the recording in Hz.
    window : WindowSpec
        How the beats are cut.
    blind : ndarray of int64, shape (n, 2)
        Start and stop of the stretches in which every lead is missing.
    move : bool
        Whether beats may be moved; not where the R peaks were given.
    """
    cut = replace(cut, windows=_completed(cut.windows, cut.recorded))
    spoilt = cut.spoilt.sum(axis=2) + ~cut.readable
    lead = _best_leads(spoilt)
    second = _second_leads(spoilt, lead)
    every = np.arange(len(cut))
    lags = _lags(cut, window, lead) if move else np.zeros(len(cut), np.int64)
    peaks = _moved(cut.r_peaks, lags, fs / window.fs)
    samples = nearest_samples(peaks)
    beats = Beats.of(
        _windows(cut, lead, lags, window)[:, np.newaxis],
        fs=window.fs,
        samples=samples,
        r_peaks=peaks,
        rr=_known_rr(peaks, fs, blind),
    )
    believed = _believed(cut, beats, lead, window)
    spoilt = np.where(believed[:, np.newaxis], np.float32(0), cut.spoilt[every, lead])
    other = _windows(cut, np.where(second == NO_LEAD, lead, second), lags, window)
    return LocatedBeats(
        beats=beats,
        lead=lead,
        second=second,
        again=replace(beats, waveforms=other[:, np.newaxis]) if cut.windows.shape[1] > 1 else beats,
        fault=_faults(spoilt),
        readable=cut.readable[every, lead] | believed,
        shaken=spoilt[:, _SHAKING].max(axis=1, initial=0) > 0,
        artefact=cut.artefact[every, lead],
    )


def _believed(cut: CutBeats, beats: Beats, lead: Rows, window: WindowSpec) -> npt.NDArray[np.bool_]:
    """Return which beats are seen in what the signal classifier takes for artefact: they have the usual QRS.

    It looks at seconds, and knows neither a heart of twenty beats a minute nor what this person's beats are.
    """
    shown, readable = (each[np.arange(len(cut)), lead] for each in (cut.shown, cut.readable))
    hidden = shown & ~readable
    if not hidden.any():
        return hidden
    seen = usual_qrs(beats, window.before, lead, shown, hidden, same=BELIEVED)
    return seen & ((seen | (shown & readable)).sum() >= shown.sum() / 2)


def _completed(windows: Floats, recorded: Rows) -> Floats:
    """Go on as the usual beat does where a recording begins or ends within a window.

    What was recorded is to decide what a beat is: a T wave that nobody saw is not to make it unusual. The
    difference from the usual beat at the end of the recording fades until that of the window.
    """
    first, last = recorded.T
    length = windows.shape[2]
    whole = (first == 0) & (last == length)
    if whole.all() or whole.sum() < TYPICAL_BEATS:
        return windows
    usual = quick_median(windows[whole], axis=0)
    completed = windows.copy()
    for row in np.flatnonzero(~whole):
        for edge, side in ((first[row], slice(first[row])), (last[row] - 1, slice(last[row], None))):
            missing = np.arange(length)[side]
            fading = 1 - np.abs(missing - edge) / np.float32(len(missing) + 1)
            difference = windows[row, :, edge] - usual[:, edge]
            completed[row, :, side] = usual[:, side] + difference[:, np.newaxis] * fading
    return completed


def _best_leads(spoilt: Floats) -> Rows:
    """Return the first lead whose signal is good around each beat, otherwise the least spoilt."""
    good = spoilt < SPOILT
    return np.where(good.any(axis=1), good.argmax(axis=1), spoilt.argmin(axis=1))


def _second_leads(spoilt: Floats, lead: Rows) -> Rows:
    good = spoilt < SPOILT
    good[np.arange(len(lead)), lead] = False
    return np.where(good.any(axis=1), good.argmax(axis=1), NO_LEAD)


def _faults(spoilt: Floats) -> Rows:
    return np.where(spoilt.sum(axis=1) < SPOILT, GOOD, spoilt.argmax(axis=1))


def _lags(cut: CutBeats, window: WindowSpec, lead: Rows) -> Rows:
    """Return by how many samples each beat must move to fit the patient template of its lead."""
    lags = np.zeros(len(cut), np.int64)
    for each in np.unique(lead).tolist():
        rows = lead == each
        lags[rows] = template_lags(cut.windows[:, each], window, slack(window))[rows]
    return lags


def _windows(cut: CutBeats, lead: Rows, shift: Rows, window: WindowSpec) -> Floats:
    """Return one lead of each beat, its window moved by so many samples."""
    places = np.lib.stride_tricks.sliding_window_view(cut.windows, window.n_times, axis=2)
    return places[np.arange(len(cut)), lead, slack(window) + shift]


def _moved(peaks: npt.NDArray[np.float64], lags: Rows, ratio: float) -> npt.NDArray[np.float64]:
    """Move R peaks to where their beats fit the template; a lag of one window sample is but its rounding."""
    moved = np.where(np.abs(lags) > 1, peaks + lags * ratio, peaks)
    return np.maximum.accumulate(moved.clip(0))


def _known_rr(samples: npt.NDArray[np.float64], fs: float, blind: npt.NDArray[np.int64]) -> Floats:
    """Return RR intervals; those in which a beat may have gone unseen are unknown."""
    rr = rr_intervals(samples, fs)
    long = blind[blind[:, 1] - blind[:, 0] >= HIDDEN * fs]
    after = np.searchsorted(samples, long.ravel())
    rr[after[after < len(rr)]] = np.nan
    return rr
