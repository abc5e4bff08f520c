"""The fields of an analysis in one file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import onnxruntime as ort

from ectopy.analysis.archive import SUFFIX, Archive, damaged, read_archive, write_archive
from ectopy.analysis.plain_values import Arrays, dataclass_from_plain, from_plain, to_plain
from ectopy.analysis.saved_source import SavedSource
from ectopy.errors import ArtifactError
from ectopy.models.artifact import NETWORK, Artifact
from ectopy.models.detectors import Detector, detector_of, load_detector
from ectopy.models.manifest import Manifest
from ectopy.models.registry import model_folder, shipped_models

T = TypeVar("T")

_WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading values of a wrong kind raises."""


def save_fields(path: Path, values: Mapping[str, Any]) -> Path:
    """Write values by name into one file; return its path, which has the ending of such files."""
    if not path.name.endswith(SUFFIX):
        path = path.with_name(path.name + SUFFIX)
    arrays: Arrays = {}
    plain = {name: to_plain(value, name, arrays) for name, value in values.items()}
    write_archive(path, Archive(plain, arrays))
    return path


def load_fields(cls: type[T], path: Path, detector: Detector | None) -> T:
    """Return the value that `save_fields` wrote the fields of.

    Parameters
    ----------
    cls : type
        `ectopy.analysis.result.Analysis`.
    path : Path
        The file.
    detector : EncoderDetector or TrainedDetector, optional
        The detector, if it is none of the shipped ones.

    Raises
    ------
    AnalysisError
        If the file cannot be read, or its columns differ in length.
    ArtifactError
        If the detector is not the one that was used.
    """
    stored = read_archive(path)
    try:
        manifest = Manifest.model_validate(stored.values["detector"])
        ready = {
            "record": from_plain(SavedSource, stored.values["record"], stored.arrays),
            "detector": _detector(manifest, detector),
        }
        value = dataclass_from_plain(cls, stored.values, stored.arrays, ready)
        _check_lengths(value)
    except ArtifactError:
        raise
    except _WRONG as error:
        raise damaged(path, error) from error
    return value


def _check_lengths(value: Any) -> None:
    lengths = {
        each.name: len(getattr(value, each.name))
        for each in fields(value)
        if hasattr(getattr(value, each.name), "dtype")
    }
    wrong = [name for name, length in lengths.items() if length != len(value.beats)]
    if wrong:
        raise ValueError(f"{wrong[0]} has {lengths[wrong[0]]} rows for {len(value.beats)} beats")


def _detector(manifest: Manifest, given: Detector | None) -> Detector:
    """Return the detector with the network of a manifest: the given one, a shipped one, or an empty one."""
    network = manifest.files.get(NETWORK)
    if given is not None:
        if given.manifest.files.get(NETWORK) != network:
            raise ArtifactError(
                f"model {given.manifest.name} is not {manifest.name}, which was used; give that one"
            )
        return given
    for each in shipped_models():
        if each.kind == manifest.kind and each.files.get(NETWORK) == network:
            return load_detector(model_folder(each.name))
    return detector_of(_AbsentArtifact(Path(manifest.name), manifest))


class _AbsentArtifact(Artifact):
    """A model of which only the manifest is there."""

    @cached_property
    def session(self) -> ort.InferenceSession:
        """Raise, as there is no network."""
        raise ArtifactError(
            f"model {self.manifest.name} is not shipped with ectopy; give it:"
            " Analysis.load(path, detector=load_model(FOLDER))"
        )
