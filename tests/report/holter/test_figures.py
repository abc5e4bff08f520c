"""Every figure of a Holter report, against a slow, obvious count."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from ectopy.report.holter.figures import holter_figures
from ectopy.rhythm.episodes import Episode
from ectopy.signal.quality import Quality, Span

BLIND = (Span(3500.0, 3700.0, "MLII", Quality.MISSING), Span(3590.0, 3650.0, "V1", Quality.NOISY))
"""Where both leads are spoilt: 3590 to 3650 s, ten seconds of the first hour."""


@pytest.fixture(scope="module")
def analysis(make_analysis, odd_beat):
    """Two hours and a bit, with beats of each class, a run, a pause and fibrillation in the second hour."""
    rng = np.random.default_rng(1)
    n_beats = 8000
    numbers = rng.choice(n_beats, 200, replace=False)
    odd = [odd_beat(int(beat), 5.0, predicted=str(rng.choice(["V", "S", "F"]))) for beat in numbers]
    odd += [odd_beat(beat, 5.0, predicted="V") for beat in range(4001, 4006)]
    made = make_analysis(duration=7500.0, n_beats=n_beats, odd=odd, spans=BLIND)
    rr = 0.9 + 0.1 * np.sin(np.arange(n_beats) / 100)
    rr[5000], rr[6000] = 3.2, 2.5
    times = np.cumsum(rr)
    samples = np.rint(times * made.record.fs).astype(np.int64)
    beats = replace(
        made.beats,
        samples=samples,
        r_peaks=samples.astype(float),
        rr=np.diff(times, prepend=np.nan).astype("f4"),
    )
    fibrillation = Episode("atrial fibrillation", round(3900 * made.record.fs), round(4200 * made.record.fs))
    record = replace(made.record, start=datetime(2026, 3, 1, 21, 0, 0))
    return replace(made, beats=beats, record=record, episodes=(fibrillation,))


@pytest.fixture(scope="module")
def figures(analysis):
    return holter_figures(analysis)


def _times(analysis):
    return [sample / analysis.record.fs for sample in analysis.beats.samples]


def test_the_hours_add_up_to_what_is_counted_beat_by_beat(analysis, figures):
    for hour in figures.hours:
        inside = [i for i, at in enumerate(_times(analysis)) if hour.start <= at < hour.stop]
        assert hour.n_beats == len(inside)
        for name in "NSVF?":
            assert hour.classes[name] == sum(analysis.classes[i] == name for i in inside)
    assert sum(hour.n_beats for hour in figures.hours) == len(analysis.beats)
    assert [hour.stop for hour in figures.hours] == [3600.0, 7200.0, 7500.0]


def test_heart_rates_are_means_over_eight_intervals(analysis, figures):
    rr, times = analysis.rr.tolist(), _times(analysis)
    hour = figures.hours[1]
    inside = [i for i, at in enumerate(times) if hour.start <= at < hour.stop]
    groups = [inside[k : k + 8] for k in range(len(inside) - 7)]
    sums = {g[-1]: sum(rr[i] for i in g) for g in groups if not any(math.isnan(rr[i]) for i in g)}
    slow, fast = max(sums, key=sums.get), min(sums, key=sums.get)
    assert hour.rates.lowest.value == pytest.approx(480 / sums[slow])
    assert hour.rates.lowest.time == pytest.approx(times[slow] - sums[slow] / 2)
    assert hour.rates.highest.value == pytest.approx(480 / sums[fast])
    known = [rr[i] for i in inside if not math.isnan(rr[i])]
    assert hour.rates.mean == pytest.approx(60 * len(known) / sum(known))


def test_minutes_of_fibrillation_and_of_spoilt_signal_go_to_their_hours(figures):
    assert [hour.fibrillation_minutes for hour in figures.hours] == pytest.approx([0, 5, 0])
    assert [hour.unusable_minutes for hour in figures.hours] == pytest.approx([10 / 60, 50 / 60, 0])
    assert figures.analysed == pytest.approx(7500 - 60)
    assert figures.episode_totals["atrial fibrillation"].seconds == pytest.approx(300)


@pytest.mark.parametrize(("title", "kinds"), [("ventricular", "VF"), ("supraventricular", "S")])
def test_ectopic_beats_are_each_counted_once(analysis, figures, title, kinds):
    found = getattr(figures, title)
    classes, rr = analysis.classes, analysis.rr
    groups, beat = [], 0
    while beat < len(classes):
        length = 0
        while beat + length < len(classes) and classes[beat + length] in kinds:
            if length and math.isnan(rr[beat + length]):
                break
            length += 1
        if length:
            groups.append(length)
        beat += max(1, length)
    assert found.n_beats == sum(groups)
    assert found.isolated == groups.count(1)
    assert found.couplets == groups.count(2)
    assert found.runs == sum(length > 2 for length in groups)
    assert found.run_beats == sum(length for length in groups if length > 2)
    assert (found.longest_run.n_ectopic if found.longest_run else 0) == max(
        [length for length in groups if length > 2], default=0
    )


def test_the_longest_pauses_and_intervals_come_first(analysis, figures):
    assert figures.n_pauses == 2
    assert [round(event.stop - event.start, 1) for event in figures.longest_pauses] == [3.2, 2.5]
    known = sorted((float(rr) for rr in analysis.rr if not math.isnan(rr)), reverse=True)
    assert [each.seconds for each in figures.longest_rr] == pytest.approx(known[:10])


def test_day_and_night_go_by_the_clock(analysis, figures):
    """The recording begins at 21:00, so its first hour is day and the rest is night."""
    rr, times = analysis.rr, _times(analysis)
    first = [float(rr[i]) for i, at in enumerate(times) if at < 3600 and not math.isnan(rr[i])]
    assert figures.day == pytest.approx(60 * len(first) / sum(first))
    unknown = holter_figures(replace(analysis, record=replace(analysis.record, start=None)))
    assert (unknown.day, unknown.night) == (None, None)


def test_a_recording_without_beats_has_figures_too(make_analysis):
    empty = make_analysis(n_beats=0, odd=())
    found = holter_figures(empty)
    assert found.n_beats == 0
    assert found.rates.mean is None
    assert found.longest_rr == ()
