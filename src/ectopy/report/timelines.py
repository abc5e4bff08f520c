"""Figures of the whole recording: score, heart rate, signal quality, intervals.

A day has a hundred thousand beats and a page is a thousand dots wide, so values are thinned before they are
drawn; the highest and the lowest value of every stretch of time are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter

from ectopy.plotting import palette
from ectopy.signal.quality import FAULTS, Span
from ectopy.wording import clock, shortened

DOTS: Final = 500
"""Columns that a timeline is thinned to."""

_STRETCHES: Final = 150
"""Bars of the timeline of ectopic beats at the most."""

_STEPS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def thin(
    times: npt.NDArray[np.floating], values: npt.NDArray[np.floating], duration: float, n_bins: int = DOTS
) -> npt.NDArray[np.int64]:
    """Choose the values to draw: the lowest and the highest of every stretch of time, and some between.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Seconds, from 0 to ``duration``.
    values : ndarray, shape (n,)
        Values to draw; NaN is left out.
    duration : float
        Total duration in seconds.
    n_bins : int
        Number of stretches.

    Returns
    -------
    ndarray of int64
        Indices, in order; at most three per stretch on average, and all if there are fewer values than that.

    Examples
    --------
    >>> values = np.array([5.0, 9.0, 7.0, 6.0, 1.0, 4.0])
    >>> thin(np.arange(6.0), values, duration=6, n_bins=1).tolist()
    [0, 1, 4]
    """
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) <= 3 * n_bins:
        return finite
    bins = (times[finite] / duration * n_bins).astype(np.int64)
    order = np.lexsort((values[finite], bins))
    firsts = np.flatnonzero(np.diff(bins[order], prepend=-1))
    lasts = np.append(firsts[1:], len(order)) - 1
    between = np.arange(0, len(finite), -(-len(finite) // n_bins))
    return finite[np.union1d(order[np.union1d(firsts, lasts)], between)]


def plot_score_timeline(
    ax: Axes,
    times: npt.NDArray[np.floating],
    scores: npt.NDArray[np.floating],
    threshold: float,
    duration: float,
) -> None:
    """Draw the anomaly score of every beat over time, with the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    scores : ndarray, shape (n_beats,)
        Anomaly scores; NaN where a beat was not judged.
    threshold : float
        Beats with a score above it are abnormal.
    duration : float
        Seconds of the recording.
    """
    abnormal = scores > threshold
    for mask, name, marker, colour in (
        (~abnormal, "normal", ".", palette.NORMAL),
        (abnormal, "abnormal", "^", palette.ABNORMAL),
    ):
        shown = np.flatnonzero(mask)[thin(times[mask], scores[mask], duration)]
        label = f"{name} ({np.count_nonzero(mask & np.isfinite(scores)):,})"
        ax.plot(times[shown], scores[shown], ls="", marker=marker, ms=4, color=colour, label=label)
    ax.axhline(threshold, color=palette.THRESHOLD, lw=1, ls=(0, (5, 3)), label=f"threshold ({threshold:.3g})")
    _score_axis(ax, scores[np.isfinite(scores)], threshold)
    _legend_above(ax, 3)
    _time_axis(ax, duration)


def plot_heart_rate(
    ax: Axes, times: npt.NDArray[np.floating], rr: npt.NDArray[np.floating], duration: float
) -> None:
    """Draw the heart rate, beat by beat and smoothed.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    duration : float
        Seconds of the recording.
    """
    rates = np.divide(60.0, rr, out=np.full(len(rr), np.nan), where=rr > 0)
    shown = thin(times, rates, duration)
    ax.plot(times[shown], rates[shown], ls="", marker=".", ms=2.5, color=palette.NORMAL, label="beat by beat")
    width = max(min(10.0, duration / 4), duration / 360)
    middles, medians = _medians(times, rates, duration, width)
    ax.plot(middles, medians, color=palette.RECONSTRUCTION, lw=1.4, label=f"median of {_seconds(width)}")
    finite = rates[np.isfinite(rates)]
    low, high = (finite.min(), finite.max()) if len(finite) else (40.0, 120.0)
    ax.set_ylim(max(0.0, min(40.0, low) - 10), float(np.clip(high + 10, 120, 320)))
    ax.set_ylabel("heart rate, 1/min")
    _legend_above(ax, 2)
    _time_axis(ax, duration)


def plot_ectopy(
    ax: Axes, times: npt.NDArray[np.floating], classes: npt.NDArray[np.str_], duration: float
) -> None:
    """Draw the number of ventricular and supraventricular beats over time.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    classes : ndarray of str, shape (n_beats,)
        Their AAMI classes; V and F go up, S goes down.
    duration : float
        Seconds of the recording.
    """
    width = next((step for step in _STEPS if duration / step <= _STRETCHES), _STEPS[-1])
    edges = np.append(np.arange(0, duration, width), duration)
    counts = {name: np.histogram(times[np.isin(classes, list(name))], edges)[0] for name in ("V", "F", "S")}
    lefts, widths = edges[:-1], np.diff(edges)
    for name, bottom, sign in (("V", 0, 1), ("F", counts["V"], 1), ("S", 0, -1)):
        label = f"{name} ({counts[name].sum():,})"
        ax.bar(
            lefts,
            sign * counts[name],
            widths,
            bottom,
            align="edge",
            color=palette.CLASSES[name],
            hatch=palette.CLASS_HATCHES[name],
            edgecolor="white",
            lw=0,
            label=label,
        )
    highest = max(4, (counts["V"] + counts["F"]).max(initial=0), counts["S"].max(initial=0))
    ax.axhline(0, color=palette.INK, lw=0.8)
    ax.set_ylim(-1.15 * highest, 1.15 * highest)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    ax.set_ylabel(f"beats in {_seconds(width)}")
    _legend_above(ax, 3)
    _time_axis(ax, duration)


def plot_quality(ax: Axes, spans: Sequence[Span], leads: Sequence[str], duration: float) -> None:
    """Draw, lead by lead, where the signal is missing, flat, clipped or noisy.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    spans : sequence of Span
        The bad stretches; those narrower than a dot are drawn one dot wide.
    leads : sequence of str
        Names of the leads, from top to bottom.
    duration : float
        Seconds of the recording.
    """
    for row, lead in enumerate(leads):
        ax.hlines(row, 0, duration, color=palette.FAINT, lw=0.8, zorder=0)
        for kind, fault in FAULTS.items():
            ax.broken_barh(
                _bars([span for span in spans if span.lead == lead and span.kind == kind], duration),
                (row - 0.35, 0.7),
                facecolors=fault.colour,
                hatch=fault.hatch,
                edgecolor="white",
                linewidth=0,
            )
    ax.set_ylim(len(leads) - 0.4, -0.6)
    ax.set_yticks(range(len(leads)), labels=[shortened(lead, 10) for lead in leads], parse_math=False)
    ax.tick_params(axis="y", length=0)
    keys = [
        Patch(facecolor=fault.colour, hatch=fault.hatch, edgecolor="white", lw=0, label=fault.word)
        for fault in FAULTS.values()
    ]
    _legend_above(ax, 4, handles=keys)
    _time_axis(ax, duration)


def plot_intervals(ax: Axes, rr: npt.NDArray[np.floating], abnormal: npt.NDArray[np.bool_]) -> None:
    """Draw the distribution of RR intervals before normal and before abnormal beats.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    abnormal : ndarray of bool, shape (n_beats,)
        Which beats are abnormal.
    """
    edges = np.arange(0.2, 2.21, 0.025)
    normal, unusual = (
        np.histogram(np.clip(rr[mask & np.isfinite(rr)], 0.2, 2.19), edges)[0]
        for mask in (~abnormal, abnormal)
    )
    ax.stairs(normal, edges, fill=True, color=palette.NORMAL, alpha=0.7, label="up to a normal beat")
    ax.stairs(unusual, edges, color=palette.ABNORMAL, lw=1.6, label="up to an abnormal beat")
    ax.set(xlabel="RR interval, s", ylabel="beats", yscale="symlog", xlim=(0.2, 2.2))
    ax.set_ylim(0, 3 * max(3, normal.max(), unusual.max()))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8, loc="upper right")


def plot_poincare(ax: Axes, rr: npt.NDArray[np.floating]) -> None:
    """Draw every RR interval against the one before; premature beats and their pauses leave the diagonal.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    """
    pairs = np.column_stack([rr[:-1], rr[1:]])
    pairs = np.clip(pairs[np.isfinite(pairs).all(axis=1)], 0.2, 2.199)
    edges = np.arange(0.2, 2.21, 0.02)
    counts, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=[edges, edges])
    shown = np.ma.masked_equal(counts.T, 0)
    ax.plot([0.2, 2.2], [0.2, 2.2], color=palette.FAINT, lw=0.7, ls=":")
    ax.imshow(
        shown,
        origin="lower",
        extent=(0.2, 2.2, 0.2, 2.2),
        cmap="viridis_r",
        norm=LogNorm(1, max(2.0, counts.max())),
        interpolation="nearest",
    )
    ax.set(xlabel="RR interval, s", ylabel="next RR interval, s")


def _score_axis(ax: Axes, scores: npt.NDArray[np.floating], threshold: float) -> None:
    """Scale the axis so that the threshold stays readable beside scores many times as high."""
    highest = max(threshold * 1.5, float(scores.max(initial=0)))
    if highest > 6 * threshold > 0 < scores.min(initial=threshold):
        ax.set(yscale="log", ylim=(0.8 * scores.min(), 1.5 * highest), ylabel="anomaly score (log)")
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ax.set(ylim=(min(0.0, float(scores.min(initial=0))), 1.1 * highest), ylabel="anomaly score")


def _medians(
    times: npt.NDArray[np.floating], values: npt.NDArray[np.floating], duration: float, width: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the middle and the median of every stretch of ``width`` seconds, NaN where it is empty."""
    edges = np.arange(0, duration, width)
    finite = np.isfinite(values)
    parts = np.split(values[finite], np.searchsorted(times[finite], edges[1:]))
    medians = np.array([np.median(part) if len(part) else np.nan for part in parts])
    return np.minimum(edges + width / 2, (edges + duration) / 2), medians


def _bars(spans: Sequence[Span], duration: float, n_bins: int = 2 * DOTS) -> list[tuple[float, float]]:
    """Return (start, length) in seconds of what the spans cover, on a raster of ``n_bins``."""
    edge = np.zeros(n_bins + 1, np.int64)
    for span in spans:
        first = min(int(span.start / duration * n_bins), n_bins - 1)
        edge[first] += 1
        edge[max(first + 1, min(int(np.ceil(span.stop / duration * n_bins)), n_bins))] -= 1
    covered = np.concatenate([[0], np.cumsum(edge[:-1]) > 0, [0]])
    starts, stops = np.flatnonzero(np.diff(covered) == 1), np.flatnonzero(np.diff(covered) == -1)
    scale = duration / n_bins
    return [(float(a * scale), float((b - a) * scale)) for a, b in zip(starts, stops, strict=True)]


def _time_axis(ax: Axes, duration: float) -> None:
    step = next((step for step in _STEPS if duration / step <= 10), _STEPS[-1])
    ticks = range(0, int(duration) + 1, step)
    hours = duration >= 3600
    names = [f"{tick // 3600}:{tick % 3600 // 60:02d}" if hours else clock(tick) for tick in ticks]
    ax.set_xticks(ticks, labels=names)
    ax.set_xlim(0, duration)
    ax.set_xlabel("time, h:mm" if hours else "time, m:ss")
    ax.spines[["top", "right"]].set_visible(False)


def _seconds(width: float) -> str:
    return f"{width:.2g} s" if width < 90 else f"{width / 60:.0f} min"


def _legend_above(ax: Axes, columns: int, handles: Sequence[Patch] | None = None) -> None:
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=columns,
        frameon=False,
        borderaxespad=0.2,
        fontsize=8,
        handletextpad=0.4,
        columnspacing=1.4,
    )
