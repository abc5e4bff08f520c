"""What an analysis shows of itself, and what it lets a user ask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ectopy
from ectopy.analysis.result import Analysis
from ectopy.errors import ParameterError
from ectopy.io.registry import open_source
from ectopy.io.wfdb.files import write_wfdb
from ectopy.models.registry import DEFAULT_AUTOENCODER, model_folder
from ectopy.models.trained_detector import TrainedDetector
from ectopy.record import Record
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(30, 250, ("II", "V1"), seed=4, name="shown")


@pytest.fixture(scope="module")
def analysis(record: Record) -> Analysis:
    return ectopy.analyze(record)


def test_every_repr_is_one_short_line(analysis: Analysis, record: Record, tmp_path) -> None:
    write_wfdb(record, tmp_path / "shown")
    source = open_source(tmp_path / "shown")
    assert repr(source).startswith("<FileSource shown: 30 s at 250 Hz, leads II V1")
    for shown in (record, source, record.annotations, analysis.beats, analysis, analysis.summary()):
        assert len(repr(shown)) < 160
        assert repr(shown).isprintable()


def test_names_from_a_file_are_made_safe(analysis: Analysis, record: Record) -> None:
    name = "<b>\x1b[2J</b>"
    hostile = replace(analysis, record=replace(record, name=name, leads=("\x1b[2J", "V1")))
    for shown in (hostile, hostile.summary(), hostile.record):
        assert repr(shown).isprintable()
    card = hostile._repr_html_()
    assert "<b>" not in card
    assert "&lt;b&gt;" in card
    assert "\x1b" not in card


def test_intervals_of_the_first_beat_and_around_other_classes_are_no_nn_intervals(analysis: Analysis) -> None:
    probabilities = np.tile(np.float32([0.9, 0.1, 0, 0]), (len(analysis.beats), 1))
    probabilities[5] = [0, 0, 1, 0]
    nn = replace(analysis, probabilities=probabilities).nn_intervals
    assert np.flatnonzero(np.isnan(nn)).tolist() == [0, 5, 6]
    np.testing.assert_array_equal(nn[7:], analysis.beats.rr[7:])


@pytest.mark.parametrize(("start", "seconds"), [(-1, 5), (30, 5), (0, 0), (0, 61)])
def test_a_stretch_that_cannot_be_drawn_is_refused(analysis: Analysis, start: float, seconds: float) -> None:
    with pytest.raises(ParameterError, match=r"start=|seconds="):
        analysis.plot(start, seconds)


def test_a_beat_is_drawn_from_either_end_or_refused(analysis: Analysis) -> None:
    last = len(analysis.beats) - 1
    assert analysis.plot_beat(-1).axes[0].get_title(loc="left").startswith(f"beat {last} at")
    with pytest.raises(ParameterError, match=f"beat={last + 1} does not exist"):
        analysis.plot_beat(last + 1)


def test_the_models_own_alarm_rate_changes_nothing(analysis: Analysis, record: Record) -> None:
    again = ectopy.analyze(record, alarm_rate=0.02)
    assert again.threshold == analysis.threshold
    assert again.warnings == analysis.warnings


def test_an_alarm_rate_out_of_reach_is_refused_with_the_reach(analysis: Analysis, record: Record) -> None:
    for rate in (0, 1e-6, 1, -1, float("nan")):
        with pytest.raises(ParameterError, match=r"can promise rates from 0\.0005 to 0\.5"):
            ectopy.analyze(record, alarm_rate=rate)


def test_a_model_without_calibration_scores_says_how_to_get_them() -> None:
    shipped = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    manifest = shipped.manifest
    files = {name: digest for name, digest in manifest.files.items() if name != "calibration.npy"}
    bare = TrainedDetector.of(
        replace(shipped.artifact_, manifest=manifest.model_copy(update={"files": files}))
    )
    with pytest.raises(ParameterError, match="ectopy models calibrate"):
        bare.at_alarm_rate(0.01)


def test_the_calibration_that_is_shipped_gives_the_threshold_that_is_shipped() -> None:
    detector = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    scores = detector.artifact_.array("calibration.npy")
    assert detector.original_threshold.learn(scores) == pytest.approx(detector.threshold_, rel=1e-5)
    thresholds = [detector.at_alarm_rate(rate).threshold_ for rate in (0.001, 0.01, 0.05, 0.2)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert detector.at_alarm_rate(0.01).at_alarm_rate(0.02).threshold_ == detector.threshold_


def test_the_rows_of_a_summary_account_for_every_beat(analysis: Analysis) -> None:
    summary = replace(analysis.summary(), n_beats=12, n_judged=11, classes={"N": 1, "V": 0})
    rows = dict(summary.rows())
    assert (rows["paced, or of no class"], rows["not judged"]) == ("10", "1")
    assert "not judged" not in dict(analysis.summary().rows())


@pytest.mark.parametrize("samples", [np.zeros((5000, 2)), [0.0, 0.1]])
def test_samples_without_a_rate_are_no_recording(samples: object) -> None:
    with pytest.raises(ParameterError, match=r"give a path, or .* Record\(signal, fs, leads\)"):
        ectopy.analyze(samples)
