"""The manifest of a model: what it is, what it expects, what it was trained on and how it did.

A manifest of another major version of the format is refused, because guessing at the meaning of a model is
worse than not running it; the message names the command that helps.
"""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ectopy.beats.windows import WindowSpec
from ectopy.errors import ArtifactError

FORMAT_VERSION: Final = "2.0"
"""Version of the manifest that this code writes: major.minor.

Version 2 names features, normalisations and parameters by the terms of the field; `ectopy.models.convert`
turns a model of version 1 into one of version 2."""

MANIFEST: Final = "manifest.json"


class Limitation(BaseModel):
    """What a model cannot do, and which figure of a report that touches.

    Parameters
    ----------
    about : str
        Name of the figure: a class (``"S"``), or ``"shape"``, ``"beats"``, ``"waves"``, ``"episodes"``.
    text : str
        One sentence for the reader of the figure.
    """

    model_config = ConfigDict(frozen=True)

    about: str
    text: str


class Manifest(BaseModel):
    """What a model is, what it expects, what it was trained on and how it did.

    Parameters
    ----------
    name : str
        What to call the model, for example ``beat-autoencoder``.
    kind : str
        Which estimator reads it: ``anomaly-detector``, ``beat-classifier``, ``qrs-detector`` …
    format_version : str
        Version of this manifest's format, ``major.minor``.
    window : WindowSpec, optional
        How the beats are cut that the network takes; absent for networks that take samples.
    leads : tuple of str
        Leads that the network takes; ``("any",)`` for one lead of any name.
    normalisation : str
        What is done to the input before the network sees it.
    classes : tuple of str
        Names of the outputs, in order, where they are classes.
    label_scheme : str
        Which scheme of AAMI classes the labels follow; empty where there are no labels.
    parameters : dict
        The estimator's constructor parameters and learned numbers (threshold among them), JSON values.
    training : dict
        Dataset, its licence, patients, number of beats, seed, command.
    metrics : dict
        Figures of merit, as the command that measured them wrote them.
    limitations : tuple of Limitation
        What it is known to get wrong; reports say it beside the figures that it touches.
    versions : dict
        Versions of the packages it was made with.
    files : dict of str to str
        File name → SHA-256; filled in by `save`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    format_version: str = FORMAT_VERSION
    window: WindowSpec | None = None
    leads: tuple[str, ...] = ("any",)
    normalisation: str = "none"
    classes: tuple[str, ...] = ()
    label_scheme: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    limitations: tuple[Limitation, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model.

    Raises
    ------
    ArtifactError
        If there is none, or it is unreadable or of another major version of the format.
    """
    content, version = read_content(folder)
    this, other = major(FORMAT_VERSION), major(version)
    if other > this:
        raise ArtifactError(
            f"model {folder}: manifest version {version} is newer than {FORMAT_VERSION};"
            " upgrade with: pip install --upgrade ectopy"
        )
    if other < this:
        raise ArtifactError(
            f"model {folder}: manifest version {version} is older than {FORMAT_VERSION};"
            f" convert it with: ectopy models convert {shlex.quote(str(folder))}"
        )
    return parse_manifest(content, folder)


def read_content(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the content of a manifest of any version of the format, and that version.

    Raises
    ------
    ArtifactError
        If there is no manifest, or it does not say its version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(f"model {folder}: no {MANIFEST} there; give a folder that holds a model")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text, parse_float=_finite, parse_constant=_finite)
        version = str(content["format_version"])
        major(version)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtifactError(f"model {folder}: {MANIFEST} is damaged ({error}); install it again") from error
    return content, version


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number


def major(version: str) -> int:
    """Return the major part of a version of the format."""
    return int(version.split(".")[0])


def parse_manifest(content: dict[str, Any], folder: Path) -> Manifest:
    """Return the manifest that the content of a file describes.

    Raises
    ------
    ArtifactError
        If a field is missing or wrong.
    """
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ArtifactError(
            f"model {folder}: {MANIFEST} has a wrong {place} ({first['msg']}); install it again"
        ) from error


def manifest_text(manifest: Manifest) -> str:
    """Return the content of the file of a manifest."""
    return json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
