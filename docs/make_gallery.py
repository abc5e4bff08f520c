"""Draw the pictures of the docs into docs/gallery/: ``python docs/make_gallery.py [NAME …]``.

All hearts are simulated; the picture of splits draws what `ectopy reproduce` measured. The pictures of pages
need chromium.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

import ectopy
from ectopy.plotting import palette
from ectopy.report.figures import plot_overview
from ectopy.report.pdf import find_browser
from ectopy.simulation import demo_record

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "gallery"
WAVELET_CNN = ROOT / "benchmarks" / "reproduced" / "mitbih-wavelet-cnn" / "metrics.json"
PAGE = (820, 1000)
"""Pixels of a window on a page."""

STRIPS_ALONE = "main > :not([aria-labelledby=strips]) { display: none }"
"""Style that leaves the strips of a report."""


@cache
def analysis() -> ectopy.Analysis:
    """Return the analysis of the demo recording."""
    return ectopy.analyze(demo_record())


def _ventricular() -> int:
    return int(np.flatnonzero(analysis().classes == "V")[0])


def strip() -> Figure:
    """Draw a strip around the first ventricular beat."""
    centre = analysis().beats.samples[_ventricular()] / analysis().record.fs
    return analysis().plot(start=float(centre) - 4, seconds=8)


def beat() -> Figure:
    """Draw that beat and its reconstruction."""
    return analysis().plot_beat(_ventricular())


def overview() -> Figure:
    """Draw the whole recording at a glance."""
    return plot_overview(analysis())


def waves() -> Figure:
    """Draw three beats with where P, QRS and T begin and end."""
    record = ectopy.simulate(20, 500, ("II",), seed=5, name="waves")
    marks = ectopy.delineate(record)
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    first, last = marks.r_peaks[5] - 200, marks.r_peaks[7] + 250
    axes.plot(np.arange(first, last) / 500, record.signal[first:last, 0], color=palette.INK, lw=1.2)
    for wave, colour in palette.WAVES.items():
        onsets, ends = (marks.mark(f"{wave.lower()}_{edge}")[5:8] / 500 for edge in ("onset", "end"))
        for onset, end in zip(onsets, ends, strict=True):
            axes.axvspan(
                onset, end, color=colour, alpha=0.25, lw=0, label=wave if onset == onsets[0] else None
            )
    axes.set(xlabel="s", ylabel="mV")
    _title(axes, "P, QRS and T of three beats, lead II")
    return figure


def scores() -> Figure:
    """Draw the anomaly score of every beat, coloured by its class."""
    frame = analysis().to_frame()
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.subplots()
    for name, colour in palette.CLASSES.items():
        rows = frame[frame["class"] == name]
        if len(rows):
            axes.semilogy(
                rows.time_s / 60, rows.anomaly_score, ".", ms=5, color=colour, label=f"{name} ({len(rows)})"
            )
    axes.axhline(analysis().threshold, color=palette.THRESHOLD, lw=1, ls="--", label="threshold")
    axes.set(xlabel="min", ylabel="anomaly score")
    _title(axes, "Two opinions on every beat")
    return figure


def splits() -> Figure:
    """Draw the F1 of one network by a random split of beats and by a split of people."""
    found = {row["figure"]: row for row in json.loads(WAVELET_CNN.read_text(encoding="utf-8"))["rows"]}
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.subplots()
    for shift, part, colour, label in (
        (-0.2, "reproduced", palette.NORMAL, "random split of beats"),
        (0.2, "strict", palette.ABNORMAL, "people kept apart"),
    ):
        heights = [found[f"F1 of {name}: ours"][part]["value"] for name in "NSVF"]
        bars = axes.bar(np.arange(4) + shift, heights, 0.38, color=colour, label=label)
        axes.bar_label(bars, fmt="%.2f", fontsize=8)
    axes.set(ylabel="F1", ylim=(0, 1.1))
    axes.set_xticks(range(4), ["N", "S", "V", "F"])
    _title(axes, "One network on MIT-BIH, two protocols")
    return figure


def _title(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.legend(
        frameon=False, ncols=5, loc="lower right", bbox_to_anchor=(1, 1), fontsize=8, borderaxespad=0.2
    )


def report_page(target: Path) -> None:
    """Take pictures of the report of the demo recording, its top and its strips, side by side."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = ectopy.write_outputs(analysis(), folder)
        page = Path(str(outputs.report))
        text = page.read_text(encoding="utf-8")
        columns = []
        for hidden in ("", STRIPS_ALONE):
            page.write_text(text.replace("</style>", f"{hidden}</style>", 1), encoding="utf-8")
            columns.append(picture_of(page, Path(folder) / "column.png"))
    both = Image.new("RGB", (len(columns) * PAGE[0], PAGE[1]), "white")
    for number, column in enumerate(columns):
        both.paste(column, (number * PAGE[0], 0))
    both.save(target)


def picture_of(page: Path, target: Path) -> Image.Image:
    """Take a picture of what a browser shows of a page."""
    width, height = PAGE
    command = [find_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--window-size={width},{height}", f"--screenshot={target}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(target) as picture:
        return picture.convert("RGB")


PICTURES: dict[str, Callable[[], Figure]] = {
    each.__name__: each for each in (strip, beat, overview, waves, scores, splits)
}
PAGES: dict[str, Callable[[Path], None]] = {"report-page": report_page}


def main() -> None:
    """Draw all pictures, or those that are named."""
    FOLDER.mkdir(exist_ok=True)
    mpl.rcParams["axes.spines.top"] = mpl.rcParams["axes.spines.right"] = False
    for name in sys.argv[1:] or [*PICTURES, *PAGES]:
        target = FOLDER / f"{name}.png"
        if name in PAGES:
            PAGES[name](target)
        else:
            PICTURES[name]().savefig(target, dpi=110)
        with Image.open(target) as picture:
            small = picture.convert("RGB").quantize(128)
        small.save(target, optimize=True)


if __name__ == "__main__":
    main()
