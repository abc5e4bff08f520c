"""Recordings behind web addresses: found, fetched, noticed when they change, told when they are not there."""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import os
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import run

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from batch_tables import contents, errors, rows
from ectopy.apps.batch.inputs import find_inputs
from ectopy.apps.batch.run import Batch, run_batch
from ectopy.engines.local import LocalEngine
from ectopy.errors import ParameterError
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import simulate

pytest.importorskip("aiohttp", reason="the extra cloud is not installed")


class Pages(SimpleHTTPRequestHandler):
    """A folder as pages of links; some requests fail, and some servers list nothing."""

    def __init__(self, *arguments: object, fails: Iterator[bool], lists: bool, directory: str) -> None:
        self._fails, self._lists = fails, lists
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if next(self._fails):
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            super().do_GET()

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # type: ignore[override]
        if self._lists:
            listing = super().list_directory(path)
            if listing:
                self.copyfile(listing, self.wfile)
        else:
            self.send_error(HTTPStatus.FORBIDDEN)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Site:
    """A server on this machine."""

    server: ThreadingHTTPServer
    scheme: str

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"


Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve a folder, and stop with the test."""
    servers = []

    def begin(
        folder: Path,
        *,
        fails: Iterator[bool] | None = None,
        lists: bool = True,
        certificate: Path | None = None,
    ) -> str:
        handler = partial(Pages, fails=fails or itertools.repeat(False), lists=lists, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return Site(server, "http" if certificate is None else "https").address

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings, a damaged one, and a list."""
    root = tmp_path_factory.mktemp("site")
    (root / "ward").mkdir()
    for number, folder in enumerate((root, root / "ward")):
        write_wfdb(simulate(10, 250, seed=number, name=f"r{number}"), folder / f"r{number}")
    (root / "damaged.edf").write_bytes(b"0       " + b"x" * 300)
    (root / "RECORDS").write_text("r0\nward/r1\n")
    (root / "notes.html").write_text("<a href='ward/'>ward</a>")
    return root


def test_a_page_of_links_is_a_folder_and_gives_the_tables_of_one(
    serve: Serve, recordings: Path, tmp_path: Path
):
    fails = itertools.cycle([False] * 6 + [True])
    site = serve(recordings, fails=fails)
    totals = run_batch(Batch([f"{site}/"], str(tmp_path / "web")), LocalEngine(1))
    assert (totals.recordings_done, totals.errors) == (3, 1)
    assert errors(tmp_path / "web") == {"damaged": "RecordError"}
    run_batch(Batch([str(recordings)], str(tmp_path / "here")), LocalEngine(1))
    web, here = (
        {
            row["record"]: (row["signal_sha256"], row["n_beats"], row["n_bytes"])
            for row in rows(out, "recordings")
        }
        for out in (tmp_path / "web", tmp_path / "here")
    )
    assert web == here


@pytest.mark.parametrize("given", ["r0", "r0.hea", "RECORDS", "@RECORDS"])
def test_a_server_that_lists_nothing_is_asked_for_the_files_of_a_record(
    given: str, serve: Serve, recordings: Path
):
    site = serve(recordings, lists=False)
    at, name = ("@", given[1:]) if given.startswith("@") else ("", given)
    found = find_inputs([f"{at}{site}/{name}"])
    assert found[0].recording == f"{site}/r0.hea"
    sizes = [(recordings / f"r0.{suffix}").stat().st_size for suffix in ("dat", "hea")]
    assert found[0].n_bytes == sum(sizes)


def test_a_recording_that_changes_on_its_server_is_another_one(
    serve: Serve, recordings: Path, tmp_path: Path
):
    site, path = serve(recordings), recordings / "ward" / "r1.dat"
    (before,) = find_inputs([f"{site}/ward/r1"])
    os.utime(path, (1, 1))
    (after,) = find_inputs([f"{site}/ward/r1"])
    assert before.identity != after.identity
    assert before.n_bytes == after.n_bytes


def test_what_is_not_there_or_cannot_be_listed_is_told(serve: Serve, recordings: Path):
    listing, silent = serve(recordings), serve(recordings, lists=False)
    with pytest.raises(ParameterError, match=r"/r9: no such recording; check the path"):
        find_inputs([f"{listing}/r9"])
    with pytest.raises(ParameterError, match=r"cannot be listed .*; check address and rights"):
        find_inputs([f"{silent}/"])
    with pytest.raises(ParameterError, match="ends with /"):
        find_inputs([f"{listing}/ward"])


def test_https_is_asked_for_its_certificate(serve: Serve, recordings: Path, tmp_path: Path):
    certificate = write_certificate(tmp_path / "server.pem")
    site = serve(recordings, certificate=certificate)
    command = [sys.executable, "-m", "ectopy", "batch", f"{site}/RECORDS", "--quiet", "--jobs", "1"]
    out = tmp_path / "out"
    trusted = {**os.environ, "SSL_CERT_FILE": str(certificate)}
    done = run([*command, "--out", str(out)], env=trusted, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [row["recording"] for row in rows(out, "recordings")] == [f"{site}/r0.hea", f"{site}/ward/r1.hea"]
    assert contents(out)
    refused = run([*command, "--out", str(tmp_path / "no")], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "certificate" in " ".join(refused.stderr.split())


@pytest.mark.parametrize("protocol", ["gs", "abfs"])
def test_a_store_whose_package_is_missing_is_told_with_what_installs_it(
    protocol: str, monkeypatch: pytest.MonkeyPatch
):
    for package in ("gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ParameterError, match=rf"{protocol}://.*install it with: pip install .*\[cloud\]"):
        find_inputs([f"{protocol}://bucket/holters/"])


def write_certificate(path: Path) -> Path:
    """Write a certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path
