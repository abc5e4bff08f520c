"""Simulated recordings: rhythm, waves and noise put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ectopy.errors import ParameterError
from ectopy.record import MAX_FS, Annotations, Record
from ectopy.simulation.noise import MILD, Noise, add_noise
from ectopy.simulation.rhythm import RESTING, SINUS, BeatTrain, Rhythm, Variability, beat_train
from ectopy.simulation.waves import Patient, add_beats, lead_matrix

_SLOWEST_HEART: Final = 15.0
_FASTEST_HEART: Final = 200.0
_MOST_SAMPLES: Final = 2**31


def simulate(
    duration: float = 60.0,
    fs: float = 360.0,
    leads: Sequence[str] = ("MLII", "V1"),
    *,
    heart_rate: float = 70.0,
    hrv: Variability = RESTING,
    rhythm: Rhythm = SINUS,
    noise: Noise | None = MILD,
    seed: int = 0,
    name: str = "simulated",
) -> Record:
    """Simulate a recording with every beat annotated.

    The ECG is that of the dynamical model of McSharry, Clifford, Tarassenko and Smith (IEEE Trans Biomed Eng
    50:289, 2003): RR intervals with a bimodal spectrum, and Gaussian events about each R peak; here they move
    a heart vector, which the leads see by the matrix of Dower (1980). The limit cycle is evaluated in closed
    form, not integrated.

    Parameters
    ----------
    duration : float
        Seconds.
    fs : float
        Sampling frequency in Hz. A seed gives the same beats at the same times at every rate.
    leads : sequence of str
        Names of the leads: the standard twelve, ``MLII``, the Frank leads ``X Y Z``; any other name gets a
        view of its own, always the same.
    heart_rate : float
        Mean rate of the sinus node, in beats a minute.
    hrv : Variability
        How the sinus rhythm varies, and the waves with breathing and by chance.
    rhythm : Rhythm
        Shares of the beats that are ectopic, blocked, or late.
    noise : Noise or None
        Noise of the recording; None for the clean ECG.
    seed : int
        Seed of person, rhythm and noise; the same seed gives the same recording.
    name : str
        Name of the recording.

    Returns
    -------
    Record
        With a ``+`` mark (``(N``) at its beginning and the WFDB symbol of each beat (``N L R A V F``) at the
        sample nearest its R peak: where the heart vector reaches furthest along the QRS's main direction.

    Raises
    ------
    ParameterError
        If a value is not possible.

    Examples
    --------
    >>> record = simulate(10, rhythm=Rhythm(ventricular=0.2), seed=4)
    >>> record.signal.shape
    (3600, 2)
    >>> "V" in record.annotations.symbols
    True
    """
    _check(duration, fs, leads, heart_rate, seed)
    hearts, chance, noises = np.random.SeedSequence(seed).spawn(3)
    rng = np.random.default_rng(hearts)
    patient = Patient.draw(rng)
    train = beat_train(duration, heart_rate, hrv, rhythm, rng)
    signal = np.zeros((max(1, round(duration * fs)), len(leads)), dtype=np.float32)
    add_beats(signal, fs, train, patient, lead_matrix(leads), hrv, np.random.default_rng(chance))
    if noise is not None:
        add_noise(signal, fs, noise, noises)
    return Record(
        signal,
        fs,
        tuple(leads),
        name=name,
        annotations=_annotations(train, fs, len(signal)),
        comments=(f"Simulated by ectopy, seed {seed}; no patient.",),
    )


def demo_record() -> Record:
    """Simulate the recording of the demo: ten minutes with everything that ectopy should find.

    Sinus rhythm with premature beats of both kinds, couplets, a short run, half a minute of heavy noise and
    ten seconds with an electrode off, where the second lead is missing.

    Examples
    --------
    >>> record = demo_record()
    >>> record.duration, record.leads
    (600.0, ('MLII', 'V1'))
    """
    rhythm = Rhythm(supraventricular=0.012, ventricular=0.03, fusion=0.004, couplets=0.15, runs=0.08)
    quiet, loud = (
        simulate(600, heart_rate=68, rhythm=rhythm, noise=noise, seed=_DEMO_SEED, name="demo")
        for noise in (MILD, Noise(wander=0.15, mains=0.02, muscle=0.12, motion=0.45))
    )
    seconds = np.arange(quiet.n_samples) / quiet.fs
    share = np.clip(np.minimum(seconds - 400, 430 - seconds), 0, 1)[:, None].astype(np.float32)
    signal = quiet.signal + share * (loud.signal - quiet.signal)
    signal[(seconds >= 500) & (seconds < 510), 1] = np.nan
    return replace(quiet, signal=signal)


_DEMO_SEED: Final = 185


def _annotations(train: BeatTrain, fs: float, n_samples: int) -> Annotations:
    samples = np.rint(train.times * fs).astype(np.int64)
    inside = (samples >= 0) & (samples < n_samples)
    marks = np.concatenate([["+"], train.symbols[inside]])
    aux = ("(N",) + ("",) * int(inside.sum())
    return Annotations(np.concatenate([[0], samples[inside]]), marks, aux=aux, fs=fs)


def _check(duration: float, fs: float, leads: Sequence[str], heart_rate: float, seed: int) -> None:
    if not 0 < duration < math.inf:
        raise ParameterError(f"duration={duration!r} is no length of time; give seconds above 0")
    if not 0 < fs <= MAX_FS:
        raise ParameterError(f"fs={fs!r} is no sampling frequency; give Hz above 0 and up to {MAX_FS:g}")
    if isinstance(leads, str) or not leads:
        raise ParameterError(f"leads={leads!r} names no leads; give a sequence of at least one name")
    if duration * fs * len(leads) > _MOST_SAMPLES:
        raise ParameterError(
            f"duration={duration!r} s at {fs:g} Hz in {len(leads)} leads is more than 2^31 samples;"
            " make up several shorter recordings"
        )
    if not _SLOWEST_HEART <= heart_rate <= _FASTEST_HEART:
        raise ParameterError(
            f"heart_rate={heart_rate!r} beats a minute is not possible;"
            f" give {_SLOWEST_HEART:g} to {_FASTEST_HEART:g}"
        )
    if seed < 0:
        raise ParameterError(f"seed={seed!r} is negative; give an integer from 0 on")
