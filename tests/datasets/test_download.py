"""Downloads are checked, resumed and tried again, against a server on this machine."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import pooch
import pytest

from ectopy.datasets import catalog
from ectopy.datasets.catalog import Dataset
from ectopy.datasets.download import download
from ectopy.errors import DatasetError

CONTENT = bytes(range(256)) * 1024


class Server(ThreadingHTTPServer):
    """Serves `content`, and misbehaves as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = {"a.dat": CONTENT, "b.hea": b"header"}
        self.ranges = True
        self.drops = 0
        self.busy = 0
        self.requests: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/files"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name, wanted = self.path.rpartition("/")[2], self.headers.get("Range")
        self.server.requests.append((name, wanted))
        if self.server.busy:
            self.server.busy -= 1
            return self._reply(503, b"")
        if name not in self.server.content:
            return self._reply(404, b"")
        body = self.server.content[name]
        if not (wanted and self.server.ranges):
            return self._reply(200, body)
        first = int(wanted.removeprefix("bytes=").removesuffix("-"))
        return self._reply(206, body[first:]) if first < len(body) else self._reply(416, b"")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.drops and len(body) > 1000:
            self.server.drops -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry(**changes: object) -> Dataset:
    facts: dict[str, object] = {
        "name": "toy",
        "title": "A toy",
        "files": {"a.dat": sha256(CONTENT), "b.hea": sha256(b"header")},
        "licence": "none",
        "citation": "none",
        "doi": "none",
        "url": "http://127.0.0.1:9/never/",
    }
    return Dataset(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the toy set the only one, and an empty folder the cache."""
    monkeypatch.delenv("ECTOPY_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path)
    register(monkeypatch, entry())
    return tmp_path / "toy"


def register(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    monkeypatch.setattr(catalog, "DATASETS", MappingProxyType({"toy": dataset}))


def fetch(server: Server, *, retries: int = 2) -> Path:
    return download("toy", base_url=server.url, progress=False, retries=retries, backoff=0.001)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_file_arrives_whole_and_nothing_else(server: Server, cache: Path):
    assert fetch(server) == cache
    assert (cache / "a.dat").read_bytes() == CONTENT
    assert names_in(cache) == ["a.dat", "b.hea"]


def test_what_is_already_right_costs_no_request(server: Server, cache: Path):
    fetch(server)
    server.requests.clear()
    fetch(server)
    assert server.requests == []


def test_only_the_damaged_file_is_fetched_again(server: Server, cache: Path):
    fetch(server)
    (cache / "b.hea").write_bytes(b"damaged")
    server.requests.clear()
    fetch(server)
    assert server.requests == [("b.hea", None)]
    assert (cache / "b.hea").read_bytes() == b"header"


def test_a_wrong_checksum_is_an_error_and_the_file_is_not_kept(server: Server, cache: Path):
    server.content["a.dat"] = CONTENT[::-1]
    with pytest.raises(DatasetError, match=r"toy: a\.dat from .* is not the published file"):
        fetch(server)
    assert names_in(cache) == []


def test_a_dropped_connection_is_tried_again_from_where_it_broke(server: Server, cache: Path):
    server.drops = 1
    fetch(server)
    assert server.requests[:2] == [("a.dat", None), ("a.dat", f"bytes={len(CONTENT) // 2}-")]
    assert (cache / "a.dat").read_bytes() == CONTENT


def test_a_server_without_ranges_is_read_again_from_the_start(server: Server, cache: Path):
    server.drops, server.ranges = 1, False
    fetch(server)
    assert (cache / "a.dat").read_bytes() == CONTENT


def test_a_download_that_was_broken_off_is_continued_by_the_next(server: Server, cache: Path):
    server.drops = 1
    with pytest.raises(DatasetError, match=r"download from .* failed"):
        fetch(server, retries=0)
    assert not (cache / "a.dat").exists()
    server.requests.clear()
    fetch(server, retries=0)
    assert server.requests[0] == ("a.dat", f"bytes={len(CONTENT) // 2}-")
    assert names_in(cache) == ["a.dat", "b.hea"]


def test_a_partial_file_longer_than_the_published_one_is_thrown_away(server: Server, cache: Path):
    cache.mkdir()
    (cache / "a.dat.part").write_bytes(CONTENT + b"too much")
    fetch(server)
    assert (cache / "a.dat").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again_and_an_absent_file_is_not(server: Server, cache: Path):
    server.busy = 2
    fetch(server)
    del server.content["b.hea"]
    (cache / "b.hea").unlink()
    server.requests.clear()
    with pytest.raises(DatasetError, match="404"):
        fetch(server)
    assert len(server.requests) == 1


def test_a_server_that_stays_busy_ends_in_an_error(server: Server, cache: Path):
    server.busy = 99
    with pytest.raises(DatasetError, match="503"):
        fetch(server)
    assert len(server.requests) == 3


def test_no_server_at_all_ends_in_one_line(cache: Path):
    with pytest.raises(DatasetError, match="try again later") as caught:
        download("toy", progress=False, retries=0)
    assert "\n" not in str(caught.value)


def test_an_archive_is_unpacked_checked_and_removed(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
):
    register(monkeypatch, entry(archive="toy.zip"))
    server.content["toy.zip"] = zipped({"a.dat": CONTENT, "b.hea": b"header", "../evil": b"!"})
    server.drops = 1
    fetch(server)
    assert names_in(cache) == ["a.dat", "b.hea"]
    assert names_in(cache.parent) == ["toy"]
    server.requests.clear()
    fetch(server)
    assert server.requests == []


@pytest.mark.parametrize("members", [{"a.dat": CONTENT}, {"a.dat": CONTENT, "b.hea": b"other"}, None])
def test_an_archive_without_the_published_files_is_refused(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes] | None
):
    register(monkeypatch, entry(archive="toy.zip"))
    server.content["toy.zip"] = b"no zip" if members is None else zipped(members)
    with pytest.raises(DatasetError, match=r"toy\.zip does not hold the published files .* by hand"):
        fetch(server)
    assert "b.hea" not in names_in(cache)
    assert not [name for name in names_in(cache) if name.endswith((".part", ".zip"))]


def test_a_set_that_cannot_be_downloaded_says_how_to_come_by_it(cache: Path, monkeypatch: pytest.MonkeyPatch):
    register(monkeypatch, entry(url="", access="Ask the author."))
    with pytest.raises(DatasetError, match=r"cannot be downloaded by ectopy\. Ask the author\. Then put"):
        download("toy")


def test_an_unknown_name_lists_the_known_ones(cache: Path):
    with pytest.raises(DatasetError, match="'other' is unknown; choose one of: toy"):
        download("other")


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["mitdb", "nstdb", "ecg5000"])
def test_the_published_files_match_the_catalog_and_need_no_server(data_dir: Path, name: str):
    nowhere = "http://127.0.0.1:9/"
    assert download(name, base_url=nowhere, progress=False, retries=0) == data_dir / name
