"""A recording that many tests analyse."""

from __future__ import annotations

import pytest

from ectopy.record import Record
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def short() -> Record:
    return simulate(20, 250, ("II", "V1"), seed=3, name="short")
