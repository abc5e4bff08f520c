"""Options that several commands share, and what completes their values in a shell."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.errors import AnnotationError, ParameterError

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.io.channels import Calibration
    from ectopy.io.recording import FileSource
    from ectopy.record import Annotations, Source


def complete_study(incomplete: str) -> list[str]:
    """Return the names of studies that begin so."""
    from ectopy.reproductions.registry import STUDIES

    return _that_begin(incomplete, STUDIES)


def complete_dataset(incomplete: str) -> list[str]:
    """Return the names of datasets that begin so."""
    from ectopy.datasets.catalog import DATASETS

    return _that_begin(incomplete, DATASETS)


def complete_split(incomplete: str) -> list[str]:
    """Return the named sets of records that begin so."""
    from ectopy.datasets.mitbih import RECORD_SETS

    return _that_begin(incomplete, RECORD_SETS)


def complete_model(incomplete: str) -> list[str]:
    """Return the names of shipped models that begin so."""
    from ectopy.models.registry import shipped_names

    return _that_begin(incomplete, shipped_names())


def complete_recipe(incomplete: str) -> list[str]:
    """Return the recipes of shipped models that begin so."""
    from ectopy.recipes.registry import RECIPES

    return _that_begin(incomplete, RECIPES)


def complete_network(incomplete: str) -> list[str]:
    """Return the networks that can be trained on one's own data and begin so."""
    from ectopy.networks import AUTOENCODERS

    return _that_begin(incomplete, [*AUTOENCODERS, "wavelet-cnn", "features"])


def _that_begin(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def possible_seed(seed: int) -> int:
    """Return a seed, if there can be such a one."""
    if seed < 0:
        raise ParameterError(f"seed={seed} is not possible; give 0 or more")
    return seed


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")]
Seed = Annotated[int, typer.Option(help="Of everything random.", callback=possible_seed)]
To = Annotated[
    str | None,
    typer.Option(
        help="Format: wfdb, edf, csv, npz or ecz; by the suffix of OUT, WFDB without one.", show_default=False
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")]
RequiredOut = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.", show_default=False)]
AlarmRate = Annotated[
    float | None,
    typer.Option(
        help="Share of normal beats that may be called abnormal, on average over new patients; by default"
        " the model's own.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace what stands there, whatever it is.")]
Report = Annotated[bool, typer.Option("--report/--no-report", help="Write a page to look at.")]
Pdf = Annotated[bool, typer.Option("--pdf", help="Print the page into a PDF too (needs chromium).")]
Disclosure = Annotated[
    bool, typer.Option("--disclosure", help="Write all of one lead too, a minute a row, an hour a page.")
]
ReportLanguage = Annotated[str, typer.Option("--language", help="Language of the report: en or de.")]
Patient = Annotated[
    str, typer.Option(help="Name to print on the report; none is printed otherwise.", show_default=False)
]
Leads = Annotated[
    str,
    typer.Option(help="Names of the leads to read, with commas; all by default.", show_default=False),
]
Gain = Annotated[
    float | None,
    typer.Option(help="Counts in a millivolt, where the file does not say.", show_default=False),
]
Baseline = Annotated[
    float | None, typer.Option(help="Counts at zero millivolts, with --gain.", show_default=False)
]
Unit = Annotated[
    str,
    typer.Option(help="Unit of the samples: V, mV, uV or nV, whatever the file says.", show_default=False),
]
Fs = Annotated[
    float | None, typer.Option(help="Rate in Hz, where the file does not say.", show_default=False)
]
Waves = Annotated[
    bool | None,
    typer.Option(
        "--waves/--no-waves",
        help="Delineate P, QRS and T of each beat; by default up to an hour of recording.",
        show_default=False,
    ),
]
Qrs = Annotated[
    str,
    typer.Option("--qrs", help="QRS detector: a shipped name, or a folder.", autocompletion=complete_model),
]
Detector = Annotated[
    str,
    typer.Option(
        "--detector", help="Anomaly detector: a shipped name, or a folder.", autocompletion=complete_model
    ),
]
Classifier = Annotated[
    str,
    typer.Option(
        "--classifier", help="Beat classifier: a shipped name, or a folder.", autocompletion=complete_model
    ),
]
Model = Annotated[
    str,
    typer.Option("--model", help="Same as --detector.", autocompletion=complete_model, show_default=False),
]


def names_of(leads: str) -> list[str] | None:
    """Return the names in a list with commas; None where there is none."""
    return [name.strip() for name in leads.split(",") if name.strip()] or None


def calibration_of(gain: float | None, baseline: float | None, unit: str) -> Calibration:
    """Return what the samples of a file mean, as far as options say it."""
    from ectopy.io.channels import Calibration

    return Calibration(gain, baseline, unit or None)


def opened(
    path: Path,
    *,
    fs: float | None,
    leads: str,
    gain: float | None,
    baseline: float | None,
    unit: str,
    annotator: str = "atr",
) -> FileSource:
    """Open a recording as options say."""
    from ectopy.io.registry import open_source

    calibration = calibration_of(gain, baseline, unit)
    return open_source(path, fs=fs, annotator=annotator, leads=names_of(leads), calibration=calibration)


def pipeline_of(qrs: str, detector: str, classifier: str, model: str = "") -> Pipeline:
    """Return the pipeline of the models that were asked for; ``model`` is an older name of ``detector``."""
    from ectopy.analysis.pipeline import Pipeline
    from ectopy.apps.cli.console import note
    from ectopy.models.registry import DEFAULT_MODEL

    if model and detector not in (DEFAULT_MODEL, model):
        raise ParameterError(
            f"--model {model} and --detector {detector} are the same option; give --detector"
        )
    if model:
        note("note: --model is the same as --detector; give that instead")
    return Pipeline.shipped(qrs=qrs, detector=model or detector, classifier=classifier)


def check_out(folder: Path) -> None:
    """Check that results can be written into a folder, before time is spent on them.

    Raises
    ------
    ParameterError
        If it, or the folder that it would be made in, is none or cannot be written in.
    """
    import tempfile

    place = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    try:
        tempfile.TemporaryDirectory(dir=place).cleanup()
    except OSError as error:
        raise ParameterError(
            f"--out {folder}: nothing can be written in {place} ({error.strerror}); give another folder"
        ) from error


def marks_of(source: Source, record: Path, annotator: str) -> Annotations:
    """Return the marks of an annotator who was asked for.

    Raises
    ------
    AnnotationError
        If there are none, or they are damaged.
    """
    if source.annotations is None:
        found = "".join(f" ({note.rstrip('.')})" for note in source.notes)
        raise AnnotationError(f"{record}: no annotations of {annotator!r}{found}; check the path and --beats")
    return source.annotations


Jobs = Annotated[int, typer.Option("--jobs", help="Processes that share the work.", min=1)]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine", help="What shares the work: local, processes of this machine; or ray, a cluster."
    ),
]
Address = Annotated[
    str,
    typer.Option(help="Of a Ray cluster; one on this machine by default.", show_default=False),
]
