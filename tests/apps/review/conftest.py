"""A folder of simulated recordings, one of them analysed, and the server's application around it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ectopy.analysis.pipeline import analyze
from ectopy.apps.review.desk import Desk, Options
from ectopy.apps.review.gate import Doorkeeper
from ectopy.apps.review.server import application
from ectopy.apps.review.worklist import Worklist
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import Rhythm, simulate
from review_place import HOME, PORT, place_of


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory) -> Path:
    """A folder of two recordings, of which ``seen`` was analysed."""
    folder = tmp_path_factory.mktemp("review")
    rhythm = Rhythm(ventricular=0.1, supraventricular=0.05)
    for name, seed in (("seen", 3), ("new", 4)):
        write_wfdb(simulate(90, 250, ("II", "V1"), rhythm=rhythm, seed=seed, name=name), folder / name)
    place = place_of(folder, "seen")
    analyze(place.recording, waves=False).save(place.analysis)
    return folder


@pytest.fixture
def folder(reviewed, tmp_path) -> Path:
    """A copy of that folder, for one test to write into; the keys are those of its own paths."""
    target = tmp_path / "day"
    shutil.copytree(reviewed, target)
    old = next((target / "ectopy-review").iterdir())
    old.rename(place_of(target, "seen").folder)
    return target


@pytest.fixture
def desk(folder):
    desk = Desk(Worklist(folder), Options())
    yield desk
    desk.close()


@pytest.fixture
def client(desk) -> TestClient:
    """A browser that has opened the page."""
    client = TestClient(application(desk, Doorkeeper("secret", PORT)), base_url=HOME)
    client.cookies.set(f"ectopy-{PORT}", "secret")
    return client


@pytest.fixture
def stranger(desk) -> TestClient:
    """A browser without the token."""
    return TestClient(application(desk, Doorkeeper("secret", PORT)), base_url=HOME)


@pytest.fixture
def key(folder) -> str:
    return place_of(folder, "seen").key
