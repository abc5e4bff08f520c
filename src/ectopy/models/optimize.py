"""Give a trained model the layout in which onnxruntime runs its network fastest; its weights stay.

What recipes write has it already; models that were trained before, or elsewhere, are rewritten by this.
"""

from __future__ import annotations

from pathlib import Path

from ectopy.models import artifact
from ectopy.models.artifact import Artifact


def optimize(folder: Path | str, out: Path | str | None = None) -> Artifact:
    """Rewrite the network of a model that convolves along one axis.

    Parameters
    ----------
    folder : path
        The model.
    out : path, optional
        Where to write the rewritten model; in place of the old one by default.

    Returns
    -------
    Artifact
        As written; results differ by the rounding of 32 bits.

    Raises
    ------
    ArtifactError
        If there is no model, it is damaged, or `out` holds something else.
    MissingExtraError
        If onnx is not installed.
    """
    loaded = artifact.load(Path(folder))
    from ectopy.training.onnx_layout import in_two_dimensions

    files = {name: (loaded.folder / name).read_bytes() for name in loaded.manifest.files}
    files[artifact.NETWORK] = in_two_dimensions(files[artifact.NETWORK])
    return artifact.save(Path(folder if out is None else out), loaded.manifest, files)
