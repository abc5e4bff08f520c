"""Recordings a second, memory and bytes of ``ectopy batch``, and what two workers and Ray make of it.

``python benchmarks/batch.py [PART ...] [--strips N]`` writes ``benchmarks/results/batch.json``; parts that
are not named keep their last figures. The full run is ``python benchmarks/batch.py --strips 20000``, on a
machine that does nothing else. Processor time is that of the command and of all processes it starts, as last
seen by a look every 0.1 s; *wall* figures mean something on a quiet machine alone, and the load says whether
it was.

Strips are a third each of simulated ones (2 leads, 250 Hz, 10 s), of ``ptbxl`` (12 leads, 500 Hz, 10 s) and
of ``cinc2017`` (1 lead, 300 Hz, 9 to 61 s), under as many names as there are to be.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import Rhythm, simulate

RESULT: Final = Path(__file__).parent / "results" / "batch.json"
DATA: Final = Path(os.environ.get("ECTOPY_DATA_DIR", "data"))
LOOK: Final = 0.1
MOMENTS: Final = 20
"""Equal times for which the memory is told."""

KINDS: Final = 60
"""Different simulated strips; names make the others of them."""

DAY: Final = 24 * 3600


@dataclass
class Seen:
    """What was seen of a command and of the processes it started."""

    processor: dict[int, float] = field(default_factory=dict)
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds since the start, and MB of the command and of the largest process that it started."""

    def look(self, root: psutil.Process, since: float) -> None:
        """Note processor time and memory of every process that lives."""
        own = worker = 0
        for each in [root, *root.children(recursive=True)]:
            try:
                with each.oneshot():
                    times = each.cpu_times()
                    self.processor[each.pid] = times.user + times.system
                    resident = each.memory_info().rss
            except psutil.Error:
                continue
            if each.pid == root.pid:
                own = resident
            else:
                worker = max(worker, resident)
        self.memory.append((time.perf_counter() - since, own / 2**20, worker / 2**20))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all by default")
    parser.add_argument("--strips", type=int, default=600, help="how many strips")
    asked = parser.parse_args()
    result: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for name in asked.parts or PARTS:
        with tempfile.TemporaryDirectory() as scratch:
            load = os.getloadavg()[0]
            result[name] = {**PARTS[name](Path(scratch), asked.strips), "load before": round(load, 1)}
        print(name, json.dumps(result[name], indent=1), flush=True)
    result |= {
        "command": "python benchmarks/batch.py",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


def strips(scratch: Path, n: int) -> dict[str, Any]:
    """Measure ten-second strips by two workers and by one, on Ray, and with pages."""
    folder = write_strips(scratch / "in", n)
    few = write_strips(scratch / "few", max(n // 10, min(n, 60)))
    runs = {
        "two workers": batch(folder, scratch / "two", "--jobs", 2),
        "one worker": batch(few, scratch / "one", "--jobs", 1),
        "two workers, the same as one": batch(few, scratch / "few2", "--jobs", 2),
        "Ray, two lanes, the same as one": batch(few, scratch / "ray", "--jobs", 2, "--engine", "ray"),
        "two workers, a page each": batch(few, scratch / "pages", "--jobs", 2, "--report"),
    }
    one, two = runs["one worker"], runs["two workers, the same as one"]
    ray = runs["Ray, two lanes, the same as one"]
    return {
        **runs,
        "efficiency of two workers": round(one["working wall seconds"] / two["working wall seconds"] / 2, 3),
        "processor time of two workers / of one": round(
            two["processor seconds"] / one["processor seconds"], 3
        ),
        "Ray / local, working wall seconds": round(
            ray["working wall seconds"] / two["working wall seconds"], 3
        ),
        "same tables": len({run["tables"] for run in (one, two, ray)}) == 1,
    }


def records(scratch: Path, _: int) -> dict[str, Any]:
    """Measure the 48 half hours of MIT-BIH."""
    arguments = ("--jobs", 2, "--include", "*.hea")
    return {
        "two workers": batch(DATA / "mitdb", scratch / "out", *arguments),
        "two workers, no waves": batch(DATA / "mitdb", scratch / "bare", *arguments, "--no-waves"),
    }


def two_leads(scratch: Path, n: int) -> Path:
    """Write ten seconds of two leads."""
    return write_simulated(scratch / "in", max(KINDS, n // 3))


def twelve_leads(scratch: Path, n: int) -> Path:
    """Copy ten seconds of twelve leads."""
    return write_copies(scratch / "in", sorted((DATA / "ptbxl").rglob("*_hr.hea")), max(30, n // 6))


def half_hours(scratch: Path, _: int) -> Path:
    """Copy six half hours of MIT-BIH."""
    return write_copies(scratch / "in", [DATA / "mitdb" / f"{name}.hea" for name in range(100, 106)], 6)


def day(scratch: Path, _: int) -> Path:
    """Write a day."""
    return write_day(scratch / "in")


def one_worker(write: Callable[[Path, int], Path], scratch: Path, n: int) -> dict[str, Any]:
    """Measure what recordings of one length cost one worker."""
    return batch(write(scratch, n), scratch / "out", "--jobs", 1)


LENGTHS: Final = {
    "10 s, 2 leads, 250 Hz": two_leads,
    "10 s, 12 leads, 500 Hz": twelve_leads,
    "30 min, 2 leads, 360 Hz": half_hours,
    "24 h, 2 leads, 360 Hz": day,
}

PARTS: Final[dict[str, Callable[[Path, int], dict[str, Any]]]] = {
    **{name: partial(one_worker, write) for name, write in LENGTHS.items()},
    "strips": strips,
    "records": records,
}


def batch(folder: Path, out: Path, *options: object) -> dict[str, Any]:
    """Run ``ectopy batch`` and measure it from outside."""
    log = out.with_suffix(".jsonl")
    command = [
        sys.executable,
        "-m",
        "ectopy",
        "batch",
        folder,
        "--out",
        out,
        "--quiet",
        "--log",
        log,
    ]
    seen, over, began = Seen(), threading.Event(), time.perf_counter()
    process = subprocess.Popen([str(part) for part in (*command, *options)])
    root = psutil.Process(process.pid)

    def watch() -> None:
        while not over.wait(LOOK):
            try:
                seen.look(root, began)
            except psutil.Error:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    wall = time.perf_counter() - began
    over.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{command} ended with status {process.returncode}")
    return figures(folder, out, log, wall, seen)


def figures(folder: Path, out: Path, log: Path, wall: float, seen: Seen) -> dict[str, Any]:
    """Return what a run took, and gave."""
    totals = json.loads((out / "summary.json").read_text())
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    working = sum(line["seconds"] for line in lines if line["event"] == "part")
    n = totals["recordings"]
    tables = sorted(out.rglob("*.parquet"))
    return {
        "recordings": n,
        "errors": totals["errors"],
        "beats": totals["beats"],
        "wall seconds": round(wall, 1),
        "recordings a second": round(n / wall, 2),
        "working wall seconds": round(span(lines), 2),
        "seconds of lanes": round(working, 2),
        "processor seconds": round(sum(seen.processor.values()), 1),
        "processor seconds a recording": round(sum(seen.processor.values()) / n, 4),
        **memory_over_time(seen, n),
        "input bytes a recording": round(size([each for each in folder.rglob("*") if each.is_file()]) / n),
        "table bytes a recording": round(size(tables) / n),
        "output files": sum(1 for each in out.rglob("*") if each.is_file()),
        "tables": hash_of(tables),
    }


def span(lines: list[dict[str, Any]]) -> float:
    """Return the seconds from the end of the first part to the end: models are loaded by then."""
    times = [
        datetime.fromisoformat(line["time"]).timestamp() for line in lines if line["event"] in {"part", "end"}
    ]
    return max(times[-1] - times[0], 1e-3)


def memory_over_time(seen: Seen, n_recordings: int) -> dict[str, Any]:
    """Return the most that was held in each of some equal times, and what recordings add once all is warm.

    What they add is the slope of a line through the second half of the time, in MB for a thousand recordings.
    """
    times, own, worker = np.array(seen.memory or [(0.0, 0.0, 0.0)]).T
    late = times >= times[-1] / 2
    seconds_of_thousand = 1000 * times[-1] / n_recordings
    found: dict[str, Any] = {}
    for name, held in (("worker", worker), ("command", own)):
        moments = np.array_split(held, MOMENTS)
        found[f"{name} memory MB"] = [round(float(part.max(initial=0))) for part in moments]
        slope = np.polyfit(times[late], held[late], 1)[0] if late.sum() > 2 else np.nan
        found[f"{name} memory MB, added by a thousand"] = round(float(slope * seconds_of_thousand), 2)
    return found


def hash_of(tables: list[Path]) -> str:
    """Return a digest of all bytes of the tables."""
    digest = sha256()
    for path in tables:
        digest.update(f"{path.parent.name}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()


def size(files: list[Path]) -> int:
    """Return how long files are together."""
    return sum(path.stat().st_size for path in files)


def write_strips(folder: Path, n: int) -> Path:
    """Write strips of the three kinds."""
    write_simulated(folder / "simulated", n // 3)
    write_copies(folder / "ptbxl", sorted((DATA / "ptbxl").rglob("*_hr.hea")), n // 3)
    write_copies(folder / "cinc2017", sorted((DATA / "cinc2017").glob("A*.hea")), n - 2 * (n // 3))
    return folder


def write_simulated(folder: Path, n: int) -> Path:
    """Write simulated strips, some kinds under many names."""
    first = folder / "0"
    first.mkdir(parents=True)
    rhythm = Rhythm(ventricular=0.05, supraventricular=0.03)
    for number in range(min(KINDS, n)):
        name = f"s{number:03}"
        write_wfdb(simulate(10, 250, ("MLII", "V1"), seed=number, rhythm=rhythm, name=name), first / name)
        (first / f"{name}.atr").unlink()
    return write_more(folder, sorted(first.glob("*.hea")), n)


def write_copies(folder: Path, headers: list[Path], n: int) -> Path:
    """Copy records, under several names where there are too few."""
    first = folder / "0"
    first.mkdir(parents=True)
    for header in headers[:n]:
        for path in header.parent.glob(f"{header.stem}.*"):
            (first / path.name).write_bytes(path.read_bytes())
    return write_more(folder, sorted(first.glob("*.hea")), n)


def write_more(folder: Path, headers: list[Path], n: int) -> Path:
    """Link records into more folders until there are enough."""
    for number in range(len(headers), n):
        again = folder / str(number // len(headers))
        again.mkdir(exist_ok=True)
        header = headers[number % len(headers)]
        for path in header.parent.glob(f"{header.stem}.*"):
            os.link(path, again / path.name)
    return folder


def write_day(folder: Path) -> Path:
    """Write a day that repeats a simulated hour."""
    folder.mkdir()
    hour = simulate(
        3600, 360, ("MLII", "V1"), rhythm=Rhythm(ventricular=0.02, supraventricular=0.01), name="day"
    )
    write_wfdb(hour, folder / "day")
    (folder / "day.atr").unlink()
    piece = (folder / "day.dat").read_bytes()
    with (folder / "day.dat").open("ab") as file:
        for _ in range(DAY // 3600 - 1):
            file.write(piece)
    header = folder / "day.hea"
    header.write_text(header.read_text().replace(f" {hour.n_samples}", f" {DAY * 360}", 1))
    return folder


if __name__ == "__main__":
    main()
