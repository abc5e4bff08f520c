"""What WFDB headers say, and which are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from ectopy.errors import RecordError
from ectopy.io.wfdb.headers import read_header, record_stem

LINE = "rec.dat 16 200(0)/mV 16 0 0 0 0 II"


def test_reads_every_field(write_header: Callable) -> None:
    header = read_header(
        write_header(
            "# before",
            "rec 2 360/1000(5) 650000 10:20:30.5 24/12/2001",
            "rec.dat 212x2:3+512 200(1024)/µV 11 1024 995 -22131 0 modified lead II",
            "other.dat 16",
            "# 69 M",
        )
    )
    assert (header.fs, header.n_frames, header.comments) == (360, 650000, ("before", "69 M"))
    assert header.start == datetime(2001, 12, 24, 10, 20, 30, 500000)
    first, second = header.signals
    assert (first.file, first.format, first.per_frame, first.skew, first.offset) == (
        "rec.dat",
        "212",
        2,
        3,
        512,
    )
    assert (first.unit, first.name) == ("µV", "modified lead II")
    assert (second.per_frame, second.skew, second.offset, second.unit, second.name) == (
        1,
        0,
        0,
        "mV",
        "lead 2",
    )


def test_defaults_to_250_hz_as_the_format_says(write_header: Callable) -> None:
    header = read_header(write_header("rec 1", LINE))
    assert (header.fs, header.n_frames, header.start) == (250, None, None)


def test_reads_units_of_older_encodings(tmp_path: Path) -> None:
    (tmp_path / "rec.hea").write_bytes("rec 1 360 9\nrec.dat 16 1/µV 16 0 0 0 0 II\n".encode("latin-1"))
    assert read_header(tmp_path / "rec").signals[0].unit == "µV"


def test_names_of_leads_differ(write_header: Callable) -> None:
    header = read_header(write_header("rec 3 360 9", *[LINE] * 3))
    assert [line.name for line in header.signals] == ["II", "II 2", "II 3"]


@pytest.mark.parametrize("fs", ["0", "1e9", "1000000000", "-360", "nan", "fast", "0.0"])
def test_impossible_sampling_frequency_is_named(fs: str, write_header: Callable) -> None:
    with pytest.raises(RecordError, match=rf"record rec: sampling frequency {fs} Hz is not possible"):
        read_header(write_header(f"rec 1 {fs} 9", LINE))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("",), "header is empty"),
        (("# only a comment",), "header is empty"),
        (("rec",), "'rec' is no WFDB record line"),
        (("rec two 360 9", LINE), "no WFDB record line"),
        (("rec 0 360 9",), r"lists no signal \(0 leads\)"),
        (("rec 2 360 9", LINE), "announces 2 lines and has 1"),
        (("rec 1 360 9", LINE, LINE), "announces 1 lines and has 2"),
        (("rec 1 360 many", LINE), "length 'many'"),
        (("rec 1 360 9", "rec.dat"), r"signal line 'rec\.dat'"),
        (("rec 1 360 9", LINE.replace("200(0)", "loud")), "signal line"),
        (("rec 1 360 9", LINE.replace("16 200", "16x0 200")), "samples per frame '0'"),
        (("rec 1 360 " + "9" * 5000, LINE), "length '9999"),
    ],
)
def test_damaged_header_says_where(lines: tuple[str, ...], message: str, write_header: Callable) -> None:
    with pytest.raises(RecordError, match=message) as caught:
        read_header(write_header(*lines))
    assert "\n" not in str(caught.value)


def test_missing_header_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"nowhere\.hea: no such header"):
        read_header(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["rec", "rec.hea", "rec.dat", "rec.atr", "rec.ectopy"])
def test_a_record_goes_by_any_of_its_files(name: str, write_header: Callable) -> None:
    stem = write_header("rec 1 360 9", LINE)
    assert record_stem(stem.with_name(name)) == stem


def test_a_point_in_a_record_name_is_no_extension(write_header: Callable) -> None:
    write_header("rec 1 360 9", LINE)
    stem = write_header("rec 1 360 9", LINE, name="rec.2")
    assert record_stem(stem) == stem
