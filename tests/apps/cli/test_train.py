"""``ectopy train --task``: a user's own beats and recordings become models that ectopy analyze takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from command_line import Command, is_one_line_about
from ectopy.beats.windows import Beats
from ectopy.io.wfdb.files import write_wfdb
from ectopy.models.registry import load_model
from ectopy.record import Annotations, Record
from ectopy.simulation import simulate
from user_files import FS, RHYTHM, as_csv, as_folder, table_of, user_beats

pytest.importorskip("torch")

QUICK = ("--epochs", "1", "--quiet")


@pytest.fixture(scope="module")
def beats() -> Beats:
    return user_beats()


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_detector_of_a_csv_is_saved_with_its_card_and_judges_a_recording(
    run: Command, here: Path, beats: Beats
) -> None:
    as_csv(beats, here / "mine.csv")
    asked = ("--task", "detector", "--beats", "mine.csv", "--labels", "label", "--groups", "patient")
    trained = run("train", *asked, "--fs", FS, "--peak", 0.24, *QUICK, "--out", "d")
    assert trained.code == 0, trained.err
    pictures = {"history.png", "scores.png", "decisions.png", "classes.png", "variability.png"}
    model = {"manifest.json", "network.onnx", "members.onnx", "weights.safetensors", "calibration.npy"}
    assert files_of(here / "d") == pictures | model | {"README.md", "metrics.json"}
    card = (here / "d" / "README.md").read_text()
    assert "distance from the typical normal beat" in card
    assert "people kept apart" in card
    assert "--peak 0.24" in card
    figures = json.loads((here / "d" / "metrics.json").read_text())["figures"]
    assert figures["AUROC"]["model"]["value"] > 0.5
    write_wfdb(simulate(30, 250, ("MLII",), rhythm=RHYTHM, seed=9, name="new"), here / "new")
    analysed = run("analyze", "new", "--detector", "d", "--no-report", "--out", "out")
    assert analysed.code == 0, analysed.err
    assert set(load_model(here / "d").predict(beats).tolist()) == {-1, 1}
    change_manifest(here / "d", window=None)
    refused = run("analyze", "new", "--detector", "d")
    is_one_line_about(refused, "model d does not say at which rate.*beats and no recordings.*--fs")


def card_of(folder: Path) -> str:
    return (folder / "README.md").read_text()


def change_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_wavelet_classifier_is_saved_and_classifies_the_beats_of_a_recording(
    run: Command, here: Path, beats: Beats
) -> None:
    as_csv(beats, here / "mine.csv")
    asked = ("--task", "classifier", "--beats", "mine.csv", "--labels", "label", "--groups", "patient")
    trained = run("train", *asked, "--fs", FS, "--peak", 0.24, "--epochs", 2, "--quiet", "--out", "c")
    assert trained.code == 0, trained.err
    assert {"confusion.png", "decisions.png", "history.png", "README.md"} < files_of(here / "c")
    figures = json.loads((here / "c" / "metrics.json").read_text())["figures"]
    assert {"accuracy", "macro-F1"} <= set(figures)
    assert figures["accuracy"]["baseline"]["value"] > 0.5
    write_wfdb(simulate(30, 250, ("MLII",), rhythm=RHYTHM, seed=9, name="new"), here / "new")
    analysed = run("analyze", "new", "--classifier", "c", "--out", "out")
    assert analysed.code == 0, analysed.err
    assert set(pd.read_csv(here / "out" / "new.beats.csv")["class"]) <= {"N", "S", "V", "?"}
    assert "few beats to test on" in card_of(here / "c"), "one fifth of a few S"
    is_one_line_about(
        run("analyze", "new", "--detector", "c"), "is a wavelet-classifier; give one of kind anomaly-detector"
    )
    is_one_line_about(
        run("analyze", "new", "--classifier", "anomaly-detector"),
        "is of kind encoder-anomaly-detector; give one of kind beat-classifier or wavelet-classifier",
    )
    change_manifest(here / "c", classes=["ok", "wide", "other"])
    is_one_line_about(run("analyze", "new", "--classifier", "c"), "tells ok, wide, other apart.*--rename")


def test_a_folder_of_records_of_several_rates_trains_detectors(run: Command, here: Path) -> None:
    as_folder(here / "records")
    for task, option in (("detector", "--detector"), ("qrs", "--qrs")):
        trained = run("train", "--task", task, "--records", "records", *QUICK, "--out", task)
        assert trained.code == 0, trained.err
        quick = ("--no-report", "--no-waves", "--out", f"with-{task}")
        used = run("analyze", "records/p0", option, task, *quick)
        assert used.code == 0, used.err


def table_with(here: Path, beats: Beats, **changes: object) -> None:
    table_of(beats).assign(**changes).to_csv(here / "mine.csv", index=False)


DETECTOR = ("--task", "detector", "--beats", "mine.csv", "--labels", "label", "--groups", "patient")
CLASSIFIER = ("--task", "classifier", *DETECTOR[2:])


@pytest.mark.parametrize(
    ("changes", "arguments", "words"),
    [
        ({"label": "N"}, CLASSIFIER, "all training beats are of class N; give beats of two classes or more"),
        ({"label": "V"}, DETECTOR, "none of the labels V is known to be that of normal beats; give --normal"),
        ({"t3": np.nan}, DETECTOR, "beat 1 lacks a sample.*leave such beats out"),
        ({"t69": np.nan}, DETECTOR, "beat 1 ends after 69 of 70 samples; cut all beats to one length"),
        ({"part": "train"}, (*DETECTOR, "--split", "part"), "no beat in test; give beats for both sides"),
        ({"patient": "p"}, DETECTOR, "all beats are of patient p; give beats of more people"),
        ({}, (*DETECTOR, "--peak", "0.3"), "peak=0.3 s says nothing without a rate; give --fs too"),
        ({}, (*DETECTOR, "--network", "nix"), "'nix' is unknown; choose one of: conv, dense"),
        ({}, (*DETECTOR, "--fs", "0"), "fs=0 is no rate"),
        (
            {},
            (*DETECTOR, "--alarm-rate", "0.0001"),
            "cannot promise a false-alarm rate of 0.0001; give at least",
        ),
        ({}, (*CLASSIFIER, "--network", "features"), "a file of beats does not say; give --records"),
        ({}, ("--task", "qrs", *DETECTOR[2:]), "finds beats in recordings; give --records FOLDER"),
        (
            {},
            ("--task", "nix", *DETECTOR[2:]),
            "task='nix' is unknown; choose one of: detector, classifier, qrs",
        ),
        ({}, DETECTOR[2:], "task is missing; give --task"),
        ({}, DETECTOR[:2], "give either --beats FILE or --records FOLDER"),
        ({}, (), "nothing says what to train; give --task .*, or --recipe"),
    ],
    ids=[
        "one class",
        "no normal beat",
        "NaN",
        "unequal lengths",
        "no test part",
        "one patient",
        "rate missing",
        "unknown network",
        "no rate",
        "a promise beyond the beats",
        "features of a file",
        "qrs of a file",
        "unknown task",
        "no task",
        "no data",
        "nothing",
    ],
)
def test_what_cannot_be_learned_from_is_refused_and_nothing_is_written(
    changes: dict[str, object],
    arguments: tuple[str, ...],
    words: str,
    run: Command,
    here: Path,
    beats: Beats,
) -> None:
    table_with(here, beats, **changes)
    is_one_line_about(run("train", *arguments, "--epochs", 1, "--out", "model"), words)
    assert files_of(here) == {"mine.csv"}


def test_a_patient_on_both_sides_of_a_split_is_refused(run: Command, here: Path, beats: Beats) -> None:
    parts = np.where(np.arange(len(beats)) % 2, "train", "test")
    table_with(here, beats, part=parts)
    refused = run("train", *DETECTOR, "--split", "part", "--out", "model")
    is_one_line_about(refused, "patient p0, p1.* has beats in train and in test.*leave --split out")
    assert files_of(here) == {"mine.csv"}


def test_twelve_beats_are_too_few(run: Command, here: Path, beats: Beats) -> None:
    table_with(here, beats[:12])
    few = ("--task", "detector", "--beats", "mine.csv", "--labels", "label", "--drop", "patient")
    is_one_line_about(run("train", *few, "--out", "model"), "normal beats cannot promise.*give at least 49")
    few = ("--task", "classifier", *few[2:])
    is_one_line_about(run("train", *few, "--out", "model"), "9 training beats of 12 are too few.*at least 20")
    table_with(
        here, Beats.concatenate([beats[beats.patients == name][:2] for name in np.unique(beats.patients)])
    )
    is_one_line_about(run("train", *CLASSIFIER, "--out", "model"), "8 training beats of 12 are too few")
    assert files_of(here) == {"mine.csv"}


def test_records_that_teach_nothing_are_refused(run: Command, here: Path) -> None:
    asked = ("train", "--task", "detector", "--out", "model", "--records")
    is_one_line_about(run(*asked, "absent"), "absent: no such folder")
    (here / "empty").mkdir()
    is_one_line_about(run(*asked, "empty"), "no WFDB record")
    bare = simulate(20, 250, ("MLII",), seed=1, name="bare")
    write_wfdb(replace(bare, annotations=None), here / "empty" / "bare")
    is_one_line_about(run(*asked, "empty"), "none of its 1 records has annotations NAME.atr")
    is_one_line_about(run(*asked, "empty", "--fs", "250"), "--fs is for files of beats")
    (here / "empty" / "bare.atr").write_bytes(b"\x07\x00\xff\xff\x12")
    is_one_line_about(run(*asked, "empty"), r"bare\.atr")
    assert files_of(here) == {"empty"}


def test_beats_that_were_not_recorded_teach_nothing(run: Command, here: Path) -> None:
    as_folder(here / "records", n_people=3, change=without_signal)
    asked = ("train", "--out", "model", "--records", "records", "--task")
    for task in ("detector", "classifier", "qrs"):
        is_one_line_about(run(*asked, task), "no record has signal where its beats are")
    assert files_of(here) == {"records"}


def without_signal(record: Record) -> Record:
    return replace(record, signal=np.full_like(record.signal, np.nan))


def test_few_marks_teach_no_qrs_detector(run: Command, here: Path) -> None:
    as_folder(here / "records", n_people=3, change=with_four_marks)
    ran = run("train", "--task", "qrs", "--records", "records", "--out", "model")
    is_one_line_about(ran, "8 annotated beats are too few to train on; give at least 20, and mark every beat")
    assert files_of(here) == {"records"}


def with_four_marks(record: Record) -> Record:
    marks = record.reference_annotations().beats()
    return replace(record, annotations=Annotations(marks.samples[:4], marks.symbols[:4], fs=marks.fs))


def test_people_of_records_come_from_a_table(run: Command, here: Path) -> None:
    as_folder(here / "records", n_people=3)
    people = pd.DataFrame({"record": ["p0", "p1", "p2"], "patient": ["a", "a", "b"]})
    asked = (
        "train",
        "--task",
        "detector",
        "--records",
        "records",
        "--groups",
        "people.csv",
        "--out",
        "model",
    )
    people.assign(split=["train", "test", "test"]).to_csv(here / "people.csv", index=False)
    is_one_line_about(run(*asked), "patient a has beats in train and in test")
    people[:2].to_csv(here / "people.csv", index=False)
    is_one_line_about(run(*asked), "no row for record p2; give one per record")
    people.drop(columns="patient").to_csv(here / "people.csv", index=False)
    is_one_line_about(run(*asked), "no column 'patient'")
    assert not (here / "model").exists()


def test_beats_are_explored_before_anything_is_learned(run: Command, here: Path, beats: Beats) -> None:
    as_csv(beats, here / "mine.csv")
    asked = ("explore", "mine.csv", "--labels", "label", "--groups", "patient", "--out", "look")
    facts = json.loads(run(*asked, "--json").out)
    assert facts[0]["name"] == "N"
    assert sum(each["n_beats"] for each in facts) == len(beats)
    assert files_of(here / "look") == {"classes.png", "variability.png"}
    is_one_line_about(run(*asked), "look/classes.png exists; give another --out, or --force")


@pytest.mark.parametrize("what", [("--task", "detector", "--beats", "none.csv"), ("--recipe", "none")])
def test_a_model_is_replaced_only_when_asked_to(what: tuple[str, ...], run: Command, here: Path) -> None:
    Path("mine").mkdir()
    Path("mine/manifest.json").write_text("{}")
    is_one_line_about(run("train", *what, "--out", "mine"), "mine holds a model", "--force")
    assert "holds a model" not in run("train", *what, "--out", "mine", "--force").err
