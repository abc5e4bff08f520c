"""What the server refuses: strangers, other pages, other names of the machine, paths, huge requests."""

from __future__ import annotations

import pytest

from ectopy.apps.review.gate import LARGEST_BODY
from review_place import OURS


def paths(key: str) -> list[str]:
    api = f"/api/recordings/{key}"
    return [
        "/",
        "/static/main.js",
        "/palette.css",
        "/api/recordings",
        api,
        f"{api}/state",
        f"{api}/signal",
        f"/recordings/{key}/report",
    ]


def test_nothing_is_told_without_the_token(stranger, key):
    for path in paths(key):
        assert stranger.get(path).status_code == 401, path
    assert stranger.get("/?token=guess").status_code == 401
    assert stranger.get("/static/main.js?token=secret").status_code == 401
    assert stranger.post(f"/api/recordings/{key}/edits", json={}, headers=OURS).status_code == 401


def test_the_address_gives_the_cookie_that_no_script_and_no_other_site_gets(stranger):
    answer = stranger.get("/?token=secret")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert stranger.get("/api/recordings").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8765", "null"]
)
def test_pages_of_other_origins_are_refused(client, key, origin):
    assert client.get("/api/recordings", headers={"origin": origin}).status_code == 403
    assert client.post(f"/api/recordings/{key}/undo", json={}, headers={"origin": origin}).status_code == 403


def test_a_change_needs_an_origin(client, key):
    assert client.post(f"/api/recordings/{key}/undo", json={}).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example:8765", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8765"]
)
def test_other_names_of_the_machine_are_refused(client, host):
    assert client.get("/api/recordings", headers={"host": host}).status_code == 421


def test_what_another_page_embeds_is_refused(client):
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client.get("/static/main.js", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2fserver.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/api/recordings/..%2f..%2fetc%2fpasswd",
        "/api/recordings/%2e%2e/state",
        "/recordings/..%5c..%5cwindows/report",
    ],
)
def test_no_path_leads_out(client, path):
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text
    assert "import" not in answer.text


def test_huge_requests_are_refused(client, key):
    edits = f"/api/recordings/{key}/edits"
    long = b'{"a":"' + b"x" * LARGEST_BODY + b'"}'
    assert client.post(edits, content=long, headers=OURS).status_code == 413

    def pieces():
        for _ in range(3 + LARGEST_BODY // 1_000_000):
            yield b"x" * 1_000_000

    assert client.post(edits, content=pieces(), headers=OURS).status_code == 413
    deep = b"[" * 100_000
    assert client.post(edits, content=deep, headers=OURS).status_code == 400


def test_every_answer_keeps_the_page_to_itself(client, key):
    for path in paths(key)[:-2]:
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["cache-control"] == "no-store", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "server" not in headers, path
