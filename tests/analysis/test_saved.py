"""A saved analysis: everything but the signal, never a pickle, nothing that a file can run or reach."""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import ectopy
from ectopy.analysis.archive import FORMAT_VERSION
from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import Analysis
from ectopy.errors import AnalysisError, ArtifactError, RecordError
from ectopy.models.detectors import load_detector
from ectopy.models.registry import model_folder
from ectopy.record import Record
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(30, 250, ("V1", "II"), seed=4, name="kept")


@pytest.fixture(scope="module")
def analysis(record: Record) -> Analysis:
    return ectopy.analyze(record)


@pytest.fixture
def file(analysis: Analysis, tmp_path: Path) -> Path:
    return analysis.save(tmp_path / "kept")


def with_header(file: Path, **changes: object) -> Path:
    """Change the header of a file, and nothing else."""
    with np.load(file) as stored:
        members = dict(stored)
    head = json.loads(members["header"].tobytes())
    head["values"] |= changes.pop("values", {})
    members["header"] = np.frombuffer(json.dumps(head | changes).encode(), np.uint8)
    np.savez(file, **members)
    return file


def assert_same(old: object, new: object) -> None:
    """Compare values with arrays somewhere in them."""
    if isinstance(old, np.ndarray):
        assert old.dtype == new.dtype
        np.testing.assert_array_equal(old, new)
    elif is_dataclass(old):
        for each in fields(old):
            assert_same(getattr(old, each.name), getattr(new, each.name))
    elif isinstance(old, tuple):
        for first, second in zip(old, new, strict=True):
            assert_same(first, second)
    else:
        assert old == new


def test_everything_comes_back_but_the_signal(analysis: Analysis, file: Path, tmp_path: Path) -> None:
    again = Analysis.load(file)
    for each in fields(Analysis):
        if each.name not in ("record", "detector"):
            assert_same(getattr(analysis, each.name), getattr(again, each.name))
    np.testing.assert_array_equal(again.reconstruct([3, 5]), analysis.reconstruct([3, 5]))
    assert again.events == analysis.events
    here, there = (
        ectopy.write_outputs(each, tmp_path / name, options=ectopy.ReportOptions(report=False))
        for each, name in ((analysis, "here"), (again, "there"))
    )
    for name in ("annotations", "beats", "events"):
        assert getattr(here, name).read_bytes() == getattr(there, name).read_bytes()
    assert json.loads(here.summary.read_text()) == json.loads(there.summary.read_text())


def test_the_signal_is_asked_for_by_name_and_drawn_once_it_is_given(file: Path, record: Record) -> None:
    again = Analysis.load(file)
    assert repr(again.record) == repr(record).replace("Record", "SavedSource")
    with pytest.raises(RecordError, match="record kept: a saved analysis holds no samples; give the"):
        again.plot()
    assert Analysis.load(file, source=record).plot().axes


def test_another_recording_is_refused(file: Path, record: Record) -> None:
    other = replace(record, signal=record.signal + np.float32(0.001))
    with pytest.raises(RecordError, match="its samples differ"):
        Analysis.load(file, source=other)
    with pytest.raises(RecordError, match="no lead 'V1'"):
        Analysis.load(file, source=record.select(["II"]))


def test_the_path_of_the_file_is_told_and_never_opened(tmp_path: Path, record: Record) -> None:
    from ectopy.io.wfdb.files import write_wfdb

    write_wfdb(record, tmp_path / "kept")
    file = ectopy.analyze(tmp_path / "kept").save(tmp_path / "kept")
    (tmp_path / "kept.dat").unlink()
    again = Analysis.load(file)
    assert again.path == str(tmp_path / "kept")
    with pytest.raises(RecordError, match=f"the recording \\({tmp_path / 'kept'}\\)"):
        again.record.read(0, 10)


def test_a_model_that_is_not_shipped_is_asked_for(record: Record, tmp_path: Path) -> None:
    autoencoder = load_detector(model_folder("beat-autoencoder"))
    analysis = replace(Pipeline.shipped(), detector=autoencoder).run(record)
    file = analysis.save(tmp_path / "by an autoencoder")
    manifest = analysis.manifest.model_dump(mode="json")
    manifest |= {"name": "mine", "files": {"network.onnx": "0" * 64}}
    again = Analysis.load(with_header(file, values={"detector": manifest}))
    assert len(again.to_frame()) == len(analysis.beats)
    with pytest.raises(ArtifactError, match="model mine is not shipped"):
        again.reconstruct([0])
    with pytest.raises(ArtifactError, match="is not mine"):
        Analysis.load(file, detector=analysis.detector)


def test_newer_files_are_refused_and_newer_minor_versions_read(file: Path, analysis: Analysis) -> None:
    major = int(FORMAT_VERSION.split(".")[0])
    with_header(file, version=f"{major}.9", values={"something new": 1})
    assert repr(Analysis.load(file)) == repr(analysis)
    with_header(file, version=f"{major + 1}.0")
    with pytest.raises(AnalysisError, match=rf"kept.analysis.npz: version {major + 1}.0 .* newer .* upgrade"):
        Analysis.load(file)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused_by_name(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(AnalysisError, match=r"kept.analysis.npz is damaged"):
        Analysis.load(file)


@pytest.mark.parametrize(
    "values",
    [
        {"threshold": "high"},
        {"scores": "no such column"},
        {"scores": "beats.samples"},
        {"clusters": "scores"},
        {"spans": 3},
        {"record": None},
        {"detector": {"name": "x"}},
        {"class_names": ["N", 1]},
    ],
)
def test_values_of_a_wrong_kind_are_refused(file: Path, values: dict[str, object]) -> None:
    with pytest.raises(AnalysisError, match="damaged"):
        Analysis.load(with_header(file, values=values))


def test_columns_of_another_length_are_refused(file: Path) -> None:
    with np.load(file) as stored:
        members = dict(stored)
    members["scores"] = members["scores"][:-1]
    np.savez(file, **members)
    with pytest.raises(AnalysisError, match="scores has"):
        Analysis.load(file)


def test_a_pickle_is_never_loaded(file: Path) -> None:
    with np.load(file) as stored:
        members = dict(stored)
    members["scores"] = np.array([{"run": "me"}] * len(members["scores"]), dtype=object)
    np.savez(file, **members)
    with pytest.raises(AnalysisError, match="damaged"):
        Analysis.load(file)
    assert zipfile.is_zipfile(file)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", signal=np.zeros(3))
    for name, reason in (("x.npz", "no saved analysis"), ("none.npz", "is no file")):
        with pytest.raises(AnalysisError, match=reason):
            Analysis.load(tmp_path / name)
