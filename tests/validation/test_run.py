"""The whole analysis on recordings of any source: what is refused, and what names may be."""

from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.pipeline import Pipeline
from ectopy.errors import ParameterError, RecordError
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate
from ectopy.validation.run import evaluate_records, write_evaluation


def load(name: str) -> Record:
    return simulate(60, rhythm=Rhythm(ventricular=0.1), seed=len(name), name=name)


def without_marks(name: str) -> Record:
    return replace(load(name), annotations=None)


def test_recordings_of_any_name_can_be_evaluated(tmp_path):
    found, highlights = evaluate_records(
        Pipeline.shipped(), ["../patient one", "two"], load, dataset="made", split="all", start=0
    )
    assert found.kind == "inter-patient"
    assert found.analysis.confusion.sum() >= found.at_reference.confusion.sum() > 100
    write_evaluation(found, highlights, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "ec57" / "_patient_one.txt").is_file()


def test_reference_peaks_are_all_detected_and_detected_beats_have_their_own_scores():
    found, _ = evaluate_records(Pipeline.shipped(), ["one"], load, dataset="made", split="all", start=0)
    detected, reference = found.analysis.records[0], found.at_reference.records[0]
    assert reference.detected.all()
    assert not reference.extra.any()
    both = detected.detected & ~detected.extra
    assert not np.array_equal(detected.scores[both], reference.scores[both[~detected.extra]])


def test_what_cannot_be_evaluated_is_refused():
    with pytest.raises(RecordError, match="no reference annotations"):
        evaluate_records(Pipeline.shipped(), ["one"], without_marks, dataset="made", split="all", start=0)
    with pytest.raises(RecordError, match="end within the learning period"):
        evaluate_records(Pipeline.shipped(), ["one"], load, dataset="made", split="all")
    with pytest.raises(ParameterError, match="two recordings are called one"):
        evaluate_records(Pipeline.shipped(), ["one", "one"], load, dataset="made", split="all", start=0)
    with pytest.raises(ParameterError, match="jobs=0"):
        evaluate_records(Pipeline.shipped(), ["one"], load, dataset="made", split="all", jobs=0)
