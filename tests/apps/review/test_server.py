"""What the page asks for, and what it gets."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ectopy.analysis.edits import EditLog, Relabel
from ectopy.analysis.result import Analysis
from ectopy.apps.review.snapshot import CLASSES
from ectopy.io.registry import open_source
from review_place import OURS, place_of

KINDS = ("<u4", "<u4", "<f4", "<i2", "u1", "u1", "u1")


def unpacked(content: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    (length,) = struct.unpack_from("<I", content)
    state = json.loads(content[4 : 4 + length])
    at, columns = -(-(4 + length) // 8) * 8, []
    for kind in KINDS:
        columns.append(np.frombuffer(content, kind, state["n_beats"], at))
        at += -(-columns[-1].nbytes // 8) * 8
    return state, columns


@pytest.fixture
def api(key) -> str:
    return f"/api/recordings/{key}"


@pytest.fixture
def analysis(folder) -> Analysis:
    return Analysis.load(place_of(folder, "seen").analysis)


def change(client, path: str, **body: Any) -> tuple[dict[str, Any], list[np.ndarray]]:
    answer = client.post(path, json={"author": "ada", **body}, headers=OURS)
    assert answer.status_code == 200, answer.text
    return unpacked(answer.content)


def test_the_list_says_how_far_each_recording_is(client, api):
    states = {row["title"]: row["state"] for row in client.get("/api/recordings").json()}
    assert states == {"seen": "analysed", "new": "new"}
    change(client, f"{api}/edits", edits=[{"type": "relabel", "beats": [3], "symbol": "V"}])
    change(client, f"{api}/edits", edits=[{"type": "sign", "name": "Ada"}])
    (row,) = (row for row in client.get("/api/recordings").json() if row["title"] == "seen")
    assert (row["state"], row["signed_by"], row["edits"]) == ("signed", "Ada", 1)


def test_names_of_patients_are_shown_only_if_asked(client, desk, api):
    assert "patient" not in client.get(api).json()
    assert all("patient" not in row for row in client.get("/api/recordings").json())


def test_beats_come_as_the_analysis_has_them(client, api, analysis):
    state, columns = unpacked(client.get(f"{api}/state?since=-1").content)
    samples, ids, rr, clusters, classes, *_ = columns
    assert samples.tolist() == analysis.beats.samples.tolist()
    assert ids.tolist() == list(range(len(samples)))
    np.testing.assert_array_equal(rr, analysis.rr)
    assert clusters.tolist() == analysis.clusters.tolist()
    assert [CLASSES[code] for code in classes] == analysis.classes.tolist()
    assert state["counts"]["V"] == (analysis.classes == "V").sum() > 0
    assert client.get(f"{api}/state?since=0").status_code == 204


def test_an_edit_changes_counts_at_once_and_undo_brings_them_back(client, api):
    before, (*_, classes, _, _) = unpacked(client.get(f"{api}/state?since=-1").content)
    beat = int(np.flatnonzero(classes == CLASSES.index("N"))[5])
    after, columns = change(
        client, f"{api}/edits", edits=[{"type": "relabel", "beats": [beat], "symbol": "V"}]
    )
    assert after["counts"]["V"] == before["counts"]["V"] + 1
    assert after["counts"]["N"] == before["counts"]["N"] - 1
    assert CLASSES[columns[4][beat]] == "V"
    assert (after["state"], after["can_undo"], after["can_redo"]) == ("in review", True, False)
    back, _ = change(client, f"{api}/undo")
    assert (back["counts"], back["can_undo"], back["can_redo"]) == (before["counts"], False, True)
    again, _ = change(client, f"{api}/redo")
    assert again["counts"] == after["counts"]


def test_what_was_done_at_once_is_undone_at_once(client, api):
    before, (*_, clusters, classes, _, _) = unpacked(client.get(f"{api}/state?since=-1").content)
    numbers = sorted(set(clusters[clusters >= 0].tolist()))[:2]
    assert len(numbers) == 2
    edits = [{"type": "relabel_cluster", "cluster": number, "symbol": "F"} for number in numbers]
    after, columns = change(client, f"{api}/edits", edits=edits)
    assert (columns[4][np.isin(clusters, numbers)] == CLASSES.index("F")).all()
    back, columns = change(client, f"{api}/undo")
    assert (back["counts"], back["can_undo"]) == (before["counts"], False)
    np.testing.assert_array_equal(columns[4], classes)
    assert change(client, f"{api}/redo")[0]["counts"] == after["counts"]


@pytest.mark.parametrize("edits", [None, [], {"type": "sign", "name": "Ada"}])
def test_an_action_is_a_list_of_edits(client, api, edits):
    answer = client.post(f"{api}/edits", json={"author": "ada", "edits": edits}, headers=OURS)
    assert answer.status_code == 400
    assert "edits is no list" in answer.text


def test_edits_of_two_people_are_both_there(client, api, folder):
    change(client, f"{api}/edits", edits=[{"type": "relabel", "beats": [3], "symbol": "F"}])
    EditLog(place_of(folder, "seen").log).append(Relabel([4], "F"), "ben")
    state, columns = unpacked(client.get(f"{api}/state?since=1").content)
    assert state["revision"] == 2
    assert [CLASSES[code] for code in columns[4][3:5]] == ["F", "F"]


@pytest.mark.parametrize(
    "edit",
    [
        None,
        {"type": "explode"},
        {"type": "relabel", "beats": [10**6], "symbol": "V"},
        {"type": "relabel", "beats": [1], "symbol": "<b>"},
        {"type": "relabel", "beats": [1], "symbol": "V", "more": 1},
        {"type": "add_beat", "sample": 10**9, "symbol": "N"},
        {"type": "mark_span", "start": 5, "stop": 2, "kind": "artefact"},
    ],
)
def test_what_cannot_be_done_is_refused_and_not_logged(client, api, folder, edit):
    answer = client.post(
        f"{api}/edits",
        json={"author": "ada", "edits": [{"type": "relabel", "beats": [2], "symbol": "V"}, edit]},
        headers=OURS,
    )
    assert answer.status_code == 400
    assert not place_of(folder, "seen").log.exists()


def test_the_signal_comes_in_microvolts(client, api, folder):
    source = open_source(place_of(folder, "seen").recording)
    content = client.get(f"{api}/signal?start=500&stop=1500&factor=1").content
    start, factor, n, leads = struct.unpack_from("<4d", content)
    assert (start, factor, n, leads) == (500, 1, 1000, 2)
    sent = np.frombuffer(content, "<i2", offset=32).reshape(2, 1000)
    np.testing.assert_allclose(sent.T, 1000 * source.read(500, 1500), atol=0.51)


def test_extremes_are_those_of_the_samples_and_are_kept(client, api, folder):
    place = place_of(folder, "seen")
    finest = client.get(api).json()["finest"]
    source = open_source(place.recording)
    for factor in (finest, 4 * finest):
        content = client.get(f"{api}/signal?start={8 * finest}&stop=20000&factor={factor}&lead=1").content
        start, _, n, leads = struct.unpack_from("<4d", content)
        assert (start, leads) == (8 * finest, 1)
        pairs = np.frombuffer(content, "<i2", offset=32).reshape(int(n), 2)
        lead = 1000 * source.read(int(start), int(start + n * factor))[:, 1]
        whole = lead[: len(lead) // factor * factor].reshape(-1, factor)
        np.testing.assert_allclose(pairs[: len(whole), 0], whole.min(axis=1), atol=0.51)
        np.testing.assert_allclose(pairs[: len(whole), 1], whole.max(axis=1), atol=0.51)
    assert [path.name for path in place.cache.glob("extremes-*")] == ["extremes-00000.npy"]
    (place.cache / "extremes-00000.npy").write_bytes(b"damaged")
    assert (
        client.get(f"{api}/signal?start={8 * finest}&stop=20000&factor={4 * finest}&lead=1").content
        == content
    )


@pytest.mark.parametrize(
    "query",
    [
        "start=0&stop=0&factor=1",
        "start=0&stop=100&factor=3",
        "start=0&stop=100&factor=-4",
        "start=a&stop=9&factor=1",
        "start=0&stop=99&factor=1&lead=7",
        "start=999999999&stop=9999999999&factor=1",
        "stop=3",
    ],
)
def test_senseless_stretches_are_refused(client, api, query):
    assert client.get(f"{api}/signal?{query}").status_code == 400


def test_a_cluster_can_be_split_and_its_beats_looked_at(client, api):
    shapes = client.get(f"{api}/clusters").json()
    numbers = [each["number"] for each in shapes["clusters"]]
    assert numbers[0] == 0
    assert len(shapes["clusters"][0]["mean"]) == len(shapes["clusters"][0]["members"][0])
    _, before = unpacked(client.get(f"{api}/state?since=-1").content)
    _, after = change(client, f"{api}/split", cluster=0)
    moved = after[3] == max(numbers) + 1
    assert 0 < moved.sum() <= (before[3] == 0).sum() / 2
    assert (before[3][moved] == 0).all()
    answer = client.post(f"{api}/waveforms", json={"beats": [0, 1, 10**9]}, headers=OURS)
    assert struct.unpack_from("<3d", answer.content)[0] == 3
    for wrong in ([1.5], "all", list(range(500)), [True]):
        assert client.post(f"{api}/waveforms", json={"beats": wrong}, headers=OURS).status_code == 400


def test_rejected_events_leave_the_figures_and_stay_in_the_queue(client, api):
    state, _ = unpacked(client.get(f"{api}/state?since=-1").content)
    event = state["events"][0]
    judged = {"type": "judge_event", "event": event["key"]}
    after, _ = change(client, f"{api}/edits", edits=[judged | {"verdict": "rejected"}])
    (same,) = (each for each in after["events"] if each["key"] == event["key"])
    for fact in ("kind", "start", "stop", "first", "last"):
        assert same[fact] == event[fact]
    assert same["verdict"] == "rejected"
    after, _ = change(client, f"{api}/edits", edits=[judged | {"verdict": "confirmed"}])
    assert [each["verdict"] for each in after["events"] if each["key"] == event["key"]] == ["confirmed"]


def test_the_report_is_that_of_the_edited_analysis(client, api, key, folder, analysis):
    merged = np.flatnonzero(analysis.clusters == 1).tolist()
    change(client, f"{api}/edits", edits=[{"type": "assign_cluster", "beats": merged, "cluster": 0}])
    change(
        client, f"{api}/edits", edits=[{"type": "edit_conclusion", "text": "All is <well>.\nNothing else."}]
    )
    page = client.get(f"/recordings/{key}/report")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "All is &lt;well&gt;." in page.text
    assert client.get(f"{api}/conclusion").json() == {"text": "All is <well>.\nNothing else.", "edited": True}
    files = [Path(path) for path in client.post(f"{api}/outputs", json={}, headers=OURS).json()["files"]]
    assert all(path.is_file() and place_of(folder, "seen").folder in path.parents for path in files)


def test_an_analysed_recording_is_not_analysed_again(client, api):
    assert client.post(f"{api}/analysis", headers=OURS).status_code == 400


def test_a_recording_whose_samples_changed_is_refused(client, api, folder):
    place = place_of(folder, "seen")
    samples = np.fromfile(place.recording.with_suffix(".dat"), "<i2")
    samples[1000:1100] += 7
    samples.tofile(place.recording.with_suffix(".dat"))
    answer = client.get(api)
    assert answer.status_code == 400
    assert "is not the recording that was analysed" in answer.text


def test_labels_teach_the_learner_which_asks_what_it_does_not_know(client, api, analysis):
    first = client.get(f"{api}/proposals").json()
    assert (first["answers"], first["proposals"]) == (0, [])
    assert first["question"]["beat"] in first["question"]["beats"]
    ventricular = np.flatnonzero(analysis.classes == "V").tolist()
    for beat in ventricular[:3]:
        change(client, f"{api}/edits", edits=[{"type": "relabel", "beats": [beat], "symbol": "F"}])
    taught = client.get(f"{api}/proposals").json()
    assert taught["answers"] == 3
    proposed = {beat for each in taught["proposals"] if each["symbol"] == "F" for beat in each["beats"]}
    assert proposed
    assert proposed <= set(ventricular[3:])
