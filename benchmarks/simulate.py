"""Seconds and peak memory of simulating and writing a day of ECG, to benchmarks/results/simulate.json."""

from __future__ import annotations

import json
import os
import platform
import resource
import tempfile
import time
from pathlib import Path

from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import Noise, Rhythm, simulate

RESULT = Path(__file__).parent / "results" / "simulate.json"
HOURS, FS, LEADS = 24, 360.0, ("MLII", "V1")


def main() -> None:
    rhythm = Rhythm(supraventricular=0.01, ventricular=0.03, fusion=0.002, couplets=0.1, runs=0.03)
    began = time.perf_counter()
    record = simulate(HOURS * 3600, FS, LEADS, rhythm=rhythm, noise=Noise(motion=0.02, snr_db=15))
    simulated = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_wfdb(record, Path(folder) / record.name)
    written = time.perf_counter()
    result = {
        "hours": HOURS,
        "fs": FS,
        "leads": len(LEADS),
        "beats": len(record.annotations.beats()) if record.annotations else 0,
        "seconds_simulating": round(simulated - began, 2),
        "seconds_writing": round(written - simulated, 2),
        "seconds": round(written - began, 2),
        "cpu_seconds": round(time.process_time(), 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
