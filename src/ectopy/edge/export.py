"""Models as files for devices and browsers: ONNX graphs, and a JSON file that says what goes in and out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import ectopy
from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.edge.description import FORMAT, FORMAT_VERSION, Export, Part
from ectopy.edge.kinds import KINDS
from ectopy.errors import ArtifactError, unknown_option
from ectopy.io.atomic import atomic_files
from ectopy.io.safe_names import file_stem
from ectopy.models import artifact
from ectopy.models.artifact import NETWORK, Artifact
from ectopy.models.registry import model_folder

EXACT: Final = "fp32"
SMALL: Final = "int8"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    description : Path
        The JSON file.
    graphs : tuple of Path
        The ONNX files.
    """

    description: Path
    graphs: tuple[Path, ...]


def export_model(
    model: str | Path, out: Path | str, *, int8: bool = False, fs: float | None = None, force: bool = False
) -> Exported:
    """Write a model as ONNX graphs that take the signal itself.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or a folder that holds one.
    out : path
        Folder for ``NAME.json`` and the ONNX files it names.
    int8 : bool
        Whether to write the network in 8-bit integers too (``NAME.int8.onnx``).
    fs : float, optional
        Rate of the samples in Hz, from 50 to 10000; the rate of the model by default.
    force : bool
        Whether to replace files that stand there.

    Returns
    -------
    Exported

    Raises
    ------
    MissingExtraError
        If onnx is not installed.
    ArtifactError
        If there is no such model, it is damaged, or files stand there and `force` is false.
    ParameterError
        If the rate is out of range, or no model of that kind can be exported.

    Examples
    --------
    >>> import tempfile
    >>> written = export_model("qrs", tempfile.mkdtemp(), fs=250)
    >>> written.description.name, [path.name for path in written.graphs]
    ('qrs.json', ['qrs.onnx'])
    """
    loaded = artifact.load(model_folder(model))
    kind, name = loaded.manifest.kind, file_stem(loaded.manifest.name)
    if kind not in KINDS:
        raise unknown_option("kind", kind, KINDS)
    export = KINDS[kind](loaded, fs)
    folder = Path(out)
    _check_free(folder, name, export, int8, force)
    networks = {EXACT: (loaded.folder / NETWORK).read_bytes()}
    if int8:
        networks[SMALL] = _small(loaded)
    files = {
        _file(name, part, precision): part.write(network).content()
        for precision, network in networks.items()
        for part in export.parts
        if part.has_network or precision == EXACT
    }
    text = json.dumps(_description(loaded, name, export, files), indent=2, ensure_ascii=False) + "\n"
    targets = [folder / file for file in files] + [folder / f"{name}.json"]
    with atomic_files(targets) as drafts:
        for draft, content in zip(drafts, [*files.values(), text.encode()], strict=True):
            draft.write_bytes(content)
    return Exported(targets[-1], tuple(targets[:-1]))


def _small(loaded: Artifact) -> bytes:
    from ectopy.edge.quantisation import calibration_inputs, quantised

    return quantised((loaded.folder / NETWORK).read_bytes(), calibration_inputs(loaded))


def _file(name: str, part: Part, precision: str) -> str:
    return f"{name}{part.suffix}.onnx" if precision == EXACT else f"{name}{part.suffix}.{precision}.onnx"


def _check_free(folder: Path, name: str, export: Export, int8: bool, force: bool) -> None:
    if folder.is_file():
        raise ArtifactError(f"{folder} is a file; give a folder")
    precisions = (EXACT, SMALL) if int8 else (EXACT,)
    files = [_file(name, part, precision) for part in export.parts for precision in precisions]
    standing = [folder / file for file in (*files, f"{name}.json") if (folder / file).exists()]
    if standing and not force:
        raise ArtifactError(
            f"{standing[0]} exists; choose another folder (--out), or force it to be replaced (--force)"
        )


def _description(loaded: Artifact, name: str, export: Export, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what the JSON file says."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "notice": DISCLAIMER,
        "model": loaded.manifest.name,
        "kind": loaded.manifest.kind,
        "network_sha256": loaded.manifest.files[NETWORK],
        "ectopy": ectopy.__version__,
        "graphs": [_graph(name, part, files) for part in export.parts],
        "timing": dict(export.timing),
        "post_processing": dict(export.post_processing),
        "not_in_graph": list(export.not_in_graph),
    }


def _graph(name: str, part: Part, files: Mapping[str, bytes]) -> dict[str, Any]:
    written = {
        precision: {
            "file": file,
            "bytes": len(files[file]),
            "sha256": hashlib.sha256(files[file]).hexdigest(),
        }
        for precision in (EXACT, SMALL)
        if (file := _file(name, part, precision)) in files
    }
    return {
        "purpose": part.purpose,
        "files": written,
        "inputs": [asdict(port) for port in part.inputs],
        "outputs": [asdict(port) for port in part.outputs],
    }
