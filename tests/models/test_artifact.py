"""A model on disk: what is loaded is what was saved, or it is refused by name."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from ectopy.beats.windows import WindowSpec
from ectopy.errors import ArtifactError
from ectopy.models.artifact import NETWORK, WEIGHTS, Artifact, check_free, load, open_session, save
from ectopy.models.manifest import FORMAT_VERSION, MANIFEST, Manifest

MODEL = Manifest(
    name="doubler",
    kind="test",
    window=WindowSpec(fs=120, before=1, after=2),
    classes=("N", "V"),
    parameters={"learned": {"threshold": 1.5}},
)


def doubling_network() -> bytes:
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


FILES = {NETWORK: doubling_network(), WEIGHTS: b"weights"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(tmp_path / "models" / "doubler", MODEL, FILES).folder


def edit_manifest(folder: Path, change: Callable[[dict], object]) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    change(content)
    (folder / MANIFEST).write_text(json.dumps(content))


def test_what_was_saved_is_loaded(folder: Path) -> None:
    found = load(folder)
    assert found.manifest.model_copy(update={"files": {}}) == MODEL
    assert set(found.manifest.files) == {NETWORK, WEIGHTS}
    assert found.manifest.window.n_times == 3


@pytest.mark.parametrize("n", [0, 1, 7, 2500])
def test_it_runs_any_number_of_rows_in_their_order(folder: Path, n: int) -> None:
    rows = np.arange(3 * n, dtype=np.float32).reshape(n, 1, 3)
    (doubled,) = load(folder).run(rows)
    np.testing.assert_array_equal(doubled, 2 * rows)


def test_it_survives_pickling_as_the_folder_it_stands_in(folder: Path) -> None:
    found = load(folder)
    found.run(np.zeros((1, 1, 3), np.float32))
    again: Artifact = pickle.loads(pickle.dumps(found))
    assert again.manifest == found.manifest
    assert again.run(np.ones((1, 1, 3), np.float32))[0].sum() == 6


def test_no_file_of_a_model_is_a_pickle(folder: Path) -> None:
    for path in folder.iterdir():
        with pytest.raises((pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError)):
            pickle.loads(path.read_bytes())


def test_a_network_that_rotted_on_disk_is_refused(folder: Path) -> None:
    content = bytearray((folder / NETWORK).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / NETWORK).write_bytes(content)
    with pytest.raises(ArtifactError, match=rf"doubler: {NETWORK} is not the file.*SHA-256.*again"):
        load(folder)


@pytest.mark.parametrize("name", [NETWORK, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=rf"file {name} is missing; install or train it again"):
        load(folder)


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ArtifactError, match=f"{place}: no {MANIFEST} there"):
            load(place)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"format_version": "one"}'])
def test_a_damaged_manifest_is_refused_in_one_line(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ArtifactError, match=f"{MANIFEST} is damaged") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_a_manifest_of_bytes_that_are_no_text_is_refused(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArtifactError, match="damaged"):
        load(folder)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda m: m["window"].update(fs=-1), r"window\.fs"),
        (lambda m: m.update(classes="NSV"), "classes"),
        (lambda m: m.pop("kind"), "kind"),
        (lambda m: m["files"].update({NETWORK: 7}), "files"),
    ],
)
def test_a_changed_manifest_is_refused_by_the_entry(folder: Path, change: Callable, place: str) -> None:
    edit_manifest(folder, change)
    with pytest.raises(ArtifactError, match=f"wrong {place}"):
        load(folder)


def test_a_newer_major_version_is_refused_by_name(folder: Path) -> None:
    edit_manifest(folder, lambda m: m.update(format_version="3.0", kind={"new": "shape"}))
    with pytest.raises(ArtifactError, match=rf"version 3\.0 is newer than {FORMAT_VERSION}.*upgrade"):
        load(folder)


def test_a_newer_minor_version_may_say_more(folder: Path) -> None:
    edit_manifest(folder, lambda m: m.update(format_version="2.9", colour="blue"))
    assert load(folder).manifest.name == "doubler"


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "sub/file", "..", "."])
def test_a_manifest_cannot_reach_outside_its_folder(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_text("secret")
    edit_manifest(folder, lambda m: m["files"].update({name: "0" * 64}))
    with pytest.raises(ArtifactError, match="missing"):
        load(folder)


def test_a_network_that_the_manifest_does_not_vouch_for_is_not_run(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["files"].pop(NETWORK))
    with pytest.raises(ArtifactError, match=f"names no {NETWORK}"):
        load(folder).run(np.zeros((1, 1, 3), np.float32))


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    for name in ("bad.onnx", "absent.onnx"):
        with pytest.raises(ArtifactError, match=name) as caught:
            open_session(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_an_older_model_is_replaced_whole_and_its_card_kept(folder: Path) -> None:
    (folder / "README.md").write_text("the card")
    save(folder, MODEL.model_copy(update={"name": "second"}), {NETWORK: FILES[NETWORK]})
    assert {path.name for path in folder.iterdir()} == {MANIFEST, NETWORK, "README.md"}
    assert (folder / "README.md").read_text() == "the card"
    assert load(folder).manifest.name == "second"


def test_a_new_card_is_not_overwritten_by_the_old(folder: Path) -> None:
    (folder / "README.md").write_text("old")
    save(folder, MODEL, {**FILES, "README.md": b"new"})
    assert load(folder).folder.joinpath("README.md").read_text() == "new"


@pytest.mark.parametrize("content", ["a folder", "a file"])
def test_what_is_no_model_is_never_replaced(tmp_path: Path, content: str) -> None:
    place = tmp_path / "thesis"
    if content == "a folder":
        place.mkdir()
        (place / "chapter1.tex").write_text("years of work")
    else:
        place.write_text("years of work")
    with pytest.raises(ArtifactError, match="thesis exists and is no model"):
        save(place, MODEL, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def test_a_place_that_cannot_be_written_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match=r"model: nothing can be written in .*notes\.txt"):
        check_free(tmp_path / "notes.txt" / "a" / "model")
    check_free(tmp_path / "new" / "model")
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_a_save_that_fails_leaves_the_old_model_and_no_litter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, *args: object, **kwargs: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="No space"):
        save(folder, MODEL.model_copy(update={"name": "second"}), FILES)
    monkeypatch.undo()
    assert [path.name for path in folder.parent.iterdir()] == ["doubler"]
    assert load(folder).manifest.name == "doubler"


def test_a_file_name_that_leads_elsewhere_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="escaped"):
        save(tmp_path / "in" / "model", MODEL, {**FILES, "../../escaped": b"x"})
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "in" / "model").exists()


def test_a_model_can_be_read_by_others(folder: Path) -> None:
    assert folder.stat().st_mode & 0o055 == 0o055
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in folder.iterdir())


def test_the_manifest_is_text_that_people_can_read(folder: Path) -> None:
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["window"] == {"fs": 120.0, "before": 1, "after": 2}
