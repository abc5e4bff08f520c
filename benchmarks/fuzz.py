"""Read damaged files of every format, and damaged models: no error but ours, no hang, bounded memory.

python benchmarks/fuzz.py --n 10000
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fuzzing import run  # tests are no package

RESULTS = Path(__file__).parent / "results" / "fuzz.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=10_000, help="damaged files to read")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--no-results", action="store_true", help=f"do not write {RESULTS.name}")
    asked = parser.parse_args()
    failures = []
    for count, ended in enumerate(run(range(asked.first, asked.first + asked.n)), start=1):
        if ended is not None:
            failures.append(ended)
            print(f"{ended.seed} {ended.what}: {ended.how}", flush=True)
        if count % 1000 == 0:
            print(f"{count} read, {len(failures)} failed", flush=True)
    print(f"{asked.n} damaged files, {len(failures)} failed: {dict(Counter(each.what for each in failures))}")
    if not asked.no_results:
        found = {"damaged files": asked.n, "first seed": asked.first, "failures": len(failures)}
        RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
