"""Rhythms that were observed in other people: their beat times and types, to be drawn with other beats.

People under anaesthesia (`ectopy.datasets.arrdb`) have the sinus arrhythmia, the runs and the first minutes
of fibrillation that nobody invents. Beats inside fibrillation and flutter are called S there, and are none.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.rr import median_rr
from ectopy.datasets.arrdb import BeatSequence, arrdb_cases, load_arrdb_beats
from ectopy.datasets.catalog import dataset, locate_file
from ectopy.training.rhythm_scripts import RhythmScript, supraventricular

MIN_BEATS: Final = 300
"""Fewest beats of a person that make a script."""

PREMATURE: Final = 0.92
"""Share of the median RR nearby above which a beat called S is an escape beat or a wrong label."""

MIN_ECTOPIC: Final = 6
"""Beats called S outside fibrillation from which on a person serves for supraventricular ectopy."""

ECTOPIC_SHARE: Final = 0.6
"""Share of the scripts that are of people with supraventricular ectopy; half of all people have some."""

MIN_VENTRICULAR: Final = 5
"""Ventricular beats that a recording must have to draw those of a script; else they are not learned."""

Classes = npt.NDArray[np.str_]


@cache
def observed_sequences() -> tuple[tuple[BeatSequence, ...], tuple[BeatSequence, ...]]:
    """Return the people of `arrdb` that may be learned from: with supraventricular ectopy, and all others.

    Raises
    ------
    DatasetError
        If it is not at hand.
    """
    locate_file("arrdb", next(iter(dataset("arrdb").files)))
    people = [load_arrdb_beats(case) for case in arrdb_cases()]
    people = [one for one in people if not one.kept_apart and len(one) >= MIN_BEATS]
    ectopic = [int(((one.beats == "S") & ~one.fibrillating).sum()) >= MIN_ECTOPIC for one in people]
    with_ectopy = tuple(one for one, yes in zip(people, ectopic, strict=True) if yes)
    return with_ectopy, tuple(one for one, yes in zip(people, ectopic, strict=True) if not yes)


def observed_script(classes: Classes, fs: float, rng: np.random.Generator) -> RhythmScript:
    """Write the script of a person's rhythm for the beats of a recording.

    Parameters
    ----------
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each recorded beat.
    fs : float
        Rate in Hz that intervals are counted in.
    rng : numpy.random.Generator
        Of all random numbers.

    Returns
    -------
    RhythmScript
        Of as many beats as the person has, ``n_beats`` at the most. Beats that are not learned from have an
        empty class: those of unknown type, escape beats, and ventricular ones where none was recorded.
    """
    with_ectopy, others = observed_sequences()
    people = with_ectopy if rng.random() < ECTOPIC_SHARE else others
    person = people[int(rng.integers(len(people)))]
    first = int(rng.integers(0, max(1, len(person) - len(classes))))
    return _script(person, slice(first, first + len(classes)), classes, fs, rng)


def _script(
    person: BeatSequence, chosen: slice, classes: Classes, fs: float, rng: np.random.Generator
) -> RhythmScript:
    times, fibrillating = person.times[chosen], person.fibrillating[chosen]
    seconds = np.diff(times, prepend=times[0] - 1)
    beats = _learned(person.beats[chosen], fibrillating, seconds)
    recorded, drawn = _recorded(beats, classes, rng)
    named = np.where(drawn, beats, "")
    script = supraventricular(seconds * fs, named, named == "S", rng)
    waves = seconds / rng.uniform(0.15, 0.28)
    return replace(
        script,
        p_scale=np.where(fibrillating, rng.uniform(-0.1, 0.15), script.p_scale),
        atrial_waves=np.where(fibrillating & (beats != "V"), waves, 0.0),
        recorded=recorded,
    )


def _learned(
    beats: Classes, fibrillating: npt.NDArray[np.bool_], seconds: npt.NDArray[np.float64]
) -> Classes:
    """Return the classes to learn: in fibrillation beats are normal; S must be early, or follow such."""
    usual = median_rr(np.where(beats == "S", np.nan, seconds).astype(np.float32), 15)
    usual = np.where(np.isfinite(usual), usual, np.median(seconds))
    late = (beats == "S") & (seconds > PREMATURE * usual)
    named = np.where(late | (beats == "U"), "", beats)
    return np.where(fibrillating & np.isin(beats, ("N", "S")), "N", named)


def _recorded(
    beats: Classes, classes: Classes, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Choose a recorded beat for each one: normal ones in turn, ventricular ones at random."""
    normal, ventricular = np.flatnonzero(classes == "N"), np.flatnonzero(classes == "V")
    recorded = np.resize(normal, len(beats))
    drawn = np.ones(len(beats), dtype=bool)
    wanted = beats == "V"
    if len(ventricular) >= MIN_VENTRICULAR:
        recorded[wanted] = rng.choice(ventricular, int(wanted.sum()))
    else:
        drawn[wanted] = False
    return recorded, drawn
