"""A model of beats that was fitted here or loaded from an artifact: how its beats are cut, what runs it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import WindowSpec
from ectopy.errors import ArtifactError
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import Manifest

Floats = npt.NDArray[np.float32]


class TrainedModel:
    """What every model of beats knows once it is fitted or loaded.

    Attributes
    ----------
    window_ : WindowSpec or None
        How its beats are cut; None where it was fitted to beats that do not say so.
    artifact_ : Artifact
        What it was loaded from; a model that was fitted here has none.
    network_ : torch.nn.Module
        The network of a model that was fitted here.
    """

    window_: WindowSpec | None
    artifact_: Artifact
    network_: Any

    @property
    def window(self) -> WindowSpec:
        """How the beats are cut that this model takes.

        Raises
        ------
        ArtifactError
            If it was fitted to beats that do not say where their R peak is.
        """
        window: WindowSpec | None = getattr(self, "window_", None)
        if window is None:
            raise ArtifactError(
                f"{type(self).__name__} does not know how its beats were cut; fit it to Beats from cut_beats"
                " or give window=WindowSpec(fs=…, before=…, after=…) to save"
            )
        return window

    @property
    def manifest(self) -> Manifest:
        """Manifest of the artifact that it was loaded from.

        Raises
        ------
        ArtifactError
            If it was not loaded from one.
        """
        if self._loaded is None:
            raise ArtifactError(
                f"{type(self).__name__} was not loaded from an artifact; save it to a folder, then load it"
            )
        return self._loaded.manifest

    @property
    def _loaded(self) -> Artifact | None:
        """The artifact; None where the model was fitted here."""
        return getattr(self, "artifact_", None)

    def _run(self, inputs: Floats) -> list[Floats]:
        """Return the outputs of the network, by onnxruntime where it was loaded and by torch where not."""
        if self._loaded is not None:
            return self._loaded.run(inputs)
        from ectopy.training.loop import apply_network

        return apply_network(self.network_, inputs)
