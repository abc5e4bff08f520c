"""``ectopy export``: what it writes, and what it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import onnxruntime as ort
import pytest

from command_line import Command, is_one_line_about
from ectopy.edge.kinds import KINDS
from ectopy.models import artifact
from ectopy.models.registry import model_folder, shipped_models

TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64"}


@pytest.mark.parametrize("name", [model.name for model in shipped_models() if model.kind in KINDS])
def test_every_shipped_model_is_described_as_it_is(run: Command, tmp_path: Path, name: str) -> None:
    assert run("export", name, "--out", tmp_path, "--quiet").code == 0
    described = json.loads((tmp_path / f"{name}.json").read_text())
    assert described["kind"] == artifact.load(model_folder(name)).manifest.kind
    for graph in described["graphs"]:
        file = tmp_path / graph["files"]["fp32"]["file"]
        assert file.stat().st_size == graph["files"]["fp32"]["bytes"]
        session = ort.InferenceSession(file)
        for ports, nodes in (
            (graph["inputs"], session.get_inputs()),
            (graph["outputs"], session.get_outputs()),
        ):
            assert {port["name"]: (port["shape"], port["type"]) for port in ports} == {
                node.name: (node.shape, TYPES[node.type]) for node in nodes
            }


def test_a_model_of_ones_own_keeps_its_numbers(run: Command, tmp_path: Path) -> None:
    loaded = artifact.load(model_folder("qrs"))
    files = {name: (loaded.folder / name).read_bytes() for name in loaded.manifest.files}
    manifest = loaded.manifest.model_copy(
        update={"name": "my ../qrs", "parameters": loaded.manifest.parameters | {"threshold": 0.75}}
    )
    artifact.save(tmp_path / "mine", manifest, files)
    ran = run("export", tmp_path / "mine", "--out", tmp_path / "out", "--fs", "128", "--json")
    described = json.loads(ran.out)
    assert described["post_processing"]["threshold"] == 0.75
    assert described["timing"]["signal_hz"] == 128
    assert (tmp_path / "out" / described["graphs"][0]["files"]["fp32"]["file"]).is_file()


def test_int8_is_smaller_and_stands_beside(run: Command, tmp_path: Path) -> None:
    assert run("export", "beat-autoencoder", "--int8", "--out", tmp_path).code == 0
    (score, cut) = json.loads((tmp_path / "beat-autoencoder.json").read_text())["graphs"]
    assert score["files"]["int8"]["bytes"] < 0.7 * score["files"]["fp32"]["bytes"]
    assert list(cut["files"]) == ["fp32"]


def test_files_are_replaced_only_when_asked(run: Command, tmp_path: Path) -> None:
    (tmp_path / "qrs.json").write_text("mine")
    is_one_line_about(run("export", "qrs", "--out", tmp_path), r"qrs\.json exists", "--force")
    assert [path.name for path in tmp_path.iterdir()] == ["qrs.json"]
    assert run("export", "qrs", "--out", tmp_path, "--force").code == 0
    assert json.loads((tmp_path / "qrs.json").read_text())["model"] == "qrs"


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (["qqs"], "'qqs' is neither shipped"),
        (["qrs", "--fs", "20"], "fs=20.0 Hz is out of range"),
        (["delineator", "--fs", "360"], "takes 250 Hz"),
    ],
)
def test_wrong_input_is_told_in_one_line(
    run: Command, tmp_path: Path, arguments: list[str], pattern: str
) -> None:
    is_one_line_about(run("export", *arguments, "--out", tmp_path / "new"), pattern)
    assert not (tmp_path / "new").exists()


def test_without_onnx_the_remedy_is_told(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("ectopy.edge")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    ran = run("export", "qrs", "--out", tmp_path)
    is_one_line_about(ran, r"onnx is not installed", r"pip install 'ectopy\[export\]'")
