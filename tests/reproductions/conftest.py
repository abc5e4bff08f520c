"""A quick run of each study, made once and looked at by every test that wants it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from ectopy.reproductions.registry import reproduce
from ectopy.reproductions.study import Reproduction, Settings
from ectopy.reproductions.wavelet_cnn import classification
from ectopy.reproductions.wavelet_cnn.beats import simulated_records

QuickRun = Callable[[str], tuple[Path, Reproduction]]


@pytest.fixture(scope="session")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> QuickRun:
    """Return name → the folder that a quick run of the study wrote, and what it found."""
    out = tmp_path_factory.mktemp("reproduced")

    @cache
    def run(name: str) -> tuple[Path, Reproduction]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(classification, "simulated_records", lambda: simulated_records(40))
            patch.setattr(classification, "FILLED", {"F": 100, "S": 120})
            return out / name, reproduce(name, Settings(out, quick=True))

    return run
