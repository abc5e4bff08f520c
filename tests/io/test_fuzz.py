"""Whatever a file holds, reading it ends in a recording or in an EctopyError, soon and within bounds."""

from __future__ import annotations

from pathlib import Path

from ectopy.errors import EctopyError
from fuzzing import Failure, run

FIRST = 1_000_000
"""First seed; ``benchmarks/fuzz.py`` begins at 0."""


def test_damaged_files_end_in_an_error_of_ours() -> None:
    failures = [ended for ended in run(range(FIRST, FIRST + 260)) if ended is not None]
    assert failures == []


def _misbehave(seed: int, originals: dict[str, Path], folder: Path) -> None:
    if seed == 0:
        raise ValueError("not ours")
    if seed == 1:
        bytearray(8 << 30)
    if seed == 2:
        raise EctopyError("two\nlines")
    if seed == 3:
        import os

        os._exit(7)
    raise EctopyError("fine")


def test_what_is_not_an_error_of_ours_is_found() -> None:
    ended = list(run(range(5), _misbehave))
    assert [each and each.seed for each in ended] == [0, 1, 2, 3, None]
    assert "ValueError" in ended[0].how
    assert "MemoryError" in ended[1].how
    assert "two" in ended[2].how
    assert isinstance(ended[3], Failure)
    assert "kills the process" in ended[3].how
