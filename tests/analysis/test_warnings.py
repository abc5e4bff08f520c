"""What a reader is told before the figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ectopy.analysis.warnings import file_warnings
from ectopy.simulation import simulate


@pytest.mark.parametrize(
    ("times", "likely"),
    [
        (1e-3, "likely V (--unit V)."),
        (1e3, "likely uV (--unit uV), or counts of a converter (--gain, --baseline)."),
        (1e5, "likely counts of a converter (--gain, --baseline)."),
        (1e30, "e+29 mV high, which is no usual size; the file may be damaged."),
    ],
)
def test_a_size_that_no_heart_makes_is_told_with_what_is_likely(times: float, likely: str) -> None:
    record = simulate(20, 250, ("II",), seed=3)
    (warning,) = file_warnings(replace(record, signal=record.signal * times))
    assert warning.endswith(likely)
    assert len(warning) < 180


def test_a_usual_size_is_not_told() -> None:
    assert file_warnings(simulate(20, 250, ("II",), seed=3)) == []
