"""Pictures of beats show the beats, and those of intervals every interval."""

from __future__ import annotations

import numpy as np
import pytest

from drawn import Drawn
from ectopy.report.beat_pictures import SAMPLES_SHOWN, draw_beat, draw_cluster, draw_intervals, draw_poincare
from ectopy.report.drawings import average
from ectopy.report.style import STYLE


def test_beat_and_reconstruction_are_told_apart_without_colour():
    original = np.sin(np.linspace(0, 6, 96))
    drawn = Drawn(draw_beat(original, 0.5 * original, fs=120, before=36))
    (first,), (second,), (error,) = (drawn.lines(kind) for kind in ("beat", "made", "error"))
    assert np.ptp(second[:, 1]) == pytest.approx(0.5 * np.ptp(first[:, 1]), abs=0.05)
    assert len(error) == 2 * len(first) + 1
    rules = dict(rule.split("{", 1) for rule in STYLE.splitlines())
    assert "dasharray" in rules[".made"]
    assert "dasharray" not in rules[".beat"]


def test_the_r_peak_is_at_zero_milliseconds():
    beat = np.exp(-(((np.arange(96) - 36) / 3) ** 2))
    drawn = Drawn(draw_beat(beat, beat, fs=120, before=36))
    (line,) = drawn.lines("beat")
    assert line[line[:, 1].argmin(), 0] == pytest.approx(drawn.texts()["0"], abs=0.02) or "0" in drawn.texts()
    zero = [x for name, x in drawn.texts().items() if name in ("−200", "200")]
    assert line[line[:, 1].argmin(), 0] == pytest.approx(np.mean(zero), abs=0.05)


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_flat_beat_can_be_drawn(level):
    (line,) = Drawn(draw_beat(np.full(96, level), np.full(96, level), fs=120)).lines("beat")
    assert np.ptp(line[:, 1]) == 0


def test_average_of_a_cluster_is_that_of_its_beats():
    waveforms = np.random.default_rng(0).normal(5, 1, size=(9000, 1, 12)).astype(np.float32)
    chosen = np.arange(0, 9000, 2)
    mean, sd = average(waveforms, chosen)
    np.testing.assert_allclose(mean, waveforms[chosen, 0].mean(axis=0, dtype=float), rtol=1e-6)
    np.testing.assert_allclose(sd, waveforms[chosen, 0].std(axis=0, dtype=float), rtol=1e-6)


def test_cluster_shows_its_average_in_its_band():
    waveforms = np.random.default_rng(0).normal(size=(SAMPLES_SHOWN, 96))
    mean, sd = waveforms.mean(axis=0), waveforms.std(axis=0)
    drawn = Drawn(draw_cluster(mean, sd, waveforms, fs=120))
    (line,), (band,) = drawn.lines("beat"), drawn.lines("band")
    assert len(drawn.lines("member")) == SAMPLES_SHOWN
    lower, upper = band[:96, 1], band[96:192, 1][::-1]
    np.testing.assert_allclose(line[:, 1], (lower + upper) / 2, atol=0.03)


def test_intervals_of_normal_and_abnormal_beats_are_counted():
    rr = np.array([np.nan, *[1.0] * 99, 0.5])
    drawn = Drawn(draw_intervals(rr, rr < 0.7))
    (bar,), (steps,) = drawn.lines("normal")[:1], drawn.lines("unusual")[:1]
    texts = drawn.texts()
    assert texts["0.5"] < texts["1"] or "1" in texts
    assert np.ptp(bar[:, 1]) > np.ptp(steps[:, 1]) > 0


def test_every_pair_of_intervals_has_a_cell():
    rr = np.array([np.nan, 1.0, 1.0, 1.0, 0.5, 1.5, 9.0])
    drawn = Drawn(draw_poincare(rr))
    cells = [cell for shade in range(9) for cell in drawn.lines(f"dense{shade}")]
    assert len(cells) == 4  # (1, 1) twice, (1, 0.5), (0.5, 1.5), (1.5, 2.2)


@pytest.mark.parametrize("n", [0, 1, 2, 500])
def test_rhythm_pictures_take_any_number_of_beats(n):
    rr = np.random.default_rng(0).normal(0.8, 0.3, n).astype(np.float32)
    rr[:1] = np.nan
    assert Drawn(draw_intervals(rr, rr < 0.5)).texts()
    assert Drawn(draw_poincare(rr)).texts()
