"""Variables of MATLAB files of version 5 to 7: numbers, texts, cells and structs; all else is left out.

Source: MathWorks, "MAT-File Format" (level 5). Read here because damaged files take SciPy's reader, and the
process with it, out of its memory.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_HEADER: Final = 128
_NUMBERS: Final = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Type of an element → type of its numbers."""

_ENCODINGS: Final = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_MATRIX: Final = 14
_COMPRESSED: Final = 15
_CELL, _STRUCT, _CHAR = 1, 2, 4
_NUMERIC: Final = range(6, 16)
"""Classes of numeric arrays."""

_DEEPEST: Final = 8
"""Cells and structs in each other that are looked into."""


@dataclass(frozen=True)
class _Element:
    kind: int
    content: memoryview


def read_mat5(content: bytes, most: int) -> dict[str, Any]:
    """Return the variables of a file by name; structs are dicts, cells lists, texts strings.

    Parameters
    ----------
    content : bytes
        The file.
    most : int
        Bytes that its variables may take.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    order = "<" if content[126:128] == b"IM" else ">"
    variables = {}
    for element in _elements(memoryview(content)[_HEADER:], order):
        if element.kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            unpacked = memoryview(unpacker.decompress(element.content, most))
            if unpacker.unconsumed_tail or not unpacker.eof:
                raise ValueError("a variable is cut short, or larger than it can be")
            most -= len(unpacked)
            element = next(_elements(unpacked, order), element)
        if element.kind == _MATRIX:
            name, value = _matrix(element.content, order, 0)
            if value is not None:
                variables[name] = value
    return variables


def _elements(content: memoryview, order: str) -> Iterator[_Element]:
    """Yield data elements; those of up to four bytes stand within their tag."""
    place = 0
    while place + 8 <= len(content):
        kind, size = (int(each) for each in np.frombuffer(content[place : place + 8], f"{order}u4"))
        if kind >> 16:
            kind, size = kind & 0xFFFF, kind >> 16
            begin, place = place + 4, place + 8
        else:
            begin = place + 8
            place = begin + size + (0 if kind == _COMPRESSED else -size % 8)
        if begin + size > len(content):
            raise ValueError("it is cut short")
        yield _Element(kind, content[begin : begin + size])


def _matrix(content: memoryview, order: str, depth: int) -> tuple[str, Any]:
    """Return name and value of an array; None for what holds no samples and says nothing of them."""
    parts = _elements(content, order)
    flags, dims, name = (next(parts, _Element(0, memoryview(b""))) for _ in range(3))
    if len(flags.content) < 4 or len(dims.content) < 8:
        return "", None
    kind = int(np.frombuffer(flags.content[:4], f"{order}u4")[0]) & 0xFF
    shape = tuple(
        int(each) for each in np.frombuffer(dims.content[: len(dims.content) // 4 * 4], f"{order}i4")
    )
    if min(shape) < 0:
        raise ValueError(f"an array has shape {shape}")
    return bytes(name.content).decode("latin-1"), _value(kind, shape, parts, order, depth)


def _value(kind: int, shape: tuple[int, ...], parts: Iterator[_Element], order: str, depth: int) -> Any:
    if kind in _NUMERIC:
        return _numbers(next(parts, None), shape, order)
    if kind == _CHAR:
        return _text(next(parts, None), order)
    if depth >= _DEEPEST:
        return None
    if kind == _CELL:
        return [_matrix(part.content, order, depth + 1)[1] for part in parts if part.kind == _MATRIX]
    return _fields(parts, order, depth) if kind == _STRUCT and math.prod(shape) == 1 else None


def _numbers(part: _Element | None, shape: tuple[int, ...], order: str) -> npt.NDArray[np.number] | None:
    if part is None or part.kind not in _NUMBERS:
        return None
    dtype = np.dtype(order + _NUMBERS[part.kind])
    if math.prod(shape) * dtype.itemsize != len(part.content):
        raise ValueError(f"an array of shape {shape} has {len(part.content)} bytes")
    return np.frombuffer(part.content, dtype).reshape(shape, order="F")


def _text(part: _Element | None, order: str) -> str:
    if part is None:
        return ""
    if part.kind in _ENCODINGS:
        return bytes(part.content).decode(_ENCODINGS[part.kind], "replace")
    is_wide = part.kind == 4
    encoding = ("utf-16-le" if order == "<" else "utf-16-be") if is_wide else "latin-1"
    return bytes(part.content).decode(encoding, "replace")


def _fields(parts: Iterator[_Element], order: str, depth: int) -> dict[str, Any]:
    width, names = next(parts, None), next(parts, None)
    if width is None or names is None or len(width.content) < 4:
        return {}
    length = int(np.frombuffer(width.content[:4], f"{order}i4")[0])
    if length < 1:
        raise ValueError(f"names of fields have {length} letters")
    cut = [bytes(names.content[i : i + length]) for i in range(0, len(names.content), length)]
    values = [_matrix(part.content, order, depth + 1)[1] for part in parts if part.kind == _MATRIX]
    return {name.split(b"\0")[0].decode("latin-1"): value for name, value in zip(cut, values, strict=False)}
