"""However the samples of a recording arrive, the result is the same, bit for bit."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.beat_parts import HALO, LAST_PART, PartCutter, part_bounds
from ectopy.analysis.extraction import CutBeats
from ectopy.analysis.leads import preferred_order
from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.running import Findings, RunningAnalysis
from ectopy.beats.template import TEMPLATE_BEATS
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate


def pushed(record: Record, cuts: list[int]) -> Findings:
    """Push a record in pieces that end at the cuts."""
    order = preferred_order(record.leads)
    leads = [record.leads[i] for i in order]
    with closing(RunningAnalysis(Pipeline.shipped(), record.fs, leads)) as running:
        for start, stop in zip([0, *cuts], [*cuts, record.n_samples], strict=True):
            running.push(record.signal[start:stop, order])
        return running.flush()


def assert_equal(one: Findings, other: Findings, record: Record) -> None:
    for name in ("samples", "lead", "fault", "rr", "scores", "probabilities", "waveforms", "averages"):
        np.testing.assert_array_equal(getattr(one.beats, name), getattr(other.beats, name), err_msg=name)
    assert one.quality.spans(record.fs, record.leads) == other.quality.spans(record.fs, record.leads)
    assert one.quality.usable_share == other.quality.usable_share
    assert (one.digest, one.n_samples) == (other.digest, other.n_samples)
    np.testing.assert_array_equal(one.fibrillation, other.fibrillation)
    assert one.noisiness == other.noisiness
    assert one.calm_noisiness == other.calm_noisiness


@pytest.mark.parametrize("fs", [128, 250, 257, 360])
def test_any_cuts_give_the_same_bits(fs: float) -> None:
    record = simulate(700, fs, ("II", "V1"), rhythm=Rhythm(ventricular=0.05), seed=int(fs), name="cut")
    rng = np.random.default_rng(int(fs))
    signal = record.signal.copy()
    for start in rng.integers(0, record.n_samples, 6):
        signal[start : start + int(rng.integers(1, 12 * fs)), rng.integers(0, 2)] = np.nan
    signal[300 * int(fs) : 305 * int(fs)] = np.nan
    record = replace(record, signal=signal)
    whole = pushed(record, [])
    assert len(whole.beats) > 500
    few = sorted(rng.integers(0, record.n_samples, 5).tolist())
    assert_equal(pushed(record, few), whole, record)
    packets = list(range(0, record.n_samples, round(0.7 * fs)))[1:]
    assert_equal(pushed(record, packets), whole, record)


@pytest.mark.parametrize("name", ["119", "207", "233"])
def test_any_cuts_of_real_recordings_give_the_same_bits(data_dir, name: str) -> None:
    from ectopy.io.registry import open_record

    record = open_record(data_dir / "mitdb" / name)
    rng = np.random.default_rng(int(name))
    cuts = sorted(rng.integers(0, record.n_samples, 40).tolist())
    assert_equal(pushed(record, cuts), pushed(record, []), record)


def numbered(start: int, stop: int) -> CutBeats:
    samples = np.arange(start, stop)
    return CutBeats(
        samples,
        np.zeros((len(samples), 1, 2), np.float32),
        np.zeros((len(samples), 1, 5)),
        samples.astype(float),
        np.ones((len(samples), 1), bool),
        np.ones((len(samples), 1), bool),
        np.zeros(len(samples), bool),
        np.zeros((len(samples), 1), np.float32),
        np.tile(np.array([0, 2]), (len(samples), 1)),
    )


@pytest.mark.parametrize("n_beats", [1, 1999, 2999, 3000, 4999, 5000, 9100])
def test_parts_lie_on_a_grid_and_have_halos(n_beats: int) -> None:
    cutter, rng = PartCutter(), np.random.default_rng(n_beats)
    parts, start = [], 0
    while start < n_beats:
        stop = min(n_beats, start + int(rng.integers(1, 700)))
        parts += cutter.push(numbered(start, stop))
        start = stop
    parts += cutter.flush()
    cores = [part.samples[core] for part, core in parts]
    assert [(core[0], core[-1] + 1) for core in cores] == part_bounds(n_beats)
    for (part, _), (start, stop) in zip(parts, part_bounds(n_beats), strict=True):
        assert (part.samples[0], part.samples[-1] + 1) == (max(0, start - HALO), min(stop + HALO, n_beats))


def test_the_last_part_is_never_small() -> None:
    for n_beats in range(1, 4 * TEMPLATE_BEATS, 97):
        sizes = [stop - start for start, stop in part_bounds(n_beats)]
        assert sum(sizes) == n_beats
        assert set(sizes[:-1]) <= {TEMPLATE_BEATS}
        assert len(sizes) == 1 or sizes[-1] >= LAST_PART
