"""What the shipped models do beyond the databases they were made for: benchmarks/results/beyond.json.

``python benchmarks/beyond.py`` measures every section, ``--only NAME …`` some of them; the others stay as
they are. A section is a function without arguments in a module beside this one, which says who is measured
on, and a row in `SECTIONS`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "beyond.json"

SECTIONS = {
    "detection": "beyond_detection:shipped",
    "detection by others": "beyond_detection:others",
    "detection, agreement": "beyond_detection:cinc2017",
    "episodes": "beyond_episodes:measure",
}
"""Name → module and function; each imports what it needs only when it is measured."""


def processor_time() -> float:
    """Return the seconds of processor time of this process and of those that it waited for."""
    return sum(os.times()[:4])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="sections to measure; all by default")
    chosen = parser.parse_args().only or list(SECTIONS)
    for name in chosen:
        began = processor_time()
        module, function = SECTIONS[name].split(":")
        found = getattr(importlib.import_module(module), function)()
        seconds = round(processor_time() - began)
        before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
        result = {**before, name: {**found, "processor_seconds": seconds}}
        text = json.dumps({key: result[key] for key in sorted(result)}, indent=1)
        RESULT.write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {seconds} s", flush=True)


if __name__ == "__main__":
    main()
