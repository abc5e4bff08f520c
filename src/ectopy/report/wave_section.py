"""What the report says of P, QRS and T: the median beat of each lead with its marks, and the intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from ectopy.analysis.result import Analysis
from ectopy.beats.wave_marks import WAVES
from ectopy.beats.waves import MARKS, Waves
from ectopy.record import Source
from ectopy.report.beat_pictures import beat_frame, beat_grid, beat_plot
from ectopy.report.highlights import clusters_by_size
from ectopy.report.language import ENGLISH, Language, Plural, marked
from ectopy.report.svg import boxes, decimated, line, path, text
from ectopy.report.timelines import TimeAxis
from ectopy.report.titles import TITLES
from ectopy.report.wave_trends import draw_intervals_over_time, stretch_seconds
from ectopy.rhythm.conduction import CONDUCTION_KINDS, LONG_PR
from ectopy.rhythm.intervals import (
    INTERVALS,
    WIDE_QRS,
    interval_columns,
    interval_shares,
    median_mark_rows,
    wave_axes,
)
from ectopy.wording import shortened

LEADS_SHOWN: Final = 12

CLUSTERS_SHOWN: Final = 3
FEWEST_BEATS: Final = 5
"""Largest morphology clusters whose median beats are measured, and beats of a second and third one."""

BEATS_AVERAGED: Final = 200
"""Beats that a median beat is made of at the most, evenly spread over the recording."""

_HEIGHTS: Final = ("p_amplitude", "qrs_amplitude", "t_amplitude", "st_60", "st_80")

_BEFORE, _AFTER = 0.45, 0.65
_TITLES: Final = {
    "heart_rate": marked("heart rate, 1/min"),
    "p": marked("P wave, ms"),
    "pr": marked("PR interval, ms"),
    "qrs": marked("QRS complex, ms"),
    "qt": marked("QT interval, ms"),
    "qtc_bazett": marked("QTc (Bazett), ms"),
    "qtc_fridericia": marked("QTc (Fridericia), ms"),
    "qtc_framingham": marked("QTc (Framingham), ms"),
    "qtc_hodges": marked("QTc (Hodges), ms"),
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
class MedianRow:
    """Median beat of one morphology cluster on one lead: intervals in ms, heights in mV."""

    cluster: int
    lead: str
    n_beats: str
    intervals: tuple[str, ...]
    heights: tuple[str, ...]


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
    medians: tuple[MedianRow, ...]
    trend: Markup
    stretch: str


def wave_section(analysis: Analysis, language: Language = ENGLISH) -> WaveSection | None:
    """Return what the page shows of the waves; nothing where they were not delineated.

    Parameters
    ----------
    analysis : Analysis
        Its largest morphology cluster gives the median beat.
    language : Language
        To write in.
    """
    waves = analysis.waves
    if waves is None or not len(waves):
        return None
    beats = _judged_columns(analysis, waves)
    duration = analysis.record.duration
    largest = np.isin(analysis.clusters, clusters_by_size(analysis)[:1])
    axis = TimeAxis(duration, language.clock(analysis.record.start), language)
    usable = (analysis.quality == "good") & analysis.judged
    trend = draw_intervals_over_time(waves, usable, axis)
    return WaveSection(
        intervals=tuple(_interval_row(name, interval_shares(beats[name]), language) for name in INTERVALS),
        beats=_median_beats(analysis.record, waves, largest, language),
        axes=tuple((wave, f"{language.number(axis)}°") for wave, axis in wave_axes(waves).items()),
        remarks=tuple(_remarks(analysis, beats, language)),
        medians=tuple(_median_rows(waves, analysis.clusters, language)),
        trend=Markup(trend),  # noqa: S704  (numbers only)
        stretch=f"{stretch_seconds(duration):g} s",
    )


def _judged_columns(analysis: Analysis, waves: Waves) -> dict[str, npt.NDArray[Any]]:
    """Return intervals of the beats that were judged, as waves of fibrillation have none."""
    columns = interval_columns(waves) | {"heart_rate": 60 / analysis.rr}
    return {name: values[analysis.judged] for name, values in columns.items()}


def _median_rows(waves: Waves, clusters: npt.NDArray[np.int64], language: Language) -> Iterator[MedianRow]:
    for row in median_mark_rows(waves, clusters):
        common = row["cluster"] == 0 or row["n_beats"] >= FEWEST_BEATS
        if 0 <= row["cluster"] < CLUSTERS_SHOWN and common:
            onset = row["qrs_onset"]
            intervals = (onset - row["p_onset"], row["qrs_end"] - onset, row["t_end"] - onset)
            heights = (row[name] for name in _HEIGHTS)
            yield MedianRow(
                cluster=row["cluster"] + 1,
                lead=shortened(row["lead"]),
                n_beats=language.number(row["n_beats"]),
                intervals=tuple(language.number(value) for value in intervals),
                heights=tuple(language.number(value, 2) for value in heights),
            )


def _interval_row(name: str, figures: dict[str, float], language: Language) -> IntervalRow:
    median, low, high = (language.number(figures[key]) for key in ("median", "low", "high"))
    return IntervalRow(_TITLES[name], median, low, high, language.number(int(figures["n_beats"])))


def _remarks(analysis: Analysis, beats: dict[str, npt.NDArray[Any]], language: Language) -> Iterator[str]:
    """Name what stands out, with how many beats show it."""
    kinds = [event.kind for event in analysis.events]
    for kind in (kind for kind in CONDUCTION_KINDS if kind in kinds):
        suspected = Plural("{kind}, {n} time.", "{kind}, {n} times.")
        yield language.count(suspected, kinds.count(kind), kind=language.text(TITLES[kind]))
    found = {
        marked("{n} of {all} beats have a QRS complex wider than {limit} ms."): beats["wide_qrs"],
        marked("{n} of {all} beats have a PR interval longer than {limit} ms."): beats["pr"] > LONG_PR,
        marked("{n} of {all} beats have no P wave."): beats["n_p"] == 0,
        marked("{n} of {all} beats have more than one P wave before them."): beats["n_p"] > 1,
    }
    limits = (WIDE_QRS, LONG_PR, 0.0, 0.0)
    for (sentence, those), limit in zip(found.items(), limits, strict=True):
        if those.any():
            n, every = language.number(int(np.sum(those))), language.number(len(those))
            yield language.text(sentence, n=n, all=every, limit=language.number(limit))


def _median_beats(
    source: Source, waves: Waves, typical: npt.NDArray[np.bool_], language: Language
) -> tuple[MedianBeat, ...]:
    chosen = np.flatnonzero(typical if typical.any() else np.ones(len(waves), np.bool_))
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), BEATS_AVERAGED)).round().astype(int)]
    shapes = _median_shapes(source, waves.r_peaks[chosen])
    marks = median_mark_rows(waves, np.isin(np.arange(len(waves)), chosen).astype(int))
    rows = [row for row in marks if row["cluster"] == 1]
    cards = []
    for column, lead in enumerate(waves.leads[:LEADS_SHOWN]):
        row = rows[column]
        label = language.text(
            "Median beat of {lead} with its P wave, QRS complex and T wave", lead=shortened(lead)
        )
        picture = Markup(draw_median_beat(shapes[:, column], waves.fs, row, label))  # noqa: S704  (escaped)
        cards.append(MedianBeat(lead, language.number(row["st_60"], 2), picture))
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


def draw_median_beat(
    shape: npt.NDArray[np.float64], fs: float, marks: Mapping[str, float], label: str = "Median beat"
) -> str:
    """Draw a median beat, and where its waves begin and end.

    Parameters
    ----------
    shape : ndarray of float64, shape (n_times,)
        In mV, from 0.45 s before the R peak.
    fs : float
        Sampling frequency in Hz.
    marks : mapping of str to float
        Milliseconds from the R peak by the names of `ectopy.beats.waves.MARKS`; NaN where there is no wave.
    label : str
        What it shows, for readers who cannot see it.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    ms = 1000 * (np.arange(len(shape)) / fs - _BEFORE)
    plot = beat_plot(64, 48, ms, shape, spare=0.18)
    parts = []
    for wave in WAVES:
        onset, _, end = (float(marks[name]) for name in MARKS if name.startswith(f"{wave.lower()}_"))
        if np.isfinite([onset, end]).all():
            edges = plot.x([onset, end])
            top, bottom = np.full(1, plot.y.stop), np.full(1, plot.y.start)
            parts.append(path(f"wave{wave}", boxes(edges[:1], top, edges[1:], bottom)))
            parts.append(text(float(edges.mean()), plot.y.stop + 3, wave, "small middle"))
    curve = path("trace", line(*decimated(plot.x(ms), plot.y(shape))))
    return plot.draw(label, beat_grid(plot), *parts, curve, beat_frame(plot))
