"""The same tables from every engine and store, and the same beats as `ectopy analyze`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from batch_tables import contents, errors, rows
from ectopy.analysis.pipeline import analyze
from ectopy.apps.batch.run import Batch, run_batch
from ectopy.apps.batch.schema import SCHEMA_VERSION, columns
from ectopy.apps.batch.watch import Watch
from ectopy.engines.local import LocalEngine
from ectopy.io.wfdb.files import write_wfdb
from ectopy.report.exports import event_columns
from ectopy.simulation import Rhythm, simulate

BUCKET = "holters"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings of the same name with ectopic beats, and a damaged one."""
    root = tmp_path_factory.mktemp("recordings")
    for number in (1, 2):
        (root / f"ward{number}").mkdir()
        rhythm = Rhythm(ventricular=0.2, supraventricular=0.1)
        write_wfdb(
            simulate(30, 250, seed=number, rhythm=rhythm, name="same"), root / f"ward{number}" / "same"
        )
    (root / "damaged.edf").write_bytes(b"0       " + b"x" * 300)
    return root


def test_the_tables_are_what_analyze_finds_beat_by_beat(recordings: Path, tmp_path: Path):
    out, log, metrics = tmp_path / "out", tmp_path / "log.jsonl", tmp_path / "batch.prom"
    totals = run_batch(Batch([str(recordings)], str(out)), LocalEngine(1), Watch(log=log, metrics=metrics))
    assert (totals.recordings_done, totals.errors) == (3, 1)
    assert errors(out) == {"damaged": "RecordError"}
    for path in sorted(recordings.glob("*/*.hea")):
        of = [row["recording"] == str(path) for row in rows(out, "beats")]
        beats = [row for row, mine in zip(rows(out, "beats"), of, strict=True) if mine]
        found = analyze(path)
        for name, column in found.columns().items():
            mine = np.array([row[name] for row in beats], None if column.dtype.kind == "U" else np.float64)
            np.testing.assert_array_equal(mine, column, err_msg=name)
        events = [row for row in rows(out, "events") if row["recording"] == str(path)]
        assert [row["kind"] for row in events] == event_columns(found)["kind"]
        episodes = [row for row in rows(out, "episodes") if row["recording"] == str(path)]
        assert [(row["kind"], row["start_sample"]) for row in episodes] == [
            (each.kind, each.start) for each in found.episodes
        ]
        (summary,) = [row for row in rows(out, "recordings") if row["recording"] == str(path)]
        assert summary["record"] == "same"
        assert summary["signal_sha256"] == found.digest
        assert summary["n_beats"] == len(found.beats) > 20
        assert summary["classes_V"] == (found.classes == "V").sum() > 0
        assert summary["events_ventricular_couplet"] == found.summary().events["ventricular couplet"]
        assert summary["leads"] == list(found.record.leads)
    said = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert (said[0], said[-1], said.count("error")) == ("start", "end", 1)
    assert "ectopy_batch_recordings_done 3\n" in metrics.read_text()


def test_every_column_of_an_analysis_has_a_place_in_the_schema(recordings: Path):
    found = analyze(recordings / "ward1" / "same")
    declared = {name: [column.name for column in table] for name, table in columns().items()}
    assert ["recording", *found.columns()] == declared["beats"]
    assert ["recording", *event_columns(found)] == declared["events"]
    assert all(column.text for table in columns().values() for column in table)


def test_the_schema_of_every_file_is_the_declared_one(recordings: Path, tmp_path: Path):
    run_batch(Batch([str(recordings / "ward1")], str(tmp_path / "out")), LocalEngine(1))
    for name, table in columns().items():
        (path,) = (tmp_path / "out" / name).iterdir()
        schema = pq.read_schema(path)
        assert schema.names == [column.name for column in table]
        assert schema.metadata[b"ectopy.schema"] == SCHEMA_VERSION.encode()


def test_ray_gives_the_same_bytes(
    files: Callable[..., Path], hostile: Callable[..., Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import ray

    from ectopy.engines.ray import RayEngine

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), prepend=":")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # other tests run beside it
    folder = files(*(f"r{number}" for number in range(8)))
    run_batch(hostile(folder, out="local"), LocalEngine(2))
    try:
        run_batch(hostile(folder, out="ray"), RayEngine(2))
    finally:
        ray.shutdown()
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


@pytest.fixture
def flaky_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An object store on this machine that fails every tenth request."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    inner, asked = DomainDispatcherApplication(create_backend_app), iter(range(1 << 30))
    lock = threading.Lock()

    def flaky(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with lock:
            number = next(asked)
        if number % 10 == 9:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        return inner(environ, start_response)

    server = make_server("127.0.0.1", 0, flaky, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir(BUCKET)
    yield f"s3://{BUCKET}"
    s3fs.S3FileSystem.clear_instance_cache()
    server.shutdown()
    thread.join()


def test_an_object_store_that_fails_every_tenth_request_gets_and_gives_the_same(
    flaky_store: str, recordings: Path, tmp_path: Path
):
    import s3fs

    store = s3fs.S3FileSystem()
    store.put(str(recordings), f"{BUCKET}/in", recursive=True)
    for _ in range(2):
        totals = run_batch(Batch([f"{flaky_store}/in"], f"{flaky_store}/out"), LocalEngine(1))
        assert (totals.recordings_done, totals.errors) == (3, 1)
    store.get(f"{BUCKET}/out", str(tmp_path / "out"), recursive=True)
    assert errors(tmp_path / "out") == {"damaged": "RecordError"}
    for row in rows(tmp_path / "out", "recordings"):
        local = recordings / Path(row["recording"]).relative_to(f"s3:/{BUCKET}/in")
        assert row["signal_sha256"] == analyze(local).digest
