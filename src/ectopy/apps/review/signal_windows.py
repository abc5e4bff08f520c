"""Stretches of a recording as the page draws them: int16 microvolts, samples or extremes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.io.atomic import draft
from ectopy.record import Source

MISSING: Final = -32768
"""Stands for a sample that is missing; others are microvolts, and no ECG has more than 32 mV."""

PAIRS: Final = 25
"""Pairs of lowest and highest value a second that are kept at the least: a pixel of a minute a screen."""

BLOCK: Final = 1 << 18
"""Samples of each lead whose extremes lie in one file; a multiple of all factors."""

_AT_ONCE: Final = 1 << 14
"""Samples of each lead that are read at a time to find extremes; a divisor of `BLOCK`."""

MOST_VALUES: Final = 1 << 22
"""Values of one answer: an hour of twelve leads at 500 Hz, a pair for every eight pixels."""

_HEAD: Final = struct.Struct("<4d")
"""Before the values: first sample, samples of a pair (1: the samples themselves), columns, leads."""

Counts = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class SignalWindows:
    """Reads stretches of a source; extremes are made when they are asked for first, and kept in files.

    Parameters
    ----------
    source : Source
        The recording.
    folder : Path
        For the extremes, a file a block; each appears whole.
    """

    source: Source
    folder: Path

    @cached_property
    def finest(self) -> int:
        """Samples of the finest pair of lowest and highest value: a power of two."""
        return 1 << max(1, int(np.log2(max(2.0, self.source.fs / PAIRS))))

    def window(self, start: int, stop: int, factor: int, lead: int | None = None) -> bytes:
        """Return a stretch for the page.

        Parameters
        ----------
        start, stop : int
            Samples; cut to the recording, and with extremes widened to whole pairs.
        factor : int
            1 for samples; else `finest` times a power of two, for extremes of so many samples.
        lead : int, optional
            Column of the only lead that is wanted.

        Returns
        -------
        bytes
            Four doubles (first sample, factor, n_columns, n_leads), then int16: lead by lead the samples, or
            lead by lead the pairs of lowest and highest value.

        Raises
        ------
        ParameterError
            If the stretch is empty or too long, or there is no such factor.
        """
        total = self.source.n_samples or 0
        if factor != 1 and (factor < self.finest or factor % self.finest or BLOCK % factor):
            raise ParameterError(
                f"factor={factor} is not 1 or {self.finest} times a power of two; ask for one"
            )
        start, stop = max(0, start // factor * factor), min(total, stop)
        per_column = 1 if factor == 1 else 2
        leads = slice(None) if lead is None else slice(lead, lead + 1)
        n_values = -(-(stop - start) // factor) * per_column * len(self.source.leads[leads])
        if stop <= start or not 0 < n_values <= MOST_VALUES:
            raise ParameterError(
                f"samples {start} to {stop} of {total} at factor {factor} are nothing, or more than"
                f" {MOST_VALUES} values; ask for a shorter stretch"
            )
        values = self._samples(start, stop) if factor == 1 else self._extremes(start, stop, factor)
        values = values[leads]
        return _HEAD.pack(start, factor, values.shape[1] // per_column, len(values)) + values.tobytes()

    def _samples(self, start: int, stop: int) -> Counts:
        return microvolts(self.source.read(start, stop)).T

    def _extremes(self, start: int, stop: int, factor: int) -> Counts:
        """Return lowest and highest values in turn, shape (n_leads, 2 · n_columns)."""
        first, last = start // BLOCK, (stop - 1) // BLOCK
        finest = np.concatenate([self._block(number) for number in range(first, last + 1)], axis=1)
        whole = -(-stop // factor) * factor
        begin, end = ((sample - first * BLOCK) // self.finest for sample in (start, whole))
        chosen = finest[:, begin : min(end, finest.shape[1])]
        coarse = coarser(chosen, factor // self.finest)
        return coarse.reshape(len(coarse), -1)

    def _block(self, number: int) -> Counts:
        """Return the finest extremes of a block, shape (n_leads, n, 2)."""
        path = self.folder / f"extremes-{number:05d}.npy"
        expected = (len(self.source.leads), -(-self._length(number) // self.finest), 2)
        try:
            kept: Counts = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            kept = np.empty((0, 0, 0), np.int16)
        if kept.shape == expected and kept.dtype == np.int16:
            return kept
        first, last = number * BLOCK, number * BLOCK + self._length(number)
        parts = [
            extremes(microvolts(self.source.read(start, min(start + _AT_ONCE, last))), self.finest)
            for start in range(first, last, _AT_ONCE)
        ]
        made = np.concatenate(parts, axis=1)
        with draft(path) as unfinished, unfinished.open("wb") as file:
            np.save(file, made)
        return made

    def _length(self, number: int) -> int:
        return min(BLOCK, (self.source.n_samples or 0) - number * BLOCK)


def microvolts(samples: npt.NDArray[np.float32]) -> Counts:
    """Return millivolts as whole microvolts, `MISSING` where they are missing; what is beyond 32 mV is cut.

    Examples
    --------
    >>> microvolts(np.array([[0.0014, np.nan, 99.0]], np.float32)).tolist()
    [[1, -32768, 32767]]
    """
    scaled = np.multiply(samples, np.float32(1000))
    unknown = np.isnan(scaled)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -32767, 32767, out=scaled)
    scaled[unknown] = MISSING
    return scaled.astype(np.int16)


def extremes(samples: Counts, factor: int) -> Counts:
    """Return the lowest and the highest value of every so many samples of each lead.

    Parameters
    ----------
    samples : ndarray of int16, shape (n, n_leads)
        `microvolts`.
    factor : int
        How many samples make a pair; the last pair may have fewer.

    Returns
    -------
    ndarray of int16, shape (n_leads, ceil(n / factor), 2)
        `MISSING` twice where all are missing.

    Examples
    --------
    >>> extremes(np.array([[1], [5], [3], [-2], [MISSING]], np.int16), 2).tolist()
    [[[1, 5], [-2, 3], [-32768, -32768]]]
    """
    n, n_leads = samples.shape
    whole = -(-n // factor) * factor
    padded = np.full((whole, n_leads), MISSING, np.int16)
    padded[:n] = samples
    return _reduced(padded.reshape(-1, factor, n_leads), padded.reshape(-1, factor, n_leads)).transpose(
        1, 0, 2
    )


def coarser(pairs: Counts, times: int) -> Counts:
    """Return extremes over so many pairs each, shape (n_leads, ceil(n / times), 2)."""
    n_leads, n, _ = pairs.shape
    whole = -(-n // times) * times
    padded = np.full((n_leads, whole, 2), MISSING, np.int16)
    padded[:, :n] = pairs
    grouped = padded.reshape(n_leads, -1, times, 2).transpose(1, 2, 0, 3)
    return _reduced(grouped[..., 0], grouped[..., 1]).transpose(1, 0, 2)


def _reduced(lows: Counts, highs: Counts) -> Counts:
    """Return the lowest and highest along the second axis, shape (n, n_leads, 2), passing over `MISSING`."""
    highest = highs.max(axis=1)  # MISSING is lower than all others
    lowest = (lows.view(np.uint16) + np.uint16(0x8000) - np.uint16(1)).min(axis=1)  # and here the highest
    lowest = (lowest + np.uint16(1) - np.uint16(0x8000)).view(np.int16)
    return np.stack([lowest, highest], axis=-1)
