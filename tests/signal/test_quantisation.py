"""Codes are rounded as promised, and the bits that are counted are bits that a coder really needs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.signal.quantisation import TERMINATION_BITS, EntropyCode, Quantiser


def test_rounding_to_the_nearest_is_off_by_half_a_step_at_most():
    values = np.random.default_rng(0).normal(0, 3, 1000)
    quantiser = Quantiser(0.25)
    assert np.abs(quantiser.values(quantiser.steps(values)) - values).max() <= 0.125 + 1e-6


def test_a_dead_zone_drops_more_and_never_enlarges():
    values = np.linspace(-2, 2, 401)
    steps = Quantiser(1.0, rounding=0.2).steps(values)
    assert (steps[np.abs(values) < 0.79] == 0).all()
    assert (np.abs(steps) <= np.abs(Quantiser(1.0).steps(values))).all()


def test_what_is_beyond_the_limit_saturates():
    assert Quantiser(1.0, limit=2).steps(np.array([-9.0, 9.0])).tolist() == [-2, 2]


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_that_is_no_size_is_refused(step: float):
    with pytest.raises(ParameterError, match="step="):
        Quantiser(step)


def test_a_rounding_of_a_whole_step_is_refused():
    with pytest.raises(ParameterError, match=r"rounding=1\.0"):
        Quantiser(1.0, rounding=1.0)


def test_likely_steps_cost_less_and_every_column_has_its_own():
    rng = np.random.default_rng(0)
    learned = np.stack([rng.integers(0, 4, 4000), np.zeros(4000, int)], axis=1)
    code = EntropyCode.learn(learned)
    assert code.costs[0] == pytest.approx(np.full(4, 2.0), abs=0.1)
    assert code.costs[1, 0] < 0.01
    assert code.costs[1, 3] > 8
    assert 2.0 ** -code.costs.sum(axis=1).max() > 0
    assert (2.0**-code.costs).sum(axis=1) == pytest.approx([1.0, 1.0])


def test_a_step_never_met_in_training_becomes_the_nearest_that_was():
    code = EntropyCode.learn(np.array([[-1], [2]]))
    assert code.hold(np.array([[-5], [0], [7]])).tolist() == [[-1], [0], [2]]


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(ParameterError, match=r"\(0, 3\)"):
        EntropyCode.learn(np.empty((0, 3), np.int64))


def test_a_coder_writes_and_reads_the_message_within_the_bits_that_are_counted():
    rng = np.random.default_rng(1)
    draw = lambda n: np.rint(rng.laplace(0, [0.4, 2.0, 8.0], (n, 3))).astype(np.int64)  # noqa: E731
    code = EntropyCode.learn(draw(500))
    steps = code.hold(draw(40))
    likely = [[Fraction(2.0**-cost) for cost in column] for column in code.costs]
    message, n_bits = _encode(steps - code.lowest, likely)
    counted = code.bits(steps).sum()
    assert counted - TERMINATION_BITS < n_bits <= np.ceil(counted) + TERMINATION_BITS
    assert (_decode(message, n_bits, steps.shape, likely) == steps - code.lowest).all()


def _encode(symbols: np.ndarray, likely: list[list[Fraction]]) -> tuple[int, int]:
    """Narrow an interval symbol by symbol, exactly, and name it by as few bits as it takes."""
    low, width = Fraction(0), Fraction(1)
    for row in symbols:
        for column, symbol in enumerate(row):
            low += width * sum(likely[column][:symbol], Fraction(0))
            width *= likely[column][symbol]
    n_bits = 1
    while True:
        message = -(-low.numerator * 2**n_bits // low.denominator)  # the first number not below the interval
        if Fraction(message + 1, 2**n_bits) <= low + width:
            return message, n_bits
        n_bits += 1


def _decode(message: int, n_bits: int, shape: tuple[int, ...], likely: list[list[Fraction]]) -> np.ndarray:
    place, low, width = Fraction(message, 2**n_bits), Fraction(0), Fraction(1)
    symbols = np.zeros(shape, np.int64)
    for row in range(shape[0]):
        for column in range(shape[1]):
            for symbol, share in enumerate(likely[column]):
                if place < low + width * share or symbol == len(likely[column]) - 1:
                    symbols[row, column], width = symbol, width * share
                    break
                low += width * share
    return symbols
