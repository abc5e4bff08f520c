"""Pictures of the reproduced studies: drawn from what the studies wrote, small, and on their page."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

pytest.importorskip("torch")

DOCS = Path(__file__).parents[2] / "docs"
LARGEST = 250_000
"""Bytes of a picture that is committed."""


def test_every_picture_of_the_page_is_committed_and_small() -> None:
    linked = re.findall(r"\]\((pictures/[^)]+)\)", (DOCS / "reproductions.md").read_text(encoding="utf-8"))
    assert set(linked) == {f"pictures/{path.name}" for path in (DOCS / "pictures").glob("*.png")}
    for study in ("ptb-conv", "wavelet-cnn", "dense-autoencoder", "ecg5000"):
        assert any(study in name for name in linked), study
    assert all((DOCS / name).stat().st_size < LARGEST for name in linked)


def test_curves_are_drawn_from_the_files_of_a_study(tmp_path: Path) -> None:
    script = runpy.run_path(str(DOCS / "make_reproduction_pictures.py"))
    script["draw"]("dense-autoencoder", script["STORED"]["dense-autoencoder"], tmp_path)
    names = {f"dense-autoencoder-{name}.png" for name in ("compression", "denoising", "few-labels")}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert all((DOCS / "pictures" / name).is_file() for name in names)
