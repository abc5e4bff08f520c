"""Hearts whose atria and ventricles part: block between them in its degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError, unknown_option
from ectopy.record import Annotations, Record
from ectopy.simulation.waves import Patient, Shape, lead_matrix

BLOCKS: Final = ("none", "first-degree", "2:1", "third-degree")
"""Degrees of block from atrium to ventricle."""

NOISE: Final = 0.01
"""Standard deviation in mV of white noise."""

_ATRIAL_CYCLE: Final = (0.6, 0.95)
_ESCAPE_CYCLE: Final = (1.2, 1.9)
"""Seconds between P waves, and between the QRS complexes of a heart in third-degree block."""

_P_TO_R: Final = (0.12, 0.16)
_SLOW_P_TO_R: Final = (0.25, 0.32)
"""Seconds from the middle of P to the R peak; PR is some 10 ms longer."""

_JITTER: Final = 0.02
"""Standard deviation of the sinus cycle, as a share of it; half of it in the ventricles' own rhythm."""

Floats = npt.NDArray[np.float64]


def simulate_block(
    block: str = "third-degree",
    duration: float = 60.0,
    fs: float = 250.0,
    leads: Sequence[str] = ("II", "V1"),
    *,
    wide: bool = False,
    seed: int = 0,
) -> Record:
    """Simulate a heart with a block between atria and ventricles.

    Parameters
    ----------
    block : {"none", "first-degree", "2:1", "third-degree"}
        Every P wave is conducted in time, late, every other one, or none: then the ventricles keep a slower
        rhythm of their own.
    duration : float
        Seconds.
    fs : float
        Sampling frequency in Hz.
    leads : sequence of str
        Names of the leads.
    wide : bool
        In third-degree block the beats come from a ventricle, not from the bundle of His: their QRS is wide.
    seed : int
        Of the person, the rhythm and the noise.

    Returns
    -------
    Record
        With a mark ``N`` at each R peak.

    Raises
    ------
    ParameterError
        If there is no such block, or the recording is shorter than five seconds.

    Examples
    --------
    >>> record = simulate_block("2:1", 10)
    >>> len(record.annotations) < 10
    True
    """
    if block not in BLOCKS:
        raise unknown_option("block", block, BLOCKS)
    if not 5 <= duration < np.inf:
        raise ParameterError(f"duration={duration!r} s is too short; give 5 or more")
    rng = np.random.default_rng(seed)
    shapes = Patient.draw(rng).shapes
    beat = shapes["V0" if wide and block == "third-degree" else "N"]
    p = _rhythm(rng, rng.uniform(*_ATRIAL_CYCLE), duration, _JITTER)
    p_to_r = rng.uniform(*(_SLOW_P_TO_R if block == "first-degree" else _P_TO_R))
    if block == "third-degree":
        r = _rhythm(rng, rng.uniform(*_ESCAPE_CYCLE), duration, _JITTER / 2)
    else:
        r = p[:: 2 if block == "2:1" else 1] + p_to_r
    atria, ventricles = (
        _some(shapes["N"], shapes["N"].waves == "P"),
        _some(beat, beat.waves != "P"),
    )
    atria = replace(atria, centres=atria.centres - atria.centres.mean())
    times = np.arange(round(duration * fs)) / fs
    heart = sum(part.at(times - at) for part, ats in ((atria, p), (ventricles, r)) for at in ats.tolist())
    signal = heart @ lead_matrix(leads).T + NOISE * rng.standard_normal((len(times), len(leads)))
    beats = np.rint(r * fs).astype(np.int64)
    marks = Annotations(beats, np.full(len(beats), "N"), fs=fs)
    return Record(signal.astype(np.float32), fs, tuple(leads), name=f"{block} block", annotations=marks)


def _rhythm(rng: np.random.Generator, cycle: float, duration: float, jitter: float) -> Floats:
    """Return times in seconds, none of them within half a second of an end."""
    cycles = cycle * (1 + jitter * rng.standard_normal(int(duration / cycle) + 2))
    times = np.cumsum(cycles) - rng.uniform(0, cycle)
    return np.asarray(times[(times > 0.5) & (times < duration - 0.8)])


def _some(shape: Shape, chosen: npt.NDArray[np.bool_]) -> Shape:
    return Shape(*(getattr(shape, field.name)[chosen] for field in fields(shape)))
