"""Models of version 1 of the format: refused with a command, and the same results once converted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ectopy.beats.windows import cut_beats
from ectopy.errors import ArtifactError
from ectopy.features.table import BEAT_FEATURES
from ectopy.models import artifact
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.artifact import NETWORK
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.convert import FEATURES, convert
from ectopy.models.manifest import MANIFEST, Manifest
from ectopy.models.registry import load_model, model_folder
from ectopy.simulation import simulate

FIRST_FEATURES = [  # of version 1, in the order of the columns
    *(
        f"{part} {what}"
        for part in ("t before", "p")
        for what in ("strangeness", "distance", "likeness", "gain")
    ),
]
LAST_FEATURES = ["rest likeness in place, lower of 31", "rest likeness in place, upper of 31"]


def version_1(name: str, folder: Path) -> Path:
    """Write a shipped model as version 1 of the format had it: the same files, the names of then."""
    shipped = artifact.load(model_folder(name))
    content = shipped.manifest.model_dump(mode="json") | {"format_version": "1.0"}
    options = content["parameters"]["constructor"]
    if shipped.manifest.kind == "beat-classifier":
        content["normalisation"] = "ectopy.beats.context.context_features"
        options["gaps"] = options.pop("dilations")
        old = {new: name for name, new in FEATURES.items()}
        content["parameters"]["features"] = [old[name] for name in BEAT_FEATURES if name in old]
    else:
        content["normalisation"] = options["normalisation"] = "own"
    folder.mkdir()
    for file in shipped.manifest.files:
        (folder / file).write_bytes((shipped.folder / file).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    (folder / "README.md").write_text("the card of the owner", encoding="utf-8")
    return folder


@pytest.fixture
def old_classifier(tmp_path: Path) -> Path:
    return version_1("beat-classifier", tmp_path / "classifier")


@pytest.fixture
def old_detector(tmp_path: Path) -> Path:
    return version_1("beat-autoencoder", tmp_path / "detector")


def test_version_1_is_refused_with_the_command_that_converts_it(old_classifier: Path) -> None:
    for load in (artifact.load, BeatClassifier.load, load_model):
        with pytest.raises(ArtifactError, match=f"convert it with: ectopy models convert {old_classifier}$"):
            load(old_classifier)


def test_features_of_version_1_keep_their_place(old_classifier: Path) -> None:
    content = json.loads((old_classifier / MANIFEST).read_text())
    assert content["parameters"]["features"][:8] == FIRST_FEATURES
    assert content["parameters"]["features"][-2:] == LAST_FEATURES
    assert set(FEATURES.values()) <= set(BEAT_FEATURES)


def test_a_converted_model_gives_the_same_results(old_detector: Path) -> None:
    record = simulate(30, 360, ("II",), seed=1)
    assert record.annotations is not None
    convert(old_detector)
    ours, theirs = load_model("beat-autoencoder"), load_model(old_detector)
    assert isinstance(theirs, BeatAnomalyDetector)
    beats = cut_beats(record, record.annotations.beats().samples, theirs.window)
    np.testing.assert_array_equal(ours.predict(beats), theirs.predict(beats))
    assert theirs.get_params().keys() == type(theirs)().get_params().keys()


def test_a_classifier_of_the_features_of_then_is_refused_once_converted(old_classifier: Path) -> None:
    convert(old_classifier)
    with pytest.raises(ArtifactError, match="train it again"):
        BeatClassifier.load(old_classifier)


def test_only_the_manifest_changes(old_detector: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in old_detector.iterdir()}
    made = convert(old_detector, tmp_path / "new")
    after = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    assert {path.name: path.read_bytes() for path in old_detector.iterdir()} == before
    assert {name for name in before if before[name] != after.get(name)} == {MANIFEST, "README.md"}
    assert (
        made.manifest.normalisation == made.manifest.parameters["constructor"]["normalisation"] == "template"
    )


def test_in_place_the_card_stays(old_detector: Path) -> None:
    convert(old_detector)
    assert (old_detector / "README.md").read_text() == "the card of the owner"


def test_a_tiny_model_without_parameters_is_converted(tmp_path: Path) -> None:
    made = artifact.save(tmp_path / "tiny", Manifest(name="tiny", kind="test"), {NETWORK: b"network"})
    content = json.loads((made.folder / MANIFEST).read_text()) | {"format_version": "1.3"}
    (made.folder / MANIFEST).write_text(json.dumps(content))
    assert convert(made.folder).manifest == made.manifest


def test_a_model_of_this_version_needs_no_conversion() -> None:
    with pytest.raises(ArtifactError, match=r"version 2\.0 needs no conversion"):
        convert(model_folder("beat-classifier"))


def test_damage_is_not_converted(old_detector: Path) -> None:
    (old_detector / NETWORK).write_bytes(b"something else")
    with pytest.raises(ArtifactError, match="SHA-256 differs"):
        convert(old_detector)


def test_features_that_no_version_had_are_refused(old_classifier: Path) -> None:
    content = json.loads((old_classifier / MANIFEST).read_text())
    content["parameters"]["features"][3] = "a feature of nobody"
    (old_classifier / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ArtifactError, match="a feature of nobody"):
        convert(old_classifier)
