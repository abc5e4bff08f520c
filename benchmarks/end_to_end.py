"""Processor time, time on the wall and memory from file to results, of recordings of all lengths.

``python benchmarks/end_to_end.py [CASE ...]`` writes ``benchmarks/results/end_to_end.json``; cases that are
not named keep their last figures. A recording repeats one simulated hour, so that its file is made in
seconds; the cost of an analysis does not depend on that. Each command runs in a process of its own and is
measured from outside, with every module compiled, as an installation leaves them. The peers read the same
day with the wfdb package and detect R peaks on one lead, no more. Stages are the processor time of the
threads that work on them, in another run; what is left of the whole is spent between them. A short recording
is also analysed again and again within one process.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import Rhythm, simulate

RESULT = Path(__file__).parent / "results" / "end_to_end.json"
PROCESSOR: Final = "processor seconds"
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True)
class Case:
    """A recording to be analysed."""

    seconds: float
    fs: int
    leads: tuple[str, ...]


HOUR: Final = 3600
CASES: Final = {
    "10 s, 12 leads, 500 Hz": Case(10, 500, TWELVE),
    "10 min, 2 leads, 360 Hz": Case(600, 360, ("MLII", "V1")),
    "6 h, 2 leads, 360 Hz": Case(6 * HOUR, 360, ("MLII", "V1")),
    "24 h, 2 leads, 360 Hz": Case(24 * HOUR, 360, ("MLII", "V1")),
    "24 h, 12 leads, 500 Hz": Case(24 * HOUR, 500, TWELVE),
    "7 d, 3 leads, 250 Hz": Case(168 * HOUR, 250, ("II", "V1", "V5")),
    "14 d, 3 leads, 250 Hz": Case(336 * HOUR, 250, ("II", "V1", "V5")),
}

PEERS: Final = {
    "sleepecg": "import sleepecg; sleepecg.detect_heartbeats(x, fs)",
    "neurokit2": "import neurokit2 as nk; nk.ecg_peaks(nk.ecg_clean(x, fs), fs)",
}
PEER_CASE: Final = "24 h, 2 leads, 360 Hz"

STAGES: Final = {
    "read": "ectopy.io.recording:FileSource.read",
    "digest": "ectopy.analysis.digest:SignalDigest.update",
    "clean": "ectopy.analysis.extraction:clean_piece",
    "assess quality": "ectopy.analysis.extraction:assess",
    "filter": "ectopy.analysis.extraction:condition_block",
    "detect QRS": "ectopy.analysis.extraction:detect_block",
    "tell artefact and fibrillation": "ectopy.analysis.signal_marks:classify_block",
    "leave out stray waves": "ectopy.analysis.wave_sieve:stray_waves",
    "locate beats": "ectopy.analysis.beat_reader:locate",
    "score beats": "ectopy.analysis.judging:_scores",
    "classify beats": "ectopy.analysis.judging:two_lead_probabilities",
    "find atrial fibrillation": "ectopy.analysis.running:atrial_rhythm",
    "tables, annotations, page": "ectopy.report.exports:write_outputs",
}
"""Stage → the function that does it, where it is called from."""

LOOKED_INTO: Final = 24.0 * HOUR
"""Seconds of the longest case that is also analysed without a report and stage by stage."""

WARM: Final = 30.0
"""Seconds of the longest case that is analysed again within one process."""


def main(names: list[str]) -> None:
    unknown = set(names) - set(CASES)
    if unknown:
        sys.exit(f"no such case: {sorted(unknown)}; choose of {list(CASES)}")
    cases: dict[str, Any] = json.loads(RESULT.read_text())["cases"] if RESULT.exists() else {}
    with tempfile.TemporaryDirectory() as compiled:
        as_installed(Path(compiled))
        measure(cases, names or list(CASES))
    result = {
        "cases": {name: cases[name] for name in CASES if name in cases},
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


def as_installed(compiled: Path) -> None:
    """Let every process from now on find compiled what it imports, in a folder, and the page's template."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(compiled)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording"
        write_recording(Case(600, 360, ("MLII", "V1")), path)
        analyze(path, Path(folder) / "out")
        for program in PEERS.values():
            peer_cost(path, program)


def measure(cases: dict[str, Any], names: list[str]) -> None:
    """Measure some cases in place of what is known of them."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "recording"
            write_recording(CASES[name], path)
            cases[name] = {"all outputs": analyze(path, Path(folder) / "out")}
            if CASES[name].seconds <= LOOKED_INTO:
                cases[name]["no report"] = analyze(path, Path(folder) / "bare", "--no-report")
                cases[name]["stages, processor seconds"] = in_process("stages", path)
            if CASES[name].seconds <= WARM:
                cases[name]["again in one process, processor seconds"] = in_process("again", path)
            if name == PEER_CASE:
                peers = {peer: peer_cost(path, program) for peer, program in PEERS.items()}
                cases[name]["peers, one lead, detection only"] = peers
                cases[name]["processor time as a multiple of theirs, no report"] = {
                    peer: round(cases[name]["no report"][PROCESSOR] / figures[PROCESSOR], 2)
                    for peer, figures in peers.items()
                }
        print(name, json.dumps(cases[name], indent=1), flush=True)


def write_recording(case: Case, path: Path) -> None:
    """Write a recording that repeats a simulated hour, or what is needed of it."""
    rhythm = Rhythm(ventricular=0.02, supraventricular=0.01)
    piece = simulate(min(case.seconds, HOUR), case.fs, case.leads, rhythm=rhythm, name=path.name)
    write_wfdb(piece, path)
    samples = np.fromfile(path.with_suffix(".dat"), "<i2")
    with path.with_suffix(".dat").open("ab") as file:
        for _ in range(round(case.seconds / piece.duration) - 1):
            samples.tofile(file)
    path.with_suffix(".atr").unlink()
    header = path.with_suffix(".hea")
    lines = header.read_text().splitlines()
    fields = lines[0].split()
    fields[3] = str(round(case.seconds * case.fs))
    header.write_text("\n".join([" ".join(fields), *lines[1:]]) + "\n")


def analyze(path: Path, out: Path, *options: str) -> dict[str, float]:
    """Run the command that a user types."""
    return cost([sys.executable, "-m", "ectopy", "analyze", path, "--out", out, "--quiet", *options])


def peer_cost(path: Path, program: str) -> dict[str, float]:
    """Read the first lead with the wfdb package and detect its R peaks with another one."""
    read = f"import wfdb; r = wfdb.rdrecord({str(path)!r}, channels=[0]); x, fs = r.p_signal[:, 0], r.fs"
    return cost([sys.executable, "-c", f"{read}; {program}"])


def in_process(what: str, path: Path) -> Any:
    """Run a part of this file in a process of its own, and return what it prints."""
    command = [sys.executable, __file__, what, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def stages(path: Path) -> dict[str, float]:
    """Return the processor time of each stage of one analysis."""
    from ectopy.analysis.pipeline import analyze
    from ectopy.report import exports

    spent: Counter[str] = Counter()
    for stage, place in STAGES.items():
        module, _, name = place.partition(":")
        *owner, function = name.split(".")
        holder = reduce(getattr, owner, import_module(module))
        setattr(holder, function, timed(getattr(holder, function), stage, spent))
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        exports.write_outputs(analyze(path, waves=False), folder)
    spent["all"] = time.process_time() - start
    return {stage: round(seconds, 2) for stage, seconds in spent.items()}


def timed(function: Callable[..., Any], stage: str, spent: Counter[str]) -> Callable[..., Any]:
    """Return a function that adds the processor time of its thread to that of a stage."""

    def measured(*arguments: Any, **options: Any) -> Any:
        start = time.thread_time()
        try:
            return function(*arguments, **options)
        finally:
            spent[stage] += time.thread_time() - start

    return measured


def again(path: Path) -> dict[str, float]:
    """Return the least processor time of analysing a recording in memory, once everything is loaded."""
    from ectopy.analysis.pipeline import analyze
    from ectopy.io.registry import open_record

    record = open_record(path)
    seconds = {}
    for name, waves in (("with P, QRS and T", None), ("without waves", False)):
        runs = []
        for _ in range(8):
            start = time.process_time()
            analyze(record, waves=waves)
            runs.append(time.process_time() - start)
        seconds[name] = round(min(runs), 3)
    return seconds


def cost(command: list[Any]) -> dict[str, float]:
    """Return what a process took: seconds on the wall and of all processors, and its peak memory."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} ended with status {status}")
    return {
        "wall seconds": round(time.perf_counter() - start, 2),
        PROCESSOR: round(usage.ru_utime + usage.ru_stime, 2),
        "peak memory MB": round(usage.ru_maxrss / 1024),
    }


if __name__ == "__main__":
    part = {"stages": stages, "again": again}.get("".join(sys.argv[1:2]))
    if part:
        print(json.dumps(part(Path(sys.argv[2]))))
    else:
        main(sys.argv[1:])
