"""Lossless coding of counts: linear prediction, and the residuals by the range coder.

As in FLAC (RFC 9639), each chunk of a lead has predictor coefficients of its own. It is predicted in lanes of
equal length that begin anew, so that all lanes of many chunks are rebuilt together, sample by sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.io.ecz.integers import N_CLASSES, IntegerDecoder, IntegerEncoder, Integers, class_of

ORDER: Final = 16
"""Samples that a prediction is made from."""

LANE: Final = 1024
"""Samples after which prediction begins anew."""

BLOCK: Final = 32
"""Residuals that share a class."""

_SCALE: Final = 12
"""Bits of the coefficients behind the point."""

_LARGEST: Final = 1 << 15
_RIDGE: Final = 1e-3
_FIRST_CLASS: Final = 34
_STEP_CLASS: Final = 13
"""Classes of the differences of first samples (about 1,000), and of classes from block to block (0.7)."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """A chunk of a lead before it is rebuilt.

    Parameters
    ----------
    coefficients : ndarray of int64, shape (ORDER,)
        For the nearest sample first, in units of 2^-12.
    firsts : ndarray of int64, shape (n_lanes,)
        First count of each lane.
    residuals : ndarray of int64, shape (n_samples,)
    """

    coefficients: Integers
    firsts: Integers
    residuals: Integers


def write_lead(encoder: IntegerEncoder, counts: Integers) -> None:
    """Write the counts of a chunk of one lead."""
    lanes = _lanes(counts)
    coefficients = _fit(counts)
    residuals = (lanes - _predict(lanes, coefficients)).ravel()[: len(counts)]
    encoder.write_uniform(coefficients + _LARGEST, 2 * _LARGEST)
    firsts = np.diff(lanes[:, 0], prepend=0)
    encoder.write(firsts, np.full(len(firsts), _FIRST_CLASS))
    starts = np.arange(0, len(counts), BLOCK)
    lengths = np.minimum(BLOCK, len(counts) - starts)
    classes = class_of(np.add.reduceat(np.abs(residuals), starts) / lengths)
    encoder.write_uniform(classes[:1], N_CLASSES)
    encoder.write(np.diff(classes), np.full(len(classes) - 1, _STEP_CLASS))
    encoder.write(residuals, np.repeat(classes, lengths))


def read_lead(decoder: IntegerDecoder, n_samples: int) -> Predicted:
    """Read what `write_lead` wrote, without rebuilding it."""
    coefficients = decoder.read_uniform(ORDER, 2 * _LARGEST) - _LARGEST
    firsts = np.cumsum(decoder.read(np.full(-(-n_samples // LANE), _FIRST_CLASS)))
    starts = np.arange(0, n_samples, BLOCK)
    first = decoder.read_uniform(1, N_CLASSES)
    steps = decoder.read(np.full(len(starts) - 1, _STEP_CLASS))
    classes = np.clip(np.cumsum(np.concatenate([first, steps])), 0, N_CLASSES - 1)
    residuals = decoder.read(np.repeat(classes, np.minimum(BLOCK, n_samples - starts)))
    return Predicted(coefficients, firsts, residuals)


def rebuild(parts: Sequence[Predicted]) -> list[Integers]:
    """Return the counts of chunks, all lanes of all of them rebuilt side by side."""
    n_lanes = [len(part.firsts) for part in parts]
    coefficients = np.repeat([part.coefficients for part in parts], n_lanes, axis=0).T[::-1]
    firsts = np.concatenate([part.firsts for part in parts])
    length = min(LANE, max(len(part.residuals) for part in parts))
    lanes = np.zeros((ORDER + length, len(firsts)), np.int64)  # departures from the first count of each lane
    residuals = np.concatenate([_lanes(part.residuals, 0) for part in parts])[:, :length].T
    coefficients = np.ascontiguousarray(coefficients)
    for time in range(length):
        predicted = (lanes[time : time + ORDER] * coefficients).sum(axis=0)
        lanes[time + ORDER] = residuals[time] + (predicted + (1 << _SCALE - 1) >> _SCALE)
    counts = (lanes[ORDER:] + firsts).T
    places = np.cumsum([0, *n_lanes])
    return [
        counts[place : place + n].ravel()[: len(part.residuals)]
        for place, n, part in zip(places, n_lanes, parts, strict=False)
    ]


def _lanes(samples: Integers, filler: int | None = None) -> Integers:
    """Cut samples into lanes; the last is filled up, with its last sample by default."""
    value = int(samples[-1]) if filler is None else filler
    return np.pad(samples, (0, -len(samples) % LANE), constant_values=value).reshape(-1, LANE)


def _predict(lanes: Integers, coefficients: Integers) -> Integers:
    """Predict every sample of lanes from those before it; before a lane lies its first sample."""
    departures = np.pad(lanes - lanes[:, :1], ((0, 0), (ORDER, 0)))
    before = np.lib.stride_tricks.sliding_window_view(departures, ORDER, axis=1)[:, :-1]
    sums = sum(before[:, :, place] * coefficients[ORDER - 1 - place] for place in range(ORDER))
    return (sums + (1 << _SCALE - 1) >> _SCALE) + lanes[:, :1]


def _fit(counts: Integers) -> Integers:
    """Return the coefficients of least squared residuals; those of the difference for a short chunk."""
    wanted = np.zeros(ORDER)
    wanted[0] = 1.0
    centred = counts - counts.mean()
    if len(counts) > 4 * ORDER and centred.any():
        before = np.lib.stride_tricks.sliding_window_view(centred, ORDER)[:-1, ::-1]
        moments: npt.NDArray[np.float64] = before.T @ before
        moments += _RIDGE * np.trace(moments) / ORDER * 1e-3 * np.eye(ORDER)
        wanted = np.linalg.solve(moments, before.T @ centred[ORDER:])
    limit = _LARGEST - 1
    return np.clip(np.rint(wanted * 2**_SCALE), -limit, limit).astype(np.int64)
