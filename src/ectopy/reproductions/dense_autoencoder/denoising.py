"""Denoising of continuous ECG with the recorded noises of NSTDB: networks beside filters.

In kind as published for DeepFilter (Romero et al., Biomed. Signal Process. Control 70, 2021): noise is scaled
so that its peak is 0.2 to 2 times that of the signal, and windows of 512 samples are measured. There, ECG of
QTDB got baseline wander only; here, MIT-BIH filtered to 0.5 – 40 Hz serves as clean ECG, and each segment
gets baseline wander, electrode motion or muscle noise. Patients and parts of the noise are disjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from scipy import signal as dsp
from torch import Tensor, nn

from ectopy.datasets.mitbih import NOISES, NoisePart, load_noise
from ectopy.evaluation.metrics import Floats
from ectopy.evaluation.reconstruction import cosine_similarity, max_abs_distance, prd, snr, ssd
from ectopy.networks.denoising_unet import UnetArchitecture
from ectopy.networks.dense_autoencoder import DenseArchitecture
from ectopy.reproductions.dense_autoencoder.continuous_ecg import FS, Recordings, Signals, over_patients
from ectopy.reproductions.study import Row, Settings
from ectopy.signal.filters import bandpass
from ectopy.signal.wavelets import denoise
from ectopy.training.loop import Schedule, apply_network, fit_network, seeded

LOW: Final = 0.5
HIGH: Final = 40.0
"""Band of what counts as clean, in Hz; the filters are designed for it."""

WINDOW: Final = 512
SEGMENT: Final = 7 * WINDOW
"""Samples that filters and the convolutional network see at once; the dense one sees a window."""

GAINS: Final = (0.2, 2.0)
"""Range of the peak of the noise over that of the signal."""

HELD_OUT: Final = 4
"""Patients of DS1 that stop the training."""

STOPPING_NOISE: Final = 0.2
"""Share of the training half of the noise, its end, that stops the training."""

FIGURES: Final[dict[str, tuple[Callable[..., Floats], float]]] = {
    "SNR in dB": (snr, 1.0),
    "SSD in mV²": (ssd, 1.0),
    "MAD in mV": (max_abs_distance, 1.0),
    "PRD in %": (prd, 1.0),
    "cosine in %": (cosine_similarity, 100.0),
}
"""Name → figure of a window (clean, denoised), and its factor."""

PUBLISHED: Final = {
    "U-Net after FIR": ("DeepFilter", (None, 5.20, 0.39, 50.45, 89.0)),
    "dense autoencoder": ("FCN-DAE", (None, 10.63, 0.60, 94.5, 77.0)),
}
"""Method → the published one whose figures, on QTDB with NSTDB, are given in its rows: those of DeepFilter's
paper and repository, which has tested both."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """Clean segments, noise of unit peak, and how loud to make it.

    Parameters
    ----------
    clean : ndarray of float32, shape (n, n_times)
        In mV.
    noise : ndarray of float32, shape (n, n_times)
        As recorded, less its mean, its largest magnitude 1.
    filtered : ndarray of float32, shape (n, n_times)
        The same noise after the FIR filter, by the same factor.
    gains : ndarray of float32, shape (n, 1)
        Peak of the noise over that of the clean segment.
    kinds : ndarray of str, shape (n,)
        Which noise of `NOISES`.
    """

    clean: Signals
    noise: Signals
    filtered: Signals
    gains: Signals
    kinds: npt.NDArray[np.str_]

    @property
    def level(self) -> Signals:
        """What the noise of unit peak is multiplied by: (n, 1) in mV."""
        return np.asarray(self.gains * np.abs(self.clean).max(axis=1, keepdims=True), np.float32)

    @property
    def noisy(self) -> Signals:
        """Clean segments with their noise."""
        return self.clean + self.level * self.noise


def noise_sources(part: NoisePart, settings: Settings) -> dict[str, Signals]:
    """Read both channels of each noise, (n_samples, 2); in a quick run, made-up noise of three colours."""
    if not settings.quick:
        return {name: load_noise(name, part) for name in NOISES}
    rng = np.random.default_rng(0 if part == "train" else 1)
    white = rng.normal(size=(40 * FS, 2))
    colours = (np.cumsum(np.cumsum(white, axis=0) * 1e-2, axis=0), np.cumsum(white, axis=0), white)
    return {
        name: dsp.detrend(colour, axis=0).astype(np.float32)
        for name, colour in zip(NOISES, colours, strict=True)
    }


def mix(clean: Signals, sources: dict[str, Signals], rng: np.random.Generator) -> Mixture:
    """Give each clean segment one of the noises, from anywhere in its recording, in turn."""
    n, n_times = clean.shape
    kinds = np.array(list(sources))[np.arange(n) % len(sources)]
    both = {
        name: np.stack([noise, bandpass(noise, FS, low=LOW, high=HIGH)]) for name, noise in sources.items()
    }
    raw, filtered = np.empty_like(clean), np.empty_like(clean)
    for row, kind in enumerate(kinds):
        pair = both[str(kind)]
        start, channel = rng.integers(pair.shape[1] - n_times + 1), rng.integers(pair.shape[2])
        raw[row], filtered[row] = pair[:, start : start + n_times, channel]
    raw -= raw.mean(axis=1, keepdims=True)
    peak = np.abs(raw).max(axis=1, keepdims=True)
    gains = rng.uniform(*GAINS, (n, 1)).astype(np.float32)
    return Mixture(clean, raw / peak, filtered / peak, gains, kinds)


def clean_recordings(recordings: Recordings) -> Recordings:
    """Filter recordings to the band that counts as clean."""
    return Recordings(np.ascontiguousarray(fir(recordings.signals)), recordings.patients)


def fir(noisy: Signals) -> Signals:
    """Band-pass with linear phase: (n, n_times) → the same."""
    return bandpass(noisy.T, FS, low=LOW, high=HIGH).T


def iir(noisy: Signals) -> Signals:
    """Band-pass by a Butterworth filter run forth and back, without delay."""
    sections = dsp.butter(4, [LOW, HIGH], "bandpass", fs=FS, output="sos")
    return np.asarray(dsp.sosfiltfilt(sections, noisy, axis=1), np.float32)


def wavelet(noisy: Signals) -> Signals:
    """Shrink wavelet coefficients after the FIR filter took the wander, which shrinking leaves alone."""
    return denoise(fir(noisy).T).T


@dataclass(frozen=True, eq=False)
class TrainingWindows:
    """Windows to learn denoising from, and windows of other patients for early stopping."""

    learned: Mixture
    held_out: Mixture


def training_windows(train: Recordings, settings: Settings) -> TrainingWindows:
    """Cut training windows, and windows of held-out patients with a held-out stretch of the noise."""
    rng = np.random.default_rng(settings.seed)
    learned, held_out = train.without(1 if settings.quick else HELD_OUT, settings.seed)
    sources = noise_sources("train", settings)
    ends = {name: int(len(noise) * (1 - STOPPING_NOISE)) for name, noise in sources.items()}
    windows = [
        part.random_windows(n, WINDOW, rng)
        for part, n in ((learned, 30 if settings.quick else 260), (held_out, 30 if settings.quick else 120))
    ]
    return TrainingWindows(
        mix(windows[0], {name: noise[: ends[name]] for name, noise in sources.items()}, rng),
        mix(windows[1], {name: noise[ends[name] :] for name, noise in sources.items()}, rng),
    )


def _remixed(network: nn.Module, batch: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return clean and noisy windows; in training each window meets another noise at another level."""
    clean, noise, gains = batch
    if network.training:
        noise = noise[torch.randperm(len(noise))]
        gains = GAINS[0] + (GAINS[1] - GAINS[0]) * torch.rand_like(gains)
    return clean, clean + gains * clean.abs().amax(dim=-1, keepdim=True) * noise


def unet_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Absolute error, as a share of the standard deviation of the clean window."""
    clean, noisy = _remixed(network, batch)
    errors = (network(noisy) - clean).abs().mean(dim=-1)
    return (errors / clean.std(dim=-1).clamp_min(0.05)).mean()


def dense_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Squared error, as autoencoders are trained."""
    clean, noisy = _remixed(network, batch)
    return (network(noisy)[0] - clean).square().mean()


def train_unet(training: TrainingWindows, seed: int, settings: Settings) -> Callable[[Signals], Signals]:
    """Train a U-Net on windows that went through the FIR filter; return the denoiser of noisy segments."""
    with seeded(seed):
        network = UnetArchitecture((16, 32, 48, 48), kernel=5).build(1)
    _fit(network, unet_loss, training, "filtered", seed, settings)
    return lambda noisy: apply_network(network, _channel(fir(noisy)))[0][:, 0]


def train_dense(training: TrainingWindows, seed: int, settings: Settings) -> Callable[[Signals], Signals]:
    """Train a dense autoencoder on noisy windows; return the denoiser of noisy segments."""
    with seeded(seed):
        network = DenseArchitecture(32, (16, 24, 32), (16, 8), kernel=9).build(1, WINDOW)
    _fit(network, dense_loss, training, "noise", seed, settings)

    def clean(noisy: Signals) -> Signals:
        return apply_network(network, _channel(noisy.reshape(-1, WINDOW)))[0].reshape(noisy.shape)

    return clean


def _fit(
    network: Any, loss: Any, training: TrainingWindows, noise: str, seed: int, settings: Settings
) -> None:
    """Train on one form of the noise: as recorded, or filtered."""
    learned, held_out = (
        [_channel(part.clean), _channel(getattr(part, noise)), part.gains[:, None]]
        for part in (training.learned, training.held_out)
    )
    plan = Schedule(epochs=2 if settings.quick else 9, batch_size=64, learning_rate=4e-3, patience=9)
    fit_network(network, loss, learned, held_out, schedule=plan, seed=seed, progress=settings.progress)


def _channel(windows: Signals) -> Signals:
    return np.ascontiguousarray(windows[:, None], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Denoising:
    """What was results.

    Parameters
    ----------
    figures : dict
        Method → array (n_seeds, n_figures, n_patients, n_kinds): means over the windows of a patient with one
        noise, the figures in the order of `FIGURES` and the noises in that of `NOISES`.
    patients : tuple of str
        Who was tested.
    example : dict
        Method → one segment of each noise, (n_kinds, SEGMENT), by the first seed.
    """

    figures: dict[str, Floats]
    patients: tuple[str, ...]
    example: dict[str, Signals]


def denoise_all(train: Recordings, test: Recordings, settings: Settings) -> Denoising:
    """Train the networks on DS1, and denoise the same segments of DS2 by every method."""
    training = training_windows(clean_recordings(train), settings)
    n_segments = 3 if settings.quick else 21
    rng = np.random.default_rng(settings.seed + 1)
    clean = clean_recordings(test).random_windows(n_segments, SEGMENT, rng)
    mixture = mix(clean, noise_sources("test", settings), rng)
    methods: dict[str, list[Callable[[Signals], Signals]]] = {
        "U-Net after FIR": [train_unet(training, seed, settings) for seed in settings.seeds],
        "dense autoencoder": [train_dense(training, seed, settings) for seed in settings.seeds],
        "FIR filter": [fir],
        "IIR filter": [iir],
        "FIR filter and wavelets": [wavelet],
        "noisy input": [lambda noisy: noisy],
    }
    figures, example = {}, {"clean": clean[: len(NOISES)]}
    for name, denoisers in methods.items():
        cleaned = [denoiser(mixture.noisy) for denoiser in denoisers]
        figures[name] = np.stack([measure(mixture, one, len(test.patients)) for one in cleaned])
        example[name] = cleaned[0][: len(NOISES)]
    return Denoising(figures, test.patients, example)


def measure(mixture: Mixture, cleaned: Signals, n_patients: int) -> Floats:
    """Return each figure's mean over the windows of a patient and noise: (n_figures, n_patients, n_kinds)."""
    clean, denoised = mixture.clean.reshape(-1, WINDOW), cleaned.reshape(-1, WINDOW)
    n_kinds = len(NOISES)
    values = np.stack([factor * figure(clean, denoised) for figure, factor in FIGURES.values()])
    # segments come patient by patient, the noises in turn
    by_segment = values.reshape(len(FIGURES), n_patients, -1, n_kinds, SEGMENT // WINDOW)
    return by_segment.mean(axis=(2, 4))


def rows(results: Denoising) -> tuple[Row, ...]:
    """Return every figure of every method: baseline wander alone as published, and all three noises."""
    listed = []
    for at, figure in enumerate(FIGURES):
        for name, values in results.figures.items():
            source, published = PUBLISHED.get(name, ("", (None,) * len(FIGURES)))
            listed.append(
                Row(
                    f"denoising, {figure}: {name}",
                    f"{published[at]} ({source}, QTDB)" if published[at] else None,
                    over_patients(list(values[:, at, :, 0]), results.patients),
                    over_patients(list(values[:, at].mean(axis=-1)), results.patients),
                    _HOW if source else "the same segments; nothing is learned",
                    2,
                    headline=name == "U-Net after FIR" and figure in ("SSD in mV²", "cosine in %"),
                )
            )
    return tuple(listed)


_HOW: Final = (
    "left: baseline wander alone, right: bw, em and ma alike; trained on DS1 and the first half of the noise;"
    " mean of the seeds, interval over patients"
)
