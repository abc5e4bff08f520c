"""A recording cut into overlapping chunks gives the result of the whole, wherever it is cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.signal import (
    assess,
    assess_reach,
    bandpass,
    bandpass_reach,
    block_length,
    denoise,
    denoise_reach,
    fill_missing,
    fill_reach,
    notch,
    notch_reach,
    rational_ratio,
    resample,
    resample_reach,
)

FS = 250


@dataclass(frozen=True)
class Step:
    """A function of samples, how far it looks, where its chunks may start, and how exact it is."""

    apply: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.generic]]
    reach: int
    grid: int = 1
    rate: Fraction = Fraction(1)
    takes_gaps: bool = False
    atol: float = 0


def resampling(fs: float, target_fs: float) -> Step:
    ratio = rational_ratio(fs, target_fs)
    return Step(
        lambda x: resample(x, fs, target_fs),
        resample_reach(fs, target_fs),
        grid=ratio.down,
        rate=Fraction(ratio.up, ratio.down),
    )


STEPS = {
    "fill_missing": Step(lambda x: fill_missing(x, FS, 0.3), fill_reach(FS, 0.3), takes_gaps=True),
    "bandpass": Step(lambda x: bandpass(x, FS), bandpass_reach(FS), atol=1e-5),
    "highpass": Step(lambda x: bandpass(x, FS, 1, None), bandpass_reach(FS, 1, None), atol=1e-5),
    "lowpass": Step(lambda x: bandpass(x, FS, None, 30), bandpass_reach(FS, None, 30), atol=1e-5),
    "notch": Step(lambda x: notch(x, FS, 50, 2), notch_reach(FS, 50, 2), atol=1e-5),
    "resample down": resampling(FS, 120),
    "resample up": resampling(FS, 360),
    "resample by an integer": resampling(360, 120),
    "assess": Step(lambda x: assess(x, FS), assess_reach(FS), grid=block_length(FS), takes_gaps=True),
    "assess at 1 kHz": Step(
        lambda x: assess(x, 1000), assess_reach(1000), block_length(1000), takes_gaps=True
    ),
    "assess at 64 Hz": Step(lambda x: assess(x, 64), assess_reach(64), block_length(64), takes_gaps=True),
    "denoise": Step(lambda x: denoise(x, level=4, threshold=0.2), denoise_reach(level=4), grid=16, atol=1e-5),
}


def troubled(n_samples: int, rng: np.random.Generator, gaps: bool) -> npt.NDArray[np.float32]:
    """Beats, noise that comes and goes, jumps, rails, flat stretches and, if wanted, gaps."""
    times = np.arange(n_samples)
    x = np.exp(-(((times % 200 - 100) / 5) ** 2)) + 0.02 * rng.normal(size=n_samples)
    for kind in ("noise", "jump", "rail", "flat", "gap"):
        for _ in range(4):
            first = int(rng.integers(n_samples))
            part = slice(first, first + int(rng.integers(5, n_samples // 8)))
            length = len(x[part])
            if kind == "noise":
                x[part] += 0.3 * rng.normal(size=length)
            elif kind == "jump":
                x[part] += 2 * rng.normal()
            elif kind == "rail":
                x[part] = np.clip(2.0 * np.sin(np.arange(length) / 9), -1.5, 1.5)
            elif kind == "flat":
                x[part] = 0.25
            elif gaps:
                x[part] = np.nan
    return x.astype(np.float32)


@pytest.mark.parametrize("name", STEPS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_a_chunk_gives_what_the_whole_gives(name: str, data: st.DataObject) -> None:
    step = STEPS[name]
    n_samples = 3 * step.reach + data.draw(st.integers(200, 6000), "n_samples beyond three reaches")
    x = troubled(n_samples, np.random.default_rng(data.draw(st.integers(0, 999), "seed")), step.takes_gaps)
    shortest = 2 * step.reach + 100
    first = step.grid * data.draw(st.integers(0, (n_samples - shortest) // step.grid), "first block")
    last = data.draw(st.integers(first + shortest, n_samples), "last")
    whole, chunk = step.apply(x), step.apply(x[first:last])
    begin = first + step.reach if first else 0
    end = last - step.reach if last < n_samples else n_samples
    i, j = ceil(begin * step.rate), ceil(end * step.rate)
    shift = int(first * step.rate)
    np.testing.assert_allclose(chunk[i - shift : j - shift], whole[i:j], rtol=0, atol=step.atol)


def test_the_trouble_holds_every_fault() -> None:
    flags = assess(troubled(60_000, np.random.default_rng(3), gaps=True), FS)
    assert np.bitwise_or.reduce(flags) == 63
