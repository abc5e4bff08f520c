"""The MIT-BIH Arrhythmia Database, every file of it, read as its publishers count it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations
from ectopy.labels import aami_classes

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # of wfdb


@pytest.fixture(scope="module")
def stems(data_dir: Path) -> list[Path]:
    stems = [path.with_suffix("") for path in sorted((data_dir / "mitdb").glob("*.hea"))]
    if len(stems) != 48:
        pytest.skip("ECTOPY_DATA_DIR has no complete mitdb folder")
    return stems


def test_beats_are_as_many_as_published(stems: list[Path]) -> None:
    counts = Counter(
        name
        for stem in stems
        for name in aami_classes(read_annotations(stem).beats().symbols, "aami").tolist()
    )
    assert counts == {"N": 90_631, "S": 2_781, "V": 7_236, "F": 803, "Q": 8_043}
    assert counts.total() == 109_494


def test_annotations_are_those_that_wfdb_reads(stems: list[Path]) -> None:
    for stem in stems:
        found, expected = read_annotations(stem), wfdb.rdann(str(stem), "atr")
        np.testing.assert_array_equal(found.samples, expected.sample)
        assert found.symbols.tolist() == expected.symbol
        np.testing.assert_array_equal(found.subtypes, expected.subtype)
        np.testing.assert_array_equal(found.chans, expected.chan)
        np.testing.assert_array_equal(found.nums, expected.num)
        assert list(found.aux) == [note.rstrip("\0") for note in expected.aux_note]
        assert found.fs == 360


@pytest.mark.parametrize("name", ["100", "114", "207"])
def test_samples_are_those_that_wfdb_reads(name: str, stems: list[Path]) -> None:
    record = open_record(stems[0].with_name(name))
    expected = wfdb.rdrecord(str(stems[0].with_name(name)))
    np.testing.assert_allclose(record.signal, expected.p_signal, atol=1e-6)
    assert (record.leads, record.fs) == (tuple(expected.sig_name), 360)
