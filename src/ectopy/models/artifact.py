"""A model on disk: a folder with a manifest and its files, never a pickle.

::

    NAME/
    ├── manifest.json        what the model is, what it expects, what it was trained on, how it did
    ├── network.onnx         what runs it (onnxruntime; no torch)
    ├── members.onnx         the networks of the folds, which score together (optional)
    ├── weights.safetensors  what goes on training it (optional)
    └── calibration.npy      scores of held-out normal beats, from which its thresholds follow (optional)

The manifest holds the SHA-256 of every file; loading checks them. A manifest of another major version of the
format is refused, because guessing at the meaning of a model is worse than not running it; the message names
the command that helps.
"""

from __future__ import annotations

import hashlib
import json
import math
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ectopy.beats.windows import WindowSpec
from ectopy.errors import ArtifactError

FORMAT_VERSION: Final = "2.0"
"""Version of the manifest that this code writes: major.minor.

Version 2 names features, normalisations and parameters by the terms of the field; `ectopy.models.convert`
turns a model of version 1 into one of version 2."""

MANIFEST: Final = "manifest.json"
NETWORK: Final = "network.onnx"
MEMBERS: Final = "members.onnx"
WEIGHTS: Final = "weights.safetensors"
CALIBRATION: Final = "calibration.npy"


_EXTERNAL: Final = b"\n\x08location\x12"
"""What an ONNX file holds where it names another file for its weights, which no manifest vouches for."""


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


@dataclass(frozen=True)
class Artifact:
    """A model that was loaded and checked."""

    folder: Path
    manifest: Manifest

    @cached_property
    def session(self) -> ort.InferenceSession:
        """The network, ready to run on the CPU."""
        return self._open(NETWORK)

    @cached_property
    def members(self) -> ort.InferenceSession:
        """The networks of the folds, ready to run on the CPU."""
        return self._open(MEMBERS)

    def _open(self, network: str) -> ort.InferenceSession:
        if network not in self.manifest.files:
            raise ArtifactError(f"model {self.folder}: {MANIFEST} names no {network}; install it again")
        return open_session(self.folder / network)

    def run(self, inputs: npt.NDArray[np.float32], batch_size: int = 1024) -> list[npt.NDArray[np.float32]]:
        """Run the network over the rows of ``inputs`` in batches and return its outputs in order."""
        return _run(self.session, inputs, batch_size)

    def run_members(self, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run the networks of the folds, and return the score of each row by each, (n_rows, n_members)."""
        return _run(self.members, inputs, 1024)[0]

    def array(self, name: str) -> npt.NDArray[np.float32] | None:
        """Return the numbers in one of the files; None if the model has no such file.

        Raises
        ------
        ArtifactError
            If the file holds something else.
        """
        if name not in self.manifest.files:
            return None
        try:
            return np.load(self.folder / name, allow_pickle=False).astype(np.float32)
        except (OSError, ValueError) as error:
            raise ArtifactError(
                f"model {self.folder}: {name} cannot be read ({error}); install it again"
            ) from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path of the folder: a session cannot be pickled, and need not be."""
        return load, (self.folder,)


def _run(
    session: ort.InferenceSession, inputs: npt.NDArray[np.float32], batch_size: int
) -> list[npt.NDArray[np.float32]]:
    name = session.get_inputs()[0].name
    starts = range(0, max(1, len(inputs)), batch_size)
    parts = [session.run(None, {name: inputs[i : i + batch_size]}) for i in starts]
    return [np.concatenate(column) if len(column) > 1 else column[0] for column in zip(*parts, strict=True)]


def window_of(estimator: object) -> WindowSpec:
    """Return how the beats are cut that a fitted estimator takes: its ``window_``.

    Raises
    ------
    ArtifactError
        If it was fitted to beats that do not say where their R peak is.
    """
    window: WindowSpec | None = getattr(estimator, "window_", None)
    if window is None:
        raise ArtifactError(
            f"{type(estimator).__name__} does not know how its beats were cut; fit it to Beats from cut_beats"
            " or give window=WindowSpec(fs=…, before=…, after=…) to save"
        )
    return window


def manifest_of(estimator: object) -> Manifest:
    """Return the manifest of the artifact that an estimator was loaded from.

    Raises
    ------
    ArtifactError
        If it was not loaded from one.
    """
    loaded: Artifact | None = getattr(estimator, "artifact_", None)
    if loaded is None:
        raise ArtifactError(
            f"{type(estimator).__name__} was not loaded from an artifact; save it to a folder, then load it"
        )
    return loaded.manifest


def require_fitted(model: object, attribute: str) -> None:
    """Raise scikit-learn's ``NotFittedError`` if a model has not learned an attribute yet."""
    if not hasattr(model, attribute):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(model, attribute)


def open_session(path: Path) -> ort.InferenceSession:
    """Open an ONNX file for inference on the CPU.

    Raises
    ------
    ArtifactError
        If onnxruntime cannot read the file.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.intra_op_num_threads = 1  # small networks, which several threads run at once
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"model file {path} cannot be read ({error.strerror}); install it again"
        ) from error
    if _EXTERNAL in content:
        raise ArtifactError(f"model file {path}: keeps weights in other files; export it as one file")
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own, undocumented types
        raise ArtifactError(
            f"model file {path}: onnxruntime cannot read it ({str(error).splitlines()[0]});"
            " install or train the model again"
        ) from error


def save(
    folder: Path, manifest: Manifest, files: Mapping[str, bytes], beside: Mapping[str, bytes] | None = None
) -> Artifact:
    """Write a model completely, or not at all.

    Parameters
    ----------
    folder : Path
        Where to; an older model there is replaced.
    manifest : Manifest
        What the model is; its ``files`` are filled in here.
    files : mapping of str to bytes
        Name → content of every file beside the manifest.
    beside : mapping of str to bytes, optional
        Further files to lie in the folder, such as a card and pictures; they are not part of the model, so
        that the manifest does not vouch for them.

    Returns
    -------
    Artifact
        The model as it stands on disk.

    Raises
    ------
    ArtifactError
        If the folder exists and holds something else, or a file name would lead out of it.
    """
    folder = Path(folder)
    check_free(folder)
    contents = {**(beside or {}), **files}
    for name in contents:
        if not _is_plain(name):
            raise ArtifactError(f"model {folder}: file name {name!r} leads out of it; give a plain name")
    sealed = manifest.model_copy(
        update={"files": {name: _sha256(content) for name, content in sorted(files.items())}}
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            (draft / name).write_bytes(content)
        (draft / MANIFEST).write_text(_to_json(sealed), encoding="utf-8")
        draft.chmod(0o755)
        if folder.exists():
            _keep_foreign_files(folder, draft)
            shutil.rmtree(folder)
        draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Artifact(folder, sealed)


def check_free(folder: Path) -> None:
    """Check that a model can be written there: over an older one, or into an empty place.

    Raises
    ------
    ArtifactError
        If the folder holds something else, is a file, or nothing can be written where it is to be.
    """
    is_model = (folder / MANIFEST).is_file()
    if folder.is_file() or (folder.is_dir() and not is_model and any(folder.iterdir())):
        raise ArtifactError(f"{folder} exists and is no model; give another folder")
    place = next(each for each in folder.absolute().parents if each.exists())
    try:
        tempfile.TemporaryDirectory(dir=place).cleanup()
    except OSError as error:
        raise ArtifactError(
            f"{folder}: nothing can be written in {place} ({error.strerror}); give another folder"
        ) from error


def load(folder: Path, kind: str | None = None) -> Artifact:
    """Read a model and check that it is what its manifest says.

    Parameters
    ----------
    folder : Path
        A folder that `save` wrote.
    kind : str, optional
        The only kind of model to accept.

    Returns
    -------
    Artifact

    Raises
    ------
    ArtifactError
        If the manifest is absent, unreadable, of another major version or of another kind, or a file is
        absent or changed.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder)
    if kind is not None and manifest.kind != kind:
        raise ArtifactError(f"model {folder} is of kind {manifest.kind}; give one of kind {kind}")
    check_files(folder, manifest)
    return Artifact(folder, manifest)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Check that the files of a model are those that its manifest describes.

    Raises
    ------
    ArtifactError
        If one is absent or changed.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        if not _is_plain(name) or not path.is_file():
            raise ArtifactError(f"model {folder}: file {name} is missing; install or train it again")
        if _sha256(path.read_bytes()) != expected:
            raise ArtifactError(
                f"model {folder}: {name} is not the file its manifest describes (SHA-256 differs);"
                " install or train it again"
            )


def _read_manifest(folder: Path) -> Manifest:
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


def array_file(values: npt.NDArray[np.float32]) -> bytes:
    """Return the content of a file that `Artifact.array` reads."""
    content = BytesIO()
    np.save(content, values.astype("<f4"), allow_pickle=False)
    return content.getvalue()


def _is_plain(name: str) -> bool:
    """Return whether a file of that name lies in the folder of the model itself."""
    return Path(name).name == name


def _keep_foreign_files(folder: Path, draft: Path) -> None:
    """Keep what lies beside a model and is not part of it, such as its card."""
    for path in folder.iterdir():
        if path.is_file() and path.suffix == ".md" and not (draft / path.name).exists():
            shutil.copy2(path, draft / path.name)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _to_json(manifest: Manifest) -> str:
    return json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
