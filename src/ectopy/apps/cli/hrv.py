"""``ectopy hrv``: heart rate variability of a recording, whole and hour by hour, and its intervals."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import note, print_json, show_table, working
from ectopy.apps.cli.options import (
    Baseline,
    Force,
    Fs,
    Gain,
    Json,
    Leads,
    Out,
    Quiet,
    Unit,
    marks_of,
    opened,
)

if TYPE_CHECKING:
    from ectopy.record import Annotations, Source
    from ectopy.report.hrv_exports import VariabilityOutputs
    from ectopy.rhythm.hrv import Intervals


def hrv(
    record: Annotated[
        Path, typer.Argument(help="A recording of any format that is read.", show_default=False)
    ],
    out: Out = Path("out"),
    beats: Annotated[
        str,
        typer.Option(help="Annotator whose beats to use; detected by default.", show_default=False),
    ] = "",
    leads: Leads = "",
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Measure heart rate variability from normal intervals; write figures, hours and the intervals."""
    from ectopy.report.hrv_exports import write_variability

    annotator = beats or "atr"
    source = opened(record, fs=fs, leads=leads, gain=gain, baseline=baseline, unit=unit, annotator=annotator)
    marks = marks_of(source, record, beats) if beats else None
    with working("measuring", quiet or as_json):
        intervals, digest = _analysed(source) if marks is None else _annotated(source, marks)
        about = {"sha256": digest, "beats": beats}
        outputs = write_variability(intervals, source.name, out, about, force=force)
    if as_json:
        print_json(asdict(intervals.variability), indent=None)
    elif not quiet:
        _print(source.name, intervals, outputs)


def _analysed(source: Source) -> tuple[Intervals, str]:
    from ectopy.analysis.pipeline import analyze

    analysis = analyze(source, waves=False)
    return analysis.intervals, analysis.digest


def _annotated(source: Source, marks: Annotations) -> tuple[Intervals, str]:
    from ectopy.analysis.digest import signal_digest
    from ectopy.rhythm.hrv import Intervals

    return Intervals.from_annotations(marks, source.duration), signal_digest(source)


def _print(name: str, intervals: Intervals, outputs: VariabilityOutputs) -> None:
    figures = intervals.variability
    rows = [
        (title, "-" if value is None else f"{value:{form}}{unit}")
        for title, value, form, unit in (
            ("NN intervals", figures.n_nn, ",", ""),
            ("of the recording", figures.nn_share, ".0%", ""),
            ("mean NN", figures.mean_nn, ".0f", " ms"),
            ("SDNN", figures.sdnn, ".1f", " ms"),
            ("SDANN", figures.sdann, ".1f", " ms"),
            ("SDNN index", figures.sdnn_index, ".1f", " ms"),
            ("RMSSD", figures.rmssd, ".1f", " ms"),
            ("pNN50", figures.pnn50, ".1%", ""),
            ("triangular index", figures.triangular_index, ".1f", ""),
            ("SD1", figures.sd1, ".1f", " ms"),
            ("SD2", figures.sd2, ".1f", " ms"),
            ("VLF", figures.vlf, ".0f", " ms²"),
            ("LF", figures.lf, ".0f", " ms²"),
            ("HF", figures.hf, ".0f", " ms²"),
            ("LF/HF", figures.lf_hf, ".2f", ""),
            ("DFA alpha 1", figures.dfa_alpha1, ".2f", ""),
            ("sample entropy", figures.sample_entropy, ".2f", ""),
            ("deceleration capacity", figures.deceleration_capacity, ".1f", " ms"),
            ("turbulence onset", figures.turbulence_onset, ".1f", " %"),
            ("turbulence slope", figures.turbulence_slope, ".1f", " ms per interval"),
        )
    ]
    show_table(rows, title=name)
    show_table([("wrote", path) for path in asdict(outputs).values()])
    note(DISCLAIMER, style="dim")
