"""One-to-one matching of two lists of beats, by nearest neighbour in a window.

The rule of ANSI/AAMI EC57: the earlier of the two current beats is matched with the current beat of the other
list if they are no further apart than the window, unless the beat that follows the earlier one in its own
list is as near or nearer to that beat, and no nearer to the one that comes next in the other list. Otherwise
it stays alone. Either way the walk goes on, so no beat is ever used twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError, ParameterError

ALONE: Final = -1
"""Stands for the missing partner of a beat that has none."""

_NEVER: Final = 1 << 62

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matching:
    """Which reference beat belongs to which test beat, as events in the order of time.

    Parameters
    ----------
    reference, test : ndarray of int64, shape (n_events,)
        Index of the beat in its own list; `ALONE` (-1) where the event has none from that list.
    """

    reference: Indices
    test: Indices

    def __len__(self) -> int:
        return len(self.reference)

    @property
    def matched(self) -> npt.NDArray[np.bool_]:
        """Whether each event is a pair; shape (n_events,)."""
        return (self.reference != ALONE) & (self.test != ALONE)

    @property
    def pairs(self) -> Indices:
        """Indices of the matched beats, shape (n_pairs, 2): reference, test."""
        return np.column_stack([self.reference, self.test])[self.matched]

    @property
    def missed(self) -> Indices:
        """Indices of the reference beats that have no partner."""
        return self.reference[self.test == ALONE]

    @property
    def extra(self) -> Indices:
        """Indices of the test beats that have no partner."""
        return self.test[self.reference == ALONE]


def match_beats(reference_samples: npt.ArrayLike, test_samples: npt.ArrayLike, window: int) -> Matching:
    """Match beats one to one, nearest neighbours first come.

    Parameters
    ----------
    reference_samples, test_samples : array_like of int, shape (n,) and (m,)
        Times of the beats in samples, not decreasing.
    window : int
        Greatest distance of a pair, in samples.

    Returns
    -------
    Matching
        One event a pair, a missed reference beat or an extra test beat.

    Raises
    ------
    ParameterError
        If the window is negative.
    AnnotationError
        If one of the lists goes backwards.

    Notes
    -----
    Where two beats of one list are equally near to one of the other, the later is its partner, but a test
    beat at the very sample of a reference beat is taken at once.

    Examples
    --------
    >>> found = match_beats([100, 400, 700], [90, 380, 405, 1000], window=54)
    >>> found.pairs.tolist(), found.missed.tolist(), found.extra.tolist()
    ([[0, 0], [1, 2]], [2], [1, 3])
    """
    if window < 0:
        raise ParameterError(f"window={window} is negative; give a number of samples from 0 on")
    ours, theirs = _in_order("reference", reference_samples), _in_order("test", test_samples)
    stretches = np.array(_walk(ours, theirs, window), dtype=np.int64).reshape(-1, 3)
    reference, test, lengths = stretches.T
    places = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Matching(np.repeat(reference, lengths) + places, np.repeat(test, lengths) + places)


def _in_order(name: str, samples: npt.ArrayLike) -> Indices:
    times = np.asarray(samples, dtype=np.int64)
    backwards = np.flatnonzero(np.diff(times) < 0)
    if len(backwards):
        before, after = times[backwards[0] : backwards[0] + 2]
        raise AnnotationError(f"{name}_samples: {after} stands after {before}; sort the beats by sample")
    return times


def _walk(reference: Indices, test: Indices, window: int) -> list[tuple[int, int, int]]:
    """Return stretches of events: the first beat of either list, or `ALONE`, and how many follow."""
    n_reference, n_test = len(reference), len(test)
    ours, theirs = [*reference.tolist(), _NEVER, _NEVER], [*test.tolist(), _NEVER, _NEVER]
    partners, ends = _plain_pairs(reference, test, window)
    stretches: list[tuple[int, int, int]] = []
    i = j = 0
    while i < n_reference or j < n_test:
        t, a = ours[i], theirs[j]
        if partners[i] == j:
            n = ends[i] - i
        elif t <= a:
            n = a - t <= window and _is_pair(t, a, ours[i + 1], theirs[j + 1])
        else:
            n = t - a <= window and _is_pair(a, t, theirs[j + 1], ours[i + 1])
        if n:
            stretches.append((i, j, n))
            i, j = i + n, j + n
        elif t <= a:
            stretches.append((i, ALONE, 1))
            i += 1
        else:
            stretches.append((ALONE, j, 1))
            j += 1
    return stretches


def _plain_pairs(reference: Indices, test: Indices, window: int) -> tuple[list[int], list[int]]:
    """Find the beats that see one beat of the other list in the window, and are the only one that it sees.

    Such two are a pair whatever stands around them. Returned are, for each reference beat and one more, its
    partner (`ALONE` if it has no plain one), and where the stretch of consecutive plain pairs ends.
    """
    first, n_seen = _seen(test, reference, window)
    _, n_seen_back = _seen(reference, test, window)
    plain = n_seen == 1
    plain[plain] = n_seen_back[first[plain]] == 1
    shift = np.where(plain, first - np.arange(len(first)), _NEVER)
    breaks = np.append(np.flatnonzero(np.diff(shift)) + 1, len(shift))
    ends = breaks[np.searchsorted(breaks, np.arange(len(shift)), side="right")]
    return [*np.where(plain, first, ALONE).tolist(), ALONE], ends.tolist()


def _seen(beats: Indices, places: Indices, window: int) -> tuple[Indices, Indices]:
    """Return, for each place, the first beat within the window, and how many there are."""
    first = np.searchsorted(beats, places - window, side="left")
    return first, np.searchsorted(beats, places + window, side="right") - first


def _is_pair(earlier: int, later: int, after_earlier: int, after_later: int) -> bool:
    """Tell whether nothing keeps two current beats apart that lie within the window."""
    distance, rival = later - earlier, abs(after_earlier - later)
    return not distance or distance < rival or abs(after_earlier - after_later) < rival
