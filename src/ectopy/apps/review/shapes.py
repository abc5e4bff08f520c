"""Shapes of beats for the page: clusters, single windows, and how a cluster is split."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.edits import AssignCluster
from ectopy.apps.review.opened import OpenRecording
from ectopy.apps.review.signal_windows import microvolts
from ectopy.apps.review.snapshot import beat_ids
from ectopy.beats.clusters import unit_rows
from ectopy.errors import ParameterError

DRAWN: Final = 30
"""Beats that are drawn over each other in the picture of a cluster."""

AVERAGED: Final = 600
"""Beats of a cluster, spread over the recording, whose mean stands for it."""

MOST_WINDOWS: Final = 400
"""Windows of one answer."""

_ROUNDS: Final = 12
"""Rounds after which two groups of beats have long stopped changing."""

Windows = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def cluster_shapes(opened: OpenRecording) -> dict[str, Any]:
    """Return each cluster: its number, its mean and some of its beats in µV, and ids of typical beats."""
    now = opened.state.analysis
    ids, clusters = beat_ids(now), now.clusters
    found = []
    for number in np.unique(clusters[clusters >= 0]).tolist():
        rows = _spread(np.flatnonzero(clusters == number), AVERAGED)
        windows = beat_windows(opened, ids[rows])
        mean = windows.mean(axis=0)
        correlation = unit_rows(windows) @ unit_rows(mean[np.newaxis])[0]
        typical = rows[np.argsort(-correlation, kind="stable")[:3]]
        found.append(
            {
                "number": number,
                "mean": microvolts(mean).tolist(),
                "members": microvolts(windows[_spread(np.arange(len(rows)), DRAWN)]).tolist(),
                "beats": ids[typical].tolist(),
            }
        )
    return {"before": now.window.before, "fs": now.window.fs, "clusters": found}


def packed_windows(opened: OpenRecording, beats: Any) -> bytes:
    """Return windows of beats: three doubles (n, n_times, samples before the R peak), then int16 in µV.

    Raises
    ------
    ParameterError
        If they are no ids of beats, or too many.
    """
    if (
        not isinstance(beats, list)
        or len(beats) > MOST_WINDOWS
        or not all(type(beat) is int for beat in beats)
    ):
        raise ParameterError(f"beats are no list of up to {MOST_WINDOWS} ids; ask for fewer")
    windows = microvolts(beat_windows(opened, np.array(beats, np.int64)))
    spec = opened.automatic.window
    return struct.pack("<3d", len(windows), spec.n_times, spec.before) + windows.astype("<i2").tobytes()


def beat_windows(opened: OpenRecording, beats: Rows) -> Windows:
    """Return the windows of beats by their ids, flat where there is none; shape (n, n_times), in mV."""
    automatic = opened.automatic.beats.waveforms
    windows = np.zeros((len(beats), automatic.shape[2]), np.float32)
    known = (beats >= 0) & (beats < len(automatic))
    windows[known] = automatic[beats[known], 0]
    return windows


def parted(opened: OpenRecording, cluster: int) -> AssignCluster:
    """Return the edit that splits a cluster in two by shape and gives the smaller part a new number.

    Raises
    ------
    ParameterError
        If the cluster has fewer than two beats, or all of one shape.
    """
    now = opened.state.analysis
    rows = np.flatnonzero(now.clusters == cluster)
    if len(rows) < 2:
        raise ParameterError(f"cluster={cluster} has {len(rows)} beats; choose one with two or more")
    ids = beat_ids(now)[rows]
    second = two_groups(unit_rows(beat_windows(opened, ids)))
    if second.all() or not second.any():
        raise ParameterError(f"cluster={cluster} has beats of one shape only; choose single beats instead")
    smaller = second if second.sum() <= len(second) / 2 else ~second
    return AssignCluster(tuple(ids[smaller].tolist()), int(now.clusters.max()) + 1)


def two_groups(shapes: Windows) -> npt.NDArray[np.bool_]:
    """Return which rows of unit length belong to the second of two groups of like shape.

    Two means by correlation, begun from the beat that is least like the mean of all, and the beat least like
    that one.

    Examples
    --------
    >>> up, down = np.array([0.0, 1.0, 0.0]), np.array([0.0, -1.0, 0.0])
    >>> two_groups(unit_rows(np.array([up, down, up, up], np.float32))).tolist()
    [True, False, True, True]
    """
    first = shapes[np.argmin(shapes @ shapes.mean(axis=0))]
    second = shapes[np.argmin(shapes @ first)]
    chosen = np.zeros(len(shapes), np.bool_)
    for _ in range(_ROUNDS):
        nearer = shapes @ second > shapes @ first
        if (nearer == chosen).all() or nearer.all() or not nearer.any():
            return nearer
        chosen = nearer
        first, second = (
            unit_rows(part.mean(axis=0, keepdims=True))[0] for part in (shapes[~chosen], shapes[chosen])
        )
    return chosen


def _spread(rows: Rows, most: int) -> Rows:
    """Return so many of the rows at the most, evenly spread."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
