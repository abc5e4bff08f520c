"""Runs, couplets, rhythms and pauses, held to a reading of the definitions one beat at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ectopy.beats.windows import Beats
from ectopy.errors import ParameterError
from ectopy.rhythm.events import find_events


def beats(classes: str, rr: list[float] | None = None) -> Beats:
    rr = rr or [np.nan, *[1.0] * len(classes)][: len(classes)]
    samples = np.rint(100 * np.cumsum(np.nan_to_num(rr, nan=1.0)))
    return Beats.of(np.zeros((len(classes), 1, 1)), fs=100, samples=samples, rr=rr)


def found(classes: str, rr: list[float] | None = None) -> list[tuple[str, int, int, int]]:
    events = find_events(beats(classes, rr), list(classes), fs=100)
    return [(event.kind, event.first, event.last, event.n_ectopic) for event in events]


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ("NNNN", []),
        ("NVNNNNVN", []),
        ("NVVN", [("ventricular couplet", 1, 2, 2)]),
        ("VVV", [("ventricular run", 0, 2, 3)]),
        ("NVFVN", [("ventricular run", 1, 3, 3)]),  # fusion beats count as ventricular
        ("NVSN", []),  # beats of two kinds make no couplet
        ("NSSSSN", [("supraventricular run", 1, 4, 4)]),
        ("VNVNV", [("ventricular bigeminy", 0, 4, 3)]),
        ("NVNVNN", []),  # two are no bigeminy
        ("VNNVNNV", [("ventricular trigeminy", 0, 6, 3)]),
        ("SNSNSNS", [("supraventricular bigeminy", 0, 6, 4)]),
        ("VNVSV", []),  # what comes between must be normal
        ("V?V", []),  # a beat that was not judged ends a sequence
        ("VNVNVV", [("ventricular couplet", 4, 5, 2)]),  # a couplet is no beat of a bigeminy
        ("", []),
    ],
)
def test_sequences(classes: str, expected: list[tuple[str, int, int, int]]):
    assert found(classes) == expected


def test_an_unknown_interval_ends_a_sequence():
    nan = np.nan
    assert found("VVVV", [nan, 1, nan, 1]) == [
        ("ventricular couplet", 0, 1, 2),
        ("ventricular couplet", 2, 3, 2),
    ]
    assert found("VNVNV", [nan, 1, 1, nan, 1]) == []
    assert found("VNVNV", [nan, 1, 1, 1, nan]) == []


def test_a_pause_is_two_seconds_or_more_and_an_unknown_interval_is_none():
    assert found("NNNN", [np.nan, 1.99, 2.0, np.nan]) == [("pause", 1, 2, 0)]


def test_an_event_says_when_and_how_fast():
    event = find_events(beats("NVVVN", [np.nan, 0.5, 0.4, 0.4, 1.2]), list("NVVVN"), fs=100)[0]
    assert (event.start, event.stop) == pytest.approx((1.5, 2.3))
    assert event.rate == pytest.approx(150)


def test_one_class_a_beat():
    with pytest.raises(ParameterError, match="classes has 2 entries for 3 beats"):
        find_events(beats("NNN"), ["N", "N"], fs=100)


@given(st.text("NSVF?", max_size=30))
def test_every_ectopic_beat_beside_one_of_its_kind_is_in_a_run_or_couplet(classes: str):
    kinds = {"V": "ventricular", "F": "ventricular", "S": "supraventricular"}
    expected = set()
    for i in range(len(classes) - 1):
        if classes[i] in kinds and kinds[classes[i]] == kinds.get(classes[i + 1]):
            expected |= {i, i + 1}
    covered = {
        i
        for kind, first, last, _ in found(classes)
        if kind.endswith(("run", "couplet"))
        for i in range(first, last + 1)
    }
    assert covered == expected
