"""Colours that colour-blind readers can tell apart (Okabe and Ito, 2008), by what they stand for."""

from __future__ import annotations

from typing import Final

INK: Final = "#1b1f24"
REFERENCE: Final = "#4d4d4d"
FAINT: Final = "#8a9199"
NORMAL: Final = "#56b4e9"
ABNORMAL: Final = "#d55e00"
RECONSTRUCTION: Final = "#0072b2"
ERROR: Final = "#e69f00"
THRESHOLD: Final = "#1b1f24"
HIGHLIGHT: Final = "#f0e442"
PAPER_FINE: Final = "#f6d5cd"
PAPER_COARSE: Final = "#e8a999"
CLASSES: Final = {"N": NORMAL, "S": "#009e73", "V": ABNORMAL, "F": "#cc79a7"}
WAVES: Final = {"P": "#009e73", "QRS": "#0072b2", "T": "#cc79a7"}
CLASS_HATCHES: Final = {"N": "", "S": "", "V": "", "F": "////"}
RULE: Final = "#e9ecef"
GRID: Final = "#e6e8eb"
DENSITY: Final = (
    "#d8e219",
    "#9bd93c",
    "#56c667",
    "#29af7f",
    "#1f968b",
    "#287d8e",
    "#33638d",
    "#404788",
    "#482576",
)
"""From rare to frequent: the colours of viridis (Smith and van der Walt, 2015), light to dark."""
