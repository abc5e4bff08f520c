"""What is written beside the page: other programs read it, and nothing is half there."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.report.exports import Outputs, beat_table, summary_json, write_outputs

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
    names = {"made.ectopy", "made.beats.csv", "made.events.csv", "made.summary.json", "made.report.html"}
    assert {path.name for path in folder.iterdir()} == names == {p.name for p in asdict(written).values()}
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
        ("cluster", analysis.families),
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
    assert facts == expected | {"leads": ["MLII", "V1"], "warnings": list(analysis.warnings)}
    assert facts["n_abnormal"] == 3
    assert facts["n_judged"] == len(analysis.beats) - 1
    assert "not for diagnosis" in facts["disclaimer"]


def test_on_one_line_it_is_the_same_summary(analysis):
    line = summary_json(analysis, indent=None)
    assert "\n" not in line
    assert strictly(line) == strictly(summary_json(analysis))


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
    write_outputs(make_analysis(duration=60), tmp_path)
    written = write_outputs(make_analysis(duration=40), tmp_path)
    assert len(list(tmp_path.iterdir())) == 5
    assert len(rows_of(written.beats)) == 40
    assert len(wfdb.rdann(str(tmp_path / "made"), "ectopy").sample) == 40


def test_the_recordings_own_annotations_are_left_alone(make_analysis, tmp_path: Path):
    (tmp_path / "made.atr").write_bytes(b"the reference")
    write_outputs(make_analysis(), tmp_path)
    assert (tmp_path / "made.atr").read_bytes() == b"the reference"


def test_writing_that_fails_leaves_no_half_file(make_analysis, tmp_path: Path, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pandas.DataFrame.to_csv", fail)
    with pytest.raises(OSError, match="No space"):
        write_outputs(make_analysis(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {"made.summary.json"}


def test_numbers_that_do_not_exist_do_not_reach_the_table_as_text(analysis):
    text = beat_table(analysis).to_csv(index=False).lower()
    assert "nan" not in text
    assert "inf" not in text
