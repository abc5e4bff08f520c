"""A model on disk: a folder with a manifest and its files, never a pickle.

::

    NAME/
    ├── manifest.json        what the model is, what it expects, what it was trained on, how it did
    ├── network.onnx         what runs it (onnxruntime; no torch)
    ├── members.onnx         the networks of the folds, which score together (optional)
    ├── weights.safetensors  what goes on training it (optional)
    └── calibration.npy      scores of held-out normal beats, from which its thresholds follow (optional)

The manifest (`ectopy.models.manifest`) holds the SHA-256 of every file; loading checks them.
"""

from __future__ import annotations

import hashlib
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

from ectopy.beats.windows import WindowSpec
from ectopy.errors import ArtifactError
from ectopy.models.manifest import MANIFEST, Manifest, manifest_text, read_manifest

NETWORK: Final = "network.onnx"
MEMBERS: Final = "members.onnx"
WEIGHTS: Final = "weights.safetensors"
CALIBRATION: Final = "calibration.npy"


_EXTERNAL: Final = b"\n\x08location\x12"
"""What an ONNX file holds where it names another file for its weights, which no manifest vouches for."""


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


def check_takes_recordings(folder: Path, window: WindowSpec | None, n_leads: int = 1) -> None:
    """Check that recordings can be cut into the beats that a model takes.

    Raises
    ------
    ArtifactError
        If it does not say how its beats were cut, or takes several leads at once.
    """
    if window is None:
        raise ArtifactError(
            f"model {folder} does not say at which rate its beats were cut, so that it takes beats and no"
            " recordings; train it with --fs"
        )
    if n_leads > 1:
        raise ArtifactError(
            f"model {folder} takes beats of {n_leads} leads, and an analysis gives it one; train it on beats"
            " of one lead"
        )


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
        (draft / MANIFEST).write_text(manifest_text(sealed), encoding="utf-8")
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
    manifest = read_manifest(folder)
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
