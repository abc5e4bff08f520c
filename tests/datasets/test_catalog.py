"""The catalog says what a dataset is, where it lies, and what to do where it does not."""

from __future__ import annotations

from pathlib import Path

import pooch
import pytest

from ectopy.datasets import DATASETS, dataset, folder, locate, locate_file, missing_files
from ectopy.errors import DatasetError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ECTOPY_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "ectopy"


def test_every_dataset_says_whose_it_is_and_what_to_cite():
    for name, entry in DATASETS.items():
        assert entry.name == name
        assert all((entry.title, entry.licence, entry.citation, entry.doi, entry.notes, entry.files))


def test_what_cannot_be_downloaded_says_how_to_come_by_it():
    for entry in DATASETS.values():
        assert bool(entry.access) != entry.downloadable


def test_every_file_that_can_be_downloaded_has_a_sha256():
    for entry in DATASETS.values():
        if entry.downloadable:
            assert all(len(checksum) == 64 for checksum in entry.files.values())


def test_mitdb_has_header_signal_and_annotations_of_48_records():
    files = dataset("mitdb").files
    assert len(files) == 144
    assert {file.partition(".")[2] for file in files} == {"hea", "dat", "atr"}


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DatasetError, match=r"'mitbih' is unknown.*mitdb, nstdb, .*heartbeats"):
        locate("mitbih")


@pytest.mark.parametrize("name", ["mitdb", "nstdb", "ecg5000"])
def test_an_absent_dataset_names_the_command_and_the_variable(cache: Path, name: str):
    with pytest.raises(DatasetError, match=f"ectopy data download {name}.*ECTOPY_DATA_DIR"):
        locate(name)


def test_an_absent_dataset_to_be_got_by_hand_says_from_where_and_into_which_folder(cache: Path):
    with pytest.raises(DatasetError, match=r"kaggle\.com") as caught:
        locate("heartbeats")
    assert str(cache / "heartbeats") in str(caught.value)


def test_the_variable_comes_before_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for root in (cache, tmp_path / "mine"):
        (root / "mitdb").mkdir(parents=True)
        (root / "mitdb" / "100.hea").touch()
    assert locate("mitdb") == cache / "mitdb"
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path / "mine"))
    assert locate("mitdb") == tmp_path / "mine" / "mitdb"


def test_the_cache_serves_what_the_variable_s_folder_lacks(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    assert folder("nstdb") == cache / "nstdb"


def test_a_file_that_is_absent_is_named(cache: Path):
    (cache / "mitdb").mkdir(parents=True)
    (cache / "mitdb" / "100.hea").touch()
    assert locate_file("mitdb", "100.hea").exists()
    assert "101.hea" in missing_files("mitdb")
    with pytest.raises(DatasetError, match=r"mitdb: 101\.hea is not in"):
        locate_file("mitdb", "101.hea")
