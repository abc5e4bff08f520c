"""What the delineator learns from."""

from __future__ import annotations

import numpy as np

from ectopy.beats.wave_marks import WaveMarks
from ectopy.training.delineation_examples import (
    UNKNOWN,
    delineation_example,
    silent_examples,
)

BEAT = WaveMarks(["P", "QRS", "T"], [400, 500, np.nan], [425, 520, 650], [450, 550, 700])


def labels_at(labels: np.ndarray, *samples: int) -> list[int]:
    """Return the labels at samples of a lead at 250 Hz whose middle, sample 500, is the row's."""
    return labels[0][[2 * (sample - 500 + 1280) for sample in samples]].tolist()


def test_each_moment_has_its_wave() -> None:
    lead = np.zeros(1500, np.float32)
    example = delineation_example(lead, 250, BEAT, [(400, 700)], 500)
    assert labels_at(example.labels, 399, 410, 470, 520, 660, 710) == [UNKNOWN, 1, 0, 2, 3, UNKNOWN]


def test_where_t_begins_is_unknown_if_nobody_says() -> None:
    example = delineation_example(np.zeros(1500, np.float32), 250, BEAT, [(400, 700)], 500)
    assert labels_at(example.labels, 560, 640, 655) == [UNKNOWN, UNKNOWN, 3]


def test_peaks_are_measured_in_milliseconds() -> None:
    example = delineation_example(np.zeros(1500, np.float32), 250, BEAT, [(400, 700)], 500)
    nearest = example.distances[0].argmin(axis=1)
    np.testing.assert_allclose(nearest * 2 + 500 - 1280, [425, 520, 650], atol=2)
    assert example.distances.max() == 100


def test_before_and_after_the_recording_there_is_nothing() -> None:
    example = delineation_example(np.ones(1000, np.float32), 250, BEAT, [(400, 700)], 500)
    assert np.isnan(example.leads[0, :700]).all()
    assert np.isfinite(example.leads[0, 800:1700]).all()
    assert np.isnan(example.leads[0, 1900:]).all()


def test_noise_has_no_waves() -> None:
    examples = silent_examples([np.ones((30_000, 2), np.float32)])
    assert len(examples.leads) > 3
    assert not examples.labels.any()
