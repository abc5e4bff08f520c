"""Tables of text as people write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io.registry import open_record, open_source
from ectopy.io.time_grid import grid_of
from ectopy.record import Record
from ectopy.simulation import simulate

FS = 250
ECG = simulate(duration=12, fs=FS, leads=("II",), seed=5).signal[:, 0].astype(float).round(4)
TIMES = np.arange(len(ECG)) / FS


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Record]:
    def write(
        head: Iterable[str] | str = (),
        rows: Iterable[str] = (),
        *,
        end: str = "\n",
        encoding: str = "utf-8",
        fs: float | None = None,
    ) -> Record:
        head = [head] if isinstance(head, str) else list(head)
        path = tmp_path / "table.csv"
        path.write_bytes(end.join([*head, *rows, ""]).encode(encoding))
        return open_record(path, fs=fs)

    return write


def rows(separator: str = ",", decimal: str = ".", times: Iterable[object] = TIMES) -> list[str]:
    return [
        f"{time}{separator}{value}".replace(".", decimal) for time, value in zip(times, ECG, strict=False)
    ]


def check(record: Record, tolerance: float = 1e-4) -> None:
    assert record.fs == pytest.approx(FS, rel=1e-4)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=tolerance)


class TestWriting:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   ", " , "])
    def test_separators(self, separator: str, table: Callable) -> None:
        check(table("", rows(separator)))

    @pytest.mark.parametrize("separator", [";", "\t", "|", "  "])
    @pytest.mark.parametrize("head", ["time{}ecg", ""])
    def test_decimal_commas(self, separator: str, head: str, table: Callable) -> None:
        check(table(head.format(separator), rows(separator, ",")))

    def test_decimal_commas_in_quotes(self, table: Callable) -> None:
        quoted = [f'"{row}"'.replace(";", '","') for row in rows(";", ",")]
        check(table("time,ecg", quoted))

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
    def test_encodings(self, encoding: str, table: Callable) -> None:
        values = (f"{time},{1000 * value:.1f}" for time, value in zip(TIMES, ECG, strict=True))
        check(table("Zeit (s),Größe EKG (µV)", values, encoding=encoding))

    def test_a_letter_of_latin_1_far_down(self, table: Callable) -> None:
        lines = rows()
        lines[2000] += " "
        check(table("time,ecg", [*lines, "# Gerät"], encoding="latin-1"))

    @pytest.mark.parametrize("end", ["\r\n", "\r"])
    def test_line_ends(self, end: str, table: Callable) -> None:
        check(table("time,ecg", rows(), end=end))

    def test_a_line_that_names_the_separator(self, table: Callable) -> None:
        check(table(["sep=;", "time;ecg"], rows(";")))

    def test_names_in_a_comment_line(self, table: Callable) -> None:
        record = table("# time,II,PPG", [f"{row},5" for row in rows()])
        assert record.leads == ("II",)
        check(record)

    @pytest.mark.parametrize("n", [1, 40, 3000])
    def test_preambles_of_any_length(self, n: int, table: Callable) -> None:
        noise = [f"Note {i}: patient walked, drank 2 coffees" for i in range(n)]
        check(table([*noise, "", "time,ecg (mV)"], rows()))

    @pytest.mark.parametrize(
        "line",
        [
            "Sampling rate: 250 Hz",
            "# fs = 250",
            "Abtastrate;250 Hz",
            "Frecuencia de muestreo: 0,25 kHz",
            "Fréquence d'échantillonnage : 250",
            "SampleRate=250.0",
            "Interval=\t0.004 s",
            "4 msec/sample",
            "Sampling interval (ms): 4 ms",
            "250 samples per second",
        ],
    )
    def test_rates_in_preambles(self, line: str, table: Callable) -> None:
        head = ["Device: X 300", "Filter: 0.5-40 Hz, notch 50 Hz", "Heart rate: 71", line, "", "ecg"]
        check(table(head, (str(value) for value in ECG)))

    def test_lines_after_the_table(self, table: Callable) -> None:
        record = table("time,ecg", [*rows(), "", "End of file"])
        check(record)
        assert "after the last row" in record.notes[0]

    def test_row_numbers_as_r_writes_them(self, table: Callable) -> None:
        numbered = [f"{i},{row}" for i, row in enumerate(rows(), start=1)]
        check(table("time,ecg", [f"{line}" for line in numbered]))

    @pytest.mark.parametrize(
        ("write", "whole"),
        [(lambda v: f"{3000 * v:,.0f}".replace(",", "."), ";"), (lambda v: f"{3000 * v:,.0f}", ";")],
    )
    def test_thousands_are_refused(self, write: Callable, whole: str, table: Callable) -> None:
        with pytest.raises(RecordError, match="thousands"):
            table("time;ecg (uV)", (f"{i * 4}{whole}{write(value)}" for i, value in enumerate(ECG)))

    def test_numbers_of_three_decimals_are_no_thousands(self, table: Callable) -> None:
        values = [f"{1000 * value:.3f}" for value in ECG]
        check(table("time,ecg (uV)", (f"{t},{v}" for t, v in zip(TIMES, values, strict=True))))

    def test_columns_of_labels_are_left_out_and_told(self, table: Callable) -> None:
        labels = ["N" if i % 250 else "V" for i in range(len(ECG))]
        record = table("time,ecg,beat", (f"{row},{label}" for row, label in zip(rows(), labels, strict=True)))
        check(record)
        assert [str(each) for each in record.decisions if not each.is_lead] == [
            "Channel beat was left out: it holds text, a marker."
        ]

    @pytest.mark.parametrize("value", [-999, -32768, 9999])
    def test_sentinels_are_missing_and_told(self, value: int, table: Callable) -> None:
        lines = rows()
        lines[100] = f"{TIMES[100]},{value}"
        record = table("time,ecg (mV)", lines)
        assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [100]
        assert f"was {value}, taken as missing" in record.notes[0]


class TestTimes:
    @pytest.mark.parametrize(
        "name", ["Zeit", "tiempo (s)", "temps", "Time [sec]", "Uhrzeit", "t_s", "elapsed time", "x", ""]
    )
    def test_a_column_of_times_by_name_or_behaviour(self, name: str, table: Callable) -> None:
        record = table(f"{name},ecg", rows())
        assert record.leads == ("ecg",)
        check(record)

    @pytest.mark.parametrize("name", ["time", "timestamp", "Zeitstempel", "t"])
    @pytest.mark.parametrize("scale", [1, 10**3, 10**6, 10**9])
    @pytest.mark.parametrize("start", [0, 1_700_000_000])
    def test_units_are_told_from_the_steps(self, name: str, scale: int, start: int, table: Callable) -> None:
        times = [start * scale + i * scale // FS if scale > 1 else start + i / FS for i in range(len(ECG))]
        check(table(f"{name},ecg", rows(times=times)))

    @pytest.mark.parametrize(
        "write",
        [
            lambda t: f"2024-02-28T23:59:{50 + t:06.3f}" if t < 10 else f"2024-02-29T00:00:{t - 10:06.3f}",
            lambda t: f"23:59:{50 + t:06.3f}" if t < 10 else f"00:00:{t - 10:06.3f}",
            lambda t: f"28.02.2024 10:00:{t:06.3f}",
            lambda t: f"10:00:{t:06.3f}".replace(".", ","),
        ],
        ids=["iso", "clock past midnight", "german date", "decimal comma"],
    )
    def test_clocks(self, write: Callable, table: Callable) -> None:
        lines = [f"{write(time)};{value}" for time, value in zip(TIMES, ECG, strict=True)]
        check(table("Zeit;ecg", lines))

    def test_the_start_comes_along(self, table: Callable) -> None:
        lines = [f"2024-02-28T10:00:{time:06.3f},{value}" for time, value in zip(TIMES, ECG, strict=True)]
        assert table("time,ecg", lines).start == datetime(2024, 2, 28, 10)

    def test_row_numbers_are_no_times(self, table: Callable) -> None:
        numbered = [f"{i},{value}" for i, value in enumerate(ECG)]
        check(table("sample,ecg", numbered, fs=FS))
        check(table("", numbered, fs=FS))

    def test_gaps_are_missing_and_told(self, table: Callable) -> None:
        times = TIMES + 7.5 * (TIMES >= 6)
        record = table("time,ecg", rows(times=times.round(6)))
        assert record.n_samples == len(ECG) + 7.5 * FS
        assert np.isnan(record.signal[6 * FS : int(13.5 * FS)]).all()
        np.testing.assert_allclose(record.signal[int(13.5 * FS) :, 0], ECG[6 * FS :], atol=1e-6)
        assert "a gap of 7.5 s in all" in record.notes[0]

    def test_rows_in_disorder_and_twice_are_mended_and_told(self, table: Callable) -> None:
        lines = rows()
        lines[500], lines[501] = lines[501], lines[500]
        record = table("time,ecg", [*lines[:900], *lines[890:]])
        check(record)
        assert len(record.notes) == 2

    def test_a_recording_that_starts_anew_is_refused(self, table: Callable) -> None:
        with pytest.raises(RecordError, match="do not run from low to high"):
            table("time,ecg", rows() + rows())

    def test_a_gap_that_nobody_would_fill_is_refused(self) -> None:
        with pytest.raises(RecordError, match="too long to fill"):
            grid_of("t", np.append(TIMES, 1e9))

    def test_jitter_of_a_phone_is_no_gap(self) -> None:
        jitter = np.random.default_rng(0).uniform(0, 0.02, len(TIMES))
        grid = grid_of("t", np.sort(TIMES + jitter))
        assert grid.fs == pytest.approx(FS, rel=2e-3)
        assert grid.places is None


def test_a_long_table_and_a_short_one_are_parsed_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ectopy.io import csv

    (tmp_path / "t.csv").write_text("\n".join(["time;ecg;note", *(f"{row};" for row in rows(";", ","))]))
    short = open_source(tmp_path / "t.csv").load()
    monkeypatch.setattr(csv, "_PEEK", 0)
    long = open_source(tmp_path / "t.csv").load()
    np.testing.assert_array_equal(short.signal, long.signal)
    assert (short.fs, short.leads) == (long.fs, long.leads)
