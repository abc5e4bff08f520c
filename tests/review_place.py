"""Where the recordings of the tests of `ectopy.apps.review` lie, and who may ask for them."""

from __future__ import annotations

from pathlib import Path

from ectopy.apps.review.worklist import Place, Worklist

PORT = 8765
HOME = f"http://127.0.0.1:{PORT}"
OURS = {"origin": HOME}


def place_of(folder: Path, title: str) -> Place:
    return next(place for place in Worklist(folder).places.values() if place.title == title)
