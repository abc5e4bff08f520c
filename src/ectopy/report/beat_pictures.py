"""Pictures of single beats, of clusters of beats, and of the intervals between beats."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import milliseconds
from ectopy.report.density import cells
from ectopy.report.language import ENGLISH, Language
from ectopy.report.plot import Plot, Scale, Ticks, nice_ticks
from ectopy.report.svg import boxes, line, path, ring, unit

SAMPLES_SHOWN: Final = 12
"""Beats of a cluster that are drawn behind its average."""

SHORTEST: Final = 0.2
LONGEST: Final = 2.2
"""Seconds: RR intervals outside are drawn at the edge."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 14.0, 3.0, 2.5, 11.0
"""Millimetres around the axes."""

Floats = npt.NDArray[np.floating]


def draw_beat(
    original: Floats, reconstruction: Floats, fs: float, before: int = 0, label: str = "Beat"
) -> str:
    """Draw a beat and its reconstruction, with the difference shaded.

    Parameters
    ----------
    original, reconstruction : ndarray, shape (n_times,)
        In mV.
    fs : float
        Sampling rate in Hz.
    before : int
        Samples before the R peak, which is at 0 ms.
    label : str
        What it shows, for readers who cannot see it.

    Returns
    -------
    str
        An ``<svg>`` element, as of every function here.
    """
    ms = milliseconds(len(original), fs, before)
    plot = beat_plot(70, 50, ms, np.array([original, reconstruction]))
    x, y, made = plot.x(ms), plot.y(original), plot.y(reconstruction)
    return plot.draw(
        label,
        beat_grid(plot),
        path("error", ring(np.append(x, x[::-1]), np.append(y, made[::-1]))),
        path("beat", line(x, y)),
        path("made", line(x, made)),
        beat_frame(plot),
    )


def draw_cluster(
    mean: Floats, sd: Floats, some: Floats, fs: float, before: int = 0, label: str = "Cluster"
) -> str:
    """Draw the average of a morphology cluster, ± one standard deviation, and some of its beats.

    Parameters
    ----------
    mean, sd : ndarray, shape (n_times,)
        In mV.
    some : ndarray, shape (n, n_times)
        The beats to draw, in mV.
    fs : float
        Sampling rate in Hz.
    before : int
        Samples before the R peak, which is at 0 ms.
    label : str
        What it shows, for readers who cannot see it.
    """
    ms = milliseconds(len(mean), fs, before)
    plot = beat_plot(64, 48, ms, np.concatenate([some, [mean - sd, mean + sd]]))
    x = plot.x(ms)
    band = ring(np.append(x, x[::-1]), np.append(plot.y(mean - sd), plot.y(mean + sd)[::-1]))
    return plot.draw(
        label,
        beat_grid(plot),
        path("member", *(line(x, plot.y(beat)) for beat in some)),
        path("band", band),
        path("beat", line(x, plot.y(mean))),
        beat_frame(plot),
    )


def draw_intervals(rr: Floats, abnormal: npt.NDArray[np.bool_], language: Language = ENGLISH) -> str:
    """Draw the distribution of RR intervals before normal and before abnormal beats.

    Parameters
    ----------
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    abnormal : ndarray of bool, shape (n_beats,)
        Which beats are abnormal.
    language : Language
        To write in.
    """
    edges = np.arange(SHORTEST, LONGEST + 0.01, 0.025)
    known = np.isfinite(rr)
    normal, unusual = (np.histogram(_within(rr[mask & known]), edges)[0] for mask in (~abnormal, abnormal))
    highest = 3.0 * max(3, normal.max(), unusual.max())
    plot = Plot(124, 84, _seconds(16, 121), Scale(0, highest, 84 - _BOTTOM, 9, "counts"))
    x, zero = plot.x(edges), np.full(len(normal), plot.y.start)
    steps = line(np.repeat(x, 2)[1:-1], plot.y(np.repeat(unusual, 2)))
    counts = [(value, language.number(value)) for value in [0.0, *10.0 ** np.arange(7)] if value <= highest]
    say = language.text
    return plot.draw(
        say("How often each RR interval occurs"),
        plot.grid(y=counts),
        path("normal", boxes(x[:-1], plot.y(normal), x[1:], zero)),
        path("unusual", steps),
        plot.key(("normal", say("up to a normal beat")), ("unusual", say("up to an abnormal beat"))),
        plot.frame(nice_ticks(SHORTEST, LONGEST), counts, say("{name} interval, s", name="RR"), say("beats")),
    )


def draw_poincare(rr: Floats, name: str = "RR", language: Language = ENGLISH) -> str:
    """Draw every interval against the one before; premature beats and their pauses leave the diagonal.

    Parameters
    ----------
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    name : str
        What the intervals are.
    language : Language
        To write in.
    """
    pairs = np.column_stack([rr[:-1], rr[1:]])
    pairs = _within(pairs[np.isfinite(pairs).all(axis=1)])
    edges = np.arange(SHORTEST, LONGEST + 0.01, 0.02)
    counts, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=[edges, edges])
    plot = Plot(86, 84, _seconds(16, 83), Scale(SHORTEST, LONGEST, 84 - _BOTTOM, 84 - _BOTTOM - 67))
    (left, right), (bottom, high) = plot.x([SHORTEST, LONGEST]), plot.y([SHORTEST, LONGEST])
    ticks = nice_ticks(SHORTEST, LONGEST)
    say = language.text
    return plot.draw(
        say("Each {name} interval against the next", name=name),
        plot.grid(ticks, ticks),
        path("diagonal", f"M{unit(left)} {unit(bottom)}L{unit(right)} {unit(high)}"),
        cells(counts, plot.x(edges), plot.y(edges)),
        plot.frame(
            ticks, ticks, say("{name} interval, s", name=name), say("next {name} interval, s", name=name)
        ),
    )


def beat_plot(width: float, height: float, ms: Floats, values: Floats, spare: float = 0.05) -> Plot:
    """Return axes that hold all values with a share to spare, and 0.2 mV at the least."""
    low, high = float(values.min()), float(values.max())
    more = max(spare * (high - low), (0.2 - (high - low)) / 2)
    return Plot(
        width,
        height,
        Scale(float(ms[0]), float(ms[-1]), _LEFT, width - _RIGHT),
        Scale(low - more, high + more, height - _BOTTOM, _TOP),
    )


def beat_grid(plot: Plot) -> str:
    """Return faint lines behind a beat."""
    return plot.grid(*_ticks(plot))


def beat_frame(plot: Plot) -> str:
    """Return the axes around a beat: ms and mV."""
    return plot.frame(*_ticks(plot), "ms", "mV")


def _within(rr: Floats) -> Floats:
    return np.clip(rr, SHORTEST, LONGEST - 0.001)


def _seconds(left: float, right: float) -> Scale:
    return Scale(SHORTEST, LONGEST, left, right)


def _ticks(plot: Plot) -> tuple[Ticks, Ticks]:
    return nice_ticks(plot.x.low, plot.x.high, 4), nice_ticks(plot.y.low, plot.y.high)
