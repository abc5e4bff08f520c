"""The files about the heart rate variability of a recording: figures, hours, and the intervals themselves."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any, Final

import numpy as np

from ectopy.io.atomic import atomic_files, sweep
from ectopy.io.safe_names import file_stem
from ectopy.io.wfdb.annotation_codes import encode
from ectopy.record import Annotations
from ectopy.report.exports import check_ours
from ectopy.rhythm.hrv import Intervals

ANNOTATOR: Final = "nn"
"""Suffix of the annotations, which ``ann2rr -a nn -p N -P N`` turns into NN intervals."""


@dataclass(frozen=True)
class VariabilityOutputs:
    """Paths of the files."""

    summary: Path
    hours: Path
    intervals: Path
    kubios: Path
    annotations: Path


def write_variability(
    intervals: Intervals, name: str, folder: Path | str, source: Mapping[str, Any], *, force: bool = False
) -> VariabilityOutputs:
    """Write heart rate variability and intervals; all files appear together.

    Parameters
    ----------
    intervals : Intervals
        Of a recording.
    name : str
        Name of the recording; made safe, it names the files.
    folder : Path or str
        Where to write; made if missing. Files of an earlier run on the same recording are replaced.
    source : mapping
        What tells the recording from others of its name.
    force : bool
        Replace files of another recording, or of nobody knows which.

    Returns
    -------
    VariabilityOutputs
        ``NAME.hrv.json``, ``NAME.hrv.csv`` (a row an hour), ``NAME.rr.csv`` (a row a beat), ``NAME.rr.txt``
        (NN intervals in ms, one a line, as Kubios reads them) and ``NAME.nn`` (WFDB annotations).

    Raises
    ------
    ParameterError
        If files of another recording stand there and `force` is false.
    """
    folder, stem = Path(folder), file_stem(name)
    out = VariabilityOutputs(
        summary=folder / f"{stem}.hrv.json",
        hours=folder / f"{stem}.hrv.csv",
        intervals=folder / f"{stem}.rr.csv",
        kubios=folder / f"{stem}.rr.txt",
        annotations=folder / f"{stem}.{ANNOTATOR}",
    )
    facts = {**asdict(intervals.variability), "duration": intervals.duration, "source": dict(source)}
    targets = [out.hours, out.intervals, out.kubios, out.annotations, out.summary]
    sweep(folder)
    if not force:
        check_ours(targets, out.summary, facts["source"])
    with atomic_files(targets) as (hours, table, kubios, marks, summary):
        _write_rows(hours, [{"hour": hour, **asdict(each)} for hour, each in enumerate(intervals.hours)])
        _write_rows(table, _beats(intervals))
        kubios.write_text("".join(f"{1000 * nn:.3f}\n" for nn in intervals.nn if not isnan(nn)), "utf-8")
        marks.write_bytes(encode(Annotations(intervals.samples, intervals.classes, fs=intervals.fs)))
        summary.write_text(json.dumps(facts, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return out


def _beats(intervals: Intervals) -> list[dict[str, object]]:
    known = np.isfinite(intervals.rr)
    return [
        {
            "time_s": f"{at:.4f}",
            "rr_ms": f"{1000 * rr:.3f}" if there else "",
            "nn": int(normal),
            "class": str(each),
        }
        for at, rr, there, normal, each in zip(
            intervals.times, intervals.rr, known, intervals.normal, intervals.classes, strict=True
        )
    ]


def _write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
