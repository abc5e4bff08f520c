"""An analysis and its log: what follows from an edit changes, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ectopy
from ectopy.analysis.edits import (
    MARK_KINDS,
    VERDICTS,
    AddBeat,
    AssignCluster,
    DeleteBeats,
    Edit,
    EditConclusion,
    EditLog,
    Entry,
    JudgeEvent,
    MarkSpan,
    MoveBeat,
    Redo,
    Relabel,
    RelabelCluster,
    Sign,
    Undo,
    UnmarkSpan,
    added_beat,
    check_edit,
    edited,
    episode_key,
    event_key,
    fingerprint,
    recount,
)
from ectopy.analysis.edits.history import next_undo
from ectopy.analysis.result import Analysis
from ectopy.analysis.saved_source import SavedSource
from ectopy.errors import EditError, ParameterError
from ectopy.simulation import simulate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    found = ectopy.analyze(simulate(60, 250, ("II", "V1"), seed=4, name="day"))
    normal = np.tile(np.float32([0.9, 0.1, 0, 0]), (len(found.beats), 1))
    flat = np.zeros(len(normal), np.float32)
    return replace(found, probabilities=normal, scores=flat, clusters=np.arange(len(normal)) % 3)


def entries(*edits: Edit) -> list[Entry]:
    return [Entry(number, "ada", NOON, edit) for number, edit in enumerate(edits, start=1)]


def after(analysis: Analysis, *edits: Edit) -> Analysis:
    return edited(analysis, entries(*edits))


def test_no_edit_gives_the_same_analysis(analysis: Analysis) -> None:
    assert edited(analysis, []) is analysis
    assert after(analysis, Relabel((1,), "V"), Undo(1)) is analysis


def test_an_edit_without_consequence_changes_no_beat(analysis: Analysis) -> None:
    same = after(analysis, EditConclusion("Nothing."))
    for each in fields(analysis.beats):
        old, new = getattr(analysis.beats, each.name), getattr(same.beats, each.name)
        np.testing.assert_array_equal(old, new)
    assert same.events == analysis.events
    assert same.episodes == analysis.episodes
    assert same.summary() == analysis.summary()
    assert same.review.conclusion == "Nothing."


def test_relabelled_beats_have_the_class_and_the_symbol_they_were_given(analysis: Analysis) -> None:
    changed = after(
        analysis, Relabel((4, 5), "V"), Relabel((7,), "?"), Relabel((9,), "a"), Relabel((5,), "E")
    )
    assert changed.symbols[[4, 5, 7, 9]].tolist() == ["V", "E", "?", "a"]
    assert changed.classes[[4, 5, 7, 9]].tolist() == ["V", "V", "?", "S"]
    assert not changed.judged[7]
    assert np.isnan(changed.rr[[7, 8]]).all()
    assert changed.summary().classes == {"N": len(analysis.beats) - 4, "S": 1, "V": 2, "F": 0}
    assert [event.kind for event in changed.events if event.first == 4] == ["ventricular couplet"]
    assert np.isnan(changed.nn_intervals[[4, 5, 6]]).all()


def test_a_beat_that_nobody_could_judge_is_judged_once_it_has_a_label(analysis: Analysis) -> None:
    scores = analysis.scores.copy()
    scores[3] = np.nan
    unsure = replace(analysis, scores=scores)
    assert unsure.classes[3] == "?"
    assert after(unsure, Relabel((3,), "N")).classes[3] == "N"


def test_a_class_that_only_the_reviewer_knows_is_counted(analysis: Analysis) -> None:
    changed = after(analysis, Relabel((4,), "Q"))
    assert changed.summary().classes["Q"] == 1
    assert changed.probabilities.shape == (len(analysis.beats), len(analysis.class_names) + 1)


def test_a_label_outranks_what_fibrillation_makes_of_s(analysis: Analysis) -> None:
    whole = MarkSpan(0, analysis.record.n_samples, "atrial fibrillation")
    early = analysis.probabilities.copy()
    early[:, :2] = early[:, 1::-1]
    changed = after(replace(analysis, probabilities=early), whole, Relabel((4,), "S"))
    assert np.flatnonzero(changed.classes == "S").tolist() == [4]


def test_a_cluster_is_relabelled_as_it_is_then(analysis: Analysis) -> None:
    changed = after(analysis, AssignCluster((0, 3), 9), RelabelCluster(0, "V"), AssignCluster((6,), 9))
    members = np.arange(len(analysis.beats)) % 3 == 0
    members[[0, 3]] = False
    np.testing.assert_array_equal(changed.classes == "V", members)
    assert np.flatnonzero(changed.clusters == 9).tolist() == [0, 3, 6]


def test_an_added_beat_parts_an_interval_and_a_deleted_one_joins_two(analysis: Analysis) -> None:
    peaks = analysis.beats.samples
    middle = int(peaks[4] + peaks[5]) // 2
    changed = after(analysis, AddBeat(middle, "V"), DeleteBeats((10,)))
    assert len(changed.beats) == len(analysis.beats)
    assert changed.beats.samples[5] == middle
    assert changed.review.ids[5] == added_beat(1)
    assert (changed.symbols[5], changed.judged[5]) == ("V", True)
    assert 10 not in changed.review.ids
    np.testing.assert_allclose(changed.beats.rr[1:], np.diff(changed.beats.r_peaks) / 250, rtol=1e-6)
    np.testing.assert_array_equal(changed.beats.rr[12:], analysis.beats.rr[12:])
    assert changed.waves is not None
    assert len(changed.waves) == len(changed.beats)


def test_the_window_of_an_added_beat_is_cut_as_the_pipeline_does(analysis: Analysis) -> None:
    again = after(analysis, DeleteBeats((20,)), AddBeat(int(analysis.beats.samples[20]), "N"))
    old, new = analysis.beats.waveforms[20, 0], again.beats.waveforms[20, 0]
    np.testing.assert_allclose(new, old, atol=0.05 * np.ptp(old))


def test_without_the_recording_the_window_of_an_added_beat_is_flat(analysis: Analysis) -> None:
    alone = replace(analysis, record=SavedSource.of(analysis.record, ""))
    changed = after(alone, AddBeat(int(alone.beats.samples[4]) + 30, "V"))
    assert not changed.beats.waveforms[5].any()


def test_a_moved_beat_keeps_its_id_and_takes_its_place_in_time(analysis: Analysis) -> None:
    peaks = analysis.beats.samples
    changed = after(analysis, MoveBeat(4, int(peaks[6]) + 20))
    assert changed.review.ids[:8].tolist() == [0, 1, 2, 3, 5, 6, 4, 7]
    assert (np.diff(changed.beats.samples) > 0).all()


def test_edits_go_on_to_work_on_added_beats(analysis: Analysis) -> None:
    place = int(analysis.beats.samples[4]) + 50
    beat = added_beat(1)
    changed = after(analysis, AddBeat(place, "V"), MoveBeat(beat, place + 5), Relabel((beat,), "S"))
    assert (changed.beats.samples[5], changed.symbols[5]) == (place + 5, "S")
    assert len(after(analysis, AddBeat(place, "V"), DeleteBeats((beat,))).beats) == len(analysis.beats)


def test_a_beat_placed_on_another_takes_its_place(analysis: Analysis) -> None:
    place = int(analysis.beats.samples[4])
    changed = after(analysis, AddBeat(place, "V"), AddBeat(place, "S"))
    assert len(changed.beats) == len(analysis.beats)
    assert (changed.review.ids[4], changed.symbols[4]) == (added_beat(2), "S")
    assert changed.intervals.variability.n_nn > 0


def test_edits_about_what_is_not_there_change_nothing(analysis: Analysis) -> None:
    n, end = len(analysis.beats), analysis.record.n_samples
    gone = after(analysis, Relabel((n,), "V"), DeleteBeats((added_beat(9),)), AddBeat(end, "V"))
    np.testing.assert_array_equal(gone.symbols, analysis.symbols)
    for edit in (
        Relabel((n,), "V"),
        DeleteBeats((added_beat(9),)),
        AssignCluster((added_beat(0),), 1),
        AddBeat(end, "V"),
        MoveBeat(0, end),
        MarkSpan(0, end + 1, "artefact"),
        UnmarkSpan(1),
    ):
        with pytest.raises(ParameterError, match=r"is no|outside"):
            check_edit(edit, analysis, entries(Relabel((1,), "V")))
    check_edit(Relabel((n - 1, added_beat(1)), "V"), analysis, entries(AddBeat(5, "V")))
    check_edit(MarkSpan(0, end, "artefact"), analysis, ())


def test_beats_in_marked_artefact_are_not_judged_until_they_are_labelled(analysis: Analysis) -> None:
    peaks = analysis.beats.samples
    span = MarkSpan(int(peaks[4]), int(peaks[8]), "artefact")
    changed = after(analysis, span, Relabel((6,), "V"))
    assert changed.classes[3:9].tolist() == ["N", "?", "?", "V", "?", "N"]
    assert set(changed.quality[4:8]) == {"unreadable"}
    assert np.isnan(changed.rr[4:9]).all()
    lost = (span.stop - span.start) / analysis.record.n_samples
    assert changed.usable_share == pytest.approx(analysis.usable_share - lost, abs=0.02)
    twice = after(analysis, span, span)
    assert twice.usable_share == pytest.approx(changed.usable_share)
    assert after(analysis, span, UnmarkSpan(1)).summary() == analysis.summary()


def test_marked_rhythms_are_episodes_and_join_those_they_touch(analysis: Analysis) -> None:
    spans = [(1000, 3000), (2500, 4000), (6000, 7000)]
    changed = after(analysis, *(MarkSpan(*span, "atrial fibrillation") for span in spans))
    found = [(each.start, each.stop) for each in changed.episodes if each.kind == "atrial fibrillation"]
    assert found == [(1000, 4000), (6000, 7000)]
    assert np.isnan(
        changed.nn_intervals[(changed.beats.samples >= 1000) & (changed.beats.samples < 4000)]
    ).all()
    assert "+" in changed.annotations().symbols
    dying = after(analysis, MarkSpan(6000, 9000, "ventricular fibrillation"))
    assert (dying.classes[(dying.beats.samples >= 6000) & (dying.beats.samples < 9000)] == "?").all()


def test_a_marked_pause_is_an_event_between_its_beats(analysis: Analysis) -> None:
    peaks = analysis.beats.samples
    changed = after(analysis, MarkSpan(int(peaks[4]) + 9, int(peaks[5]) - 9, "pause"))
    assert [(event.first, event.last) for event in changed.events if event.kind == "pause"] == [(4, 5)]


def test_rejected_events_and_episodes_are_not_reported(analysis: Analysis) -> None:
    runs = (Relabel((4, 5, 6), "V"), Relabel((20, 21, 22), "V"))
    found = after(analysis, *runs)
    first, second = [event for event in found.events if event.kind == "ventricular run"]
    key = event_key(first, found.review.ids)
    assert key == "ventricular run:4:6"
    changed = after(analysis, *runs, JudgeEvent(key, "rejected"))
    assert [event for event in changed.events if event.kind == "ventricular run"] == [second]
    assert after(analysis, *runs, JudgeEvent(key, "rejected"), JudgeEvent(key, "open")).events == found.events
    fibrillating = replace(analysis, episodes=after(analysis, MarkSpan(0, 999, "atrial flutter")).episodes)
    episode = next(each for each in fibrillating.episodes if each.kind == "atrial flutter")
    freed = after(fibrillating, JudgeEvent(episode_key(episode), "rejected"))
    assert episode not in freed.episodes


def test_keys_of_events_stay_when_beats_before_them_come_and_go(analysis: Analysis) -> None:
    run = Relabel((20, 21, 22), "V")
    changed = after(analysis, run, DeleteBeats((1,)), AddBeat(int(analysis.beats.samples[8]) + 40, "N"))
    keys = [event_key(event, changed.review.ids) for event in changed.events]
    assert "ventricular run:20:22" in keys


def test_the_review_says_who_when_and_how_much(analysis: Analysis) -> None:
    log = [
        Entry(1, "ada", NOON, Relabel((1,), "V")),
        Entry(2, "ben", NOON.replace(hour=13), Relabel((2,), "V")),
        Entry(3, "ben", NOON.replace(hour=14), Sign("Dr. Ben")),
    ]
    review = edited(analysis, log).review
    assert (review.reviewers, review.n_edits, review.last) == (("ada", "ben"), 2, NOON.replace(hour=14))
    assert (review.state, review.signed_by) == ("signed", "Dr. Ben")
    assert edited(analysis, [*log, Entry(4, "ada", NOON, Relabel((3,), "V"))]).review.signed_by == ""


def test_an_edited_analysis_is_saved_and_loaded_whole(analysis: Analysis, tmp_path: Path) -> None:
    changed = after(
        analysis, Relabel((4, 5, 6), "V"), AddBeat(100, "S"), JudgeEvent("pause:1:2", "confirmed")
    )
    again = Analysis.load(changed.save(tmp_path / "day"))
    np.testing.assert_array_equal(again.symbols, changed.symbols)
    assert again.events == changed.events
    for each in fields(changed.review):
        np.testing.assert_array_equal(getattr(again.review, each.name), getattr(changed.review, each.name))


def test_edits_of_another_analysis_or_on_top_of_edits_are_refused(analysis: Analysis, tmp_path: Path) -> None:
    log = EditLog(tmp_path / "day.edits.jsonl", fingerprint(analysis))
    log.append(Relabel((1,), "V"), "ada")
    changed = edited(analysis, log)
    with pytest.raises(ParameterError, match="edited already"):
        edited(changed, log)
    with pytest.raises(EditError, match="another analysis"):
        edited(replace(changed, review=None, digest="other"), EditLog(log.path))


@pytest.mark.parametrize(
    "name",
    ["symbols", "classes", "judged", "abnormal", "ectopic", "rr", "nn_intervals", "scores", "clusters"],
)
def test_writing_into_an_analysis_is_refused_not_lost(analysis: Analysis, name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(analysis, name)[0] = getattr(analysis, name)[1]


def test_figures_at_once_are_those_of_the_edited_analysis(analysis: Analysis) -> None:
    log = entries(
        Relabel((4, 5, 6), "V"), DeleteBeats((9,)), AddBeat(3000, "S"), MarkSpan(9000, 9900, "artefact")
    )
    counts, changed = recount(analysis, log), edited(analysis, log)
    summary, hrv = changed.summary(), changed.intervals.variability
    assert {**counts.classes, "?": 0} == {**summary.classes, "?": 0}
    for name in ("n_beats", "n_judged", "events", "longest_ventricular_run", "episodes", "longest_rr_at"):
        assert getattr(counts, name) == getattr(summary, name)
    for name in ("mean_heart_rate", "min_heart_rate", "max_heart_rate", "longest_rr"):
        assert getattr(counts, name) == pytest.approx(getattr(summary, name), rel=1e-6)
    for name, value in asdict(counts.variability).items():
        assert (value or 0) == pytest.approx(getattr(hrv, name) or 0, rel=1e-6), name


def test_two_reviewers_the_last_wins_beat_by_beat(analysis: Analysis, tmp_path: Path) -> None:
    ada, ben = (EditLog(tmp_path / "day.edits.jsonl") for _ in range(2))
    ada.append(Relabel((4, 5), "V"), "ada")
    ben.append(Relabel((5, 6), "S"), "ben")
    assert edited(analysis, ada).symbols[4:7].tolist() == ["V", "S", "S"]
    ben.undo("ben")
    assert edited(analysis, ada).symbols[4:7].tolist() == ["V", "V", "N"]


def test_a_recording_without_a_beat_can_be_given_some(analysis: Analysis) -> None:
    none = np.zeros(len(analysis.beats), np.bool_)
    empty = replace(
        analysis,
        beats=analysis.beats[none],
        waves=None,
        **{
            name: getattr(analysis, name)[none]
            for name in ("beat_leads", "quality", "scores", "probabilities", "clusters")
        },
    )
    changed = after(empty, AddBeat(500, "N"), AddBeat(700, "V"))
    assert changed.symbols.tolist() == ["N", "V"]
    assert changed.beats.rr[1] == pytest.approx(0.8)


BEATS = st.lists(st.integers(0, 90) | st.integers(1, 40).map(added_beat), min_size=1, max_size=5)
PLACES = st.integers(0, 15_100)
SYMBOLS = st.sampled_from("NSVFQ?")
EDITS = st.one_of(
    st.builds(Relabel, BEATS, SYMBOLS),
    st.builds(RelabelCluster, st.integers(0, 4), SYMBOLS),
    st.builds(AddBeat, PLACES, SYMBOLS),
    st.builds(DeleteBeats, BEATS),
    st.builds(MoveBeat, BEATS.map(min), PLACES),
    st.builds(
        lambda a, b, kind: MarkSpan(min(a, b), max(a, b) + 1, kind),
        PLACES,
        PLACES,
        st.sampled_from(MARK_KINDS),
    ),
    st.builds(UnmarkSpan, st.integers(1, 40)),
    st.builds(JudgeEvent, st.sampled_from(["pause:1:2", "ventricular run:4:6"]), st.sampled_from(VERDICTS)),
    st.builds(AssignCluster, BEATS, st.integers(0, 4)),
    st.builds(EditConclusion, st.text(max_size=9)),
    st.builds(Sign, st.just("Ada")),
)


def assert_same(old: object, new: object) -> None:
    """Compare values with arrays somewhere in them."""
    if isinstance(old, np.ndarray):
        np.testing.assert_array_equal(old, new)
    elif is_dataclass(old):
        for each in fields(old):
            assert_same(getattr(old, each.name), getattr(new, each.name))
    else:
        assert old == new


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["ada", "ben"]), EDITS | st.just("undo")), max_size=12))
def test_any_edits_give_a_sound_analysis_and_undone_they_leave_the_automatic_one(analysis, steps) -> None:
    log: list[Entry] = []
    for author, step in steps:
        target = next_undo(log, author)
        edit = step if step != "undo" else None if target is None else Undo(target)
        if edit is not None:
            log.append(Entry(len(log) + 1, author, NOON, edit))
    changed = edited(analysis, log, windows=False)
    assert (np.diff(changed.beats.samples) > 0).all()
    assert len(changed.symbols) == len(changed.beats) == len(changed.rr) == len(changed.waves)
    recount(analysis, log)
    undone: list[int] = []
    for author in ("ada", "ben"):
        while (target := next_undo(log, author)) is not None:
            undone.append(target)
            log.append(Entry(len(log) + 1, author, NOON, Undo(target)))
    assert edited(analysis, log) is analysis
    log += [Entry(len(log) + number, "ada", NOON, Redo(each)) for number, each in enumerate(undone, start=1)]
    assert_same(edited(analysis, log, windows=False).beats, changed.beats)
    assert_same(edited(analysis, log, windows=False).symbols, changed.symbols)
