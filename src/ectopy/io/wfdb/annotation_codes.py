"""The bytes of a WFDB annotation file, to marks and back.

The format is the MIT one of annot(5) of the WFDB documentation: little-endian words of 16 bits, each six
bits of code over ten bits of interval. Codes from 59 on are no marks but say something about one: a longer
interval before it, or its subtype, channel, number or text after it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError
from ectopy.record import MAX_FS, Annotations

SYMBOLS: Final[dict[int, str]] = {
    **dict(enumerate("NLRaVFJASEj/Q~", start=1)),
    16: "|",
    **dict(enumerate('sT*D"=pB^t+u?![]en@xf()r', start=18)),
}
"""Code in an annotation file → WFDB symbol."""

_CODES: Final = {symbol: code for code, symbol in SYMBOLS.items()}
_NOTE: Final = _CODES['"']
_SKIP, _NUM, _SUB, _CHN, _AUX = range(59, 64)
_MAX_INTERVAL: Final = 1023
_MAX_SAMPLE: Final = 2**31 - 1
_END: Final = struct.pack("<H", 0)
_TIME_RESOLUTION: Final = "## time resolution: "
_DEFINITIONS: Final = "## annotation type definitions"
_END_OF_DEFINITIONS: Final = "## end of definitions"
_AT_ONCE: Final = 50_000
"""Marks that are encoded at a time: a week has nearly a million."""


@dataclass(frozen=True)
class _Layout:
    """Where the words of a file are that stand for themselves, and what the others hold.

    ``is_code`` is false in the payload of a skip or a text; ``skips`` and ``texts`` go by place.
    """

    is_code: npt.NDArray[np.bool_]
    skips: dict[int, int]
    texts: dict[int, str]


def decode(content: bytes, *, nameless: bool = False) -> Annotations:
    """Read the content of a WFDB annotation file.

    Parameters
    ----------
    content : bytes
        The whole file; an empty one has no marks.
    nameless : bool
        Whether to pass over marks whose code stands for no symbol, as programs do that look for beats only.

    Returns
    -------
    Annotations
        Every mark, with the time resolution as ``fs`` where the file states one.

    Raises
    ------
    AnnotationError
        If the content is cut short, or holds a code that stands for nothing and is not passed over.

    Examples
    --------
    >>> marks = decode(encode(Annotations([18, 3700], ["+", "V"], aux=("(AFIB", ""), fs=360)))
    >>> marks.samples.tolist(), marks.symbols.tolist(), marks.aux, marks.fs
    ([18, 3700], ['+', 'V'], ('(AFIB', ''), 360.0)
    """
    if not content:
        return Annotations(np.empty(0, np.int64), np.empty(0, "U1"))
    if len(content) % 2:
        raise _damaged("the last word is cut short")
    words = np.frombuffer(content, dtype="<u2").astype(np.int64)
    layout = _lay_out(words, content)
    words = words[: len(layout.is_code)]
    codes = np.where(layout.is_code, words >> 10, -1)
    is_mark = layout.is_code & (codes < _SKIP)
    owner = np.cumsum(is_mark) - 1
    if np.any(owner[codes > _SKIP] < 0):
        raise _damaged("it starts in the middle of a mark")
    times = np.where(is_mark, words & _MAX_INTERVAL, 0)
    times[list(layout.skips)] = list(layout.skips.values())
    aux = np.full(int(is_mark.sum()), "", dtype=object)
    aux[owner[list(layout.texts)]] = list(layout.texts.values())

    def field(code: int, dtype: type[np.integer]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        values, given = np.zeros(len(aux), np.int64), np.zeros(len(aux), np.bool_)
        values[owner[codes == code]] = words[codes == code].astype(dtype)
        given[owner[codes == code]] = True
        return values, given

    return _interpret(
        codes[is_mark],
        np.cumsum(times)[is_mark],
        aux,
        nameless,
        subtypes=field(_SUB, np.int8)[0],
        chans=_carry_on(*field(_CHN, np.uint8)),
        nums=_carry_on(*field(_NUM, np.int8)),
    )


def encode(annotations: Annotations) -> bytes:
    """Write marks as the content of a WFDB annotation file.

    Parameters
    ----------
    annotations : Annotations
        Their ``fs``, if known, is written as the file's time resolution.

    Returns
    -------
    bytes

    Raises
    ------
    AnnotationError
        If a symbol is none of WFDB's, or a number or text does not fit the format.
    """
    _check(annotations)
    return b"".join([*_resolution(annotations.fs), *_encoded_marks(annotations), _END])


def _lay_out(words: npt.NDArray[np.int64], content: bytes) -> _Layout:
    """Walk the words whose payload is not made of codes, up to the one that ends the file."""
    is_code = np.ones(len(words), dtype=np.bool_)
    skips: dict[int, int] = {}
    texts: dict[int, str] = {}
    following = 0
    for place in np.flatnonzero((words == 0) | (words >> 10 == _SKIP) | (words >> 10 == _AUX)).tolist():
        if place < following:
            continue
        if words[place] == 0:
            return _Layout(is_code[:place], skips, texts)
        start = 2 * (place + 1)
        if words[place] >> 10 == _SKIP:
            size = 4
            high, low = struct.unpack("<hH", content[start : start + size].ljust(size, b"\0"))
            skips[place] = (high << 16) + low
        else:
            size = int(words[place] & 255)
            texts[place] = content[start : start + size].decode("latin-1").rstrip("\0")
        following = place + 1 + (size + 1) // 2
        is_code[place + 1 : following] = False
    raise _damaged("it has no end mark, so it is cut short")


def _interpret(
    codes: npt.NDArray[np.int64],
    samples: npt.NDArray[np.int64],
    aux: npt.NDArray[np.object_],
    pass_over_nameless: bool,
    **fields: npt.NDArray[np.int64],
) -> Annotations:
    """Turn codes into symbols, and the notes about the file as a whole into what they say."""
    keep = codes > 0
    table = np.full(_SKIP, "", dtype="U1")
    table[list(SYMBOLS)] = list(SYMBOLS.values())
    fs, defining = None, False
    for place in np.flatnonzero((codes == _NOTE) & (samples == 0)).tolist():
        text = str(aux[place])
        keep[place] = not (defining or text.startswith("## "))
        if text.startswith(_TIME_RESOLUTION):
            fs = _fs(text.removeprefix(_TIME_RESOLUTION))
        elif text in (_DEFINITIONS, _END_OF_DEFINITIONS):
            defining = text == _DEFINITIONS
        elif defining:
            code, symbol = _definition(text)
            table[code] = symbol
    symbols = table[codes]
    if pass_over_nameless:
        keep &= symbols != ""
    nameless = np.flatnonzero(keep & (symbols == ""))
    if len(nameless):
        raise _damaged(f"code {codes[nameless[0]]} at sample {samples[nameless[0]]} stands for no symbol")
    return Annotations(
        samples[keep],
        symbols[keep],
        aux=tuple(aux[keep]),
        fs=fs,
        **{name: values[keep] for name, values in fields.items()},
    )


def _carry_on(values: npt.NDArray[np.int64], given: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Repeat each given value until the next; 0 before the first."""
    latest = np.maximum.accumulate(np.where(given, np.arange(len(values)), 0))
    return values[latest]


def _fs(text: str) -> float:
    try:
        fs = float(text)
    except ValueError:
        fs = 0.0
    if not 0 < fs <= MAX_FS:
        raise _damaged(f"time resolution {text!r} is not possible")
    return fs


def _definition(text: str) -> tuple[int, str]:
    """Read ``CODE SYMBOL DESCRIPTION``, the definition of a code of the file's own."""
    code, symbol, *_ = [*text.split(maxsplit=2), "", ""]
    if not code.isdecimal() or not 0 < int(code) < _SKIP or len(symbol) != 1:
        raise _damaged(f"definition {text!r} is not CODE SYMBOL DESCRIPTION with a symbol of one character")
    return int(code), symbol


def _damaged(why: str) -> AnnotationError:
    return AnnotationError(f"the annotation file is damaged: {why}; get it again")


def _check(annotations: Annotations) -> None:
    unknown = sorted(set(annotations.symbols.tolist()) - set(_CODES))
    if unknown:
        raise AnnotationError(
            f"symbol {unknown[0]!r} is none of a WFDB annotation file; use one of: {' '.join(_CODES)}"
        )
    limits = {"samples": (0, _MAX_SAMPLE), "subtypes": (-128, 127), "chans": (0, 255), "nums": (-128, 127)}
    for name, (low, high) in limits.items():
        values = getattr(annotations, name)
        outside = values[(values < low) | (values > high)]
        if len(outside):
            raise AnnotationError(
                f"{name} holds {outside[0]}, which a WFDB annotation file cannot; give {low} to {high}"
            )
    for text in dict.fromkeys(annotations.aux):
        if len(text) > 255 or not text.isascii():
            raise AnnotationError(f"aux {text!r} does not fit; give up to 255 ASCII characters")


def _resolution(fs: float | None) -> Iterator[bytes]:
    if fs is not None:
        yield _mark(0, _NOTE)
        yield _text(f"{_TIME_RESOLUTION}{fs:.12g}")


def _encoded_marks(annotations: Annotations) -> Iterator[bytes]:
    """Yield the words of all marks, some at a time, up to each that a text follows."""
    n = len(annotations)
    told = [row + 1 for row, text in enumerate(annotations.aux) if text]
    for first, stop in pairwise(sorted({0, n, *range(0, n, _AT_ONCE), *told})):
        yield _words(annotations, first, stop).astype("<u2").tobytes()
        if text := annotations.aux[stop - 1]:
            yield _text(text)


def _words(annotations: Annotations, first: int, stop: int) -> npt.NDArray[np.int64]:
    """Return the words of some marks: each mark, and what of it is not as it was or not zero."""

    def change(name: str) -> npt.NDArray[np.int64]:
        before = getattr(annotations, name)[first - 1] if first else 0
        return np.diff(getattr(annotations, name)[first:stop], prepend=before)

    subtypes, chans, nums = (getattr(annotations, each)[first:stop] for each in ("subtypes", "chans", "nums"))
    interval, code = change("samples"), _codes_of(annotations.symbols[first:stop])
    far = interval > _MAX_INTERVAL
    words = [
        (np.broadcast_to(_SKIP << 10, len(far)), far),
        (interval >> 16, far),
        (interval & 0xFFFF, far),
        (code << 10 | np.where(far, 0, interval), np.ones(len(far), np.bool_)),
        (_SUB << 10 | subtypes & 255, subtypes != 0),
        (_CHN << 10 | chans & 255, change("chans") != 0),
        (_NUM << 10 | nums & 255, change("nums") != 0),
    ]
    values, written = (np.stack(each, axis=1) for each in zip(*words, strict=True))
    return np.asarray(values[written])


def _codes_of(symbols: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Return the code of each symbol, all of them symbols of WFDB."""
    names, place = np.unique(np.ascontiguousarray(symbols, "<U1").view(np.uint32), return_inverse=True)
    return np.array([_CODES[chr(name)] for name in names], np.int64)[place]


def _mark(interval: int, code: int) -> bytes:
    return struct.pack("<H", code << 10 | interval)


def _text(text: str) -> bytes:
    content = text.encode("ascii")
    return struct.pack("<H", _AUX << 10 | len(content)) + content + b"\0" * (len(content) % 2)
