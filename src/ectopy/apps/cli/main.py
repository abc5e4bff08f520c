"""The ``ectopy`` command: parse, call, print.

Exit codes: 0 done; 1 a comparison would end before it starts; 2 the input, an option, a path or a model is
wrong, and a line on standard error says what and how to fix it (with several recordings: at least one could
not be analysed, the others were); 130 interrupted; 141 nobody reads the output any more. Any other code is a
defect of ectopy.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Final

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import complain, say
from ectopy.apps.cli.lazy_group import Place, lazy_group
from ectopy.errors import EctopyError

WRONG_INPUT: Final = 2
INTERRUPTED: Final = 130
NO_READER: Final = 141

THREADED: Final = ("train", "reproduce")
"""Commands whose matrices are large enough for threads of linear algebra; elsewhere these only wait, and cost
as much as the work. OpenBLAS reads its number of threads once, before numpy is imported."""

COMMANDS: Final = {
    "analyze": Place(
        "ectopy.apps.cli.analyze:analyze",
        "Find the beats of recordings, judge each, and write annotations, tables, a summary and a report.",
    ),
    "batch": Place(
        "ectopy.apps.cli.batch:batch",
        "Analyse many recordings into parquet tables; run it again to go on where it was interrupted.",
    ),
    "review": Place(
        "ectopy.apps.cli.review:review",
        "Correct analyses in the browser: beats, clusters, events, stretches, conclusion; sign and print.",
    ),
    "delineate": Place(
        "ectopy.apps.cli.delineate:delineate",
        "Find P, QRS and T of each beat; write WFDB annotations, a table and a summary of intervals.",
    ),
    "hrv": Place(
        "ectopy.apps.cli.hrv:hrv",
        "Measure heart rate variability from normal intervals; write figures, hours and the intervals.",
    ),
    "info": Place(
        "ectopy.apps.cli.info:info",
        "Say what a recording holds: format, length, and of each channel whether it is read as an ECG lead.",
    ),
    "stream": Place(
        "ectopy.apps.cli.stream:stream",
        "Read samples from standard input and print a line of JSON for each beat and event.",
    ),
    "demo": Place("ectopy.apps.cli.demo:demo", "Simulate a recording with abnormal beats, and analyse it."),
    "simulate": Place(
        "ectopy.apps.cli.simulate:simulate",
        "Write a simulated recording whose every beat is known, as a WFDB record with its marks.",
    ),
    "convert": Place(
        "ectopy.apps.cli.convert:convert",
        "Write the ECG leads of a recording, and its marks, as WFDB, EDF+, CSV, NPZ or ECZ.",
    ),
    "compress": Place(
        "ectopy.apps.cli.compress:compress",
        "Write the ECG leads of a recording, and its marks, as NAME.ecz: lossless, or to a loss or size.",
    ),
    "decompress": Place(
        "ectopy.apps.cli.compress:decompress", "Write a compressed recording as WFDB, EDF+, CSV or NPZ."
    ),
    "denoise": Place(
        "ectopy.apps.cli.denoise:denoise",
        "Take baseline wander and noise off the ECG leads of a recording; write WFDB, EDF+, CSV, NPZ or ECZ.",
    ),
    "evaluate": Place(
        "ectopy.apps.cli.evaluate:evaluate",
        "Measure the whole analysis on a dataset; write metrics.json, the EC57 tables and a page.",
    ),
    "compare": Place(
        "ectopy.apps.cli.compare:app",
        "Compare annotations as ANSI/AAMI EC57 asks. A file named - is standard output.",
    ),
    "edits": Place("ectopy.apps.cli.edits:app", "The corrections of a review."),
    "data": Place("ectopy.apps.cli.data:app", "Public datasets: list, find, download."),
    "models": Place("ectopy.apps.cli.models:app", "The models that are shipped."),
    "export": Place(
        "ectopy.apps.cli.export:export",
        "Write a model as ONNX graphs that take the signal itself, and say what goes in and out.",
    ),
    "explore": Place(
        "ectopy.apps.cli.explore:explore",
        "Draw sample beats of each class, and their rolling mean and variability.",
    ),
    "train": Place(
        "ectopy.apps.cli.train:train",
        "Train a model on beats or recordings of your own, or a shipped one again, and measure it.",
    ),
    "reproduce": Place(
        "ectopy.apps.cli.reproduce:reproduce",
        "Reproduce a published system: write metrics.json, table.md and figures into OUT/NAME.",
    ),
}
"""Name → command, in the order of the help."""

app = typer.Typer(
    name="ectopy",
    cls=lazy_group(COMMANDS),
    help="Find every heartbeat in an ECG, say which are abnormal, and show the evidence.\n\n" + DISCLAIMER,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Answer ``ectopy --version``."""
    if show:
        import ectopy

        say(ectopy.__version__)
        raise typer.Exit


def main() -> None:
    """Run the command; every error a user can cause becomes one line and an exit code."""
    if not set(THREADED) & set(sys.argv[1:2]):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _fill_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals that lack a letter
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        sys.exit(NO_READER)


def _fill_streams() -> None:
    """Give a program that was started without standard streams some that lead nowhere."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  (open to the end)


def _run() -> None:
    try:
        app()
    except SystemExit as end:
        asked = isinstance(end.__context__, typer.Exit)  # ectopy compare ends so where the WFDB programs do
        if end.code == 1 and not asked:  # how typer and rich end when nobody reads their output
            sys.exit(NO_READER)
        raise
    except EctopyError as error:
        complain(error)
        sys.exit(WRONG_INPUT)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = error.filename or "a file"
        complain(f"{place}: {error.strerror or error}; check the path, its permissions and the space left")
        sys.exit(WRONG_INPUT)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(INTERRUPTED)
