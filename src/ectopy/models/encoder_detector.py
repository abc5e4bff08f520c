"""Anomaly detection by the beat encoder: a beat that something seems to have been done to is abnormal.

The encoder learned without labels to tell beats as they were recorded from beats that were moved, drawn over
with a wide QRS, or mixed with one (`ectopy.training.pretext`). Its doubt that a beat is as it was is an
anomaly score that knows shape and timing. The score is brought to one level in all people: what is usual for
a person is taken from the person's own beats, without a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import normalise, source_blocks
from ectopy.beats.template import quick_quantile
from ectopy.beats.windows import Beats
from ectopy.errors import ParameterError
from ectopy.features.table import beat_features
from ectopy.models import artifact
from ectopy.models.anomaly_score import AnomalyScores, ScoredBeats
from ectopy.models.artifact import Artifact
from ectopy.models.feature_network import FeatureNetwork, by_record, check_beats
from ectopy.models.manifest import Limitation, Manifest
from ectopy.models.threshold import DEFAULT_THRESHOLD, ConformalThreshold
from ectopy.models.trained_encoder import CHANGES, CODE

Floats = npt.NDArray[np.float32]

KIND: Final = "encoder-anomaly-detector"

USUAL_QUANTILE: Final = 0.75
"""Quantile of the log-odds of a person's beats that is taken for usual; chosen on training people."""

MAX_LEVEL: Final = 0.5
"""Limit of what is usual, either way: odds of about 1 to 3 and of 3 to 1. Beyond it a person's beats may all
be abnormal, or all normal, and are not judged by each other alone; chosen on training people."""

RATES: Final = np.geomspace(0.0005, 0.5, 61)
"""False-alarm rates of which the thresholds are kept."""


class EncoderDetector(AnomalyScores, FeatureNetwork):
    """The encoder's doubt that a beat is usual, relative to what is usual for the person.

    Parameters
    ----------
    thresholds : array_like of float, shape (61,)
        Scores above which a beat is called abnormal, at each of the promised false-alarm rates `RATES`.
    threshold : ConformalThreshold, optional
        The promised share of false alarms, on average over people; 2 % by default.

    Attributes
    ----------
    threshold_, offset_ : float
        A score above the first is called abnormal; the second is its opposite.
    original_threshold : ConformalThreshold
        What the model itself promises.
    window_ : WindowSpec
        How the beats are cut that it takes.

    Notes
    -----
    The score is the negative decimal logarithm of the probability that a beat is a usual one: 1 means one in
    ten. From the logarithm of its odds the upper quartile of about 2,000 beats of the same recording and lead
    was subtracted, limited to ±0.5. A beat is seen among its neighbours: give all beats of a recording, in
    order, not a selection.

    Examples
    --------
    >>> from ectopy import cut_beats, simulate
    >>> from ectopy.models.registry import DEFAULT_MODEL, model_folder
    >>> detector = EncoderDetector.load(model_folder(DEFAULT_MODEL))
    >>> record = simulate(duration=20, leads=("II",), seed=1)
    >>> beats = cut_beats(record, record.annotations.beats().samples, detector.window)
    >>> bool((detector.predict(beats) == 1).mean() > 0.9)
    True
    """

    EXPECTATION: ClassVar[str] = "usual beat"

    def __init__(
        self, thresholds: npt.ArrayLike, *, threshold: ConformalThreshold = DEFAULT_THRESHOLD
    ) -> None:
        self.thresholds = np.asarray(thresholds, np.float64)
        self.threshold = self.original_threshold = threshold
        if self.thresholds.shape != RATES.shape or not np.isfinite(self.thresholds).all():
            raise ParameterError(
                f"thresholds has shape {self.thresholds.shape}; give a finite one for each of the"
                f" {len(RATES)} rates"
            )
        self.threshold_ = float(np.interp(np.log(self._rate), np.log(RATES), self.thresholds))
        self.offset_ = -self.threshold_

    def __repr__(self) -> str:
        return f"EncoderDetector(threshold={self.threshold})"

    @property
    def _rate(self) -> float:
        """Promised false-alarm rate, if the calibration reaches so far."""
        rate = self.threshold.false_alarm_rate
        if not RATES[0] <= rate <= RATES[-1]:
            raise ParameterError(
                f"alarm_rate={rate!r} is out of reach: the calibration can promise rates from {RATES[0]:g} to"
                f" {RATES[-1]:g}"
            )
        return rate

    @classmethod
    def of_encoder(cls, encoder: FeatureNetwork, thresholds: npt.ArrayLike) -> Self:
        """Return the detector that scores by a trained encoder which was loaded from an artifact."""
        detector = cls(thresholds)
        detector.artifact_, detector.window_ = encoder.artifact_, encoder.window
        return detector

    def score_features(self, features: Floats, sources: npt.ArrayLike | None = None) -> Floats:
        """Return the anomaly score of the beats of one recording, of which the features are known already.

        Parameters
        ----------
        features : ndarray of float32, shape (n_beats, n_features)
            From `ectopy.features.table.beat_features`, of all beats of the recording, in order.
        sources : array_like, shape (n_beats,), optional
            Lead that each beat was cut from; by default all from one.

        Returns
        -------
        ndarray of float32, shape (n_beats,)
            Higher is more abnormal.
        """
        if not len(features):
            return np.zeros(0, np.float32)
        return relative_doubt(log_odds(self.run_features(features)[CHANGES]), sources)

    def score_beats(self, X: Beats, sources: npt.ArrayLike | None = None) -> ScoredBeats:
        """Return scores, what was expected, and codes of beats.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); all beats of each record, in order.
        sources : array_like, shape (n_beats,), optional
            Which recording and lead each beat comes from; the records of ``X`` by default.

        Returns
        -------
        ScoredBeats
            The reconstructions are the patient template: the usual beat of the person.

        Raises
        ------
        ParameterError
            If ``X`` is no `Beats`, has more than one lead, or its beats are cut unlike those of the encoder.
        """
        check_beats(X)
        self._check_windows(X)
        names = np.asarray(X.records if sources is None else sources)
        features = beat_features(X, self.window.before, names)
        parts = [(rows, self.run_features(features[rows])) for rows in by_record(X)]
        scores = np.zeros(len(X), np.float32)
        codes = np.zeros((len(X), parts[0][1][CODE].shape[1] if parts else 0), np.float32)
        for rows, outputs in parts:
            scores[rows] = relative_doubt(log_odds(outputs[CHANGES]), names[rows])
            codes[rows] = outputs[CODE]
        return ScoredBeats(scores, self.expected(X, names), codes)

    def expected(self, X: Beats, sources: npt.ArrayLike | None = None) -> Floats:
        """Return the usual beat of the person for each beat, in the units of ``X`` and of its shape."""
        return normalise(X.waveforms, "template", X.records if sources is None else sources).offset

    def at_alarm_rate(self, rate: float) -> Self:
        """Return the detector with the threshold that promises another false-alarm rate.

        Parameters
        ----------
        rate : float
            Share of the normal beats of new people that may be called abnormal, on average over people.

        Raises
        ------
        ParameterError
            If the calibration does not reach so far.
        """
        changed = type(self)(self.thresholds, threshold=ConformalThreshold(float(rate)))
        changed.original_threshold = self.original_threshold
        changed.artifact_, changed.window_ = self.artifact_, self.window_
        return changed

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a detector; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or another kind of model.
        """
        return cls.of(artifact.load(Path(folder), KIND))

    @classmethod
    def _of_manifest(cls, manifest: Manifest) -> Self:
        options = manifest.parameters["constructor"]
        return cls(options["thresholds"], threshold=ConformalThreshold(**options["threshold"]))

    def save(
        self,
        folder: Path,
        name: str,
        training: Mapping[str, Any],
        metrics: Mapping[str, Any],
        limitations: Sequence[Limitation] = (),
    ) -> Artifact:
        """Write the detector as an artifact, with a copy of the network of its encoder.

        Raises
        ------
        ArtifactError
            If the folder holds something else.
        """
        source = self.manifest
        manifest = Manifest(
            name=name,
            kind=KIND,
            window=self.window,
            normalisation=source.normalisation,
            parameters={
                "constructor": {
                    "thresholds": [round(each, 4) for each in self.thresholds.tolist()],
                    "threshold": asdict(self.threshold),
                },
                "features": source.parameters["features"],
                "encoder": source.name,
            },
            training=dict(training),
            metrics=dict(metrics),
            limitations=tuple(limitations),
            versions=source.versions | {"ectopy": version("ectopy")},
        )
        content = (self.artifact_.folder / artifact.NETWORK).read_bytes()
        return artifact.save(folder, manifest, {artifact.NETWORK: content})


def log_odds(log_probability: Floats) -> Floats:
    """Return the decimal logarithm of the odds that something was done to each beat.

    Parameters
    ----------
    log_probability : ndarray of float32, shape (n_beats, n_changes)
        Natural logarithms; the first change is none.

    Examples
    --------
    >>> log_odds(np.log(np.array([[0.5, 0.25, 0.25], [0.01, 0.98, 0.01]], np.float32))).round(2).tolist()
    [0.0, 2.0]
    """
    done = np.logaddexp.reduce(log_probability[:, 1:], axis=1)
    return np.asarray((done - log_probability[:, 0]) / np.log(10), np.float32)


def relative_doubt(odds: Floats, sources: npt.ArrayLike | None = None) -> Floats:
    """Return the doubt that beats are usual, relative to what is usual for the same person.

    Parameters
    ----------
    odds : ndarray of float32, shape (n_beats,)
        From `log_odds`.
    sources : array_like, shape (n_beats,), optional
        Which recording and lead each beat comes from, in the order of recording.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        Negative decimal logarithms of probabilities, 0 or more.

    Examples
    --------
    >>> relative_doubt(np.array([-9, -9, -9, 2], np.float32)).round(2).tolist()
    [0.0, 0.0, 0.0, 2.5]
    """
    level = np.zeros(len(odds), np.float32)
    for rows in source_blocks(len(odds), sources):
        usual = quick_quantile(odds[rows], USUAL_QUANTILE)
        level[rows] = min(max(usual, -MAX_LEVEL), MAX_LEVEL)
    return np.asarray(np.logaddexp(0, (odds - level) * np.log(10)) / np.log(10), np.float32)
