"""``ectopy evaluate``: how the whole analysis does on recordings whose beats are known."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ectopy.analysis.result import DISCLAIMER
from ectopy.evaluation.abnormality import DetectorEvaluation
from ectopy.evaluation.metrics import show
from ectopy.models.registry import DEFAULT_MODEL

console = Console()
errors = Console(stderr=True)


def evaluate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.", show_default=False)],
    model: Annotated[
        str, typer.Argument(help="Name of a shipped model, or a folder that holds one.")
    ] = DEFAULT_MODEL,
    dataset: Annotated[str, typer.Option(help="Dataset with reference beats.")] = "mitdb",
    split: Annotated[str, typer.Option(help="Named set of its records.")] = "ds2",
    records: Annotated[
        str,
        typer.Option(help="Only these of the split: names with commas, or a named set.", show_default=False),
    ] = "",
    jobs: Annotated[int, typer.Option(help="Processes that share the records.", min=1)] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")
    ] = False,
) -> None:
    """Measure the whole analysis on a dataset; write metrics.json, the EC57 tables and a page."""
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.validation.run import evaluate_split, metrics_json, write_evaluation

    with _working(quiet or as_json):
        found, highlights = evaluate_split(
            Pipeline.shipped(detector=model), dataset=dataset, split=split, records=records, jobs=jobs
        )
        page = write_evaluation(found, highlights, out)
    if as_json:
        typer.echo(metrics_json(found))
    elif not quiet:
        _print(found, page)


def _working(silent: bool) -> AbstractContextManager[object]:
    return nullcontext() if silent else errors.status("evaluating")


def _print(found: DetectorEvaluation, page: Path) -> None:
    table = Table(
        "figure",
        "gross",
        "95 % interval",
        "average",
        title=f"{found.model} on {found.dataset}, {found.split_label}, scheme {found.scheme}",
    )
    for name, interval in found.analysis.figures.items():
        low, high = show(interval.low), show(interval.high)
        table.add_row(name, show(interval.value), f"{low} to {high}", show(found.analysis.average[name]))
    for name, interval in found.analysis.class_metrics.figures.items():
        low, high = show(interval.low), show(interval.high)
        table.add_row(f"class: {name}", show(interval.value), f"{low} to {high}", "-")
    console.print(table)
    console.print(f"wrote {page}", markup=False, highlight=False, soft_wrap=True)
    console.print(DISCLAIMER, style="dim")
