"""Class, symbol and interval of each beat, from probabilities, scores, episodes and a reviewer's labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.portions import in_portions
from ectopy.labels import SCHEMES
from ectopy.rhythm.episodes import ATRIAL_KINDS, NO_SINUS_KINDS, VENTRICULAR_PACING, Episode, inside_episodes

PACED, PACED_CLASS = "/", "Q"
"""Symbol and AAMI class of a paced beat."""

NOT_JUDGED: Final = "?"
"""Class and symbol of a beat that nobody could judge."""

_CLASS_OF_CODE: Final = np.array(
    [
        "" if code == 0 else NOT_JUDGED if chr(code) == NOT_JUDGED else SCHEMES["bxb"].get(chr(code), "")
        for code in range(128)
    ]
)
"""AAMI class of a symbol by its character code: a day of beats is looked up in a millisecond."""

Names = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def sealed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array that cannot be written into: a change there would reach no count and no output."""
    view = array.view()
    view.flags.writeable = False
    return view


def label_classes(labels: Names) -> Names:
    """Return the AAMI class of each label, empty where there is none, ``?`` where it says *not judged*."""
    codes = np.ascontiguousarray(labels, "<U1").view(np.uint32)
    return _CLASS_OF_CODE[codes]


def most_probable(names: Names, probabilities: Floats, judged: Flags) -> Names:
    """Return the name of the most probable class of each beat, ``?`` if not judged."""
    return np.where(judged, names[probabilities.argmax(axis=1)], NOT_JUDGED)


def probable_classes(
    class_names: Sequence[str],
    probabilities: Floats,
    judged: Flags,
    samples: npt.NDArray[np.int64],
    episodes: Sequence[Episode],
) -> Names:
    """Return the most probable class of each beat.

    N in place of S in atrial rhythms; Q, as AAMI has it, for a paced beat; ``?`` if not judged.
    """
    names = np.array(class_names)
    probable = (names[some.argmax(axis=1)] for _, some in in_portions(probabilities))
    named = np.concatenate([names[:0], *probable])
    named[inside_episodes(samples, episodes, ATRIAL_KINDS) & (named == "S")] = "N"
    named[inside_episodes(samples, episodes, (VENTRICULAR_PACING,))] = PACED_CLASS
    named[~judged] = NOT_JUDGED
    return named


def after_another(flags: Flags) -> Flags:
    """Return which beats, and the beat before each, are flagged."""
    return flags & np.append(False, flags[:-1])[: len(flags)]


def normal_intervals(
    classes: Names, rr: Floats, samples: npt.NDArray[np.int64], episodes: Sequence[Episode]
) -> Floats:
    """Return the intervals between consecutive beats of class N in sinus rhythm, NaN elsewhere."""
    normal = np.equal(classes, "N") & ~inside_episodes(samples, episodes, NO_SINUS_KINDS)
    return np.where(after_another(normal), rr, np.float32(np.nan))
