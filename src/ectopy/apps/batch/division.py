"""How a list of recordings is divided: by its content, so that a new recording changes only its part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ectopy.apps.batch.inputs import Input

_PARTS: Final = 512
"""About how many parts a list becomes if nobody says how long they are."""

_FEWEST, _MOST = 16, 4096
_FEWEST_BYTES, _MOST_BYTES = 4 << 20, 1 << 30
"""Recordings and bytes of a part, at least and at most, if nobody says how long they are."""

_LONGEST: Final = 2
"""Times as many recordings as were asked for are in a part at most."""


@dataclass(frozen=True)
class PartSize:
    """How long a part is.

    Parameters
    ----------
    recordings : int
        On average.
    n_bytes : int
        Of files, about, at most, unless a single recording is longer.
    """

    recordings: int
    n_bytes: int

    @classmethod
    def fitting(cls, inputs: Sequence[Input]) -> PartSize:
        """Return a size that gives neither too many parts nor too few."""
        total = sum(each.n_bytes for each in inputs)
        return cls(
            _power_of_two(min(_MOST, max(_FEWEST, len(inputs) // _PARTS))),
            _power_of_two(min(_MOST_BYTES, max(_FEWEST_BYTES, total // _PARTS))),
        )


@dataclass(frozen=True)
class Part:
    """A part of a list.

    Parameters
    ----------
    name : str
        Digest of what is in it and of how it is analysed.
    inputs : tuple of Input
        Its recordings, by name.
    """

    name: str
    inputs: tuple[Input, ...]


def divide(inputs: Sequence[Input], size: PartSize, run_key: str) -> Iterator[Part]:
    """Divide a sorted list into parts.

    A part ends with a recording whose name has a digest of a certain kind, or where it would be too long; so
    a recording that comes or goes changes the parts near it, and no others.

    Parameters
    ----------
    inputs : sequence of Input
        By name.
    size : PartSize
        How long the parts are.
    run_key : str
        Digest of what decides the results beside the recordings.
    """
    waiting: list[Input] = []
    n_bytes = 0
    for item in inputs:
        if waiting and n_bytes + item.n_bytes > size.n_bytes:
            yield _part(waiting, run_key)
            waiting, n_bytes = [], 0
        waiting.append(item)
        n_bytes += item.n_bytes
        if _ends_a_part(item, size.recordings) or len(waiting) >= _LONGEST * size.recordings:
            yield _part(waiting, run_key)
            waiting, n_bytes = [], 0
    if waiting:
        yield _part(waiting, run_key)


def _ends_a_part(item: Input, one_of: int) -> bool:
    return int.from_bytes(sha256(item.recording.encode()).digest()[:8], "big") % one_of == 0


def _part(inputs: Sequence[Input], run_key: str) -> Part:
    content = [[each.recording, each.identity, sorted(each.carried.items())] for each in inputs]
    digest = sha256(json.dumps([run_key, content], default=str).encode()).hexdigest()
    return Part(digest[:20], tuple(inputs))


def _power_of_two(number: int) -> int:
    return 1 << (number.bit_length() - 1)
