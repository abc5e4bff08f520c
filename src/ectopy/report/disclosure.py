"""Full disclosure: all of one lead, a minute a row, an hour a page, each beat in the colour of its class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from ectopy.analysis.leads import preferred_order
from ectopy.analysis.result import Analysis
from ectopy.errors import ParameterError
from ectopy.plotting import palette
from ectopy.report.language import ENGLISH, Language
from ectopy.report.page_templates import template
from ectopy.report.style import STYLE
from ectopy.report.svg import decimated, drawing, line, path, text, unit
from ectopy.wording import Clock

MINUTE: Final = 60.0
ROWS: Final = 60
"""Minutes of a page."""

_LEFT, _WIDTH, _PITCH, _TOP = 14.0, 166.0, 4.35, 4.0
"""Millimetres before a row for its time, of a minute, from row to row, and above the first row."""

_REACH: Final = 5.0
"""Millimetres that a trace may leave its row by; beyond it is cut."""

_GAINS: Final = (10.0, 5.0, 2.5, 1.25)
"""Millimetres per millivolt, of which the largest is taken that keeps nearly all R peaks within reach."""

_WITHIN: Final = 0.95
"""Share of the R peaks that must stay within reach."""

_BEFORE, _AFTER = 0.12, 0.28
"""Seconds around an R peak that carry the colour of its class."""

COLOURED: Final = ("S", "V", "F", "Q", "/")

Floats = npt.NDArray[np.floating]


def render_disclosure(analysis: Analysis, lead: str = "", language: Language = ENGLISH) -> str:
    """Return a page of all of one lead.

    Parameters
    ----------
    analysis : Analysis
        Of one recording, with its samples at hand.
    lead : str
        Name of the lead; by default the first in the order in which leads are preferred.
    language : Language
        To write in.

    Returns
    -------
    str
        A self-contained HTML page, one printed page an hour.

    Raises
    ------
    ParameterError
        If the recording has no lead of that name.
    """
    record = analysis.record
    if lead and lead not in record.leads:
        raise ParameterError(f"lead={lead!r} is not in the recording; it has: {', '.join(record.leads)}")
    column = record.leads.index(lead) if lead else preferred_order(record.leads)[0]
    gain = _gain(analysis, column)
    return template("disclosure.html.jinja").render(
        record=record,
        lead=record.leads[column],
        gain=f"{gain:g}",
        say=language.text,
        language=language,
        style=Markup(STYLE + _coloured()),  # noqa: S704  (made here)
        hours=[Markup(hour) for hour in _hours(analysis, column, gain, language)],  # noqa: S704  (escaped by svg)
    )


def _hours(analysis: Analysis, column: int, gain: float, language: Language) -> Iterator[str]:
    n_minutes = int(np.ceil(analysis.record.duration / MINUTE))
    for first in range(0, n_minutes, ROWS):
        yield _hour(analysis, column, gain, range(first, min(n_minutes, first + ROWS)), language)


def _hour(analysis: Analysis, column: int, gain: float, minutes: range, language: Language) -> str:
    record, clock = analysis.record, language.clock(analysis.record.start)
    label = language.text(
        "{lead} from {when}, a minute a row", lead=record.leads[column], when=clock(minutes[0] * MINUTE)
    )
    parts: list[str] = []
    for row, minute in enumerate(minutes):
        parts += _row(analysis, column, gain, minute, _TOP + _PITCH * row)
    return drawing(_LEFT + _WIDTH, _TOP * 2 + _PITCH * (len(minutes) - 1), label, *parts)


def _row(analysis: Analysis, column: int, gain: float, minute: int, middle: float) -> Iterator[str]:
    record = analysis.record
    first, last = round(minute * MINUTE * record.fs), round((minute + 1) * MINUTE * record.fs)
    trace = record.read(first, last)[:, column].astype(np.float64)
    level = np.nanmedian(trace) if np.isfinite(trace).any() else 0.0
    y = middle - np.clip(gain * (trace - level), -_REACH, _REACH)
    x = _LEFT + np.arange(len(trace)) / (MINUTE * record.fs) * _WIDTH
    yield text(0, middle + 0.9, Clock(record.start).of_day(minute * MINUTE), "tiny")
    yield path("thin", *_lines(x, y))
    beats = slice(*np.searchsorted(analysis.beats.samples, [first, last]))
    peaks, symbols = analysis.beats.samples[beats] - first, analysis.symbols[beats]
    for symbol in COLOURED:
        pieces = [
            _lines(x[part], y[part])
            for peak in peaks[symbols == symbol].tolist()
            if (part := slice(max(0, peak - round(_BEFORE * record.fs)), peak + round(_AFTER * record.fs)))
        ]
        yield path(f"beat{_name(symbol)}", *(one for piece in pieces for one in piece))


def _lines(x: Floats, y: Floats) -> Iterator[str]:
    """Return the data of a trace, stretch by stretch where samples are missing, thinned to what is seen."""
    edges = np.flatnonzero(np.diff(np.isfinite(y), prepend=False, append=False)).reshape(-1, 2)
    for start, stop in edges:
        if stop - start > 1:
            yield line(*decimated(x[start:stop], y[start:stop]))


def _gain(analysis: Analysis, column: int) -> float:
    """Return the largest gain at which nearly all R peaks of a lead stay within reach of their row."""
    record, samples = analysis.record, analysis.beats.samples
    if not len(samples):
        return _GAINS[1]
    some = samples[np.linspace(0, len(samples) - 1, min(200, len(samples))).astype(int)]
    around = [record.read(max(0, peak - 40), peak + 40)[:, column] for peak in some.tolist()]
    heights = np.array([np.ptp(part[np.isfinite(part)]) for part in around if np.isfinite(part).any()])
    if not len(heights):
        return _GAINS[1]
    height = float(np.quantile(heights, _WITHIN))
    return next((gain for gain in _GAINS if gain * height <= 1.6 * _REACH), _GAINS[-1])


def _coloured() -> str:
    """Return the style of traces: thin ink, and thicker lines in the colours of the classes."""
    width = unit(0.15)
    rules = [f".thin{{fill:none;stroke:{palette.INK};stroke-width:{width};stroke-linejoin:round}}"]
    for symbol in COLOURED:
        colour = palette.CLASSES.get(symbol, palette.ABNORMAL)
        rules.append(f".beat{_name(symbol)}{{fill:none;stroke:{colour};stroke-width:{unit(0.35)}}}")
    return "\n".join(rules)


def _name(symbol: str) -> str:
    return "P" if symbol == "/" else symbol
