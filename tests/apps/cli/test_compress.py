"""``ectopy compress`` and ``decompress``: there and back, and the same beats on the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from command_line import Command, as_wfdb, is_one_line_about
from ectopy.io.registry import open_record
from ectopy.record import Record

import wfdb  # isort: skip  # after ectopy, which bears with what wfdb does to pandas as it is imported


def test_a_wfdb_record_comes_back_count_by_count(good: Record, run: Command, here: Path) -> None:
    as_wfdb(good, "one")
    assert run("compress", "one", "--out", "two.ecz").code == 0
    ran = run("decompress", "two.ecz", "--out", "back")
    assert (ran.code, ran.err) == (0, "")
    first, second = (wfdb.rdrecord(name, physical=False) for name in ("one", "back"))
    np.testing.assert_array_equal(first.d_signal, second.d_signal)
    assert (first.adc_gain, first.baseline, first.sig_name) == (
        second.adc_gain,
        second.baseline,
        second.sig_name,
    )
    assert Path("one.atr").read_bytes() == Path("back.atr").read_bytes()


def test_the_same_beats_are_found_in_it(good: Record, run: Command, here: Path) -> None:
    as_wfdb(good, "one")
    run("compress", "one", "--out", "two.ecz", "--quiet")
    for name, out in (("one", "a"), ("two.ecz", "b")):
        assert run("analyze", name, "--out", out, "--no-report", "--quiet").code == 0
    assert Path("a/one.beats.csv").read_bytes() == Path("b/one.beats.csv").read_bytes()


def test_loss_and_size_are_told(good: Record, run: Command, here: Path) -> None:
    as_wfdb(good, "one")
    told = json.loads(run("compress", "one", "--out", "two.ecz", "--prdn", "8", "--json").out)
    assert told["n_bytes"] == Path("two.ecz").stat().st_size
    assert max(told["prdn"]) <= 8
    assert told["warning"] == ""
    assert "note:" not in run("compress", "one", "--out", "two.ecz", "--ratio", "8", "--force").out
    ran = run("compress", "one", "--out", "two.ecz", "--prdn", "40", "--force")
    assert (ran.code, ran.err) == (0, "")
    assert "is more than 9 %" in " ".join(ran.out.split())
    ran = run("decompress", "two.ecz", "--out", "three.csv", "--quiet")
    assert (ran.code, ran.out) == (0, "")
    assert open_record("three.csv").signal.shape == good.signal.shape


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compress", "one", "--out", "two.dat"), r"two\.dat: a compressed recording is called NAME\.ecz"),
        (("compress", "one", "--out", "old.ecz"), r"old\.ecz exists.*--force"),
        (("compress", "one", "--out", "two.ecz", "--prdn", "0"), "prdn=0"),
        (("compress", "one", "--out", "two.ecz", "--prdn", "5", "--ratio", "5"), "give one of them"),
        (("compress", "one", "--out", "two.ecz", "--ratio", "500"), "ratio=500 .* loses .*prdn=9"),
        (("compress", "none", "--out", "two.ecz"), "none"),
        (("decompress", "old.ecz", "--out", "two"), r"old\.ecz"),
        (("decompress", "one.hea", "--out", "two"), r"one\.hea is not called NAME\.ecz; ectopy convert"),
        (("decompress", "one", "--out", "two"), r"one is not called NAME\.ecz; ectopy convert"),
    ],
)
def test_wrong_input_is_one_line(
    words: tuple[str, ...], message: str, good: Record, run: Command, here: Path
) -> None:
    as_wfdb(good, "one")
    Path("old.ecz").write_bytes(b"\x89ECZ\r\n\x1a\nmore")
    is_one_line_about(run(*words), message)
    assert not Path("two.ecz").exists()
    assert not Path("two.hea").exists()
