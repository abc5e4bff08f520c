"""From cut beats to scores and classes, part by part.

What looks at more than the neighbours of a beat, the patient template above all, looks at one part: about
2,000 consecutive beats, half an hour, and `HALO` beats of the parts beside it. Parts lie on a grid that hangs
on the first beat, so the result is the same however the recording was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import NOT_JUDGED
from ectopy.analysis.extraction import CutBeats, nearest_samples, slack
from ectopy.beats.alignment import template_lags
from ectopy.beats.portions import give_back
from ectopy.beats.rr import rr_intervals
from ectopy.beats.template import TEMPLATE_BEATS, quick_median
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.features.ectopic_evidence import CalledBeats
from ectopy.features.prematurity import mean_nearby
from ectopy.features.table import beat_features
from ectopy.models.artifact import Artifact
from ectopy.models.classifiers import Classifier
from ectopy.models.detectors import Detector
from ectopy.models.ectopic_evidence import unbelievable
from ectopy.models.encoder_detector import EncoderDetector
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.rhythm.premature_runs import MISSED, premature
from ectopy.rhythm.usual_p_waves import usual_p_waves
from ectopy.rhythm.usual_qrs import usual_qrs
from ectopy.signal.quality import FAULTS, Quality

HALO: Final = 200
"""Beats on each side of a part that are looked at with it: more than the five minutes of RR context."""

LAST_PART: Final = TEMPLATE_BEATS // 2
"""Fewest beats that the last part of a recording may have; fewer join the part before."""

SPOILT: Final = 0.25
"""A lead serves a beat if less than this share of the window is missing, flat, clipped or noisy there."""

HIDDEN: Final = 0.25
"""Seconds of missing signal that can hide a beat: an interval across them is not an RR interval."""

VENTRICULAR: Final = ("V", "F")
"""Classes of beats whose QRS complex is no normal one."""

_LEAST: Final = np.float32(1e-9)
"""What N is given where a classifier leaves nothing to any class but V and F."""

NO_LEAD: Final = -1
"""In place of the second lead of a beat that only one lead shows well."""

_SHAKING: Final = [list(FAULTS).index(fault) for fault in (Quality.ARTEFACT, Quality.UNREADABLE)]
"""Numbers of the faults beside which no beat is called ectopic: they look ectopic, and hide what is."""

GOOD: Final = -1
"""In place of the number of a fault where nothing is wrong."""

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LocatedBeats:
    """Beats of one part where they are and on the leads that show them best.

    Parameters
    ----------
    beats : Beats
        Waveforms of shape (n_beats, 1, n_times) in mV on the best lead; ``rr`` is NaN also where a beat may
        have gone unseen.
    lead, second : ndarray of int64, shape (n_beats,)
        Column of that lead, and of the next best whose signal is good, `NO_LEAD` where there is none.
    again : Beats
        The same beats on the second lead, at the same instants; on the first one where there is no other.
    fault : ndarray of int64, shape (n_beats,)
        Number of the fault that spoils most of the window on the best lead, or `GOOD`.
    readable, shaken : ndarray of bool, shape (n_beats,)
        Whether that lead shows the whole QRS outside artefact, and whether there is artefact in its window.
    artefact : ndarray of float32, shape (n_beats,)
        Probability of artefact on that lead.
    """

    beats: Beats
    lead: Rows
    second: Rows
    again: Beats
    fault: Rows
    readable: npt.NDArray[np.bool_]
    shaken: npt.NDArray[np.bool_]
    artefact: Floats

    @property
    def blind(self) -> npt.NDArray[np.bool_]:
        """Which beats have a best lead that does not show their whole QRS, shape (n_beats,)."""
        return ~self.readable

    def readable_ones(self) -> LocatedBeats:
        """Return the beats that can be read, the intervals between neighbours of them alone."""
        after_blind = np.append(False, self.blind[:-1])
        rr = np.where(after_blind, np.float32(np.nan), self.beats.rr)
        known = replace(self, beats=replace(self.beats, rr=rr), again=replace(self.again, rr=rr))
        return known[self.readable]

    def __getitem__(self, rows: slice | npt.NDArray[np.bool_]) -> LocatedBeats:
        return LocatedBeats(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True, eq=False)
class JudgedBeats:
    """Beats of one part with the opinions of both models; one row per beat.

    Parameters
    ----------
    samples : ndarray of int64
        R peak.
    lead, fault : ndarray of int
        Column of the lead it was cut from, and what spoils that, as in `LocatedBeats`; in as few bytes as
        they need.
    rr, scores : ndarray of float32
        Seconds since the beat before; anomaly score, NaN where the beat cannot be judged.
    r_peaks : ndarray of float64
        R peak between the samples.
    probabilities : ndarray of float32, shape (n_beats, n_classes)
        Of the classifier.
    fibrillating, spiked : ndarray of bool
        Whether the beat is in atrial fibrillation, and whether a spike stands before its R peak.
    artefact : ndarray of float32
        Probability of artefact around the beat.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        In mV.
    averages : ndarray of float32, shape (n_leads, n_times)
        Median beat of each lead in this part.
    """

    samples: Rows
    r_peaks: npt.NDArray[np.float64]
    lead: npt.NDArray[np.signedinteger]
    fault: npt.NDArray[np.signedinteger]
    rr: Floats
    scores: Floats
    probabilities: Floats
    fibrillating: npt.NDArray[np.bool_]
    spiked: npt.NDArray[np.bool_]
    artefact: Floats
    waveforms: Floats
    averages: Floats

    def __len__(self) -> int:
        return len(self.samples)


def part_bounds(n_beats: int) -> list[tuple[int, int]]:
    """Return first beat, and the one after the last, of each part of a recording of so many beats.

    Examples
    --------
    >>> part_bounds(2999), part_bounds(5200)
    ([(0, 2999)], [(0, 2000), (2000, 4000), (4000, 5200)])
    """
    n_parts = max(1, (n_beats + LAST_PART) // TEMPLATE_BEATS)
    starts = [TEMPLATE_BEATS * number for number in range(n_parts)]
    return list(zip(starts, [*starts[1:], n_beats], strict=True))


class PartCutter:
    """Gathers cut beats and hands out each part with its halo as soon as it cannot change any more."""

    def __init__(self) -> None:
        self._kept: list[CutBeats] = []
        self._first = 0
        self._start = 0

    def push(self, beats: CutBeats) -> Iterator[tuple[CutBeats, slice]]:
        """Take the next beats; yield parts with their halos, and which rows are the part itself."""
        if len(beats):
            self._kept.append(beats)
        while self._n_beats >= self._start + TEMPLATE_BEATS + LAST_PART:
            yield self._part(self._start + TEMPLATE_BEATS)

    def flush(self) -> Iterator[tuple[CutBeats, slice]]:
        """Yield the last part."""
        if self._n_beats > self._start:
            yield self._part(self._n_beats)

    @property
    def _n_beats(self) -> int:
        return self._first + sum(map(len, self._kept))

    def _part(self, stop: int) -> tuple[CutBeats, slice]:
        together = CutBeats.concatenate(self._kept)
        begin, end = max(0, self._start - HALO), min(stop + HALO, self._n_beats)
        part = together[slice(begin - self._first, end - self._first)]
        core = slice(self._start - begin, stop - begin)
        keep = max(0, stop - HALO)
        self._kept, self._first, self._start = [together[slice(keep - self._first, None)]], keep, stop
        return part, core


def locate(
    cut: CutBeats, fs: float, window: WindowSpec, blind: npt.NDArray[np.int64], *, move: bool = True
) -> LocatedBeats:
    """Choose the leads of each beat and move it to where it fits the patient template.

    Parameters
    ----------
    cut : CutBeats
        Consecutive beats.
    fs : float
        Sampling frequency of the recording in Hz.
    window : WindowSpec
        How the beats are cut.
    blind : ndarray of int64, shape (n, 2)
        Start and stop of the stretches in which every lead is missing.
    move : bool
        Whether beats may be moved; not where the R peaks were given.
    """
    spoilt = cut.spoilt.sum(axis=2) + ~cut.readable
    lead = _best_leads(spoilt)
    second = _second_leads(spoilt, lead)
    every = np.arange(len(cut))
    lags = _lags(cut, window, lead) if move else np.zeros(len(cut), np.int64)
    peaks = _moved(cut.r_peaks, lags, fs / window.fs)
    samples = nearest_samples(peaks)
    beats = Beats.of(
        _windows(cut, lead, lags, window)[:, np.newaxis],
        fs=window.fs,
        samples=samples,
        r_peaks=peaks,
        rr=_known_rr(peaks, fs, blind),
    )
    other = _windows(cut, np.where(second == NO_LEAD, lead, second), lags, window)
    return LocatedBeats(
        beats=beats,
        lead=lead,
        second=second,
        again=replace(beats, waveforms=other[:, np.newaxis]) if cut.windows.shape[1] > 1 else beats,
        fault=_faults(cut.spoilt[every, lead]),
        readable=cut.readable[every, lead],
        shaken=cut.spoilt[every, lead][:, _SHAKING].max(axis=1, initial=0) > 0,
        artefact=cut.artefact[every, lead],
    )


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
    unjudged = not_judged(located, classifier, probabilities, evidence)
    return np.where(unjudged, np.float32(np.nan), scores), probabilities


def not_judged(
    located: LocatedBeats, classifier: Classifier, probabilities: Floats, evidence: Artifact | None
) -> npt.NDArray[np.bool_]:
    """Return which beats nobody can judge: those that cannot be read, and ectopic ones that may be artefact.

    Parameters
    ----------
    located : LocatedBeats
        Cut as the detector asks, or the classifier.
    classifier, probabilities
        What names the classes, and the probability of each for every beat.
    evidence : Artifact or None
        What beats that are called ectopic are doubted by.
    """
    called = classifier.classes_[probabilities.argmax(axis=1)]
    hidden = located.blind | (located.shaken & (called != "N"))
    return hidden | unbelievable(
        CalledBeats(
            located.beats.waveforms[:, 0],
            located.beats.rr,
            np.where(hidden, NOT_JUDGED, called),
            probabilities.max(axis=1, initial=0),
            located.artefact,
        ),
        evidence,
    )


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
    return _premature_only(probabilities, classifier, located)


def _none_of_usual_qrs(probabilities: Floats, classifier: Classifier, located: LocatedBeats) -> Floats:
    """Take V and F from a beat called so whose QRS complex is the normal one on each of its leads."""
    classes = classifier.classes_
    called = classes[probabilities.argmax(axis=1)]
    wide = np.isin(classes, VENTRICULAR)
    asked = np.isin(called, VENTRICULAR)
    if asked.any() and not wide.all():
        normal = called == "N"
        twice = located.second != NO_LEAD
        same = usual_qrs(located.beats, classifier.peak, located.lead, normal, asked)
        same &= ~twice | usual_qrs(
            located.again, classifier.peak, located.second, normal & twice, asked & twice & same
        )
        probabilities[np.ix_(same, wide)] = 0
        probabilities[np.ix_(same, classes == "N")] += _LEAST
        probabilities[same] /= probabilities[same].sum(axis=1, keepdims=True)
    return probabilities


def _premature_only(probabilities: Floats, classifier: Classifier, located: LocatedBeats) -> Floats:
    """Give the probability of S to N where a beat is called S and is not premature."""
    classes = classifier.classes_
    called = classes[probabilities.argmax(axis=1)]
    if not (called == "S").any():
        return probabilities
    asked = mean_nearby(called == "S", MISSED) > 0
    conducted = usual_p_waves(located.beats, classifier.peak, located.lead, called == "N", asked)
    late = (called == "S") & ~premature(located.beats.rr, called == "S", called == "N", conducted)
    if late.any():
        normal, supraventricular = (int(np.flatnonzero(classes == name)[0]) for name in "NS")
        probabilities[late, normal] += probabilities[late, supraventricular]
        probabilities[late, supraventricular] = 0
    return probabilities


def reconstructed(chosen: Rows, beats: Beats, leads: npt.NDArray[np.str_], detector: Detector) -> Floats:
    """Return what was expected in place of some beats, part by part, shape (n, n_times) in mV."""
    pictures = np.zeros((len(chosen), detector.window.n_times), np.float32)
    for start, stop in part_bounds(len(beats)):
        inside = (chosen >= start) & (chosen < stop)
        if inside.any():
            expected = detector.expected(beats[start:stop], sources=leads[start:stop])
            pictures[inside] = expected[chosen[inside] - start, 0]
            give_back(beats.waveforms)
    return pictures


def average_beats(cut: CutBeats, window: WindowSpec, most: int = 500) -> Floats:
    """Return the median beat of each lead, shape (n_leads, n_times), of so many beats at the most."""
    margin = slack(window)
    some = cut.windows[:: max(1, len(cut) // most), :, margin : margin + window.n_times]
    return quick_median(some, axis=0)


def _best_leads(spoilt: Floats) -> Rows:
    """Return the first lead whose signal is good around each beat, otherwise the least spoilt."""
    good = spoilt < SPOILT
    return np.where(good.any(axis=1), good.argmax(axis=1), spoilt.argmin(axis=1))


def _second_leads(spoilt: Floats, lead: Rows) -> Rows:
    good = spoilt < SPOILT
    good[np.arange(len(lead)), lead] = False
    return np.where(good.any(axis=1), good.argmax(axis=1), NO_LEAD)


def _faults(spoilt: Floats) -> Rows:
    return np.where(spoilt.sum(axis=1) < SPOILT, GOOD, spoilt.argmax(axis=1))


def _lags(cut: CutBeats, window: WindowSpec, lead: Rows) -> Rows:
    """Return by how many samples each beat must move to fit the patient template of its lead."""
    lags = np.zeros(len(cut), np.int64)
    for each in np.unique(lead).tolist():
        rows = lead == each
        lags[rows] = template_lags(cut.windows[:, each], window, slack(window))[rows]
    return lags


def _windows(cut: CutBeats, lead: Rows, shift: Rows, window: WindowSpec) -> Floats:
    """Return one lead of each beat, its window moved by so many samples."""
    places = np.lib.stride_tricks.sliding_window_view(cut.windows, window.n_times, axis=2)
    return places[np.arange(len(cut)), lead, slack(window) + shift]


def _moved(peaks: npt.NDArray[np.float64], lags: Rows, ratio: float) -> npt.NDArray[np.float64]:
    """Move R peaks to where their beats fit the template; a lag of one window sample is but its rounding."""
    moved = np.where(np.abs(lags) > 1, peaks + lags * ratio, peaks)
    return np.maximum.accumulate(moved.clip(0))


def _known_rr(samples: npt.NDArray[np.float64], fs: float, blind: npt.NDArray[np.int64]) -> Floats:
    """Return RR intervals; those in which a beat may have gone unseen are unknown."""
    rr = rr_intervals(samples, fs)
    long = blind[blind[:, 1] - blind[:, 0] >= HIDDEN * fs]
    after = np.searchsorted(samples, long.ravel())
    rr[after[after < len(rr)]] = np.nan
    return rr
