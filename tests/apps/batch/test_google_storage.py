"""Recordings and tables in Google Cloud Storage, as a server on this machine plays it.

Without the extra ``cloud`` and the package ``gcp-storage-emulator`` this is skipped.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from batch_tables import errors, rows
from ectopy.analysis.pipeline import analyze
from ectopy.apps.batch.inputs import find_inputs
from ectopy.apps.batch.run import Batch, run_batch
from ectopy.engines.local import LocalEngine
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import simulate

gcsfs = pytest.importorskip("gcsfs", reason="the extra cloud is not installed")
emulator = pytest.importorskip("gcp_storage_emulator.server", reason="gcp-storage-emulator is not installed")

BUCKET = "holters"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of a server on this machine, which holds it in memory."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = emulator.create_server("127.0.0.1", port, in_memory=True)
    server.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    gcsfs.GCSFileSystem.clear_instance_cache()
    gcsfs.GCSFileSystem().mkdir(BUCKET)
    yield f"gs://{BUCKET}"
    gcsfs.GCSFileSystem.clear_instance_cache()
    server.stop()


def test_a_bucket_gets_and_gives_what_a_folder_would(bucket: str, tmp_path: Path):
    for number in (1, 2):
        write_wfdb(simulate(10, 250, seed=number, name=f"r{number}"), tmp_path / "in" / f"r{number}")
    (tmp_path / "in" / "damaged.edf").write_bytes(b"0       " + b"x" * 300)
    store = gcsfs.GCSFileSystem()
    for path in (tmp_path / "in").iterdir():
        store.pipe_file(f"{BUCKET}/in/{path.name}", path.read_bytes())
    before = find_inputs([f"{bucket}/in"])
    for _ in range(2):
        totals = run_batch(Batch([f"{bucket}/in"], f"{bucket}/out"), LocalEngine(1))
        assert (totals.recordings_done, totals.errors) == (3, 1)
    for name in store.find(f"{BUCKET}/out"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(store.cat_file(name))
    out = tmp_path / BUCKET / "out"
    assert errors(out) == {"damaged": "RecordError"}
    for row in rows(out, "recordings"):
        assert row["signal_sha256"] == analyze(tmp_path / "in" / Path(row["recording"]).name).digest
    store.pipe_file(f"{BUCKET}/in/r1.dat", (tmp_path / "in" / "r2.dat").read_bytes())
    after = find_inputs([f"{bucket}/in"])
    changed = {one.recording for one, other in zip(before, after, strict=True) if one != other}
    assert changed == {f"{bucket}/in/r1.hea"}
