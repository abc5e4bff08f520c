"""A folder of files that stand for recordings, and a batch of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ectopy.apps.batch.division import PartSize
from ectopy.apps.batch.run import Batch
from ectopy.engines.worker import Limits
from hostile import Hostile

Files = Callable[..., Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Make files of these names in a folder."""

    def make(*names: str, folder: str = "in") -> Path:
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for name in names:
            if not (root / f"{name}.edf").exists():
                (root / f"{name}.edf").write_text(name)
        return root

    return make


@pytest.fixture
def hostile(tmp_path: Path) -> Callable[..., Batch]:
    """Return a batch whose recordings do what their names say."""

    def make(*given: Path | str, out: str = "out", **changes: Any) -> Batch:
        batch = Batch(
            [str(each) for each in given],
            str(tmp_path / out),
            part_size=PartSize(4, 1 << 30),
            limits=Limits(seconds=30),
            start=Hostile,
        )
        return replace(batch, **changes)

    return make
