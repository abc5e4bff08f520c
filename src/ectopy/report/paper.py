"""ECG paper: 25 mm/s, 10 mm/mV, a fine line every millimetre, a coarse one every five.

Everything here is measured in millimetres, so that a strip is true to scale on paper and its squares are
square at any zoom. A page holds the paper once, in `ectopy.report.style`, and every strip shows a part of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ectopy.plotting.strip import GAIN, HEAD, MARGIN, REFERENCE, SPEED, Row, Strip
from ectopy.report.style import PAPER_HEIGHT
from ectopy.report.svg import boxes, decimated, drawing, line, marks, path, text, unit
from ectopy.wording import shortened

_TRIANGLE = f"l{-unit(0.9)}{-unit(1.6)}h{unit(1.8)}z"


def draw_strip(strip: Strip, label: str) -> str:
    """Draw a strip of ECG paper.

    Parameters
    ----------
    strip : Strip
        What to draw.
    label : str
        What it shows, for readers who cannot see it.

    Returns
    -------
    str
        An ``<svg>`` element of the strip's size on paper; the paper itself is
        `ectopy.report.style.definitions`.
    """
    tops = np.arange(strip.height % 5 - 5, strip.height, PAPER_HEIGHT)
    parts = [*(f'<use href="#paper" y="{unit(top)}"/>' for top in tops), _shaded(strip)]
    baseline = strip.head
    for lead, row in zip(strip.leads, strip.rows, strict=True):
        baseline += row.up
        parts += _lead(strip, lead, row, baseline)
        baseline += row.down
    return drawing(
        strip.width, strip.height, label, *parts, _marks(strip), _reference(strip), _seconds(strip)
    )


def _shaded(strip: Strip) -> str:
    """Return the shade over the highlighted window."""
    if strip.highlight is None:
        return ""
    left, right = np.split(strip.x(strip.highlight).clip(0, strip.width), 2)
    return path("window", boxes(left, np.zeros(1), right, np.full(1, strip.height)))


def _lead(strip: Strip, lead: str, row: Row, baseline: float) -> list[str]:
    """Return calibration pulse, trace and name of one lead."""
    pulse = np.array([(1.5, 0), (2.5, 0), (2.5, -GAIN), (7.5, -GAIN), (7.5, 0), (8.5, 0)])
    x = MARGIN + np.arange(len(row.trace)) / strip.fs * SPEED
    within = _inside(row)
    edges = np.flatnonzero(np.diff(np.isfinite(within), prepend=False, append=False)).reshape(-1, 2)
    runs = [decimated(x[start:stop], baseline - within[start:stop]) for start, stop in edges]
    name = lead if np.isfinite(row.trace).any() else f"{lead}: no signal"
    return [
        path("trace", line(pulse[:, 0], baseline + pulse[:, 1]), *(line(*run) for run in runs)),
        text(MARGIN + 0.7, baseline - row.up + 3.5, shortened(name, 40), "lead"),
    ]


def _inside(row: Row) -> npt.NDArray[np.float64]:
    """Return a trace, NaN beyond its row; a point that is beyond but next to one within is at the edge."""
    within = row.trace.clip(-row.down, row.up)
    beyond = within != row.trace
    alone = beyond.copy()
    alone[1:] &= beyond[:-1]
    alone[:-1] &= beyond[1:]
    return np.where(alone, np.nan, within)


def _marks(strip: Strip) -> str:
    """Return the symbol over every beat, and a triangle under those of abnormal beats."""
    inside = (strip.times >= strip.start) & (strip.times < strip.stop)
    x, abnormal = strip.x(strip.times[inside]), strip.abnormal[inside]
    symbols = [
        text(place, 4.0, str(symbol), "small middle flag" if marked else "small middle")
        for place, symbol, marked in zip(x, strip.symbols[inside], abnormal, strict=True)
    ]
    tips = np.full(np.count_nonzero(abnormal), 6.9)
    return path("flag", marks(x[abnormal], tips, _TRIANGLE)) + "".join(symbols)


def _reference(strip: Strip) -> str:
    """Return the symbols of the reference, on a line of their own."""
    if not strip.reference:
        return ""
    y = HEAD + REFERENCE / 2 + 0.9
    found = [(MARGIN / 2, "ref."), *((float(strip.x(time)), symbol) for time, symbol in strip.reference)]
    return "".join(text(x, y, symbol, "small middle ref") for x, symbol in found)


def _seconds(strip: Strip) -> str:
    """Return a tick and the time at every second."""
    seconds = np.arange(np.ceil(strip.start), strip.stop)
    x = strip.x(seconds).tolist()
    ticks = "".join(f"M{unit(place)} {unit(strip.height)}v{-unit(1.5)}" for place in x)
    times = [
        text(place + 0.6, strip.height - 0.7, strip.clock.of_day(second), "tiny")
        for place, second in zip(x, seconds, strict=True)
        if place < strip.width - 8
    ]
    return path("axis", ticks) + "".join(times)
