"""Noise over an example is artefact where it hides QRS complexes, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.signal.filters import bandpass
from ectopy.training.signal_examples import (
    ARTEFACT,
    BEATS,
    FIBRILLATION,
    FS,
    N_FRAMES,
    N_TIMES,
    NOT_LEARNED,
    LabelledLead,
    fibrillation,
    sway,
    with_noise,
)

TIMES = np.arange(N_TIMES) / FS


def heart() -> LabelledLead:
    """Forty seconds of beats 1 mV high, one every 0.8 s."""
    beats = sum(np.exp(-0.5 * ((TIMES - beat) / 0.015) ** 2) for beat in np.arange(0.4, 40, 0.8))
    level = bandpass(np.asarray(beats, np.float32)[:, None], FS, low=0.5, high=27)[:, 0]
    return LabelledLead(np.asarray(level, np.float32), np.full(N_FRAMES, BEATS, np.int8))


def noise_of(low: float, high: float, seed: int) -> np.ndarray:
    white = np.random.default_rng(seed).standard_normal((N_TIMES, 1)).astype(np.float32)
    return np.asarray(bandpass(white, FS, low=low, high=high)[:, 0], np.float32)


def labels(lead: LabelledLead, noise: np.ndarray, decibels: float, seed: int) -> np.ndarray:
    return with_noise(lead, noise, np.random.default_rng(seed), (decibels, decibels)).labels


@pytest.mark.parametrize("seed", range(5))
def test_wander_much_larger_than_the_beats_hides_none(seed):
    found = labels(heart(), sway(np.random.default_rng(seed)), -20, seed)
    assert (found != BEATS).sum() <= 8  # two seconds around the jumps at the ends of the burst


@pytest.mark.parametrize("seed", range(5))
def test_noise_as_fast_as_qrs_complexes_hides_them(seed):
    lead, noise = heart(), noise_of(8, 20, seed)
    shaken = with_noise(lead, noise, np.random.default_rng(seed), (-10, -10))
    touched = np.abs(shaken.signal - lead.signal).reshape(N_FRAMES, -1).max(axis=1) > 0.5
    assert (shaken.labels[touched] == ARTEFACT).mean() > 0.9


def test_the_less_noise_the_more_can_be_read():
    artefact = [(labels(heart(), noise_of(8, 20, 1), level, 1) == ARTEFACT).sum() for level in (-10, 0, 20)]
    assert artefact[0] >= artefact[1] > artefact[2] == 0


def test_fibrillation_without_any_qrs_complex_is_read_by_its_waves():
    wave = fibrillation(np.random.default_rng(0))
    lead = LabelledLead(wave, np.full(N_FRAMES, FIBRILLATION, np.int8))
    assert (labels(lead, noise_of(8, 20, 2), 6, 2) == FIBRILLATION).mean() > 0.9
    assert (labels(lead, noise_of(8, 20, 2), -12, 2) == ARTEFACT).any()


def test_nothing_is_learned_at_the_border_of_what_can_be_read():
    found = labels(heart(), noise_of(8, 20, 3), 1, 3)
    assert set(found.tolist()) <= {BEATS, NOT_LEARNED, ARTEFACT}
    assert (found == NOT_LEARNED).any()
