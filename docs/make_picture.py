"""Draw the picture at the top of the README: the overview of the demo recording.

Run it as ``python docs/make_picture.py``; it writes ``docs/report.png``.
"""

from __future__ import annotations

from pathlib import Path

from ectopy.analysis.pipeline import analyze
from ectopy.report.figures import plot_overview
from ectopy.simulation import demo_record

TARGET = Path(__file__).parent / "report.png"

if __name__ == "__main__":
    plot_overview(analyze(demo_record())).savefig(TARGET, dpi=110)
