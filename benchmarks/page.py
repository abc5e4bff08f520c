"""Processor time and size of the page about a recording.

Run with ``python benchmarks/page.py``; writes ``benchmarks/results/page.json``. Each recording is analysed
and its page made in a process of its own, so that the figure holds all that the page imports; modules and
templates are compiled in the first run, as they are where ectopy is installed, and the best run counts.
Ten seconds, ten minutes and thirty minutes are of MIT-BIH record 208 (``ECTOPY_DATA_DIR``) with its waves,
the day is simulated. Figures of the page before, measured once at the commit that they name, are kept under
``before``.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ectopy.analysis.pipeline import analyze
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import Rhythm, simulate

RESULT = Path(__file__).parent / "results" / "page.json"
RUNS = 7
DAY = 86400

SECONDS = {"10 s": 10, "10 min": 600, "30 min": 1806, "24 h": DAY}
AIMS = {"10 min": {"processor_seconds": 0.25, "kilobytes": 600}, "24 h": {"processor_seconds": 1.5}}
"""What the page is meant to stay within."""


def measure(path: str, seconds: int) -> dict[str, float]:
    """Analyse the first seconds of a recording, then make its page, and return what the page took."""
    record = open_record(path)
    analysis = analyze(record.slice(0, seconds) if seconds < DAY else record)
    start = time.process_time()
    from ectopy.report.html import render_report

    page = render_report(analysis)
    used = time.process_time() - start
    return {"processor_seconds": round(used, 3), "kilobytes": round(len(page.encode()) / 1000, 1)}


def least(path: Path, seconds: int, compiled: str) -> dict[str, float]:
    """Return the cheapest of several runs, each in a process of its own, that share a folder of bytecode."""
    command = [sys.executable, __file__, str(path), str(seconds)]
    settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": compiled}
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=settings).stdout)
        for _ in range(RUNS if seconds < DAY else 1)
    ]
    return min(runs, key=lambda run: run["processor_seconds"])


def main() -> None:
    mitdb = Path(os.environ["ECTOPY_DATA_DIR"]) / "mitdb" / "208"
    with tempfile.TemporaryDirectory() as folder:
        day = Path(folder) / "day"
        write_wfdb(
            simulate(DAY, 360, rhythm=Rhythm(ventricular=0.02, supraventricular=0.01), name="day"), day
        )
        pages = {
            name: least(day if seconds == DAY else mitdb, seconds, folder)
            for name, seconds in SECONDS.items()
        }
    old = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    result = {
        "command": "python benchmarks/page.py",
        "pages": pages,
        "aims": AIMS,
        "before": old.get("before"),
        "runs": RUNS,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(pages, indent=2))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
