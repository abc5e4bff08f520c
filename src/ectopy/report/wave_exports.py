"""The files about the waves of one recording: annotations, a table of beats, and a summary of intervals."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ectopy.beats.waves import Waves
from ectopy.errors import ParameterError
from ectopy.io.atomic import atomic_files, sweep
from ectopy.io.safe_names import file_stem, visible
from ectopy.io.wfdb.annotation_codes import encode
from ectopy.rhythm.conduction import CONDUCTION_KINDS, LONG_PR, conduction_events
from ectopy.rhythm.intervals import (
    INTERVALS,
    WIDE_QRS,
    beat_intervals,
    summarise_intervals,
    wave_axes,
)

if TYPE_CHECKING:
    import pandas as pd

ANNOTATOR: Final = "waves"
"""Suffix of the annotations by all leads together; those of a lead end with its name."""


@dataclass(frozen=True)
class WaveOutputs:
    """Paths of the files: annotations by all leads together and lead by lead, table, and summary."""

    annotations: Path
    leads: tuple[Path, ...]
    table: Path
    summary: Path


def write_waves(
    waves: Waves, name: str, folder: Path | str, *, each_lead: bool = False, force: bool = False
) -> WaveOutputs:
    """Write the waves of a recording; all files appear together.

    Parameters
    ----------
    waves : Waves
        From `ectopy.delineate`.
    name : str
        Name of the recording; made safe, it names the files.
    folder : Path or str
        Where to write; made if missing. Files of an earlier run on the same recording are replaced.
    each_lead : bool
        Write the annotations of each lead too, ``NAME.waves_LEAD``.
    force : bool
        Replace files of another recording, or of nobody knows which.

    Returns
    -------
    WaveOutputs
        ``NAME.waves``, ``NAME.waves.csv`` and ``NAME.waves.json``.

    Raises
    ------
    ParameterError
        If files of another recording stand there and `force` is false.
    """
    folder, stem = Path(folder), file_stem(name)
    annotators = _annotators(waves.leads) if each_lead else ()
    out = WaveOutputs(
        annotations=folder / f"{stem}.{ANNOTATOR}",
        leads=tuple(folder / f"{stem}.{annotator}" for annotator in annotators),
        table=folder / f"{stem}.waves.csv",
        summary=folder / f"{stem}.waves.json",
    )
    facts = wave_summary(waves) | {"source": _source(waves, name)}
    targets = [out.annotations, *out.leads, out.table, out.summary]
    sweep(folder)
    if not force:
        _check_ours(targets, out.summary, facts["source"])
    marks = [waves.to_annotations(), *(waves.to_annotations(lead) for lead in waves.leads if each_lead)]
    with atomic_files(targets) as (*unfinished, table, summary):
        for path, annotations in zip(unfinished, marks, strict=True):
            path.write_bytes(encode(annotations))
        wave_table(waves).to_csv(table, index=False, float_format="%.3f")
        summary.write_text(json.dumps(facts, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return out


def wave_table(waves: Waves) -> pd.DataFrame:
    """Return one row per beat: its intervals, its marks, how sure they are, and the heights on each lead."""
    import pandas as pd

    intervals = beat_intervals(waves).drop(columns=["r_peak", "n_p", "confidence"])
    marks = waves.to_frame().rename(columns=visible)
    return pd.concat([marks.iloc[:, :1], intervals, marks.iloc[:, 1:]], axis=1)


def wave_summary(waves: Waves) -> dict[str, Any]:
    """Return medians and ranges of the intervals, the axes, and how many beats stand out."""
    beats = beat_intervals(waves)
    table: dict[Any, dict[Any, float]] = summarise_intervals(beats).to_dict("index")
    events = [event.kind for event in conduction_events(waves)]
    return {
        "n_beats": len(waves),
        "intervals": {name: _figures(table[name]) for name in INTERVALS},
        "axes": wave_axes(waves),
        f"qrs_above_{WIDE_QRS:g}_ms": int(beats["wide_qrs"].sum()),
        f"pr_above_{LONG_PR:g}_ms": int((beats["pr"] > LONG_PR).sum()),
        "without_p": int((waves.n_p == 0).sum()),
        "more_than_one_p": int((waves.n_p > 1).sum()),
        **{kind.replace(" ", "_").lower(): events.count(kind) for kind in CONDUCTION_KINDS},
    }


def _figures(row: dict[Any, float]) -> dict[str, float | int | None]:
    """Return median, range and number of beats of one interval, as JSON has it."""
    known = {key: round(row[key], 1) if isfinite(row[key]) else None for key in ("median", "low", "high")}
    return {**known, "n_beats": int(row["n_beats"])}


def _source(waves: Waves, name: str) -> dict[str, Any]:
    """Return what tells the recording from others, as JSON has it."""
    return {"name": name, "fs": waves.fs, "leads": list(waves.leads)}


def _check_ours(targets: list[Path], summary: Path, source: dict[str, Any]) -> None:
    """Refuse to replace files unless the summary among them is of the same recording."""
    existing = [path for path in targets if path.exists()]
    if not existing:
        return
    try:
        same = json.loads(summary.read_text(encoding="utf-8"))["source"] == source
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise ParameterError(
            f"{existing[0]} exists and is of another recording; give another folder, or force to replace it"
        )


def _annotators(leads: tuple[str, ...]) -> tuple[str, ...]:
    """Return a suffix for each lead, of letters and digits, none twice."""
    names: list[str] = []
    for column, lead in enumerate(leads):
        plain = f"{ANNOTATOR}_{re.sub(r'[^a-z0-9]', '', lead.lower())}"
        names.append(plain if plain not in {*names, f"{ANNOTATOR}_"} else f"{ANNOTATOR}_lead{column}")
    return tuple(names)
