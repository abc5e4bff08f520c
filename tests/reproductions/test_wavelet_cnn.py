"""The wavelet CNN study: what it writes, that its parts are apart, and what its figures mean."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.splits import DS1, DS2
from ectopy.errors import RecordError
from ectopy.evaluation.confusion import grouped_confusion
from ectopy.evaluation.metrics import accuracy_against_rest
from ectopy.labels import AAMI_CLASSES
from ectopy.reproductions.stopwatch import TargetStopwatch
from ectopy.reproductions.wavelet_cnn import classification as study
from ectopy.reproductions.wavelet_cnn.beats import (
    WaveletBeats,
    inter_patient_split,
    published_split,
    simulated_records,
    wavelet_beats,
)
from ectopy.reproductions.wavelet_cnn.rows import (
    PUBLISHED,
    Measured,
    macro_f1_without_q,
    never_predicted,
    smallest_lead,
)
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def beats() -> WaveletBeats:
    return wavelet_beats(simulated_records(40))


@pytest.fixture(scope="module")
def written(quick_run) -> Path:
    return quick_run("mitbih-wavelet-cnn")[0]


def test_it_writes_the_table_the_figures_and_the_numbers(written):
    for name in ("confusion.png", "classes.png", "history.png", "table.md"):
        assert (written / name).stat().st_size > 1000, name
    metrics = json.loads((written / "metrics.json").read_text())
    published = {row["figure"]: row["published"] for row in metrics["rows"] if row["published"]}
    assert {
        f"accuracy of {name} against the rest, %: ours": PUBLISHED[name] for name in PUBLISHED
    }.items() <= (published.items())
    for row in metrics["rows"]:
        assert row["reproduced"], row["figure"]
        assert row["strict"], row["figure"]
        assert row["how"], row["figure"]
    assert 3 <= sum(row["headline"] for row in metrics["rows"]) <= 5
    assert metrics["races"][0]["recipe"]["epochs"] >= 1


def test_every_method_names_every_tested_beat(written):
    confusion = json.loads((written / "metrics.json").read_text())["details"]["confusion"]
    assert confusion.pop("labels") == list(AAMI_CLASSES)
    for part in ("90/10", "DS1 to DS2"):
        tested = {name: np.sum(method[part][0], axis=1).tolist() for name, method in confusion.items()}
        assert len(set(map(tuple, tested.values()))) == 1, tested


def test_a_beat_is_141_scaled_coefficients_and_when_it_came(beats):
    assert beats.coefficients.shape == (len(beats.cut), 141)
    assert beats.timed.shape == (len(beats.cut), 147)
    assert np.isfinite(beats.timed).all()
    assert beats.coefficients.dtype == beats.timed.dtype == np.float32
    assert set(beats.classes) == {"N", "S", "V", "F"}
    one, other = beats.cut.waveforms[:2, 0]
    assert np.ptp(one) != np.ptp(other)  # in mV; scaled before the wavelet, whose gain is √2
    np.testing.assert_allclose(np.ptp(beats.coefficients, axis=1), np.sqrt(2), rtol=0.15)


def test_the_parts_share_no_beat_and_the_inter_patient_ones_no_patient(beats):
    for seed in range(3):
        for split in (published_split(beats, seed), inter_patient_split(beats, seed)):
            parts = [set(part.tolist()) for part in (split.train, split.validation, split.test)]
            assert all(parts)
            assert sum(map(len, parts)) == len(set.union(*parts))
        owners = beats.cut.patients
        learned, held, tested = (
            set(owners[part].tolist()) for part in (split.train, split.validation, split.test)
        )
        assert not learned & tested
        assert not learned & held
        assert learned | held <= set(DS1)
        assert tested <= {*DS2, "201"}
        assert split.kind == "inter-patient"
        assert published_split(beats, seed).kind == "intra-patient"


def test_the_published_share_is_tested(beats):
    split = published_split(beats, 0)
    assert len(split.test) == pytest.approx(len(beats.cut) / 10, abs=1)
    assert len(split.validation) == (len(split.train) + len(split.validation)) // 10


def test_test_labels_change_nothing_that_was_learned(beats):
    split = published_split(beats, 0)
    changed = beats.classes.copy()
    changed[split.test] = "V"
    method = study.perceptron("ours", study.Schedule(epochs=1), filled={"F": 60})
    plain, other = (
        study.fit(method, WaveletBeats(beats.cut, beats.coefficients, beats.timing, classes), split, 0)
        for classes in (beats.classes, changed)
    )
    assert plain.history == other.history


def test_the_deadline_ends_a_training_but_not_the_stopwatch():
    looked = []
    watch = TargetStopwatch(lambda network: looked.append(network) or 1.0, 0.0)
    deadline = study.Deadline(100.0, watch)
    assert not deadline("one")
    assert not deadline("two")
    assert looked == ["one"]  # reached: not looked at again, so its time stands
    assert watch.run.reached
    assert study.Deadline(0.0)("any")


def test_the_lead_is_that_of_the_worst_class():
    counts = np.diag([900, 30, 50, 10, 10])
    assert smallest_lead(counts) == pytest.approx(100 - max(PUBLISHED.values()))
    counts[3, 0], counts[3, 3] = 10, 0
    lead = 100 * accuracy_against_rest(counts) - list(PUBLISHED.values())
    assert smallest_lead(counts) == lead[3] == pytest.approx(99.0 - PUBLISHED["F"])
    assert never_predicted(counts)[3] == pytest.approx(0.99)


def test_macro_f1_without_q_is_undefined_where_a_class_is_gone():
    counts = np.diag([9, 3, 5, 1, 0])
    assert macro_f1_without_q(counts) == 1
    counts[3, 3] = 0
    assert np.isnan(macro_f1_without_q(counts))


def test_inter_patient_figures_are_means_over_seeds_with_an_interval_by_patient():
    reference, owners = ["N", "V"] * 4, list("aabbccdd")
    right = grouped_confusion(reference, reference, owners, AAMI_CLASSES)
    wrong = grouped_confusion(reference, ["N"] * 8, owners, AAMI_CLASSES)
    method = Measured("m", (right, wrong), (right, wrong), "two seeds")
    row = method.row("accuracy of V", lambda counts: accuracy_against_rest(counts)[..., 2])
    assert row.strict is not None
    assert row.strict.value == pytest.approx(0.75)
    assert row.strict.runs == (1.0, 0.5)
    assert row.strict.over == "patients"
    assert row.reproduced is not None
    assert row.reproduced.over == "seeds"


def test_a_record_without_annotations_is_refused():
    record = simulate(10, seed=1)
    bare = type(record)(record.signal, record.fs, record.leads, name="bare")
    with pytest.raises(RecordError, match="record bare has no reference annotations"):
        wavelet_beats([bare])
