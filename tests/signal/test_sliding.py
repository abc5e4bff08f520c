"""Sliding windows give what scipy gives, bit for bit, on rows of all lengths."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib.machinery import PathFinder
from types import SimpleNamespace
from typing import Literal
from unittest.mock import MagicMock

import numpy as np
import pytest
from scipy import ndimage

from ectopy.signal import rank_filter, sliding


@pytest.mark.parametrize("mode", ["nearest", "constant"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 3, 8, 31, 101])
@pytest.mark.parametrize("n", [1, 2, 30, 1000, 12_000])
def test_they_are_the_textbook_routines(
    n: int, size: int, dtype: type[np.float32], mode: Literal["nearest", "constant"]
) -> None:
    rows = np.random.default_rng(n + size).standard_normal((2, n)).astype(dtype)
    same = np.testing.assert_array_equal
    same(sliding.uniform_filter1d(rows, size, mode=mode), ndimage.uniform_filter1d(rows, size, mode=mode))
    same(sliding.maximum_filter1d(rows, size, mode=mode), ndimage.maximum_filter1d(rows, size, mode=mode))
    row = rows[0]
    same(sliding.median_filter(row, size, mode=mode), ndimage.median_filter(row, size, mode=mode))
    for percentile in (20, 25, 75, 80):
        found = sliding.percentile_filter(row, percentile, size, mode=mode)
        same(found, ndimage.percentile_filter(row, percentile, size, mode=mode))
        assert found.dtype == dtype


def test_ranks_are_the_same_where_scipy_keeps_its_compiled_filter_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    compiled = sliding.median_filter(row, 31, mode="nearest")
    monkeypatch.setattr(rank_filter, "_compiled", lambda: None)
    np.testing.assert_array_equal(sliding.median_filter(row, 31, mode="nearest"), compiled)


@pytest.mark.parametrize("answer", [lambda *_: None, lambda row: row])
def test_a_compiled_filter_that_has_changed_is_not_believed(
    answer: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "module_from_spec", lambda _: SimpleNamespace(rank_filter=answer))
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: SimpleNamespace(loader=MagicMock()))
    assert rank_filter._compiled.__wrapped__() is None
