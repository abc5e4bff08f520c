"""Processor time from typing a command to its end, beside an empty Python.

Run with ``python benchmarks/startup.py``; writes ``benchmarks/results/startup.json``. Each figure is the
least of several runs, user and system time of the process, with every module compiled, as an installation
leaves them.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import simulate

RESULT = Path(__file__).parent / "results" / "startup.json"
RUNS = 7
ECTOPY = ("-m", "ectopy")

AIMS = {"ectopy --help": 0.4, "ectopy compare bxb --help": 0.4, "ectopy analyze --no-report, 10 s": 1.2}
"""Seconds of processor time that the commands are meant to stay within."""


def processor_seconds(*arguments: str) -> float:
    """Return user and system time of one Python process."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return used.ru_utime + used.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        record = f"{folder}/ten"
        write_wfdb(simulate(10, 360, seed=3, name="ten"), record)
        commands = {
            "python -c pass": ("-c", "pass"),
            "import ectopy": ("-c", "import ectopy"),
            "import ectopy.evaluation": ("-c", "import ectopy.evaluation"),
            "ectopy --help": (*ECTOPY, "--help"),
            "ectopy compare bxb --help": (*ECTOPY, "compare", "bxb", "--help"),
            "ectopy analyze --no-report, 10 s": (*ECTOPY, "analyze", record, "--no-report", "--out", folder),
            "ectopy analyze, 10 s": (*ECTOPY, "analyze", record, "--out", folder),
        }
        seconds = {
            name: round(min(processor_seconds(*arguments) for _ in range(RUNS)), 3)
            for name, arguments in commands.items()
        }
    result = {
        "command": "python benchmarks/startup.py",
        "processor_seconds": seconds,
        "aims": AIMS,
        "runs": RUNS,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name, value in seconds.items():
        print(f"{value:6.3f} s  {name}")


if __name__ == "__main__":
    main()
