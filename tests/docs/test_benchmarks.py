"""Benchmarks name functions of the package: a function that moved must not leave them behind."""

from __future__ import annotations

import runpy
from functools import reduce
from importlib import import_module
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_each_stage_of_an_analysis_is_there_to_be_timed() -> None:
    stages = runpy.run_path(str(BENCHMARKS / "end_to_end.py"))["STAGES"]
    for place in stages.values():
        module, _, name = place.partition(":")
        assert callable(reduce(getattr, name.split("."), import_module(module))), place
