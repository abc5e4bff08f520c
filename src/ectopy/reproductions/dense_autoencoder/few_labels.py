"""Classes of beats from few labels: what the code of an autoencoder trained without labels is worth.

The autoencoder is trained on beats of DS1 without their labels. Then a share of the labels of DS1 is drawn,
beat by beat, and every classifier learns from the same ones: a linear one on the code (linear probe), the
encoder trained on with a linear layer (fine-tuning), the same encoder from random weights (from scratch), the
linear one on raw samples, and on as many principal components as the code has numbers. All know when the
beat came (`ectopy.beats.rr.rr_features`) and are tested on DS2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional

from ectopy.beats.normalisation import normalise
from ectopy.beats.rr import rr_features
from ectopy.beats.windows import DEFAULT_WINDOW, cut_beats
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.splits import DS1, DS2, mitdb_patient
from ectopy.evaluation.confusion import GroupedConfusion, grouped_confusion
from ectopy.evaluation.metrics import Floats, f1, macro_f1
from ectopy.evaluation.uncertainty import CountFigure, bootstrap
from ectopy.labels import aami_classes
from ectopy.networks.dense_autoencoder import DenseArchitecture, DenseAutoencoder
from ectopy.record import Record
from ectopy.reproductions.study import Estimate, Row, Settings
from ectopy.simulation import Rhythm, simulate
from ectopy.training.loop import Schedule, apply_network, fit_network, seeded

WINDOW: Final = DEFAULT_WINDOW
"""0.4 s before the R peak and 0.4 s from it on."""

CLASSES: Final = ("N", "S", "V", "F")
"""Of AAMI; Q, with eight beats in DS1 and seven in DS2, is left out."""

SHARES: Final = (0.01, 0.05, 0.1, 1.0)
"""Of the labels of DS1."""

ARMS: Final = ("linear probe on the code", "fine-tuned encoder", "from scratch", "raw beats", "PCA code")

N_CODE: Final = 32

STEPS: Final = 300
"""Of every training with labels, whatever their number."""

MOST_BEATS: Final = 600
"""Of one patient, that the autoencoder learns from."""

HELD_OUT: Final = 0.2
"""Share of the labelled beats that chooses the epoch; the linear classifiers learn from them, too."""

Classes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Beats of one lead, each brought to mean 0 and standard deviation 1, and when they came.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, 1, n_times)
        Standardised.
    timing : ndarray of float32, shape (n_beats, n_features)
        Logarithms of the RR features.
    classes : ndarray of int64, shape (n_beats,)
        Index into `CLASSES`.
    patients : ndarray of str, shape (n_beats,)
        Patient of each beat.
    """

    waveforms: npt.NDArray[np.float32]
    timing: npt.NDArray[np.float32]
    classes: Classes
    patients: npt.NDArray[np.str_]

    def __getitem__(self, rows: npt.NDArray[np.integer]) -> Labelled:
        return Labelled(self.waveforms[rows], self.timing[rows], self.classes[rows], self.patients[rows])


def read_beats(names: str, settings: Settings) -> Labelled:
    """Cut the annotated beats of DS1 or DS2; DS1 without record 201, whose patient is tested as 202."""
    parts = [_beats_of(record) for record in labelled_records(names, settings)]
    return Labelled(
        *(
            np.concatenate(columns)
            for columns in zip(*((p.waveforms, p.timing, p.classes, p.patients) for p in parts), strict=True)
        )
    )


def labelled_records(names: str, settings: Settings) -> Sequence[Record]:
    """Read DS1 or DS2; DS1 without record 201, whose patient is tested as 202."""
    if settings.quick:
        rhythm = Rhythm(supraventricular=0.12, ventricular=0.15, fusion=0.1)
        first = {"ds1": 0, "ds2": 50}[names]
        return [
            simulate(60, 360, ("MLII",), rhythm=rhythm, seed=first + i, name=f"{first + i}") for i in range(3)
        ]
    tested = {mitdb_patient(name) for name in DS2}
    return list(load_records(DS2 if names == "ds2" else [n for n in DS1 if mitdb_patient(n) not in tested]))


def _beats_of(record: Record) -> Labelled:
    marks = record.reference_annotations().beats()
    beats = cut_beats(record.select(record.leads[:1]), marks.samples, WINDOW)
    ratios = np.nan_to_num(rr_features(marks.samples, record.fs), nan=1.0)
    timing = np.log(np.clip(ratios, 0.05, 20))
    names = aami_classes(marks.symbols, "aami")
    kept = np.isin(names, CLASSES)
    classes = np.searchsorted(np.sort(CLASSES), names[kept])
    order = np.argsort(CLASSES)
    waveforms = normalise(beats.waveforms, "zscore").waveforms
    return Labelled(waveforms[kept], timing[kept], order[classes], beats.patients[kept])


def draw_labels(beats: Labelled, share: float, seed: int) -> npt.NDArray[np.int64]:
    """Draw rows whose labels may be seen: a share of each class, two at least."""
    rng = np.random.default_rng(seed)
    chosen = []
    for each in range(len(CLASSES)):
        rows = rng.permutation(np.flatnonzero(beats.classes == each))
        chosen.append(rows[: max(2, round(share * len(rows)))])
    return np.sort(np.concatenate(chosen))


def pretrain(beats: Labelled, seed: int, settings: Settings) -> DenseAutoencoder:
    """Train an autoencoder on beats whose labels it does not see."""
    rng = np.random.default_rng(seed)
    most = 100 if settings.quick else MOST_BEATS
    rows = np.concatenate(
        [rng.permutation(np.flatnonzero(beats.patients == name))[:most] for name in np.unique(beats.patients)]
    )
    learned, held_out = np.split(rng.permutation(rows), [int(0.9 * len(rows))])
    network = new_autoencoder(seed)
    plan = Schedule(epochs=2 if settings.quick else 8, batch_size=128, learning_rate=4e-3, patience=8)
    fit_network(
        network,
        _reconstruction,
        [beats.waveforms[learned]],
        [beats.waveforms[held_out]],
        schedule=plan,
        seed=seed,
    )
    return network


def new_autoencoder(seed: int) -> DenseAutoencoder:
    """Return a dense autoencoder of beats with random weights."""
    with seeded(seed):
        return DenseArchitecture(N_CODE, (16, 32, 32), (16, 8), kernel=7).build(
            1, WINDOW.before + WINDOW.after
        )


def _reconstruction(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    return (network(batch[0])[0] - batch[0]).square().mean()


class CodeClassifier(nn.Module):
    """An encoder, and one linear layer on its code and the timing of the beat."""

    def __init__(self, autoencoder: DenseAutoencoder, n_timing: int) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.scale = nn.BatchNorm1d(N_CODE + n_timing)
        self.output = nn.Linear(N_CODE + n_timing, len(CLASSES))

    def forward(self, waveforms: Tensor, timing: Tensor) -> Tensor:
        """Return the logits of each class: (n, 1, n_times), (n, n_timing) → (n, n_classes)."""
        code = self.autoencoder.encode(waveforms)  # (n, N_CODE)
        features = self.scale(torch.cat([code, timing], dim=1))  # (n, N_CODE + n_timing)
        return self.output(features)


def train_encoder(
    autoencoder: DenseAutoencoder, beats: Labelled, seed: int, settings: Settings
) -> Callable[[Labelled], Classes]:
    """Train an encoder and a linear layer on labelled beats; return the classifier."""
    with seeded(seed):
        network = CodeClassifier(autoencoder, beats.timing.shape[1])
    order = np.random.default_rng(seed).permutation(len(beats.classes))
    held_out, learned = np.split(order, [max(1, int(HELD_OUT * len(order)))])
    batch = 256 if len(learned) > 10_000 else 64
    epochs = 2 if settings.quick else max(2, round(STEPS * batch / len(learned)))
    columns: list[npt.NDArray[Any]] = [beats.waveforms, beats.timing, beats.classes]
    fit_network(
        network,
        _cross_entropy,
        [column[learned] for column in columns],
        [column[held_out] for column in columns],
        schedule=Schedule(epochs, batch, 3e-3, patience=epochs),
        seed=seed,
    )

    @torch.no_grad()
    def predict(unseen: Labelled) -> Classes:
        pair = torch.from_numpy(unseen.waveforms), torch.from_numpy(unseen.timing)
        return np.asarray(network(*pair).argmax(dim=1).numpy(), np.int64)

    return predict


def _cross_entropy(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    return functional.cross_entropy(network(batch[0], batch[1]), batch[2])


def train_linear(
    features: Callable[[Labelled], npt.NDArray[np.float32]], beats: Labelled
) -> Callable[[Labelled], Classes]:
    """Train a logistic regression on features and timing; return the classifier."""
    scaler = StandardScaler()
    model = LogisticRegression(max_iter=1000, tol=1e-3)

    def table(some: Labelled) -> npt.NDArray[np.float32]:
        return np.hstack([features(some), some.timing])

    model.fit(scaler.fit_transform(table(beats)), beats.classes)
    return lambda unseen: np.asarray(model.predict(scaler.transform(table(unseen))), np.int64)


@dataclass(frozen=True, eq=False)
class FewLabels:
    """Results of all arms.

    Parameters
    ----------
    confusions : dict
        Arm → share of the labels → the confusion matrices by patient of DS2, one per seed.
    labelled : dict
        Share → beats of each class whose labels were seen.
    """

    confusions: dict[str, dict[float, list[GroupedConfusion]]]
    labelled: dict[float, list[int]]


def classify(settings: Settings) -> FewLabels:
    """Train every arm on every share of the labels with every seed, and test it on DS2."""
    train, test = read_beats("ds1", settings), read_beats("ds2", settings)
    confusions: dict[str, dict[float, list[GroupedConfusion]]] = {
        arm: {share: [] for share in SHARES} for arm in ARMS
    }
    labelled = {
        share: np.bincount(train[draw_labels(train, share, settings.seed)].classes, minlength=4).tolist()
        for share in SHARES
    }
    model = PCA(N_CODE, random_state=0).fit(train.waveforms[:, 0])
    for seed in settings.seeds:
        autoencoder = pretrain(train, seed, settings)
        for share in SHARES:
            seen = train[draw_labels(train, share, seed)]
            for arm, fit in _arms(autoencoder, model, seed, settings).items():
                if share == 1 and arm in ("raw beats", "PCA code") and confusions[arm][share]:
                    continue  # all labels and nothing random: every seed gives the same
                confusions[arm][share].append(confusion_of(test, fit(seen)(test)))
    return FewLabels(confusions, labelled)


def _arms(
    autoencoder: DenseAutoencoder, model: Any, seed: int, settings: Settings
) -> dict[str, Callable[[Labelled], Callable[[Labelled], Classes]]]:
    """Return, for each arm, what learns from labelled beats."""

    def copied() -> DenseAutoencoder:
        network = new_autoencoder(seed)
        network.load_state_dict(autoencoder.state_dict())
        return network

    def code(beats: Labelled) -> npt.NDArray[np.float32]:
        return apply_network(autoencoder, beats.waveforms)[1]

    def components(beats: Labelled) -> npt.NDArray[np.float32]:
        return np.asarray(model.transform(beats.waveforms[:, 0]), np.float32)

    return dict(
        zip(
            ARMS,
            (
                lambda seen: train_linear(code, seen),
                lambda seen: train_encoder(copied(), seen, seed, settings),
                lambda seen: train_encoder(new_autoencoder(seed), seen, seed, settings),
                lambda seen: train_linear(lambda beats: beats.waveforms[:, 0], seen),
                lambda seen: train_linear(components, seen),
            ),
            strict=True,
        )
    )


def confusion_of(test: Labelled, predicted: Classes) -> GroupedConfusion:
    """Return the confusion matrices by patient."""
    names = np.array(CLASSES)
    return grouped_confusion(names[test.classes], names[predicted], test.patients, CLASSES)


def rows(results: FewLabels) -> tuple[Row, ...]:
    """Return macro-F1 of every arm with every share of the labels."""
    return tuple(
        Row(
            f"classes from {share:.0%} of the labels, macro-F1: {arm}",
            None,
            None,
            macro(results.confusions[arm][share]),
            f"N S V F, DS1 → DS2; F1 {_by_class(results.confusions[arm][share])}",
            3,
            headline=arm == ARMS[0] and share == SHARES[0],
        )
        for share in SHARES
        for arm in ARMS
    )


def macro(runs: Sequence[GroupedConfusion]) -> Estimate:
    """Return the mean over seeds; where nothing is random, the interval over patients."""
    if len(runs) > 1:
        return Estimate.of_seeds([macro_f1(run.gross.counts) for run in runs])
    return Estimate.of_patients(bootstrap(CountFigure(runs[0], macro_f1)))


def mean_f1(runs: Sequence[GroupedConfusion]) -> Floats:
    """Return F1 of each class, the mean over seeds."""
    return np.mean([f1(run.gross.counts) for run in runs], axis=0)


def _by_class(runs: Sequence[GroupedConfusion]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in zip(CLASSES, mean_f1(runs), strict=True))
