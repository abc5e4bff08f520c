"""The annotations of EDF+ files: time-stamped annotation lists in data records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.record import Annotations

_LIST: Final = re.compile(
    rb"([+-]\d{1,12}(?:\.\d{0,30})?)(?:\x15(\d{1,12}(?:\.\d{0,30})?))?\x14((?:[^\x00\x14]*\x14)+)\x00"
)
"""Onset, duration, texts; their signs are of EDF+."""

_MARK: Final = re.compile(r"WFDB (\S)(?: (.*))?")
"""How a mark of another kind than a free text is written: its WFDB symbol and its auxiliary text."""

_NOTE: Final = '"'
"""WFDB's symbol of a comment."""

_LONGEST_NOTE: Final = 200
"""Characters of a note that are kept; a WFDB annotation holds 255 bytes."""


@dataclass(frozen=True)
class TimedText:
    """A text of a data record, and when it holds, in seconds; the text that keeps the time is empty."""

    record: int
    onset: float
    text: str


def timed_texts(rows: npt.NDArray[np.uint8]) -> list[TimedText]:
    """Return what an annotation signal says; ``rows`` are its bytes, one row per data record."""
    ended = np.pad(rows, ((0, 0), (0, 1)))
    found = []
    for match in _LIST.finditer(ended.tobytes()):
        record, onset = match.start() // ended.shape[1], float(match[1])
        texts = match[3].split(b"\x14")[:-1]
        found += [TimedText(record, onset, text.decode("utf-8", errors="replace")) for text in texts]
    return found


def starts_of(texts: Sequence[TimedText]) -> npt.NDArray[np.float64]:
    """Return when each data record begins: the onset of the first list in it."""
    first: dict[int, float] = {}
    for text in texts:
        first.setdefault(text.record, text.onset)
    return np.array([first[record] for record in sorted(first)], np.float64)


def annotations_of(texts: Sequence[TimedText], fs: float) -> Annotations | None:
    """Return the texts as marks: beats as this package writes them, free texts as comments.

    Parameters
    ----------
    texts : sequence of TimedText
        All texts of the file.
    fs : float
        Sampling frequency in Hz that the marks count in.

    Returns
    -------
    Annotations or None
        None where nobody wrote anything.
    """
    kept = sorted((each for each in texts if each.text.strip()), key=lambda each: each.onset)
    if not kept:
        return None
    zero = min(each.onset for each in texts if each.record == 0) if any(not e.record for e in texts) else 0.0
    marks = [_MARK.fullmatch(each.text) for each in kept]
    return Annotations(
        samples=np.array([max(0, round((each.onset - zero) * fs)) for each in kept], np.int64),
        symbols=np.array([mark[1] if mark else _NOTE for mark in marks]),
        aux=tuple(
            (mark[2] or "") if mark else each.text[:_LONGEST_NOTE]
            for mark, each in zip(marks, kept, strict=True)
        ),
        fs=fs,
    )


def text_of_mark(symbol: str, aux: str) -> str:
    """Return how a mark is written.

    Examples
    --------
    >>> text_of_mark("V", ""), text_of_mark('"', "patient moved")
    ('WFDB V', 'patient moved')
    """
    aux = " ".join(re.sub(r"[\x00-\x1f]", " ", aux).split())
    return aux if symbol == _NOTE and aux else f"WFDB {symbol} {aux}".rstrip()


def list_of(onset: float, text: str) -> bytes:
    """Return a time-stamped annotation list; an empty text keeps the time of a data record."""
    stamp = np.format_float_positional(round(onset, 9), unique=True, trim="-", sign=True)
    return f"{stamp}\x14{text}\x14".encode() + b"\0"
