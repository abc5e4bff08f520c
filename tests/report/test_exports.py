"""What is written beside the page: other programs read it, and nothing is half there."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ectopy.errors import ParameterError
from ectopy.report import exports
from ectopy.report.exports import NO_REPORT, Outputs, summary_facts, write_outputs
from ectopy.rhythm.episodes import ATRIAL_FIBRILLATION, BRADYCARDIA, Episode

import wfdb  # isort: skip  # after ectopy, which bears with what wfdb does to pandas as it is imported

COLUMNS = [
    "sample",
    "time_s",
    "symbol",
    "class",
    "p_N",
    "p_S",
    "p_V",
    "p_F",
    "anomaly_score",
    "threshold",
    "rr_s",
    "quality",
    "lead",
    "cluster",
]


@pytest.fixture(scope="module")
def analysis(make_analysis):
    """One beat a second; the beats 10, 20 and 30 are abnormal, and beat 40 could not be judged."""
    made = make_analysis()
    scores = made.scores.copy()
    scores[40] = np.nan
    return replace(made, scores=scores, warnings=("Lead V1 is noisy – 5 % of the recording.",))


@pytest.fixture(scope="module")
def written(analysis, tmp_path_factory) -> Outputs:
    return write_outputs(analysis, tmp_path_factory.mktemp("out") / "new" / "folder")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def strictly(text: str) -> object:
    """Parse JSON as the standard has it, which knows no NaN."""

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_files_of_the_recordings_name_and_no_litter(written: Outputs):
    folder = written.report.parent
    tables = {"made.beats.csv", "made.episodes.csv", "made.events.csv"}
    forms = {"made.report.html", "made.holter.json", "made.holter.md"}
    names = {"made.ectopy", *tables, "made.summary.json", *forms}
    assert {path.name for path in folder.iterdir()} == names
    assert {path.name for path in asdict(written).values() if path} == names
    assert all(path.stat().st_size for path in folder.iterdir())


def test_the_table_holds_every_beat(written: Outputs, analysis):
    rows = rows_of(written.beats)
    assert list(rows[0]) == COLUMNS
    assert len(rows) == len(analysis.beats)
    for key, values in (
        ("sample", analysis.beats.samples),
        ("time_s", analysis.beats.samples / analysis.record.fs),
        ("rr_s", analysis.beats.rr),
        ("anomaly_score", analysis.scores),
        ("cluster", analysis.clusters),
    ):
        found = [float(row[key]) if row[key] else np.nan for row in rows]
        np.testing.assert_allclose(found, values, atol=1e-4, err_msg=key)
    assert {row["threshold"] for row in rows} == {"1.0000"}
    assert {row["lead"] for row in rows} == {"MLII"}
    assert {row["quality"] for row in rows} == {"good"}


def test_the_table_calls_abnormal_what_lies_above_the_threshold(written: Outputs):
    symbols = [row["symbol"] for row in rows_of(written.beats)]
    assert [i for i, symbol in enumerate(symbols) if symbol == "Q"] == [10, 20, 30]
    assert symbols[40] == "?"
    assert set(symbols) == {"N", "Q", "?"}


def test_classes_probabilities_and_events_are_written(make_analysis, odd_beat, tmp_path: Path):
    odd = (
        odd_beat(10, 5.0, predicted="V"),
        odd_beat(11, 5.0, predicted="V"),
        odd_beat(20, 0.5, predicted="S"),
        odd_beat(30, 5.0),
    )
    written = write_outputs(make_analysis(odd=odd), tmp_path)
    rows = rows_of(written.beats)
    shown = {i: (rows[i]["class"], rows[i]["symbol"], rows[i]["p_V"]) for i in (0, 10, 20, 30)}
    assert shown == {
        0: ("N", "N", "0.0300"),
        10: ("V", "V", "0.9100"),
        20: ("S", "S", "0.0300"),
        30: ("N", "Q", "0.0300"),  # of abnormal shape, though the classifier calls it normal
    }
    (event,) = rows_of(written.events)
    assert (event["kind"], event["start_s"], event["n_ectopic"]) == ("ventricular couplet", "10.5000", "2")
    facts = strictly(written.summary.read_text(encoding="utf-8"))
    assert facts["classes"] == {"N": 57, "S": 1, "V": 2, "F": 0}
    assert facts["classes_per_hour"]["V"] == 120
    assert {kind: n for kind, n in facts["events"].items() if n} == {"ventricular couplet": 1}
    assert facts["n_differ"] == 2


def test_samples_are_whole_numbers_and_what_is_unknown_is_empty(written: Outputs):
    rows = rows_of(written.beats)
    assert all(row["sample"].isdecimal() for row in rows)
    assert rows[0]["rr_s"] == ""
    assert rows[40]["anomaly_score"] == ""


def test_the_summary_is_strict_json_and_whole(written: Outputs, analysis):
    facts = strictly(written.summary.read_text(encoding="utf-8"))
    expected = asdict(analysis.summary())
    assert facts == expected | {
        "leads": ["MLII", "V1"],
        "channels": [],
        "warnings": list(analysis.warnings),
        "start": None,
        "stop": None,
        "source": {"sha256": analysis.digest},
    }
    assert facts["n_abnormal"] == 3
    assert facts["n_judged"] == len(analysis.beats) - 1
    assert "not for diagnosis" in facts["disclaimer"]


def test_other_programs_read_the_annotations(written: Outputs, analysis):
    marks = wfdb.rdann(str(written.annotations.with_suffix("")), "ectopy")
    np.testing.assert_array_equal(marks.sample, analysis.beats.samples)
    np.testing.assert_array_equal(marks.symbol, analysis.symbols)
    assert marks.fs == analysis.record.fs
    assert set(marks.chan) == {0}


def test_a_recording_without_beats_is_written_too(make_analysis, tmp_path: Path):
    empty = make_analysis(n_beats=0, spans=())
    written = write_outputs(empty, tmp_path)
    facts = strictly(written.summary.read_text(encoding="utf-8"))
    assert facts["n_beats"] == 0
    assert facts["mean_heart_rate"] is facts["abnormal_share"] is facts["longest_rr"] is None
    assert written.beats.read_text().split() == [",".join(COLUMNS)]
    assert wfdb.rdann(str(tmp_path / "made"), "ectopy").ann_len == 0


def test_beats_that_nobody_could_judge_are_no_normal_beats(make_analysis, tmp_path: Path):
    written = write_outputs(make_analysis(unjudged=True), tmp_path)
    assert {row["symbol"] for row in rows_of(written.beats)} == {"?"}
    facts = strictly(written.summary.read_text(encoding="utf-8"))
    assert (facts["n_judged"], facts["n_abnormal"], facts["abnormal_share"]) == (0, 0, None)


def test_a_second_analysis_replaces_the_first(make_analysis, tmp_path: Path):
    write_outputs(make_analysis(), tmp_path)
    written = write_outputs(make_analysis(n_beats=40), tmp_path)
    assert len(list(tmp_path.iterdir())) == 8
    assert len(rows_of(written.beats)) == 40
    assert len(wfdb.rdann(str(tmp_path / "made"), "ectopy").sample) == 40


def test_the_recordings_own_annotations_are_left_alone(make_analysis, tmp_path: Path):
    (tmp_path / "made.atr").write_bytes(b"the reference")
    write_outputs(make_analysis(), tmp_path)
    assert (tmp_path / "made.atr").read_bytes() == b"the reference"


def test_writing_that_fails_leaves_no_half_file(make_analysis, tmp_path: Path, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ectopy.report.exports.encode", fail)
    with pytest.raises(OSError, match="No space"):
        write_outputs(make_analysis(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_tables_and_summary_carry_the_time_of_day(make_analysis, tmp_path: Path):
    made = make_analysis()
    record = replace(made.record, start=datetime(2026, 3, 1, 23, 59, 50))
    written = write_outputs(replace(made, record=record), tmp_path, options=NO_REPORT)
    clocks = [row["clock"] for row in rows_of(written.beats)]
    assert clocks[0] == "2026-03-01T23:59:50.500"
    assert clocks[10] == "2026-03-02T00:00:00.500"
    assert strictly(written.summary.read_text("utf-8"))["stop"] == "2026-03-02T00:00:50.000"


def test_episodes_are_written_the_most_urgent_first(make_analysis, tmp_path: Path):
    episodes = (Episode(BRADYCARDIA, 0, 2500), Episode(ATRIAL_FIBRILLATION, 5000, 8750))
    written = write_outputs(make_analysis(episodes=episodes, usable_share=0.5), tmp_path)
    rows = rows_of(written.episodes)
    assert [row["kind"] for row in rows] == [ATRIAL_FIBRILLATION, BRADYCARDIA]
    assert rows[0] == {
        "kind": ATRIAL_FIBRILLATION,
        "start_s": "20.0000",
        "stop_s": "35.0000",
        "duration_s": "15.0000",
        "burden": "0.5000",  # of the half of the minute that could be analysed
        "n_beats": "15",
        "beats_per_minute": "60.0000",
    }
    facts = strictly(written.summary.read_text(encoding="utf-8"))
    total = {"count": 1, "seconds": 15.0, "longest": 15.0, "burden": 0.5}
    assert facts["episodes"][ATRIAL_FIBRILLATION] == total
    assert facts["episodes"]["ventricular fibrillation"]["count"] == 0


def test_in_fibrillation_an_early_beat_is_no_ectopy_and_no_interval_is_sinus(make_analysis, odd_beat):
    odd = (
        odd_beat(10, 0.5, predicted="S"),
        odd_beat(30, 0.5, predicted="S"),
        odd_beat(31, 0.5, predicted="V"),
    )
    analysis = make_analysis(odd=odd, episodes=(Episode(ATRIAL_FIBRILLATION, 25 * 250, 45 * 250),))
    assert [str(analysis.classes[beat]) for beat in (10, 30, 31)] == ["S", "N", "V"]
    assert analysis.summary().classes == {"N": 58, "S": 1, "V": 1, "F": 0}
    assert np.isnan(analysis.nn_intervals[25:46]).all()
    assert np.isfinite(analysis.nn_intervals[47:]).all()


def test_the_file_of_marks_tells_rhythms_to_other_programs(make_analysis, tmp_path: Path):
    made = make_analysis(episodes=(Episode(ATRIAL_FIBRILLATION, 5125, 8875),))
    written = write_outputs(made, tmp_path)
    marks = wfdb.rdann(str(written.annotations.with_suffix("")), "ectopy")
    rhythm = [(sample, aux) for sample, aux in zip(marks.sample, marks.aux_note, strict=True) if aux]
    assert rhythm == [(5124, "(AFIB"), (8874, "(N")]
    assert len(marks.sample) == len(made.beats) + 2
    assert (np.diff(marks.sample) > 0).all()


def test_numbers_that_do_not_exist_do_not_reach_the_table_as_text(written: Outputs):
    text = written.beats.read_text(encoding="utf-8").lower()
    assert "nan" not in text
    assert "inf" not in text


def test_another_recordings_results_are_replaced_only_by_force(make_analysis, tmp_path: Path):
    first = write_outputs(make_analysis(duration=60), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ParameterError, match=r"made\.ectopy exists .*--out.*--force"):
        write_outputs(make_analysis(duration=40), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    write_outputs(make_analysis(duration=40), tmp_path, force=True)
    assert len(rows_of(first.beats)) == 40


def test_files_of_nobody_knows_which_recording_are_not_replaced(make_analysis, tmp_path: Path):
    (tmp_path / "made.report.html").write_text("years of work")
    with pytest.raises(ParameterError, match=r"made\.report\.html exists"):
        write_outputs(make_analysis(), tmp_path, options=NO_REPORT)
    assert (tmp_path / "made.report.html").read_text() == "years of work"


def test_without_a_report_an_old_one_does_not_stay_behind(make_analysis, tmp_path: Path):
    write_outputs(make_analysis(), tmp_path)
    written = write_outputs(make_analysis(), tmp_path, options=NO_REPORT)
    assert written.report is None
    assert not list(tmp_path.glob("*.html"))
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "..\\escaped", "a/b", "..", "", "con", "x" * 400])
def test_a_name_is_never_a_path(name: str, make_analysis, tmp_path: Path):
    folder = tmp_path / "deep" / "out"
    written = write_outputs(make_analysis(name=name), str(folder), options=NO_REPORT)
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {folder}
    assert json.loads(written.summary.read_text(encoding="utf-8"))["record"] == name


def test_a_dot_in_a_name_is_no_suffix(make_analysis, tmp_path: Path):
    record = make_analysis(duration=60, name="a")
    first = write_outputs(record, tmp_path, options=NO_REPORT)
    before = first.annotations.read_bytes()
    (tmp_path / "a.hea").touch()
    second = write_outputs(make_analysis(duration=40, name="a.b"), tmp_path, options=NO_REPORT)
    assert first.annotations.read_bytes() == before
    assert len(wfdb.rdann(str(second.annotations.with_suffix("")), "ectopy").sample) == 40


def test_recordings_whose_names_become_one_do_not_replace_each_other(make_analysis, tmp_path: Path):
    write_outputs(make_analysis(duration=60, name="a.b"), tmp_path, options=NO_REPORT)
    with pytest.raises(ParameterError, match=r"a_b\.ectopy exists"):
        write_outputs(make_analysis(duration=40, name="a_b"), tmp_path, options=NO_REPORT)


def test_no_cell_is_a_formula_or_an_escape_sequence(make_analysis, tmp_path: Path):
    leads = ('=HYPERLINK("http://x","V1")', "\x1b[2J")
    for number, lead in enumerate(leads):
        made = make_analysis(leads=(lead, "V1"), name=f"r{number}", spans=())
        written = write_outputs(made, tmp_path, options=NO_REPORT)
        (shown,) = {row["lead"] for row in rows_of(written.beats)}
        assert shown == ("'" + leads[0], r"\x1b[2J")[number]


def test_summary_facts_are_what_the_file_holds(written: Outputs, analysis):
    facts = json.loads(json.dumps(summary_facts(analysis)))
    assert facts == strictly(written.summary.read_text(encoding="utf-8"))


@given(
    st.lists(st.one_of(st.floats(0, 1), st.floats(-1e6, 1e6), st.just(math.nan)), max_size=30), st.booleans()
)
@example([0.00005, 0.00015, 0.5, 0.12345, 1.0], False)  # halfway between two that four digits can say
@example([-0.00001, 2.0], False)
def test_every_number_is_written_to_four_digits(tmp_path_factory, values, single):
    column = np.array(values, np.float32 if single else np.float64)
    path = tmp_path_factory.mktemp("table") / "table.csv"
    exports._write_table(path, {"value": column})
    expected = ["" if math.isnan(value) else f"{value + 0:.4f}" for value in column.tolist()]
    assert path.read_text().splitlines()[1:] == expected


def test_words_are_quoted_where_they_must_be(tmp_path: Path):
    words = ["plain", "a,b", 'a "b"', "=1+1", "é"]
    exports._write_table(tmp_path / "table.csv", {"word": words, "n": range(5)})
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert [row["word"] for row in csv.DictReader(file)] == ["plain", "a,b", 'a "b"', "'=1+1", "é"]
