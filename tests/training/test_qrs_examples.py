from __future__ import annotations

import numpy as np
import pytest

from ectopy.record import Annotations, Record
from ectopy.signal.qrs_input import FRAME, Grid
from ectopy.training.qrs_examples import SEGMENT, idle_examples, noise_bursts, qrs_examples

FS = 360.0
BEATS = np.arange(180, 64 * 360, 300)


def record(symbols: list[str] | None = None, samples: np.ndarray | None = None) -> Record:
    times = np.arange(64 * 360)
    wave = np.exp(-0.5 * ((times[:, None] - BEATS) / 5.0) ** 2).sum(axis=1)
    marks = Annotations(BEATS if samples is None else samples, symbols or ["N"] * len(BEATS), fs=FS)
    return Record(np.column_stack([wave, -0.5 * wave]), FS, ("I", "II"), annotations=marks)


@pytest.mark.parametrize("factor", [1.0, 0.88, 1.14])
def test_the_target_peaks_where_the_beat_is(factor: float) -> None:
    examples = qrs_examples(record(), factor=factor)
    assert examples.leads.shape[1:] == (2, SEGMENT)
    first = examples.targets[0]
    peaks = np.flatnonzero((first[1:-1] > first[:-2]) & (first[1:-1] >= first[2:]) & (first[1:-1] > 0.5)) + 1
    lead = np.abs(examples.leads[0, 0])
    assert len(peaks) == pytest.approx(SEGMENT / Grid.of(FS * factor).rate / (300 / FS / factor), abs=1)
    for peak in peaks[1:-1]:
        near = lead[peak * FRAME - 10 : peak * FRAME + 10]
        assert abs(int(near.argmax()) - 10) <= FRAME


def test_flutter_has_no_say() -> None:
    samples = np.array([180, 3600, 7200, 7500])
    examples = qrs_examples(record(["N", "[", "]", "N"], samples))
    seconds = np.arange(len(examples.weights[0])) * FRAME / 100
    assert not examples.weights[0][(seconds > 10) & (seconds < 20)].any()
    assert examples.weights[0][(seconds < 9.5)].all()


def test_noise_is_only_where_it_was_drawn_and_silence_has_no_beats() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.3, (40 * 360, 2)).astype(np.float32)
    added = noise_bursts(record(), [noise], rng)
    assert added.shape == (64 * 360, 2)
    loudness = added.reshape(-1, 3600 // 10, 2).std(axis=1)
    assert loudness.max() > 2 * loudness.min() > 0
    idle = idle_examples([noise], FS, rng)
    assert not idle.targets.any()
    assert idle.weights.all()


def test_the_same_seed_gives_the_same_noise() -> None:
    noise = np.random.default_rng(1).normal(size=(40 * 360, 3)).astype(np.float32)
    first, second = (noise_bursts(record(), [noise], np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
