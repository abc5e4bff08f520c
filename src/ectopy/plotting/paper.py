"""ECG paper: 25 mm/s, 10 mm/mV, a fine line every millimetre, a coarse one every five.

Everything here is drawn in millimetres, the origin in the lower left corner, so that a strip is true to scale
on paper and its squares are square at any zoom.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from ectopy.plotting import palette
from ectopy.plotting.strip import GAIN, HEAD, MARGIN, REFERENCE, SPEED, Row, Strip
from ectopy.wording import shortened

MM_PER_INCH: Final = 25.4


def plot_strip(ax: Axes, strip: Strip) -> None:
    """Draw a strip of ECG paper.

    Parameters
    ----------
    ax : Axes
        Where to draw; its units become millimetres.
    strip : Strip
        What to draw.
    """
    ax.set(xlim=(0, strip.width), ylim=(0, strip.height), aspect="equal")
    ax.set_axis_off()
    _draw_grid(ax, strip.width, strip.height)
    if strip.highlight is not None:
        left, right = strip.x(strip.highlight)
        ax.add_patch(
            Rectangle((left, 0), right - left, strip.height, color=palette.HIGHLIGHT, alpha=0.35, lw=0)
        )
    baseline = strip.height - strip.head
    for lead, row in zip(strip.leads, strip.rows, strict=True):
        baseline -= row.up
        _draw_lead(ax, strip, lead, row, baseline)
        baseline -= row.down
    _draw_marks(ax, strip)
    _draw_reference(ax, strip)
    _draw_seconds(ax, strip)


def strip_figure(strip: Strip) -> Figure:
    """Return a figure of a strip and nothing else, of the strip's size on paper."""
    figure = Figure(figsize=(strip.width / MM_PER_INCH, strip.height / MM_PER_INCH))
    plot_strip(figure.add_axes((0, 0, 1, 1)), strip)
    return figure


def _draw_grid(ax: Axes, width: float, height: float) -> None:
    for step, colour, weight in ((1, palette.PAPER_FINE, 0.3), (5, palette.PAPER_COARSE, 0.5)):
        columns, rows = np.arange(0, width + 0.01, step), np.arange(0, height + 0.01, step)
        upright = [((x, 0), (x, height)) for x in columns]
        level = [((0, y), (width, y)) for y in rows]
        points = np.array(upright + level).reshape(-1, 2)
        codes = np.tile([Path.MOVETO, Path.LINETO], len(points) // 2)
        ax.add_patch(PathPatch(Path(points, codes), fill=False, edgecolor=colour, linewidth=weight))


def _draw_lead(ax: Axes, strip: Strip, lead: str, row: Row, baseline: float) -> None:
    pulse = np.array([(1.5, 0), (2.5, 0), (2.5, GAIN), (7.5, GAIN), (7.5, 0), (8.5, 0)])
    ax.plot(pulse[:, 0], baseline + pulse[:, 1], color=palette.INK, lw=0.9)
    x = MARGIN + np.arange(len(row.trace)) / strip.fs * SPEED
    (line,) = ax.plot(x, baseline + row.trace, color=palette.INK, lw=0.8, solid_joinstyle="round")
    space = Rectangle((0, baseline - row.down), strip.width, row.up + row.down, transform=ax.transData)
    line.set_clip_path(space)
    name = lead if np.isfinite(row.trace).any() else f"{lead}: no signal"
    ax.text(
        MARGIN + 0.5,
        baseline + row.up - 1,
        shortened(name, 40),
        size=8,
        weight="bold",
        va="top",
        color=palette.INK,
        parse_math=False,
        bbox={"facecolor": "white", "alpha": 0.7, "pad": 0.8, "lw": 0},
    )


def _draw_marks(ax: Axes, strip: Strip) -> None:
    y = strip.height - HEAD / 2
    inside = (strip.times >= strip.start) & (strip.times < strip.stop)
    x, abnormal = strip.x(strip.times[inside]), strip.abnormal[inside]
    flags = x[abnormal]
    ax.plot(flags, np.full(len(flags), y - 2.6), marker="v", color=palette.ABNORMAL, ms=4.5, lw=0)
    for place, symbol, marked in zip(x, strip.symbols[inside], abnormal, strict=True):
        ax.text(
            place,
            y + 0.6,
            str(symbol),
            size=8,
            ha="center",
            va="center",
            weight="bold" if marked else "normal",
            color=palette.ABNORMAL if marked else palette.INK,
            parse_math=False,
        )


def _draw_reference(ax: Axes, strip: Strip) -> None:
    y = strip.height - HEAD - REFERENCE / 2
    marks = [(float(strip.x(time)), symbol) for time, symbol in strip.reference]
    for x, text in [(MARGIN / 2, "ref."), *marks] if marks else []:
        ax.text(x, y, text, size=7, ha="center", va="center", color=palette.REFERENCE, parse_math=False)


def _draw_seconds(ax: Axes, strip: Strip) -> None:
    seconds = np.arange(np.ceil(strip.start), strip.stop)
    x = strip.x(seconds)
    ax.vlines(x, 0, 1.5, color=palette.INK, lw=0.7)
    for place, second in zip(x, seconds, strict=True):
        if place < strip.width - 8:
            ax.text(place + 0.6, 0.5, strip.clock(second), size=6.5, va="bottom", color=palette.INK)
