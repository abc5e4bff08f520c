"""One chunk of all leads: which samples are missing, and the counts of the others in one of three codings."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from struct import Struct
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.ecz import prediction, wavelets
from ectopy.io.ecz.integers import IntegerDecoder, IntegerEncoder, Integers

Mask = npt.NDArray[np.bool_]
Physical = npt.NDArray[np.float32]

COUNTS: Final = "counts"
FLOATS: Final = "floats"
WAVELETS: Final = "wavelets"
CODINGS: Final = (COUNTS, FLOATS, WAVELETS)

_MASK_LENGTH: Final = Struct("<I")
_FLOAT_LEVEL: Final = 9


@dataclass(frozen=True)
class LeadCoding:
    """How the counts of a lead are made, and coded.

    Parameters
    ----------
    name, unit : str
        What it is called, and the unit of its samples.
    gain, baseline : float
        Counts in a unit, and at zero.
    step : float
        Quantiser step of the wavelet coefficients in counts.
    floors : tuple of int
        Class of wavelet coefficients around which all are zero, the finest scale first.
    """

    name: str
    unit: str
    gain: float = 1.0
    baseline: float = 0.0
    step: float = 1.0
    floors: tuple[int, ...] = ()

    def counts(self, samples: Physical) -> Integers:
        """Return the nearest counts of samples, none missing."""
        return np.rint(samples.astype(np.float64) * self.gain + self.baseline).astype(np.int64)

    def samples(self, counts: Integers) -> Physical:
        """Return samples of counts."""
        return np.asarray((counts - self.baseline) / self.gain, np.float32)


@dataclass(frozen=True)
class Coding:
    """How chunks are coded.

    Parameters
    ----------
    kind : {"counts", "floats", "wavelets"}
        Exact counts, exact floating-point numbers, or an approximation.
    fs : float
        Sampling frequency in Hz.
    leads : tuple of LeadCoding
        One for each column.
    """

    kind: str
    fs: float
    leads: tuple[LeadCoding, ...]

    def encode(self, samples: Physical) -> bytes:
        """Return the bytes of samples (n, n_leads), NaN where missing."""
        missing = np.isnan(samples)
        mask = zlib.compress(np.packbits(missing).tobytes(), _FLOAT_LEVEL) if missing.any() else b""
        body = _encode_floats(samples) if self.kind == FLOATS else self._encode_counts(samples, missing)
        return _MASK_LENGTH.pack(len(mask)) + mask + body

    def decode(self, contents: Sequence[bytes], lengths: Sequence[int]) -> Physical:
        """Return the samples of consecutive chunks of so many samples each.

        Raises
        ------
        RecordError
            If a chunk holds something else.
        """
        parts = [_Part(content, n, len(self.leads)) for content, n in zip(contents, lengths, strict=True)]
        if self.kind == FLOATS:
            return np.concatenate([_decode_floats(part.body, part.shape) for part in parts])
        signal = np.empty((sum(lengths), len(self.leads)), np.float32)
        for column, counts in enumerate(self._decode_counts(parts)):
            signal[:, column] = self.leads[column].samples(counts)
        signal[np.concatenate([part.missing for part in parts])] = np.nan
        return signal

    def approximate(self, samples: Physical) -> Physical:
        """Return what samples, none missing, will be once they are decoded."""
        if self.kind != WAVELETS:
            return samples
        columns = [
            lead.samples(wavelets.from_steps(self._bands(lead, column), lead.step, len(column)))
            for lead, column in zip(self.leads, samples.T, strict=True)
        ]
        return np.stack(columns, axis=1)

    def lonely(self, samples: Physical) -> list[list[tuple[float, int]]]:
        """Return of each lead, scale by scale, what `ectopy.io.ecz.wavelets.lonely_sums` says."""
        before, sums = None, []
        for lead, column in zip(self.leads, samples.T, strict=True):
            bands = self._bands(lead, column)
            sums.append(list(wavelets.lonely_sums(bands, before)))
            before = bands
        return sums

    def _bands(self, lead: LeadCoding, column: Physical) -> wavelets.Bands:
        return wavelets.to_steps(lead.counts(column).astype(np.float64), lead.step, self.fs)

    def _encode_counts(self, samples: Physical, missing: Mask) -> bytes:
        encoder, before = IntegerEncoder(), None
        for lead, column in zip(self.leads, (held(samples) if missing.any() else samples).T, strict=True):
            if self.kind == COUNTS:
                prediction.write_lead(encoder, lead.counts(column))
            else:
                bands = self._bands(lead, column)
                wavelets.write_bands(encoder, bands, before, np.array(lead.floors))
                before = bands
        return encoder.finish()

    def _decode_counts(self, parts: Sequence[_Part]) -> list[Integers]:
        """Return the counts of each lead."""
        if self.kind == COUNTS:
            coded = [prediction.read_lead(part.decoder, part.shape[0]) for part in parts for _ in self.leads]
            rebuilt = prediction.rebuild(coded)
            n_leads = len(self.leads)
            return [np.concatenate(rebuilt[lead::n_leads]) for lead in range(n_leads)]
        columns = [self._decode_wavelets(part) for part in parts]
        return [np.concatenate(column) for column in zip(*columns, strict=True)]

    def _decode_wavelets(self, part: _Part) -> list[Integers]:
        n_samples, before, columns = part.shape[0], None, []
        for lead in self.leads:
            before = wavelets.read_bands(part.decoder, n_samples, self.fs, before, np.array(lead.floors))
            columns.append(wavelets.from_steps(before, lead.step, n_samples))
        return columns


class _Part:
    """The bytes of a chunk, taken apart."""

    def __init__(self, content: bytes, n_samples: int, n_leads: int) -> None:
        self.shape = (n_samples, n_leads)
        (self._length,) = _MASK_LENGTH.unpack_from(content)
        start = _MASK_LENGTH.size
        self._mask = content[start : start + self._length]
        self.body = content[start + self._length :]

    @cached_property
    def decoder(self) -> IntegerDecoder:
        return IntegerDecoder(self.body)

    @property
    def missing(self) -> Mask:
        if not self._mask:
            return np.zeros(self.shape, np.bool_)
        n_bits = self.shape[0] * self.shape[1]
        packed = np.frombuffer(_inflate(self._mask, -(-n_bits // 8)), np.uint8)
        return np.unpackbits(packed, count=n_bits).astype(np.bool_).reshape(self.shape)


def held(samples: Physical) -> Physical:
    """Fill the gaps of samples (n, n_leads) by the sample before, or by the first that is there."""
    missing = np.isnan(samples)
    if not missing.any():
        return samples
    filled = np.zeros_like(samples)
    for column, gaps, into in zip(samples.T, missing.T, filled.T, strict=True):
        there = np.flatnonzero(~gaps)
        if len(there):
            nearest = np.searchsorted(there, np.arange(len(column)), side="right") - 1
            into[:] = column[there[np.maximum(nearest, 0)]]
    return filled


def _encode_floats(samples: Physical) -> bytes:
    """Deflate what changes from sample to sample of each lead, byte by byte of its numbers."""
    numbers = np.ascontiguousarray(samples.T, "<f4").view("<u4")
    changes = np.diff(numbers, axis=1, prepend=np.zeros((len(numbers), 1), "<u4")).astype("<u4")
    planes = changes.view(np.uint8).reshape(-1, 4).T
    return zlib.compress(planes.tobytes(), _FLOAT_LEVEL)


def _decode_floats(body: bytes, shape: tuple[int, int]) -> Physical:
    planes = np.frombuffer(_inflate(body, 4 * shape[0] * shape[1]), np.uint8)
    changes = np.ascontiguousarray(planes.reshape(4, -1).T).view("<u4").reshape(shape[::-1])
    return np.cumsum(changes, axis=1, dtype=np.uint32).view(np.float32).T


def _inflate(content: bytes, n_bytes: int) -> bytes:
    """Inflate to so many bytes and no more."""
    inflated = zlib.decompressobj().decompress(content, n_bytes + 1)
    if len(inflated) != n_bytes:
        raise RecordError(f"a chunk holds {len(inflated)} bytes and not {n_bytes}; get the file again")
    return inflated
