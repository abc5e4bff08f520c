"""Every way to say which recordings are meant, and what is said where none are."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ectopy.apps.batch.division import PartSize, divide
from ectopy.apps.batch.fetch import at_hand
from ectopy.apps.batch.inputs import Input, find_inputs
from ectopy.errors import ParameterError, RecordError
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(10, 250, seed=1, name="100")


@pytest.fixture
def folder(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings: a WFDB record with marks, a table below it, and what is none."""
    root = tmp_path / "in"
    (root / "below").mkdir(parents=True)
    write_wfdb(record, root / "100")
    (root / "below" / "b.csv").write_text("II\n0.1\n")
    (root / "below" / ".hidden.csv").write_text("II\n0.1\n")
    (root / "notes.pdf").write_text("none")
    monkeypatch.chdir(tmp_path)
    return root


def names(*given: str, include: tuple[str, ...] = (), path_column: str = "") -> list[str]:
    return [each.recording for each in find_inputs(given, include=include, path_column=path_column)]


def test_a_folder_is_searched_for_recordings_of_all_formats(folder: Path):
    assert names("in") == ["in/100.hea", "in/below/b.csv"]
    assert names("in", include=("*.csv",)) == names("in", include=("below/*.csv",)) == ["in/below/b.csv"]


def test_files_records_and_patterns_are_the_same_recording_once(folder: Path):
    assert names("in/100.hea", "in/100", "in/*.hea", "in") == ["in/100.hea", "in/below/b.csv"]
    assert names("in/**/*.csv") == ["in/below/b.csv"]


def test_the_segments_of_a_record_are_no_recordings_of_their_own(folder: Path):
    (folder / "long.hea").write_text("long/2 1 250 5000\nlong_0001 2500\nlong_0002 2500\n")
    for segment in ("long_0001", "long_0002"):
        text = (folder / "100.hea").read_text().replace("100", segment, 1)
        (folder / f"{segment}.hea").write_text(text)
    assert names("in/*.hea") == ["in/100.hea", "in/long.hea", "in/long_0001.hea", "in/long_0002.hea"]
    assert names("in", include=("*.hea",)) == ["in/100.hea", "in/long.hea"]


def test_lists_count_from_their_folder(folder: Path):
    (folder / "RECORDS").write_text("100\n")
    (folder / "list.txt").write_text("# two\n100.hea\n\nbelow/b.csv\n")
    assert names("in/RECORDS") == ["in/100.hea"]
    assert names("@in/list.txt") == ["in/100.hea", "in/below/b.csv"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_paths_carries_its_columns_along(suffix: str, folder: Path):
    table = pa.table({"path": ["100", "below/b.csv"], "age": [61, None], "label": ["AF", "N"]})
    if suffix == "csv":
        (folder / "t.csv").write_text("path,age,label\n100,61,AF\nbelow/b.csv,,N\n")
    else:
        pq.write_table(table, folder / "t.parquet")
    found = find_inputs([f"in/t.{suffix}"])
    assert [each.recording for each in found] == ["in/100.hea", "in/below/b.csv"]
    assert [dict(each.carried) for each in found] == [{"age": 61, "label": "AF"}, {"age": None, "label": "N"}]


def test_what_cannot_be_found_or_read_is_told(folder: Path):
    (folder / "t.csv").write_text("file,age\n100,61\n")
    (folder / "damaged.zip").write_bytes(b"PK\x03\x04")
    (folder / "empty.txt").write_text("\n")
    (folder / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    for given, said in {
        "nowhere": "nowhere: no such recording; check the path",
        "in/*.dcm": "no recording there",
        "@absent.txt": "absent.txt: the list cannot be read",
        "@in/bytes.txt": "the list cannot be read",
        "@in/empty.txt": "the list names no recording",
        "in/damaged.zip": "the archive cannot be read",
        "nosuch://bucket/x": "nosuch://bucket/x: .*check what stands before ://",
    }.items():
        with pytest.raises(ParameterError, match=said):
            find_inputs([given])
    with pytest.raises(
        ParameterError, match="no column 'path' with paths, but file, age; name it with --path"
    ):
        find_inputs(["in/t.csv"], path_column="path")
    with pytest.raises(ParameterError, match=r"no recording that matches --include \*.dcm there"):
        find_inputs(["in"], include=["*.dcm"])


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz"])
def test_a_recording_in_an_archive_is_the_same_as_beside_it(suffix: str, folder: Path, record: Record):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if suffix == "zip":
        with zipfile.ZipFile("a.zip", "w") as archive:
            for path in files:
                archive.write(path, path.relative_to(folder))
    else:
        with tarfile.open(f"a.{suffix}", "w:gz" if suffix.endswith("gz") else "w") as tar:
            for path in files:
                tar.add(path, path.relative_to(folder))
    found = find_inputs([f"a.{suffix}"])
    assert [each.recording for each in found] == [f"a.{suffix}!100.hea", f"a.{suffix}!below/b.csv"]
    with at_hand(found[0]) as path:
        assert (open_record(path).signal == open_record("in/100").signal).all()
        assert open_record(path).name == "100"
    with pytest.raises(RecordError, match=rf"a\.{suffix}!below/b\.csv"), at_hand(found[1]) as path:
        open_record(path)


def test_the_identity_of_a_record_is_that_of_all_its_files(folder: Path):
    before = find_inputs(["in/100"])
    (folder / "100.dat").write_bytes((folder / "100.dat").read_bytes()[:-2])
    assert find_inputs(["in/100"])[0].identity != before[0].identity


def test_a_new_recording_changes_the_parts_near_it_and_no_others():
    inputs = [Input(f"{number:04}.edf", "", "1@1", 1000) for number in range(2000)]
    size = PartSize(16, 40_000)
    before = list(divide(inputs, size, "key"))
    after = list(divide([*inputs[:700], Input("0699b.edf", "", "1@1", 1000), *inputs[700:]], size, "key"))
    assert [each for part in before for each in part.inputs] == inputs
    assert max(len(part.inputs) for part in before) <= 32
    assert max(sum(each.n_bytes for each in part.inputs) for part in before) <= 40_000
    assert len({part.name for part in after} - {part.name for part in before}) <= 4
    assert not {part.name for part in before} & {part.name for part in divide(inputs, size, "other models")}


def test_a_link_in_a_circle_hides_no_other_file(folder: Path):
    (folder / "circle").symlink_to("circle")
    assert names("in") == ["in/100.hea", "in/below/b.csv"]
    assert names("in/100") == ["in/100.hea"]
