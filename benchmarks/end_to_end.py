"""Time and memory that a day of ECG takes from file to report, and the time of each stage.

Writes ``benchmarks/results/end_to_end.json``. The record is simulated: 24 hours, two leads, 360 Hz.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ectopy import analysis
from ectopy.beats.clusters import morphology_clusters
from ectopy.beats.windows import condition
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import write_wfdb
from ectopy.models.qrs_detector import detect_qrs
from ectopy.report.exports import write_outputs
from ectopy.signal.quality import assess
from ectopy.simulation import Rhythm, simulate

HOURS = 24.0
RESULT = Path(__file__).parent / "results" / "end_to_end.json"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day"
        rhythm = Rhythm(ventricular=0.02, supraventricular=0.01)
        write_wfdb(simulate(HOURS * 3600, rhythm=rhythm, name="day"), path)
        whole = command_cost(path, Path(folder) / "out")
        result = {
            "hours": HOURS,
            "leads": 2,
            "fs": 360,
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            **whole,
            "stage_seconds": stage_seconds(path, Path(folder) / "stages"),
        }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(RESULT.read_text())


def command_cost(path: Path, out: Path) -> dict[str, float]:
    """Run the command that a user types, and measure it from outside."""
    command = Path(sys.executable).with_name("ectopy")
    start = time.perf_counter()
    subprocess.run([command, "analyze", path, "--out", out, "--quiet"], check=True)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    return {"seconds": round(seconds, 1), "peak_memory_gb": round(peak, 2)}


def stage_seconds(path: Path, out: Path) -> dict[str, float]:
    """Time each stage by itself, one after the other; in the command some of them run side by side."""
    seconds: dict[str, float] = {}

    def timed(stage: str, call: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        value = call()
        seconds[stage] = round(time.perf_counter() - start, 2)
        return value

    detector = analysis.default_detector()
    record = timed("read", lambda: open_record(path))
    timed("detect QRS", lambda: detect_qrs(record.signal, record.fs))
    timed("assess signal quality", lambda: assess(record.signal, record.fs))
    timed("filter and resample", lambda: condition(record.signal, record.fs, detector.window.fs))
    found = analysis.analyze(record)
    timed("score beats", lambda: detector.score_beats(found.beats, sources=found.beat_leads))
    timed(
        "classify beats on one lead",
        lambda: analysis.default_classifier().predict_proba(found.beats, found.beat_leads),
    )
    timed("group clusters", lambda: morphology_clusters(found.beats.waveforms[:, 0]))
    timed("write report and tables", lambda: write_outputs(found, out))
    return seconds


if __name__ == "__main__":
    main()
