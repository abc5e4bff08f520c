"""Recordings without what tells whose they are."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from ectopy.record import Annotations, Record

_NOTE: Final = '"'
"""WFDB's symbol of a free text."""

_RHYTHM: Final = "("
"""How the auxiliary texts begin that name a rhythm."""

_WEEKS: Final = (52, 520)
"""By how many weeks dates are shifted back, at least and at most; whole weeks keep the day of the week."""


def anonymized(record: Record, name: str, weeks: int | None = None) -> Record:
    """Return a recording without names, codes, free texts and true dates; samples, beats and rhythms stay.

    Parameters
    ----------
    record : Record
        What to make anonymous.
    name : str
        What to call it from now on.
    weeks : int, optional
        By how many weeks to shift its date back; by default a number between one and ten years that nobody
        can guess. Recordings of one person keep their order under one shift.

    Returns
    -------
    Record

    Examples
    --------
    >>> from datetime import datetime
    >>> start = datetime(2020, 3, 2, 8)
    >>> record = Record(np.zeros((9, 1)), 250, ("II",), name="Ada", start=start, comments=("Ada L.",))
    >>> found = anonymized(record, "a", weeks=100)
    >>> found.name, found.patient, found.comments, found.start.isoformat()
    ('a', 'a', (), '2018-04-02T08:00:00')
    """
    shift = weeks if weeks is not None else _WEEKS[0] + secrets.randbelow(_WEEKS[1] - _WEEKS[0])
    return replace(
        record,
        name=name,
        patient=name,
        comments=(),
        start=None if record.start is None else record.start - timedelta(weeks=shift),
        annotations=None if record.annotations is None else _without_texts(record.annotations),
    )


def _without_texts(marks: Annotations) -> Annotations:
    kept = marks[np.array(marks.symbols != _NOTE)]
    return replace(kept, aux=tuple(text if text.startswith(_RHYTHM) else "" for text in kept.aux))
