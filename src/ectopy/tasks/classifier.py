"""A classifier of a user's own labelled beats, measured on people kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import KNeighborsClassifier

from ectopy.beats.normalisation import normalise
from ectopy.beats.windows import Beats
from ectopy.datasets.annotated_folder import UNCLASSIFIABLE
from ectopy.errors import ParameterError, unknown_option
from ectopy.evaluation.confusion import GroupedConfusion, grouped_confusion
from ectopy.evaluation.metrics import Figure, accuracy, macro_f1, positive_predictivity, sensitivity
from ectopy.evaluation.uncertainty import CountFigure, Interval, bootstrap
from ectopy.models import artifact
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.wavelet_classifier import WaveletClassifier
from ectopy.tasks.data import TrainingData
from ectopy.tasks.effort import epochs_for
from ectopy.tasks.pictures import beat_pictures, class_figure, confusion_figure, history_figure
from ectopy.tasks.result import ComparedFigure, TrainedTask, people_of
from ectopy.training.sequences import CLASSES, LENGTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

NETWORKS: Final = ("wavelet-cnn", "features")
"""What can classify: each beat by itself, or each among its neighbours by its features."""

MOST_NEIGHBOURS: Final = 5000
"""Training beats that the nearest one is looked for among."""

FEWEST: Final = 20
"""Training beats at least: from fewer nothing is learned that a figure could show."""

SPARSE: Final = 10
"""Beats of a class below which a figure of it says little."""

STEPS: Final = 200
"""Steps of the training at least, however few beats there are."""

BASELINE: Final = "nearest training beat"

Strings = npt.NDArray[np.str_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassifierOptions:
    """How to train a classifier.

    Parameters
    ----------
    network : {"wavelet-cnn", "features"}
        What classifies.
    epochs : int, optional
        Passes over the beats; the estimator's own number by default.
    seed : int
        Of everything random.
    progress : bool
        Show a progress bar.
    command : str
        What the user called, for the manifest.
    """

    network: str = "wavelet-cnn"
    epochs: int | None = None
    seed: int = 0
    progress: bool = False
    command: str = ""


def train_classifier(data: TrainingData, out: Path, options: ClassifierOptions | None = None) -> TrainedTask:
    """Train a classifier on the training part, measure it on the test part, and write it.

    Parameters
    ----------
    data : TrainingData
        Beats with labels.
    out : Path
        Folder for the artifact, its card and its pictures; it appears whole or not at all.
    options : ClassifierOptions, optional
        How.

    Returns
    -------
    TrainedTask

    Raises
    ------
    MissingExtraError
        If torch is not installed.
    ArtifactError
        If the folder holds something else.
    ParameterError
        If the beats have no labels, or of one class only, or there is no such network.
    """
    options = options or ClassifierOptions()
    artifact.check_free(out)
    if options.network not in NETWORKS:
        raise unknown_option("network", options.network, NETWORKS)
    _check_labels(data)
    if options.network == "features":
        fitted: BeatClassifier | WaveletClassifier = _fit_features(data, options)
    else:
        fitted = _fit_wavelet(data, options)
    result, pictures = _measure(data, fitted, options, out)
    fitted.save(
        out,
        label_scheme=str(data.source.get("label_scheme", "")),
        training=dict(result.training),
        metrics=result.metrics(),
        beside=result.files(pictures),
    )
    return result


def _check_labels(data: TrainingData) -> None:
    labels = data.labels[data.split.train]
    if data.records:
        labels = labels[labels != UNCLASSIFIABLE]
    names = sorted(set(labels.tolist()))
    if names == [""]:
        raise ParameterError("the beats have no labels; give --labels with their column")
    if len(names) < 2:
        only = names[0] if names else UNCLASSIFIABLE
        raise ParameterError(
            f"all training beats are of class {only}; give beats of two classes or more, or train an"
            " anomaly detector, which learns from one: --task detector"
        )
    if len(labels) < FEWEST:
        raise ParameterError(
            f"{len(labels)} training beats of {len(data.labels)} are too few to learn {len(names)} classes"
            f" from; give at least {FEWEST}, and people to test on"
        )


def _sparse_classes(data: TrainingData) -> tuple[str, ...]:
    """Say of which classes few beats train, or test."""
    parts = {"train on": data.labels[data.split.train], "test on": data.labels[data.split.test]}
    names = sorted(set(data.labels.tolist()) - ({UNCLASSIFIABLE} if data.records else set()))
    told = []
    for what, labels in parts.items():
        few = {name: int((labels == name).sum()) for name in names}
        listed = ", ".join(f"{number} of {name}" for name, number in few.items() if number < SPARSE)
        if listed:
            told.append(f"there are few beats to {what}, {listed}, so their figures say little")
    return tuple(told)


def _fit_wavelet(data: TrainingData, options: ClassifierOptions) -> WaveletClassifier:
    rows = data.split.train
    if data.records:
        rows = rows[data.labels[rows] != UNCLASSIFIABLE]
    classifier = WaveletClassifier(seed=options.seed, progress=options.progress)
    usual = epochs_for(len(rows), classifier.batch_size, classifier.epochs, STEPS)
    classifier.set_params(epochs=options.epochs or usual)
    return classifier.fit(data.beats[rows], data.labels[rows])


def _fit_features(data: TrainingData, options: ClassifierOptions) -> BeatClassifier:
    if not data.records:
        raise ParameterError(
            "network='features' looks at the beats around each beat and the time between them, which a file"
            " of beats does not say; give --records, or --network wavelet-cnn"
        )
    window = data.beats.window
    assert window is not None  # noqa: S101 - records are cut around their R peaks
    classifier = BeatClassifier(peak=window.before, seed=options.seed, progress=options.progress)
    n_rows = sum(-(-np.unique(data.beats.records[data.split.train], return_counts=True)[1] // LENGTH))
    usual = epochs_for(int(n_rows), classifier.batch_size, classifier.epochs, STEPS)
    classifier.set_params(epochs=options.epochs or usual)
    unknown = sorted(set(data.labels.tolist()) - {*CLASSES, UNCLASSIFIABLE})
    if unknown:
        raise ParameterError(
            f"network='features' knows the classes {', '.join(CLASSES)}, not {unknown[0]!r}; give --rename"
        )
    return classifier.fit(data.beats[data.split.train], data.labels[data.split.train])


def _measure(
    data: TrainingData,
    fitted: BeatClassifier | WaveletClassifier,
    options: ClassifierOptions,
    out: Path,
) -> tuple[TrainedTask, dict[str, Picture]]:
    rows = data.split.test[data.first_lead[data.split.test]]
    beats = data.beats[rows]
    probabilities = fitted.predict_proba(beats)
    predicted = fitted.classes_[probabilities.argmax(axis=1)]
    counted = (beats.symbols != UNCLASSIFIABLE) | (not data.records)
    nearest = _nearest(data, beats, options.seed)
    names = tuple(sorted(set(data.labels.tolist()) | set(fitted.classes_.tolist())))
    if data.records:
        names = tuple(name for name in names if name != UNCLASSIFIABLE)
    owners = beats.patients[counted]
    model = grouped_confusion(beats.symbols[counted], predicted[counted], owners, names)
    plain = grouped_confusion(beats.symbols[counted], nearest[counted], owners, names)
    people = f" of {people_of(len(np.unique(owners)))}" if data.people_known else ""
    result = TrainedTask(
        out,
        f"A beat classifier ({options.network}): {', '.join(fitted.classes_.tolist())}",
        _figures(model, plain),
        BASELINE,
        f"{int(counted.sum())} beats{people} kept apart; split: {data.split.label}",
        (*data.notes, *_sparse_classes(data)),
        _use(out, data, fitted),
        {
            **data.source,
            "learned_from": len(data.split.train),
            "seed": options.seed,
            "command": options.command,
        },
    )
    return result, {
        "history": history_figure(fitted.history_),
        "confusion": confusion_figure({"model": model.gross, BASELINE: plain.gross}),
        "decisions": class_figure(beats[counted], predicted[counted], probabilities[counted].max(axis=1)),
        **beat_pictures(data.beats),
    }


def _nearest(data: TrainingData, tested: Beats, seed: int) -> Strings:
    """Give each test beat the class of the nearest training beat, both standardised."""
    train = data.split.train
    if data.records:
        train = train[data.labels[train] != UNCLASSIFIABLE]
    some = np.random.default_rng(seed).permutation(train)[:MOST_NEIGHBOURS]
    search = KNeighborsClassifier(1, algorithm="brute")
    search.fit(_flat(data.beats[some]), data.labels[some])
    return np.asarray(search.predict(_flat(tested)), np.str_)


def _flat(beats: Beats) -> npt.NDArray[np.float32]:
    return normalise(beats.waveforms, "zscore").waveforms.reshape(len(beats), -1)


def _figures(model: GroupedConfusion, plain: GroupedConfusion) -> tuple[ComparedFigure, ...]:
    figures = [
        ComparedFigure("accuracy", _figure(model, accuracy), _figure(plain, accuracy)),
        ComparedFigure("macro-F1", _figure(model, macro_f1), _figure(plain, macro_f1)),
    ]
    totals = model.gross.counts.sum(axis=1)
    columns: Mapping[str, Sequence[Any]] = {
        "Se": (sensitivity(model.gross.counts), sensitivity(plain.gross.counts)),
        "+P": (positive_predictivity(model.gross.counts), positive_predictivity(plain.gross.counts)),
    }
    for number, label in enumerate(model.labels):
        for name, (ours, theirs) in columns.items():
            title = f"{name} {label} ({totals[number]} beats)"
            figures.append(ComparedFigure(title, float(ours[number]), float(theirs[number])))
    return tuple(figures)


def _figure(confusion: GroupedConfusion, figure: Figure) -> float | Interval:
    if len(confusion.groups) > 1:
        return bootstrap(CountFigure(confusion, figure))
    return float(figure(confusion.gross.counts))


def _use(out: Path, data: TrainingData, fitted: BeatClassifier | WaveletClassifier) -> tuple[str, ...]:
    name = type(fitted).__name__
    module = type(fitted).__module__
    python = (
        f"from {module} import {name}",
        f"{name}.load({str(out)!r}).predict(beats)",
    )
    names = set(fitted.classes_.tolist())
    is_for_recordings = not np.isnan(data.beats.fs) and {"N"} < names <= {*CLASSES, "Q"}
    return (f"ectopy analyze RECORDING --classifier {out}", *python) if is_for_recordings else python
