"""A training is timed to a figure in processor time, and looking at it costs nothing."""

from __future__ import annotations

from time import process_time, sleep

import pytest

from ectopy.errors import ParameterError
from ectopy.reproductions.stopwatch import Stopwatch, TargetStopwatch


def test_waiting_is_not_timed():
    watch = Stopwatch(lambda network: 0.0)
    sleep(0.3)
    watch(None)
    assert watch.seconds[0] < 0.1


def test_a_training_says_when_a_target_was_reached_first_and_what_it_had_when_it_was_not():
    watch = Stopwatch(lambda network: 0.0)
    watch.seconds, watch.seen = [1.0, 2.0, 3.0], [9.0, 5.0, 6.0]
    assert watch.run_to(5.5, higher=False).seconds == 2
    assert watch.run_to(-6.0, lambda seen: -seen).epochs == 2
    given_up = watch.run_to(1.0, higher=False)
    assert not given_up.reached
    assert (given_up.figure, given_up.epochs) == (6, 3)


def test_looking_is_not_timed():
    def look(network: object) -> float:
        start = process_time()
        while process_time() < start + 0.2:
            pass
        return 1.0

    watch = TargetStopwatch(look, target=2.0)
    for _ in range(2):
        assert not watch(None)
    assert watch.run.seconds < 0.1
    assert (watch.run.epochs, watch.run.figure, watch.run.reached) == (2, 1.0, False)


@pytest.mark.parametrize(("higher", "figure", "reached"), [(True, 0.95, True), (False, 0.95, False)])
def test_the_clock_stops_at_the_figure_whichever_way_is_better(higher: bool, figure: float, reached: bool):
    watch = TargetStopwatch(lambda network: figure, target=0.9, higher=higher)
    assert watch(None) is reached
    assert watch.run.reached is reached


def test_a_training_that_takes_too_long_is_given_up():
    watch = TargetStopwatch(lambda network: 0.0, target=1.0, limit=1e-9)
    assert watch(None)
    assert not watch.run.reached
    with pytest.raises(ParameterError, match="limit=0"):
        TargetStopwatch(lambda network: 0.0, target=1.0, limit=0)
