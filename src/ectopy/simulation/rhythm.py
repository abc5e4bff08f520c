"""Times and kinds of the beats of a simulated heart.

The sinus node follows the RR process of McSharry et al. (2003): a bimodal spectrum, one hump for the slow
waves of blood pressure and one for breathing. Ectopic beats are drawn as episodes in between: a single beat,
a couplet, a run, bigeminy, a pause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfftfreq
from scipy.ndimage import uniform_filter1d

from ectopy.errors import ParameterError

Floats = npt.NDArray[np.float64]

SHORTEST_RR: Final = 0.28
"""Shortest interval in seconds between a premature beat and the beat before."""

_GRID_HZ: Final = 4.0
_HUMP_HZ: Final = 0.01
_SLOWEST_HZ: Final = 1 / 21_600
_MEAN_RUN: Final = 4.5
_MEAN_BIGEMINY: Final = 5.0
_STRETCH: Final = 40
_MARGIN: Final = 2.0
_LEAST_CYCLE: Final = 0.5


@dataclass(frozen=True)
class Variability:
    """How the sinus rhythm and the shape of its beats vary.

    Parameters
    ----------
    sdnn : float
        Standard deviation of the sinus intervals in seconds, from both humps of the spectrum together.
    lf_hf : float
        Power of the low-frequency hump over that of the high-frequency one.
    lf_hz, hf_hz : float
        Centres of the humps in Hz; the second is the rate of breathing.
    drift : float
        Standard deviation in seconds of slow changes over minutes to hours (1/f).
    breathing : float
        How far breathing scales and turns the heart vector, as a fraction.
    beat_to_beat : float
        Relative standard deviation of each wave's amplitude from beat to beat.

    Raises
    ------
    ParameterError
        If a value is negative or not finite.
    """

    sdnn: float = 0.04
    lf_hf: float = 0.5
    lf_hz: float = 0.1
    hf_hz: float = 0.25
    drift: float = 0.02
    breathing: float = 0.05
    beat_to_beat: float = 0.02

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0 <= value < math.inf:
                raise ParameterError(f"{item.name}={value!r} is not possible; give a number from 0 on")


@dataclass(frozen=True)
class Rhythm:
    """Shares of the kinds of beats.

    Parameters
    ----------
    supraventricular, ventricular, fusion : float
        Expected fraction of all beats that are premature and narrow (``A``), premature and wide (``V``), or a
        sinus beat and a ventricular one at once (``F``).
    pauses : float
        Expected fraction of all beats that come after the sinus node fell silent for one to two cycles.
    couplets, runs, bigeminy : float
        Fraction of the ventricular *episodes* that are two consecutive beats, three to six consecutive beats,
        or three to seven in alternation with sinus beats; the others are single beats.
    left_block, right_block : float
        Fraction of the sinus beats conducted with left (``L``) or right (``R``) bundle-branch block, in
        stretches of some forty beats.

    Raises
    ------
    ParameterError
        If a fraction lies outside 0 to 1, fractions of one whole sum to more than 1, or the ectopic beats
        leave no room for the sinus beat that ends each episode.

    Examples
    --------
    >>> Rhythm(ventricular=0.1, couplets=0.2).episodes["couplet"] > 0
    True
    """

    supraventricular: float = 0.0
    ventricular: float = 0.0
    fusion: float = 0.0
    pauses: float = 0.0
    couplets: float = 0.0
    runs: float = 0.0
    bigeminy: float = 0.0
    left_block: float = 0.0
    right_block: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0 <= value <= 1:
                raise ParameterError(f"{item.name}={value!r} is no fraction; give a number from 0 to 1")
        for whole in (
            ("supraventricular", "ventricular", "fusion", "pauses"),
            ("couplets", "runs", "bigeminy"),
            ("left_block", "right_block"),
        ):
            total = sum(getattr(self, name) for name in whole)
            if total > 1 + 1e-9:
                raise ParameterError(
                    f"{', '.join(whole)} sum to {total:g}; give fractions of at most 1 together"
                )
        if self.episodes["sinus"] < -1e-9:
            ectopic = self.ventricular + self.supraventricular + self.fusion
            raise ParameterError(
                f"supraventricular, ventricular and fusion sum to {ectopic:g} and leave no sinus beat after"
                " each episode; lower them, or raise runs"
            )

    @property
    def episodes(self) -> dict[str, float]:
        """Expected number of episodes of each kind per beat of the recording."""
        shares = {"couplet": self.couplets, "run": self.runs, "bigeminy": self.bigeminy}
        shares = {"ventricular": 1 - sum(shares.values())} | shares
        beats = {"ventricular": 1.0, "couplet": 2.0, "run": _MEAN_RUN, "bigeminy": _MEAN_BIGEMINY}
        ventricular = self.ventricular / sum(shares[kind] * beats[kind] for kind in shares)
        counts = {kind: ventricular * share for kind, share in shares.items()}
        counts |= {"supraventricular": self.supraventricular, "fusion": self.fusion, "pause": self.pauses}
        in_alternation = counts["bigeminy"] * _MEAN_BIGEMINY
        sinus = sum(count for kind, count in counts.items() if kind not in ("bigeminy", "pause"))
        ectopic = self.supraventricular + self.ventricular + self.fusion
        return {"sinus": 1 - ectopic - self.pauses - sinus - in_alternation} | counts


SINUS: Final = Rhythm()
RESTING: Final = Variability()


@dataclass(frozen=True, eq=False)
class BeatTrain:
    """The beats of a recording, in order of time; a few are just outside, so that their waves reach in.

    ``times`` are the R peaks in seconds, ``symbols`` WFDB symbols, ``foci`` where in the ventricle a beat of
    class V or F comes from (0 or 1), ``cycles`` the sinus interval in seconds that ruled then, ``breaths``
    the state of breathing with unit variance. All have shape (n_beats,).
    """

    times: Floats
    symbols: npt.NDArray[np.str_]
    foci: npt.NDArray[np.int64]
    cycles: Floats
    breaths: Floats

    def __len__(self) -> int:
        return len(self.times)


def beat_train(
    duration: float, heart_rate: float, hrv: Variability, rhythm: Rhythm, rng: np.random.Generator
) -> BeatTrain:
    """Simulate the beats of a recording.

    Parameters
    ----------
    duration : float
        Length of the recording in seconds.
    heart_rate : float
        Mean rate of the sinus node in beats per minute.
    hrv : Variability
    rhythm : Rhythm
    rng : Generator

    Returns
    -------
    BeatTrain
        Beats from just before the recording to just after it.
    """
    cycles, breath = sinus_process(duration, 60 / heart_rate, hrv, rng)
    shortest = min(SHORTEST_RR, _LEAST_CYCLE * 60 / heart_rate)
    most = math.ceil((duration + 2 * _MARGIN) / shortest) + 1
    steps = _steps(rhythm, most, rng)
    times = _walk(steps.intervals, cycles, duration)
    n = len(times)
    places = np.clip((times * _GRID_HZ).astype(np.int64), 0, len(cycles) - 1)
    symbols = _with_blocks(steps.symbols[:n], rhythm, rng)
    return BeatTrain(times, symbols, steps.foci[:n], cycles[places], breath[places])


def sinus_process(
    duration: float, mean: float, hrv: Variability, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Simulate the sinus interval and the state of breathing over time.

    The interval's spectrum is that of McSharry et al. (2003): two Gaussian humps, phases drawn at random,
    transformed back; a 1/f part for the hours is added here.

    Parameters
    ----------
    duration : float
        Seconds to cover.
    mean : float
        Interval of the mean rate in seconds.
    hrv : Variability
    rng : Generator

    Returns
    -------
    cycles, breath : ndarray of float64, shape (n,)
        Sinus interval in seconds, and breathing with unit variance, four times a second.
    """
    used = math.ceil((duration + 2 * _MARGIN) * _GRID_HZ)
    n = next_fast_len(max(used, 4096), real=True)
    f = rfftfreq(n, 1 / _GRID_HZ)
    low = _random_process(np.exp(-((f - hrv.lf_hz) ** 2) / (4 * _HUMP_HZ**2)), n, rng)[:used]
    breath = _random_process(np.exp(-((f - hrv.hf_hz) ** 2) / (4 * _HUMP_HZ**2)), n, rng)[:used]
    slow = _random_process(np.where(f < hrv.lf_hz / 4, 1 / np.maximum(f, _SLOWEST_HZ), 0), n, rng)[:used]
    high_share = 1 / (1 + hrv.lf_hf)
    fast = math.sqrt(1 - high_share) * low + math.sqrt(high_share) * breath
    change = hrv.sdnn * fast + hrv.drift * (slow - slow.mean())
    cycles = np.clip(mean + change, _LEAST_CYCLE * mean, 2 * mean)
    return cycles * np.mean(mean / cycles), breath


def _random_process(amplitudes: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Return n samples of unit variance with this amplitude spectrum and random phases."""
    phases = np.exp(2j * np.pi * rng.random(len(amplitudes)))
    phases[0] = 0
    process: Floats = irfft(amplitudes * phases, n)
    process /= process.std()
    return process


@dataclass(frozen=True, eq=False)
class _Steps:
    """Beats without times yet: the interval before each, in sinus cycles."""

    intervals: Floats
    symbols: npt.NDArray[np.str_]
    foci: npt.NDArray[np.int64]


def _steps(rhythm: Rhythm, n: int, rng: np.random.Generator) -> _Steps:
    """Draw episodes until there are n beats, and join them."""
    expected = rhythm.episodes
    weights = np.maximum(list(expected.values()), 0)
    kinds = rng.choice(list(expected), size=n, p=weights / weights.sum())
    coupling = rng.uniform(0.56, 0.68, size=2)
    intervals: list[float] = []
    symbols: list[str] = []
    foci: list[int] = []
    for kind in kinds:
        if len(intervals) >= n:
            break
        if kind == "sinus":
            intervals.append(1.0)
            symbols.append("N")
            foci.append(0)
            continue
        focus = int(rng.random() < 0.2)
        episode = _episode(str(kind), float(coupling[focus]), rng)
        intervals.extend(interval for _, interval in episode)
        symbols.extend(symbol for symbol, _ in episode)
        foci.extend([focus] * len(episode))
    return _Steps(np.array(intervals), np.array(symbols), np.array(foci))


def _episode(kind: str, coupling: float, rng: np.random.Generator) -> list[tuple[str, float]]:
    """Return the beats of one episode: symbol, and interval before it in sinus cycles."""
    if kind == "pause":
        return [("N", rng.uniform(2.0, 2.8))]
    if kind == "supraventricular":
        return [("A", rng.uniform(0.6, 0.8)), ("N", rng.uniform(1.0, 1.12))]
    if kind == "fusion":
        early = rng.uniform(0.92, 1.0)
        return [("F", early), ("N", 2 - early)]
    if kind == "bigeminy":
        return [beat for _ in range(rng.integers(3, 8)) for beat in _premature(1, coupling, rng)]
    n = {"ventricular": 1, "couplet": 2, "run": int(rng.integers(3, 7))}[kind]
    return _premature(n, coupling, rng)


def _premature(n: int, coupling: float, rng: np.random.Generator) -> list[tuple[str, float]]:
    """Return n consecutive ventricular beats and the sinus beat after them.

    The sinus node keeps its rhythm underneath, so the next sinus beat comes when a whole number of cycles is
    over: the compensatory pause.
    """
    first = [coupling + rng.normal(0, 0.01)]
    intervals = (
        first + [rng.uniform(0.48, 0.54)] * (n > 1) + list(rng.normal(0.48, 0.015, size=max(n - 2, 0)))
    )
    passed = sum(intervals)
    pause = math.ceil(passed + 0.9) - passed
    return [("V", interval) for interval in intervals] + [("N", pause)]


def _walk(intervals: Floats, cycles: Floats, duration: float) -> Floats:
    """Return the times of the beats, each interval scaled by the sinus cycle at its beginning."""
    cycle = cycles.tolist()
    times = []
    t = -_MARGIN / 2
    for interval in intervals.tolist():
        sinus = cycle[max(0, int(t * _GRID_HZ))]
        t += max(interval * sinus, min(sinus, SHORTEST_RR))
        times.append(t)
        if t > duration + _MARGIN / 2:
            break
    return np.array(times)


def _with_blocks(
    symbols: npt.NDArray[np.str_], rhythm: Rhythm, rng: np.random.Generator
) -> npt.NDArray[np.str_]:
    """Give the requested share of the sinus beats a bundle-branch block, in stretches of some forty beats."""
    sinus = np.flatnonzero(symbols == "N")
    wandering = uniform_filter1d(rng.normal(size=len(sinus)), _STRETCH, mode="nearest")
    order = np.argsort(wandering, kind="stable")
    left = round(rhythm.left_block * len(sinus))
    right = round(rhythm.right_block * len(sinus))
    blocked = symbols.copy()
    blocked[sinus[order[:left]]] = "L"
    blocked[sinus[order[len(sinus) - right :]]] = "R"
    return blocked
