"""Which beats are P waves that no QRS followed, or the T wave of the beat before, by the beats around them.

A detector that sees a P wave alone for many seconds, in ventricular standstill, has nothing to tell it from a
small beat, nor a tall T wave before a pause. The other beats do: it looks like what stands before their QRS,
or after it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.parts import centred, straightened
from ectopy.beats.template import quick_median

P_PLACES: Final = (-0.30, -0.11)
"""Seconds from an R peak in which the top of its P wave lies."""

T_PLACES: Final = (0.18, 0.41)
"""Seconds from an R peak in which a top of its T wave lies that can be taken for a beat."""

T_SHIFT: Final = 0.03
"""Seconds by which the T wave of one beat comes sooner or later than usual."""

SELDOM: Final = 0.3
"""Share of the beats that may follow the one before as a T wave does, or so soon after that they are seen
there; of more than these, in a fast rhythm or a bigeminy, the usual beat shows the next one where its T wave
would be."""

HALF: Final = 0.07
"""Seconds on each side of its top that hold a P wave, or the summit of a T wave."""

SAME: Final = 0.35
"""Difference from the usual wave, as a share of its size, below which a wave is one."""

LOW: Final = 0.5
"""Share of the height of the usual QRS that neither a P wave nor what follows it reaches."""

VISIBLE: Final = 0.04
"""Share of the height of the usual QRS below which a wave cannot be compared."""

FOLLOWED: Final = 0.34
"""Seconds after a P wave in which its QRS comes, if it is conducted."""

QRS: Final = (-0.06, 0.1)
"""Seconds from the R peak that hold the QRS."""

LATEST_T: Final = 0.62
"""Seconds after an R peak until which the top of its T wave, or of a U wave, may lie."""

SUMMIT: Final = 0.08
"""Seconds on each side of its top that hold the most of such a wave."""

REST: Final = (0.14, 0.38)
"""Seconds after a beat in which its T wave lies; a T wave has none of its own."""

BEFORE_NEXT: Final = 0.2
"""Seconds before the next beat in which its P wave may lie."""

REST_UNTIL: Final = 0.34
"""Seconds after a beat until which the rest must be seen: until the top of most T waves."""

RESTING: Final = 0.1
RISING: Final = 0.2
"""Height of what follows a wave, as a share of its own, below which nothing follows, without a slope and with
it: after a ventricular beat the level comes back slowly from below."""

GENTLE: Final = 22.0
"""Steepness of a wave, in its heights per second, below which it may be a T wave.

With the other conditions this costs none of the beats of MIT-BIH, on the first lead or on both."""

SHARPER: Final = 1.5
"""Times as steep, in its heights per second, the beat is to which a T wave belongs."""

GENTLER: Final = 0.5
"""Share of the steepness of the usual QRS, each in its heights per second, that a P wave of a heart in block
reaches at the most. With `LOW` and nothing after it none of the beats of DS1 is one, on one lead or two."""

MIN_BEATS: Final = 8
"""Fewer beats tell no usual one."""

Floats = npt.NDArray[np.float32]
Seconds = npt.NDArray[np.float64]


def stray_waves(windows: Floats, rr: Seconds, fs: float, peak: int) -> npt.NDArray[np.bool_]:
    """Return which beats are P or T waves.

    Parameters
    ----------
    windows : ndarray of float32, shape (n_beats, n_leads, n_times)
        Consecutive beats of one recording in mV, most of them beats.
    rr : ndarray of float64, shape (n_beats,)
        Seconds since the beat before, NaN where there is none.
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the detected peak; where the windows do not reach back to a P wave, none is told from a beat.

    Returns
    -------
    ndarray of bool, shape (n_beats,)

    Examples
    --------
    >>> time = np.arange(-48, 48) / 120
    >>> qrs = np.exp(-0.5 * (time / 0.01) ** 2)
    >>> early, alone = (0.3 * np.exp(-0.5 * ((time - at) / 0.025) ** 2) for at in (-0.17, 0))
    >>> beats = np.stack([early + qrs] * 9 + [alone])[:, np.newaxis]
    >>> np.flatnonzero(stray_waves(beats.astype(np.float32), np.full(10, 0.8), 120, 48)).tolist()
    [9]
    """
    is_short = peak < round(SUMMIT * fs) or windows.shape[-1] - peak <= round(max(QRS[1], SUMMIT) * fs)
    if is_short:
        return np.zeros(len(windows), bool)
    heights, steepness = _summits(windows, fs, peak)
    gentle = _gentle_as_t_waves(steepness, rr)
    if len(windows) < MIN_BEATS:
        return _followed_by_rest(windows, heights, rr, fs, peak, gentle)
    usual = quick_median(windows, axis=0)
    sizes = np.ptp(_part(usual, peak, fs, *QRS), axis=-1)
    lead = int(sizes.argmax())
    size = float(sizes[lead])
    low = steepness <= GENTLER * _summits(usual[np.newaxis], fs, peak)[1]
    low[low] = np.ptp(_part(windows[low], peak, fs, *QRS), axis=-1).max(axis=1) < LOW * size
    gentle |= low
    stray = _followed_by_rest(windows, heights, rr, fs, peak, gentle)
    asked = np.flatnonzero(_lower(windows[:, lead], size, fs, peak))
    first, last = (round(second * fs) for second in P_PLACES)
    places = np.arange(first, last + 1)
    if len(asked):
        stray[asked] |= _alike(windows[asked], usual, lead, size, fs, peak, places).any(axis=1)
    late = np.flatnonzero((rr >= T_PLACES[0]) & (rr <= T_PLACES[1]))
    n_shown = ((rr >= T_PLACES[0]) & (rr <= T_PLACES[1] + T_SHIFT + HALF)).sum()
    if not len(late) or n_shown > SELDOM * len(windows):
        return stray
    since, shift = np.rint(rr[late] * fs).astype(np.int64), round(T_SHIFT * fs)
    places = np.arange(since.min() - shift, since.max() + shift + 1)
    near = np.abs(places - since[:, np.newaxis]) <= shift
    stray[late] |= (near & _alike(windows[late], usual, lead, size, fs, peak, places)).any(axis=1)
    return stray


def _summits(windows: Floats, fs: float, peak: int) -> tuple[Floats, Floats]:
    """Return the height of each wave, and how steep its steepest part is, in such heights per second."""
    summits = _part(windows, peak, fs, -SUMMIT, SUMMIT)
    heights = np.maximum(np.ptp(summits, axis=-1).max(axis=1), np.float32(1e-6))
    steepest = np.abs(np.diff(summits, axis=-1)).max(axis=(1, 2))
    return heights, np.asarray(steepest * np.float32(fs) / heights)


def _gentle_as_t_waves(steepness: Floats, rr: Seconds) -> npt.NDArray[np.bool_]:
    """Return which waves come when a T wave does, and are much gentler than the beat before."""
    before = np.append(np.float32(0), steepness[:-1])
    late = (rr >= T_PLACES[0]) & (rr <= LATEST_T)
    return late & (steepness < GENTLE) & (before >= SHARPER * steepness)


def _followed_by_rest(
    windows: Floats, heights: Floats, rr: Seconds, fs: float, peak: int, asked: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return after which of some waves nothing happens until the next P wave, so that they are no QRS."""
    resting, following = asked.copy(), np.append(rr[1:], np.inf)
    for beat in np.flatnonzero(asked).tolist():
        stop = min(REST[1], following[beat] - BEFORE_NEXT)
        rest = _part(windows[beat], peak, fs, REST[0], stop)
        seen = stop >= REST_UNTIL and rest.shape[-1] >= (REST_UNTIL - REST[0]) * fs
        resting[beat] = seen and _is_level(rest, float(heights[beat]))
    return resting


def _is_level(rest: Floats, height: float) -> bool:
    """Whether nothing of a share of a height happens on any lead."""
    waves, slopes = (np.ptp(part, axis=-1).max() for part in (straightened(rest.astype(np.float64)), rest))
    return bool(waves < RESTING * height and slopes < RISING * height)


def _lower(lead: Floats, size: float, fs: float, peak: int) -> npt.NDArray[np.bool_]:
    """Whether neither the wave nor what follows it is as high as a QRS."""
    reached = [np.ptp(_part(lead, peak, fs, *part), axis=-1) for part in (QRS, (QRS[1], FOLLOWED))]
    return np.asarray(np.maximum(*reached) < LOW * size)


def _alike(
    windows: Floats,
    usual: Floats,
    lead: int,
    size: float,
    fs: float,
    peak: int,
    places: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Whether waves look like the usual beat so many samples from its R peak, on all leads together.

    Of shape (n_waves, n_places); False where the windows do not reach, or no wave can be seen.
    """
    half = round(HALF * fs)
    around = np.lib.stride_tricks.sliding_window_view(usual, 2 * half + 1, axis=-1).transpose(1, 0, 2)
    first = peak + places - half
    waves = centred(around[np.clip(first, 0, len(around) - 1)])
    visible = (first >= 0) & (first < len(around)) & (np.ptp(waves[:, lead], axis=-1) >= VISIBLE * size)
    waves = waves.reshape(len(places), -1)
    own = centred(_part(windows, peak, fs, -HALF, HALF)).reshape(-1, 1, waves.shape[1])
    alike = np.linalg.norm(own - waves, axis=2) <= SAME * np.linalg.norm(waves, axis=1)
    return np.asarray(alike & visible)


def _part(windows: Floats, peak: int, fs: float, start: float, stop: float) -> Floats:
    return windows[..., max(0, peak + round(start * fs)) : peak + round(stop * fs) + 1]
