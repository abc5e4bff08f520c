"""Annotated ECGs of HL7, as trials and authorities exchange them.

Source: HL7 V3 Annotated ECG (aECG), release 1 (ANSI/HL7 V3 ECG R1-2004), and its implementation guide.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element  # type only

import numpy as np

from ectopy.errors import RecordError
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip, recording_of
from ectopy.io.xml_tree import number_of, numbers_of, read_tree, text_of

_LEAD: Final = "MDC_ECG_LEAD_"
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_MOST_MISSING: Final = 1 << 22
"""Samples between the first and the last set of sequences: more than an hour at 1000 Hz."""

_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def open_aecg(path: Path, options: OpenOptions) -> Recording:
    """Open an annotated ECG of HL7: its rhythm series, one set of sequences after the other.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the document is damaged, or its samples are not at even steps.
    """
    root = read_tree(path)
    series = _rhythm(path, root)
    sets = list(series.iter("sequenceSet"))
    steps = {_step(path, each) for each in sets}
    if len(steps) != 1:
        raise RecordError(f"{path}: its sequences are sampled at {len(steps)} rates; give them one by one")
    step = steps.pop()
    begins = [_begin(each) for each in sets]
    starts = [max(0, round((begin - min(begins)) / step)) for begin in begins]
    strips = [strip for each, start in zip(sets, starts, strict=True) for strip in _strips(path, each, start)]
    subject = root.find(".//trialSubject")
    return recording_of(
        path,
        options,
        _joined(path, strips),
        1 / step,
        patient=_extension(subject),
        start=_start(series.find("./effectiveTime/low")),
        named=bool(text_of(subject, ".//name")) or root.find(".//birthTime[@value]") is not None,
    )


def _rhythm(path: Path, root: Element) -> Element:
    """Return the first series that is no representative beat."""
    series = [
        each
        for each in root.iter("series")
        if _code(each) != "REPRESENTATIVE_BEAT" and each.find(".//sequenceSet") is not None
    ]
    if not series:
        raise RecordError(f"{path}: it holds no rhythm series; export it with the waveforms")
    return series[0]


def _step(path: Path, sequences: Element) -> float:
    """Return the seconds between two samples of a set of sequences."""
    for value in sequences.iter("value"):
        increment = value.find("increment")
        if increment is not None and _is_time(value):
            step = number_of(increment.get("value", ""))
            scale = _SECONDS.get(increment.get("unit", "s"))
            if step and step > 0 and scale:
                return step * scale
    raise RecordError(f"{path}: a set of sequences does not say its sampling frequency; get the file again")


def _strips(path: Path, sequences: Element, start: int) -> list[Strip]:
    strips = []
    for sequence in sequences.iter("sequence"):
        name, value = _code(sequence), sequence.find("value")
        digits = None if value is None else value.find("digits")
        if value is not None and digits is not None and "LEAD" in name:
            strips.append(_strip(path, name, value, digits, start))
    return strips


def _strip(path: Path, name: str, value: Element, digits: Element, start: int) -> Strip:
    stored = numbers_of(path, text_of(digits))
    scale, origin = value.find("scale"), value.find("origin")
    factor = number_of("" if scale is None else scale.get("value", ""))
    if scale is None or not factor:
        raise RecordError(f"{path}: lead {name} has no scale; get the file again")
    unit = scale.get("unit", "")
    zero = number_of("" if origin is None else origin.get("value", "")) or 0.0
    if zero and origin is not None and origin.get("unit", unit) != unit:
        raise RecordError(f"{path}: lead {name} has scale and origin in two units; correct the file")
    label = name.rpartition(_LEAD)[2]
    return Strip(f"a{label[1:]}" if label.startswith("AV") else label, unit, stored * factor + zero, start)


def _joined(path: Path, strips: list[Strip]) -> list[Strip]:
    """Put the pieces of each lead in their places, where a document has several sets of sequences."""
    pieces: dict[str, list[Strip]] = {}
    for each in strips:
        pieces.setdefault(each.name, []).append(each)
    if max((each.start for each in strips), default=0) > _MOST_MISSING:
        raise RecordError(f"{path}: its sequences lie too far apart; give them one by one")
    joined = []
    for name, parts in pieces.items():
        samples = np.full(max(each.start + len(each.samples) for each in parts), np.nan)
        for each in parts:
            samples[each.start : each.start + len(each.samples)] = each.samples
        joined.append(Strip(name, parts[0].unit, samples))
    return joined


def _begin(sequences: Element) -> float:
    """Return when a set of sequences begins, in seconds from some time; 0 where it does not say."""
    head = next((value.find("head") for value in sequences.iter("value") if _is_time(value)), None)
    text = "" if head is None else head.get("value", "")
    moment = _moment(text)
    if moment is not None:
        return moment.timestamp() + (number_of("0" + text[14:19]) or 0.0)
    number = number_of(text)
    unit = "" if head is None else head.get("unit", "")
    return number * _SECONDS[unit] if number is not None and unit in _SECONDS else 0.0


def _is_time(value: Element) -> bool:
    return value.find("increment") is not None and "GLIST" in value.get(_TYPE, "")


def _code(element: Element) -> str:
    code = element.find("code")
    return "" if code is None else code.get("code", "")


def _extension(subject: Element | None) -> str:
    identity = None if subject is None else subject.find("id")
    return "" if identity is None else identity.get("extension", "")


def _start(low: Element | None) -> datetime | None:
    return _moment("" if low is None else low.get("value", ""))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None
