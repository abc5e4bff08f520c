"""The study runs whole on simulated beats, and its protocols keep what they promise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.mitbih import NOISES
from ectopy.reproductions.dense_autoencoder import few_labels
from ectopy.reproductions.dense_autoencoder.codecs import (
    ADC_BITS,
    SEGMENT,
    Curve,
    Transform,
    by_pca,
    by_wavelets,
    trace,
)
from ectopy.reproductions.dense_autoencoder.compression import divide
from ectopy.reproductions.dense_autoencoder.continuous_ecg import PatientMean, Recordings, recordings
from ectopy.reproductions.dense_autoencoder.denoising import (
    FIGURES,
    GAINS,
    WINDOW,
    measure,
    mix,
    noise_sources,
)
from ectopy.reproductions.study import Settings
from ectopy.signal.quantisation import Quantiser

PICTURES = ("compression.png", "denoising.png", "denoised.png", "few_labels.png")


@pytest.fixture(scope="module")
def folder(quick_run) -> Path:
    return quick_run("dense-autoencoder")[0]


@pytest.fixture(scope="module")
def train() -> Recordings:
    return recordings("ds1", quick=True)


@pytest.fixture(scope="module")
def test() -> Recordings:
    return recordings("ds2", quick=True)


def quick(tmp_path: Path) -> Settings:
    return Settings(tmp_path, quick=True)


def test_the_study_writes_its_figures_and_a_table(folder: Path):
    assert all((folder / name).stat().st_size > 10_000 for name in PICTURES)
    table = (folder / "table.md").read_text()
    assert table.startswith("**Quick run")
    assert "flattered" in table


def test_all_three_claims_have_rows_and_published_figures_stand_beside_ours(folder: Path):
    metrics = json.loads((folder / "metrics.json").read_text())
    names = [row["figure"] for row in metrics["rows"]]
    for claim in ("compression, PRDN", "compression, CR in bits", "denoising, SNR", "macro-F1: raw beats"):
        assert any(claim in name for name in names), claim
    assert {row["published"] for row in metrics["rows"]} >= {2.73, 32.25, "5.2 (DeepFilter, QTDB)"}
    both = [row for row in metrics["rows"] if row["reproduced"] and row["strict"]]
    assert len(both) >= len(FIGURES)
    assert 3 <= sum(row["headline"] for row in metrics["rows"]) <= 7
    assert len(metrics["races"]) == 1


def test_nobody_stands_on_two_sides(train: Recordings, test: Recordings):
    learned, held_out = train.without(1, seed=0)
    sides = [set(part.patients) for part in (learned, held_out, test)]
    assert not sides[0] & sides[1]
    assert not (sides[0] | sides[1]) & sides[2]
    assert len(learned.signals) + len(held_out.signals) == len(train.signals)


def test_the_man_of_two_records_is_not_trained_on(data_dir: Path):
    assert "201" not in recordings("ds1", quick=False).patients
    assert "201" in recordings("ds2", quick=False).patients


def test_tiles_lie_end_to_end_and_windows_anywhere(train: Recordings):
    tiles = train.tiles(1000, every=2)
    np.testing.assert_array_equal(tiles[1, 1], train.signals[1, 2000:3000])
    windows = train.random_windows(5, 100, np.random.default_rng(0))
    assert windows.shape == (5 * len(train.signals), 100)


def test_a_mean_over_patients_weighs_patients():
    means = PatientMean(("a", "b"), np.array([1.0, 4.0]))
    assert means.under(np.array([[1.0, 1.0], [2.0, 0.0]])).tolist() == [2.5, 1.0]


def test_wavelets_and_components_give_back_what_they_were_given(train: Recordings, tmp_path: Path):
    segments = train.tiles(SEGMENT)[:, 0]
    wavelets = by_wavelets()
    np.testing.assert_allclose(wavelets.back(wavelets.forward(segments)), segments, atol=1e-4)
    components = by_pca(segments)
    again = components.forward(components.back(components.forward(segments)))
    np.testing.assert_allclose(again[0], components.forward(segments)[0], atol=1e-3)


def test_every_bit_is_counted():
    """Seven equally likely steps a sample cost the logarithm of seven, and a little for the message."""
    rng = np.random.default_rng(0)
    learned, tested = (rng.integers(-3, 4, (n, 3, SEGMENT)).astype(np.float32) for n in (8, 2))
    raw = Transform(lambda x: (x[..., None],), lambda blocks: blocks[0][..., 0], (Quantiser(1.0),))
    curve = trace(raw, learned.reshape(-1, SEGMENT), tested)
    assert curve.ratios[0] == pytest.approx(ADC_BITS / np.log2(7), rel=0.01)
    assert curve.ratios[0] < ADC_BITS / np.log2(7)
    assert curve.prdn.max() < 3, "no more than the mean of a segment is off"


def test_finer_steps_lose_less_and_cost_more(train: Recordings, test: Recordings, tmp_path: Path):
    parts = divide(train, test, quick(tmp_path))
    curve = trace(by_wavelets(), parts.coded, parts.tested)
    assert (np.diff(curve.ratios) > 0).all()
    assert (np.diff(curve.prdn.mean(axis=1)) > 0).all()
    assert (curve.offset_prd < curve.prdn / 3).all(), "the offset of the converter flatters"


def test_a_curve_is_read_between_its_points_and_not_beyond_them():
    curve = Curve(np.array([10.0, 20.0]), np.array([[1.0], [2.0]]), np.array([[10.0], [30.0]]))
    assert curve.at(15, curve.prdn).tolist() == [20.0]
    assert np.isnan(curve.at(25, curve.prdn)).all()
    assert curve.ratio_at(1.5) == 15
    assert np.isnan(curve.ratio_at(3.0))


def test_noise_is_as_loud_as_was_said_and_its_parts_differ(train: Recordings, tmp_path: Path):
    settings = quick(tmp_path)
    sources = noise_sources("test", settings)
    clean = train.random_windows(3, WINDOW, np.random.default_rng(0))
    mixture = mix(clean, sources, np.random.default_rng(1))
    loud = np.abs(mixture.noisy - clean).max(axis=1) / np.abs(clean).max(axis=1)
    assert loud == pytest.approx(mixture.gains[:, 0], rel=1e-3)
    assert (loud >= GAINS[0] - 1e-3).all()
    assert (loud <= GAINS[1] + 1e-3).all()
    assert mixture.kinds[:3].tolist() == list(NOISES)
    assert not np.allclose(sources["bw"], noise_sources("train", settings)["bw"])


def test_what_is_clean_already_is_judged_perfect(train: Recordings, tmp_path: Path):
    clean = train.random_windows(3, 7 * WINDOW, np.random.default_rng(0))
    mixture = mix(clean, noise_sources("test", quick(tmp_path)), np.random.default_rng(1))
    values = measure(mixture, clean, len(train.signals))
    names = list(FIGURES)
    assert values.shape == (len(FIGURES), len(train.signals), len(NOISES))
    assert (values[names.index("SSD in mV²")] == 0).all()
    assert values[names.index("cosine in %")] == pytest.approx(100.0)
    worse = measure(mixture, mixture.noisy, len(train.signals))
    assert (worse[names.index("cosine in %")] < 99.9).all()


def test_labels_are_drawn_by_class_and_every_class_has_some(tmp_path: Path):
    beats = few_labels.read_beats("ds1", quick(tmp_path))
    counts = np.bincount(beats.classes, minlength=4)
    few = np.bincount(beats.classes[few_labels.draw_labels(beats, 0.01, seed=0)], minlength=4)
    assert (few == np.maximum(2, np.round(0.01 * counts))).all()
    assert len(few_labels.draw_labels(beats, 1.0, seed=0)) == len(beats.classes)
    first, second = (few_labels.draw_labels(beats, 0.1, seed) for seed in (0, 1))
    assert (first != second).any()


def test_ventricular_beats_keep_their_class(tmp_path: Path):
    beats = few_labels.read_beats("ds1", quick(tmp_path))
    names = np.array(few_labels.CLASSES)[beats.classes]
    early = beats.timing[:, 2]
    assert early[names == "S"].mean() < early[names == "N"].mean() - 0.1
    assert set(names) == set(few_labels.CLASSES)
