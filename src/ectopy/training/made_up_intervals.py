"""Intervals of irregular rhythms that are no fibrillation, made up where the records lack them.

Breathing, blocked beats, exercise, premature beats of young and old, ventricular beats in groups.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.labels import VENTRICULAR

UNNAMED: Final = 0.35
"""Share of the ventricular beats that are called normal where an analysis is to know not all of them."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]

BeatIntervals = tuple[Floats, Names]
"""Seconds since the beat before, and the AAMI class of each beat."""


def made_up_intervals(n: int, rng: np.random.Generator) -> Floats:
    """Return intervals of an irregular rhythm that is no fibrillation, in seconds, shape (n,)."""
    base = rng.uniform(0.55, 1.1)
    makers = (_breathing, _wenckebach, _exercise, _premature, _dropped)
    return np.clip(makers[rng.integers(len(makers))](n, base, rng), 0.25, 2.9).astype(np.float32)


def grouped_intervals(n: int, rng: np.random.Generator) -> BeatIntervals:
    """Return intervals with a ventricular beat in each group of two to five; some of those are called normal.

    Parameters
    ----------
    n : int
        Beats.
    rng : numpy.random.Generator
        Of all that is drawn.
    """
    base, size, depth = rng.uniform(0.5, 1.1), int(rng.integers(2, 5)), rng.uniform(0, 0.08)
    early = rng.uniform(0.5, 0.75)
    rr: list[float] = []
    classes: list[str] = []
    while len(rr) < n:
        if rng.random() < 0.08:  # the groups change at times
            size = int(rng.integers(2, 6))
        if rng.random() < 0.1:
            early = rng.uniform(0.5, 0.75)
        sinus = base * np.exp(depth * np.sin(0.5 * len(rr)))
        pause = 2 - early if rng.random() < 0.8 else rng.uniform(1, 1.6)
        rr += [*[sinus] * (size - 2), early * sinus, pause * sinus]
        classes += [*["N"] * (size - 2), "V", "N"]
    seconds = np.array(rr[:n]) * np.exp(rng.uniform(0.007, 0.035) * rng.standard_normal(n))
    unnamed = float(rng.choice([0.1, UNNAMED, 0.6, 1.0]))
    return seconds.astype(np.float32), partly_named(np.array(classes[:n]), unnamed, rng)


def all_normal(rr: Floats) -> BeatIntervals:
    """Return intervals between normal beats."""
    return rr, np.full(len(rr), "N")


def partly_named(classes: Names, unnamed: float, rng: np.random.Generator) -> Names:
    """Return classes with a share of the ventricular beats called normal."""
    missed = np.isin(classes, VENTRICULAR) & (rng.random(len(classes)) < unnamed)
    return np.where(missed, "N", classes)


def _breathing(n: int, base: float, rng: np.random.Generator) -> Doubles:
    rate, depth = rng.uniform(0.15, 0.35), rng.uniform(0.08, 0.3)
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * rate * base * np.arange(n)
    return base * np.exp(depth * np.sin(phase) + _noise(n, rng))


def _wenckebach(n: int, base: float, rng: np.random.Generator) -> Doubles:
    rr: list[float] = []
    while len(rr) < n:
        delays = np.append(0.0, np.cumsum(-np.sort(-rng.uniform(0.03, 0.2, rng.integers(1, 4)))))
        beats = np.arange(len(delays)) * base + delays
        rr += [*np.diff(beats).tolist(), (len(delays) + 1) * base - beats[-1]]
    return np.array(rr[:n]) * np.exp(_noise(n, rng))


def _exercise(n: int, base: float, rng: np.random.Generator) -> Doubles:
    bends = np.sort(rng.integers(0, n, 4))
    return base * np.exp(np.interp(np.arange(n), bends, rng.uniform(-0.4, 0.3, 4)) + _noise(n, rng))


def _premature(n: int, base: float, rng: np.random.Generator) -> Doubles:
    rr, often, compensated = base * np.exp(_noise(n, rng)), rng.choice([0.05, 0.15, 0.3]), rng.random() < 0.5
    beat = 1
    while beat < n - 1:
        if rng.random() < often:
            early = rng.uniform(0.5, 0.8)
            rr[beat] *= early
            rr[beat + 1] *= 2 - early if compensated else rng.uniform(1, 1.2)
            beat += 1
        beat += 1
    return rr


def _dropped(n: int, base: float, rng: np.random.Generator) -> Doubles:
    return base * np.exp(_noise(n, rng)) * np.where(rng.random(n) < rng.choice([0.05, 0.2, 0.4]), 2, 1)


def _noise(n: int, rng: np.random.Generator) -> Doubles:
    return rng.uniform(0.005, 0.03) * rng.standard_normal(n)
