"""Fixtures that many tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one core each


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real recordings, laid out as one folder a dataset."""
    value = os.environ.get("ECTOPY_DATA_DIR")
    if not value:
        pytest.skip("set ECTOPY_DATA_DIR to a folder of real recordings to run this test")
    return Path(value).resolve()
