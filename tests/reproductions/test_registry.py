"""Every published system is found by its name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from ectopy.errors import ParameterError
from ectopy.reproductions.registry import STUDIES, reproduce
from ectopy.reproductions.study import Settings


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_where_the_table_says(name: str):
    module, attribute = STUDIES[name].place.split(":")
    assert callable(getattr(import_module(module), attribute))


def test_an_unknown_study_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(ParameterError, match="choose one of: dense-autoencoder, ecg5000-lstm"):
        reproduce("dense", Settings(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
