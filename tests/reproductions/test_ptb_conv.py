"""The PTB study: what is learned from, what is tested, and where thresholds come from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.heartbeats import HEARTBEAT_TIMES
from ectopy.errors import DatasetError, ParameterError
from ectopy.evaluation.metrics import accuracy, balanced_accuracy, f1
from ectopy.reproductions.ptb_conv.beats import (
    CutBeats,
    cut_recordings,
    kaggle_beats,
    ptbxl_beats,
    simulated_beats,
)
from ectopy.reproductions.ptb_conv.detectors import (
    BASELINES,
    OUR_RULE,
    OURS,
    PUBLISHED_RULE,
    SUMMED,
    TRANSPOSED,
    UPSAMPLING,
)
from ectopy.reproductions.ptb_conv.protocols import (
    Parts,
    fit,
    inter_patient_parts,
    mean_auroc,
    published_parts,
    run,
    run_on_recordings,
    windows_of,
)
from ectopy.reproductions.ptb_conv.races import watch_decisions
from ectopy.reproductions.ptb_conv.tables import PUBLISHED, Results, published_counts, recipe_rows
from ectopy.reproductions.registry import reproduce
from ectopy.reproductions.study import Settings
from ectopy.simulation import simulate

NEIGHBOURS = BASELINES[1]


@pytest.fixture(scope="module")
def beats() -> CutBeats:
    return simulated_beats()


def parts_of(beats: CutBeats, parts: Parts) -> tuple[set[str], set[str], set[str]]:
    train, held_out, test = (set(beats.patients[r]) for r in (parts.train, parts.held_out, parts.test))
    return train, held_out, test


def test_a_quick_run_writes_every_figure_beside_what_was_published(quick_run) -> None:
    out, _ = quick_run("ptb-conv")
    assert sorted(path.suffix for path in out.iterdir()) == [".json", ".md", ".png", ".png", ".png"]
    found = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    rows = {row["figure"]: row for row in found["rows"]}
    for name, figures in PUBLISHED.items():
        mine = [row for title, row in rows.items() if title.startswith(name) and row["published"] is not None]
        assert [row["published"] for row in mine[: len(figures)]] == list(figures)
        assert all(row["reproduced"] and row["strict"] for row in mine)
    headline = [row["figure"] for row in found["rows"] if row["headline"]]
    assert 3 <= len(headline) <= 5
    assert len(found["races"]) == 3
    assert "Quick run" in (out / "table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_confusion_matrix_behind_the_published_figures_gives_them_back(name: str) -> None:
    counts = published_counts(name)
    stated, _, _, stated_f1 = PUBLISHED[name]
    assert 100 * accuracy(counts) == pytest.approx(stated, abs=0.02)
    assert 100 * f1(counts)[0] == pytest.approx(stated_f1, abs=0.02)


def test_the_published_protocol_tests_on_training_beats_and_the_inter_patient_one_on_others(
    beats: CutBeats,
) -> None:
    published = published_parts(beats, seed=0)
    assert not beats.abnormal[published.train].any()
    assert np.isin(published.train, published.test).all()
    assert len(published.train) == int(0.85 * np.count_nonzero(~beats.abnormal[published.test]))
    assert not set(beats.patients[published.test]) & set(beats.patients[beats.split.test])
    for seed in (0, 1):
        disjoint = inter_patient_parts(beats, seed)
        train, held_out, test = parts_of(beats, disjoint)
        assert not train & test
        assert not held_out & test
        assert not train & held_out
        assert not beats.abnormal[np.concatenate([disjoint.train, disjoint.held_out])].any()
    assert set(inter_patient_parts(beats, 0).held_out) != set(inter_patient_parts(beats, 1).held_out)


def test_a_recording_is_judged_by_the_mean_of_its_beats(beats: CutBeats) -> None:
    parts = inter_patient_parts(beats, seed=0)
    single = run(SUMMED, beats, parts, seed=0)
    whole = run_on_recordings(SUMMED, beats, parts, seed=0)
    for record in np.unique(whole.records)[:5]:
        own = whole.records == record
        np.testing.assert_allclose(whole.scores[own], single.scores[own].mean())
    held_out = whole.fitted.test(beats, parts.held_out).over_recordings()
    assert whole.threshold(ours=True) == OUR_RULE.learn(held_out.scores)
    assert len(whole.one_per_recording().scores) == len(np.unique(whole.records))


def test_summed_scores_weigh_each_detector_alike(beats: CutBeats) -> None:
    parts = inter_patient_parts(beats, seed=0)
    windows = windows_of(SUMMED, beats)
    score = SUMMED.learn(windows[parts.train], windows[parts.held_out], 0).score
    scores = score(windows[parts.held_out])
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    assert 1 < scores.std() <= 2


def test_thresholds_do_not_depend_on_the_test_beats(beats: CutBeats) -> None:
    parts = inter_patient_parts(beats, seed=0)
    windows = windows_of(NEIGHBOURS, beats)
    other = windows.copy()
    other[parts.test] = 7.0
    flipped = beats.abnormal.copy()
    flipped[parts.test] ^= True
    first = run(NEIGHBOURS, beats, parts, seed=0)
    second = run(NEIGHBOURS, replace(beats, centred=other, abnormal=flipped), parts, seed=0)
    for ours in (True, False):
        assert first.threshold(ours=ours) == second.threshold(ours=ours)
    score = first.fitted.learned.score
    assert first.threshold(ours=True) == OUR_RULE.learn(score(windows[parts.held_out]))
    assert first.threshold(ours=False) == PUBLISHED_RULE.learn(score(windows[parts.train]))


def test_held_out_normals_are_those_that_were_not_learned_from(beats: CutBeats) -> None:
    parts = published_parts(beats, seed=0)
    outcome = run(NEIGHBOURS, beats, parts, seed=0)
    assert outcome.learned_from.sum() == len(parts.train)
    left = outcome.held_out()
    assert np.count_nonzero(~left.abnormal) == len(parts.held_out)
    assert np.count_nonzero(left.abnormal) == np.count_nonzero(outcome.abnormal)


def test_a_recording_has_one_score_whatever_the_order_of_its_beats(beats: CutBeats) -> None:
    outcome = run(NEIGHBOURS, beats, inter_patient_parts(beats, seed=0), seed=0)
    records = outcome.by_record()
    assert sorted(records.records) == sorted(set(outcome.records))
    one = outcome.records == outcome.records[0]
    expected = np.exp(np.log(outcome.scores[one]).mean())
    assert records.scores[records.records == outcome.records[0]] == pytest.approx(expected)


def test_the_mean_over_seeds_is_the_mean_of_their_figures(beats: CutBeats) -> None:
    outcomes = tuple(run(NEIGHBOURS, beats, inter_patient_parts(beats, seed), seed) for seed in (0, 1))
    everyone = np.ones((1, len(set(outcomes[0].patients))))
    mean = np.mean([outcome.auroc for outcome in outcomes])
    assert mean_auroc(outcomes).under(everyone)[0] == pytest.approx(mean)


def test_our_autoencoder_tells_blocked_beats_of_other_patients_from_normal_ones(beats: CutBeats) -> None:
    outcome = run(OURS, beats, inter_patient_parts(beats, seed=0), seed=0)
    assert outcome.auroc > 0.95
    again = run(OURS, beats, inter_patient_parts(beats, seed=0), seed=0)
    np.testing.assert_array_equal(outcome.scores, again.scores)
    assert balanced_accuracy(outcome.counts(outcome.threshold(ours=True))) > 0.75


def test_a_training_is_timed_to_the_first_epoch_that_reaches_a_figure(beats: CutBeats) -> None:
    design = replace(OURS, schedule=replace(OURS.schedule, epochs=3))
    parts = published_parts(beats, seed=0)
    trace = watch_decisions(design, beats, parts)
    fitted = fit(design, beats, parts, 0, trace)
    ended = balanced_accuracy(fitted.test(beats, parts.test).counts(fitted.our_threshold))
    whole, first = trace.run_to(1.1, balanced_accuracy), trace.run_to(0.0, balanced_accuracy)
    assert (whole.reached, whole.epochs, first.reached, first.epochs) == (False, 3, True, 1)
    assert whole.figure == pytest.approx(ended)
    assert 0 < first.seconds < whole.seconds


def test_noise_is_added_in_training_only(beats: CutBeats) -> None:
    network = OURS.architecture.build(1, beats.centred.shape[-1]).eval()
    score = OURS.score(network, beats.centred[:8])
    np.testing.assert_array_equal(score, OURS.score(network, beats.centred[:8]))


def test_the_published_designs_are_as_published() -> None:
    for design, decoder in ((UPSAMPLING, "upsampling"), (TRANSPOSED, "transposed")):
        assert design.architecture.decoder == decoder
        assert design.architecture.filters == (128, 128, 32)
        assert design.schedule.policy == "constant"
        assert (design.schedule.min_drop, design.schedule.min_delta) == (1e-3, 0)
        assert (design.squared, design.noise) == (False, 0)


def test_recordings_of_one_kind_are_refused() -> None:
    with pytest.raises(DatasetError, match="both kinds"):
        cut_recordings([(simulate(10, leads=("II",)), False, 1)])


def test_the_kaggle_beats_are_taken_where_they_are_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    assert kaggle_beats() is None
    folder = tmp_path / "heartbeats"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number, name in enumerate(("ptbdb_normal", "ptbdb_abnormal")):
        rows = np.column_stack([rng.uniform(size=(150, HEARTBEAT_TIMES)), np.full(150, number)])
        np.savetxt(folder / f"{name}.csv", rows, delimiter=",", fmt="%.6f")
    found = kaggle_beats()
    assert found is not None
    assert (len(found), found.abnormal.sum()) == (300, 150)
    outcome = run(BASELINES[0], found, published_parts(found, seed=0), seed=0)
    rows = recipe_rows(TRANSPOSED.name, Results((outcome,)))
    assert all(row.strict is None for row in rows)
    assert all(row.reproduced is not None for row in rows)


def test_the_published_protocol_runs_on_the_two_files_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    files = []
    for number, name in enumerate(("ptbdb_normal", "ptbdb_abnormal")):
        waves = rng.uniform(size=(140, HEARTBEAT_TIMES)) * np.linspace(1, 0.2 + number, HEARTBEAT_TIMES)
        files.append(tmp_path / f"{name}.csv")
        np.savetxt(files[-1], np.column_stack([waves, np.full(140, number)]), delimiter=",", fmt="%.6f")
    settings = Settings(tmp_path / "out", quick=True, files=tuple(files))
    found = reproduce("ptb-conv", settings)
    assert {"beats.png", "scores.png", "table.md"} <= {
        path.name for path in (tmp_path / "out/ptb-conv").iterdir()
    }
    assert all(row.strict is None for row in found.rows)
    with pytest.raises(DatasetError, match="normal beats only; give both"):
        kaggle_beats(files[:1])
    with pytest.raises(DatasetError, match=r"no such file; give the path of ptbdb_normal\.csv"):
        kaggle_beats([tmp_path / "absent.csv"])
    with pytest.raises(ParameterError, match=r"ecg5000-lstm runs on its dataset.*\(can: ptb-conv\)"):
        reproduce("ecg5000-lstm", settings)


def test_ptbxl_is_cut_twice_at_the_same_beats(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(data_dir))
    found = ptbxl_beats()
    assert len(found.published) == len(found.centred) == len(found)
    assert found.published.shape[1:] == (1, 187)
    np.testing.assert_allclose(found.centred.std(axis=-1), 1, atol=1e-3)
    highest = found.centred[~found.abnormal, 0].argmax(axis=-1)
    assert np.mean(np.abs(highest - 50) <= 2) > 0.9
    assert len(found.split.test) > 500
