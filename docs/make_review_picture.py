"""Take the picture of docs/review.md: ``python docs/make_review_picture.py``; needs node and chromium."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PIL import Image

from ectopy.analysis.pipeline import analyze
from ectopy.apps.review.worklist import Worklist
from ectopy.io.wfdb.files import write_wfdb
from ectopy.report.pdf import find_browser
from ectopy.simulation import Rhythm, simulate

HERE = Path(__file__).parent
COLOURS = 96
"""In the picture, so that the file stays small."""

SCRIPT = HERE.parent / "tests" / "node" / "review_picture.mjs"


def main() -> None:
    """Simulate half an hour, analyse it, and take a picture of its clusters and of a strip."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rhythm = Rhythm(ventricular=0.05, supraventricular=0.03)
        record = simulate(1800, 250, ("I", "II", "V1"), rhythm=rhythm, seed=7, name="simulated")
        write_wfdb(replace(record, start=datetime(2026, 3, 1, 21, 40)), folder / "simulated")
        (place,) = Worklist(folder).places.values()
        analyze(place.recording, waves=False).save(place.analysis)
        command = [sys.executable, "-m", "ectopy", "review", str(folder), "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
            try:
                address = next(iter(server.stdout or ())).strip()
                picture = ["node", str(SCRIPT), find_browser(), address, str(HERE / "review.png")]
                subprocess.run(picture, check=True)  # noqa: S603
                with Image.open(HERE / "review.png") as taken:
                    taken.quantize(COLOURS).save(HERE / "review.png", optimize=True)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
