"""Axes of a picture: from values to millimetres, and the ticks, names and keys around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from ectopy.report.svg import drawing, path, text, unit

Ticks = Sequence[tuple[float, str]]
Points = npt.NDArray[np.float64]

_TICK: Final = 1.0
_TEXT: Final = 3.1
_KEY: Final = 6.0
_LETTER: Final = 1.5
"""Millimetres: length of a tick, height of its text, width of a sample and of a letter in a key."""

TRIANGLE: Final = f"l{-unit(0.75)} {unit(1.4)}h{unit(1.5)}z"
"""Mark of an abnormal score, from its tip."""

_CURVES: Final[dict[str, Callable[[Points], Points]]] = {
    "linear": np.asarray,
    "log": np.log10,
    "counts": lambda values: np.log10(1 + values),
}


@dataclass(frozen=True)
class Scale:
    """From values to millimetres: ``low`` lies at ``start`` and ``high`` at ``stop``.

    ``counts`` is logarithmic and begins at zero: the logarithm of one more.

    Examples
    --------
    >>> Scale(0.0, 10.0, 100.0, 50.0)([0.0, 5.0]).tolist()
    [100.0, 75.0]
    """

    low: float
    high: float
    start: float
    stop: float
    curve: Literal["linear", "log", "counts"] = "linear"

    def __call__(self, values: npt.ArrayLike) -> Points:
        """Return where values lie, in mm."""
        bend = _CURVES[self.curve]
        low, high = bend(np.array([self.low, self.high]))
        share = (bend(np.asarray(values, np.float64)) - low) / (high - low)
        return np.asarray(self.start + share * (self.stop - self.start))


@dataclass(frozen=True)
class Plot:
    """One pair of axes of ``width`` by ``height`` mm, margins included."""

    width: float
    height: float
    x: Scale
    y: Scale

    def draw(self, label: str, *parts: str) -> str:
        """Return the picture."""
        return drawing(self.width, self.height, label, *parts)

    def grid(self, x: Ticks = (), y: Ticks = ()) -> str:
        """Return faint lines at ticks."""
        upright = "".join(
            f"M{unit(place)} {unit(self.y.stop)}V{unit(self.y.start)}" for place in _places(self.x, x)
        )
        level = "".join(
            f"M{unit(self.x.start)} {unit(place)}H{unit(self.x.stop)}" for place in _places(self.y, y)
        )
        return path("grid", upright, level)

    def frame(self, x: Ticks, y: Ticks, x_name: str, y_name: str) -> str:
        """Return the lines at the left and below, with ticks and names."""
        left, bottom, top, right = self.x.start, self.y.start, self.y.stop, self.x.stop
        data = f"M{unit(left)} {unit(top)}V{unit(bottom)}H{unit(right)}"
        below = [
            text(place, bottom + _TICK + _TEXT, name, "middle")
            for place, (_, name) in zip(_places(self.x, x), x, strict=True)
        ]
        beside = [
            text(left - _TICK - 0.8, place + 0.36 * _TEXT, name, "end")
            for place, (_, name) in zip(_places(self.y, y), y, strict=True)
        ]
        data += "".join(f"M{unit(place)} {unit(bottom)}v{unit(_TICK)}" for place in _places(self.x, x))
        data += "".join(f"M{unit(left)} {unit(place)}h{-unit(_TICK)}" for place in _places(self.y, y))
        names = [text((left + right) / 2, bottom + _TICK + 2.4 * _TEXT, x_name, "middle")]
        if y_name:
            names.append(text(_TEXT, (top + bottom) / 2, y_name, "middle", turned=True))
        return path("axis", data) + "".join([*below, *beside, *names])

    def level(self, value: float, kind: str) -> str:
        """Return a line across at a value."""
        return path(kind, f"M{unit(self.x.start)} {unit(float(self.y(value)))}H{unit(self.x.stop)}")

    def key(self, *entries: tuple[str, str]) -> str:
        """Return samples with their names, in one line above the axes, from the left: in view on a phone too.

        Each entry is kinds of lines or areas, several with spaces between them, and a name.
        """
        place, level, parts = self.x.start, self.y.stop - 2.6, []
        for kinds, name in entries:
            parts += [_sample(kind, place, level) for kind in kinds.split()]
            parts.append(text(place + _KEY + 1.2, level + 1, name, "small"))
            place += _KEY + 1.2 + _LETTER * len(name) + 3
        return "".join(parts)


def nice_ticks(low: float, high: float, most: int = 5, whole: bool = False) -> list[tuple[float, str]]:
    """Return round values between two limits, with their names: two at least where the numbers allow it.

    Examples
    --------
    >>> nice_ticks(-0.3, 1.1)
    [(0.0, '0'), (0.5, '0.5'), (1.0, '1')]
    >>> nice_ticks(0, 7, whole=True)
    [(0.0, '0'), (2.0, '2'), (4.0, '4'), (6.0, '6')]
    >>> [name for _, name in nice_ticks(-46, 46, 4)]
    ['−40', '−20', '0', '20', '40']
    """
    least = 1.0 if whole else 0.0
    rough = max((high - low) / most, least)
    steps = np.array([0.2, 0.5, 1, 2, 5, 10]) * 10.0 ** np.floor(np.log10(rough))
    steps = steps[steps >= least]
    chosen = int(np.searchsorted(steps, rough * (1 - 1e-9)))
    while chosen and len(_multiples(low, high, steps[chosen])) < 2:
        chosen -= 1
    values = _multiples(low, high, steps[chosen])
    return [(float(value), f"{round(value, 10):,.10g}".replace("-", "−")) for value in values + 0.0]


def _multiples(low: float, high: float, step: float) -> npt.NDArray[np.float64]:
    return np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step


def log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return powers of ten between two limits, and twice and five times them where these are few.

    Examples
    --------
    >>> [name for _, name in log_ticks(0.3, 30)]
    ['0.5', '1', '2', '5', '10', '20']
    """
    factors = (1, 2, 5) if np.log10(high / low) < 3 else (1,)
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    values = [factor * power for power in powers for factor in factors]
    return [(float(value), f"{value:,.10g}") for value in values if low <= value <= high]


def _places(scale: Scale, ticks: Ticks) -> list[float]:
    return scale([value for value, _ in ticks]).tolist() if ticks else []


def _sample(kind: str, x: float, y: float) -> str:
    """Return a sample of a kind, in the middle of its place in a key."""
    middle, left, right, level = unit(x + _KEY / 2), unit(x), unit(x + _KEY), unit(y)
    if kind in ("spot", "speck"):
        return path(kind, f"M{middle} {level}h0")
    if kind == "flag":
        return path(kind, f"M{middle} {level - unit(0.8)}{TRIANGLE}")
    if kind in ("limit", "smooth", "unusual"):
        return path(kind, f"M{left} {level}H{right}")
    return path(kind, f"M{left} {level - unit(1)}H{right}v{unit(2)}H{left}z")
