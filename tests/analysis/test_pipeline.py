"""The whole way from a recording to its abnormal beats."""

from __future__ import annotations

import subprocess
import sys
from copy import copy
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.analysis.located_beats import NO_LEAD
from ectopy.analysis.pipeline import Pipeline, analyze
from ectopy.analysis.result import Analysis
from ectopy.beats.windows import WindowSpec
from ectopy.errors import ArtifactError, ParameterError
from ectopy.evaluation.matching import match_beats
from ectopy.io.npz import write_npz
from ectopy.labels import BEAT_SYMBOLS
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.registry import default_classifier, default_detector, model_folder, shipped_models
from ectopy.record import Record
from ectopy.rhythm.episodes import ATRIAL_FIBRILLATION
from ectopy.rhythm.heart_rate import heart_rates
from ectopy.simulation import Rhythm, demo_record, simulate
from extracted import extract_beats

FS = 250
ECTOPIC = Rhythm(ventricular=0.06, supraventricular=0.0, fusion=0.0)


@pytest.fixture(scope="module")
def record() -> Record:
    """Return five minutes in which one beat in sixteen is ventricular."""
    return simulate(300, FS, ("II", "V1"), rhythm=ECTOPIC, seed=7, name="known")


@pytest.fixture(scope="module")
def found(record: Record) -> Analysis:
    return analyze(record)


def counterparts(analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of found beats, and of the known beats that they are."""
    known = analysis.record.annotations.beats()
    window = round(0.15 * analysis.record.fs)
    reference, test = match_beats(known.samples, analysis.beats.samples, window).pairs.T
    return test, reference


def test_every_beat_is_found_and_no_other(found: Analysis) -> None:
    known = found.record.annotations.beats().samples
    test, reference = counterparts(found)
    assert len(reference) >= 0.99 * len(known)
    assert len(test) >= 0.99 * len(found.beats)
    assert np.abs(found.beats.samples[test] - known[reference]).max() <= 0.06 * FS


def test_ventricular_beats_are_abnormal_and_normal_ones_are_not(found: Analysis) -> None:
    test, reference = counterparts(found)
    symbols = found.record.annotations.beats().symbols[reference]
    assert (symbols == "V").sum() >= 10
    assert found.abnormal[test][symbols == "V"].mean() >= 0.8
    assert found.abnormal[test][symbols == "N"].mean() <= 0.1


def test_each_beat_has_its_evidence(found: Analysis) -> None:
    n = len(found.beats)
    for values in (found.scores, found.quality, found.clusters, found.beat_leads, found.symbols):
        assert len(values) == n
    assert found.beats.waveforms.shape == (n, 1, found.window.n_times)
    assert set(found.beat_leads) <= set(found.record.leads)
    np.testing.assert_array_equal(found.abnormal, found.scores > found.threshold)


def test_reconstructions_are_in_millivolts_and_near_the_normal_beats(found: Analysis) -> None:
    normal = np.flatnonzero(~found.abnormal)
    waves = found.beats.waveforms[normal, 0]
    error = np.abs(found.reconstruct(normal) - waves).mean()
    assert error < 0.2 * np.ptp(waves, axis=1).mean()
    every = found.reconstruct(np.arange(len(found.beats)))
    assert np.abs(every).max() < 10
    np.testing.assert_array_equal(found.reconstruct([7, 3]), every[[7, 3]])


def test_ventricular_beats_are_a_cluster_apart(found: Analysis) -> None:
    test, reference = counterparts(found)
    symbols = found.record.annotations.beats().symbols[reference]
    clusters = found.clusters[test]
    assert np.mean(clusters[symbols == "N"] == 0) > 0.95
    assert np.mean(clusters[symbols == "V"] == 0) < 0.2


def test_annotations_are_legal_and_in_order(found: Analysis) -> None:
    marks = found.annotations()
    assert set(marks.symbols) <= BEAT_SYMBOLS
    assert (np.diff(marks.samples) > 0).all()
    assert marks.fs == FS
    assert set(marks.chans) <= {0, 1}
    assert (marks.symbols != "N").sum() == (found.abnormal | found.ectopic).sum() > 0


def test_beats_have_classes_and_these_count_up(found: Analysis) -> None:
    test, reference = counterparts(found)
    symbols = found.record.annotations.beats().symbols[reference]
    assert (found.classes[test][symbols == "V"] == "V").mean() >= 0.8
    assert (found.classes[test][symbols == "N"] == "N").mean() >= 0.95
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    summary = found.summary()
    assert sum(summary.classes.values()) == summary.n_judged
    assert summary.classes_per_hour["V"] == pytest.approx(12 * summary.classes["V"])
    assert summary.n_differ == (found.abnormal != (found.classes != "N")).sum()


def test_a_beat_that_two_leads_show_is_classified_by_both(short: Record) -> None:
    signal = short.signal.copy()
    signal[: len(signal) // 2, 1] = np.nan
    spoilt = replace(short, signal=signal)
    found, namer = extract_beats(spoilt, default_classifier().window), default_classifier()
    first = namer.predict_proba(found.beats, sources=found.leads)
    second = namer.predict_proba(found.again, sources=np.where(found.second == NO_LEAD, 0, found.second))
    both = analyze(spoilt).probabilities
    alone = found.second == NO_LEAD
    assert alone.any()
    assert not alone.all()
    np.testing.assert_allclose(both[alone], first[alone], atol=1e-6)
    np.testing.assert_allclose(both[~alone], (first + second)[~alone] / 2, atol=1e-6)


def test_a_classifier_of_other_windows_classifies_the_same_beats(short: Record) -> None:
    own = default_classifier()
    moved = copy(own)
    moved.window_ = WindowSpec(fs=120, before=48, after=54)
    assert moved.window != own.window
    analysis = replace(Pipeline.shipped(), classifier=moved).run(short)
    assert analysis.probabilities.shape == (len(analysis.beats), len(own.classes_))
    assert (analysis.classes == analyze(short).classes).mean() > 0.9


def test_the_summary_says_what_was_found(found: Analysis) -> None:
    summary = found.summary()
    known = found.record.annotations.beats()
    assert (summary.record, summary.fs, summary.leads) == ("known", FS, ("II", "V1"))
    assert summary.duration == 300
    assert summary.n_beats == summary.n_judged == len(found.beats)
    assert summary.n_abnormal == found.abnormal.sum()
    assert summary.abnormal_share == pytest.approx(summary.n_abnormal / summary.n_judged)
    assert summary.abnormal_per_hour == pytest.approx(12 * summary.n_abnormal)
    assert summary.mean_heart_rate == pytest.approx(60 / np.diff(known.samples / FS).mean(), rel=0.02)
    assert summary.min_heart_rate < summary.mean_heart_rate < summary.max_heart_rate
    assert summary.longest_rr == pytest.approx(np.diff(known.samples / FS).max(), abs=0.1)
    at = int(np.argmin(np.abs(found.beats.samples / FS - summary.longest_rr_at)))
    assert found.beats.rr[at] == pytest.approx(summary.longest_rr)
    assert summary.usable_share > 0.95
    assert summary.model == "anomaly-detector"
    assert summary.disclaimer == DISCLAIMER
    assert "not for diagnosis" in DISCLAIMER


def test_the_same_recording_gives_the_same_analysis(short: Record) -> None:
    first, second = analyze(short), analyze(short)
    np.testing.assert_array_equal(first.scores, second.scores)
    assert asdict(first.summary()) == asdict(second.summary())


@pytest.mark.parametrize("fs", [128, 250, 256.5, 360, 500, 1000])
def test_any_rate_will_do(fs: float) -> None:
    recording = simulate(30, fs, ("II",), seed=3)
    analysis = analyze(recording)
    test, reference = counterparts(analysis)
    assert len(reference) == len(recording.annotations.beats())
    assert len(test) == len(analysis.beats)
    assert analysis.abnormal.mean() < 0.2


@pytest.mark.parametrize(
    "leads", [("ECG",), ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V6"), ("a[b]", "ü")]
)
def test_any_leads_will_do(leads: tuple[str, ...]) -> None:
    analysis = analyze(simulate(12, FS, leads, seed=3))
    assert len(analysis.beats) >= 8
    assert set(analysis.beat_leads) <= set(leads)


def test_the_reference_marks_have_no_say(short: Record) -> None:
    np.testing.assert_array_equal(analyze(replace(short, annotations=None)).scores, analyze(short).scores)


def test_beats_that_are_all_the_same_are_all_normal() -> None:
    seconds = np.arange(30 * FS) / FS
    beats = np.exp(-(((seconds % 1 - 0.5) / 0.012) ** 2))
    assert not analyze(Record(beats[:, None], FS, ("II",), name="spikes")).abnormal.any()


def test_eight_seconds_are_enough(short: Record) -> None:
    assert len(analyze(short.slice(0, 8)).beats) >= 6


def test_a_detector_that_was_not_saved_is_refused(short: Record) -> None:
    with pytest.raises(ArtifactError, match="does not know how its beats were cut"):
        replace(Pipeline.shipped(), detector=BeatAnomalyDetector()).run(short)


def test_the_shipped_models_are_whole_and_small() -> None:
    manifests = {manifest.name: manifest for manifest in shipped_models()}
    assert {"anomaly-detector", "beat-autoencoder", "qrs"} <= set(manifests)
    for name, manifest in manifests.items():
        assert sum(path.stat().st_size for path in model_folder(name).iterdir()) < 2**20, name
        assert manifest.versions, name
    assert default_detector().artifact_.manifest.training["dataset"]


def test_a_model_that_is_nowhere_lists_the_shipped(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"'dense' is neither shipped.*anomaly-detector"):
        model_folder("dense")
    with pytest.raises(ArtifactError, match="neither shipped"):
        model_folder(str(tmp_path))


def test_all_of_it_runs_with_torch_absent() -> None:
    program = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'torch': raise ImportError(name)\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "import ectopy\n"
        "found = ectopy.analyze(ectopy.simulate(10, 250, ('II',), seed=1))\n"
        "print(found.summary().n_beats >= 8, 'torch' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "False"]


def test_a_single_early_beat_is_not_a_heart_rate() -> None:
    rr = np.array([np.nan, *[1.0] * 10, 0.5, *[1.0] * 10], np.float32)
    assert heart_rates(rr).max() == pytest.approx(60 / (7.5 / 8))
    assert heart_rates(rr).min() == pytest.approx(60)
    assert heart_rates(rr[:7]).size == 0
    assert heart_rates(np.full(20, np.nan, np.float32)).size == 0


def test_the_demo_shows_what_it_promises() -> None:
    analysis = analyze(demo_record())
    test, reference = counterparts(analysis)
    known = analysis.record.annotations.beats()
    assert len(reference) >= 0.98 * len(known)
    ventricular = known.symbols[reference] == "V"
    assert analysis.abnormal[test][ventricular].mean() > 0.8
    assert {span.kind.name for span in analysis.spans} >= {"MISSING", "NOISY"}


@pytest.mark.parametrize(("name", "share"), [("100", 0.06), ("208", None)])
def test_real_records(data_dir: Path, name: str, share: float | None) -> None:
    from ectopy.io.registry import open_record

    analysis = analyze(open_record(data_dir / "mitdb" / name).slice(0, 300))
    test, reference = counterparts(analysis)
    symbols = analysis.record.annotations.beats().symbols[reference]
    assert len(reference) >= 0.99 * len(analysis.record.annotations.beats())
    if share is not None:
        assert analysis.abnormal[test][symbols == "N"].mean() < share
    else:
        assert analysis.abnormal[test][symbols == "V"].mean() > 0.8


def test_given_r_peaks_are_the_beats(short: Record) -> None:
    assert short.annotations is not None
    peaks = short.annotations.beats().samples
    analysis = analyze(short, r_peaks=peaks)
    np.testing.assert_array_equal(analysis.beats.samples, peaks)
    assert (analysis.classes == analyze(short).classes).mean() > 0.9


@pytest.mark.parametrize("peaks", [[[1, 2]], [5.0, 9.0], [9, 5], [5, 5], [-1, 5], [5, 10**9]])
def test_r_peaks_that_cannot_be_are_refused(short: Record, peaks: list) -> None:
    with pytest.raises(ParameterError, match="r_peaks"):
        analyze(short, r_peaks=peaks)


def test_only_the_leads_that_are_asked_for_are_analysed(short: Record) -> None:
    analysis = analyze(short, leads=short.leads[1:])
    assert set(analysis.beat_leads) == set(short.leads[1:])
    assert set(analysis.annotations().chans) == {1}


def test_a_path_is_analysed_like_the_record_in_it(short: Record, tmp_path: Path) -> None:
    write_npz(short, tmp_path / "short.npz")
    np.testing.assert_array_equal(analyze(tmp_path / "short.npz").symbols, analyze(short).symbols)
    with pytest.raises(ParameterError, match="leave fs out"):
        analyze(short, fs=short.fs + 1)


def test_a_source_is_read_through_its_reader(short: Record) -> None:
    """What has the members of a Source, and nothing else, is analysed."""

    class Tape:
        name, patient, start, comments = "tape", "p", None, ()
        fs, leads, channels, annotations = short.fs, short.leads, (3, 5), None
        decisions, notes = (), ()
        n_samples = short.n_samples

        def read(self, start: int, stop: int) -> np.ndarray:
            return short.signal[start:stop]

    analysis = analyze(Tape())
    np.testing.assert_array_equal(analysis.symbols, analyze(short).symbols)
    assert set(analysis.annotations().chans) <= {3, 5}


def test_a_digest_tells_recordings_apart_by_rate_leads_and_samples(short: Record) -> None:
    changed = short.signal.copy()
    changed[-1, 0] += 1
    others = [replace(short, fs=FS + 1), replace(short, leads=("II", "V2")), replace(short, signal=changed)]
    assert len({analyze(one).digest for one in (short, *others)}) == 4
    assert analyze(replace(short, name="other", annotations=None)).digest == analyze(short).digest


def test_the_order_of_the_leads_changes_nothing(short: Record) -> None:
    turned = replace(short, signal=short.signal[:, ::-1], leads=short.leads[::-1])
    one, other = analyze(short), analyze(turned)
    np.testing.assert_array_equal(one.beats.samples, other.beats.samples)
    np.testing.assert_array_equal(one.scores, other.scores)
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    np.testing.assert_array_equal(one.beat_leads, other.beat_leads)
    assert one.summary().classes == other.summary().classes


def test_clusters_of_beats_that_were_not_judged_leave_no_gap_in_the_numbers(short: Record) -> None:
    rng = np.random.default_rng(1)
    signal = short.signal.copy()
    signal[: 5 * FS] += np.cumsum(rng.choice([-1.5, 1.5], (5 * FS, 2)), axis=0).astype(np.float32)
    analysis = analyze(replace(short, signal=signal))
    numbers = np.unique(analysis.clusters[analysis.judged])
    np.testing.assert_array_equal(numbers, np.arange(len(numbers)))
    assert (analysis.clusters[~analysis.judged] == -1).all()
    sizes = np.bincount(analysis.clusters[analysis.judged])
    assert (np.diff(sizes) <= 0).all()


def test_fibrillation_of_a_real_recording_is_an_episode_and_sinus_rhythm_is_none(data_dir: Path):
    from ectopy.io.registry import open_record

    burdens = {}
    for name in ("201", "112"):
        analysis = analyze(open_record(data_dir / "mitdb" / name).slice(0, 240), waves=False)
        burdens[name] = analysis.summary().episodes[ATRIAL_FIBRILLATION].burden
    assert burdens["201"] > 0.9
    assert burdens["112"] == 0
