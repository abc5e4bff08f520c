"""What is done with each recording: analyse it, and hand back its rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ectopy.apps.batch.fetch import at_hand
from ectopy.apps.batch.inputs import Input
from ectopy.apps.batch.rows import AnalysisOptions, Columns, Rows
from ectopy.apps.batch.schema import summary_row
from ectopy.io.registry import open_source
from ectopy.report.exports import event_columns

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.analysis.result import Analysis


@dataclass(frozen=True)
class RecordingAnalysis:
    """Analyses one recording after the other with models that stay loaded.

    Parameters
    ----------
    options : AnalysisOptions
        How.
    """

    options: AnalysisOptions

    @cached_property
    def _pipeline(self) -> Pipeline:
        return self.options.pipeline()

    def __call__(self, item: Input) -> Rows:
        """Analyse a recording; errors are those of `open_source` and `Pipeline.run`."""
        options = self.options
        with at_hand(item) as path:
            source = open_source(path, fs=options.fs, leads=options.leads, calibration=options.calibration)
            analysis = self._pipeline.run(source, waves=options.waves)
            return rows_of(analysis, item, page=self._wants_page(analysis))

    def _wants_page(self, analysis: Analysis) -> bool:
        return self.options.pages == "all" or (self.options.pages == "flagged" and is_flagged(analysis))


def is_flagged(analysis: Analysis) -> bool:
    """Tell whether a recording holds something to look at: an event or an episode."""
    return bool(analysis.events or analysis.episodes)


def rows_of(analysis: Analysis, item: Input, *, page: bool = False) -> Rows:
    """Return what an analysis adds to the tables."""
    summary = summary_row(asdict(analysis.summary()))
    return Rows(
        recording={
            **summary,
            "n_bytes": item.n_bytes,
            "signal_sha256": analysis.digest,
            **item.carried,
        },
        beats=analysis.columns(),
        events=event_columns(analysis),
        episodes=_episode_columns(analysis),
        page=_page(analysis) if page else None,
    )


def _episode_columns(analysis: Analysis) -> Columns:
    start = np.array([episode.start for episode in analysis.episodes], np.int64)
    stop = np.array([episode.stop for episode in analysis.episodes], np.int64)
    return {
        "kind": [episode.kind for episode in analysis.episodes],
        "start_sample": start,
        "stop_sample": stop,
        "start_s": start / analysis.record.fs,
        "stop_s": stop / analysis.record.fs,
    }


def _page(analysis: Analysis) -> str:
    from ectopy.report.html import render_report  # brings jinja2

    return render_report(analysis)
