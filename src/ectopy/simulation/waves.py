"""Waves of a simulated heartbeat: Gaussian events of a heart vector, projected on leads.

In the dynamical model of McSharry et al. (2003) a trajectory circles a limit cycle, pulled up or down as it
passes each event (P, Q, R, S, T). On the cycle that differential equation has a closed form, a sum of
Gaussians in phase; it is evaluated here, in time about the R peak, instead of integrated step by step. (The
model's pull back to the baseline, a high-pass of one second, is left to the noise and the recorder.) As in
Clifford, Nemati and Sameni (2010), the events move a vector rather than one voltage, so that all leads agree.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.simulation.rhythm import BeatTrain, Variability

Floats = npt.NDArray[np.float64]

BEFORE: Final = 0.40
AFTER: Final = 0.85
"""Seconds that a beat's waves reach to the left and to the right of its R peak."""

_BATCH: Final = 512

LEAD_VECTORS: Final[Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "I": (0.632, -0.235, 0.059),
        "II": (0.235, 1.066, -0.132),
        "III": (-0.397, 1.301, -0.191),
        "aVR": (-0.434, -0.415, 0.037),
        "aVL": (0.515, -0.768, 0.125),
        "aVF": (-0.081, 1.184, -0.162),
        "V1": (-0.515, 0.157, -0.917),
        "V2": (0.044, 0.164, -1.387),
        "V3": (0.882, 0.098, -1.277),
        "V4": (1.213, 0.127, -0.601),
        "V5": (1.125, 0.127, -0.086),
        "V6": (0.831, 0.076, 0.230),
        "MLII": (0.330, 1.000, -0.100),
        "X": (1.0, 0.0, 0.0),
        "Y": (0.0, 1.0, 0.0),
        "Z": (0.0, 0.0, 1.0),
    }
)
"""How much of the heart vector (left, down, back) each lead sees: the matrix of Dower et al. (1980)."""

_EventRow = tuple[str, float, float, float, float, float, float]

# wave, centre ms, width before and after it ms, then the vector in mV: left, down, back
_P: Final[tuple[_EventRow, ...]] = (
    ("P", -168, 17, 17, 0.045, 0.085, -0.040),
    ("P", -138, 18, 16, 0.060, 0.055, 0.040),
)
_P_ECTOPIC: Final[tuple[_EventRow, ...]] = (
    ("P", -128, 13, 13, 0.050, -0.075, 0.030),
    ("P", -108, 12, 12, -0.020, -0.050, 0.045),
)
_QRS_NORMAL: Final[tuple[_EventRow, ...]] = (
    ("QRS", -22, 8, 8, -0.170, -0.050, -0.290),
    ("QRS", 0, 11, 11, 1.000, 0.830, 0.300),
    ("QRS", 22, 10, 11, -0.180, -0.150, 0.460),
)
_T_NORMAL: Final[tuple[_EventRow, ...]] = (
    ("T", 225, 58, 50, 0.110, 0.080, -0.070),
    ("T", 270, 38, 30, 0.170, 0.130, -0.120),
)
_T_RIGHT_BLOCK: Final[tuple[_EventRow, ...]] = (
    ("T", 235, 58, 50, 0.120, 0.080, 0.030),
    ("T", 280, 40, 32, 0.180, 0.110, 0.080),
)
_LEFT_BLOCK: Final[tuple[_EventRow, ...]] = (
    ("QRS", -37, 12, 12, 0.220, 0.180, 0.150),
    ("QRS", -7, 16, 16, 0.780, 0.550, 0.900),
    ("QRS", 32, 15, 17, 0.760, 0.330, 0.620),
    ("T", 235, 75, 60, -0.180, -0.060, -0.260),
    ("T", 300, 42, 34, -0.220, -0.070, -0.300),
)
_RIGHT_BLOCK: Final[tuple[_EventRow, ...]] = (
    ("QRS", -22, 8, 8, -0.170, -0.050, -0.290),
    ("QRS", 0, 11, 11, 0.950, 0.820, 0.340),
    ("QRS", 26, 12, 14, -0.150, -0.120, 0.150),
    ("QRS", 58, 16, 17, -0.420, -0.060, -0.650),
)
_FOCI: Final[tuple[tuple[_EventRow, ...], ...]] = (
    (  # outflow tract of the right ventricle: left-block shape, axis down
        ("QRS", -40, 18, 18, 0.150, 0.350, 0.250),
        ("QRS", 0, 24, 24, 0.550, 1.450, 1.050),
        ("QRS", 48, 18, 19, 0.250, -0.150, 0.350),
        ("T", 250, 85, 60, -0.130, -0.250, -0.250),
        ("T", 315, 45, 38, -0.170, -0.320, -0.300),
    ),
    (  # apex of the right ventricle: left-block shape, axis up
        ("QRS", -39, 16, 16, 0.200, 0.200, 0.150),
        ("QRS", 0, 25, 24, 1.050, -1.200, 0.850),
        ("QRS", 46, 18, 19, 0.300, 0.250, 0.450),
        ("T", 250, 80, 60, -0.230, 0.230, -0.230),
        ("T", 315, 45, 38, -0.270, 0.280, -0.270),
    ),
    (  # wall of the left ventricle: right-block shape, axis up
        ("QRS", -39, 16, 16, -0.100, 0.300, -0.300),
        ("QRS", 0, 23, 25, -0.650, -1.350, -1.150),
        ("QRS", 51, 18, 18, -0.350, 0.250, -0.300),
        ("T", 255, 80, 60, 0.180, 0.260, 0.230),
        ("T", 320, 45, 38, 0.200, 0.300, 0.270),
    ),
    (  # outflow tract of the left ventricle: right-block shape, axis down
        ("QRS", -40, 16, 16, 0.100, 0.300, -0.150),
        ("QRS", 0, 24, 24, -0.300, 1.550, -0.950),
        ("QRS", 48, 18, 19, -0.300, 0.250, 0.250),
        ("T", 250, 80, 60, 0.060, -0.270, 0.220),
        ("T", 315, 45, 38, 0.080, -0.330, 0.260),
    ),
)


@dataclass(frozen=True, eq=False)
class Shape:
    """The events of one kind of beat, at a sinus cycle of one second.

    Parameters
    ----------
    waves : ndarray of str, shape (n_events,)
        ``P``, ``QRS`` or ``T``.
    centres, lefts, rights : ndarray of float64, shape (n_events,)
        Time after the R peak, and the Gaussian's width on either side, in seconds.
    vectors : ndarray of float64, shape (n_events, 3)
        Heart vector at the event's top in mV: left, down, back.
    """

    waves: npt.NDArray[np.str_]
    centres: Floats
    lefts: Floats
    rights: Floats
    vectors: Floats

    @classmethod
    def of(cls, *parts: Sequence[_EventRow]) -> Shape:
        """Return the shape described by rows of the tables above."""
        rows = [row for part in parts for row in part]
        numbers = np.array([row[1:] for row in rows], dtype=np.float64)
        milliseconds = numbers[:, :3] * 1e-3
        waves = np.array([row[0] for row in rows])
        return cls(waves, milliseconds[:, 0], milliseconds[:, 1], milliseconds[:, 2], numbers[:, 3:])

    def joined(self, other: Shape, share: float) -> Shape:
        """Return this shape and another at once, ``share`` of the ventricles following the other."""
        own = self.vectors * np.where(self.waves == "P", 1, 1 - share)[:, None]
        return Shape(
            np.concatenate([self.waves, other.waves]),
            np.concatenate([self.centres, other.centres]),
            np.concatenate([self.lefts, other.lefts]),
            np.concatenate([self.rights, other.rights]),
            np.concatenate([own, share * other.vectors]),
        )

    def at(self, times: Floats, cycle: float = 1.0) -> Floats:
        """Return the heart vector at times about the R peak, shape (n_times, 3)."""
        gaussians = _gaussians(times[None, :], self, np.array([cycle]))
        return np.tensordot(gaussians[0], self.vectors, axes=1)


@dataclass(frozen=True)
class Patient:
    """One person's heart: the shape of each kind of beat.

    The keys of ``shapes`` are WFDB symbols, with the focus behind it for ``V`` and ``F``: ``V0``, ``V1`` …
    """

    shapes: Mapping[str, Shape]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Patient:
        """Draw a person: axis, sizes and widths of the waves, two places where ectopic beats come from."""
        first, second = rng.permutation(len(_FOCI))[:2]
        normal = Shape.of(_P, _QRS_NORMAL, _T_NORMAL)
        shapes = {
            "N": normal,
            "A": Shape.of(_P_ECTOPIC, _QRS_NORMAL, _T_NORMAL),
            "L": Shape.of(_P, _LEFT_BLOCK),
            "R": Shape.of(_P, _RIGHT_BLOCK, _T_RIGHT_BLOCK),
            "V0": Shape.of(_FOCI[first]),
            "V1": Shape.of(_FOCI[second]),
        }
        body = _Body.draw(rng)
        shapes = {key: body.applied_to(shape) for key, shape in shapes.items()}
        for focus in ("0", "1"):
            shapes["F" + focus] = shapes["N"].joined(shapes["V" + focus], rng.uniform(0.35, 0.6))
        return cls(MappingProxyType({key: _centred(shape) for key, shape in shapes.items()}))


@dataclass(frozen=True, eq=False)
class _Body:
    """Differences between people: a rotation of the heart, and scales of the waves."""

    rotation: Floats
    sizes: Mapping[str, float]
    widths: Mapping[str, float]
    pr_shift: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> _Body:
        spread = {"P": 0.15, "QRS": 0.12, "T": 0.15}
        return cls(
            rotation=_turn(0, 1, rng.normal(0, 0.15)) @ _turn(0, 2, rng.normal(0, 0.15)),
            sizes={wave: float(np.exp(rng.normal(0, spread[wave]))) for wave in spread},
            widths={wave: float(np.exp(rng.normal(0, 0.06))) for wave in spread},
            pr_shift=float(rng.uniform(-0.02, 0.01)),
        )

    def applied_to(self, shape: Shape) -> Shape:
        sizes = np.array([self.sizes[wave] for wave in shape.waves])
        widths = np.array([self.widths[wave] for wave in shape.waves])
        within = np.where(shape.waves == "QRS", widths, 1.0)
        return replace(
            shape,
            centres=shape.centres * within + self.pr_shift * (shape.waves == "P"),
            lefts=shape.lefts * widths,
            rights=shape.rights * widths,
            vectors=(shape.vectors * sizes[:, None]) @ self.rotation.T,
        )


def _turn(first: int, second: int, angle: float) -> Floats:
    """Return the rotation by an angle in the plane of two axes."""
    matrix = np.eye(3)
    matrix[[first, second], [first, second]] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix


def _centred(shape: Shape) -> Shape:
    """Move a shape so that its heart vector reaches furthest along the QRS's main direction at time 0."""
    times = np.linspace(-0.08, 0.08, 3201)
    qrs = shape.at(times)
    size = np.linalg.norm(qrs, axis=1)
    main = qrs[np.argmax(size)]
    return replace(shape, centres=shape.centres - times[np.argmax(qrs @ main)])


def lead_matrix(leads: Sequence[str]) -> Floats:
    """Return how each lead sees the heart vector, shape (n_leads, 3).

    A name that is no standard lead gets a mixture of lead II and a chest lead, always the same for the name.

    Examples
    --------
    >>> lead_matrix(["II", "my patch"]).shape
    (2, 3)
    """
    return np.array([LEAD_VECTORS.get(name) or _mixture(name) for name in leads])


def _mixture(name: str) -> tuple[float, float, float]:
    code = zlib.crc32(name.encode())
    chest = np.array(LEAD_VECTORS[f"V{2 + code % 5}"])
    share = 0.2 + 0.6 * (code // 5 % 1000) / 1000
    x, y, z = (1 - share) * np.array(LEAD_VECTORS["II"]) + share * chest
    return float(x), float(y), float(z)


def add_beats(
    signal: npt.NDArray[np.float32],
    fs: float,
    train: BeatTrain,
    patient: Patient,
    leads: Floats,
    hrv: Variability,
    rng: np.random.Generator,
) -> None:
    """Add every beat's waves to a signal, in place.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        Signal to add to, in mV.
    fs : float
        Sampling frequency in Hz.
    train : BeatTrain
        Times of the beats, which need not fall on samples.
    patient : Patient
        Shapes of the beats.
    leads : ndarray of float64, shape (n_leads, 3)
        From `lead_matrix`.
    hrv : Variability
        How much breathing and random variation change the waves.
    rng : Generator
        Random generator of the variation.
    """
    n_before, n_after = round(BEFORE * fs), round(AFTER * fs)
    offsets = np.arange(-n_before, n_after)
    keys = np.where(
        np.isin(train.symbols, ("V", "F")), np.char.add(train.symbols, train.foci.astype(str)), train.symbols
    )
    nearest = np.rint(train.times * fs).astype(np.int64)
    for key, shape in patient.shapes.items():
        for batch in _batches(np.flatnonzero(keys == key)):
            times = (nearest[batch, None] + offsets) / fs - train.times[batch, None]
            amplitudes = _amplitudes(shape, leads, train.breaths[batch], hrv, rng)
            waves = _gaussians(times, shape, train.cycles[batch]) @ amplitudes
            for first, wave in zip((nearest[batch] - n_before).tolist(), waves, strict=True):
                start, stop = max(first, 0), min(first + len(offsets), len(signal))
                if start < stop:
                    signal[start:stop] += wave[start - first : stop - first]


def _batches(indices: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    return (indices[i : i + _BATCH] for i in range(0, len(indices), _BATCH))


def _amplitudes(
    shape: Shape, leads: Floats, breaths: Floats, hrv: Variability, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return each event's amplitude in each lead, beat by beat, shape (n_beats, n_events, n_leads).

    Breathing in scales the heart vector and turns it a little in the frontal plane.
    """
    still = shape.vectors @ leads.T
    turned = (shape.vectors @ (np.eye(3) + _turn(0, 1, np.pi / 2) * [1, 1, 0]).T) @ leads.T
    chance = 1 + hrv.beat_to_beat * rng.standard_normal((len(breaths), len(still), 1))
    moved = still + hrv.breathing * breaths[:, None, None] * turned
    return (moved * chance).astype(np.float32)


def _gaussians(times: Floats, shape: Shape, cycles: Floats) -> npt.NDArray[np.float32]:
    """Evaluate each event's Gaussian, shape (n_beats, n_times, n_events).

    The T wave's time and width follow the square root of the sinus cycle (Bazett), up to two seconds.
    """
    stretch = np.where(shape.waves == "T", np.sqrt(np.minimum(cycles, 2))[:, None], 1.0)
    away = (times[:, :, None] - (shape.centres * stretch)[:, None, :]).astype(np.float32)
    left, right = ((1 / (widths * stretch)).astype(np.float32) for widths in (shape.lefts, shape.rights))
    away *= np.where(away < 0, left[:, None, :], right[:, None, :])
    away *= away
    away *= np.float32(-0.5)
    return np.exp(away, out=away)
