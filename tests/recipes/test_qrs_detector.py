from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.mitbih import load_record
from ectopy.errors import RecordError
from ectopy.recipes.qrs_detector import evaluate_record, summarise
from ectopy.record import Annotations, Record

FS = 100.0


def heart(name: str, beats: np.ndarray, marks: np.ndarray, symbols: list[str]) -> Record:
    shape = np.exp(-0.5 * (np.arange(-8, 9) / 1.5) ** 2)
    wave = np.convolve(np.isin(np.arange(40_000), beats), shape, mode="same")
    return Record(wave[:, None], FS, ("I",), name=name, annotations=Annotations(marks, symbols, fs=FS))


def test_errors_are_counted_after_five_minutes_and_the_worst_record_comes_first() -> None:
    beats = np.arange(50, 39_900, 80)
    clean = heart("clean", beats, beats, ["N"] * len(beats))
    late = np.flatnonzero(beats > 30_500)
    absent = np.sort(np.append(beats, [beats[late[3]] + 40, beats[late[9]] + 40, 1040]))
    hidden = heart("hidden", beats, absent, ["V" if (b - 50) % 80 else "N" for b in absent])
    unmarked = heart("unmarked", beats, np.delete(beats, late[5]), ["N"] * (len(beats) - 1))
    summary = summarise(evaluate_record(record, 1) for record in (clean, unmarked, hidden))
    assert summary.errors_by_record == {
        "hidden": {"missed": 2, "extra": 0, "VEB missed": 2},
        "unmarked": {"missed": 0, "extra": 1, "VEB missed": 0},
    }
    figures = summary.figures
    assert (figures["records"], figures["missed"], figures["extra"], figures["VEB"]) == (3, 2, 1, 2)
    n_found = 3 * np.count_nonzero(beats >= 30_000) - 1
    assert figures["Se"] == round(100 * n_found / (n_found + 2), 3)
    assert figures["+P"] == round(100 * n_found / (n_found + 1), 3)


def test_a_record_without_reference_is_refused() -> None:
    with pytest.raises(RecordError, match="bare"):
        evaluate_record(Record(np.zeros((1000, 1)), FS, ("I",), name="bare"), 1)


@pytest.mark.parametrize(
    ("name", "n_leads", "errors"),
    [("100", 1, 2), ("203", 1, 60), ("208", 1, 20), ("228", 2, 12)],
)
def test_the_shipped_detector_keeps_its_accuracy(
    data_dir: Path, name: str, n_leads: int, errors: int
) -> None:
    figures = summarise([evaluate_record(load_record(name), n_leads)]).figures
    assert figures["missed"] + figures["extra"] <= errors
