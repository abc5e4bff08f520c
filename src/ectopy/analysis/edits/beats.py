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
        self.n_automatic, self.n_samples = len(beats), analysis.record.n_samples or 0
        n = len(beats) + len(added)
        self.samples = np.append(beats.samples, np.zeros(len(added), np.int64))
        self.r_peaks = np.append(beats.r_peaks, np.zeros(len(added)))
        self.clusters = np.append(analysis.clusters, np.full(len(added), NO_CLUSTER))
        self.labels = np.full(n, "", "<U1")
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
                self.labels[self.rows(beats)] = symbol
            case RelabelCluster(cluster, symbol):
                self.labels[self.clusters == cluster] = symbol
            case AssignCluster(beats, cluster):
                self.clusters[self.rows(beats)] = cluster
            case DeleteBeats(beats):
                self.deleted[self.rows(beats)] = True
            case AddBeat(sample, symbol):
                rows = self.rows([added_beat(entry.sequence)])
                self.present[rows], self.labels[rows] = True, symbol
                self.place(rows, sample)
            case MoveBeat(beat, sample):
                self.place(self.rows([beat]), sample)
            case MarkSpan(start, stop, kind) if kind in BLIND_KINDS:
                self.labels[(self.samples >= start) & (self.samples < stop)] = NOT_JUDGED

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
    ids = np.append(np.arange(sheet.n_automatic), sheet.added)[rows]
    blind = [
        (entry.edit.start, entry.edit.stop)
        for entry in edits
        if isinstance(entry.edit, MarkSpan) and entry.sequence in marks and entry.edit.kind in BLIND_KINDS
    ]
    return EditedBeats(
        ids=ids,
        rows=np.where(rows < sheet.n_automatic, rows, -1),
        samples=sheet.samples[rows],
        r_peaks=sheet.r_peaks[rows],
        rr=_intervals(analysis, sheet.samples[rows], sheet.r_peaks[rows], blind),
        labels=sheet.labels[rows],
        clusters=sheet.clusters[rows],
    )


def _intervals(
    analysis: Analysis,
    samples: Rows,
    r_peaks: npt.NDArray[np.float64],
    blind: Sequence[tuple[int, int]],
) -> npt.NDArray[np.float32]:
    """Return the intervals between edited beats; unknown where the automatic ones were, or a mark is."""
    fs = analysis.record.fs
    rr = rr_intervals(r_peaks, fs)
    if len(rr) < 2:
        return rr
    automatic = analysis.beats.samples
    hidden = np.isnan(analysis.beats.rr)
    hidden[:1] = False
    before = np.append(0, np.cumsum(hidden))  # hidden intervals that end at one of so many beats
    first = np.searchsorted(automatic, samples[:-1], side="right")
    last = np.minimum(np.searchsorted(automatic, samples[1:], side="left") + 1, len(automatic))
    unknown = before[np.maximum(last, first)] > before[first]
    for start, stop in blind:
        inside = np.minimum(samples[1:], stop) - np.maximum(samples[:-1], start)
        unknown |= inside >= HIDDEN * fs
    rr[1:][unknown] = np.nan
    return rr
