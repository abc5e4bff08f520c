"""Tasks by name, and the way from what a user asks for to a trained model."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from ectopy.beats.windows import DEFAULT_WINDOW
from ectopy.datasets.annotated_folder import window_in_seconds
from ectopy.datasets.beat_columns import Columns
from ectopy.errors import ParameterError, require_extra, unknown_option
from ectopy.models import artifact
from ectopy.tasks.classifier import ClassifierOptions, train_classifier
from ectopy.tasks.data import TEST_SHARE, LabelledBeats, TrainingData, beats_in_file, beats_in_folder, divided
from ectopy.tasks.detector import PROMISE, DetectorOptions, train_detector
from ectopy.tasks.qrs import QrsOptions, train_qrs_detector
from ectopy.tasks.result import TrainedTask


@dataclass(frozen=True)
class Request:
    """What to train, on what, and how; the options of ``ectopy train``.

    Parameters
    ----------
    task : {"detector", "classifier", "qrs"}
        What.
    beats, records : Path, optional
        A file of beats, or a folder of annotated WFDB records: one of them.
    labels, groups, split : str
        Columns of the file, see `ectopy.datasets.beat_columns.Columns`; of a folder, ``groups`` is the path
        of the table of people.
    drop : tuple of str
        Columns of the file that are no samples.
    rename : tuple of (str, str)
        Labels to rename.
    normal : tuple of str
        Labels of normal beats.
    fs, peak : float, optional
        Rate of the beats of a file in Hz, and seconds to their R peak.
    before, after : float
        Seconds around the R peak that are cut from records.
    annotator : str
        Ending of the annotations of records.
    network : str
        One that the task knows; its default if empty.
    alarm_rate : float
        False alarms that a detector promises.
    test_share : float
        Share of the people who are kept apart.
    epochs : int, optional
        Passes over the data, at most.
    seed : int
        Of everything random.
    progress : bool
        Show a progress bar.
    """

    task: str
    beats: Path | None = None
    records: Path | None = None
    labels: str = ""
    groups: str = ""
    split: str = ""
    drop: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    normal: tuple[str, ...] = ()
    fs: float | None = None
    peak: float | None = None
    before: float = 0.4
    after: float = 0.4
    annotator: str = "atr"
    network: str = ""
    alarm_rate: float = PROMISE
    test_share: float = TEST_SHARE
    epochs: int | None = None
    seed: int = 0
    progress: bool = False

    @property
    def command(self) -> str:
        """The command line that asks for this, but for the folder."""
        words = ["ectopy", "train"]
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "progress" or value == each.default:
                continue
            if isinstance(value, tuple):
                value = ",".join("=".join(part) if isinstance(part, tuple) else part for part in value)
            words += [f"--{each.name.replace('_', '-')}", str(value)]
        return f"{shlex.join(words)} --out FOLDER"


def train_task(request: Request, out: Path) -> TrainedTask:
    """Train what was asked for, measure it on people kept apart, and write it.

    Parameters
    ----------
    request : Request
        What.
    out : Path
        Folder for the model, its card and its pictures: it appears whole or not at all.

    Returns
    -------
    TrainedTask

    Raises
    ------
    EctopyError
        If the data, an option or the folder is wrong; the message names the remedy.
    """
    artifact.check_free(out)
    require_extra("torch", "train")
    if request.task not in TASKS:
        raise unknown_option("task", request.task, TASKS)
    data = divided(read_labelled(request), request.test_share, request.seed)
    return TASKS[request.task](data, out, request)


def read_labelled(request: Request) -> LabelledBeats:
    """Read the beats that were asked for.

    Raises
    ------
    ParameterError
        If neither or both of beats and records were given, or an option belongs to the other.
    """
    if (request.beats is None) == (request.records is None):
        raise ParameterError("give either --beats FILE or --records FOLDER")
    read = _in_file(request) if request.beats is not None else _in_folder(request)
    if not request.rename:
        return read
    labels = read.labels.astype(object)
    for old, new in request.rename:
        if old not in labels:
            known = ", ".join(sorted(set(read.labels.tolist())))
            raise ParameterError(f"rename: no beat has the label {old!r}; they are {known}")
        labels[read.labels == old] = new
    return replace(read, beats=replace(read.beats, symbols=labels.astype(np.str_)))


def _in_file(request: Request) -> LabelledBeats:
    assert request.beats is not None  # noqa: S101 - the caller looked
    columns = Columns(request.labels, request.groups, request.split, request.drop)
    return beats_in_file(request.beats, columns, fs=request.fs, peak=request.peak)


def _in_folder(request: Request) -> LabelledBeats:
    assert request.records is not None  # noqa: S101 - the caller looked
    for name in ("labels", "split", "drop", "fs", "peak"):
        if getattr(request, name):
            raise ParameterError(
                f"--{name} is for files of beats; records say it themselves (people and split: --groups"
                " TABLE.csv)"
            )
    return beats_in_folder(
        request.records,
        Path(request.groups) if request.groups else None,
        window_in_seconds(request.before, request.after, DEFAULT_WINDOW.fs),
        annotator=request.annotator,
    )


def _detector(data: TrainingData, out: Path, request: Request) -> TrainedTask:
    options = DetectorOptions(
        request.network or "shortcut",
        request.normal,
        request.alarm_rate,
        request.epochs,
        request.seed,
        request.progress,
        request.command,
    )
    return train_detector(data, out, options)


def _classifier(data: TrainingData, out: Path, request: Request) -> TrainedTask:
    options = ClassifierOptions(
        request.network or ("features" if data.records else "wavelet-cnn"),
        request.epochs,
        request.seed,
        request.progress,
        request.command,
    )
    return train_classifier(data, out, options)


def _qrs(data: TrainingData, out: Path, request: Request) -> TrainedTask:
    if request.network:
        raise ParameterError(f"network={request.network!r}: task='qrs' has one network; leave --network out")
    options = QrsOptions(request.epochs, request.seed, request.progress, request.command)
    return train_qrs_detector(data, out, options)


TASKS: Final[dict[str, Callable[[TrainingData, Path, Request], TrainedTask]]] = {
    "detector": _detector,
    "classifier": _classifier,
    "qrs": _qrs,
}
"""Name → task."""
