"""What a reviewer's labels say about the other beats of a recording."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

import ectopy
from ectopy.analysis.edits import AddBeat, DeleteBeats, Entry, Relabel, RelabelCluster
from ectopy.analysis.result import Analysis
from ectopy.analysis.suggestions import (
    Learner,
    labels_of,
    next_question,
    suggest,
    suggestion_to_json,
)
from ectopy.rhythm.episodes import ATRIAL_FIBRILLATION, Episode
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def found() -> Analysis:
    return ectopy.analyze(simulate(300, 250, ("II",), rhythm=Rhythm(ventricular=0.1), seed=4), waves=False)


@pytest.fixture(scope="module")
def truth(found: Analysis) -> np.ndarray:
    return found.classes


@pytest.fixture(scope="module")
def blind(found: Analysis) -> Analysis:
    """An analysis whose classifier takes all beats for normal ones, but is not sure."""
    unsure = np.tile(np.float32([0.5, 0.2, 0.2, 0.1]), (len(found.beats), 1))
    return replace(found, probabilities=unsure, scores=np.zeros(len(unsure), np.float32))


def test_labels_of_a_few_beats_propose_those_like_them(blind: Analysis, truth: np.ndarray) -> None:
    ventricular, normal = np.flatnonzero(truth == "V"), np.flatnonzero(truth == "N")
    assert len(ventricular) > 10
    labels = {int(beat): "V" for beat in ventricular[:3]} | {int(beat): "N" for beat in normal[:3]}
    found = suggest(blind, labels)
    proposed = [beat for each in found if each.symbol == "V" for beat in each.beats]
    assert set(proposed) <= set(ventricular.tolist())
    assert len(proposed) > 0.8 * (len(ventricular) - 3)
    for each in found:
        assert (blind.clusters[list(each.beats)] == each.cluster).all()
        assert not set(each.beats) & set(labels)
        assert 0.5 <= each.confidence <= 1
        assert json.loads(json.dumps(suggestion_to_json(each)))["symbol"] == each.symbol


def test_without_labels_nothing_is_proposed_but_a_question_is_asked(blind: Analysis) -> None:
    assert suggest(blind, {}) == ()
    question = next_question(blind, {})
    assert question.beat in question.beats
    assert question.symbol == "N"
    json.dumps(suggestion_to_json(question))


def test_a_question_is_never_asked_twice_and_ends(blind: Analysis) -> None:
    learner = Learner(blind)
    labels: dict[int, str] = {}
    for _ in range(5):
        question = learner.next_question(labels)
        assert question.beat not in labels
        labels[question.beat] = "N"
    assert learner.next_question(dict.fromkeys(range(len(blind.beats)), "N")) is None


def test_what_fibrillation_makes_of_s_is_no_lesson(blind: Analysis) -> None:
    early = np.tile(np.float32([0.3, 0.7, 0, 0]), (len(blind.beats), 1))
    episode = Episode(ATRIAL_FIBRILLATION, 0, blind.record.n_samples)
    assert suggest(replace(blind, probabilities=early, episodes=(episode,)), {3: "N"}) == ()


def test_labels_of_a_log_are_those_that_stand(blind: Analysis) -> None:
    edits = (RelabelCluster(0, "N"), Relabel((3,), "V"), DeleteBeats((4,)), AddBeat(100, "S"))
    log = [Entry(number, "ada", NOON, edit) for number, edit in enumerate(edits, start=1)]
    labels = labels_of(blind, log)
    assert labels[3] == "V"
    assert 4 not in labels
    assert sum(symbol == "N" for symbol in labels.values()) >= (blind.clusters == 0).sum() - 2
    assert Learner(blind).suggest(labels) is not None
    assert labels_of(blind, []) == {}


def test_unjudged_beats_neither_teach_nor_are_asked(blind: Analysis) -> None:
    scores = blind.scores.copy()
    scores[::2] = np.nan
    learner = Learner(replace(blind, scores=scores))
    assert learner.next_question({0: "V"}).beat % 2 == 1
    assert len(learner.adapted({0: "V", 1: "Q", 3: "N"}).rows) == 1
