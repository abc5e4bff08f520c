"""How the codecs of `reproductions.dense_autoencoder.codecs` are trained, and measured by two protocols.

By the published protocol, windows of all patients are drawn at random into a training and a test part, the
ratio counts numbers as though a number of the code took no more bits than a sample, and PRD keeps the offset
of the converter. By the strict one, patients are divided, bits are counted, and PRDN is given next to PRD.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from ectopy.evaluation.metrics import Floats
from ectopy.evaluation.reconstruction import prd, prdn
from ectopy.networks.dense_autoencoder import DenseArchitecture, DenseAutoencoder
from ectopy.networks.signal_codec import CodecArchitecture, SignalCodec
from ectopy.reproductions.dense_autoencoder.codecs import (
    ADC_OFFSET,
    DENSE_WINDOW,
    LEVELS,
    SEGMENT,
    WAVELET,
    Curve,
    Transform,
    by_codec,
    by_dense,
    by_pca,
    by_wavelets,
    trace,
)
from ectopy.reproductions.dense_autoencoder.continuous_ecg import Recordings, Signals, over_patients
from ectopy.reproductions.stopwatch import TargetStopwatch
from ectopy.reproductions.study import Estimate, Race, Row, Settings
from ectopy.training.loop import Schedule, fit_network, seeded

PUBLISHED_RATIO: Final = 32.25
PUBLISHED_PRD: Final = 2.73

NUMBERS: Final = 16
"""In the code of a window, by the published protocol: a ratio of 32.25 if numbers are counted."""

CODE_SIZES: Final = (16, 32, 64)
"""Sizes of the code that are tried with bits counted."""

CODE_NOISE: Final = 1 / 7
"""Width of the uniform noise added to the code in training: the step of a quantiser of 4 bits."""

PRICE: Final = 0.02
"""mV² that a bit a sample is worth to the codec; on training patients it lands near the published ratio."""

HELD_OUT: Final = 4
"""Patients of DS1 that stop the training, and choose the size of the code."""

CHUNK: Final = 2 * DENSE_WINDOW
"""Samples of a training example; a step looks at a random stretch of it."""

CODEC_WINDOW: Final = 512
"""Samples of that stretch for the codec, which takes any length."""

EPOCHS: Final = 10

DENSE_BATCH: Final = 64
CODEC_BATCH: Final = 32
RACE_BATCH: Final = 16

RACE_EVERY: Final = 4
"""In the race, the codec learns from one in so many of the windows: it needs no more."""

LIMIT: Final = 45.0
"""Processor seconds after which the published recipe is given up."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Training, held-out and test data of the codecs.

    Parameters
    ----------
    learned, held_out : ndarray of float32, shape (n, CHUNK)
        Training examples of different patients.
    coded : ndarray of float32, shape (n, SEGMENT)
        Training segments for the probabilities of the coder.
    chosen, tested : ndarray of float32, shape (n_patients, n_segments, SEGMENT)
        Of the held-out and of the test patients.
    patients : tuple of str
        Who is tested.
    """

    learned: Signals
    held_out: Signals
    coded: Signals
    chosen: Signals
    tested: Signals
    patients: tuple[str, ...]


def divide(train: Recordings, test: Recordings, settings: Settings) -> Parts:
    """Cut training and test patients into examples and segments."""
    rng = np.random.default_rng(settings.seed)
    few = settings.quick
    learned, held_out = train.without(1 if few else HELD_OUT, settings.seed)
    return Parts(
        _centred(learned.random_windows(20 if few else 320, CHUNK, rng)),
        _centred(held_out.random_windows(20 if few else 80, CHUNK, rng)),
        learned.tiles(SEGMENT, 1 if few else 6).reshape(-1, SEGMENT),
        held_out.tiles(SEGMENT, 1 if few else 6),
        test.tiles(SEGMENT, 1 if few else 3),
        test.patients,
    )


def _centred(windows: Signals) -> Signals:
    return np.asarray(windows - windows.mean(axis=1, keepdims=True))


def crop(network: nn.Module, windows: Tensor, length: int) -> Tensor:
    """Return a stretch of each window: in training anywhere, else the first."""
    spare = windows.shape[-1] - length
    start = int(torch.randint(spare + 1, ())) if network.training else 0
    return windows[..., start : start + length]


def dense_loss(network: Any, batch: Sequence[Tensor], code_noise: float = 0.0) -> Tensor:
    """Squared error of windows cut at random from longer ones; in training, the code gets quantiser noise."""
    windows = crop(network, batch[0], network.n_times)
    code = network.encode(windows)
    if network.training:
        code = code + code_noise * (torch.rand_like(code) - 0.5)
    return (network.decode(code) - windows).square().mean()


def codec_loss(network: Any, batch: Sequence[Tensor]) -> Tensor:
    """Squared error in mV², and the price of the bits."""
    windows = crop(network, batch[0], CODEC_WINDOW)
    reconstruction, code = network(windows)
    bits = network.bits(code).sum() / windows.numel()
    return (reconstruction - windows).square().mean() + PRICE * bits


def new_dense(n_code: int, seed: int) -> DenseAutoencoder:
    """Return a dense autoencoder with random weights."""
    with seeded(seed):
        return DenseArchitecture(n_code, (16, 24, 32), (16, 8), kernel=9, bounded=True).build(1, DENSE_WINDOW)


def new_codec(seed: int) -> SignalCodec:
    """Return a codec with random weights."""
    with seeded(seed):
        return CodecArchitecture().build(1)


def schedule(settings: Settings, batch_size: int) -> Schedule:
    """Return our schedule."""
    return Schedule(2 if settings.quick else EPOCHS, batch_size, 4e-3, patience=EPOCHS, weight_decay=0)


def race_schedule(settings: Settings) -> Schedule:
    """Return our schedule where quality matters less than time."""
    return Schedule(2 if settings.quick else 6, RACE_BATCH, 1e-2, patience=6, weight_decay=0)


def recipe_schedule(settings: Settings) -> Schedule:
    """Return the schedule that most publications train by."""
    epochs = 2 if settings.quick else 200
    return Schedule(epochs, 32, 1e-3, patience=epochs, weight_decay=0, policy="constant")


def train_dense(parts: Parts, n_code: int, seed: int, settings: Settings) -> Transform:
    """Train a dense autoencoder of one size on random halves of the examples."""
    network = new_dense(n_code, seed)

    def loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        return dense_loss(network, batch, CODE_NOISE)

    examples = parts.learned[:, None], parts.held_out[:, None]
    plan = schedule(settings, DENSE_BATCH)
    fit_network(network, loss, *([x] for x in examples), schedule=plan, seed=seed, progress=settings.progress)
    return by_dense(network)


def train_codec(parts: Parts, seed: int, settings: Settings) -> Transform:
    """Train a codec."""
    network = new_codec(seed)
    examples = parts.learned[:, None], parts.held_out[:, None]
    plan = schedule(settings, CODEC_BATCH)
    fit_network(
        network, codec_loss, *([x] for x in examples), schedule=plan, seed=seed, progress=settings.progress
    )
    return by_codec(network)


@dataclass(frozen=True, eq=False)
class Compression:
    """Results of all methods.

    Parameters
    ----------
    curves : dict
        Name of the method → its curves on DS2, one per seed.
    sizes : dict
        Size of the dense code → the curve of the first seed on DS2.
    size : int
        The one that did best on held-out patients of DS1.
    counted : dict
        Method → PRD with offset and PRDN of every seed, by the published protocol.
    patients : tuple of str
        Of the curves.
    """

    curves: dict[str, list[Curve]]
    sizes: dict[int, Curve]
    size: int
    counted: dict[str, Floats]
    patients: tuple[str, ...]


def compress(train: Recordings, test: Recordings, settings: Settings) -> Compression:
    """Train and measure every method by both protocols."""
    parts = divide(train, test, settings)
    first = settings.seed
    by_size = {n: train_dense(parts, n, first, settings) for n in CODE_SIZES[: 2 if settings.quick else None]}
    size = choose_size(by_size, parts)
    dense = [by_size[size], *(train_dense(parts, size, seed, settings) for seed in settings.seeds[1:])]
    codecs = [train_codec(parts, seed, settings) for seed in settings.seeds]
    methods = {
        "learned codec": codecs,
        "dense autoencoder": dense,
        "wavelets": [by_wavelets()],
        "PCA": [by_pca(parts.learned)],
    }
    curves = {
        name: [trace(transform, parts.coded, parts.tested) for transform in transforms]
        for name, transforms in methods.items()
    }
    sizes = {n: trace(transform, parts.coded, parts.tested) for n, transform in by_size.items()}
    return Compression(curves, sizes, size, count_numbers(train, test, settings), test.patients)


def choose_size(by_size: dict[int, Transform], parts: Parts) -> int:
    """Return the size of the code that loses least at the published ratio on held-out patients of DS1."""
    losses = {}
    for size, transform in by_size.items():
        curve = trace(transform, parts.coded, parts.chosen)
        loss = curve.at(PUBLISHED_RATIO, curve.prdn).mean()
        losses[size] = np.inf if np.isnan(loss) else loss
    return min(losses, key=lambda size: losses[size])


def count_numbers(train: Recordings, test: Recordings, settings: Settings) -> dict[str, Floats]:
    """Follow the published protocol: windows of all patients at random, 16 unrounded numbers for 516 samples.

    Returns
    -------
    dict
        Method → (n_seeds, 2): mean PRD with the converter's offset, and mean PRDN, on the test windows.
    """
    everyone = np.concatenate([train.signals, test.signals])
    tiles = Recordings(everyone, train.patients + test.patients).tiles(
        DENSE_WINDOW, 1 if settings.quick else 5
    )
    windows = tiles.reshape(-1, DENSE_WINDOW)
    results: dict[str, list[Floats]] = {"dense autoencoder": [], "PCA": []}
    for seed in settings.seeds:
        order = np.random.default_rng(seed).permutation(len(windows))
        tested, held_out, learned = (
            windows[rows] for rows in np.split(order, [len(order) // 5, len(order) // 4])
        )
        network = new_dense(NUMBERS, seed)
        fit_network(
            network,
            dense_loss,
            [learned[:, None]],
            [held_out[:, None]],
            schedule=schedule(settings, DENSE_BATCH),
            seed=seed,
            progress=settings.progress,
        )
        with torch.no_grad():
            reconstructed = network(torch.from_numpy(tested[:, None]))[0][:, 0].numpy()
        results["dense autoencoder"].append(losses(tested, reconstructed))
        model = PCA(NUMBERS, random_state=0).fit(learned)
        results["PCA"].append(losses(tested, model.inverse_transform(model.transform(tested))))
    return {name: np.array(values) for name, values in results.items()}


def losses(windows: Signals, reconstructed: Signals) -> Floats:
    """Return mean PRD with the converter's offset, and mean PRDN, in %."""
    return np.array(
        [prd(windows + ADC_OFFSET, reconstructed + ADC_OFFSET).mean(), prdn(windows, reconstructed).mean()]
    )


def race(train: Recordings, test: Recordings, size: int, settings: Settings) -> Race:
    """Time the dense autoencoder by the usual recipe, and the codec, to the published PRD at that ratio."""
    parts = divide(train, test, settings)
    held_out = [parts.held_out[:, None]]
    some = parts.tested[:, ::8]

    def time(
        network: Any,
        loss: Callable[[nn.Module, Sequence[Tensor]], Tensor],
        transform: Callable[[Any], Transform],
        plan: Schedule,
        every: int = 1,
    ) -> TargetStopwatch:
        def look(trained: Any) -> float:
            curve = trace(transform(trained), parts.coded[::6], some)
            return float(curve.at(PUBLISHED_RATIO, curve.offset_prd).mean())

        watch = TargetStopwatch(look, PUBLISHED_PRD, higher=False, limit=LIMIT)
        learned = [parts.learned[::every, None]]
        fit_network(network, loss, learned, held_out, schedule=plan, seed=settings.seed, watch=watch)
        return watch

    recipe = time(new_dense(size, settings.seed), dense_loss, by_dense, recipe_schedule(settings))
    ours = time(new_codec(settings.seed), codec_loss, by_codec, race_schedule(settings), RACE_EVERY)
    return Race(
        f"PRD in %, offset kept, at CR {PUBLISHED_RATIO} in bits on DS2 (recipe: dense autoencoder, Adam"
        f" 0.001, batch 32, given up after {LIMIT:.0f} s; ours: learned codec on a fourth of the windows)",
        PUBLISHED_PRD,
        recipe.run,
        ours.run,
    )


def rows(results: Compression) -> tuple[Row, ...]:
    """Return the figures at the published ratio, and the ratios at the published PRD."""
    listed = []
    for name, curves in results.curves.items():
        counted = results.counted.get(name)
        offset = [curve.at(PUBLISHED_RATIO, curve.offset_prd) for curve in curves]
        without = [curve.at(PUBLISHED_RATIO, curve.prdn) for curve in curves]
        ratios = [curve.ratio_at(PUBLISHED_PRD) for curve in curves]
        ours, main = name == "learned codec", name in ("learned codec", "dense autoencoder")
        how = _how(name, results.size)
        listed += [
            Row(
                f"compression, PRD in % with the ADC offset at CR 32.25: {name}",
                PUBLISHED_PRD if main else None,
                None if counted is None else Estimate.of_seeds(counted[:, 0]),
                over_patients(offset, results.patients),
                how,
                2,
                headline=name == "dense autoencoder",
            ),
            Row(
                f"compression, PRDN in % (mean removed) at CR 32.25: {name}",
                None,
                None if counted is None else Estimate.of_seeds(counted[:, 1]),
                over_patients(without, results.patients),
                how,
                2,
            ),
            Row(
                f"compression, CR in bits at PRD 2.73 % with the ADC offset: {name}",
                PUBLISHED_RATIO if main else None,
                None,
                Estimate.of_seeds(ratios),
                how,
                1,
                headline=ours,
            ),
        ]
    return tuple(listed)


def _how(name: str, size: int) -> str:
    by = {
        "learned codec": "trained on distortion and bits; mean of the seeds, interval over patients",
        "dense autoencoder": f"{size} numbers a window by DS1; mean of the seeds, interval over patients",
        "wavelets": f"{WAVELET}, {LEVELS} levels, dead zone; interval over patients",
        "PCA": "components of DS1 windows, dead zone; interval over patients",
    }
    return f"{by[name]}; read off its curve on DS2, arithmetic coder learned on DS1"
