"""An anomaly detector of a user's own normal beats, measured on people kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import normalise, relative_scores, template_correlation
from ectopy.beats.windows import Beats
from ectopy.datasets.annotated_folder import UNCLASSIFIABLE
from ectopy.errors import ParameterError, SplitError
from ectopy.evaluation.calibration import check_calibration_size
from ectopy.evaluation.ranking import auroc
from ectopy.evaluation.uncertainty import Interval, RankFigure, bootstrap
from ectopy.models import artifact
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.threshold import DEFAULT_THRESHOLD, ConformalThreshold
from ectopy.tasks.data import Mask, TrainingData, normal_beats
from ectopy.tasks.pictures import beat_pictures, decision_figure, history_figure, score_figure
from ectopy.tasks.result import ComparedFigure, TrainedTask, people_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PROMISE: Final = DEFAULT_THRESHOLD.false_alarm_rate
"""Share of false alarms that the threshold promises."""

FOLDS: Final = 5

MOST_BEATS: Final = 10_000
"""Normal beats that are learned from, at most: more teach little and take long."""

MOST_OF_RECORD: Final = 300
"""Normal beats of one recording and lead, at most, so that no person defines what is normal."""

FEWEST_PEOPLE: Final = 3
"""People to train on, at least: some train, some stop the training, some calibrate."""

BASELINE: Final = "distance from the typical normal beat"
TEMPLATE_BASELINE: Final = "distance from the patient template"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DetectorOptions:
    """How to train a detector.

    Parameters
    ----------
    network : str
        Name of an autoencoder.
    normal : tuple of str
        Labels of normal beats; a usual name of theirs by default.
    alarm_rate : float
        Share of false alarms that the threshold promises.
    epochs : int, optional
        Passes over the beats, at most; the estimator's own number by default.
    seed : int
        Of everything random.
    progress : bool
        Show a progress bar.
    command : str
        What the user called, for the manifest.
    """

    network: str = "shortcut"
    normal: tuple[str, ...] = ()
    alarm_rate: float = PROMISE
    epochs: int | None = None
    seed: int = 0
    progress: bool = False
    command: str = ""


def train_detector(data: TrainingData, out: Path, options: DetectorOptions | None = None) -> TrainedTask:
    """Train a detector on the normal beats of the training part, measure it on the test part, and write it.

    Parameters
    ----------
    data : TrainingData
        Beats with labels, or without any: then all are taken for normal.
    out : Path
        Folder for the artifact, its card and its pictures; it appears whole or not at all.
    options : DetectorOptions, optional
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
        If no beat is normal, or there is no such network.
    CalibrationError
        If the normal beats are too few for the promise.
    SplitError
        If fewer than three people are there to train on.
    """
    options = options or DetectorOptions()
    artifact.check_free(out)
    normal = normal_beats(data.labels, options.normal)
    learned = _learned_rows(data, normal, options)
    detector = _fit(data, learned, options)
    result, pictures = _measure(data, normal, learned, detector, options, out)
    detector.save(
        out,
        training=dict(result.training),
        metrics=result.metrics(),
        beside=result.files(pictures),
    )
    return result


def _learned_rows(data: TrainingData, normal: Mask, options: DetectorOptions) -> npt.NDArray[np.int64]:
    """Choose the normal training beats to learn from."""
    rng = np.random.default_rng(options.seed)
    train = data.split.train[normal[data.split.train]]
    if not len(train):
        raise ParameterError(
            "no beat of the training part is normal, and a detector learns from normal beats only; give some,"
            " or name their label with --normal"
        )
    check_calibration_size(len(train), options.alarm_rate)
    rows = rng.permutation(train)
    if data.records:
        order = np.argsort(data.beats.records[rows], kind="stable")
        _, starts = np.unique(data.beats.records[rows][order], return_index=True)
        rank = np.arange(len(rows)) - np.repeat(starts, np.diff([*starts, len(rows)]))
        rows = rows[order[rank < MOST_OF_RECORD]]
    return np.sort(rng.permutation(rows)[:MOST_BEATS])


def _fit(data: TrainingData, learned: npt.NDArray[np.int64], options: DetectorOptions) -> BeatAnomalyDetector:
    folds = FOLDS
    if data.people_known:
        n_people = len(np.unique(data.beats.patients[learned]))
        if n_people < FEWEST_PEOPLE:
            raise SplitError(
                f"normal beats of {n_people} people are left to train on, and it takes {FEWEST_PEOPLE}; give"
                " beats of more people, or leave --groups out to divide the beats themselves"
            )
        folds = min(FOLDS, n_people)
    detector = BeatAnomalyDetector(
        options.network,
        threshold=ConformalThreshold(options.alarm_rate),
        normalisation="template" if data.records else "zscore",
        folds=folds,
        seed=options.seed,
        progress=options.progress,
    )
    if options.epochs is not None:
        detector.set_params(epochs=options.epochs)
    if not data.records:
        return detector.fit(data.beats[learned])
    mask = np.zeros(len(data.beats), np.bool_)
    mask[learned] = True
    return detector.fit(data.beats[data.split.train], normal=mask[data.split.train])


def _measure(
    data: TrainingData,
    normal: Mask,
    learned: npt.NDArray[np.int64],
    detector: BeatAnomalyDetector,
    options: DetectorOptions,
    out: Path,
) -> tuple[TrainedTask, dict[str, Figure]]:
    tested = data.split.test[data.first_lead[data.split.test]]
    beats = data.beats[tested]
    abnormal = ~normal[tested]
    scored = detector.score_beats(beats)
    distances, limit = _baseline(data, tested, learned, options)
    counted = (beats.symbols != UNCLASSIFIABLE) | (not data.records)
    model = _Judged(scored.scores[counted], detector.threshold_, abnormal[counted], beats.patients[counted])
    plain = _Judged(distances[counted], limit, abnormal[counted], beats.patients[counted])
    people = f" of {people_of(len(np.unique(beats.patients)))}" if data.people_known else ""
    result = TrainedTask(
        out,
        f"An anomaly detector ({options.network} autoencoder): it flags beats unlike the normal ones it"
        " learned",
        _figures(model, plain, beats.symbols[counted], options.alarm_rate),
        TEMPLATE_BASELINE if data.records else BASELINE,
        f"{int((~model.abnormal).sum())} normal and {int(model.abnormal.sum())} abnormal beats{people} kept"
        f" apart; split: {data.split.label}",
        data.notes,
        _use(out, data),
        {**data.source, "learned_from": len(learned), "seed": options.seed, "command": options.command},
    )
    pictures = {
        "history": history_figure(detector.history_),
        "scores": score_figure(
            {
                "normal, held out in training": detector.calibration_scores_,
                "normal, tested": model.scores[~model.abnormal],
                "abnormal, tested": model.scores[model.abnormal],
            },
            detector.threshold_,
        ),
        "decisions": decision_figure(beats, scored, abnormal, detector.threshold_),
        **beat_pictures(data.beats),
    }
    return result, pictures


@dataclass(frozen=True, eq=False)
class _Judged:
    """Scores of tested beats, the threshold, the reference and whose beats they are."""

    scores: Floats
    threshold: float
    abnormal: Mask
    patients: npt.NDArray[np.str_]

    @property
    def flagged(self) -> Mask:
        return np.asarray(self.scores > self.threshold)

    def auroc(self) -> float | Interval | None:
        if not 0 < self.abnormal.sum() < len(self.abnormal):
            return None
        if len(np.unique(self.patients)) > 1:
            return bootstrap(RankFigure.of(self.scores, self.abnormal, self.patients, "auroc"))
        return auroc(self.scores, self.abnormal)

    def share_flagged(self, rows: Mask) -> float | None:
        return float(self.flagged[rows].mean()) if rows.any() else None


def _figures(
    model: _Judged, plain: _Judged, labels: npt.NDArray[np.str_], alarm_rate: float
) -> tuple[ComparedFigure, ...]:
    abnormal = model.abnormal
    figures = [
        ComparedFigure("AUROC", model.auroc(), plain.auroc()),
        ComparedFigure(
            "accuracy",
            float((model.flagged == abnormal).mean()),
            float((plain.flagged == abnormal).mean()),
        ),
        ComparedFigure(
            f"normal beats flagged (promised: {alarm_rate:.3g})",
            model.share_flagged(~abnormal),
            plain.share_flagged(~abnormal),
        ),
    ]
    if abnormal.any():
        name = "abnormal beats flagged"
        figures.append(ComparedFigure(name, model.share_flagged(abnormal), plain.share_flagged(abnormal)))
    kinds = np.unique(labels[abnormal])
    for kind in kinds if len(kinds) > 1 else ():
        rows = labels == kind
        name = f"… {kind} ({int(rows.sum())} beats)"
        figures.append(ComparedFigure(name, model.share_flagged(rows), plain.share_flagged(rows)))
    return tuple(figures)


def _baseline(
    data: TrainingData,
    tested: npt.NDArray[np.int64],
    learned: npt.NDArray[np.int64],
    options: DetectorOptions,
) -> tuple[Floats, float]:
    """Return the distance of each test beat from the typical normal one, and its threshold."""
    rule = ConformalThreshold(options.alarm_rate)
    if data.records:
        train = data.split.train
        distances = _template_distances(data.beats[train])
        calibrating = np.isin(train, learned)
        return _template_distances(data.beats[tested]), rule.learn(distances[calibrating])
    standard = normalise(data.beats.waveforms, "zscore").waveforms
    typical = np.median(standard[learned], axis=0)
    distance = np.abs(standard - typical).mean(axis=(1, 2))
    return distance[tested], rule.learn(distance[learned])


def _template_distances(beats: Beats) -> Floats:
    standard = normalise(beats.waveforms, "template", beats.records)
    correlation = template_correlation(beats.waveforms, standard.offset)
    return relative_scores(np.abs(standard.waveforms).mean(axis=(1, 2)), correlation, beats.records)


def _use(out: Path, data: TrainingData) -> tuple[str, ...]:
    python = (
        "from ectopy import BeatAnomalyDetector",
        f"BeatAnomalyDetector.load({str(out)!r}).predict(beats)  # -1: abnormal, 1: normal",
    )
    return python if np.isnan(data.beats.fs) else (f"ectopy analyze RECORDING --detector {out}", *python)
