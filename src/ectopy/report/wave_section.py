"""What the report says of P, QRS and T: the median beat of each lead with its marks, and the intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ectopy.analysis.result import Analysis
from ectopy.beats.wave_marks import WAVES
from ectopy.beats.waves import MARKS, Waves
from ectopy.plotting import palette
from ectopy.record import Source
from ectopy.report.svg import to_svg
from ectopy.rhythm.conduction import CONDUCTION_KINDS, LONG_PR, conduction_events
from ectopy.rhythm.intervals import (
    INTERVALS,
    WIDE_QRS,
    beat_intervals,
    median_marks,
    summarise_intervals,
    wave_axes,
)
from ectopy.wording import counted, rounded, shortened

if TYPE_CHECKING:
    import pandas as pd

LEADS_SHOWN: Final = 12

BEATS_AVERAGED: Final = 200
"""Beats that a median beat is made of at the most, evenly spread over the recording."""

_BEFORE, _AFTER = 0.45, 0.65
_COLOURS: Final = {"P": "#009e73", "QRS": "#0072b2", "T": "#cc79a7"}
_TITLES: Final = {
    "heart_rate": "heart rate, 1/min",
    "p": "P wave, ms",
    "pr": "PR interval, ms",
    "qrs": "QRS complex, ms",
    "qt": "QT interval, ms",
    "qtc_bazett": "QTc (Bazett), ms",
    "qtc_fridericia": "QTc (Fridericia), ms",
    "qtc_framingham": "QTc (Framingham), ms",
    "qtc_hodges": "QTc (Hodges), ms",
}


@dataclass(frozen=True)
class IntervalRow:
    """One interval: its median, the range of nine tenths of the beats, and how many beats have it."""

    title: str
    median: str
    low: str
    high: str
    n_beats: str


@dataclass(frozen=True)
class MedianBeat:
    """The median beat of one lead, and its ST level 60 ms after the J point in mV."""

    lead: str
    st: str
    picture: Markup


@dataclass(frozen=True)
class WaveSection:
    """What the page shows of the waves of a recording."""

    intervals: tuple[IntervalRow, ...]
    beats: tuple[MedianBeat, ...]
    axes: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


def wave_section(analysis: Analysis) -> WaveSection | None:
    """Return what the page shows of the waves; nothing where they were not delineated.

    Parameters
    ----------
    analysis : Analysis
        Its largest morphology cluster gives the median beat.
    """
    waves = analysis.waves
    if waves is None or not len(waves):
        return None
    beats = beat_intervals(waves)
    table = summarise_intervals(beats).to_dict("index")
    return WaveSection(
        intervals=tuple(_interval_row(name, table[name]) for name in INTERVALS),
        beats=_median_beats(analysis.record, waves, analysis.clusters == 0),
        axes=tuple((wave, f"{axis:.0f}°") for wave, axis in wave_axes(waves).items()),
        remarks=tuple(_remarks(waves, beats)),
    )


def _interval_row(name: str, figures: dict[Any, Any]) -> IntervalRow:
    median, low, high = (
        rounded(float(figures[key]) if np.isfinite(figures[key]) else None)
        for key in ("median", "low", "high")
    )
    return IntervalRow(_TITLES[name], median, low, high, rounded(int(figures["n_beats"])))


def _remarks(waves: Waves, beats: pd.DataFrame) -> list[str]:
    """Name what stands out, with how many beats show it."""
    found = {
        f"have a QRS complex wider than {WIDE_QRS:g} ms": beats["wide_qrs"],
        f"have a PR interval longer than {LONG_PR:g} ms": beats["pr"] > LONG_PR,
        "have no P wave": waves.n_p == 0,
        "have more than one P wave before them": waves.n_p > 1,
    }
    counts = {text: int(np.sum(each)) for text, each in found.items()}
    events = [event.kind for event in conduction_events(waves)]
    suspected = [
        f"{kind[0].upper()}{kind[1:]} suspected, {counted(events.count(kind), 'time')}"
        for kind in CONDUCTION_KINDS
        if kind in events
    ]
    return suspected + [
        f"{rounded(count)} of {rounded(len(waves))} beats {text}" for text, count in counts.items() if count
    ]


def _median_beats(source: Source, waves: Waves, typical: npt.NDArray[np.bool_]) -> tuple[MedianBeat, ...]:
    chosen = np.flatnonzero(typical if typical.any() else np.ones(len(waves), np.bool_))
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), BEATS_AVERAGED)).round().astype(int)]
    shapes = _median_shapes(source, waves.r_peaks[chosen])
    marks = median_marks(waves, np.isin(np.arange(len(waves)), chosen).astype(int))
    rows = marks[marks["cluster"] == 1].set_index("lead")
    cards = []
    for column, lead in enumerate(waves.leads[:LEADS_SHOWN]):
        row = rows.iloc[column]
        figure = Figure(figsize=(2.5, 1.9))
        plot_median_beat(figure.add_axes((0.26, 0.24, 0.7, 0.7)), shapes[:, column], waves.fs, row)
        label = f"Median beat of {shortened(lead)} with its P wave, QRS complex and T wave"
        st = float(row["st_60"]) if np.isfinite(row["st_60"]) else None
        picture = Markup(to_svg(figure, label))  # noqa: S704  (its text was escaped)
        cards.append(MedianBeat(lead, rounded(st, 2), picture))
    return tuple(cards)


def _median_shapes(source: Source, r_peaks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the median of the signal around R peaks, shape (n_times, n_leads)."""
    before, after = round(_BEFORE * source.fs), round(_AFTER * source.fs)
    windows = np.full((len(r_peaks), before + after, len(source.leads)), np.nan)
    for window, peak in zip(windows, r_peaks.tolist(), strict=True):
        part = source.read(max(0, peak - before), peak + after)
        skip = max(0, before - peak)
        window[skip : skip + len(part)] = part
    present = np.where(np.isfinite(windows).any(axis=0), windows, 0)
    return np.asarray(np.nanmedian(present, axis=0))


def plot_median_beat(ax: Axes, shape: npt.NDArray[np.float64], fs: float, marks: pd.Series) -> None:
    """Draw a median beat, and where its waves begin and end.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    shape : ndarray of float64, shape (n_times,)
        In mV, from 0.45 s before the R peak.
    fs : float
        Sampling frequency in Hz.
    marks : Series
        Milliseconds from the R peak by the names of `ectopy.beats.waves.MARKS`; NaN where there is no wave.
    """
    ms = 1000 * (np.arange(len(shape)) / fs - _BEFORE)
    for wave in WAVES:
        onset, _, end = (float(marks[name]) for name in MARKS if name.startswith(f"{wave.lower()}_"))
        if np.isfinite([onset, end]).all():
            ax.axvspan(onset, end, color=_COLOURS[wave], alpha=0.2, lw=0)
            ax.text(
                (onset + end) / 2,
                0.98,
                wave,
                transform=ax.get_xaxis_transform(),
                size=7,
                ha="center",
                va="top",
            )
    ax.plot(ms, shape, color=palette.INK, lw=1)
    ax.set_xlim(ms[0], ms[-1])
    ax.margins(y=0.18)
    ax.set_xlabel("ms from R", size=7)
    ax.set_ylabel("mV", size=7)
    ax.tick_params(labelsize=7)
    ax.spines[["top", "right"]].set_visible(False)
