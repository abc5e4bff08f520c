"""Anomaly scores and classes of the beats of a part, and which of them nobody can judge."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import NOT_JUDGED
from ectopy.analysis.located_beats import NO_LEAD, LocatedBeats
from ectopy.features.ectopic_evidence import ClassifiedBeats
from ectopy.features.intervals import mean_nearby
from ectopy.features.table import beat_features
from ectopy.labels import VENTRICULAR
from ectopy.models.artifact import Artifact
from ectopy.models.classifiers import Classifier
from ectopy.models.detectors import Detector
from ectopy.models.ectopic_evidence import unbelievable
from ectopy.models.encoder_detector import EncoderDetector
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.rhythm.conducted_runs import conducted_runs, in_long_runs
from ectopy.rhythm.premature_runs import MISSED, premature, unmistakable
from ectopy.rhythm.usual_p_waves import usual_p_waves
from ectopy.rhythm.usual_qrs import usual_qrs

_LEAST: Final = np.float32(1e-9)
"""What N is given where a classifier leaves nothing to any class but V and F."""

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def judge(
    located: LocatedBeats,
    detector: Detector,
    classifier: Classifier,
    theirs: LocatedBeats,
    evidence: Artifact | None,
) -> tuple[Floats, Floats]:
    """Return anomaly scores, and class probabilities from the best lead and, where there is one, the second.

    Parameters
    ----------
    located : LocatedBeats
        Cut as the detector asks.
    detector, classifier
        The models.
    theirs : LocatedBeats
        Cut as the classifier asks; the same where it looks at the same windows.
    evidence : Artifact or None
        What beats that are called ectopic are doubted by.
    """
    scores, features = _scores(located, detector)
    same = theirs is located and classifier.peak == detector.window.before
    probabilities = two_lead_probabilities(theirs, classifier, features if same else None)
    unjudged = not_judged(located, detector.window.before, classifier, probabilities, evidence)
    probabilities = early_among_judged(probabilities, classifier, theirs, unjudged)
    return np.where(unjudged, np.float32(np.nan), scores), probabilities


def early_among_judged(
    probabilities: Floats, classifier: Classifier, located: LocatedBeats, unjudged: npt.NDArray[np.bool_]
) -> Floats:
    """Give the probability of S to N, in place, where a beat is early only against one that nobody judges.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (n_beats, n_classes)
        Of the classifier.
    classifier, located
        What gave them, and of which beats.
    unjudged : ndarray of bool, shape (n_beats,)
        From `not_judged`.
    """
    supraventricular = classifier.classes_[probabilities.argmax(axis=1)] == "S"
    doubted = unjudged & located.readable
    if not (supraventricular[1:] & ~unjudged[1:] & doubted[:-1]).any():
        return probabilities
    readable = located.readable_ones()
    kept = np.flatnonzero(~doubted[located.readable])
    rr = np.add.reduceat(readable.beats.rr[: kept[-1] + 1], np.append(0, kept[:-1] + 1))
    known = readable[~doubted[located.readable]]
    known = replace(known, beats=replace(known.beats, rr=rr))
    rows = np.flatnonzero(located.readable & ~doubted)
    probabilities[rows] = _premature_only(probabilities[rows], classifier, known)
    return probabilities


def not_judged(
    located: LocatedBeats,
    peak: int,
    classifier: Classifier,
    probabilities: Floats,
    evidence: Artifact | None,
) -> npt.NDArray[np.bool_]:
    """Return which beats nobody can judge: those that cannot be read, and ectopic ones that may be artefact.

    What has the QRS complex of the normal beats is no artefact: one that is called supraventricular, and is
    not believed to be, becomes normal in ``probabilities``.

    Parameters
    ----------
    located : LocatedBeats
        Cut as the detector asks, or the classifier.
    peak : int
        Index of the R peak in their windows.
    classifier, probabilities
        What names the classes, and the probability of each for every beat.
    evidence : Artifact or None
        What beats that are called ectopic are doubted by.
    """
    predicted = classifier.classes_[probabilities.argmax(axis=1)]
    hidden = located.blind | (located.shaken & (predicted != "N"))
    doubted = unbelievable(
        ClassifiedBeats(
            located.beats.waveforms[:, 0],
            located.beats.rr,
            np.where(hidden, NOT_JUDGED, predicted),
            probabilities.max(axis=1, initial=0),
            located.artefact,
        ),
        evidence,
    )
    asked = doubted & (predicted == "S")
    if asked.any():
        seen = usual_qrs(located.beats, peak, located.lead, (predicted == "N") & ~hidden, asked)
        without_premature(probabilities, classifier.classes_, seen)
        doubted &= ~seen
    return hidden | doubted


def _scores(located: LocatedBeats, detector: Detector) -> tuple[Floats, Floats | None]:
    """Return anomaly scores, and the features of the beats that can be read where the detector needs them."""
    if not isinstance(detector, EncoderDetector):
        return detector.score_beats(located.beats, sources=located.lead).scores, None
    scores = np.full(len(located.lead), np.nan, np.float32)
    known = located.readable_ones()
    features = beat_features(known.beats, detector.window.before, known.lead)
    scores[located.readable] = detector.score_features(features, known.lead)
    return scores, features


def two_lead_probabilities(
    located: LocatedBeats, classifier: Classifier, features: Floats | None = None
) -> Floats:
    """Return class probabilities: the mean over the best lead and, where there is one, the second.

    Beats that cannot be read have no part in the judgement of others: they are left out, no interval ends at
    one or begins with it, and every class of them is as probable as any other. None whose QRS complex is that
    of the normal beats is ventricular, see `ectopy.rhythm.usual_qrs`; one that would be supraventricular and
    is not premature is normal, see `ectopy.rhythm.premature_runs`.
    """
    if located.readable.all():
        return _probabilities(located, classifier, features)
    n_classes = len(classifier.classes_)
    probabilities = np.full((len(located.lead), n_classes), 1 / n_classes, np.float32)
    if located.readable.any():
        probabilities[located.readable] = _probabilities(located.readable_ones(), classifier, features)
    return probabilities


def _probabilities(located: LocatedBeats, classifier: Classifier, features: Floats | None) -> Floats:
    if features is None or not isinstance(classifier, TrainedClassifier):
        probabilities = classifier.predict_proba(located.beats, sources=located.lead)
    else:
        probabilities = classifier.predict_features(features)
    twice = located.second != NO_LEAD
    if twice.any():
        leads = np.where(twice, located.second, located.lead)
        second = classifier.predict_proba(located.again, sources=leads)
        probabilities[twice] = (probabilities[twice] + second[twice]) / 2
    probabilities = _none_of_usual_qrs(probabilities, classifier, located)
    probabilities = _far_too_early(probabilities, classifier, located)
    return _premature_only(probabilities, classifier, located)


def _none_of_usual_qrs(probabilities: Floats, classifier: Classifier, located: LocatedBeats) -> Floats:
    """Take V and F from beats whose QRS complex is the normal one on each lead, and from conducted runs."""
    classes = classifier.classes_
    predicted = classes[probabilities.argmax(axis=1)]
    wide = np.isin(classes, VENTRICULAR)
    asked = np.isin(predicted, VENTRICULAR)
    if asked.any() and not wide.all():
        normal = predicted == "N"
        twice = located.second != NO_LEAD
        same = usual_qrs(located.beats, classifier.peak, located.lead, normal, asked)
        same &= ~twice | usual_qrs(
            located.again, classifier.peak, located.second, normal & twice, asked & twice & same
        )
        same |= _conducted(located, classifier, normal, asked & ~same)
        probabilities[np.ix_(same, wide)] = 0
        probabilities[np.ix_(same, classes == "N")] += _LEAST
        probabilities[same] /= probabilities[same].sum(axis=1, keepdims=True)
    return probabilities


def _conducted(
    located: LocatedBeats, classifier: Classifier, normal: npt.NDArray[np.bool_], wide: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return which wide beats lie in runs behind the P wave of the normal ones."""
    asked = in_long_runs(wide)
    if not asked.any():
        return asked
    usual_p = usual_p_waves(located.beats, classifier.peak, located.lead, normal, asked)
    return conducted_runs(wide, usual_p)


def _far_too_early(probabilities: Floats, classifier: Classifier, located: LocatedBeats) -> Floats:
    """Exchange N and S where a beat of the usual QRS, called N, came earlier than any sinus sends one."""
    classes = classifier.classes_
    normal = classes[probabilities.argmax(axis=1)] == "N"
    early = unmistakable(located.beats.rr, normal)
    if early.any() and "S" in classes:
        early &= usual_qrs(located.beats, classifier.peak, located.lead, normal, early)
        columns = np.array([np.flatnonzero(classes == name)[0] for name in "NS"])
        probabilities[np.ix_(early, columns)] = probabilities[np.ix_(early, columns[::-1])]
    return probabilities


def _premature_only(probabilities: Floats, classifier: Classifier, located: LocatedBeats) -> Floats:
    """Give the probability of S to N where a beat is called S and is not premature."""
    classes = classifier.classes_
    called = classes[probabilities.argmax(axis=1)]
    if not (called == "S").any():
        return probabilities
    asked = mean_nearby(called == "S", MISSED) > 0
    conducted = usual_p_waves(located.beats, classifier.peak, located.lead, called == "N", asked)
    wide = np.isin(called, VENTRICULAR)
    late = (called == "S") & ~premature(located.beats.rr, called == "S", called == "N", conducted, wide)
    return without_premature(probabilities, classes, late)


def without_premature(
    probabilities: Floats, classes: npt.NDArray[np.str_], late: npt.NDArray[np.bool_]
) -> Floats:
    """Give the probability of S to N, in place, where a beat is called S and is not premature."""
    if late.any():
        normal, supraventricular = (int(np.flatnonzero(classes == name)[0]) for name in "NS")
        probabilities[late, normal] += probabilities[late, supraventricular]
        probabilities[late, supraventricular] = 0
    return probabilities
