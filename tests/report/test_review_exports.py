"""What is written of a reviewed analysis: files, comparison, training set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import ectopy
from ectopy.analysis.edits import EditConclusion, EditLog, Relabel, Sign, edited, fingerprint
from ectopy.errors import ParameterError, RecordError
from ectopy.evaluation.ec57 import summarise
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations, write_wfdb
from ectopy.report.exports import FULL, NO_REPORT, write_outputs
from ectopy.report.holter.document import holter_schema
from ectopy.report.review_exports import (
    find_reviews,
    training_symbols,
    write_comparison,
    write_review,
    write_training_set,
)
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording, its analysis, and a signed review."""
    root = tmp_path_factory.mktemp("day")
    write_wfdb(simulate(40, 250, ("II", "V1"), seed=4, name="one"), root / "one")
    analysis = ectopy.analyze(root / "one")
    (root / "ectopy-review" / "one").mkdir(parents=True)
    analysis.save(root / "ectopy-review" / "one" / "recording")
    log = EditLog(root / "ectopy-review" / "one" / "edits.jsonl", fingerprint(analysis))
    log.append(Relabel((4, 5, 6), "V"), "ada")
    log.append(EditConclusion("Three <b>ventricular</b> beats.\nNothing else."), "ben")
    log.append(Sign("Dr. Ben"), "ben")
    return root


def test_files_come_from_the_edited_beats_and_say_who_reviewed_them(folder: Path, tmp_path: Path) -> None:
    (review,) = find_reviews(folder)
    written = write_review(review, tmp_path, options=replace(FULL, language="de"), edf=True)
    assert read_annotations(tmp_path / "one", "ectopy").beats().symbols[4:7].tolist() == ["V", "V", "V"]
    assert written.beats.read_text().splitlines()[5].split(",")[2:4] == ["V", "V"]
    assert "ventricular run" in written.events.read_text()
    page = written.report.read_text(encoding="utf-8")
    for words in ("Berichtigt von ada, ben: 2 Änderungen", "Unterschrieben von Dr. Ben.", "Nothing else."):
        assert words in page
    assert "<b>ventricular" not in page
    assert "niemand" not in page.split("</header>")[0]
    facts = json.loads(written.summary.read_text())["review"]
    assert (facts["state"], facts["n_edits"], facts["signed_by"]) == ("signed", 2, "Dr. Ben")
    document = json.loads(written.document.read_text())
    jsonschema.validate(document, holter_schema())
    assert document["review"]["conclusion_edited"] is True
    assert document["conclusion"] == ["Three <b>ventricular</b> beats.", "Nothing else."]
    assert "Unterschrieben von Dr. Ben" in written.text.read_text(encoding="utf-8")
    marks = open_record(tmp_path / "one.edf").annotations
    assert (marks.symbols == "V").sum() == (review.edited().symbols == "V").sum()


def test_an_analysis_that_nobody_edited_says_nothing_of_reviewers(folder: Path, tmp_path: Path) -> None:
    (review,) = find_reviews(folder)
    written = write_outputs(review.automatic, tmp_path)
    assert "review" not in json.loads(written.summary.read_text())
    assert json.loads(written.document.read_text())["review"] is None
    assert "nobody has read the recording yet" in written.report.read_text()


def test_the_comparison_counts_what_was_changed(folder: Path, tmp_path: Path) -> None:
    (review,) = find_reviews(folder)
    ventricular = review.edited().classes == "V"
    seen = review.automatic.classes[ventricular] == "V"
    assert summarise([review.comparison()]).gross["V Se"] == pytest.approx(100 * seen.mean(), abs=0.01)
    lines = write_comparison([review], tmp_path).read_text().splitlines()
    assert any(line.split()[:1] == ["one"] for line in lines)


def test_a_training_set_holds_reviewed_beats_and_no_names(folder: Path, tmp_path: Path) -> None:
    (review,) = find_reviews(folder)
    (header,) = write_training_set([review], tmp_path / "set")
    record = open_record(header)
    assert record.annotations.beats().symbols[4:7].tolist() == ["V", "V", "V"]
    np.testing.assert_allclose(record.signal, review.automatic.record.read(0, 10_000), atol=2e-3)
    assert (tmp_path / "set" / "people.csv").read_text() == "record,patient\none,person 1\n"
    with pytest.raises(RecordError, match="exist"):
        write_training_set([review], tmp_path / "set")


def test_reviews_of_one_name_are_not_mixed_in_a_training_set(folder: Path, tmp_path: Path) -> None:
    (review,) = find_reviews(folder)
    with pytest.raises(RecordError, match="several reviews are of a record one"):
        write_training_set([review, review], tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_normal_beat_of_abnormal_shape_is_taught_as_normal(folder: Path) -> None:
    (review,) = find_reviews(folder)
    scores = np.full(len(review.automatic.beats), np.float32(99))
    odd = replace(review.automatic, scores=scores)
    changed = edited(odd, review.log.entries())
    assert "Q" in changed.symbols
    assert "Q" not in training_symbols(changed)
    assert training_symbols(changed)[4:7].tolist() == ["V", "V", "V"]


def test_without_the_recording_there_is_no_report_and_no_training_set(folder: Path, tmp_path: Path) -> None:
    (review,) = find_reviews(folder / "ectopy-review")
    assert not review.recording_found
    written = write_review(review, tmp_path, options=FULL)
    assert written.report is None
    assert written.beats.is_file()
    for write in (
        lambda: write_training_set([review], tmp_path / "set"),
        lambda: write_review(review, tmp_path, options=NO_REPORT, edf=True),
    ):
        with pytest.raises(RecordError, match="--records"):
            write()
    assert not (tmp_path / "set").exists()
    (found,) = find_reviews(folder / "ectopy-review", folder)
    assert found.recording_found


def test_what_is_no_review_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no log of edits"):
        find_reviews(tmp_path)
    EditLog(tmp_path / "one.edits.jsonl").append(Relabel((1,), "V"), "ada")
    with pytest.raises(ParameterError, match="no saved analysis beside"):
        find_reviews(tmp_path)
