"""Whole numbers as a range coder writes them, each by a distribution whose width is its class.

Both sides know the class of every number beforehand. Numbers follow Student's t distribution with 7 degrees
of freedom: between a Gaussian and a Laplace distribution, and made of sums, products and quotients alone,
so that every machine computes the same bits. What lies below an eighth of the width is written as it is.

The coder is that of the package constriction (Bamler, Understanding entropy coding with asymmetric numeral
systems, arXiv:2201.01741, 2022).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from math import fsum
from typing import Any, Final

import constriction
import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Classes = npt.NDArray[np.integer[Any]]

N_CLASSES: Final = 48
_UNIT_CLASS: Final = 14
"""Class of numbers whose mean magnitude is 1; it doubles every second class."""

_REACH: Final = 96
"""Largest symbol; what is beyond is written out."""

_FINEST_OCTAVE: Final = 3
"""Octaves of mean magnitude from which on the lowest bits are not worth a distribution."""

_HALF: Final = 16
"""Bits of each half of what is written out."""

_BISECTIONS: Final = 40


def class_of(mean_magnitude: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the class of numbers of a mean magnitude.

    Examples
    --------
    >>> class_of([0.0, 1.0, 2.0, 1e9]).tolist()
    [0, 14, 16, 47]
    """
    return np.searchsorted(_BOUNDS, np.asarray(mean_magnitude, np.float64), side="right")


class IntegerEncoder:
    """Writes numbers one after the other."""

    def __init__(self) -> None:
        self._coder = constriction.stream.queue.RangeEncoder()

    def write(self, values: Integers, classes: Classes) -> None:
        """Write numbers below 2^31 in magnitude by their classes."""
        order = np.argsort(classes.astype(np.uint8), kind="stable")
        ordered = values[order]
        for each, part in _slices(classes[order]):
            self._write_class(ordered[part], each)

    def write_uniform(self, values: Integers, size: int) -> None:
        """Write numbers from 0 to ``size - 1``, all as likely; the size is at most 2^16."""
        if len(values):
            self._coder.encode(values.astype(np.int32), _uniform(size))

    def finish(self) -> bytes:
        """Return what was written."""
        compressed: bytes = self._coder.get_compressed().astype("<u4").tobytes()
        return compressed

    def _write_class(self, values: Integers, each: int) -> None:
        shift = _shift(each)
        high = values >> shift
        symbols = np.minimum(np.maximum(high, -_REACH), _REACH)
        self._coder.encode((symbols + _REACH).astype(np.int32), _model(each))
        for place in range(0, shift, _HALF):
            bits = min(_HALF, shift - place)
            self.write_uniform(values >> place & (1 << bits) - 1, 1 << bits)
        beyond = np.abs(high[np.abs(symbols) == _REACH])
        if len(beyond):
            self.write_uniform(beyond & (1 << _HALF) - 1, 1 << _HALF)
            self.write_uniform(beyond >> _HALF, 1 << _HALF)


class IntegerDecoder:
    """Reads what `IntegerEncoder` wrote, in the same order."""

    def __init__(self, content: bytes) -> None:
        self._coder = constriction.stream.queue.RangeDecoder(np.frombuffer(content, "<u4").astype(np.uint32))

    def read(self, classes: Classes) -> Integers:
        """Return as many numbers as there are classes."""
        order = np.argsort(classes.astype(np.uint8), kind="stable")
        values = np.empty(len(classes), np.int64)
        for each, part in _slices(classes[order]):
            values[order[part]] = self._read_class(part.stop - part.start, each)
        return values

    def read_uniform(self, n: int, size: int) -> Integers:
        """Return so many numbers from 0 to ``size - 1``."""
        if n == 0:
            return np.zeros(0, np.int64)
        return np.asarray(self._coder.decode(_uniform(size), n), np.int64)

    def _read_class(self, n: int, each: int) -> Integers:
        shift = _shift(each)
        high = np.asarray(self._coder.decode(_model(each), n), np.int64) - _REACH
        low = np.zeros(n if shift else 0, np.int64)
        for place in range(0, shift, _HALF):
            low |= self.read_uniform(n, 1 << min(_HALF, shift - place)) << place
        beyond = np.flatnonzero(np.abs(high) == _REACH)
        if len(beyond):
            written_out = self.read_uniform(len(beyond), 1 << _HALF)
            written_out |= self.read_uniform(len(beyond), 1 << _HALF) << _HALF
            high[beyond] = np.sign(high[beyond]) * written_out
        return high << shift | low if shift else high


def _slices(ordered: Classes) -> Iterator[tuple[int, slice]]:
    """Yield each class of sorted ones, and where it stands."""
    edges = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for start, stop in pairwise([0, *edges.tolist(), len(ordered)]):
        if start < stop:
            yield int(ordered[start]), slice(start, stop)


def _mean(each: int) -> float:
    """Return the mean magnitude of a class."""
    octave, half = divmod(each - _UNIT_CLASS, 2)
    return 2.0**octave * (1.4142135623730951 if half else 1.0)


_BOUNDS: Final = np.array([_mean(each) * 1.189207115002721 for each in range(N_CLASSES - 1)])
"""Between the mean magnitudes of neighbouring classes, a quarter of an octave above each."""


def _shift(each: int) -> int:
    """Return how many of the lowest bits of a class are written as they are."""
    return max(0, (each - _UNIT_CLASS) // 2 - _FINEST_OCTAVE)


@cache
def _model(each: int) -> Any:
    """Return the distribution of the symbols of a class, as wide as its mean magnitude asks."""
    shift = _shift(each)
    wanted = _mean(each) / 2.0**shift
    places = np.arange(-_REACH, _REACH + 1, dtype=np.float64) + (0.5 if shift else 0.0)
    narrow, wide = wanted / 16, wanted * 4
    for _ in range(_BISECTIONS):
        width = (narrow + wide) / 2
        likely = _student(places / width)
        mean = fsum(likely * np.abs(places)) / fsum(likely)
        narrow, wide = (width, wide) if mean < wanted else (narrow, width)
    likely = _student(places / wide)
    return constriction.stream.model.Categorical(likely / fsum(likely), perfect=False)


def _student(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    base = 1.0 + x * x / 7.0
    square = base * base
    return 1.0 / (square * square)


@cache
def _uniform(size: int) -> Any:
    return constriction.stream.model.Uniform(size)
