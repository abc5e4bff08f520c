"""Events and episodes by urgency, judged ones too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.edits import EditLog, JudgeEvent, edited, episode_key
from ectopy.analysis.pipeline import analyze
from ectopy.apps.review.event_queue import URGENCY, queue
from ectopy.rhythm.conduction import ALL_KINDS
from ectopy.rhythm.episodes import EPISODE_KINDS, Episode
from ectopy.simulation import Rhythm, simulate


@pytest.fixture(scope="module")
def analysis():
    record = simulate(120, 250, rhythm=Rhythm(ventricular=0.2, supraventricular=0.1), seed=2)
    found = analyze(record, waves=False)
    return replace(found, episodes=tuple(Episode(kind, 2500, 5000) for kind in EPISODE_KINDS))


def test_every_kind_has_an_urgency():
    assert set(URGENCY) == {*ALL_KINDS, *EPISODE_KINDS}


def test_the_gravest_of_the_most_urgent_kind_comes_first(analysis):
    rows, kinds = queue(analysis, np.arange(len(analysis.beats)))
    order = [URGENCY.index(row.kind) for row in rows]
    assert order == sorted(order)
    assert len(rows) == len(analysis.events) + len(analysis.episodes) == sum(each["count"] for each in kinds)
    runs = [row.n for row in rows if row.kind == "ventricular run"]
    assert runs == sorted(runs, reverse=True)


def test_a_rejected_episode_can_be_taken_back(analysis, tmp_path):
    log = EditLog(tmp_path / "edits.jsonl")
    episode = analysis.episodes[1]
    log.append(JudgeEvent(episode_key(episode), "rejected"), "ada")
    now = edited(analysis, log)
    rows, _ = queue(now, now.review.ids)
    (row,) = (row for row in rows if row.key == episode_key(episode))
    assert (row.kind, row.verdict) == (episode.kind, "rejected")
    assert (row.start, row.stop) == (10.0, 20.0)
