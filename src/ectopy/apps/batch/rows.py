"""What goes to the analysis of a recording, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy.typing as npt

from ectopy.io.channels import AS_STATED, Calibration
from ectopy.models.registry import DEFAULT_CLASSIFIER, DEFAULT_MODEL, DEFAULT_QRS

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline

Columns: TypeAlias = Mapping[str, "npt.NDArray[Any] | list[Any]"]


@dataclass(frozen=True)
class AnalysisOptions:
    """What decides the result of a recording, beside its files.

    Parameters
    ----------
    qrs, detector, classifier : str
        Models: shipped names, or folders.
    alarm_rate, leads, fs, calibration, waves
        As `ectopy.analysis.pipeline.analyze` and `ectopy.io.registry.open_source` take them.
    pages : {"none", "flagged", "all"}
        Of which recordings a page is written.
    """

    qrs: str = DEFAULT_QRS
    detector: str = DEFAULT_MODEL
    classifier: str = DEFAULT_CLASSIFIER
    alarm_rate: float | None = None
    leads: tuple[str, ...] | None = None
    fs: float | None = None
    calibration: Calibration = field(default=AS_STATED)
    waves: bool | None = None
    pages: Literal["none", "flagged", "all"] = "none"

    def pipeline(self) -> Pipeline:
        """Return the models, loaded."""
        from ectopy.analysis.pipeline import Pipeline  # takes its time

        pipeline = Pipeline.shipped(qrs=self.qrs, detector=self.detector, classifier=self.classifier)
        return pipeline if self.alarm_rate is None else pipeline.at_alarm_rate(self.alarm_rate)


@dataclass(frozen=True)
class Rows:
    """What one recording adds to the tables, and its page if there is one."""

    recording: dict[str, Any]
    beats: Columns
    events: Columns
    episodes: Columns
    page: str | None = None
