from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.beats.rr import RR_FEATURES, median_rr, rr_features, rr_intervals
from ectopy.errors import ParameterError


def test_the_first_beat_has_no_interval() -> None:
    rr = rr_intervals([10, 260, 385], fs=250)
    assert np.isnan(rr[0])
    np.testing.assert_allclose(rr[1:], [1.0, 0.5])


@pytest.mark.parametrize("n_beats", [0, 1, 2])
def test_few_beats_give_as_many_rows(n_beats: int) -> None:
    samples = np.arange(n_beats) * 100
    assert rr_intervals(samples, 100).shape == (n_beats,)
    assert rr_features(samples, 100).shape == (n_beats, len(RR_FEATURES))


@given(
    st.lists(st.one_of(st.floats(0.25, 3, width=16), st.just(float("nan"))), max_size=40),
    st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
def test_the_median_interval_is_that_of_the_known_ones_nearby(rr: list[float], reach: int) -> None:
    expected = []
    for i in range(len(rr)):
        known = [x for x in rr[max(0, i - reach) : i + reach + 1] if not np.isnan(x)]
        expected.append(np.median(known) if known else np.nan)
    np.testing.assert_allclose(median_rr(rr, reach), np.array(expected), rtol=1e-5)


def test_a_premature_beat_stands_out_and_its_neighbours_do_not() -> None:
    samples = np.arange(40) * 360
    samples[20] -= 120
    features = rr_features(samples, 360)
    relative = features[:, RR_FEATURES.index("rr_to_median")]
    assert np.nanargmin(relative) == 20
    np.testing.assert_allclose(relative[5:20], 1, rtol=1e-5)
    assert features[20, RR_FEATURES.index("next_rr_to_median")] == pytest.approx(4 / 3)
    assert features[20, RR_FEATURES.index("rr_to_next_rr")] == pytest.approx(0.5)


def test_fibrillation_is_irregular_and_one_extra_beat_is_not() -> None:
    rng = np.random.default_rng(0)
    fibrillating = np.cumsum(rng.uniform(150, 450, 200).astype(int))
    steady = np.arange(200) * 300
    steady[100] -= 90
    column = RR_FEATURES.index("irregularity")
    assert np.nanmedian(rr_features(fibrillating, 360)[:, column]) > 0.2
    assert np.nanmax(rr_features(steady, 360)[:, column]) < 0.01


def test_features_do_not_depend_on_the_rate_or_on_beats_far_away() -> None:
    rng = np.random.default_rng(1)
    samples = np.cumsum(rng.integers(200, 400, 120))
    whole = rr_features(samples, 360, reach=5)
    np.testing.assert_allclose(whole, rr_features(samples * 2, 720, reach=5), rtol=1e-5)
    piece = rr_features(samples[40:80], 360, reach=5)
    np.testing.assert_allclose(piece[8:-8], whole[48:72], rtol=1e-5)


@pytest.mark.parametrize(("samples", "fs"), [([5, 3], 360), ([1, 2], 0), ([1, 2], float("nan"))])
def test_what_cannot_be_is_refused(samples: list[int], fs: float) -> None:
    with pytest.raises(ParameterError):
        rr_intervals(samples, fs)
