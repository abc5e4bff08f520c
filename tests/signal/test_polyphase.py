"""Changing the rate gives what the textbook routine gives, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal as dsp

from ectopy.signal.polyphase import upfirdn


@pytest.mark.parametrize(("up", "down"), [(1, 1), (1, 3), (3, 1), (12, 25), (25, 12), (441, 160), (1, 8)])
@pytest.mark.parametrize("n_samples", [1, 2, 50, 20_011])
@pytest.mark.parametrize("n_taps", [1, 2, 7, 97, 817])
def test_it_is_the_textbook_routine(up: int, down: int, n_samples: int, n_taps: int) -> None:
    rng = np.random.default_rng(n_samples + n_taps)
    x = rng.standard_normal(n_samples).astype(np.float32)
    kernel = rng.standard_normal(n_taps).astype(np.float32)
    expected = dsp.upfirdn(kernel, x, up, down)
    assert upfirdn(kernel, x, up, down).dtype == expected.dtype
    np.testing.assert_array_equal(upfirdn(kernel, x, up, down), expected)


def test_a_long_recording_gives_the_bits_of_its_chunks() -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal(300_000).astype(np.float32), rng.standard_normal(97).astype(np.float32)
    whole, start = upfirdn(kernel, x, 2, 3), 150_000
    chunk = upfirdn(kernel, x[start:], 2, 3)[97:-97]
    np.testing.assert_array_equal(chunk, whole[start * 2 // 3 :][97 : 97 + len(chunk)])
