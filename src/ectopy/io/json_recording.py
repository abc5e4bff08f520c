"""Recordings in JSON as wearables export them: the longest row of numbers, and what stands beside it.

Known shapes are those of Fitbit, Withings, Movesense, Polar and Apple Health exporters; others are read where
an array of numbers and a sampling frequency can be told apart by their names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ectopy.errors import RecordError, reason_of
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Recording, channels_of, decode_array
from ectopy.io.sentinels import forget_sentinels
from ectopy.io.text import read_text
from ectopy.io.time_grid import grid_of

_FS_KEY: Final = re.compile(
    r"fs|hz|srate|sfreq|(?:sampl\w*[_ -]?)(?:rate|freq\w*)(?:[_ -]?(?:hz|in[_ -]?hz))?|freq\w*|rate",
    re.IGNORECASE,
)
_UNIT_KEY: Final = re.compile(r"units?|(?:value|voltage|ecg)[_ -]?units?", re.IGNORECASE)
_VALUE_KEY: Final = re.compile(
    r"(?:micro|milli)?volt(?:age|s)?\w*|ecg\w*|ekg\w*|values?|samples?|amplitude|mv|uv|y|waveform\w*|signal\w*",
    re.IGNORECASE,
)
_TIME_KEY: Final = re.compile(r"t|time\w*|date|offset|sec(?:ond)?s?", re.IGNORECASE)
_LEAD_KEY: Final = re.compile(r"leads?|channels?|lead[_ -]?names?", re.IGNORECASE)
_SCALE_KEY: Final = re.compile(r"scaling[_ -]?factor", re.IGNORECASE)
_LEAST: Final = 10
_DEEPEST: Final = 40
_TIMES: Final = ((1.0, 1e-4, 0.05), (1e-3, 0.1, 50.0), (1e-6, 100.0, 5e4), (1e-9, 1e5, 5e7))


@dataclass(frozen=True)
class _Row:
    """A row of numbers, the object that holds it, and what it is called there."""

    name: str
    values: Sequence[float | None]
    times: list[float] | None
    holders: tuple[dict[str, Any], ...]


def looks_like_json(head: bytes) -> bool:
    """Tell whether a file begins as a JSON object or array of objects does."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text[:1] == b"{" or bool(re.match(rb"\[\s*[\[{\d\"-]", text))


def open_json(path: Path | str, fs: float | None = None) -> Recording:
    """Open a recording in a JSON file.

    Parameters
    ----------
    path : Path or str
        The file.
    fs : float, optional
        Sampling frequency in Hz, where the file does not say.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the file is no JSON, holds no row of numbers, or the sampling frequency is unknown.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.json"
    >>> _ = path.write_text(json.dumps({"sampling_frequency": 300, "unit": "uV", "signal": [0.5] * 20}))
    >>> open_json(path).channels
    (Channel(name='signal', unit='uV', fs=300.0, n_samples=20),)
    """
    path = Path(path)
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError, MemoryError) as error:
        raise RecordError(f"{path}: no JSON ({reason_of(error)}); export it again") from error
    rows = sorted(_rows(content, "", (), 0), key=lambda row: -len(row.values))
    if not rows:
        raise RecordError(
            f"{path}: no row of numbers in it is a recording; give one with its samples in an array"
        )
    longest = [row for row in rows if len(row.values) == len(rows[0].values)]
    samples = np.array([row.values for row in longest], np.float64).T
    stated = _found(longest[0].holders, _FS_KEY)
    timed, notes = _timed(path, longest[0].times) if stated is None and fs is None else (None, ())
    scale = _found(longest[0].holders, _SCALE_KEY)
    if scale:
        samples = samples / scale
    with np.errstate(over="ignore", invalid="ignore"):
        signal = samples.astype(np.float32)
    signal[~np.isfinite(signal)] = np.nan
    unit = "mV" if scale else _unit(longest[0])
    return Recording(
        name=path.stem,
        channels=channels_of(
            [_lead(row) for row in longest],
            [unit] * len(longest),
            agreed_fs(str(path), stated if stated is not None else timed, fs),
            len(signal),
        ),
        decode=decode_array(signal),
        notes=(*notes, *forget_sentinels(signal)),
    )


def _rows(node: Any, name: str, holders: tuple[dict[str, Any], ...], depth: int) -> Iterator[_Row]:
    """Yield every row of numbers, wherever it lies."""
    if depth > _DEEPEST:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _rows(value, str(key), (node, *holders), depth + 1)
    elif isinstance(node, list):
        if len(node) >= _LEAST and all(_is_number(each) or each is None for each in node):
            if any(each is not None for each in node):
                yield _Row(name, node, None, holders)
        elif len(node) >= _LEAST and all(isinstance(each, dict) for each in node) and _samples_of(node):
            yield from _of_objects(node, name, holders)
        else:
            joined = _joined(node, name, holders)
            yield from (
                [joined]
                if joined
                else (row for each in node for row in _rows(each, name, holders, depth + 1))
            )


def _samples_of(node: list[dict[str, Any]]) -> list[str]:
    """Return the keys of objects, each one sample, that hold its value."""
    return [key for key, value in node[0].items() if _VALUE_KEY.fullmatch(key) and _is_number(value)]


def _of_objects(node: list[dict[str, Any]], name: str, holders: tuple[dict[str, Any], ...]) -> Iterator[_Row]:
    """Yield the row of numbers that a list of objects holds, one sample in each."""
    times = [key for key, value in node[0].items() if _TIME_KEY.fullmatch(key) and _is_number(value)]
    for key in _samples_of(node)[:1]:
        values = [each[key] if _is_number(each.get(key)) else None for each in node]
        at = [float(each[times[0]]) for each in node if _is_number(each.get(times[0]))] if times else []
        yield _Row(name or key, values, at if len(at) == len(values) else None, (node[0], *holders))


def _joined(node: list[Any], name: str, holders: tuple[dict[str, Any], ...]) -> _Row | None:
    """Join packets: objects that each hold a few samples under the same keys, as Movesense writes them."""
    paths = [_packet(each, 0) for each in node[:3]]
    if len(node) < 3 or not all(paths) or len({place for place, _ in filter(None, paths)}) != 1:
        return None
    packets = [packet for each in node if (packet := _packet(each, 0))]
    values = [value for _, samples in packets for value in samples]
    inner = node[0]
    while isinstance(inner, dict) and len(inner) == 1:
        inner = next(iter(inner.values()))
    return (
        _Row(name, values, None, (*([inner] if isinstance(inner, dict) else []), *holders))
        if len(values) >= _LEAST
        else None
    )


def _packet(node: Any, depth: int) -> tuple[str, list[float]] | None:
    if not isinstance(node, dict) or depth > 4:
        return None
    for key, value in node.items():
        if isinstance(value, list) and value and all(map(_is_number, value)) and _VALUE_KEY.fullmatch(key):
            return key, value
        deeper = _packet(value, depth + 1)
        if deeper:
            return f"{key}.{deeper[0]}", deeper[1]
    return None


def _found(holders: tuple[dict[str, Any], ...], key: re.Pattern[str]) -> float | None:
    """Return the number under a key of the nearest object that has one."""
    for holder in holders:
        for name, value in holder.items():
            if key.fullmatch(name.strip()):
                number = _number(value)
                if number is not None and number > 0:
                    return number
    return None


def _timed(path: Path, times: list[float] | None) -> tuple[float | None, tuple[str, ...]]:
    """Return the sampling frequency that times make; gaps in them are told by the grid, and not filled."""
    if times is None or len(times) < 2:
        return None, ()
    at = np.array(times) - times[0]
    step = float(np.median(np.diff(at)))
    scale = next((scale for scale, low, high in _TIMES if low <= step < high), 1.0)
    grid = grid_of(f"{path}: its times", at * scale)
    return grid.fs, grid.notes


def _unit(row: _Row) -> str:
    named = re.search(r"(micro|milli|µ|u|m)(?:v|volt)", row.name, re.IGNORECASE)
    for holder in row.holders:
        for name, value in holder.items():
            if _UNIT_KEY.fullmatch(name) and isinstance(value, str):
                return value
    if named and re.search(r"(^|[_ ])[um]v$|volt", row.name, re.IGNORECASE):
        return "mV" if named[1].casefold() in {"m", "milli"} else "uV"
    return ""


def _lead(row: _Row) -> str:
    for holder in row.holders[:2]:
        for name, value in holder.items():
            if _LEAD_KEY.fullmatch(name) and isinstance(value, str):
                return value
    return row.name


def _number(value: Any) -> float | None:
    if _is_number(value):
        return float(value)
    match = (
        re.match(r"\s*(\d{1,7}(?:\.\d{1,9})?)\s*(?:hz|hertz)?\s*$", value, re.IGNORECASE)
        if isinstance(value, str)
        else None
    )
    return float(match[1]) if match else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
