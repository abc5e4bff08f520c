"""Strips are true to scale."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ectopy.plotting.paper import strip_figure
from ectopy.plotting.strip import GAIN, MARGIN, SPEED, Strip
from ectopy.report.figure_svg import to_svg

POINTS_PER_MM = 72 / 25.4


def strip(signal: np.ndarray, fs: float = 250.0, **changes: object) -> Strip:
    given = {"leads": ("II",), "start": 100.0, "times": np.array([101.0]), "symbols": np.array(["N"])}
    return Strip(signal=signal, fs=fs, **(given | {"abnormal": np.array([False])} | changes))


def test_size_on_paper_is_in_millimetres():
    svg = to_svg(strip_figure(strip(np.zeros((1000, 1), np.float32))), "strip")
    width = float(re.search(r'width="([\d.]+)mm"', svg)[1])
    assert width == MARGIN + 4 * SPEED
    view = [float(number) for number in re.search(r'viewBox="([^"]*)"', svg)[1].split()]
    assert view[2] == pytest.approx(width * POINTS_PER_MM, abs=0.01)


def test_a_millivolt_is_ten_millimetres_and_a_second_twenty_five():
    signal = np.zeros((1000, 1), np.float32)
    signal[250:500] = 1.0
    figure = strip_figure(strip(signal))
    trace = max(figure.axes[0].lines, key=lambda line: len(line.get_xdata()))
    figure.canvas.draw()
    points = trace.get_transform().transform(trace.get_xydata()) * 25.4 / figure.dpi
    rise, fall = points[250], points[500]
    assert fall[0] - rise[0] == pytest.approx(SPEED, abs=0.01)
    assert rise[1] - points[0][1] == pytest.approx(GAIN, abs=0.01)


def test_calibration_pulse_has_the_height_of_a_millivolt():
    figure = strip_figure(strip(np.zeros((1000, 1), np.float32)))
    pulse = next(line for line in figure.axes[0].lines if len(line.get_xdata()) == 6)
    assert np.ptp(pulse.get_ydata()) == GAIN
    assert pulse.get_xdata().max() < MARGIN


def test_beats_and_reference_marks_stand_over_their_time():
    made = strip(
        np.zeros((1000, 1), np.float32),
        times=np.array([50.0, 101.0, 102.0]),
        symbols=np.array(["X", "N", "Q"]),
        abnormal=np.array([False, False, True]),
        reference=((101.0, "V"),),
    )
    texts = {text.get_text(): text.get_position()[0] for text in strip_figure(made).axes[0].texts}
    assert texts["Q"] == MARGIN + 2 * SPEED
    assert texts["N"] == texts["V"] == MARGIN + SPEED
    assert "X" not in texts


def test_gaps_stay_gaps_and_a_dead_lead_is_named():
    signal = np.zeros((1000, 2), np.float32)
    signal[100:200, 0] = np.nan
    signal[:, 1] = np.nan
    figure = strip_figure(strip(signal, leads=("II", "V1")))
    assert "V1: no signal" in [text.get_text() for text in figure.axes[0].texts]
    traces = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1000]
    assert np.isnan(traces[0].get_ydata()).sum() == 100
