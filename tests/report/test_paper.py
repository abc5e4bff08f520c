"""Strips are true to scale."""

from __future__ import annotations

import re

import numpy as np
import pytest

from drawn import UNITS, Drawn, points
from ectopy.plotting.strip import GAIN, MARGIN, SPEED, Strip
from ectopy.report.paper import draw_strip
from ectopy.report.style import PAPER_HEIGHT, PAPER_WIDTH, definitions
from ectopy.report.svg import COLUMN


def strip(signal: np.ndarray, fs: float = 250.0, **changes: object) -> Strip:
    given = {"leads": ("II",), "start": 100.0, "times": np.array([101.0]), "symbols": np.array(["N"])}
    return Strip(signal=signal, fs=fs, **(given | {"abnormal": np.array([False])} | changes))


def traces(made: Strip) -> list[np.ndarray]:
    """Unbroken lines of all leads, without the calibration pulses."""
    return [line for line in Drawn(draw_strip(made, "strip")).lines("trace") if line[0, 0] >= MARGIN]


def test_size_on_paper_is_in_millimetres():
    svg = draw_strip(strip(np.zeros((1000, 1), np.float32)), "strip")
    width = float(re.search(r'width="([\d.]+)mm"', svg)[1])
    assert width == MARGIN + 4 * SPEED
    view = [float(number) for number in re.search(r'viewBox="([^"]*)"', svg)[1].split()]
    assert view[2] == width * UNITS


@pytest.mark.parametrize("fs", [100.0, 250.0, 360.0, 1000.0])
def test_a_millivolt_is_ten_millimetres_and_a_second_twenty_five(fs):
    signal = np.zeros((int(4 * fs), 1), np.float32)
    signal[int(fs) : int(2 * fs)] = 1.0
    (trace,) = traces(strip(signal, fs))
    high = trace[trace[:, 1] == trace[:, 1].min()]
    assert np.ptp(trace[:, 1]) == pytest.approx(GAIN, abs=0.03)
    assert np.ptp(high[:, 0]) == pytest.approx(SPEED, abs=SPEED / fs + COLUMN)
    assert high[0, 0] == pytest.approx(MARGIN + SPEED, abs=COLUMN)


def test_paper_lies_under_the_whole_of_a_high_strip():
    made = strip(np.zeros((1000, 15), np.float32), leads=tuple("abcdefghijklmno"))
    assert made.height > PAPER_HEIGHT
    tops = [int(top) / UNITS for top in re.findall(r'href="#paper" y="(-?\d+)"', draw_strip(made, "strip"))]
    assert tops[0] <= 0
    assert np.diff(tops).tolist() == [PAPER_HEIGHT] * (len(tops) - 1)
    assert tops[-1] + PAPER_HEIGHT >= made.height


def test_a_peak_stands_where_it_is():
    signal = np.zeros((1440, 1), np.float32)
    signal[777] = 1.5
    (trace,) = traces(strip(signal, 360.0))
    assert trace[trace[:, 1].argmin(), 0] == pytest.approx(MARGIN + 777 / 360 * SPEED, abs=0.01)


def test_calibration_pulse_has_the_height_of_a_millivolt():
    drawn = Drawn(draw_strip(strip(np.zeros((1000, 1), np.float32)), "strip"))
    pulse = next(line for line in drawn.lines("trace") if len(line) == 6)
    assert np.ptp(pulse[:, 1]) == GAIN
    assert pulse[:, 0].max() < MARGIN


def test_paper_has_a_line_every_millimetre_and_a_coarse_one_every_five():
    for kind, step in (("fine", 1), ("coarse", 5)):
        data = re.search(rf'class="{kind}" d="([^"]*)"', definitions())[1]
        lines = points(data)
        upright = sorted(line[0, 0] for line in lines if line[0, 0] == line[1, 0])
        level = sorted(line[0, 1] for line in lines if line[0, 1] == line[1, 1])
        assert upright == list(np.arange(0, PAPER_WIDTH + 1, step))
        assert level == list(np.arange(0, PAPER_HEIGHT + 1, step))


@pytest.mark.parametrize("reference", [(), ((101.0, "V"),)])
def test_baselines_lie_on_coarse_lines(reference):
    made = strip(np.zeros((1000, 2), np.float32), leads=("II", "V1"), reference=reference)
    offset = int(re.search(r'href="#paper" y="(-?\d+)"', draw_strip(made, "strip"))[1]) / UNITS
    assert offset <= 0
    for trace in traces(made):
        assert (trace[0, 1] - offset) % 5 == 0


def test_beats_and_reference_marks_stand_over_their_time():
    made = strip(
        np.zeros((1000, 1), np.float32),
        times=np.array([50.0, 101.0, 102.0]),
        symbols=np.array(["X", "N", "Q"]),
        abnormal=np.array([False, False, True]),
        reference=((101.0, "V"),),
    )
    drawn = Drawn(draw_strip(made, "strip"))
    texts = drawn.texts()
    assert texts["Q"] == MARGIN + 2 * SPEED
    assert texts["N"] == texts["V"] == MARGIN + SPEED
    assert "X" not in texts
    (flag,) = drawn.lines("flag")
    assert flag[0, 0] == MARGIN + 2 * SPEED


def test_gaps_stay_gaps_and_a_dead_lead_is_named():
    signal = np.zeros((1000, 2), np.float32)
    signal[100:200, 0] = np.nan
    signal[:, 1] = np.nan
    made = strip(signal, leads=("II", "V1"))
    assert "V1: no signal" in Drawn(draw_strip(made, "strip")).texts()
    before, after = traces(made)
    assert before[-1, 0] == pytest.approx(MARGIN + 99 / 250 * SPEED, abs=0.02)
    assert after[0, 0] == pytest.approx(MARGIN + 200 / 250 * SPEED, abs=0.02)


def test_a_trace_stays_within_its_row_and_leaves_it_where_it_is_too_high():
    signal = np.zeros((1000, 2), np.float32)
    signal[500:600, 0], signal[700:701, 0] = 9.0, -9.0
    made = strip(signal, leads=("II", "V1"))
    drawn = traces(made)
    upper = [line for line in drawn if line[0, 1] < drawn[-1][0, 1]]
    row = made.rows[0]
    assert min(line[:, 1].min() for line in upper) == made.head
    assert max(line[:, 1].max() for line in upper) == made.head + row.up + row.down
    assert not any(MARGIN + 51 < x < MARGIN + 59 for line in upper for x in line[:, 0])


def test_a_deep_ventricular_beat_is_not_cut():
    signal = np.zeros((1000, 1), np.float32)
    signal[500:520, 0] = -2.5
    made = strip(signal)
    (trace,) = traces(made)
    assert np.ptp(trace[:, 1]) == pytest.approx(2.5 * GAIN, abs=0.05)


def test_the_highlighted_window_is_shaded():
    made = strip(np.zeros((1000, 1), np.float32), highlight=(101.0, 102.0))
    (box,) = Drawn(draw_strip(made, "strip")).lines("window")
    assert (box[:, 0].min(), box[:, 0].max()) == (MARGIN + SPEED, MARGIN + 2 * SPEED)
