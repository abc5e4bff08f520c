"""The pictures of the report, drawn from an analysis."""

from __future__ import annotations

from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from ectopy.analysis.result import Analysis
from ectopy.beats.portions import chosen_rows
from ectopy.report.beat_pictures import (
    SAMPLES_SHOWN,
    draw_beat,
    draw_cluster,
    draw_intervals,
    draw_poincare,
)
from ectopy.report.density import LONG, draw_rate_density
from ectopy.report.highlights import onset_strip, sheets, strip_around, strip_of
from ectopy.report.language import Language
from ectopy.report.paper import draw_strip
from ectopy.report.style import STYLE, definitions
from ectopy.report.timelines import (
    TimeAxis,
    draw_ectopy,
    draw_episodes,
    draw_heart_rate,
    draw_quality,
    draw_scores,
)
from ectopy.report.titles import TITLES
from ectopy.rhythm.episodes import Episode
from ectopy.rhythm.events import Event

AT_ONCE: Final = 4096
"""Beats whose windows are averaged at a time."""

Floats = npt.NDArray[np.floating]


def style() -> Markup:
    """Return the style sheet of the page and of all pictures on it."""
    sheet = resources.files("ectopy.report") / "templates" / "report.css"
    return _markup(sheet.read_text(encoding="utf-8") + STYLE)


def shared() -> Markup:
    """Return what pictures refer to: the ECG paper and the hatches."""
    return _markup(definitions())


def timelines(analysis: Analysis, language: Language) -> dict[str, Markup]:
    """Return what runs over the whole recording on a common time axis: rates, ectopy, score and quality.

    Episodes are there where any were found, and the density of heart rates from `density.LONG` on.
    """
    axis = TimeAxis(analysis.record.duration, language.clock(analysis.record.start), language)
    times = analysis.beats.samples / analysis.record.fs
    pictures = {
        "heart_rate": draw_heart_rate(times, analysis.rr, axis),
        "ectopy": draw_ectopy(times, analysis.classes, axis),
        "score": draw_scores(times, analysis.scores, analysis.threshold, axis),
        "quality": draw_quality(analysis.spans, analysis.record.leads, axis),
    }
    if analysis.episodes:
        pictures["episodes"] = draw_episodes(analysis.episodes, analysis.record.fs, axis)
    if axis.duration >= LONG:
        pictures["density"] = draw_rate_density(times, analysis.rr, axis)
    return {name: _markup(picture) for name, picture in pictures.items()}


def rhythm(analysis: Analysis, language: Language) -> dict[str, Markup]:
    """Return the distribution of RR intervals, and each RR and each NN interval against the next."""
    rr = analysis.rr
    return {
        "intervals": _markup(draw_intervals(rr, analysis.abnormal, language)),
        "poincare": _markup(draw_poincare(rr, "RR", language)),
        "normal": _markup(draw_poincare(analysis.nn_intervals, "NN", language)),
    }


def beat(analysis: Analysis, index: int, reconstruction: Floats, language: Language) -> Markup:
    """Return one beat and its reconstruction, in mV like the windows."""
    beats = analysis.beats
    when = _when(analysis, index, language)
    label = language.text("Beat at {when}: original and what was expected", when=when)
    return _markup(
        draw_beat(beats.waveforms[index, 0], reconstruction, beats.fs, analysis.window.before, label)
    )


def strip(analysis: Analysis, index: int, language: Language) -> Markup:
    """Return the ECG around one beat, on ECG paper."""
    stretch = strip_around(analysis, index)
    leads, when = ", ".join(stretch.leads), _when(analysis, index, language)
    label = language.text("ECG of {leads} around {when}, 25 mm/s, 10 mm/mV", leads=leads, when=when)
    return _markup(draw_strip(stretch, label))


def event(analysis: Analysis, event: Event, language: Language) -> Markup:
    """Return the ECG of an event, on ECG paper."""
    stretch = strip_of(analysis, event)
    return _markup(draw_strip(stretch, _finding(analysis, event.kind, event.start, stretch.leads, language)))


def onset(analysis: Analysis, episode: Episode, language: Language) -> Markup:
    """Return the ECG in which an episode begins, on ECG paper."""
    stretch = onset_strip(analysis, episode)
    start = episode.start / analysis.record.fs
    return _markup(draw_strip(stretch, _finding(analysis, episode.kind, start, stretch.leads, language)))


def whole(analysis: Analysis, language: Language) -> list[Markup]:
    """Return a short recording on every lead, where there are more than other strips show, in parts."""
    label = language.text("Every lead, 25 mm/s, 10 mm/mV")
    return [_markup(draw_strip(part, label)) for part in sheets(analysis)]


def cluster(analysis: Analysis, members: npt.NDArray[np.bool_], number: int, language: Language) -> Markup:
    """Return the average of one cluster."""
    beats, chosen = analysis.beats, np.flatnonzero(members)
    mean, sd = average(beats.waveforms, chosen)
    shown = chosen[:: max(1, len(chosen) // SAMPLES_SHOWN)][:SAMPLES_SHOWN]
    some = chosen_rows(beats.waveforms, shown)[:, 0]
    label = language.text(
        "Average of cluster {n} with its standard deviation, and some of its beats", n=number
    )
    return _markup(draw_cluster(mean, sd, some, beats.fs, analysis.window.before, label))


def average(waveforms: Floats, chosen: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of some windows on their first lead, each of shape (n_times,)."""
    centre = waveforms[chosen[0], 0].astype(np.float64)
    total, squares = np.zeros_like(centre), np.zeros_like(centre)
    for start in range(0, len(chosen), AT_ONCE):
        part = chosen_rows(waveforms, chosen[start : start + AT_ONCE])[:, 0] - centre
        total += part.sum(axis=0)
        squares += np.einsum("ij,ij->j", part, part)
    mean = total / len(chosen)
    return centre + mean, np.sqrt((squares / len(chosen) - mean**2).clip(0))


def _finding(analysis: Analysis, kind: str, start: float, leads: tuple[str, ...], language: Language) -> str:
    """Return what a strip shows, for readers who cannot see it."""
    return language.text(
        "ECG of {leads}: {kind}, {when}; 25 mm/s, 10 mm/mV",
        leads=", ".join(leads),
        kind=language.text(TITLES[kind]),
        when=language.clock(analysis.record.start)(start, 1),
    )


def _when(analysis: Analysis, index: int, language: Language) -> str:
    seconds = analysis.beats.samples[index] / analysis.record.fs
    return language.clock(analysis.record.start)(seconds, 1)


def _markup(picture: str) -> Markup:
    """Trust what was drawn here: all names in it were escaped by `ectopy.report.svg`."""
    return Markup(picture)  # noqa: S704 - see above
