"""The ``ectopy`` command: parse, call, print.

Exit codes: 0 done; 2 the input, an option, a path or a model is wrong, and a line on standard error says what
and how to mend it (with several recordings: at least one could not be analysed, the others were); 130
interrupted.
Any other code is a defect of ectopy.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import ectopy
from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import DISCLAIMER, Summary
from ectopy.apps.cli import compare, data, evaluate, reproduce
from ectopy.errors import EctopyError, ParameterError
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import write_wfdb
from ectopy.models import artifact
from ectopy.models.registry import DEFAULT_MODEL, model_folder, shipped_models
from ectopy.record import Record
from ectopy.report.exports import Outputs, summary_json, write_outputs
from ectopy.simulation import Noise, Rhythm, demo_record, simulate

WRONG_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    name="ectopy",
    help="Find every heartbeat in an ECG, say which are abnormal, and show the evidence.\n\n" + DISCLAIMER,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(help="The models that are shipped.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(data.app, name="data")
app.add_typer(compare.app, name="compare")
app.command()(evaluate.evaluate)
app.command()(reproduce.reproduce)

console = Console()
errors = Console(stderr=True)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")]
Seed = Annotated[int, typer.Option(help="Of everything random.")]


def main() -> None:
    """Run the command; every error a user can cause becomes one line and exit code 2."""
    try:
        app()
    except EctopyError as error:
        complain(error)
        sys.exit(WRONG_INPUT)
    except OSError as error:
        place = error.filename or "a file"
        complain(f"{place}: {error.strerror or error}; check the path, its permissions and the space left")
        sys.exit(WRONG_INPUT)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(INTERRUPTED)


def complain(error: Exception | str) -> None:
    """Print an error as one line on standard error."""
    message = " ".join(str(error).split())
    errors.print(f"ectopy: error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Answer ``ectopy --version``."""
    if show:
        console.print(ectopy.__version__, highlight=False)
        raise typer.Exit


@app.command()
def analyze(
    records: Annotated[
        list[Path],
        typer.Argument(help="WFDB records (with or without .hea), CSV or NPZ files.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("out"),
    model: Annotated[
        str, typer.Option(help="Name of a shipped model, or a folder that holds one.")
    ] = DEFAULT_MODEL,
    fs: Annotated[
        float | None,
        typer.Option(help="Rate in Hz, where the file does not say.", show_default=False),
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find the beats of recordings, judge each, and write annotations, a table, a summary and a report.

    With --json, the summary of each recording is one line.
    """
    pipeline = Pipeline.shipped(detector=model)
    failed = False
    names: set[str] = set()
    for path in records:
        try:
            _analyze_one(partial(_open_another, path, fs, names), pipeline, out, quiet, as_json)
        except EctopyError as error:
            complain(error)
            failed = True
    if failed:
        raise typer.Exit(WRONG_INPUT)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("demo-out"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate a recording with abnormal beats, and analyse it."""
    _analyze_one(demo_record, Pipeline.shipped(), out, quiet, as_json)


@app.command("simulate")
def simulate_command(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Record to write, as FOLDER/NAME.", show_default=False)
    ],
    hours: Annotated[float | None, typer.Option(help="Length in hours.", show_default=False)] = None,
    seconds: Annotated[float, typer.Option(help="Length in seconds, where --hours is not given.")] = 60.0,
    fs: Annotated[float, typer.Option(help="Sampling frequency in Hz.")] = 360.0,
    leads: Annotated[str, typer.Option(help="Names of the leads, with commas.")] = "MLII,V1",
    heart_rate: Annotated[float, typer.Option(help="Mean heart rate in beats per minute.")] = 70.0,
    ventricular: Annotated[float, typer.Option(help="Share of ventricular ectopic beats.")] = 0.02,
    supraventricular: Annotated[float, typer.Option(help="Share of supraventricular ectopic beats.")] = 0.01,
    snr: Annotated[
        float | None,
        typer.Option(help="Signal-to-noise ratio in dB; mild noise by default.", show_default=False),
    ] = None,
    seed: Seed = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a record of that name.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a simulated recording whose every beat is known, as a WFDB record with ``atr``."""
    duration = seconds if hours is None else hours * 3600
    names = tuple(name.strip() for name in leads.split(",") if name.strip())
    with _working("simulating", quiet):
        record = simulate(
            duration,
            fs,
            names,
            heart_rate=heart_rate,
            rhythm=Rhythm(ventricular=ventricular, supraventricular=supraventricular),
            noise=Noise(snr_db=snr),
            seed=seed,
            name=out.name,
        )
        write_wfdb(record, out, force=force)
    if not quiet:
        beats = len(record.annotations.beats()) if record.annotations else 0
        text = f"wrote {out}: {record.duration:g} s, {len(record.leads)} leads, {beats} beats"
        console.print(text, markup=False, soft_wrap=True)


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the shipped models."""
    manifests = shipped_models()
    if as_json:
        typer.echo(json.dumps([manifest.model_dump(mode="json") for manifest in manifests], indent=2))
        return
    table = Table("name", "kind", "leads", "trained on")
    for manifest in manifests:
        leads = ", ".join(manifest.leads)
        table.add_row(manifest.name, manifest.kind, leads, str(manifest.training.get("dataset", "")))
    console.print(table)


@models_app.command("show")
def show_model(name: Annotated[str, typer.Argument(help="Name of a shipped model, or a folder.")]) -> None:
    """Print the manifest of a model: what it expects, what it was trained on, how it did."""
    typer.echo(artifact.load(model_folder(name)).manifest.model_dump_json(indent=2))


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.", show_default=False)],
    dataset: Annotated[str, typer.Option(help="Dataset whose training patients to learn from.")] = "mitdb",
    network: Annotated[
        str, typer.Option(help="autoencoder: judges beats; qrs: finds them; classifier: names them.")
    ] = "autoencoder",
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the data; the recipe's own by default.", min=1)
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a model on the training patients of a dataset, and measure it on the others."""
    from ectopy.recipes.registry import train_model

    artifact.check_free(out)
    manifest = train_model(
        network, out, dataset=dataset, epochs=epochs, seed=seed, progress=not (quiet or as_json)
    )
    if as_json:
        typer.echo(manifest.model_dump_json(indent=2))
    elif not quiet:
        console.print(f"wrote {out}", markup=False, soft_wrap=True)
        console.print(manifest.metrics)


def _open_another(path: Path, fs: float | None, names: set[str]) -> Record:
    """Read a recording, unless its results would overwrite those of one before."""
    record = open_record(path, fs=fs)
    if record.name in names:
        raise ParameterError(
            f"{path}: a recording called {record.name} was analysed just before, and its results would be"
            " lost; give this one an --out of its own"
        )
    names.add(record.name)
    return record


def _analyze_one(
    read: Callable[[], Record], pipeline: Pipeline, out: Path, quiet: bool, as_json: bool
) -> None:
    with _working("analysing", quiet or as_json):
        found = pipeline.run(read())
        outputs = write_outputs(found, out)
    if as_json:
        typer.echo(summary_json(found, indent=None))
    elif not quiet:
        _print_summary(found.summary(), outputs)


def _print_summary(summary: Summary, outputs: Outputs) -> None:
    table = Table(title=f"{escape(summary.record)}: {summary.duration / 60:.1f} min", show_header=False)
    share = "" if summary.abnormal_share is None else f" ({summary.abnormal_share:.1%})"
    table.add_row("beats", str(summary.n_beats))
    named = ", ".join(f"{count:,} {name}" for name, count in summary.classes.items())
    table.add_row("classes", named)
    for kind, count in summary.events.items():
        if count:
            table.add_row(kind, str(count))
    table.add_row("abnormal shape", f"{summary.n_abnormal}{share}")
    table.add_row("opinions differ", str(summary.n_differ))
    if summary.mean_heart_rate is not None:
        table.add_row("mean heart rate", f"{summary.mean_heart_rate:.0f}/min")
    table.add_row("usable signal", f"{summary.usable_share:.1%}")
    for path in asdict(outputs).values():
        table.add_row("wrote", escape(str(path)))
    console.print(table)
    for warning in summary.warnings:
        console.print(f"note: {warning}", markup=False, highlight=False)
    console.print(summary.disclaimer, style="dim")


def _working(task: str, silent: bool) -> Progress:
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=silent or not errors.is_terminal,
    )
    progress.add_task(task)
    return progress
