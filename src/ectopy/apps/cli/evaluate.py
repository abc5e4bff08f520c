"""``ectopy evaluate``: how the whole analysis does on recordings whose beats are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import note, say, show_table, working
from ectopy.apps.cli.options import (
    Address,
    Classifier,
    Detector,
    EngineName,
    Jobs,
    Json,
    Qrs,
    Quiet,
    RequiredOut,
    check_out,
    complete_dataset,
    complete_model,
    complete_split,
    pipeline_of,
)
from ectopy.models.registry import DEFAULT_CLASSIFIER, DEFAULT_MODEL, DEFAULT_QRS

if TYPE_CHECKING:
    from ectopy.evaluation.abnormality import DetectorEvaluation


def evaluate(
    out: RequiredOut,
    model: Annotated[
        str,
        typer.Argument(
            help="Anomaly detector, like --detector.",
            autocompletion=complete_model,
            show_default=False,
        ),
    ] = "",
    qrs: Qrs = DEFAULT_QRS,
    detector: Detector = DEFAULT_MODEL,
    classifier: Classifier = DEFAULT_CLASSIFIER,
    dataset: Annotated[
        str, typer.Option(help="Dataset with reference beats.", autocompletion=complete_dataset)
    ] = "mitdb",
    split: Annotated[
        str, typer.Option(help="Named set of its records.", autocompletion=complete_split)
    ] = "ds2",
    records: Annotated[
        str,
        typer.Option(help="Only these of the split: names with commas, or a named set.", show_default=False),
    ] = "",
    jobs: Jobs = 1,
    engine: EngineName = "local",
    address: Address = "",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Measure the whole analysis on a dataset; write metrics.json, the EC57 tables and a page."""
    from ectopy.engines.choice import engine_of
    from ectopy.validation.run import evaluate_split, metrics_json, write_evaluation

    check_out(out)
    with working("evaluating", quiet or as_json):
        found, highlights = evaluate_split(
            pipeline_of(qrs, model or detector, classifier),
            dataset=dataset,
            split=split,
            records=records,
            jobs=jobs,
            engine=engine_of(engine, jobs, address=address),
        )
        page = write_evaluation(found, highlights, out)
    if as_json:
        typer.echo(metrics_json(found))
    elif not quiet:
        _print(found, page)


def _print(found: DetectorEvaluation, page: Path) -> None:
    from ectopy.evaluation.metrics import show

    rows = []
    for name, interval in found.analysis.figures.items():
        low, high = show(interval.low), show(interval.high)
        rows.append((name, show(interval.value), f"{low} to {high}", show(found.analysis.average[name])))
    for name, interval in found.analysis.class_metrics.figures.items():
        low, high = show(interval.low), show(interval.high)
        rows.append((f"class: {name}", show(interval.value), f"{low} to {high}", "-"))
    title = f"{found.model} on {found.dataset}, {found.split_label}, scheme {found.scheme}"
    show_table(rows, ["figure", "gross", "95 % interval", "average"], title)
    say(f"wrote {page}")
    note(DISCLAIMER, style="dim")
