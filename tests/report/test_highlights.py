"""The beats that are shown are abnormal, different, and on good signal first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.report.highlights import (
    STRIP_SECONDS,
    clusters_by_size,
    most_abnormal,
    sheets,
    strip_around,
    typical_abnormal,
)
from ectopy.report.language import ENGLISH
from ectopy.report.opinions import cluster_cards


def scored(analysis, beats, scores, clusters=None, quality=None):
    """Return the analysis with these scores, clusters and qualities at these beats."""
    new_scores, new_clusters, new_quality = (
        np.full(60, 0.5, np.float32),
        np.zeros(60, int),
        np.full(60, "good"),
    )
    new_scores[beats] = scores
    if clusters is not None:
        new_clusters[beats] = clusters
    if quality is not None:
        new_quality = new_quality.astype("U8")
        new_quality[beats] = quality
    return replace(analysis, scores=new_scores, clusters=new_clusters, quality=new_quality)


def test_every_cluster_is_shown_before_any_twice(make_analysis):
    analysis = scored(make_analysis(), [5, 15, 25, 35], [9, 8, 7, 2], [1, 1, 1, 2])
    assert most_abnormal(analysis, 2).tolist() == [5, 35]
    assert most_abnormal(analysis).tolist() == [5, 35, 15, 25]


def test_good_signal_comes_first(make_analysis):
    analysis = scored(make_analysis(), [5, 15], [9, 2], [1, 2], ["noisy", "good"])
    assert most_abnormal(analysis, 1).tolist() == [15]


def test_neighbours_are_not_shown_twice(make_analysis):
    analysis = scored(make_analysis(), [5, 6, 7, 40], [9, 8, 7, 6])
    assert most_abnormal(analysis).tolist() == [5, 40]


def test_without_abnormal_beats_the_highest_scores_are_shown(make_analysis):
    analysis = scored(make_analysis(), [5, 15, 25, 35], [0.9, 0.8, 0.7, 0.6])
    assert most_abnormal(analysis).tolist() == [5, 15, 25]


def test_clusters_that_edits_emptied_are_passed_over(make_analysis):
    analysis = scored(make_analysis(), [5, 15, 25, 35], [9, 6, 3, 1.2], [7, 7, 7, 4])
    assert clusters_by_size(analysis).tolist() == [0, 7, 4]
    assert typical_abnormal(analysis, 1).tolist() == [15]
    assert [card.number for card in cluster_cards(analysis, ENGLISH)] == [1, 8, 5]


def test_typical_beats_are_the_middle_of_abnormal_clusters(make_analysis):
    analysis = scored(make_analysis(), [5, 15, 25, 35], [9, 6, 3, 1.2], [1, 1, 1, 2])
    assert typical_abnormal(analysis, 1).tolist() == [15]


@pytest.mark.parametrize("beat", [0, 30, 59])
def test_strip_holds_the_beat_wherever_it_is(make_analysis, beat):
    strip = strip_around(make_analysis(), beat)
    assert strip.stop - strip.start == pytest.approx(STRIP_SECONDS, abs=0.01)
    assert strip.start <= beat + 0.5 < strip.stop
    assert strip.highlight[0] < beat + 0.5 < strip.highlight[1]
    assert len(strip.reference) == len(strip.times)


def test_strip_of_a_short_recording_is_the_recording(make_analysis):
    strip = strip_around(make_analysis(duration=5.5, odd=()), 2)
    assert (strip.start, strip.stop) == (0.0, 5.5)


def test_strip_shows_the_judged_lead_on_top_of_at_most_three(make_analysis):
    leads = tuple(f"V{i}" for i in range(1, 7))
    analysis = make_analysis(leads=leads, beat_leads=np.full(60, "V4"))
    assert strip_around(analysis, 10).leads == ("V4", "V1", "V2")


def test_a_short_recording_of_twelve_leads_is_shown_whole_on_every_lead(make_analysis):
    leads = tuple(f"L{i}" for i in range(12))
    parts = sheets(make_analysis(duration=10.0, leads=leads, odd=()))
    assert all(part.leads == leads for part in parts)
    assert [(part.start, part.stop) for part in parts] == [(0.0, 5.0), (5.0, 10.0)]
    assert sum(len(part.times) for part in parts) == 10


@pytest.mark.parametrize(("duration", "n_leads"), [(60.0, 12), (10.0, 3), (10.0, 64)])
def test_a_longer_recording_or_one_of_few_leads_has_no_such_sheet(make_analysis, duration, n_leads):
    leads = tuple(f"L{i}" for i in range(n_leads))
    assert sheets(make_analysis(duration=duration, leads=leads, odd=())) == ()
