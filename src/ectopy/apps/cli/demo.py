"""``ectopy demo``: the whole analysis, without data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ectopy.apps.cli.analyze import analyze_one
from ectopy.apps.cli.options import Force, Json, Out, Quiet, Report


def demo(
    out: Out = Path("demo-out"),
    real: Annotated[
        bool,
        typer.Option("--real", help="Take thirty seconds of a real heart (MIT-BIH, ODC-By 1.0) instead."),
    ] = False,
    report: Report = True,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate a recording with abnormal beats, and analyse it."""
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.datasets import load_excerpt
    from ectopy.report.exports import ReportOptions
    from ectopy.simulation import demo_record

    options = ReportOptions(report)
    read = load_excerpt if real else demo_record
    analyze_one(read, Pipeline.shipped(), out, options=options, force=force, quiet=quiet, as_json=as_json)
