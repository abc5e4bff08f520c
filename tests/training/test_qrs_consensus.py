from __future__ import annotations

import numpy as np
import pytest

from ectopy.training.qrs_consensus import undoubted_beats

FS = 300.0
BEATS = np.arange(150, 8_700, 250)


def strip(beats: np.ndarray = BEATS, sizes: float | np.ndarray = 1.0, noise: float = 0.01) -> np.ndarray:
    times = np.arange(9000)[:, None]
    waves = np.exp(-0.5 * ((times - beats) / 3) ** 2) + 0.3 * np.exp(-0.5 * ((times - beats - 85) / 15) ** 2)
    signal = (waves * sizes).sum(axis=1) + noise * np.random.default_rng(0).standard_normal(9000)
    return signal[:, None].astype(np.float32)


def test_plain_beats_are_told() -> None:
    found = undoubted_beats(strip(), FS)
    assert found is not None
    np.testing.assert_allclose(found, BEATS, atol=6)


@pytest.mark.parametrize("size", [0.35, 0.45, 5.0])
def test_one_wave_between_beat_and_none_leaves_a_doubt(size: float) -> None:
    sizes = np.ones(len(BEATS))
    sizes[10] = size
    assert undoubted_beats(strip(sizes=sizes), FS) is None


def test_noise_and_gaps_leave_a_doubt() -> None:
    assert undoubted_beats(strip(noise=0.4), FS) is None
    holed = strip()
    holed[4000] = np.nan
    assert undoubted_beats(holed, FS) is None
    assert undoubted_beats(strip()[:900], FS) is None
