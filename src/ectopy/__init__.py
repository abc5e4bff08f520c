"""Find every heartbeat in an ECG, say which are abnormal, and show the evidence.

For research use; not a medical device and not for diagnosis.

The public names are imported when they are first asked for, so that who needs `ectopy.evaluation` alone does
not wait for the rest.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ectopy.analysis import Analysis, Summary, analyze
    from ectopy.artifact import WindowSpec
    from ectopy.beats.qrs import detect_qrs
    from ectopy.beats.windows import Beats, cut_beats
    from ectopy.errors import EctopyError
    from ectopy.estimators.detector import BeatAnomalyDetector
    from ectopy.labels import aami_classes
    from ectopy.records.open import open_record
    from ectopy.records.record import Annotations, Record
    from ectopy.records.synthetic import simulate
    from ectopy.records.wfdb_files import read_annotations, write_annotations
    from ectopy.report.exports import write_outputs
    from ectopy.report.html import write_report

__version__ = version("ectopy")

__all__ = [
    "Analysis",
    "Annotations",
    "BeatAnomalyDetector",
    "Beats",
    "EctopyError",
    "Record",
    "Summary",
    "WindowSpec",
    "aami_classes",
    "analyze",
    "cut_beats",
    "detect_qrs",
    "open_record",
    "read_annotations",
    "simulate",
    "write_annotations",
    "write_outputs",
    "write_report",
]

_HOMES = {
    "ectopy.analysis": ("Analysis", "Summary", "analyze"),
    "ectopy.artifact": ("WindowSpec",),
    "ectopy.beats.qrs": ("detect_qrs",),
    "ectopy.beats.windows": ("Beats", "cut_beats"),
    "ectopy.errors": ("EctopyError",),
    "ectopy.estimators.detector": ("BeatAnomalyDetector",),
    "ectopy.labels": ("aami_classes",),
    "ectopy.records.open": ("open_record",),
    "ectopy.records.record": ("Annotations", "Record"),
    "ectopy.records.synthetic": ("simulate",),
    "ectopy.records.wfdb_files": ("read_annotations", "write_annotations"),
    "ectopy.report.exports": ("write_outputs",),
    "ectopy.report.html": ("write_report",),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'ectopy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
