"""What all pictures of a page share."""

from __future__ import annotations

import pytest

from ectopy.plotting.palette import CLASS_HATCHES
from ectopy.report.style import HATCHES, STYLE, definitions
from ectopy.signal.quality import FAULTS


@pytest.mark.parametrize(
    "hatch", sorted({fault.hatch for fault in FAULTS.values()} | {*CLASS_HATCHES.values()})
)
def test_every_hatch_of_a_table_can_be_drawn(hatch: str) -> None:
    name = HATCHES[hatch]
    assert not name or f'<pattern id="{name}"' in definitions()


@pytest.mark.parametrize("word", [fault.word for fault in FAULTS.values()])
def test_every_fault_has_a_colour(word: str) -> None:
    assert f".fault-{word}" in STYLE
