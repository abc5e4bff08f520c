"""Beats per second of the QRS detector, the autoencoder and the classifier, and the share of onnxruntime.

Writes ``benchmarks/results/throughput.json``. An hour of simulated ECG, one lead, 360 Hz; every call is made
once to warm up, and the median of three more is taken. The QRS detectors of other Python packages run on the
same samples in the same run: ``pip install 'ectopy[bench]'``. The WFDB program gqrs needs a C compiler; its
port in the Python package wfdb is measured instead.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import neurokit2
import sleepecg
from wfdb.processing import gqrs_detect

from ectopy.analysis.pipeline import Pipeline
from ectopy.models.artifact import Artifact
from ectopy.models.qrs_detector import detect_qrs
from ectopy.models.registry import default_classifier, default_detector
from ectopy.simulation import Rhythm, simulate

SECONDS = 3600.0
RUNS = 3
RESULT = Path(__file__).parent / "results" / "throughput.json"


class Clock:
    """Seconds spent in onnxruntime."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure the time of every network that is run inside the block."""
        run = Artifact.run

        def timed(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return run(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - start

        with patch.object(Artifact, "run", timed):
            yield


def main() -> None:
    rhythm = Rhythm(ventricular=0.02, supraventricular=0.01)
    record = simulate(SECONDS, 360, ("MLII",), rhythm=rhythm, name="hour")
    lead = record.signal[:, 0].astype(float)
    detector, classifier = default_detector(), default_classifier()
    pipeline = Pipeline.shipped()
    analysis = pipeline.run(record)
    beats, leads = analysis.beats, analysis.beat_leads
    calls: dict[str, Callable[[], Any]] = {
        "QRS detection: ectopy": lambda: detect_qrs(record.signal, record.fs),
        "QRS detection: sleepecg": lambda: sleepecg.detect_heartbeats(lead, record.fs),
        "QRS detection: neurokit2": lambda: neurokit2.ecg_peaks(
            neurokit2.ecg_clean(lead, sampling_rate=360), sampling_rate=360
        ),
        "QRS detection: gqrs, Python port in wfdb": lambda: gqrs_detect(lead, fs=record.fs),
        "the whole analysis: ectopy": lambda: pipeline.run(record),
        "anomaly score: ectopy": lambda: detector.score_beats(beats, sources=leads),
        "class: ectopy": lambda: classifier.predict_proba(beats, sources=leads),
    }
    result = {
        "hours": SECONDS / 3600,
        "beats": len(beats),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "rows": {name: measured(call, len(beats)) for name, call in calls.items()},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(RESULT.read_text())


def measured(call: Callable[[], Any], n_beats: int) -> dict[str, float]:
    """Return seconds, beats per second, µs per beat, and the share of the time that onnxruntime takes."""
    call()
    seconds, shares = [], []
    for _ in range(RUNS):
        clock = Clock()
        with clock.running():
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        shares.append(clock.seconds / seconds[-1])
    middle = statistics.median(seconds)
    return {
        "seconds": round(middle, 4),
        "beats_per_second": round(n_beats / middle),
        "microseconds_per_beat": round(1e6 * middle / n_beats, 2),
        "onnxruntime_share": round(statistics.median(shares), 3),
    }


if __name__ == "__main__":
    main()
