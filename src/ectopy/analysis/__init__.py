"""The spine: from a recording to its abnormal beats.

`analyze` is the one way through: the command line, the pages and whatever comes later call it.
"""

from __future__ import annotations

from ectopy.analysis.result import DISCLAIMER, Analysis, Summary, heart_rates
from ectopy.analysis.shipped import (
    DEFAULT_CLASSIFIER,
    DEFAULT_MODEL,
    PRETRAINED,
    default_classifier,
    default_detector,
    model_folder,
    shipped_models,
)
from ectopy.analysis.spine import analyze

__all__ = [
    "DEFAULT_CLASSIFIER",
    "DEFAULT_MODEL",
    "DISCLAIMER",
    "PRETRAINED",
    "Analysis",
    "Summary",
    "analyze",
    "default_classifier",
    "default_detector",
    "heart_rates",
    "model_folder",
    "shipped_models",
]
