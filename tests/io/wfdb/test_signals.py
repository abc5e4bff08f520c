"""Samples of WFDB records, against the wfdb package or against samples known by construction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ectopy.errors import RecordError
from ectopy.io.registry import open_record
from ectopy.io.wfdb import signals as wfdb_signals
from ectopy.io.wfdb.files import write_annotations
from ectopy.record import Annotations

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # of wfdb

RAW_FORMATS = ("8", "16", "24", "32", "61", "80", "160", "212", "310", "311")
COMPRESSED_FORMATS = {"508": -(2**7), "516": -(2**15), "524": -(2**23)}
MISSING = {"80": -(2**7), "212": -(2**11), "16": -(2**15), "24": -(2**23), "32": -(2**31)}


@pytest.mark.parametrize("chunk", [7, 1 << 20], ids=["many chunks", "one chunk"])
@pytest.mark.parametrize("fmt", RAW_FORMATS)
def test_decodes_as_wfdb_does(
    fmt: str, chunk: int, write_header: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wfdb_signals, "_CHUNK", chunk)
    noise = np.random.default_rng(0).integers(0, 256, 4 * 3 * 40 + 8, dtype=np.uint8)
    if fmt == "311":
        noise[4 + 3 :: 4] &= 0x3F  # the two bits of a word that no sample uses
    (tmp_path / "rec.dat").write_bytes(noise.tobytes())
    scales = ("200(9)", "50(-5)", "1e-3(0)", "0")
    stem = write_header("rec 4 360 30", *(f"rec.dat {fmt}+4 {scale}/mV 12 0 3 0 0 L" for scale in scales))
    expected = wfdb.rdrecord(str(stem)).p_signal
    np.testing.assert_allclose(open_record(stem).signal, expected, rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize("fmt", COMPRESSED_FORMATS)
def test_decodes_compressed_files(fmt: str, wrsamp: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wfdb_signals, "_CHUNK", 30)
    digital = np.random.default_rng(0).integers(-127, 128, (100, 2))
    stem = wrsamp(digital, fmt)
    np.testing.assert_array_equal(open_record(stem).signal, digital)


@pytest.mark.parametrize(("fmt", "missing"), (MISSING | COMPRESSED_FORMATS).items())
def test_missing_samples_are_nan(fmt: str, missing: int, wrsamp: Callable) -> None:
    stem = wrsamp(np.array([[5], [missing], [-7], [0]] * 10), fmt)
    np.testing.assert_array_equal(open_record(stem).signal[:4, 0], [5, np.nan, -7, 0])


@pytest.mark.parametrize(
    ("unit", "factor"), [("V", 1e3), ("mV", 1), ("mv", 1), ("uV", 1e-3), ("µV", 1e-3), ("nV", 1e-6), ("", 1)]
)
def test_units_become_millivolts(unit: str, factor: float, write_header: Callable, tmp_path: Path) -> None:
    np.array([100, -300], "<i2").tofile(tmp_path / "rec.dat")
    stem = write_header("rec 1 360 2", f"rec.dat 16 100(0){'/' if unit else ''}{unit} 16 0 0 0 0 II")
    np.testing.assert_allclose(open_record(stem).signal[:, 0], [factor, -3 * factor], rtol=1e-6)


def test_other_quantities_are_left_out_and_named(write_header: Callable, tmp_path: Path) -> None:
    np.array([[1, 2, 3], [4, 5, 6]], "<i2").tofile(tmp_path / "rec.dat")
    units = {"ABP": "mmHg", "II": "mV", "PLETH": "NU"}
    stem = write_header("rec 3 360 2", *(f"rec.dat 16 1(0)/{u} 16 0 0 0 0 {n}" for n, u in units.items()))
    record = open_record(stem)
    assert record.leads == ("II",)
    assert record.signal.tolist() == [[2], [5]]
    assert [each.channel for each in record.decisions if not each.is_lead] == ["ABP", "PLETH"]


def test_record_without_any_voltage_is_an_error(write_header: Callable, tmp_path: Path) -> None:
    np.zeros(4, "<i2").tofile(tmp_path / "rec.dat")
    with pytest.raises(RecordError, match=r"no channel is an ECG lead.*mmHg is no voltage"):
        open_record(write_header("rec 1 360 4", "rec.dat 16 1(0)/mmHg 16 0 0 0 0 II"))


def test_unknown_unit_is_named_with_its_lead(write_header: Callable, tmp_path: Path) -> None:
    np.zeros(4, "<i2").tofile(tmp_path / "rec.dat")
    with pytest.raises(RecordError, match=r"II: unit 'furlong' is unknown"):
        open_record(write_header("rec 1 360 4", "rec.dat 16 1(0)/furlong 16 0 0 0 0 II"))


def test_length_comes_from_the_file_where_the_header_is_silent(
    write_header: Callable, tmp_path: Path
) -> None:
    np.arange(11, dtype="<i2").tofile(tmp_path / "rec.dat")
    stem = write_header("rec 2 360", *["rec.dat 16 1 16 0 0 0 0 II"] * 2)
    assert open_record(stem).signal.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]


def test_skewed_signals_are_brought_in_line(
    write_header: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wfdb_signals, "_CHUNK", 4)
    late = np.column_stack([np.arange(20), np.arange(20) - 3]).astype("<i2")
    late.tofile(tmp_path / "rec.dat")
    stem = write_header("rec 2 360 20", "rec.dat 16 1 16 0 0 0 0 I", "rec.dat 16:3 1 16 0 0 0 0 II")
    signal = open_record(stem).signal
    np.testing.assert_array_equal(signal[:17, 0], signal[:17, 1])
    assert np.isnan(signal[17:, 1]).all()


class TestSeveralRates:
    """Lead A has three samples a frame, B two, C one; all show the same 5 Hz wave."""

    frames = 500
    rates: tuple[int, ...] = (3, 2, 1)

    @pytest.fixture
    def stem(self, write_header: Callable, tmp_path: Path) -> Path:
        waves = [
            np.rint(1000 * np.sin(2 * np.pi * 5 * np.arange(self.frames * rate) / (125 * rate)))
            for rate in self.rates
        ]
        waves[2][50] = -(2**15)
        frames = [wave.reshape(self.frames, -1) for wave in waves]
        np.hstack(frames).astype("<i2").tofile(tmp_path / "rec.dat")
        lines = [
            f"rec.dat 16x{rate} 1000(0)/mV 16 0 0 0 0 {name}"
            for rate, name in zip(self.rates, "ABC", strict=True)
        ]
        return write_header(f"rec 3 125 {self.frames}", *lines)

    def test_all_leads_come_at_the_fastest_rate(self, stem: Path) -> None:
        record = open_record(stem)
        expected = np.sin(2 * np.pi * 5 * np.arange(record.n_samples) / 375)
        assert (record.fs, record.n_samples) == (375, 1500)
        np.testing.assert_allclose(record.lead("A"), expected, atol=0.0006)
        for slow in "BC":
            middle = slice(60, -60)
            found = record.lead(slow)[middle]
            present = ~np.isnan(found)
            assert np.abs(found - expected[middle])[present].max() < 0.03

    def test_missing_frames_stay_missing(self, stem: Path) -> None:
        record = open_record(stem)
        assert np.flatnonzero(np.isnan(record.lead("C"))).tolist() == [150, 151, 152]

    def test_marks_move_to_that_rate(self, stem: Path) -> None:
        write_annotations(stem, Annotations(np.array([10, 400]), np.array(["N", "V"])), "atr")
        marks = open_record(stem).annotations
        assert marks is not None
        assert marks.samples.tolist() == [30, 1200]
        assert marks.fs == 375


class TestSegments:
    """Three segments of 4, 3 and 5 frames; the second was not recorded."""

    @pytest.fixture(autouse=True)
    def segments(self, write_header: Callable, tmp_path: Path) -> None:
        np.arange(8, dtype="<i2").tofile(tmp_path / "a.dat")
        np.arange(100, 110, dtype="<i2").tofile(tmp_path / "b.dat")
        write_header("a 2 360 4", "a.dat 16 1 16 0 0 0 0 I", "a.dat 16 1 16 0 0 0 0 II", name="a")
        write_header("b 2 360 5", "b.dat 16 10 16 0 0 0 0 II", "b.dat 16 1 16 0 0 0 0 V1", name="b")

    def test_fixed_layout_goes_by_position(self, write_header: Callable) -> None:
        record = open_record(write_header("rec/3 2 360 12", "a 4", "~ 3", "b 5"))
        assert record.leads == ("I", "II")
        np.testing.assert_array_equal(record.signal[:4], np.arange(8).reshape(4, 2))
        assert np.isnan(record.signal[4:7]).all()
        np.testing.assert_allclose(record.lead("I")[7:], np.arange(100, 110, 2) / 10)
        np.testing.assert_allclose(record.lead("II")[7:], np.arange(101, 110, 2))

    def test_variable_layout_goes_by_name(self, write_header: Callable) -> None:
        lines = [f"~ 0 1(0)/mV 16 0 0 0 0 {name}" for name in ("I", "II", "V1")]
        write_header("layout 3 360 0", *lines, name="layout")
        stem = write_header("rec/4 3 360 12", "layout 0", "a 4", "~ 3", "b 5")
        record = open_record(stem)
        assert record.leads == ("I", "II", "V1")
        np.testing.assert_allclose(
            record.signal, wfdb.rdrecord(str(stem)).p_signal, rtol=1e-6, equal_nan=True
        )

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (("rec/2 2 360 9", "a 4", "nowhere 5"), "nowhere.hea: no such header"),
            (("rec/2 2 360 9", "a 3", "b 5"), "segment a has 4 frames"),
            (("rec/2 2 250 9", "a 4", "b 5"), "360.* frames per second"),
            (("rec/2 2 360 99", "a 4", "b 5"), "9 frames in all"),
            (("rec/2 2 360 9", "~ 4", "~ 5"), "0 recorded segments"),
            (("rec/2 2 360 9", "a 4", "rec 5"), "has segments itself"),
            (("rec/3 2 360 9", "a 4", "b 5"), "announces 3 lines and has 2"),
            (("rec/2 2 360 9", "a 4", "b many"), "segment line 'b many'"),
        ],
    )
    def test_segments_that_do_not_fit_are_an_error(
        self, lines: tuple[str, ...], message: str, write_header: Callable
    ) -> None:
        with pytest.raises(RecordError, match=message):
            open_record(write_header(*lines))


class TestBadFiles:
    """A record of two leads, of which something is wrong."""

    line = "rec.dat 16 200(0)/mV 16 0 0 0 0 II"

    @pytest.fixture(autouse=True)
    def samples(self, tmp_path: Path) -> None:
        np.zeros(40, "<i2").tofile(tmp_path / "rec.dat")

    def test_a_length_of_zero_is_that_of_the_file(self, write_header: Callable) -> None:
        assert open_record(write_header("rec 1 360 0", self.line)).n_samples == 40

    def test_missing_signal_file_is_named(self, write_header: Callable, tmp_path: Path) -> None:
        (tmp_path / "rec.dat").unlink()
        with pytest.raises(RecordError, match=r"signal file rec\.dat is missing from"):
            open_record(write_header("rec 1 360 40", self.line))

    def test_truncated_signal_file_is_counted(self, write_header: Callable) -> None:
        with pytest.raises(RecordError, match=r"rec\.dat is cut short, with 20 of 24 frames"):
            open_record(write_header("rec 2 360 24", self.line, self.line))

    def test_one_sample_short_is_told(self, write_header: Callable) -> None:
        record = open_record(write_header("rec 2 360 21", self.line, self.line))
        assert record.n_samples == 20
        assert record.notes == ("The header announces 21 samples, and its files hold 20, which were taken.",)

    def test_damaged_compressed_file_is_an_error(self, write_header: Callable) -> None:
        with pytest.raises(RecordError, match="no FLAC file"):
            open_record(write_header("rec 1 360 21", self.line.replace(" 16 200", " 516 200")))

    def test_unknown_format_lists_the_known(self, write_header: Callable) -> None:
        with pytest.raises(RecordError, match=r"format 99 of rec\.dat is unknown.*212"):
            open_record(write_header("rec 1 360 21", self.line.replace(" 16 200", " 99 200")))

    def test_two_formats_in_one_file_are_an_error(self, write_header: Callable) -> None:
        with pytest.raises(RecordError, match=r"format 16 and 212 of rec\.dat"):
            open_record(write_header("rec 2 360 5", self.line, self.line.replace(" 16 200", " 212 200")))

    def test_no_samples_is_an_error(self, write_header: Callable, tmp_path: Path) -> None:
        (tmp_path / "rec.dat").write_bytes(b"")
        with pytest.raises(RecordError, match="0 samples"):
            open_record(write_header("rec 1 360 0", self.line))

    def test_segment_too_long_for_any_memory_is_an_error(self, write_header: Callable) -> None:
        write_header("a 1 360 40", self.line, name="a")
        with pytest.raises(RecordError, match="announce 100,000,000,000,039 frames, of which 40"):
            open_record(write_header("rec/2 1 360", "a 40", "~ 99999999999999"))


class TestOutside:
    """A header that points out of its own folder, before which nothing else may be opened."""

    @pytest.fixture(autouse=True)
    def secret(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("a signal file was opened")

        monkeypatch.setattr(wfdb_signals, "read_raw", refuse)
        (tmp_path / "inner").mkdir()
        np.zeros(40, "<i2").tofile(tmp_path / "secret.dat")
        (tmp_path / "secret.hea").write_text("secret 1 360 40\nsecret.dat 16 200 16 0 0 0 0 II\n")
        return tmp_path / "secret.dat"

    @pytest.mark.parametrize("kind", ["absolute", "parent", "link"])
    @pytest.mark.parametrize("where", ["signal file", "segment"])
    def test_is_refused(self, kind: str, where: str, secret: Path) -> None:
        folder = secret.parent / "inner"
        target = secret if where == "signal file" else secret.with_suffix("")
        name = {"absolute": str(target), "parent": f"../{target.name}", "link": target.name}[kind]
        if kind == "link":
            linked = secret if where == "signal file" else secret.with_suffix(".hea")
            (folder / linked.name).symlink_to(linked)
        content = f"rec 1 360 40\n{name} 16 200 16 0 0 0 0 II\n"
        if where == "segment":
            content = f"rec/1 1 360 40\n{name} 40\n"
        (folder / "rec.hea").write_text(content)
        with pytest.raises(RecordError, match=r"its header points to '.*secret.*', outside"):
            open_record(folder / "rec")
