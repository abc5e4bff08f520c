"""Compression of continuous ECG: dense autoencoder, learned codec, PCA and wavelets by one count of bits.

Every method turns windows into numbers, and numbers into windows. All else is shared: numbers are rounded to
whole steps, the steps are written by an arithmetic coder whose probabilities were learned in training, the
mean of each segment is written beside them, and each recording pays for its length and for the end of its
message. Nothing else is needed to rebuild it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pywt
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from ectopy.evaluation.metrics import Floats
from ectopy.evaluation.reconstruction import prd, prdn
from ectopy.networks.dense_autoencoder import DenseAutoencoder
from ectopy.networks.signal_codec import SignalCodec
from ectopy.reproductions.dense_autoencoder.continuous_ecg import Signals
from ectopy.signal.quantisation import TERMINATION_BITS, EntropyCode, Quantiser

ADC_BITS: Final = 11
"""Bits of a sample of MIT-BIH."""

ADC_OFFSET: Final = 5.12
"""mV that stand for 0 mV where the offset of the converter is kept: 1,024 units at 200 a mV."""

DENSE_WINDOW: Final = 516
"""Samples of a window of the dense autoencoder: 16 numbers for each are a ratio of 32.25 by count."""

SEGMENT: Final = 8 * DENSE_WINDOW
"""Samples over which PRD is taken, 11.5 s: whole windows, and five halvings of the wavelet transform."""

LEVEL: Final = Quantiser(0.01)
"""For the mean of a segment, in mV."""

LENGTH_BITS: Final = 32
"""Each recording's length, in front of its message."""

PCA_NUMBERS: Final = 96
"""Components of a window that are kept; what is small among them rounds to nothing."""

WAVELET: Final = "db4"
LEVELS: Final = 5

ROUNDING: Final = 0.35
"""Of the transforms that leave most numbers near zero: a dead zone, by trial on training patients."""

Blocks = tuple[npt.NDArray[np.float32], ...]
"""Numbers of n segments, each block (n, n_rows, n_columns); a column has its own probabilities."""


@dataclass(frozen=True, eq=False)
class Transform:
    """Segments to numbers, and back.

    Parameters
    ----------
    forward : callable
        (n, SEGMENT) in mV, each segment less its mean → blocks.
    back : callable
        Blocks → (n, SEGMENT).
    quantisers : tuple of Quantiser
        From coarse to fine: the points of its curve.
    """

    forward: Callable[[Signals], Blocks]
    back: Callable[[Blocks], Signals]
    quantisers: tuple[Quantiser, ...]


@dataclass(frozen=True, eq=False)
class Curve:
    """What a method loses at each compression ratio, for each patient.

    Parameters
    ----------
    ratios : ndarray of float64, shape (n_points,)
        Bits of all samples over bits of all messages, rising.
    offset_prd, prdn : ndarray of float64, shape (n_points, n_patients)
        Mean over the segments of a patient, in %: with the converter's offset kept, and the mean removed.
    """

    ratios: Floats
    offset_prd: Floats
    prdn: Floats

    def at(self, ratio: float, figure: Floats) -> Floats:
        """Read a figure off at a ratio, between the two nearest points; NaN beyond the ends of the curve."""
        if not self.ratios[0] <= ratio <= self.ratios[-1]:
            return np.full(figure.shape[1:], np.nan)
        high = int(np.clip(np.searchsorted(self.ratios, ratio), 1, len(self.ratios) - 1))
        share = (ratio - self.ratios[high - 1]) / (self.ratios[high] - self.ratios[high - 1])
        return (1 - share) * figure[high - 1] + share * figure[high]

    def ratio_at(self, offset_prd: float) -> float:
        """Return the ratio at a mean PRD with offset; NaN where the curve does not come by there."""
        losses = np.maximum.accumulate(self.offset_prd.mean(axis=1))
        if not losses[0] <= offset_prd <= losses[-1]:
            return float("nan")
        return float(np.interp(offset_prd, losses, self.ratios))


def trace(transform: Transform, learned: Signals, tested: Signals) -> Curve:
    """Code and rebuild recordings at every quantiser of a transform.

    Parameters
    ----------
    transform : Transform
        The method.
    learned : ndarray of float32, shape (n, SEGMENT)
        Training segments, which the probabilities are learned from.
    tested : ndarray of float32, shape (n_patients, n_segments, SEGMENT)
        What is compressed.
    """
    n_patients, n_segments, _ = tested.shape
    flat = tested.reshape(-1, SEGMENT)
    levels = [segments.mean(axis=1)[:, None, None] for segments in (learned, flat)]
    level_steps, level_bits = _write(LEVEL, *levels)
    rebuilt_levels = LEVEL.values(level_steps)[:, 0]
    known, unknown = (
        transform.forward(x - level[:, 0]) for x, level in zip((learned, flat), levels, strict=True)
    )
    points = []
    for quantiser in transform.quantisers:
        written = [_write(quantiser, *pair) for pair in zip(known, unknown, strict=True)]
        rebuilt = transform.back(tuple(quantiser.values(steps) for steps, _ in written)) + rebuilt_levels
        bits = level_bits + np.sum([spent for _, spent in written], axis=0)
        messages = np.ceil(bits.reshape(n_patients, n_segments).sum(axis=1)) + TERMINATION_BITS + LENGTH_BITS
        losses = prd(flat + ADC_OFFSET, rebuilt + ADC_OFFSET), prdn(flat, rebuilt)
        by_patient = (loss.reshape(n_patients, n_segments).mean(axis=1) for loss in losses)
        points.append((tested.size * ADC_BITS / messages.sum(), *by_patient))
    points.sort(key=lambda point: float(point[0]))
    ratios, offset_prd, without_mean = (np.array(column) for column in zip(*points, strict=True))
    return Curve(ratios, offset_prd, without_mean)


def _write(
    quantiser: Quantiser, known: npt.NDArray[np.float32], unknown: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the steps of a block as the code can hold them, and the bits that each segment takes."""
    n_columns = known.shape[-1]
    code = EntropyCode.learn(quantiser.steps(known).reshape(-1, n_columns))
    steps = code.hold(quantiser.steps(unknown))
    bits = code.bits(steps.reshape(-1, n_columns)).reshape(len(steps), -1).sum(axis=1)
    return steps, bits


def by_wavelets() -> Transform:
    """Return the orthogonal wavelet transform; each scale has its own probabilities."""
    steps = (1.6, 1.2, 0.9, 0.7, 0.55, 0.43, 0.33, 0.25)

    def forward(segments: Signals) -> Blocks:
        scales = pywt.wavedec(segments, WAVELET, mode="periodization", level=LEVELS, axis=1)
        return tuple(scale[..., None] for scale in scales)

    def back(blocks: Blocks) -> Signals:
        scales = [block[..., 0] for block in blocks]
        return np.asarray(pywt.waverec(scales, WAVELET, mode="periodization", axis=1), np.float32)

    return Transform(forward, back, tuple(Quantiser(step, ROUNDING) for step in steps))


def by_pca(learned: Signals) -> Transform:
    """Return the principal components of training windows, the best linear code of its size."""
    model = PCA(min(PCA_NUMBERS, len(learned) - 1), random_state=0).fit(_split(learned))
    steps = (1.6, 1.2, 0.9, 0.7, 0.5, 0.35)

    def forward(segments: Signals) -> Blocks:
        numbers = model.transform(_split(segments))
        return (numbers.reshape(len(segments), -1, numbers.shape[1]).astype(np.float32),)

    def back(blocks: Blocks) -> Signals:
        numbers = blocks[0].reshape(-1, blocks[0].shape[-1])
        return np.asarray(model.inverse_transform(numbers), np.float32).reshape(-1, SEGMENT)

    return Transform(forward, back, tuple(Quantiser(step, ROUNDING) for step in steps))


def by_dense(network: DenseAutoencoder) -> Transform:
    """Return a trained dense autoencoder; its bounded code is held with 2 to 8 bits a number at most."""

    def forward(segments: Signals) -> Blocks:
        codes = _in_batches(network, lambda x: network.encode(x[:, None]), _split(segments))
        return (codes.reshape(len(segments), -1, codes.shape[1]),)

    def back(blocks: Blocks) -> Signals:
        codes = blocks[0].reshape(-1, blocks[0].shape[-1])
        return _in_batches(network, network.decode, codes).reshape(-1, SEGMENT)

    # 2^bits - 1 levels from -1 to 1, zero among them
    levels = [2 ** (bits - 1) - 1 for bits in (2, 3, 4, 5, 6, 8)]
    return Transform(forward, back, tuple(Quantiser(1 / n, limit=n) for n in levels))


def by_codec(network: SignalCodec) -> Transform:
    """Return a trained codec, at the step that it was trained at and at coarser and finer ones."""

    def forward(segments: Signals) -> Blocks:
        return (_in_batches(network, lambda x: network.encode(x[:, None]), segments).transpose(0, 2, 1),)

    def back(blocks: Blocks) -> Signals:
        codes = np.ascontiguousarray(blocks[0].transpose(0, 2, 1))
        return _in_batches(network, network.decode, codes).reshape(-1, codes.shape[2] * network.frame)

    steps = (5.6, 4.0, 2.8, 2.0, 1.4, 1.0, 0.7, 0.5)
    return Transform(forward, back, tuple(Quantiser(step) for step in steps))


def _split(segments: Signals) -> Signals:
    return segments.reshape(-1, DENSE_WINDOW)


@torch.no_grad()
def _in_batches(network: nn.Module, step: Callable[[Tensor], Tensor], rows: Signals) -> Signals:
    network.eval()
    parts = [step(torch.from_numpy(rows[i : i + 512])).numpy() for i in range(0, len(rows), 512)]
    return np.concatenate(parts)
