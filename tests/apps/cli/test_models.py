"""``ectopy models`` and ``ectopy train``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Command, is_one_line_about
from ectopy.models import artifact
from ectopy.models.artifact import NETWORK
from ectopy.models.manifest import MANIFEST, Manifest
from ectopy.models.registry import model_folder


def test_models_are_listed_and_shown(run: Command) -> None:
    assert "beat-autoencoder" in run("models", "list").out
    listed = {entry["name"]: entry for entry in json.loads(run("models", "list", "--json").out)}
    shown = json.loads(run("models", "show", "beat-autoencoder").out)
    assert shown == listed["beat-autoencoder"]
    assert shown["training"]["dataset"]
    is_one_line_about(run("models", "show", "dense"), "'dense'", "choose anomaly-detector, beat-autoencoder")


def test_a_model_of_the_first_format_is_converted_by_the_command_that_its_refusal_names(
    run: Command, here: Path
) -> None:
    made = artifact.save(here / "old", Manifest(name="old", kind="test"), {NETWORK: b"network"})
    content = json.loads((made.folder / MANIFEST).read_text())
    (made.folder / MANIFEST).write_text(json.dumps(content | {"format_version": "1.0"}))
    refused = run("models", "show", made.folder)
    command = refused.err.split("ectopy models convert ")[1].split()
    assert refused.code == 2
    assert "format 2.0" in run("models", "convert", *command).out
    assert json.loads(run("models", "show", made.folder).out)["name"] == "old"


def test_a_model_is_rewritten_for_speed(run: Command, here: Path) -> None:
    shipped = model_folder("beat-classifier")
    assert "beat-classifier" in run("models", "optimize", shipped, "--out", "fast").out
    assert json.loads(run("models", "show", here / "fast").out)["kind"] == "beat-classifier"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--dataset", "nix"), "dataset='nix' is unknown; choose one of: mitdb"),
        (("--network", "nix"), "network='nix' is unknown; choose one of: autoencoder"),
        (("--recipe", "autoencoder"), "mitdb.* not in .*; run: ectopy data download mitdb"),
    ],
    ids=["unknown dataset", "unknown network", "absent dataset"],
)
def test_what_cannot_be_trained_is_named(
    arguments: tuple[str, ...], words: str, run: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(here / "data"))
    is_one_line_about(run("train", *arguments, "--out", "model"), words)
    assert not list(here.iterdir())


def test_a_model_is_not_trained_for_a_folder_that_is_taken(run: Command, here: Path) -> None:
    (here / "thesis").mkdir()
    (here / "thesis" / "chapter1.tex").write_text("years of work")
    is_one_line_about(run("train", "--dataset", "nix", "--out", "thesis"), "thesis exists and is no model")
