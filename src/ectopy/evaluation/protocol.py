"""Fit on the training side, test on the other, and say in every table how the two were parted.

`evaluate` takes any object with ``fit`` and ``predict``. It hands the object training beats only, and of the
test beats the waveforms only: neither their labels nor their symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.base import clone, is_outlier_detector
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split, patient_folds
from ectopy.errors import CalibrationError, ParameterError, unknown_option
from ectopy.evaluation.calibration import youden_threshold
from ectopy.evaluation.duplicates import find_duplicates, waveform_keys
from ectopy.evaluation.outcome import Evaluation
from ectopy.labels import AAMI_CLASSES, aami_classes

Task = Literal["classify", "detect"]
Strings = npt.NDArray[np.str_]
Rows = npt.NDArray[np.int64]
Features = Callable[[Beats], Any]

TASKS: Final = ("classify", "detect")


class Learner(Protocol):
    """An estimator that can be evaluated."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn from training beats."""
        ...

    def predict(self, X: Any) -> Any:
        """Return a class for each beat, or −1 and 1 for abnormal and normal."""
        ...


class ThresholdRule(Protocol):
    """A rule that learns a threshold: see `ectopy.models.threshold`."""

    def learn(self, scores: npt.ArrayLike) -> float:
        """Return the threshold that these scores of normal beats imply."""
        ...


def windows(beats: Beats) -> npt.NDArray[np.float32]:
    """Return the waveforms as they are, shape (n_beats, n_leads, n_times)."""
    return beats.waveforms


def flat_windows(beats: Beats) -> npt.NDArray[np.float32]:
    """Return the waveforms with leads one after the other, shape (n_beats, n_leads × n_times)."""
    return beats.waveforms.reshape(len(beats), -1)


@dataclass(frozen=True, eq=False)
class _Plan:
    """The arguments of an evaluation, but for the split."""

    estimator: Learner
    beats: Beats
    classes: Strings
    task: Task
    normal: tuple[str, ...]
    threshold: ThresholdRule | Literal["youden"] | None
    features: Features
    seed: int


@dataclass(frozen=True, eq=False)
class _Result:
    """Predictions and scores of one split."""

    predicted: Strings
    scores: Mapping[str, npt.NDArray[np.float64]]
    threshold: float | None = None


def evaluate(
    estimator: Learner,
    beats: Beats,
    split: Split | Sequence[Split],
    *,
    labels: npt.ArrayLike | None = None,
    scheme: str = "aami",
    task: Task | None = None,
    normal: str | Sequence[str] = "N",
    threshold: ThresholdRule | Literal["youden"] | None = None,
    features: Features | None = None,
    seed: int = 0,
) -> Evaluation:
    """Fit an estimator on the training side of a split, and test it on the other.

    Parameters
    ----------
    estimator : object with ``fit`` and ``predict``
        A classifier, or an outlier detector that learns from normal beats. It is cloned, never changed; a
        scaler, SMOTE or feature selection belongs in it, as steps of a pipeline, so that it is fitted on
        training beats only. A ``groups`` parameter of its ``fit`` is given the patients, unless the split is
        intra-patient.
    beats : Beats
        All beats of both sides.
    split : Split or sequence of Split
        How they are divided. With several, each test row is predicted by its own fold, and all rows are
        evaluated together; scores of different folds are not comparable, so there are none.
    labels : array_like of str, shape (n_beats,), optional
        Class of each beat; by default its symbol, read by ``scheme``.
    scheme : str
        ``"aami"`` or ``"bxb"``; with ``labels``, the name that tables give to them.
    task : {"classify", "detect"}, optional
        By default ``detect`` for scikit-learn's outlier detectors, and ``classify`` for everything else.
    normal : str or sequence of str
        The classes that a detector is trained on and that are no alarm.
    threshold : ThresholdRule or "youden", optional
        Of a detector: learned on beats held out of the training side (the split's validation rows; where it
        has none, a fifth of the training patients), from the normal ones, or with ``"youden"`` from all. By
        default the detector's own ``predict`` decides.
    features : callable, optional
        Beats → input of the estimator; the function gets no symbols. By default waveforms, flat for those
        scikit-learn estimators that are not tagged to take three dimensions.
    seed : int
        Of the held-out beats, and of every ``random_state`` or ``seed`` of the estimator that is None.

    Returns
    -------
    Evaluation
        Its `str` is a table that names label scheme, split and kind of split at its top.

    Raises
    ------
    ParameterError
        If an argument has a value that it may not have.
    CalibrationError
        If the held-out beats are too few, or of one class where it takes two.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> waveforms = np.repeat([[[0.0, 1.0]], [[1.0, 0.0]]], 4, axis=0)
    >>> patients = ["a", "b"] * 4
    >>> beats = Beats.of(waveforms, fs=120, symbols=["N"] * 4 + ["V"] * 4, patients=patients)
    >>> split = Split("a against b", np.arange(0, 8, 2), np.arange(1, 8, 2), beats.patients)
    >>> evaluate(KNeighborsClassifier(1), beats, split).confusion.counts.tolist()
    [[2, 0], [0, 2]]
    """
    splits = (split,) if isinstance(split, Split) else tuple(split)
    _check_task(estimator, task, threshold)
    _check_splits(splits, len(beats))
    plan = _Plan(
        estimator,
        replace(beats, symbols=np.full(len(beats), "")),
        class_of_each(beats, labels, scheme),
        task or ("detect" if is_detector(estimator) else "classify"),
        (normal,) if isinstance(normal, str) else tuple(normal),
        threshold,
        features or (windows if _takes_windows(estimator) else flat_windows),
        seed,
    )
    for part in splits:
        _check_known(plan.classes[np.concatenate([part.train, part.test, part.validation])])
    run = _detect if plan.task == "detect" else _classify
    return _joined(plan, splits, [run(plan, part) for part in splits], scheme)


def _joined(plan: _Plan, splits: tuple[Split, ...], results: Sequence[_Result], scheme: str) -> Evaluation:
    """Join the results of the splits, and put the reference next to them."""
    rows = np.concatenate([split.test for split in splits])
    reference, predicted = plan.classes[rows], np.concatenate([result.predicted for result in results])
    if plan.task == "detect":
        reference = np.where(np.isin(reference, plan.normal), "normal", "abnormal")
    owners, keys = splits[0].patients[rows], waveform_keys(plan.beats)
    records = plan.beats.records[rows]
    return Evaluation(
        estimator=_name(plan.estimator),
        task=plan.task,
        scheme=scheme,
        splits=splits,
        labels=_order(plan, rows, predicted),
        rows=rows,
        reference=reference,
        predicted=predicted,
        patients=owners,
        records=np.where(records == "", owners, records),
        scores=results[0].scores if len(results) == 1 else {},
        thresholds=tuple(result.threshold for result in results if result.threshold is not None),
        n_duplicates=sum(len(find_duplicates(keys, split).test_rows) for split in splits),
        seed=plan.seed,
    )


def _name(estimator: Any) -> str:
    steps = [step for _, step in getattr(estimator, "steps", ())] or [estimator]
    return ", ".join(type(step).__name__ for step in steps)


def _order(plan: _Plan, rows: Rows, predicted: Strings) -> tuple[str, ...]:
    if plan.task == "detect":
        return ("normal", "abnormal")
    found = {str(name) for name in np.union1d(plan.classes[rows], predicted)}
    if found <= set(AAMI_CLASSES):
        return tuple(name for name in AAMI_CLASSES if name in found)
    return tuple(sorted(found))


def _check_task(estimator: Learner, task: str | None, threshold: object) -> None:
    if task is not None and task not in TASKS:
        raise unknown_option("task", task, TASKS)
    if isinstance(estimator, type) or not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
        raise ParameterError(f"estimator={estimator!r} is no object with fit and predict; give one")
    if isinstance(threshold, str) and threshold != "youden":
        raise unknown_option("threshold", threshold, ["youden", "an object with learn(scores)"])
    if threshold is not None and (task == "classify" or (task is None and not is_detector(estimator))):
        raise ParameterError("threshold is given to a classifier, whose predict decides; leave it out")


def _check_splits(splits: Sequence[Split], n_beats: int) -> None:
    if not splits:
        raise ParameterError("split is an empty sequence; give at least one Split")
    for split in splits:
        if len(split.patients) != n_beats:
            raise ParameterError(
                f"split {split.name} was made for {len(split.patients)} beats and beats has {n_beats};"
                " make it from these beats"
            )
    if len({split.kind for split in splits}) > 1:
        raise ParameterError("splits are of both kinds; evaluate inter- and intra-patient ones apart")
    tested = np.concatenate([split.test for split in splits])
    if len(np.unique(tested)) < len(tested):
        raise ParameterError("splits test some beats more than once; give folds whose test rows are disjoint")


def class_of_each(beats: Beats, labels: npt.ArrayLike | None = None, scheme: str = "aami") -> Strings:
    """Return the class of each beat: as given, or its symbol read by the scheme.

    Raises
    ------
    ParameterError
        If the lengths differ, or the scheme is unknown.
    """
    classes = aami_classes(beats.symbols, scheme) if labels is None else np.asarray(labels).astype(np.str_)
    if len(classes) != len(beats):
        raise ParameterError(f"labels has {len(classes)} entries for {len(beats)} beats; give one per beat")
    return classes


def _check_known(classes: Strings) -> None:
    unknown = np.count_nonzero(classes == "")
    if unknown:
        raise ParameterError(
            f"{unknown} of {len(classes)} beats of the split have no class; give labels, or leave them out"
        )


def is_detector(estimator: Learner) -> bool:
    """Tell whether an object is one of scikit-learn's outlier detectors, or a pipeline that ends in one."""
    return hasattr(estimator, "__sklearn_tags__") and bool(is_outlier_detector(estimator))


def _takes_windows(estimator: Learner) -> bool:
    if not hasattr(estimator, "__sklearn_tags__"):
        return True
    return bool(get_tags(estimator).input_tags.three_d_array)


def _fitted(plan: _Plan, split: Split, rows: Rows, y: Strings | None) -> Any:
    """Return a fresh copy of the estimator, seeded, and fitted on some rows."""
    model: Any = clone(plan.estimator, safe=False)
    if hasattr(model, "get_params"):
        seeds = {
            name: plan.seed
            for name, value in sorted(model.get_params().items())
            if value is None and name.split("__")[-1] in ("random_state", "seed")
        }
        model.set_params(**seeds)
    grouped = split.kind == "inter-patient" and has_fit_parameter(model, "groups")
    options = {"groups": split.patients[rows]} if grouped else {}
    X = plan.features(plan.beats[rows])
    fitted = model.fit(X, **options) if y is None else model.fit(X, y[rows], **options)
    return model if fitted is None else fitted


def _classify(plan: _Plan, split: Split) -> _Result:
    model = _fitted(plan, split, split.train, plan.classes)
    X = plan.features(plan.beats[split.test])
    predicted = np.asarray(model.predict(X)).astype(np.str_)
    scores = {}
    if hasattr(model, "predict_proba") and hasattr(model, "classes_"):
        probabilities = np.asarray(model.predict_proba(X), dtype=float)
        scores = {str(name): probabilities[:, i] for i, name in enumerate(model.classes_)}
    return _Result(predicted, scores)


def _detect(plan: _Plan, split: Split) -> _Result:
    learn, held_out = (split.train, None) if plan.threshold is None else _hold_out(plan, split)
    normal = learn[np.isin(plan.classes[learn], plan.normal)]
    if not len(normal):
        raise ParameterError(
            f"normal={', '.join(plan.normal)}: none of {len(learn)} training beats is; name one that is"
        )
    model = _fitted(plan, split, normal, None)
    X = plan.features(plan.beats[split.test])
    if held_out is None:
        scores = {"abnormal": _anomaly_scores(model, X)} if _gives_scores(model) else {}
        return _Result(np.where(np.asarray(model.predict(X)) == -1, "abnormal", "normal"), scores)
    limit = _learn_threshold(plan, model, held_out)
    scores = {"abnormal": _anomaly_scores(model, X)}
    return _Result(np.where(scores["abnormal"] > limit, "abnormal", "normal"), scores, limit)


_SCORES: Final = (("anomaly_score", 1.0), ("score_samples", -1.0), ("decision_function", -1.0))


def _gives_scores(model: Any) -> bool:
    return any(hasattr(model, name) for name, _ in _SCORES)


def _anomaly_scores(model: Any, X: Any) -> npt.NDArray[np.float64]:
    """Return scores that are higher for more abnormal beats, whichever way the model gives them."""
    for name, sign in _SCORES:
        if hasattr(model, name):
            return sign * np.asarray(getattr(model, name)(X), dtype=float)
    raise ParameterError(
        f"estimator={type(model).__name__} has no anomaly_score, score_samples or decision_function to"
        " learn a threshold from; leave threshold out"
    )


def _hold_out(plan: _Plan, split: Split) -> tuple[Rows, Rows]:
    """Return rows to fit on and rows to calibrate on, both of the training side."""
    if len(split.validation):
        return split.train, split.validation
    mask = np.zeros(len(split.patients), dtype=bool)
    mask[split.train] = True
    n_patients = len(np.unique(split.patients[split.train]))
    if split.kind == "intra-patient":
        order = np.random.default_rng(plan.seed).permutation(split.train)
        fifth = len(order) // 5
        return np.sort(order[fifth:]), np.sort(order[:fifth])
    if n_patients < 2:
        raise CalibrationError(
            f"split {split.name} trains on one patient, and a threshold needs another; give a validation part"
        )
    fold = patient_folds(
        split.patients, min(5, n_patients), classes=plan.classes, within=mask, seed=plan.seed
    )[0]
    return fold.train, fold.test


def _learn_threshold(plan: _Plan, model: Any, rows: Rows) -> float:
    scores = _anomaly_scores(model, plan.features(plan.beats[rows]))
    abnormal = ~np.isin(plan.classes[rows], plan.normal)
    if plan.threshold is None or isinstance(plan.threshold, str):
        return youden_threshold(scores, abnormal)
    if abnormal.all():
        raise CalibrationError(
            f"none of the {len(rows)} calibration beats is normal; give some of {', '.join(plan.normal)}"
        )
    return float(plan.threshold.learn(scores[~abnormal]))
