"""The detector by the encoder: one level in all people, a promise that can be chosen, nothing but arrays."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy import Beats, WindowSpec, aami_classes, cut_beats, simulate
from ectopy.analysis.pipeline import Pipeline
from ectopy.errors import ArtifactError, ParameterError
from ectopy.models.detectors import load_detector
from ectopy.models.encoder_detector import RATES, EncoderDetector, relative_doubt
from ectopy.models.registry import (
    DEFAULT_AUTOENCODER,
    DEFAULT_ENCODER,
    DEFAULT_MODEL,
    default_detector,
    load_model,
    model_folder,
)
from ectopy.models.trained_encoder import TrainedEncoder
from ectopy.simulation.rhythm import Rhythm

WINDOW = WindowSpec(fs=120, before=48, after=48)


@pytest.fixture(scope="module")
def detector() -> EncoderDetector:
    return default_detector()


@pytest.fixture(scope="module")
def beats() -> Beats:
    rhythm = Rhythm(ventricular=0.08, supraventricular=0.08)
    record = simulate(180, 250, ("II",), rhythm=rhythm, seed=3)
    marks = record.annotations.beats()
    return cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols))


def test_wide_and_early_beats_are_flagged_and_usual_ones_are_not(
    detector: EncoderDetector, beats: Beats
) -> None:
    flagged = detector.predict(beats) == -1
    shares = {name: flagged[beats.symbols == name].mean() for name in "NSV"}
    assert shares["V"] > 0.9
    assert shares["S"] > 0.8
    assert shares["N"] < 0.05
    np.testing.assert_array_equal(detector.score_samples(beats), -detector.anomaly_score(beats))


def test_the_network_is_that_of_the_shipped_encoder(detector: EncoderDetector) -> None:
    encoder = TrainedEncoder.load(model_folder(DEFAULT_ENCODER))
    assert detector.manifest.files["network.onnx"] == encoder.manifest.files["network.onnx"]


def test_doubt_that_all_beats_of_a_person_raise_counts_less_up_to_a_limit() -> None:
    calm, uneasy = np.full(40, -3, np.float32), np.full(40, 0.3, np.float32)
    together = relative_doubt(np.concatenate([calm, uneasy, [2.3]]), [*["a"] * 40, *["b"] * 41])
    assert together[-1] == pytest.approx(2, abs=0.01)
    assert relative_doubt(np.full(40, 4, np.float32)).min() == pytest.approx(3.5, abs=0.01)


def test_a_beat_is_judged_by_its_own_recording_only(detector: EncoderDetector, beats: Beats) -> None:
    other = replace(beats, records=np.full(len(beats), "other"), waveforms=beats.waveforms[::-1].copy())
    both = Beats.concatenate([beats, other])
    alone = detector.anomaly_score(beats)
    np.testing.assert_allclose(detector.anomaly_score(both)[: len(beats)], alone, atol=1e-4)


def test_what_was_expected_is_the_usual_beat_of_the_person(detector: EncoderDetector, beats: Beats) -> None:
    expected = detector.reconstruct(beats)
    assert expected.shape == beats.shape
    usual = np.median(beats.waveforms[beats.symbols == "N"], axis=0)
    np.testing.assert_allclose(expected[0], usual, atol=0.05)
    assert (expected == expected[0]).all()


def test_a_lower_promise_flags_fewer_beats(detector: EncoderDetector) -> None:
    thresholds = [detector.at_alarm_rate(rate).threshold_ for rate in (0.001, 0.02, 0.2)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert detector.at_alarm_rate(0.02).threshold_ == detector.threshold_
    assert detector.at_alarm_rate(0.1).original_threshold == detector.threshold
    for rate in (0, 1, float("nan")):
        with pytest.raises(ParameterError, match=r"can promise rates from 0\.0005 to 0\.5"):
            detector.at_alarm_rate(rate)


def test_an_analysis_scores_as_the_detector_does(detector: EncoderDetector) -> None:
    record = simulate(60, 250, ("II", "V1"), rhythm=Rhythm(ventricular=0.1), seed=8)
    analysis = Pipeline.shipped().run(record, waves=False)
    np.testing.assert_allclose(
        analysis.scores, detector.score_beats(analysis.beats, analysis.beat_leads).scores, atol=1e-4
    )
    of_shape = Pipeline.shipped(detector=DEFAULT_AUTOENCODER).run(record, waves=False)
    np.testing.assert_array_equal(of_shape.probabilities, analysis.probabilities)


def test_it_is_loaded_by_its_kind_and_refused_where_it_is_damaged(tmp_path: Path) -> None:
    assert isinstance(load_model(DEFAULT_MODEL), EncoderDetector)
    with pytest.raises(ArtifactError, match=r"is a qrs-detector; give one of kind anomaly-detector"):
        load_detector(model_folder("qrs"))
    folder = tmp_path / "model"
    shutil.copytree(model_folder(DEFAULT_MODEL), folder)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"thresholds"', '"treshold"'))
    with pytest.raises(ArtifactError, match="wrong parameters"):
        load_detector(folder)


def test_other_beats_are_told_what_to_do(detector: EncoderDetector, beats: Beats) -> None:
    with pytest.raises(ParameterError, match="give a Beats"):
        detector.predict(beats.waveforms)
    with pytest.raises(ParameterError, match=r"96 at 120 Hz.*model.window"):
        detector.predict(Beats.of(np.zeros((9, 1, 50)), fs=60, peak=25))
    with pytest.raises(ParameterError, match=r"thresholds has shape \(3,\)"):
        EncoderDetector([1, 2, 3])


def test_what_is_saved_is_what_was_made(tmp_path: Path, beats: Beats) -> None:
    encoder = TrainedEncoder.load(model_folder(DEFAULT_ENCODER))
    made = EncoderDetector.of_encoder(encoder, np.linspace(3, 0.1, len(RATES)))
    loaded = load_detector(made.save(tmp_path / "mine", "mine", {}, {}).folder)
    assert loaded.threshold_ == pytest.approx(made.threshold_, abs=1e-3)
    np.testing.assert_array_equal(loaded.anomaly_score(beats), made.anomaly_score(beats))
