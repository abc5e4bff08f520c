"""A look at labelled beats before anything is learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ectopy.errors import ParameterError
from ectopy.io.atomic import atomic_files
from ectopy.tasks.data import LabelledBeats
from ectopy.tasks.pictures import beat_pictures
from ectopy.tasks.result import png

PICTURES: Final = ("classes", "variability")


@dataclass(frozen=True)
class ClassFacts:
    """What a class of beats is like.

    Parameters
    ----------
    name : str
        Its label.
    n_beats, n_people : int
        How many; no people where none are known.
    mean_size : float
        Median peak-to-peak size of its beats on the first lead, in their unit.
    between : float
        Standard deviation between its beats, relative to that size.
    """

    name: str
    n_beats: int
    n_people: int
    mean_size: float
    between: float


def explore(data: LabelledBeats, out: Path, *, force: bool = False) -> tuple[ClassFacts, ...]:
    """Describe each class, and draw samples and rolling mean and variability of its beats.

    Parameters
    ----------
    data : LabelledBeats
        Beats with labels.
    out : Path
        Folder for ``classes.png`` and ``variability.png``.
    force : bool
        Replace pictures that are there.

    Returns
    -------
    tuple of ClassFacts
        The most frequent class first.

    Raises
    ------
    ParameterError
        If there are pictures already, and they are not to be replaced.
    """
    places = [out / f"{name}.png" for name in PICTURES]
    there = [place for place in places if place.exists()]
    if there and not force:
        raise ParameterError(f"{there[0]} exists; give another --out, or --force to replace it")
    facts = [_facts(data, name) for name in sorted(set(data.labels.tolist()))]
    pictures = beat_pictures(data.beats)
    out.mkdir(parents=True, exist_ok=True)
    with atomic_files(places) as drafts:
        for name, draft in zip(PICTURES, drafts, strict=True):
            draft.write_bytes(png(pictures[name]))
    return tuple(sorted(facts, key=lambda each: -each.n_beats))


def _facts(data: LabelledBeats, name: str) -> ClassFacts:
    beats = data.beats[data.labels == name]
    lead = beats.waveforms[:, 0]
    size = float(np.median(np.ptp(lead, axis=1)))
    people = len(np.unique(beats.patients)) if data.people_known else 0
    between = float(lead.std(axis=0).mean() / size) if size > 0 else 0.0
    return ClassFacts(name or "all beats", len(beats), people, size, between)
