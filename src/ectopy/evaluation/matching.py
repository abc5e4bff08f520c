"""One-to-one matching of two lists of beats, by nearest neighbour in a window.

The rule of ANSI/AAMI EC57: the earlier of the two current beats is matched with the current beat of the other
list if they are no further apart than the window, unless the beat that follows the earlier one in its own
list is as near or nearer to that beat and has no still nearer beat to go to: the one that comes next in the
other list. Otherwise it stays alone. Either way the walk goes on, so no beat is ever used twice.
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
    events = _walk(_in_order("reference", reference_samples), _in_order("test", test_samples), window)
    table = np.array(events, dtype=np.int64).reshape(-1, 2)
    return Matching(table[:, 0], table[:, 1])


def _in_order(name: str, samples: npt.ArrayLike) -> list[int]:
    times = np.asarray(samples, dtype=np.int64)
    backwards = np.flatnonzero(np.diff(times) < 0)
    if len(backwards):
        before, after = times[backwards[0] : backwards[0] + 2]
        raise AnnotationError(f"{name}_samples: {after} stands after {before}; sort the beats by sample")
    return [int(time) for time in times]


def _walk(reference: list[int], test: list[int], window: int) -> list[tuple[int, int]]:
    n_reference, n_test = len(reference), len(test)
    ours, theirs = [*reference, _NEVER, _NEVER], [*test, _NEVER, _NEVER]
    events: list[tuple[int, int]] = []
    i = j = 0
    while i < n_reference or j < n_test:
        t, a = ours[i], theirs[j]
        if t <= a:
            distance, rival = a - t, abs(ours[i + 1] - a)
            elsewhere = abs(ours[i + 1] - theirs[j + 1])
        else:
            distance, rival = t - a, abs(theirs[j + 1] - t)
            elsewhere = abs(theirs[j + 1] - ours[i + 1])
        if distance <= window and (distance < rival or elsewhere < rival):
            events.append((i, j))
            i, j = i + 1, j + 1
        elif t <= a:
            events.append((i, ALONE))
            i += 1
        else:
            events.append((ALONE, j))
            j += 1
    return events
