"""Recordings in tables of text: comma-separated values and their kin."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.atomic import draft
from ectopy.io.channel_names import other_kind, says_ecg
from ectopy.io.csv_layout import (
    BLANKS,
    HEAD,
    NO_NUMBER,
    Content,
    CsvLayout,
    cells_of,
    is_missing,
    is_number,
    look_at,
)
from ectopy.io.csv_times import Frame, Timing, is_time, timing_of
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Channel, Recording, channels_of, decode_array
from ectopy.io.sentinels import forget_sentinels
from ectopy.io.text import read_text
from ectopy.record import ChannelDecision, Record

if TYPE_CHECKING:
    from ectopy.io.registry import OpenOptions

_FEW_WHOLE: Final = 0.005
"""Share of whole numbers that a column of three decimals can have by chance, five times over."""

_FOOTER: Final = 20
"""Lines at the end of a file that may be no rows."""

_LONG_HEAD: Final = 1 << 22
"""Characters that are looked at for the layout of a table whose first lines tell nothing."""

_PEEK: Final = 1 << 18
"""Bytes of a long table that tell what is in it; they are parsed here, sooner than pandas is imported."""

_MISSING: Final = sorted(
    {spelling for cell in NO_NUMBER if cell for spelling in (cell, cell.upper(), cell.title())}
)


def open_csv(path: Path | str, fs: float | None = None) -> Recording:
    r"""Open a recording in a table of text: one row per sample, one column per channel.

    Encoding, separator (comma, semicolon, tab, bar or blanks), decimal mark, names, units and a column of
    times are found by looking; sampling frequency, unit and lead may also stand in the lines before the
    table. Units stand in the names, as in ``II (uV)``, or in a second line. Empty cells and gaps in the times
    are missing samples.

    Parameters
    ----------
    path : Path or str
        The file.
    fs : float, optional
        Sampling frequency in Hz; it outranks a column of times, and is needed where there is none.

    Returns
    -------
    Recording
        Its notes say what was mended.

    Raises
    ------
    RecordError
        If the file is missing or empty, a cell holds text where a number belongs, numbers have thousands
        separators, or the sampling frequency is neither given nor to be had from times at even steps.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.csv"
    >>> _ = path.write_text("\n".join(["time (ms),II (uV)", "0,500", "4,", "8,-250"]))
    >>> recording = open_csv(path)
    >>> recording.channels
    (Channel(name='II', unit='uV', fs=250.0, n_samples=3),)
    >>> recording.decode([0], 0, 3)[:, 0].tolist()
    [500.0, nan, -250.0]
    """
    path = Path(path)
    return table_recording(path, read_text(path), fs)


def peek_csv(path: Path, options: OpenOptions, size: int) -> Recording:
    """Return what the beginning of a long table holds, with the length that a file of ``size`` bytes has."""
    text = read_text(path, _PEEK)
    found = table_recording(path, text, options.fs)
    n_samples = max(found.channels[0].n_samples, round(size * _lines_per_byte(path)))
    return replace(found, channels=tuple(replace(each, n_samples=n_samples) for each in found.channels))


def _lines_per_byte(path: Path) -> float:
    """Estimate how long lines are from the beginning, the middle and the end of a file."""
    size = path.stat().st_size
    shares = []
    with path.open("rb") as file:
        for start in (0, size // 2, max(0, size - _PEEK)):
            file.seek(start)
            content = file.read(_PEEK)
            ends = content.count(b"\n") or content.count(b"\r")
            shares.append(ends / max(1, len(content)))
    return sum(shares) / len(shares)


def table_recording(path: Path, text: str, fs: float | None = None) -> Recording:
    """Return what the text of a table holds; arguments, result and errors are those of `open_csv`."""
    layout = _layout(path, text)
    text, notes = _without_footer(text)
    try:
        frame = _load(path, text, layout)
    except RecordError:
        words = _with_words(layout)
        if words == layout:
            raise
        layout, frame = words, _load(path, text, words)
    for place, column in enumerate(layout.columns):
        if column.content is Content.NUMBER:
            _refuse_thousands(path, column.name or str(place + 1), frame[place])
    preamble = layout.preamble
    timing = timing_of(str(path), layout.columns, frame, needed=fs is None)
    stated = timing.grid.fs if timing.grid and fs is None else preamble.fs
    if fs is None and stated is None:
        agreed_fs(str(path), None, None)
    if fs is None and timing.grid and preamble.fs and abs(timing.grid.fs / preamble.fs - 1) > 0.02:
        notes += (
            f"The file states {preamble.fs:g} Hz, and its times make {timing.grid.fs:g} Hz, which was taken.",
        )
    places, left_out = _channels(path, layout, timing)
    samples = _samples(frame, places, timing)
    found = forget_sentinels(samples)
    channels = channels_of(
        _names(layout, places), _units(layout, places), float(fs or stated or 0), len(samples)
    )
    if preamble.converter is not None:
        channels = tuple(
            _in_millivolts(each, samples[:, i], *preamble.converter) for i, each in enumerate(channels)
        )
    return Recording(
        name=path.stem,
        channels=channels,
        decode=decode_array(samples),
        start=timing.start or preamble.start,
        notes=(*notes, *(timing.grid.notes if timing.grid else ()), *found),
        left_out=left_out,
    )


def _layout(path: Path, text: str) -> CsvLayout:
    """Return the layout that the first lines show; many more are looked at where these show none."""
    try:
        return look_at(path, _first_lines(text, HEAD))
    except RecordError:
        if len(text) <= HEAD:
            raise
        return look_at(path, _first_lines(text, _LONG_HEAD))


def _with_words(layout: CsvLayout) -> CsvLayout:
    """Let columns of marks and remarks hold text, whose first word may stand far below their first cell."""
    columns = tuple(
        replace(column, content=Content.TEXT) if other_kind(column.name) and not is_time(column) else column
        for column in layout.columns
    )
    return replace(layout, columns=columns)


def _first_lines(text: str, n: int) -> str:
    return text if len(text) <= n else text[: text.rfind("\n", 0, n) + 1]


def _in_millivolts(
    channel: Channel, samples: npt.NDArray[np.float32], gain: float, baseline: float
) -> Channel:
    """Bring the counts of an ECG column to mV, in place, where the file tells what they are."""
    if channel.unit or not says_ecg(channel.name):
        return channel
    samples[:] = (samples - baseline) / gain
    return replace(channel, unit="mV", gain=gain, baseline=baseline)


def write_csv(record: Record, path: Path | str) -> Path:
    """Write a recording as a table of text: times in seconds, leads in mV, missing samples empty.

    Parameters
    ----------
    record : Record
        What to write.
    path : Path or str
        Where to; a file there is replaced.

    Returns
    -------
    Path
        The file.
    """
    import pandas as pd

    path = Path(path)
    table = pd.DataFrame(record.signal, columns=[f"{lead} (mV)" for lead in record.leads])
    table.insert(0, "time (s)", np.arange(record.n_samples) / record.fs)
    with draft(path) as unfinished:
        table.to_csv(unfinished, index=False, float_format="%.9g")
    return path


def _without_footer(text: str) -> tuple[str, tuple[str, ...]]:
    """Cut off lines at the end that are no rows, as `End of file`."""
    end = len(text.rstrip("\n \t"))
    cut = 0
    while cut < _FOOTER:
        begin = text.rfind("\n", 0, end) + 1
        line = text[begin:end].strip()
        if (
            not begin
            or not line
            or any(character.isdigit() for character in line)
            or is_missing(line.strip(" ,;\t|-"))
        ):
            break
        end, cut = begin - 1, cut + 1
    if not cut:
        return text, ()
    return text[: end + 1], (f"{cut} lines of text after the last row were passed over.",)


def _load(path: Path, text: str, layout: CsvLayout) -> Frame:
    if len(text) <= _PEEK:
        rows = [
            cells_of(line, layout.separator, layout.quote)
            for line in text.split("\n")[layout.n_header :]
            if line
        ]
        try:
            return _parsed(rows, layout)
        except ValueError:
            pass
    return _load_fast(path, text, layout)


def _parsed(rows: list[list[str]], layout: CsvLayout) -> Frame:
    """Parse the rows of a short table; ValueError where they are not as regular as most are."""
    width = len(layout.columns)
    if not all(len(row) == width or (len(row) == width + 1 and not row[-1]) for row in rows):
        raise ValueError("rows of several lengths")
    frame: dict[int, npt.NDArray[Any]] = {}
    for place, column in enumerate(layout.columns):
        cells = [row[place] for row in rows]
        if column.content is Content.NUMBER:
            plain = [cell.replace(",", ".") for cell in cells] if layout.decimal == "," else cells
            frame[place] = np.array([math.nan if is_missing(cell) else float(cell) for cell in plain])
        else:
            frame[place] = np.array([cell or math.nan for cell in cells], dtype=object)
    return frame


def _load_fast(path: Path, text: str, layout: CsvLayout) -> Frame:
    """Parse the rows of any table, as fast as pandas does."""
    import pandas as pd  # takes longer to import than a short table to parse

    types = {
        i: "float64" if column.content is Content.NUMBER else "str" for i, column in enumerate(layout.columns)
    }
    start = _line_start(text, layout.n_header)
    rows = text[start:]
    first = rows[: rows.find("\n")] if "\n" in rows else rows
    has_trailing = layout.separator != BLANKS and first.count(layout.separator) == len(types)
    try:
        table = pd.read_csv(
            io.BytesIO(rows.encode("utf-8", "replace")),
            sep=r"\s+" if layout.separator == BLANKS else layout.separator,
            quotechar=layout.quote,
            decimal=layout.decimal,
            header=None,
            names=[*types, *([len(types)] if has_trailing else [])],
            dtype=types,
            na_values=_MISSING,
            comment="#" if "\n#" in rows else None,
            skipinitialspace=True,
        )
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        why = re.sub(r"(?<=line )\d+", lambda line: str(int(line[0]) + layout.n_header), str(error))
        place = _first_text(path, rows, layout)
        place = place or f"{path}: not readable as a table ({' '.join(why.split())[:300]})"
        raise RecordError(f"{place}; correct the file") from error
    return {place: table[place].to_numpy() for place in types}


def _line_start(text: str, n: int) -> int:
    start = 0
    for _ in range(n):
        start = text.find("\n", start) + 1
    return start


def _first_text(path: Path, rows: str, layout: CsvLayout) -> str | None:
    """Say where the first cell stands that holds text in place of a number; None if there is none."""
    for number, line in enumerate(rows.split("\n"), start=layout.n_header + 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = cells_of(line, layout.separator, layout.quote)
        for place, (cell, column) in enumerate(zip(cells, layout.columns, strict=False)):
            if column.content is Content.NUMBER and not (is_number(cell) or is_missing(cell)):
                return f"{path}: line {number}, column {column.name or place + 1}: {cell[:40]!r} is no number"
    return None


def _refuse_thousands(path: Path, name: str, values: npt.NDArray[np.float64]) -> None:
    """Refuse ``1.234`` beside ``987`` where both are whole numbers: a spreadsheet set thousands apart.

    Numbers of three decimals without one below 1 or with fewer decimals are thousands; the whole ones beside
    them have no separator because they are below 1000.
    """
    present = values[np.isfinite(values)]
    whole = present == np.rint(present)
    broken = np.abs(present[~whole])
    if not len(broken) or whole.mean() < _FEW_WHOLE or np.abs(present[whole]).max(initial=0) >= 1000:
        return
    in_thousandths = np.abs(broken * 1000 - np.rint(broken * 1000)) < 1e-6 * broken
    fewer = np.abs(broken * 100 - np.rint(broken * 100)) < 1e-7 * broken
    largest = np.abs(present[whole]).max()
    if broken.min() >= 1 and in_thousandths.all() and fewer.mean() < 0.4 and largest >= 100:
        raise RecordError(
            f"{path}: column {name} holds numbers such as {broken[0]:.3f} beside {largest:.0f}: thousands"
            " seem to be set apart by a point or comma; export it again without thousands separators"
        )


def _channels(path: Path, layout: CsvLayout, timing: Timing) -> tuple[list[int], tuple[ChannelDecision, ...]]:
    """Return the columns that hold samples, and why the others do not."""
    places: list[int] = []
    left_out = []
    for place, column in enumerate(layout.columns):
        if place in timing.columns:
            continue
        if column.content is Content.NUMBER:
            places.append(place)
        else:
            name = column.name or f"column {place + 1}"
            what = other_kind(name)
            left_out.append(
                ChannelDecision(
                    name, False, f"it holds {column.content.value}" + (f", {what}" if what else "")
                )
            )
    if not places:
        names = ", ".join(column.name for column in layout.columns)
        raise RecordError(f"{path}: none of the columns ({names}) is a lead; give one in mV")
    return places, tuple(left_out)


def _names(layout: CsvLayout, places: Sequence[int]) -> list[str]:
    names = [layout.columns[place].name for place in places]
    leads = layout.preamble.leads
    return list(leads) if len(leads) == len(names) and not any(names) else names


def _units(layout: CsvLayout, places: Sequence[int]) -> list[str]:
    """Return the units; a column without one, unless it is another signal, has that of the preamble."""
    units = []
    for place in places:
        column = layout.columns[place]
        units.append(column.unit or ("" if column.name and other_kind(column.name) else layout.preamble.unit))
    return units


def _samples(frame: Frame, places: Sequence[int], timing: Timing) -> npt.NDArray[np.float32]:
    """Return the samples, put on the grid of their times."""
    grid = timing.grid
    n = len(frame[0]) if grid is None or grid.places is None else int(grid.places[-1]) + 1
    rows = None if grid is None else grid.rows
    n = len(rows) if rows is not None and (grid is None or grid.places is None) else n
    samples = np.full((n, len(places)), np.nan, dtype=np.float32)
    for i, place in enumerate(places):
        with np.errstate(over="ignore"):
            column = frame[place].astype(np.float32)
        column = column if rows is None else column[rows]
        column[~np.isfinite(column)] = np.nan
        samples[slice(None) if grid is None or grid.places is None else grid.places, i] = column
    return samples
