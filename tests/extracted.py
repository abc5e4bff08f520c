"""The beats of a short recording, as the analysis extracts them, before any model has seen them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ectopy.analysis.beat_parts import average_beats
from ectopy.analysis.extraction import BeatExtractor, CutBeats
from ectopy.analysis.located_beats import GOOD, locate
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.models.qrs_detector import default_model
from ectopy.record import Record
from ectopy.signal.quality import FAULTS
from ectopy.signal.quality_log import QualityLog


@dataclass(frozen=True)
class Extraction:
    """The beats of a record, one part of a recording."""

    beats: Beats
    leads: np.ndarray
    second: np.ndarray
    again: Beats
    quality: np.ndarray
    log: QualityLog
    averages: np.ndarray


def extract_beats(record: Record, window: WindowSpec) -> Extraction:
    extractor = BeatExtractor(record.fs, len(record.leads), window, default_model())
    cut = CutBeats.concatenate([extractor.push(record.signal), extractor.flush()])
    located = locate(cut, record.fs, window, extractor.quality.blind())
    words = np.array([*(fault.word for fault in FAULTS.values()), "good"])
    assert words[GOOD] == "good"
    averages = average_beats(cut, window) if len(cut) else np.zeros((len(record.leads), window.n_times))
    return Extraction(
        located.beats,
        located.lead,
        located.second,
        located.again,
        words[located.fault],
        extractor.quality,
        averages,
    )
