"""A recording as its edits leave it, in one answer: figures as JSON, then the beats as columns.

First the length of the JSON (four bytes, little-endian), the JSON itself, then, each from a multiple of eight
bytes on: sample (uint32), id (uint32), seconds since the beat before (float32, NaN where unknown), cluster
(int16), class (uint8, an index into `CLASSES`), how sure that is (uint8, 255 for certain or said by a
reviewer) and flags (uint8, `ABNORMAL` and `CHANGED`). `static/recording.js` reads it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.edits import MarkSpan, effective, standing_marks
from ectopy.analysis.edits.counts import counts_of
from ectopy.analysis.edits.history import next_redo, next_undo
from ectopy.analysis.result import Analysis
from ectopy.apps.review.event_queue import queue
from ectopy.apps.review.opened import OpenRecording

CLASSES: Final = ("N", "S", "V", "F", "Q", "?")

ABNORMAL: Final = 1
"""Flag of an unusual beat."""

CHANGED: Final = 2
"""Flag of a beat that a reviewer gave a symbol."""

Column = npt.NDArray[Any]


def snapshot(opened: OpenRecording, author: str) -> bytes:
    """Return a recording as it stands now, and what its reader could undo."""
    state = opened.state
    now, entries = state.analysis, opened.log.entries()[: state.revision]
    ids = beat_ids(now)
    rows, kinds = queue(now, ids)
    counts = counts_of(now)
    review = now.review
    plain = {
        "revision": state.revision,
        "n_beats": len(now.beats),
        "state": review.state if review else "analysed",
        "signed_by": review.signed_by if review else "",
        "can_undo": next_undo(entries, author) is not None,
        "can_redo": next_redo(entries, author) is not None,
        "counts": {name: counts.classes.get(name, 0) for name in CLASSES},
        "figures": {
            "beats": counts.n_beats,
            "judged": counts.n_judged,
            "mean_rate": counts.mean_heart_rate,
            "lowest_rate": counts.min_heart_rate,
            "highest_rate": counts.max_heart_rate,
            "longest_rr": counts.longest_rr,
            "pauses": counts.events["pause"],
            "sdnn": counts.variability.sdnn,
            "rmssd": counts.variability.rmssd,
            "episodes": {kind: asdict(total) for kind, total in counts.episodes.items() if total.count},
        },
        "events": [asdict(row) for row in rows],
        "event_kinds": kinds,
        "episodes": _stretches(now, entries),
    }
    return _packed(plain, _columns(now, ids))


def beat_ids(analysis: Analysis) -> npt.NDArray[np.int64]:
    """Return what edits call each beat."""
    return np.arange(len(analysis.beats)) if analysis.review is None else analysis.review.ids


def _stretches(now: Analysis, entries: Iterable[Any]) -> list[dict[str, object]]:
    """Return what the strip shows as bands: episodes, and marks with the number that takes them back."""
    fs = now.record.fs
    episodes = [
        {"kind": each.kind, "start": each.start / fs, "stop": each.stop / fs, "mark": 0}
        for each in now.episodes
    ]
    marks = [
        {"kind": mark.kind, "start": mark.start / fs, "stop": mark.stop / fs, "mark": entry.sequence}
        for entry in standing_marks(effective(entries))
        if isinstance(mark := entry.edit, MarkSpan)
    ]
    return [*episodes, *marks]


def _columns(now: Analysis, ids: npt.NDArray[np.int64]) -> tuple[Column, ...]:
    classes = now.classes
    codes = np.full(len(classes), CLASSES.index("?"), np.uint8)
    for code, name in enumerate(CLASSES):
        codes[np.equal(classes, name)] = code
    changed = now.review.labels != "" if now.review else np.zeros(len(classes), np.bool_)
    sure = np.rint(255 * now.probabilities.max(axis=1, initial=0))
    sure[~now.judged] = 0
    sure[changed] = 255
    return (
        now.beats.samples.astype(np.uint32),
        ids.astype(np.uint32),
        now.rr.astype(np.float32),
        now.clusters.clip(-1, 32767).astype(np.int16),
        codes,
        sure.astype(np.uint8),
        (ABNORMAL * now.abnormal + CHANGED * changed).astype(np.uint8),
    )


def _packed(plain: dict[str, Any], columns: Iterable[Column]) -> bytes:
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    parts = [_padded(struct.pack("<I", len(text)) + text)]
    parts += [
        _padded(column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes()) for column in columns
    ]
    return b"".join(parts)


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 8)
