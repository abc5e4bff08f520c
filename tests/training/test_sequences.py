from __future__ import annotations

import numpy as np
import pytest

from ectopy.training.sequences import RECORDED, TrainingSequence, weights


def test_a_recording_counts_by_the_root_of_its_beats_and_more_than_an_augmented_one() -> None:
    def of(n: int, *, augmented: bool) -> TrainingSequence:
        return TrainingSequence(np.zeros((n, 1), np.float32), np.full(n, "N"), augmented)

    few, many, augmented = (
        part.sum()
        for part in weights([of(100, augmented=False), of(400, augmented=False), of(100, augmented=True)])
    )
    assert many == pytest.approx(2 * few)
    assert few == pytest.approx(RECORDED * augmented)


def test_beats_of_other_classes_weigh_nothing() -> None:
    [weight] = weights([TrainingSequence(np.zeros((3, 1), np.float32), np.array(["N", "Q", "V"]))])
    assert (weight > 0).tolist() == [True, False, True]
