"""``ectopy demo``: the whole analysis, without data."""

from __future__ import annotations

from pathlib import Path

from ectopy.apps.cli.analyze import analyze_one
from ectopy.apps.cli.options import Force, Json, Out, Quiet, Report


def demo(
    out: Out = Path("demo-out"),
    report: Report = True,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate a recording with abnormal beats, and analyse it."""
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.report.exports import ReportOptions
    from ectopy.simulation import demo_record

    options = ReportOptions(report)
    analyze_one(
        demo_record, Pipeline.shipped(), out, options=options, force=force, quiet=quiet, as_json=as_json
    )
