"""The denoiser: wander is taken by a filter, other noise by a small network.

Leads are brought to 250 Hz, baseline wander is filtered away, a network takes away what it finds to be
noise (`ectopy.networks.denoising_unet.NoiseSubtractor`), and the result is brought back to the rate of the
recording. It works on blocks that hang on the first sample and see `Denoiser.reach` samples beyond their
ends, so that any way of reading gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, floor
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.derived import DerivedSource
from ectopy.errors import ParameterError
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.registry import DEFAULT_DENOISER, model_folder
from ectopy.record import Record, Source
from ectopy.signal.filters import bandpass, bandpass_reach, fill_missing
from ectopy.signal.resampling import Ratio, rational_ratio, resample, resample_reach

KIND: Final = "denoiser"

NETWORK_FS: Final = 250.0
"""Rate in Hz at which the network works; what is above 100 Hz is taken away with the noise."""

WINDOW: Final = 2048
"""Samples that the network sees at once, 8.2 s."""

WANDER: Final = 0.5
"""Hz below which everything is baseline wander: the filter's edge at half amplitude."""

LOWEST: Final = 14.0
NOISY: Final = 0.1
"""Hz below which the network takes nothing, and noise over signal at which it takes half of what it finds
above: by trial on validation people, so that P and T waves keep their height."""

_NEARBY: Final = 501
"""Samples, 2 s, over which noise and signal are compared."""

_MARGIN: Final = 128
_SEAM: Final = 256
"""Samples at either end of a window that are not used, and over which one window fades into the next."""

_HOP: Final = WINDOW - 2 * _MARGIN - _SEAM
_LEAD_IN: Final = _MARGIN + _SEAM

_BLOCK_SECONDS: Final = 24.0
_HOLD: Final = 3600.0
"""Seconds over which a missing sample is filled by the nearest one: more than a block sees."""

_CACHED_BLOCKS: Final = 2

Samples = npt.NDArray[np.float32]


def without_wander(x: Samples) -> Samples:
    """Return samples at 250 Hz, none missing, without what is below 0.5 Hz."""
    return bandpass(x, NETWORK_FS, low=WANDER, high=None)


def load(folder: Path | str) -> Artifact:
    """Read the network of a denoiser.

    Raises
    ------
    ArtifactError
        If the artifact is damaged, of another version of the format, or no denoiser.
    """
    return artifact.load(Path(folder), KIND)


@dataclass(frozen=True, eq=False)
class Denoiser:
    """Takes baseline wander and noise off ECG leads.

    Parameters
    ----------
    artifact : Artifact
        The network, as `load` finds it.
    lowest : float
        Hz below which noise is left to the filter of baseline wander. P and T waves lie there, and where
        noise is strong a network takes some of them with it: with 0 it flattens P by a fifth under
        electrode motion at 6 dB, and gains 4 dB.
    """

    artifact: Artifact
    lowest: float = LOWEST

    @classmethod
    def load(cls, model: str | Path = DEFAULT_DENOISER) -> Self:
        """Read a denoiser; torch is not needed.

        Parameters
        ----------
        model : str or Path
            Name of a shipped model, or a folder that holds one.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or no denoiser.
        """
        return cls(load(model_folder(model)))

    def denoise(self, source: Source) -> DenoisedSource:
        """Return a recording without wander and noise; samples are computed when they are read.

        Parameters
        ----------
        source : Source
            Any leads, at any rate that is less than a factor of 1000 away from 250 Hz.

        Returns
        -------
        DenoisedSource
            Names, rate and marks are those of the source, and what is missing there is missing.

        Raises
        ------
        ParameterError
            If the rate is further away, or the source is a stream whose end is not known.

        Examples
        --------
        >>> from ectopy.simulation import simulate
        >>> record = simulate(duration=30, fs=360, seed=1)
        >>> Denoiser.load().denoise(record).read(0, 720).shape
        (720, 2)
        """
        if source.n_samples is None:
            raise ParameterError(
                f"source {source.name} is a stream that goes on; denoise it once it has ended"
            )
        rational_ratio(source.fs, NETWORK_FS)
        return DenoisedSource(source, self)

    def reach(self, fs: float) -> int:
        """Return how many samples on each side of a block at a rate its result depends on."""
        ratio = rational_ratio(fs, NETWORK_FS)
        inside = WINDOW + _HOP + bandpass_reach(NETWORK_FS, WANDER, None) + resample_reach(NETWORK_FS, fs)
        return ceil(ratio.source(inside + 2 * ratio.up)) + resample_reach(fs, NETWORK_FS) + 2 * ratio.down

    def without_noise(self, leads: Samples) -> Samples:
        """Take noise off windows (n, WINDOW) at 250 Hz without wander, as far as there is enough of it.

        What it takes from a clean lead is no noise. So only a share is taken, ``q⁴ / (q⁴ + NOISY⁴)``, where q
        is noise above `lowest` over signal, both root mean squares over 2 s as the network says.
        """
        clean = self.artifact.run(leads[:, np.newaxis], batch_size=64)[0][:, 0]
        noise = leads - clean
        if self.lowest:
            noise = bandpass(np.ascontiguousarray(noise.T), NETWORK_FS, low=self.lowest, high=None).T
        noisy, heard = (_power(each) for each in (noise, NOISY * clean))
        share = noisy**2 / np.maximum(noisy**2 + heard**2, np.finfo(np.float32).tiny)
        return leads - share * noise


@dataclass(frozen=True, eq=False)
class DenoisedSource(DerivedSource):
    """A recording without wander and noise.

    Parameters
    ----------
    source : Source
        The recording as it is.
    denoiser : Denoiser
        What takes the noise away.
    """

    denoiser: Denoiser

    @property
    def n_samples(self) -> int:
        """Samples of each lead."""
        return self.source.n_samples or 0

    def read(self, start: int, stop: int) -> Samples:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads), NaN where missing."""
        start, stop = max(0, start), min(stop, self.n_samples)
        signal = np.empty((max(0, stop - start), len(self.leads)), np.float32)
        length = self._block_length
        for block in range(start // length, -(-stop // length)) if start < stop else ():
            first = block * length
            part = self._block(block)[max(0, start - first) : stop - first]
            at = max(0, first - start)
            signal[at : at + len(part)] = part
        return signal

    def load(self) -> Record:
        """Return the whole denoised recording in memory."""
        return Record(
            signal=self.read(0, self.n_samples),
            fs=self.fs,
            leads=self.leads,
            name=self.name,
            annotations=self.annotations,
            patient=self.patient,
            start=self.start,
            comments=self.comments,
            channels=self.channels,
            decisions=self.decisions,
            notes=self.notes,
        )

    @property
    def _block_length(self) -> int:
        return max(1, round(_BLOCK_SECONDS * self.fs))

    @cached_property
    def _block(self) -> Callable[[int], Samples]:
        return lru_cache(_CACHED_BLOCKS)(self._denoised_block)

    def _denoised_block(self, block: int) -> Samples:
        """Return the samples of one block."""
        ratio = rational_ratio(self.fs, NETWORK_FS)
        first, last = block * self._block_length, min((block + 1) * self._block_length, self.n_samples)
        back = resample_reach(NETWORK_FS, self.fs)
        # at 250 Hz, from a sample on that is one of the recording too
        begin = floor((float(ratio.target(first)) - back) / ratio.up) * ratio.up
        end = ceil(float(ratio.target(last))) + back + 1
        clean = self._clean(begin, end, ratio)
        skip = first - begin // ratio.up * ratio.down
        signal = resample(clean, NETWORK_FS, self.fs)[skip : skip + last - first]
        signal[np.isnan(self.source.read(first, last))] = np.nan
        return signal

    def _clean(self, begin: int, end: int, ratio: Ratio) -> Samples:
        """Return samples ``begin`` to ``end`` at 250 Hz of all leads, window faded into window."""
        windows = range(begin // _HOP, (end - 1 + _SEAM) // _HOP + 1)
        start, stop = windows.start * _HOP - _LEAD_IN, windows.stop * _HOP - _HOP - _LEAD_IN + WINDOW
        level = self._levelled(start, stop, ratio)
        clean = np.zeros((stop - start, len(self.leads)), np.float32)
        shape = _fading()
        for column, lead in enumerate(level.T):
            rows = np.lib.stride_tricks.sliding_window_view(lead, WINDOW)[::_HOP]
            for row, window in enumerate(self.denoiser.without_noise(np.ascontiguousarray(rows)) * shape):
                clean[row * _HOP : row * _HOP + WINDOW, column] += window
        return clean[begin - start : end - start]

    def _levelled(self, start: int, stop: int, ratio: Ratio) -> Samples:
        """Return samples at 250 Hz without wander; beyond an end of the recording its last one goes on."""
        reach = bandpass_reach(NETWORK_FS, WANDER, None)
        margin = resample_reach(self.fs, NETWORK_FS)
        first = floor((start - reach) / ratio.up) * ratio.down
        first -= ceil(margin / ratio.down) * ratio.down
        last = ceil(float(ratio.source(stop + reach))) + margin + 1
        there = self.source.read(max(0, first), min(last, self.n_samples))
        filled = fill_missing(there, self.fs, _HOLD)
        beyond = (max(0, -first), max(0, last - self.n_samples))
        padded = np.pad(filled, (beyond, (0, 0)), mode="edge")
        skip = start - reach - first // ratio.down * ratio.up
        fine = resample(padded, self.fs, NETWORK_FS)[skip : skip + stop - start + 2 * reach]
        return without_wander(fine)[reach : reach + stop - start]


def _power(windows: Samples) -> Samples:
    """Return the mean square around each sample of windows (n, WINDOW); beyond the ends there is nothing."""
    sums = np.cumsum(np.pad(windows.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    places = np.arange(windows.shape[1])
    first = np.maximum(places - _NEARBY // 2, 0)
    last = np.minimum(places + _NEARBY // 2 + 1, windows.shape[1])
    return np.asarray((sums[:, last] - sums[:, first]) / (last - first), np.float32)


@lru_cache(1)
def _fading() -> Samples:
    """Return the weights of a window, which add up to one with those of its neighbours."""
    ramp = (np.arange(_SEAM, dtype=np.float32) + 0.5) / _SEAM
    whole = np.ones(_HOP - _SEAM, np.float32)
    nothing = np.zeros(_MARGIN, np.float32)
    return np.concatenate([nothing, ramp, whole, ramp[::-1], nothing])
