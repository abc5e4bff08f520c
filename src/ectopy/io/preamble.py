"""What the lines before a table say: sampling frequency, unit, lead and start, in many languages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_NUMBER: Final = r"(?P<number>\d+(?:[.,]\d+)?)"
_RATE_WORDS: Final = (
    r"sampl\w*[ _-]*(?:rate|freq\w*)|rate|freq\w*|fs|sfreq|srate|abtast\w*|fr[eé]quence\w*"
    r"|frecuencia\w*|muestreo|frequenza"
    r"|campionamento|taxa|amostragem|frequ[eê]ncia|bemonstering\w*|samplingsfrekvens|частота|采样率|サンプリング"
)
_NO_RATE: Final = re.compile(
    r"filter|notch|band|cut-?off|high|low|pass|heart|herz|card|puls|resp|baud|mains|line|netz|model",
    re.IGNORECASE,
)
_RATE: Final = re.compile(
    rf"(?:{_RATE_WORDS})[^\d]{{0,40}}?{_NUMBER}\s*[\"']?\s*(?P<unit>[kK]?[hH])?", re.IGNORECASE
)
_PER_SECOND: Final = re.compile(
    rf"{_NUMBER}\s*(?:hertz\b|sps\b|samples\s*/\s*s|samples per second|samples/sec)", re.IGNORECASE
)
_INTERVAL: Final = re.compile(
    rf"(?:interval|intervall|period|dt|delta[ _]?t|step)[^\d]{{0,20}}?{_NUMBER}\s*(?P<unit>m?s|µs|us"
    rf"|msec|sec)",
    re.IGNORECASE,
)
_PER_SAMPLE: Final = re.compile(rf"{_NUMBER}\s*(?P<unit>msec|sec|ms|s|µs|us)\s*/\s*sample", re.IGNORECASE)
_SECONDS: Final = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "µs": 1e-6}

_KEY_AND_VALUE: Final = re.compile(
    r"[\s#%/\"']*(?P<key>[^:=,;\t]{1,60}?)[\s\"']*(?::=|[:=,;\t])\s*(?P<value>.+)"
)
_UNIT_KEYS: Final = re.compile(
    r"units?|einheit(?:en)?|unit[eéà]s?|unidad(?:es)?|unidades?|eenheid|enhet|enhed|единиц\w*|单位|単位",
    re.IGNORECASE,
)
_LEAD_KEYS: Final = re.compile(
    r"leads?|channels?|labels?|channel ?titles?|ableitung|d[eé]rivation|derivaci[oó]n|derivazione"
    r"|deriva[cç][aã]o|afleiding|avledning"
    r"|отведение|导联|誘導",
    re.IGNORECASE,
)
_START_KEYS: Final = re.compile(
    r"(?:recorded|recording|start|acquisition|begin)?[ _-]*(?:date|time|datetime|start)[ _-]*(?:time)?"
    r"|aufzeichnungsdatum|beginn"
    r"|fecha.*|date d.*|data d.*",
    re.IGNORECASE,
)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_LINES: Final = 400
_LINE: Final = 500
_DESCRIPTION: Final = 100_000


@dataclass(frozen=True)
class Preamble:
    """What the lines before a table say; None or empty where they do not.

    ``columns`` are the names of all columns; ``converter`` is the counts in a millivolt, and at zero, of an
    ECG column.
    """

    fs: float | None = None
    unit: str = ""
    leads: tuple[str, ...] = ()
    start: datetime | None = None
    columns: tuple[str, ...] = ()
    converter: tuple[float, float] | None = None


def read_preamble(lines: Sequence[str]) -> Preamble:
    """Harvest the lines before a table.

    Parameters
    ----------
    lines : sequence of str
        In any order; those that say nothing are passed over.

    Returns
    -------
    Preamble

    Examples
    --------
    >>> read_preamble(["Abtastrate,512 Hertz", "Einheit,µV", "Ableitung,Ableitung I"])
    Preamble(fs=512.0, unit='µV', leads=('Ableitung I',), start=None, columns=(), converter=None)
    """
    described = next((line for line in lines[:_LINES] if line.lstrip("# ").startswith('{"')), None)
    if described is not None:
        return _open_signals(described.lstrip("# "))
    lines = [line[:_LINE] for line in lines[:_LINES]]
    rates = [rate for line in lines if (rate := _rate(line)) is not None]
    matches = [match for line in lines if (match := _KEY_AND_VALUE.match(line))]
    pairs = [(match["key"].strip(), match["value"].strip(" \"'\t,;")) for match in matches]
    units = [value for key, value in pairs if _UNIT_KEYS.fullmatch(key) and value]
    leads = [value for key, value in pairs if _LEAD_KEYS.fullmatch(key) and value]
    dates = [_ISO.search(value) for key, value in pairs if _START_KEYS.fullmatch(key)]
    starts = [found[0] for found in dates if found]
    return Preamble(
        fs=rates[0] if rates else None,
        unit=re.split(r"[,;\t]", units[0])[0].strip() if units else "",
        leads=tuple(name.strip() for name in re.split(r"[,;\t]", leads[0])) if leads else (),
        start=_start(starts[0]) if starts else None,
    )


def _open_signals(text: str) -> Preamble:
    """Read the description of the OpenSignals format: one object per device, of which the first is taken.

    An ECG sensor of biosignalsplux amplifies 1000 times at 3 V, that of BITalino 1100 times at 3.3 V (their
    data sheets).
    """
    try:
        device = next(iter(json.loads(text[:_DESCRIPTION]).values()))
        fs = float(device["sampling rate"])
        columns, labels = [str(name) for name in device["column"]], [str(name) for name in device["label"]]
        sensors = dict(zip(labels, (str(name) for name in device.get("sensor", ())), strict=False))
        bits = int(device["resolution"][-1])
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, IndexError, RecursionError):
        return Preamble()
    named = tuple(f"{sensors[name]} {name}" if name in sensors else name for name in columns)
    is_bitalino = "bitalino" in str(device.get("device", "")).casefold()
    volts, gain = (3.3, 1100.0) if is_bitalino else (3.0, 1000.0)
    if not 0 < bits <= 32 or not fs > 0:
        return Preamble()
    return Preamble(fs=fs, columns=named, converter=(2.0**bits * gain / (1000 * volts), 2.0 ** (bits - 1)))


def is_harvested(line: str) -> bool:
    """Tell whether a line is one of a preamble, such as ``Unit,mV``, and no row of names."""
    match = _KEY_AND_VALUE.match(line[:_LINE])
    if match is None:
        return False
    key = match["key"].strip()
    keyed = any(keys.fullmatch(key) for keys in (_UNIT_KEYS, _LEAD_KEYS))
    return keyed or _rate(line[:_LINE]) is not None


def _rate(line: str) -> float | None:
    """Return the sampling frequency in Hz that a line states."""
    if _NO_RATE.search(line) and not re.search(r"sampl|abtast|muestreo|chantill|camp", line, re.IGNORECASE):
        return None
    for pattern in (_PER_SAMPLE, _INTERVAL):
        match = pattern.search(line)
        if match and (seconds := _float(match["number"]) * _SECONDS[match["unit"].casefold()]) > 0:
            return round(1 / seconds, 6)
    match = _RATE.search(line)
    if match:
        unit = (match["unit"] or "").casefold()
        return _float(match["number"]) * (1000 if unit.startswith("k") else 1) or None
    match = _PER_SECOND.search(line)
    return _float(match["number"]) or None if match else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _start(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
