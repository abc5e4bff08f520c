"""The review page: opening a day, an edit until its counts are on the screen, frames, memory of the server.

``python benchmarks/review.py`` writes ``benchmarks/results/review.json``. Two days are simulated by repeating
an hour: 2 leads at 360 Hz and 12 leads at 500 Hz. Each is analysed once, or taken from the folder
``ECTOPY_REVIEW_DAYS``, which keeps them between runs. The server is the one that users start; chromium
without a graphics processor looks at its page (playwright-core, ``npm ci --prefix tests/node``). Times on
the wall say little on a busy machine: ``load`` says how busy it was, and processor times stand beside them.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ectopy.apps.review.opened import note_seen
from ectopy.apps.review.worklist import Worklist
from ectopy.report.pdf import find_browser
from end_to_end import CASES, write_recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ectopy.apps.review.worklist import Place

RESULT: Final = Path(__file__).parent / "results" / "review.json"
SCRIPT: Final = Path(__file__).parents[1] / "tests" / "node" / "review_speed.mjs"
DAYS: Final = ("24 h, 2 leads, 360 Hz", "24 h, 12 leads, 500 Hz")
AIMS: Final = {
    "first open, seconds": 3.0,
    "cached open, seconds": 0.5,
    "edit, milliseconds": 100,
    "longest frame, milliseconds": 50,
    "longest task in a frame, processor milliseconds": 50,
    "server memory MB": 300,
}


def main() -> None:
    kept = os.environ.get("ECTOPY_REVIEW_DAYS")
    with tempfile.TemporaryDirectory() as scratch:
        cases = {name: measure(prepared(name, Path(kept or scratch))) for name in DAYS}
    result = {
        "command": "python benchmarks/review.py",
        "cases": cases,
        "aims": AIMS,
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(cases, indent=2))


def prepared(name: str, root: Path) -> Place:
    """Return a day and its analysis, made unless they are there."""
    folder = root / name.replace(", ", "-").replace(" ", "")
    path = folder / "day"
    if not path.with_suffix(".hea").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_recording(CASES[name], path)
    (place,) = Worklist(folder).places.values()
    if not place.analysis.exists():
        from ectopy.analysis.pipeline import analyze

        analysis = analyze(place.recording, waves=False)
        analysis.save(place.analysis)
        note_seen(place, analysis)
    place.log.unlink(missing_ok=True)
    for file in place.cache.glob("extremes-*"):
        file.unlink()
    return place


def measure(place: Place) -> dict[str, Any]:
    with server(place.recording.parent) as (address, pid):
        started = processor_seconds(pid)
        ran = subprocess.run(
            ["node", str(SCRIPT), find_browser(), address, str(pid)],
            check=True,
            capture_output=True,
            text=True,
        )
        seen = json.loads(ran.stdout)
        seen["server processor seconds"] = round(processor_seconds(pid) - started, 2)
        seen["server memory MB"] = peak_memory(pid)
    return seen


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "ectopy", "review", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return round(int(peak) / 1024)


if __name__ == "__main__":
    main()
