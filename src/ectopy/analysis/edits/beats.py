"""The beats of an analysis as edits leave them: present, moved, named, grouped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import NOT_JUDGED
from ectopy.analysis.edits.history import standing_marks
from ectopy.analysis.edits.kinds import (
    ARTEFACT,
    FIRST_ADDED,
    AddBeat,
    AssignCluster,
    DeleteBeats,
    MarkSpan,
    MoveBeat,
    Relabel,
    RelabelCluster,
    added_beat,
)
from ectopy.analysis.edits.wire import Entry
from ectopy.beats.rr import rr_intervals
from ectopy.rhythm.episodes import VENTRICULAR_FIBRILLATION

if TYPE_CHECKING:
    from ectopy.analysis.result import Analysis

BLIND_KINDS: Final = (ARTEFACT, VENTRICULAR_FIBRILLATION)
"""Marks inside which no beat is judged unless a reviewer says what it is."""

HIDDEN: Final = 0.25
"""Seconds of a mark of `BLIND_KINDS` that can hide a beat, as those of missing signal do."""

NO_CLUSTER: Final = -1

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class EditedBeats:
    """The beats that are there after edits, in the order of their samples.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_beats,)
        What edits call each beat.
    rows : ndarray of int64, shape (n_beats,)
        Row of each beat in the automatic analysis; −1 for an added one.
    samples : ndarray of int64, shape (n_beats,)
        R peaks.
    r_peaks : ndarray of float64, shape (n_beats,)
        R peaks between the samples, where they were not touched.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before, NaN where one may have gone unseen.
    labels : ndarray of str, shape (n_beats,)
        Symbol that a reviewer gave it; empty where none did.
    clusters : ndarray of int64, shape (n_beats,)
        Morphology cluster; −1 where in none.
    """

    ids: Rows
    rows: Rows
    samples: Rows
    r_peaks: npt.NDArray[np.float64]
    rr: npt.NDArray[np.float32]
    labels: npt.NDArray[np.str_]
    clusters: Rows


class _Sheet:
    """All beats there ever were, the added ones behind the automatic ones; edits are written on it."""

    def __init__(self, analysis: Analysis, edits: Sequence[Entry]) -> None:
        beats = analysis.beats
        added = [added_beat(each.sequence) for each in edits if isinstance(each.edit, AddBeat)]
        self.added: Rows = np.array(added, np.int64)
        self.automatic = beats.samples
        self.n_automatic, self.n_samples = len(beats), analysis.record.n_samples or 0
        n = len(beats) + len(added)
        self.samples = np.append(beats.samples, np.zeros(len(added), np.int64))
        self.r_peaks = np.append(beats.r_peaks, np.zeros(len(added)))
        self.clusters = np.append(analysis.clusters, np.full(len(added), NO_CLUSTER))
        self.codes = np.zeros(n, np.uint32)  # of characters: many times as fast to write as text
        self.present = np.arange(n) < len(beats)
        self.placed = np.zeros(n, np.bool_)
        self.deleted = np.zeros(n, np.bool_)

    def rows(self, ids: Sequence[int]) -> Rows:
        """Return the rows of beats; those that are not known are left out."""
        wanted = np.asarray(ids, np.int64)
        place = np.searchsorted(self.added, wanted)
        known = wanted < self.n_automatic
        if len(self.added):
            known |= self.added[np.minimum(place, len(self.added) - 1)] == wanted
        return np.where(wanted < FIRST_ADDED, wanted, self.n_automatic + place)[known]

    def write(self, entry: Entry) -> None:
        """Write one edit; what is not about beats changes nothing here."""
        match entry.edit:
            case Relabel(beats, symbol):
                self.codes[self.rows(beats)] = ord(symbol)
            case RelabelCluster(cluster, symbol):
                self.codes[self.clusters == cluster] = ord(symbol)
            case AssignCluster(beats, cluster):
                self.clusters[self.rows(beats)] = cluster
            case DeleteBeats(beats):
                self.deleted[self.rows(beats)] = True
            case AddBeat(sample, symbol):
                rows = self.rows([added_beat(entry.sequence)])
                self.present[rows], self.codes[rows] = True, ord(symbol)
                self.place(rows, sample)
            case MoveBeat(beat, sample):
                self.place(self.rows([beat]), sample)
            case MarkSpan(start, stop, kind) if kind in BLIND_KINDS:
                self.codes[self.inside(start, stop)] = ord(NOT_JUDGED)

    def inside(self, start: int, stop: int) -> Rows:
        """Return the rows of the beats of a span."""
        first, last = np.searchsorted(self.automatic, [start, stop])
        stayed = np.arange(first, last)
        moved = np.flatnonzero(self.placed) if self.placed.any() else np.zeros(0, np.int64)
        moved = moved[(self.samples[moved] >= start) & (self.samples[moved] < stop)]
        return np.append(stayed[~self.placed[stayed]], moved)

    def place(self, rows: Rows, sample: int) -> None:
        """Put a beat where it fits into the recording."""
        if sample < self.n_samples:
            self.samples[rows], self.r_peaks[rows], self.placed[rows] = sample, sample, True
        else:
            self.present[rows] &= rows < self.n_automatic

    def kept(self) -> Rows:
        """Return the rows of the beats that are there, by time.

        Where a beat was placed on the sample of another one, the last of them in the log's numbering stays.
        """
        rows = np.flatnonzero(self.present & ~self.deleted)
        if not self.placed.any():
            return rows
        rows = rows[np.argsort(self.samples[rows], kind="stable")]
        same = np.append(self.samples[rows[1:]] == self.samples[rows[:-1]], False)[: len(rows)]
        placed = self.placed[rows]
        return rows[~(same & (placed | np.append(placed[1:], False)[: len(rows)]))]


def edit_beats(analysis: Analysis, edits: Sequence[Entry]) -> EditedBeats:
    """Return the beats of an automatic analysis after effective edits."""
    sheet = _Sheet(analysis, edits)
    marks = {entry.sequence for entry in standing_marks(edits)}
    for entry in edits:
        if not isinstance(entry.edit, MarkSpan) or entry.sequence in marks:
            sheet.write(entry)
    rows = sheet.kept()
    blind = [
        (entry.edit.start, entry.edit.stop)
        for entry in edits
        if isinstance(entry.edit, MarkSpan) and entry.sequence in marks and entry.edit.kind in BLIND_KINDS
    ]
    return EditedBeats(
        ids=np.append(np.arange(sheet.n_automatic), sheet.added)[rows],
        rows=np.where(rows < sheet.n_automatic, rows, -1),
        samples=sheet.samples[rows],
        r_peaks=sheet.r_peaks[rows],
        rr=_intervals(analysis, sheet, rows, blind),
        labels=sheet.codes[rows].view("<U1"),
        clusters=sheet.clusters[rows],
    )


def _intervals(
    analysis: Analysis, sheet: _Sheet, rows: Rows, blind: Sequence[tuple[int, int]]
) -> npt.NDArray[np.float32]:
    """Return the intervals between edited beats; unknown where the automatic ones were, or a mark is."""
    fs, samples = analysis.record.fs, sheet.samples[rows]
    rr = rr_intervals(sheet.r_peaks[rows], fs)
    if len(rr) < 2:
        return rr
    stayed = (rows[1:] == rows[:-1] + 1) & (rows[1:] < sheet.n_automatic)
    stayed &= ~(sheet.placed[rows[1:]] | sheet.placed[rows[:-1]])
    rr[1:][stayed] = analysis.beats.rr[rows[1:][stayed]]
    new = np.flatnonzero(~stayed)
    rr[1:][new[_hidden(analysis, samples[new], samples[new + 1])]] = np.nan
    for start, stop in blind:
        near = slice(max(0, np.searchsorted(samples, start) - 1), np.searchsorted(samples, stop) + 1)
        inside = np.minimum(samples[near][1:], stop) - np.maximum(samples[near][:-1], start)
        rr[near][1:][inside >= HIDDEN * fs] = np.nan
    return rr


def _hidden(analysis: Analysis, start: Rows, stop: Rows) -> npt.NDArray[np.bool_]:
    """Return which stretches between beats share time with an automatic interval that is unknown."""
    samples, unknown = analysis.beats.samples, np.isnan(analysis.beats.rr)
    unknown[:1] = False
    before = np.append(0, np.cumsum(unknown))  # unknown intervals that end at one of so many beats
    first = np.searchsorted(samples, start, side="right")
    last = np.minimum(np.searchsorted(samples, stop, side="left") + 1, len(samples))
    return before[np.maximum(last, first)] > before[first]
