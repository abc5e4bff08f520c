"""Recordings that come whole into memory, lead by lead: the short ones of electrocardiographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Recording, channels_of, decode_array
from ectopy.io.registry import OpenOptions


@dataclass(frozen=True, eq=False)
class Strip:
    """One lead: samples in ``unit`` (which may be empty), NaN where missing; ``start`` counts samples."""

    name: str
    unit: str
    samples: npt.NDArray[np.floating]
    start: int = 0


def recording_of(
    path: Path,
    options: OpenOptions,
    strips: Sequence[Strip],
    fs: float | None,
    *,
    patient: str = "",
    start: datetime | None = None,
    comments: Sequence[str] = (),
    named: bool = False,
) -> Recording:
    """Return leads of one sampling frequency as a recording; what a shorter one lacks is missing.

    Parameters
    ----------
    path : Path
        The file, for its name and for errors.
    options : OpenOptions
        What the caller knows.
    strips : sequence of Strip
        The leads.
    fs : float or None
        Sampling frequency in Hz, if the file says it.
    patient, start, comments, named
        As in `Recording`.

    Raises
    ------
    RecordError
        If there is no lead, or no sampling frequency.
    """
    if not strips:
        raise RecordError(f"{path}: it holds no waveform; get the file again")
    samples = np.full(
        (max(each.start + len(each.samples) for each in strips), len(strips)), np.nan, np.float32
    )
    for column, each in enumerate(strips):
        with np.errstate(over="ignore"):  # what single precision cannot hold is infinite
            samples[each.start : each.start + len(each.samples), column] = each.samples
    return Recording(
        name=path.stem,
        channels=channels_of(
            [each.name for each in strips],
            [each.unit for each in strips],
            agreed_fs(str(path), fs, options.fs),
            len(samples),
        ),
        decode=decode_array(samples),
        patient=patient,
        start=start,
        comments=tuple(comments),
        named=named,
    )


def with_derived_limb_leads(strips: Sequence[Strip]) -> tuple[Strip, ...]:
    """Add III, aVR, aVL and aVF where only I and II are there: Einthoven's and Goldberger's laws.

    Examples
    --------
    >>> leads = [Strip("I", "mV", np.array([1.0])), Strip("II", "mV", np.array([3.0]))]
    >>> [(each.name, float(each.samples[0])) for each in with_derived_limb_leads(leads)]
    [('I', 1.0), ('II', 3.0), ('III', 2.0), ('aVR', -2.0), ('aVL', -0.5), ('aVF', 2.5)]
    """
    by_name = {each.name: each for each in strips}
    one, two = by_name.get("I"), by_name.get("II")
    if one is None or two is None or not _are_alike(one, two):
        return tuple(strips)
    i, ii = one.samples, two.samples
    derived = {"III": ii - i, "aVR": -(i + ii) / 2, "aVL": i - ii / 2, "aVF": ii - i / 2}
    known = {each.name.casefold() for each in strips}
    new = [
        Strip(n, one.unit, values, one.start) for n, values in derived.items() if n.casefold() not in known
    ]
    place = 1 + max(list(by_name).index(name) for name in ("I", "II"))
    return (*strips[:place], *new, *strips[place:])


def _are_alike(one: Strip, two: Strip) -> bool:
    return (one.unit, len(one.samples), one.start) == (two.unit, len(two.samples), two.start)
