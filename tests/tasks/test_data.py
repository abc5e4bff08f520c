"""Labelled beats of any file are divided by people, or refused, or divided with a word of warning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.beats.windows import Beats
from ectopy.datasets.annotated_folder import window_in_seconds
from ectopy.errors import ParameterError, SplitError
from ectopy.record import Record
from ectopy.tasks.data import beats_in_folder, divide, divided, normal_beats
from ectopy.tasks.registry import Request, read_labelled
from user_files import FS, WINDOW, as_csv, as_folder, as_npz, as_ts, user_beats


@pytest.fixture(scope="module")
def beats() -> Beats:
    return user_beats(4, 20)


@pytest.mark.parametrize("write", [as_csv, as_npz, as_ts])
def test_every_file_says_the_same(write: Callable[[Beats, Path], Path], beats: Beats, tmp_path: Path) -> None:
    ending = {as_csv: "csv", as_npz: "npz", as_ts: "ts"}[write]
    named = {} if write is as_ts else {"labels": "label", "groups": "patient"}
    path = write(beats, tmp_path / f"mine.{ending}")
    read = read_labelled(Request("detector", beats=path, fs=FS, **named))
    np.testing.assert_allclose(read.beats.waveforms, beats.waveforms, atol=1e-4)
    assert read.labels.tolist() == beats.symbols.tolist()
    assert read.beats.fs == FS
    data = divided(read)
    assert (data.split.kind == "intra-patient") == (write is as_ts)
    assert any("no patients are known" in note for note in data.notes) == (write is as_ts)


def test_labels_are_renamed(beats: Beats, tmp_path: Path) -> None:
    path = as_csv(beats, tmp_path / "mine.csv")
    asked = {"beats": path, "labels": "label", "groups": "patient"}
    read = read_labelled(Request("classifier", rename=(("N", "sinus"),), **asked))
    assert "sinus" in read.labels
    assert "N" not in read.labels
    with pytest.raises(ParameterError, match="no beat has the label 'x'; they are N"):
        read_labelled(Request("classifier", rename=(("x", "N"),), **asked))


def test_the_command_of_a_request_can_be_given_again() -> None:
    request = Request(
        "detector", beats=Path("my beats.csv"), labels="kind", fs=125.0, drop=("a", "b"), seed=3
    )
    assert request.command == (
        "ectopy train --task detector --beats 'my beats.csv' --labels kind --drop a,b --fs 125.0 --seed 3"
        " --out FOLDER"
    )


def test_records_are_cut_in_seconds_whatever_their_rate(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "records", n_people=2, seconds=15)
    read = read_labelled(Request("detector", records=folder, before=0.2, after=0.3))
    assert read.beats.window == window_in_seconds(0.2, 0.3, 120)
    assert {record.fs for record in read.records} == {250, 360}
    assert set(read.beats.records.tolist()) == {"p0/MLII", "p0/V1", "p1/MLII", "p1/V1"}
    assert read.first_lead.sum() == len(read.beats) / 2
    assert read.people_known


def test_beats_that_were_not_wholly_recorded_neither_train_nor_test(tmp_path: Path) -> None:
    def with_gap(record: Record) -> Record:
        signal = record.signal.copy()
        signal[: record.n_samples // 2, 0] = np.nan
        return replace(record, signal=signal)

    as_folder(tmp_path / "records", n_people=2, change=with_gap)
    read = beats_in_folder(tmp_path / "records", None, WINDOW)
    for lead, missing in (("MLII", True), ("V1", False)):
        labels = read.labels[read.beats.records == f"p0/{lead}"]
        half = len(labels) // 2
        assert (labels[: half - 3] == "Q").all() == missing
        assert not (labels[half + 3 :] == "Q").any()


def test_people_are_on_one_side() -> None:
    patients = np.repeat([f"p{i}" for i in range(8)], 10)
    labels = np.tile(["N"] * 8 + ["V"] * 2, 8)
    split, notes = divide(patients, labels, np.full(80, ""))
    assert not set(patients[split.train]) & set(patients[split.test])
    assert len(set(patients[split.test])) == 2
    assert notes == ()


def test_without_people_beats_are_drawn_and_every_label_is_tested() -> None:
    labels = np.array(["N"] * 90 + ["V"] * 9 + ["F"])
    split, notes = divide(np.full(100, ""), labels, np.full(100, ""))
    assert set(labels[split.test]) == {"N", "V"}
    assert "F" in labels[split.train]
    assert "flatters" in notes[0]


def test_a_split_that_shares_a_patient_is_refused() -> None:
    patients, parts = np.array(["a", "a", "b"]), np.array(["train", "test", "test"])
    with pytest.raises(SplitError, match=r"patient a has beats in train and in test.*leave --split out"):
        divide(patients, np.full(3, "N"), parts)


@pytest.mark.parametrize(
    ("labels", "normal", "expected"),
    [
        (["N", "V"], (), [True, False]),
        (["Normal", "other"], (), [True, False]),
        (["1", "0"], (), [False, True]),
        (["1", "2", "3"], ("1", "3"), [True, False, True]),
        (["", ""], (), [True, True]),
    ],
)
def test_normal_beats_are_known_by_their_label(
    labels: list[str], normal: tuple[str, ...], expected: list[bool]
) -> None:
    assert normal_beats(np.array(labels), normal).tolist() == expected


def test_labels_that_nobody_knows_are_asked_about() -> None:
    with pytest.raises(ParameterError, match="none of the labels 1, 2 is known"):
        normal_beats(np.array(["1", "2"]))
    with pytest.raises(ParameterError, match="normal='N' is no label of these beats; they are 1, 2"):
        normal_beats(np.array(["1", "2"]), ("N",))
