"""A beat classifier adapted to one person by a few labels of that person's beats.

The classifier that all people share says how probable each class is; a small head on top learns where it errs
for this person: kernel logistic regression whose starting point is the shared classifier's opinion,

    log p(class | beat) = log p_shared(class | beat) + Σᵢ αᵢ(class) k(beat, labelled beatᵢ) + const,

so that a beat unlike all labelled ones keeps its class, and one label moves the beats like it. What to ask
next is the beat that speaks for most doubt: of itself and of the beats like it, as far as no label is near.

References
----------
Zhu and Hastie, Kernel logistic regression and the import vector machine, J Comput Graph Stat 14:185-205,
2005. Settles and Craven, An analysis of active learning strategies for sequence labeling tasks, EMNLP 2008
(information density: doubt times the share of beats that are alike).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from ectopy.errors import ParameterError

N_DIMENSIONS: Final = 24
"""Principal components of features and opinions that are kept: beats are compared in these."""

CLIP: Final = 5.0
"""Standard deviations at which a feature is clipped."""

LEAST_SPREAD: Final = 0.05
"""Standard deviation below which a feature of this person says nothing, in its own unit."""

LEAST_PROBABILITY: Final = 1e-4
"""Probability that the shared classifier gives every class at the least: no opinion is beyond correction."""

OPINION_FLOOR: Final = 1e-3
"""Probability below which beats are alike in what the shared classifier thinks of them."""

WIDTH: Final = 1.0
"""Width of the kernel: the median squared distance of two beats over twice this is its exponent's unit."""

PENALTY: Final = 0.01
"""Weight of the squared norm of the correction: small, as a reviewer's label is right."""

TEMPERATURE: Final = 2.0
"""By how much doubt is flattened: the shared classifier is too sure of people whom it has not seen."""

CURIOSITY: Final = 0.03
"""Doubt of a beat that all agree on: what is like nothing labelled is asked at last."""

ALIKE: Final = 0.7
"""Kernel value from which on a beat is like another one, and asked about together with it."""

POOL: Final = 150
"""Beats that are weighed as the next question, those of the greatest doubt."""

REFERENCES: Final = 1200
"""Beats, spread over the recording, on which the distances and the doubt of others are measured."""

TEACHERS: Final = 4
"""Labels of one class that teach of beats that are alike: who labels thousands at once says one thing, and
says it of some beats wrongly."""

CANDIDATES: Final = 3000
"""Labels, drawn by lot, among which those that teach are chosen."""

MOST_LABELS: Final = 400
"""Labels that teach at the most, so that the head is fitted within a second."""

BLOCK: Final = 8192
"""Beats that are compared with the labelled ones at a time."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BeatSpace:
    """The beats of one person, where alike ones are near each other.

    Parameters
    ----------
    points : ndarray of float32, shape (n_beats, n_dimensions)
        Where each beat lies.
    prior : ndarray of float64, shape (n_beats, n_classes)
        Logarithm of the shared classifier's probabilities.
    scale : float
        What squared distances are multiplied by.
    """

    points: Floats
    prior: Doubles
    scale: float

    @classmethod
    def of(cls, features: Floats, probabilities: npt.NDArray[np.floating]) -> BeatSpace:
        """Return the space of beats with these features.

        Parameters
        ----------
        features : ndarray of float32, shape (n_beats, n_features)
            `ectopy.features.table.beat_features` of beats of one person.
        probabilities : ndarray of float, shape (n_beats, n_classes)
            Of the shared classifier.

        Raises
        ------
        ParameterError
            If there is no beat, or there are not as many rows of one as of the other.
        """
        if not len(features) or len(features) != len(probabilities):
            raise ParameterError(
                f"features has {len(features)} rows and probabilities {len(probabilities)};"
                " give one of each a beat, and one beat at the least"
            )
        known = np.clip(probabilities.astype(np.float64), LEAST_PROBABILITY, 1)
        prior = np.log(known / known.sum(axis=1, keepdims=True))
        opinion = np.log(np.clip(probabilities, OPINION_FLOOR, 1)) / -np.log(OPINION_FLOOR)
        points = _principal(np.concatenate([_standardised(features), opinion], axis=1))
        some = points[_spread(len(points), 300)]
        apart = _squared_distances(some, some)
        apart = apart[apart > 1e-9]
        return cls(points, prior, WIDTH / float(np.median(apart)) if len(apart) else 1.0)

    def __len__(self) -> int:
        return len(self.points)

    def kernel(self, rows: npt.ArrayLike, others: npt.ArrayLike | None = None) -> Floats:
        """Return how alike beats are, from 0 to 1, shape (n_others, n_rows); all beats by default."""
        at = self.points if others is None else self.points[np.asarray(others, np.int64)]
        return np.exp(-self.scale * _squared_distances(at, self.points[np.asarray(rows, np.int64)]))


@dataclass(frozen=True, eq=False)
class AdaptedClassifier:
    """The shared classifier and what labels of one person changed.

    Parameters
    ----------
    space : BeatSpace
        The person's beats.
    rows : ndarray of int64, shape (n_labels,)
        The labelled beats.
    weights : ndarray of float64, shape (n_labels, n_classes)
        What each of them adds to the beats like it.
    """

    space: BeatSpace
    rows: Rows
    weights: Doubles

    @property
    def probabilities(self) -> Doubles:
        """Probability of each class for each beat, shape (n_beats, n_classes)."""
        return self._looked_at[0]

    @property
    def similarity(self) -> Floats:
        """How alike every beat is to the labelled one that is most like it, shape (n_beats,)."""
        return self._looked_at[1]

    @cached_property
    def _looked_at(self) -> tuple[Doubles, Floats]:
        probabilities, similarity = np.exp(self.space.prior), np.zeros(len(self.space), np.float32)
        for start in range(0, len(self.space) if len(self.rows) else 0, BLOCK):
            block = slice(start, start + BLOCK)
            kernel = self.space.kernel(self.rows, np.arange(len(self.space))[block])
            probabilities[block] = _softmax(self.space.prior[block] + kernel @ self.weights)
            similarity[block] = kernel.max(axis=1)
        return probabilities, similarity

    def alike(self, beat: int) -> Rows:
        """Return the beats that are like one and now of the same class, itself included."""
        near = self.space.kernel([beat])[:, 0] >= ALIKE
        classes = self.probabilities.argmax(axis=1)
        near &= classes == classes[beat]
        near[beat] = True
        return np.flatnonzero(near)

    def next_beat(self, allowed: npt.NDArray[np.bool_] | None = None) -> int | None:
        """Return the beat whose label would tell most; None where nothing may be asked.

        Parameters
        ----------
        allowed : ndarray of bool, shape (n_beats,), optional
            Which beats may be asked; all that are not labelled by default.
        """
        flattened = _softmax(np.log(self.probabilities + 1e-12) / TEMPERATURE)
        doubt = (1 - flattened.max(axis=1) + CURIOSITY) * (1 - self.similarity)
        doubt[self.rows] = -1
        if allowed is not None:
            doubt[~allowed] = -1
        pool = np.argsort(-doubt, kind="stable")[:POOL]
        pool = pool[doubt[pool] >= 0]
        if not len(pool):
            return None
        references = _spread(len(doubt), REFERENCES)
        spoken_for = self.space.kernel(references, pool) @ np.maximum(doubt[references], 0)
        return int(pool[np.argmax(spoken_for * doubt[pool])])


def adapt(space: BeatSpace, rows: npt.ArrayLike, classes: npt.ArrayLike) -> AdaptedClassifier:
    """Adapt the shared classifier to labels.

    Parameters
    ----------
    space : BeatSpace
        The person's beats.
    rows : array_like of int, shape (n_labels,)
        Which beats were labelled.
    classes : array_like of int, shape (n_labels,)
        Column of each label in the probabilities.

    Returns
    -------
    AdaptedClassifier
        The same for the same labels.

    Examples
    --------
    Two kinds of beats that the shared classifier cannot tell apart, and a label of each:

    >>> features = np.repeat(np.eye(2, dtype=np.float32), 20, axis=0)
    >>> space = BeatSpace.of(features, np.tile([0.6, 0.4], (40, 1)))
    >>> adapt(space, [5, 25], [0, 1]).probabilities.argmax(axis=1)[[0, 39]].tolist()
    [0, 1]
    """
    labelled, given = np.asarray(rows, np.int64), np.asarray(classes, np.int64)
    if labelled.shape != given.shape or labelled.ndim != 1:
        raise ParameterError(
            f"rows has shape {labelled.shape} and classes {given.shape}; give one class a beat"
        )
    chosen = _teachers(space, labelled, given)
    labelled, given = labelled[chosen], given[chosen]
    weights = _fitted(space.kernel(labelled, labelled).astype(np.float64), space.prior[labelled], given)
    return AdaptedClassifier(space, labelled, weights)


def _fitted(kernel: Doubles, prior: Doubles, given: Rows) -> Doubles:
    """Return the weights of the least penalised loss."""
    shape, each = prior.shape, np.arange(len(given))
    if not len(given):
        return np.zeros(shape)

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights = flat.reshape(shape)
        correction = kernel @ weights
        probabilities = _softmax(prior + correction)
        value = -np.log(probabilities[each, given] + 1e-12).sum() + PENALTY / 2 * (weights * correction).sum()
        slope = probabilities
        slope[each, given] -= 1
        return float(value), (kernel @ (slope + PENALTY * weights)).ravel()

    found = minimize(loss, np.zeros(prior.size), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return np.asarray(found.x.reshape(shape))


def _teachers(space: BeatSpace, labelled: Rows, given: Rows) -> Rows:
    """Return which labels teach: `TEACHERS` of one class, drawn by lot, among beats that are alike.

    Classes take turns, so that none of a rare one is left out where there are too many.
    """
    drawn = np.random.default_rng(0).permutation(len(labelled))
    turns = _turns(given[drawn])
    order = drawn[np.argsort(turns, kind="stable")][:CANDIDATES]
    rows, classes = labelled[order], given[order]
    known = np.zeros(len(order), np.int64)
    chosen: list[int] = []
    for place in range(len(order)):
        if known[place] < TEACHERS and len(chosen) < MOST_LABELS:
            chosen.append(place)
            alike = space.kernel(rows[[place]], rows)[:, 0] >= ALIKE
            known += alike & (classes == classes[place])
    return np.sort(order[np.array(chosen, np.int64)])


def _turns(classes: Rows) -> Rows:
    """Return how many of the same class stand before each."""
    turns = np.zeros(len(classes), np.int64)
    for each in np.unique(classes):
        turns[classes == each] = np.arange((classes == each).sum())
    return turns


def _standardised(features: Floats) -> Floats:
    """Return features in the person's own standard deviations, all together of about length one."""
    spread = np.maximum(features.std(axis=0), LEAST_SPREAD)
    standard = np.clip((features - np.median(features, axis=0)) / spread, -CLIP, CLIP)
    return (standard / np.sqrt(features.shape[1])).astype(np.float32)


def _principal(columns: npt.NDArray[np.floating]) -> Floats:
    """Return the first principal components, found on beats spread over the recording."""
    centred = columns - columns.mean(axis=0)
    some = centred[_spread(len(centred), 2 * REFERENCES)]
    _, directions = np.linalg.eigh(some.T @ some)
    return (centred @ directions[:, ::-1][:, :N_DIMENSIONS]).astype(np.float32)


def _spread(n: int, most: int) -> Rows:
    """Return so many rows at the most, evenly spread."""
    if not n:
        return np.zeros(0, np.int64)
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def _squared_distances(a: Floats, b: Floats) -> Floats:
    lengths = (a**2).sum(axis=1)[:, np.newaxis] + (b**2).sum(axis=1)
    return np.maximum(lengths - 2 * (a @ b.T), 0)


def _softmax(logits: Doubles) -> Doubles:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
