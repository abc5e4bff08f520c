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
    found, exhibits = evaluate_records(
        Pipeline.shipped(), ["../patient one", "two"], load, dataset="made", split="all", start=0
    )
    assert found.kind == "inter-patient"
    assert found.own.confusion.sum() >= found.at_reference.confusion.sum() > 100
    write_evaluation(found, exhibits, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "ec57" / "_patient_one.txt").is_file()


def test_reference_peaks_are_all_found_and_the_beats_found_are_our_own():
    found, _ = evaluate_records(Pipeline.shipped(), ["one"], load, dataset="made", split="all", start=0)
    own, reference = found.own.records[0], found.at_reference.records[0]
    assert reference.found.all()
    assert not reference.extra.any()
    both = own.found & ~own.extra
    assert not np.array_equal(own.scores[both], reference.scores[both[~own.extra]])


def test_what_cannot_be_evaluated_is_refused():
    with pytest.raises(RecordError, match="no reference annotations"):
        evaluate_records(Pipeline.shipped(), ["one"], without_marks, dataset="made", split="all", start=0)
    with pytest.raises(RecordError, match="end within the learning period"):
        evaluate_records(Pipeline.shipped(), ["one"], load, dataset="made", split="all")
    with pytest.raises(ParameterError, match="two recordings are called one"):
        evaluate_records(Pipeline.shipped(), ["one", "one"], load, dataset="made", split="all", start=0)
    with pytest.raises(ParameterError, match="jobs=0"):
        evaluate_records(Pipeline.shipped(), ["one"], load, dataset="made", split="all", jobs=0)
