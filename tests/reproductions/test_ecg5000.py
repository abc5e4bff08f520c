"""The two studies of ECG5000, on simulated beats."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.ecg5000 import ECG5000_CLASSES, load_ecg5000
from ectopy.reproductions.ecg5000.code import SNR, noisy
from ectopy.reproductions.ecg5000.data import (
    LARGE_SPLIT,
    PUBLISHED_SPLIT,
    Detected,
    is_normal,
    simulated,
    split_normals,
    varied,
    waveforms_of,
)
from ectopy.reproductions.ecg5000.kernels import KernelFeatures
from ectopy.reproductions.ecg5000.lstm import best_threshold
from ectopy.reproductions.ecg5000.recurrent_parts import Parts, Quality, course, watch_quality
from ectopy.reproductions.study import Reproduction

PICTURES = {
    "ecg5000-lstm": ["losses.png", "reconstructions.png"],
    "ecg5000-recurrent": ["decisions.png", "history.png", "losses.png", "race.png"],
}


@pytest.fixture(scope="module")
def quick(quick_run) -> tuple[Path, dict[str, Reproduction]]:
    """Both studies, run once."""
    runs = {name: quick_run(name) for name in PICTURES}
    return next(iter(runs.values()))[0].parent, {name: found for name, (_, found) in runs.items()}


@pytest.mark.parametrize("name", PICTURES)
def test_a_quick_run_writes_figures_table_and_pictures(name: str, quick):
    folder, found = quick[0] / name, quick[1][name]
    assert sorted(path.name for path in folder.glob("*.png")) == PICTURES[name]
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert len(metrics["rows"]) == len(found.rows) > 10
    assert 2 <= sum(row["headline"] for row in metrics["rows"]) <= 5
    for row in metrics["rows"]:
        measured = [row[kind]["value"] for kind in ("reproduced", "strict") if row[kind]]
        assert measured, row["figure"]
        assert np.isfinite(measured).all(), row["figure"]
        assert row["how"], row["figure"]
    for race in metrics["races"]:
        assert race["recipe"]["seconds"] > 0
        assert race["ours"]["epochs"] >= 1
    assert found.table() in (folder / "table.md").read_text(encoding="utf-8")


def test_the_published_figures_stand_beside_both_protocols(quick):
    rows = {row.figure: row for row in quick[1]["ecg5000-lstm"].rows}
    accuracy = rows["85/10/5: accuracy"]
    assert accuracy.published == pytest.approx(282 / 290)
    assert accuracy.reproduced is not None
    assert accuracy.strict is not None
    assert rows["85/10/5: accuracy, threshold by eye"].strict is None


@pytest.mark.parametrize("name", [PUBLISHED_SPLIT, LARGE_SPLIT])
def test_networks_learn_normal_beats_that_are_not_tested(name: str):
    beats = simulated().all
    split = split_normals(name, beats, seed=3)
    assert is_normal(beats)[np.concatenate([split.train, split.validation])].all()
    assert not np.intersect1d(split.train, split.test).size
    assert not np.intersect1d(split.validation, np.concatenate([split.train, split.test])).size


def test_the_beats_that_stop_the_clock_are_not_tested():
    beats = simulated().all
    split = split_normals(PUBLISHED_SPLIT, beats, seed=0)
    parts = Parts.of(beats, split)
    tested = {beat.tobytes() for beat in parts.test}
    assert not any(beat.tobytes() in tested for beat in parts.spare)


def test_simulated_beats_are_laid_out_as_the_published_ones():
    data = simulated()
    waveforms = waveforms_of(data.train)
    assert waveforms.shape[1:] == (140,)
    np.testing.assert_allclose(waveforms.std(axis=1), 1, atol=1e-4)
    assert set(data.train.symbols) <= set(ECG5000_CLASSES)
    assert 0.1 < 1 - is_normal(data.test).mean() < 0.5


def test_copies_of_a_beat_are_like_it_and_standardised():
    waveforms = waveforms_of(simulated().train)[:20]
    more = varied(waveforms, 2, np.random.default_rng(0))
    assert more.shape == (60, 140)
    np.testing.assert_array_equal(more[:20], waveforms)
    np.testing.assert_allclose(more.std(axis=1), 1, atol=1e-4)
    correlation = (more[20:40] * waveforms).mean(axis=1)
    assert (correlation > 0.5).all()
    assert (correlation < 0.99999).all()


def test_kernels_see_what_is_above_a_threshold_where_it_lasts_and_how_much():
    """Held to loops over one kernel: places 0, 1 and 2 of nine are large, neighbours three samples apart."""
    beats = waveforms_of(simulated().train)[:12]
    kernels = KernelFeatures.learn(beats, seed=1)
    dilation = kernels.dilations.index(3)
    (threshold,) = kernels.thresholds[0, dilation, 0]
    found = kernels.transform(beats).reshape(12, 2, len(kernels.dilations), 84, -1)[:, 0, dilation, 0, :4]
    for beat, features in zip(beats, found, strict=True):
        weights = np.full(25, 0.0)
        weights[::3] = [2, 2, 2, -1, -1, -1, -1, -1, -1]
        excess = np.correlate(np.pad(beat, 12), weights) - threshold
        above = np.flatnonzero(excess > 0)
        runs = np.split(above, np.flatnonzero(np.diff(above) > 1) + 1)
        expected = (
            [len(above) / 140, excess[above].mean(), (above + 1).mean() / 140, max(map(len, runs)) / 140]
            if len(above)
            else [0] * 4
        )
        np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4)


def test_thresholds_of_kernels_hang_on_the_seed_alone():
    beats = waveforms_of(simulated().train)[:12]
    first, again, other = (KernelFeatures.learn(beats, seed).thresholds for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_noise_has_the_ratio_that_was_asked_for():
    waveforms = waveforms_of(simulated().train)
    added = noisy(waveforms, SNR, seed=0) - waveforms
    ratios = 10 * np.log10(waveforms.var(axis=1) / added.var(axis=1))
    np.testing.assert_allclose(ratios, SNR, atol=0.1)


def test_a_threshold_by_eye_gets_most_beats_right():
    scores = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    abnormal = np.array([False, False, True, False, True])
    threshold = best_threshold(scores, abnormal)
    assert Detected.of(scores, abnormal, threshold).accuracy == pytest.approx(0.8)


def test_a_training_is_looked_at_on_beats_that_are_not_tested():
    parts = Parts.of(simulated().all, split_normals(PUBLISHED_SPLIT, simulated().all, 0))
    watch = watch_quality(parts)
    watch.seconds, watch.seen = [1.0, 2.0], [Quality(9.0, 0.8), Quality(5.0, 0.7)]
    assert watch.run_to(5.5, lambda seen: seen.error, higher=False).seconds == 2
    assert [part.tolist() for part in course(watch, "auc")] == [[1.0, 2.0], [0.8, 0.7]]


def test_the_published_split_has_the_published_sizes(data_dir: Path):
    beats = load_ecg5000().all
    split = split_normals(PUBLISHED_SPLIT, beats, seed=0)
    assert int(is_normal(beats)[split.test].sum()) == 145
    assert len(split.test) == 290
