"""Tables of every layout that people save ECGs in, and those that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io.csv import open_csv, write_csv
from ectopy.io.registry import open_record
from ectopy.record import Record


@pytest.fixture
def table(tmp_path: Path):
    """Write lines to a table and return its path."""

    def write(*lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "strip.csv"
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return write


class TestLeads:
    @pytest.mark.parametrize("separator", [",", ";", "\t", ", "])
    def test_names_and_separators(self, separator: str, table) -> None:
        record = open_record(table(separator.join(["II", "V1"]), separator.join(["0.5", "-1"])), fs=250)
        assert record.leads == ("II", "V1")
        assert record.signal.tolist() == [[0.5, -1]]

    def test_without_names_leads_are_numbered(self, table) -> None:
        record = open_record(table("0.5,-1", "0.25,2"), fs=250)
        assert record.leads == ("lead 1", "lead 2")
        assert record.signal.tolist() == [[0.5, -1], [0.25, 2]]

    def test_same_names_are_told_apart(self, table) -> None:
        assert open_record(table("ECG,ECG", "1,2"), fs=250).leads == ("ECG", "ECG 2")

    def test_decimal_commas(self, table) -> None:
        assert open_record(table("II;V1", "1;2", "0,5;-1,25"), fs=250).signal.tolist() == [
            [1, 2],
            [0.5, -1.25],
        ]

    @pytest.mark.parametrize("hole", ["", "nan", "NaN", "-", "NA", " "])
    def test_holes_are_missing_samples(self, hole: str, table) -> None:
        signal = open_record(table("II,V1", f"{hole},1", f"0.5,{hole}"), fs=250).signal
        np.testing.assert_array_equal(signal, [[np.nan, 1], [0.5, np.nan]])

    def test_a_lead_of_holes_stays_a_lead(self, table) -> None:
        record = open_record(table("II,V1", "1,", "2,"), fs=250)
        assert record.leads == ("II", "V1")
        assert np.isnan(record.lead("V1")).all()

    @pytest.mark.parametrize(("unit", "factor"), [("mV", 1), ("uV", 1e-3), ("µV", 1e-3), ("V", 1e3)])
    @pytest.mark.parametrize("brackets", ["II ({})", "II [{}]", "II({})"])
    def test_units_in_names(self, unit: str, factor: float, brackets: str, table) -> None:
        record = open_record(table(brackets.format(unit), "2", "4"), fs=250)
        assert record.leads == ("II",)
        np.testing.assert_allclose(record.signal[:, 0], [2 * factor, 4 * factor])

    def test_units_in_a_second_line(self, table) -> None:
        record = open_record(table("t;II;V1", "ms;uV;mV", "0;500;1", "4;1000;2"))
        assert (record.leads, record.fs) == (("II", "V1"), 250)
        np.testing.assert_allclose(record.signal, [[0.5, 1], [1, 2]])

    def test_unknown_unit_is_named(self, table) -> None:
        with pytest.raises(RecordError, match=r"II: unit 'furlong' is unknown"):
            open_record(table("II (furlong)", "1"), fs=250)

    @pytest.mark.parametrize("n_rows", [20, 200_000])  # parsed cell by cell, and by pandas
    @pytest.mark.parametrize("name", ["event", "Bemerkung", "user_comment"])
    def test_remark_far_below_its_first_cell_is_text(self, name: str, n_rows: int, table) -> None:
        rows = [f"{row},{row % 7 / 10}," for row in range(n_rows)]
        rows[n_rows // 2] += "patient coughs"
        record = open_record(table(f"sample,II (mV),{name}", *rows), fs=250)
        assert (record.leads, record.n_samples) == (("II",), n_rows)
        assert name in [decision.channel for decision in record.decisions if not decision.is_lead]

    def test_other_quantities_are_left_out_and_named(self, table) -> None:
        record = open_record(table("II (mV),ABP (mmHg)", "1,80"), fs=250)
        assert record.leads == ("II",)
        assert [str(each) for each in record.decisions if not each.is_lead] == [
            "Channel ABP was left out: a pressure by its name."
        ]

    def test_index_columns_are_no_leads(self, table) -> None:
        assert open_record(table(",II", "0,0.5", "1,0.25"), fs=250).leads == ("II",)
        assert open_record(table("sample,II", "0,0.5", "1,0.25"), fs=250).leads == ("II",)

    def test_trailing_separators_add_no_lead(self, table) -> None:
        assert open_record(table("II,V1", "1,2,", "3,4,"), fs=250).signal.tolist() == [[1, 2], [3, 4]]

    def test_comments_blank_lines_and_byte_order_mark(self, table) -> None:
        record = open_record(table("# device 7", "", "II", "", "0.5", "", "1", encoding="utf-8-sig"), fs=250)
        assert record.leads == ("II",)
        assert record.signal[:, 0].tolist() == [0.5, 1]

    def test_samples_in_digital_units_are_not_taken_for_millivolts(self, table) -> None:
        rows = [str(1024 + 100 * (i % 7)) for i in range(50)]
        with pytest.raises(RecordError, match=r"II: its samples .*spread over 600, too far for mV"):
            open_record(table("II", *rows), fs=250)
        assert np.ptp(open_record(table("II (uV)", *rows), fs=250).signal) == pytest.approx(0.6)

    def test_physionet_export(self, table) -> None:
        record = open_record(
            table(
                "'Elapsed time','MLII','V5'",
                "'hh:mm:ss.mmm','mV','mV'",
                "'0:00.000',-0.145,-0.065",
                "'0:00.003',-0.145,-0.065",
                "'0:00.006',-,-0.055",
                "'0:00.008',-0.120,-0.080",
            )
        )
        assert (record.leads, record.fs) == (("MLII", "V5"), pytest.approx(375))
        np.testing.assert_allclose(record.lead("MLII"), [-0.145, -0.145, np.nan, -0.12], rtol=1e-6)

    def test_physionet_export_by_sample_number(self, table) -> None:
        record = open_record(table("'sample #','MLII'", "'','mV'", "0,-0.145", "1,-0.150"), fs=360)
        assert record.leads == ("MLII",)
        np.testing.assert_allclose(record.signal[:, 0], [-0.145, -0.15])


class TestSamplingFrequency:
    @pytest.mark.parametrize(
        ("name", "scale"),
        [
            ("time", 1),
            ("Time (s)", 1),
            ("t", 1),
            ("seconds", 1),
            ("ms", 1e3),
            ("time [ms]", 1e3),
            ("time_ms", 1e3),
        ],
    )
    @pytest.mark.parametrize("fs", [128.0, 257.0, 360.0, 500.0, 999.5])
    def test_comes_from_the_times(self, name: str, scale: float, fs: float, table) -> None:
        rows = [f"{round(scale * (5 + i / fs), 6)},{i % 3}" for i in range(400)]
        record = open_record(table(f"{name},II", *rows))
        assert (record.leads, record.fs) == (("II",), fs)

    def test_survives_times_in_whole_milliseconds(self, table) -> None:
        rows = [f"{round(1000 * i / 360)},0" for i in range(2000)]
        assert open_record(table("ms,II", *rows)).fs == 360

    def test_comes_from_a_column_that_is_not_the_first(self, table) -> None:
        assert open_record(table("II,time", "1,0", "2,0.004", "3,0.008")).fs == 250

    @pytest.mark.parametrize(
        "times",
        [
            ("0:59.996", "1:00.000", "1:00.004"),
            ("23:59:59.996", "24:00:00.000", "24:00:00.004"),
            ("2024-02-28T23:59:59.996", "2024-02-29T00:00:00.000", "2024-02-29T00:00:00.004"),
            (
                "2024-02-28 23:59:59.996+01:00",
                "2024-02-29 00:00:00.000+01:00",
                "2024-02-29 00:00:00.004+01:00",
            ),
            ("1709164799.996", "1709164800.000", "1709164800.004"),
        ],
    )
    def test_comes_from_clocks_and_dates(self, times: tuple[str, ...], table) -> None:
        assert open_record(table("timestamp,II", *(f"{time},0" for time in times))).fs == pytest.approx(250)

    def test_given_outranks_the_times(self, table) -> None:
        assert open_record(table("time,II", "0,1", "9,2", "3,3"), fs=250).fs == 250

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (("II", "1", "2"), r"pass it as fs \(--fs\)"),
            (("0.1,0.2", "0.3,0.4"), r"pass it as fs \(--fs\)"),
            (("time,II", "0,1"), "do not run from low to high"),
            (("time,II", "1,1", "0,2"), "do not run from low to high"),
            (("time,II", "0,1", ",2", "0.008,3"), "times are missing"),
            (("time,II", "0,1", "0.004,2", "0.008,3", "9e9,4"), r"a gap at sample 3 .* is too long to fill"),
            (
                ("time (s),II", "0,1", "4,2", "8,3"),
                r"too long for an ECG; name the unit, as in 'time \(ms\)'",
            ),
            (("time (fortnight),II", "0,1", "4,2"), "column 'time': unit 'fortnight' is unknown"),
            (("time,II", "noon,1", "later,2"), r"pass it as fs \(--fs\)"),
        ],
    )
    def test_is_asked_for_where_it_cannot_be_had(self, lines: tuple[str, ...], message: str, table) -> None:
        with pytest.raises(RecordError, match=message) as caught:
            open_record(table(*lines))
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("fs", [0, -1, 1e9, float("nan")])
    def test_impossible_is_refused(self, fs: float, table) -> None:
        with pytest.raises(RecordError, match="not possible"):
            open_record(table("II", "1", "2"), fs=fs)


class TestBadTables:
    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (("II,V1", "1,2", "3,oops"), r"strip\.csv: line 3, column V1: 'oops' is no number"),
            (("II", "1.0", "hello", "2.0"), "line 3, column II: 'hello' is no number"),
            (("1,2", "3,oops"), "line 2, column 2: 'oops' is no number"),
            (("II;V1", "ms;uV", "1;2", "", "3;0.5.1"), r"line 5, column V1: '0\.5\.1' is no number"),
            (("II,V1",), "holds no sample"),
            (("# nothing",), "holds no sample"),
            (("II", "1,2"), "2 cells in a row under 1 names"),
            (("II,V1", "1,2", "1,2,3"), "Expected 2 fields in line 3"),
            (("time", "0", "0.004"), "is a lead"),
        ],
    )
    def test_say_where(self, lines: tuple[str, ...], message: str, table) -> None:
        with pytest.raises(RecordError, match=message) as caught:
            open_csv(table(*lines), fs=250)
        assert "\n" not in str(caught.value)

    def test_text_far_down_is_found(self, table) -> None:
        rows = ["0.125,1"] * 300_000
        rows[250_000] = "0.125,x"
        with pytest.raises(RecordError, match="line 250002, column V1: 'x'"):
            open_record(table("II,V1", *rows), fs=250)


def test_lead_names_with_separators_and_brackets_come_back(tmp_path: Path) -> None:
    record = Record(np.zeros((9, 2), np.float32), fs=250, leads=('a, "b"', "II (lying)"))
    write_csv(record, tmp_path / "strip.csv")
    assert open_record(tmp_path / "strip.csv").leads == record.leads


class TestArchives:
    def test_one_lead_may_be_flat(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "strip.npz", signal=np.arange(5), fs=250)
        record = open_record(tmp_path / "strip.npz")
        assert (record.leads, record.name, record.signal.shape) == (("lead 1",), "strip", (5, 1))

    def test_sampling_frequency_is_given_where_absent_and_must_agree(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "bare.npz", signal=np.zeros((5, 1)))
        np.savez(tmp_path / "full.npz", signal=np.zeros((5, 1)), fs=250)
        assert open_record(tmp_path / "bare.npz", fs=360).fs == 360
        assert open_record(tmp_path / "full.npz", fs=250).fs == 250
        with pytest.raises(RecordError, match=r"pass it as fs \(--fs\)"):
            open_record(tmp_path / "bare.npz")
        with pytest.raises(RecordError, match="states 250 Hz and fs=360 was given"):
            open_record(tmp_path / "full.npz", fs=360)

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"beats": np.zeros(5), "fs": 250}, r"called 'signal' among \['beats', 'fs'\]"),
            ({"signal": np.array(["a"]), "fs": 250}, "no array of numbers"),
            ({"signal": np.zeros(5), "fs": "fast"}, "'fs' is 'fast'"),
            ({"signal": np.zeros(5), "fs": 0}, "0 Hz of lead 1 is not possible"),
            ({"signal": np.zeros((5, 2)), "fs": 250, "leads": ["II"]}, "1 lead names for 2 leads"),
            ({"signal": np.zeros((0, 2)), "fs": 250}, "holds no sample"),
            ({"signal": np.zeros((5, 2, 2)), "fs": 250}, "signal has shape"),
        ],
    )
    def test_what_is_no_recording_says_why(self, arrays: dict, message: str, tmp_path: Path) -> None:
        np.savez(tmp_path / "strip.npz", **arrays)
        with pytest.raises(RecordError, match=message):
            open_record(tmp_path / "strip.npz")

    def test_pickles_are_never_loaded(self, tmp_path: Path) -> None:
        class Bomb:
            def __reduce__(self) -> tuple:
                return (Path.touch, (tmp_path / "exploded",))

        np.savez(tmp_path / "strip.npz", signal=np.array([Bomb()], dtype=object), fs=250)
        with pytest.raises(RecordError, match="plain arrays"):
            open_record(tmp_path / "strip.npz")
        assert not (tmp_path / "exploded").exists()
