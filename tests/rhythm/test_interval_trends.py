"""PR, QRS and QT stretch by stretch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.rhythm.interval_trends import interval_trend
from ectopy.rhythm.intervals import interval_columns
from typical_waves import waves


def test_each_stretch_has_the_medians_of_its_good_beats() -> None:
    """Held to a loop over the stretches."""
    rng = np.random.default_rng(0)
    some = waves(n=200)
    some.marks[:, 8] += rng.normal(0, 20, 200)
    some.marks[rng.random(200) < 0.2, :3] = np.nan
    usable = rng.random(200) < 0.7
    beats = interval_columns(some)
    trend = interval_trend(some, 12.0, usable)
    assert len(trend) == int(beats["seconds"][-1] // 12) + 1
    for start, row in zip(trend["start"], trend.to_dict("records"), strict=True):
        inside = (beats["seconds"] >= start) & (beats["seconds"] < start + 12)
        for name in ("pr", "qrs", "qt", "qtc_fridericia", "heart_rate"):
            assert row[name] == np.nanmedian(beats[name][inside & usable])
        assert row["n_beats"] == inside.sum()
        assert row["usable"] == pytest.approx(usable[inside].mean())
        assert row["confidence"] == pytest.approx(beats["confidence"][inside & usable].mean())


def test_a_stretch_without_beats_has_no_medians() -> None:
    gap = waves(n=40)
    gap = replace(gap, r_peaks=np.concatenate([gap.r_peaks[:20], gap.r_peaks[20:] + 15_000]))
    trend = interval_trend(gap, 10.0)
    assert trend["n_beats"].min() == 0
    assert trend.loc[trend["n_beats"] == 0, ["qrs", "usable", "confidence"]].isna().all(axis=None)


def test_nothing_comes_of_nothing() -> None:
    assert len(interval_trend(waves(n=0))) == 0


def test_impossible_widths_and_masks_are_refused() -> None:
    with pytest.raises(ParameterError, match="width=0"):
        interval_trend(waves(), 0)
    with pytest.raises(ParameterError, match=r"usable has shape \(2,\)"):
        interval_trend(waves(), 60, [True, False])
