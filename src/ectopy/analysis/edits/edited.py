"""An automatic analysis and its log of edits as one analysis, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import label_classes
from ectopy.analysis.edits.beats import EditedBeats, edit_beats
from ectopy.analysis.edits.history import effective, review_state, standing_marks
from ectopy.analysis.edits.kinds import (
    ARTEFACT,
    CONFIRMED,
    PAUSE,
    REJECTED,
    EditConclusion,
    JudgeEvent,
    MarkSpan,
    Sign,
)
from ectopy.analysis.edits.log import EditLog
from ectopy.analysis.edits.spans import still_usable
from ectopy.analysis.edits.windows import windows_at
from ectopy.analysis.edits.wire import Entry
from ectopy.analysis.result import Analysis
from ectopy.analysis.review import Review, episode_key
from ectopy.beats.waves import Waves
from ectopy.beats.windows import Beats
from ectopy.errors import EditError, ParameterError
from ectopy.rhythm.episodes import BRADYCARDIA, EPISODE_KINDS, TACHYCARDIA, Episode
from ectopy.rhythm.events import Event
from ectopy.rhythm.rates import rate_episodes
from ectopy.signal.quality import FAULTS, Quality, Span

RATE_KINDS: Final = (TACHYCARDIA, BRADYCARDIA)

_ARTEFACT_WORD: Final = FAULTS[Quality.UNREADABLE].word


def fingerprint(analysis: Analysis) -> str:
    """Return what tells the beats of an analysis from those of others: a SHA-256 of signal and R peaks."""
    peaks = np.ascontiguousarray(analysis.beats.samples, "<i8").tobytes()
    return sha256(analysis.digest.encode() + peaks).hexdigest()


def edited(analysis: Analysis, log: EditLog | Sequence[Entry], *, windows: bool = True) -> Analysis:
    """Return an automatic analysis as its edits leave it.

    Parameters
    ----------
    analysis : Analysis
        As the pipeline or `Analysis.load` gave it. Windows of added and moved beats are cut from its
        recording; they are flat where it was loaded without.
    log : EditLog or sequence of Entry
        The edits.
    windows : bool
        Whether the beats keep their windows; without them, all are flat and it takes a tenth of the time.

    Returns
    -------
    Analysis
        The same one if no edit has an effect; otherwise one with a `Review`. Intervals, events, fast and
        slow episodes and all figures follow from the edited beats. Scores, probabilities, waves and the
        templates behind them stay what the networks said; an added beat has none.

    Raises
    ------
    EditError
        If the edits are about another analysis.
    ParameterError
        If the analysis was edited already.
    """
    if analysis.review is not None:
        raise ParameterError("analysis was edited already; give the automatic one and the whole log")
    if isinstance(log, EditLog) and log.fingerprint not in ("", fingerprint(analysis)):
        raise EditError(
            f"{log.path} has the edits of another analysis: its beats are not these; give the analysis that"
            " was reviewed"
        )
    edits = effective(log.entries() if isinstance(log, EditLog) else log)
    return _with_edits(analysis, edits, windows=windows) if edits else analysis


def _with_edits(analysis: Analysis, edits: Sequence[Entry], *, windows: bool) -> Analysis:
    beats = edit_beats(analysis, edits)
    marks = [entry.edit for entry in standing_marks(edits) if isinstance(entry.edit, MarkSpan)]
    artefacts = [mark for mark in marks if mark.kind == ARTEFACT]
    fs = analysis.record.fs
    spans = [
        Span(mark.start / fs, mark.stop / fs, lead, Quality.UNREADABLE)
        for mark in artefacts
        for lead in analysis.record.leads
    ]
    names, probabilities = _probabilities(analysis, beats)
    changed = replace(
        analysis,
        beats=_beats(analysis, beats, windows=windows),
        beat_leads=_nearest(analysis, beats, analysis.beat_leads, analysis.record.leads[0]),
        quality=_quality(analysis, beats, artefacts),
        scores=_taken(analysis.scores, beats.rows, np.float32(np.nan)),
        class_names=names,
        probabilities=probabilities,
        clusters=beats.clusters,
        spans=tuple(sorted((*analysis.spans, *spans), key=lambda span: span.start))
        if spans
        else analysis.spans,
        usable_share=still_usable(analysis, artefacts),
        waves=None if analysis.waves is None else _waves(analysis.waves, beats),
        review=_review(edits, beats, _pauses(beats.samples, fs, marks)),
    )
    return replace(changed, episodes=_episodes(changed, marks))


def _taken(array: npt.NDArray[Any], rows: npt.NDArray[np.int64], fill: Any) -> npt.NDArray[Any]:
    """Return rows of an array, and a value where there is none (−1)."""
    if not len(array):
        return np.full((len(rows), *array.shape[1:]), fill, array.dtype)
    if np.array_equal(rows, np.arange(len(array))):
        return array
    taken = array[rows]
    taken[rows < 0] = fill
    return taken


def _quality(analysis: Analysis, beats: EditedBeats, artefacts: Sequence[MarkSpan]) -> npt.NDArray[np.str_]:
    quality = _taken(analysis.quality, beats.rows, "good")
    if artefacts:
        quality = quality.astype(f"<U{max(len(_ARTEFACT_WORD), quality.dtype.itemsize // 4)}")
    for mark in artefacts:
        quality[(beats.samples >= mark.start) & (beats.samples < mark.stop)] = _ARTEFACT_WORD
    return quality


def _nearest(
    analysis: Analysis, beats: EditedBeats, array: npt.NDArray[Any], fill: object
) -> npt.NDArray[Any]:
    """Return what the automatic beat of each, or the next one to it, has."""
    if not len(array):
        return np.full(len(beats.rows), fill)
    nearest = np.searchsorted(analysis.beats.samples, beats.samples).clip(max=len(array) - 1)
    return array[np.where(beats.rows < 0, nearest, beats.rows)]


def _probabilities(analysis: Analysis, beats: EditedBeats) -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """Return class names and probabilities; a class that only a reviewer knows has the probability 0."""
    names = analysis.class_names
    probabilities = _taken(analysis.probabilities, beats.rows, np.float32(1 / max(1, len(names))))
    if "Q" in names or not (label_classes(beats.labels) == "Q").any():
        return names, probabilities
    return (*names, "Q"), np.append(probabilities, np.zeros((len(probabilities), 1), np.float32), axis=1)


def _beats(analysis: Analysis, beats: EditedBeats, *, windows: bool) -> Beats:
    old, n = analysis.beats, len(beats.ids)
    if windows:
        waveforms = _taken(old.waveforms, beats.rows, np.float32(0)).copy()
        at = np.flatnonzero((beats.rows < 0) | (beats.samples != _taken(old.samples, beats.rows, -1)))
        leads = _nearest(analysis, beats, analysis.beat_leads, analysis.record.leads[0])
        waveforms[at, 0] = windows_at(analysis, beats.samples[at], leads[at])
    else:
        waveforms = np.broadcast_to(np.float32(0), (n, *old.shape[1:]))
    return replace(
        old,
        waveforms=waveforms,
        samples=beats.samples,
        rr=beats.rr,
        symbols=np.broadcast_to(np.array(""), n),
        patients=np.broadcast_to(np.array(analysis.record.patient), n),
        records=np.broadcast_to(np.array(analysis.record.name), n),
        r_peaks=beats.r_peaks,
    )


def _waves(waves: Waves, beats: EditedBeats) -> Waves:
    """Return the waves of the beats that are left; nobody delineated the added ones."""
    nan = np.nan
    return replace(
        waves,
        r_peaks=beats.samples,
        marks=_taken(waves.marks, beats.rows, nan),
        confidences=_taken(waves.confidences, beats.rows, 0),
        n_p=_taken(waves.n_p, beats.rows, 0),
        lead_marks=_taken(waves.lead_marks, beats.rows, nan),
        lead_confidences=_taken(waves.lead_confidences, beats.rows, 0),
        amplitudes=_taken(waves.amplitudes, beats.rows, nan),
        qrs_net=_taken(waves.qrs_net, beats.rows, nan),
        st=_taken(waves.st, beats.rows, nan),
        p_cycles=None if waves.p_cycles is None else _taken(waves.p_cycles, beats.rows, nan),
    )


def _review(edits: Sequence[Entry], beats: EditedBeats, pauses: tuple[Event, ...]) -> Review:
    verdicts: dict[str, str] = {}
    conclusion = ""
    for entry in edits:
        if isinstance(entry.edit, JudgeEvent):
            verdicts[entry.edit.event] = entry.edit.verdict
        if isinstance(entry.edit, EditConclusion):
            conclusion = entry.edit.text
    made = [entry for entry in edits if not isinstance(entry.edit, Sign)]
    last = edits[-1].edit
    return Review(
        labels=beats.labels,
        ids=beats.ids,
        n_edits=len(made),
        reviewers=tuple(dict.fromkeys(entry.author for entry in edits)),
        last=max(entry.time for entry in edits),
        state=review_state(edits),
        signed_by=last.name if isinstance(last, Sign) else "",
        conclusion=conclusion,
        confirmed=tuple(key for key, verdict in verdicts.items() if verdict == CONFIRMED),
        rejected=tuple(key for key, verdict in verdicts.items() if verdict == REJECTED),
        pauses=pauses,
    )


def _pauses(samples: npt.NDArray[np.int64], fs: float, marks: Sequence[MarkSpan]) -> tuple[Event, ...]:
    """Return marked pauses from the beat before each to the one after it, where there are both."""
    found = []
    for mark in marks:
        first = int(np.searchsorted(samples, mark.start, side="right")) - 1
        last = max(first + 1, int(np.searchsorted(samples, mark.stop)))
        if mark.kind == PAUSE and first >= 0 and last < len(samples):
            found.append(Event(PAUSE, first, last, float(samples[first] / fs), float(samples[last] / fs), 0))
    return tuple(dict.fromkeys(found))


def _episodes(analysis: Analysis, marks: Sequence[MarkSpan]) -> tuple[Episode, ...]:
    """Return the automatic episodes without rejected ones, the marked ones, and those of the rate anew."""
    rejected = analysis.review.rejected if analysis.review else ()
    n_samples = analysis.record.n_samples or 0
    automatic = [each for each in analysis.episodes if each.kind not in RATE_KINDS]
    rates = rate_episodes(analysis.beats.samples, analysis.rr, analysis.record.fs)
    stands = [each for each in (*automatic, *rates) if episode_key(each) not in rejected]
    drawn = [
        Episode(mark.kind, mark.start, min(mark.stop, n_samples))
        for mark in marks
        if mark.kind in EPISODE_KINDS and mark.start < n_samples
    ]
    every = _joined(stands, drawn)
    return tuple(sorted(every, key=lambda each: (each.start, EPISODE_KINDS.index(each.kind))))


def _joined(episodes: list[Episode], drawn: Sequence[Episode]) -> list[Episode]:
    """Return episodes with the drawn ones; each takes in what it touches of its kind."""
    for mark in drawn:
        touched = [
            each
            for each in episodes
            if each.kind == mark.kind and each.start <= mark.stop and mark.start <= each.stop
        ]
        start = min([mark.start, *(each.start for each in touched)])
        stop = max([mark.stop, *(each.stop for each in touched)])
        episodes = [each for each in episodes if each not in touched] + [Episode(mark.kind, start, stop)]
    return episodes
