"""What labels of a reviewer say about the other beats of a recording, and what to ask next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import label_classes
from ectopy.analysis.beat_parts import part_bounds
from ectopy.analysis.edits import Entry, edited
from ectopy.analysis.result import Analysis
from ectopy.features.table import beat_features
from ectopy.models.adaptation import AdaptedClassifier, BeatSpace, adapt

Labels = Mapping[int, str]
"""Symbol that a reviewer gave each labelled beat, by its id."""

LEAST_CONFIDENCE: Final = 0.5
"""Probability of the proposed class below which nothing is proposed."""


@dataclass(frozen=True)
class Suggestion:
    """Beats that the labels say are of another class, to be accepted or not together.

    Parameters
    ----------
    beats : tuple of int
        Ids of the beats, the surest first.
    symbol : str
        The class they are proposed to have.
    now : str
        The class they have.
    cluster : int
        Morphology cluster that all of them are in.
    confidence : float
        Mean probability of the proposed class, between 0 and 1.
    """

    beats: tuple[int, ...]
    symbol: str
    now: str
    cluster: int
    confidence: float


@dataclass(frozen=True)
class Question:
    """The beat whose label would tell most.

    Parameters
    ----------
    beat : int
        Its id.
    beats : tuple of int
        Ids of the beats like it, itself included.
    symbol : str
        The class it would have without an answer.
    confidence : float
        Probability of that class.
    """

    beat: int
    beats: tuple[int, ...]
    symbol: str
    confidence: float


class Learner:
    """Learns from a reviewer's labels of one recording; makes what does not change once.

    Parameters
    ----------
    analysis : Analysis
        The automatic one.
    """

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.rows = np.flatnonzero(analysis.judged)
        self._place = np.full(len(analysis.beats), -1, np.int64)
        self._place[self.rows] = np.arange(len(self.rows))
        self.space = BeatSpace.of(_features(analysis)[self.rows], analysis.probabilities[self.rows])

    def adapted(self, labels: Labels) -> AdaptedClassifier:
        """Return the classifier adapted to labels; those of unjudged or added beats teach nothing."""
        names = self.analysis.class_names
        beats = np.array([beat for beat in labels if beat < len(self._place)], np.int64)
        classes = label_classes(np.array([labels[beat] for beat in beats.tolist()], "<U1"))
        labelled = np.isin(classes, names) & (self._place[beats] >= 0)
        columns = np.array([names.index(name) for name in classes[labelled].tolist()], np.int64)
        return adapt(self.space, self._place[beats[labelled]], columns)

    def suggest(self, labels: Labels) -> tuple[Suggestion, ...]:
        """Return what the labels say about the other beats; see `suggest`."""
        adapted = self.adapted(labels)
        best = adapted.probabilities.argmax(axis=1)
        proposed = np.array(self.analysis.class_names)[best]
        sure = adapted.probabilities[np.arange(len(best)), best]
        now, clusters = self.analysis.classes[self.rows], self.analysis.clusters[self.rows]
        changed = (proposed != now) & (sure >= LEAST_CONFIDENCE) & ~np.isin(self.rows, list(labels))
        changed &= best != adapted.space.prior.argmax(axis=1)
        found = []
        for key in sorted({*zip(clusters[changed], now[changed], proposed[changed], strict=True)}):
            members = np.flatnonzero(changed & (clusters == key[0]) & (now == key[1]) & (proposed == key[2]))
            members = members[np.argsort(-sure[members], kind="stable")]
            beats = tuple(self.rows[members].tolist())
            found.append(
                Suggestion(beats, str(key[2]), str(key[1]), int(key[0]), float(sure[members].mean()))
            )
        return tuple(sorted(found, key=lambda each: -len(each.beats) * each.confidence))

    def next_question(self, labels: Labels) -> Question | None:
        """Return the beat whose label would tell most; None where all are labelled."""
        adapted = self.adapted(labels)
        beat = adapted.next_beat(~np.isin(self.rows, list(labels)))
        if beat is None:
            return None
        column = int(adapted.probabilities[beat].argmax())
        return Question(
            beat=int(self.rows[beat]),
            beats=tuple(self.rows[adapted.alike(beat)].tolist()),
            symbol=self.analysis.class_names[column],
            confidence=float(adapted.probabilities[beat, column]),
        )


def suggest(analysis: Analysis, labels: Labels) -> tuple[Suggestion, ...]:
    """Return what labels of a reviewer say about the other beats of a recording.

    Parameters
    ----------
    analysis : Analysis
        The automatic one.
    labels : mapping of int to str
        Symbol of each labelled beat, by its id; `labels_of` takes them from a log.

    Returns
    -------
    tuple of Suggestion
        By cluster, present and proposed class, those first that change most. A `Learner` gives them for many
        sets of labels, and makes the features once.
    """
    return Learner(analysis).suggest(labels)


def next_question(analysis: Analysis, labels: Labels) -> Question | None:
    """Return the beat whose label would tell most, None where all are labelled; see `suggest`."""
    return Learner(analysis).next_question(labels)


def labels_of(analysis: Analysis, entries: Sequence[Entry]) -> dict[int, str]:
    """Return the symbol of every beat of an automatic analysis that a reviewer gave one."""
    review = edited(analysis, entries, windows=False).review
    if review is None:
        return {}
    given = review.labels != ""
    return dict(zip(review.ids[given].tolist(), review.labels[given].tolist(), strict=True))


def suggestion_to_json(suggestion: Suggestion | Question) -> dict[str, Any]:
    """Return a suggestion or a question as JSON has it: its fields by name."""
    return {**asdict(suggestion), "beats": list(suggestion.beats)}


def _features(analysis: Analysis) -> npt.NDArray[np.float32]:
    """Return the features of all beats on the leads they were judged on, part by part."""
    beats, peak = analysis.beats, analysis.window.before
    parts = [
        beat_features(beats[start:stop], peak, analysis.beat_leads[start:stop])
        for start, stop in part_bounds(len(beats))
        if stop > start
    ]
    return np.concatenate(parts)
