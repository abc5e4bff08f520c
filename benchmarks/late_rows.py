"""Rows that a study got after its last complete run, measured alone and put into benchmarks/reproduced/NAME.

Needs the dataset of the study (``ecg5000``, ``ptbxl``). ``ectopy reproduce NAME`` measures them with all
others; this takes two minutes instead of twenty. A row of the same figure is replaced, and a remark says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from ectopy.datasets.ecg5000 import load_ecg5000
from ectopy.reproductions.ecg5000.code import classify_by_kernels
from ectopy.reproductions.ecg5000.lstm import class_rows, most_accurate
from ectopy.reproductions.metrics import METRICS_FILE, read_metrics, write_reproduction
from ectopy.reproductions.ptb_conv.beats import ptbxl_beats
from ectopy.reproductions.ptb_conv.conv import RECORDINGS_REMARK, recording_rows
from ectopy.reproductions.study import N_SEEDS, Reproduction, Row
from ectopy.training.loop import one_thread

REPRODUCED: Final = Path(__file__).parent / "reproduced"


def kernels() -> tuple[Row, ...]:
    """Return the rows of the five classes of ECG5000 by convolution kernels."""
    data = load_ecg5000()
    return class_rows([classify_by_kernels(data, seed) for seed in range(N_SEEDS)])


def recordings() -> tuple[Row, ...]:
    """Return the rows of whole recordings of PTB-XL."""
    return tuple(recording_rows(ptbxl_beats(), range(N_SEEDS)))


LATE: Final[dict[str, Callable[[], tuple[Row, ...]]]] = {"ecg5000-lstm": kernels, "ptb-conv": recordings}
REMARKS: Final = {"ptb-conv": (RECORDINGS_REMARK,)}


def with_rows(found: Reproduction, rows: tuple[Row, ...], more: tuple[str, ...] = ()) -> Reproduction:
    """Put rows behind the last one of their kind, or at the end."""
    names = {row.figure for row in rows}
    kept = [row for row in found.rows if row.figure not in names]
    kind = rows[0].figure.partition(":")[0]
    alike = [i for i, row in enumerate(kept) if row.figure.partition(":")[0] == kind]
    place = alike[-1] + 1 if alike else len(kept)
    remark = f"Measured after the other rows, by benchmarks/late_rows.py: {'; '.join(sorted(names))}."
    remarks = [each for each in found.remarks if "late_rows.py" not in each and each not in more]
    if kind == "five classes":
        remarks = [each for each in remarks if not each.startswith("Five classes: the most accurate")]
        more = (*more, most_accurate((*kept, *rows)))
    return replace(found, rows=(*kept[:place], *rows, *kept[place:]), remarks=(*remarks, *more, remark))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", nargs="+", choices=LATE, help="study whose late rows to measure")
    for name in parser.parse_args().study:
        folder = REPRODUCED / name
        provenance, found = read_metrics(folder / METRICS_FILE)
        with one_thread():
            rows = LATE[name]()
        write_reproduction(with_rows(found, rows, REMARKS.get(name, ())), provenance, folder)
        for row in rows:
            print(row.line(), flush=True)


if __name__ == "__main__":
    main()
