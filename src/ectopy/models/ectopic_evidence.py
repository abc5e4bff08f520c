"""Whether a beat that was called ectopic can be believed, or may be artefact: then nobody judges it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ArtifactError
from ectopy.features.ectopic_evidence import EVIDENCE, ClassifiedBeats, ectopic_evidence
from ectopy.labels import ECTOPIC
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.registry import DEFAULT_EVIDENCE, model_folder

KIND: Final = "ectopic-evidence"


def load(folder: Path | str) -> Artifact:
    """Read a model of the evidence for ectopic beats.

    Raises
    ------
    ArtifactError
        If it is damaged, of another version of the format, of another kind, or one of other features.
    """
    loaded = artifact.load(Path(folder), KIND)
    if loaded.manifest.parameters.get("features") != [feature.name for feature in EVIDENCE]:
        raise ArtifactError(f"model {folder} uses other features than this program; train it again")
    for name in ECTOPIC:
        if not 0 <= loaded.manifest.parameters.get("least", {}).get(name, -1) < 1:
            raise ArtifactError(f"model {folder} has no least probability for {name}; install it again")
    return loaded


@cache
def default_evidence() -> Artifact:
    """Return the model that is shipped with ectopy."""
    return load(model_folder(DEFAULT_EVIDENCE))


def unbelievable(beats: ClassifiedBeats, model: Artifact | None) -> npt.NDArray[np.bool_]:
    """Return which beats were called ectopic and are more like artefact.

    Parameters
    ----------
    beats : CalledBeats
        All beats of a part of a recording.
    model : Artifact or None
        Of kind ``ectopic-evidence``; without it every beat is believed.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
    """
    doubted = np.zeros(len(beats.classes), np.bool_)
    rows = beats.ectopic
    if model is None or not len(rows):
        return doubted
    least = model.manifest.parameters["least"]
    (believed,) = model.run(ectopic_evidence(beats))
    doubted[rows] = believed < np.array([least[name] for name in beats.classes[rows]], np.float32)
    return doubted
