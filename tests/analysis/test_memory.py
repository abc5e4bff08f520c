"""Two weeks fit into 600 MB: what each beat costs, from the store of judged beats to the tables."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from ectopy.analysis.beat_parts import JudgedBeats
from ectopy.analysis.beat_store import BeatStore
from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import Analysis
from ectopy.analysis.running import Findings
from ectopy.beats.portions import chosen_rows, in_portions
from ectopy.record import Record
from ectopy.report.exports import NO_REPORT, write_outputs
from ectopy.signal.quality_log import QualityLog

FS = 250
RR = 200
"""Samples from beat to beat: 75 a minute."""

PART = 2000
FEW, MANY = 20_000, 50_000
"""Beats of two recordings, the difference of which is what beats cost and nothing else."""

KEPT = 90
"""Bytes a beat that an analysis may keep in memory: two weeks have 1.5 million."""

PEAK = 150
"""Bytes a beat that may be in use at any moment until all tables are written; with the 250 MB that reading
and judging take, whatever the length, two weeks stay below 600 MB."""


def part(first: int, rng: np.random.Generator) -> JudgedBeats:
    """Return judged beats of one shape, some of them ventricular."""
    samples = RR * (1 + np.arange(first, first + PART))
    probabilities = np.tile(np.array([0.97, 0.01, 0.01, 0.01], np.float32), (PART, 1))
    probabilities[::50] = probabilities[::50, [1, 1, 0, 1]]
    beat = np.exp(-0.5 * ((np.arange(96) - 48) / 3) ** 2)
    return JudgedBeats(
        samples=samples,
        r_peaks=samples.astype(np.float64),
        lead=np.zeros(PART, np.int16),
        fault=np.full(PART, -1, np.int8),
        rr=rng.normal(RR / FS, 0.02, PART).astype(np.float32),
        scores=rng.random(PART, np.float32),
        probabilities=probabilities,
        fibrillating=np.zeros(PART, np.bool_),
        spike_delays=np.zeros(PART, np.float16),
        artefact=np.zeros(PART, np.float32),
        waveforms=(beat + 0.02 * rng.standard_normal((PART, 96))).astype(np.float32),
        averages=np.ones((1, 96), np.float32),
    )


def stored(n_beats: int) -> JudgedBeats:
    """Put beats away part by part, and take them back together."""
    rng = np.random.default_rng(n_beats)
    with closing(BeatStore(96)) as store:
        for first in range(0, n_beats, PART):
            store.add(part(first, rng))
        return store.beats(1, 4)


def analysis(n_beats: int) -> Analysis:
    """Return an analysis of so many beats, of a signal that takes no memory."""
    n_samples = RR * (n_beats + 2)
    signal = np.broadcast_to(np.float32(0), (n_samples, 1))
    found = Findings(
        beats=stored(n_beats),
        quality=QualityLog(1),
        spread=np.ones(1, np.float32),
        n_samples=n_samples,
        digest="0",
        fibrillation=np.empty((0, 2), np.int64),
        noisiness=0.0,
        calm_noisiness=0.0,
    )
    return Pipeline.shipped().analysis(Record(signal, FS, ("II",), name="weeks"), found)


@contextmanager
def traced() -> Iterator[None]:
    """Count what is allocated meanwhile."""
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def costs(n_beats: int, folder: Path) -> tuple[int, int]:
    """Return the bytes that an analysis keeps, and the most that are in use until its tables are written."""
    with traced():
        made = analysis(n_beats)
        kept, _ = tracemalloc.get_traced_memory()
        write_outputs(made, folder / str(n_beats), options=NO_REPORT)
        return kept, tracemalloc.get_traced_memory()[1]


def test_a_beat_of_a_long_recording_costs_few_bytes(tmp_path: Path) -> None:
    write_outputs(analysis(PART), tmp_path / "first", options=NO_REPORT)  # loads what is loaded once
    few, many = costs(FEW, tmp_path), costs(MANY, tmp_path)
    kept, peak = ((b - a) / (MANY - FEW) for a, b in zip(few, many, strict=True))
    assert 20 < kept < KEPT
    assert kept < peak < PEAK


def test_beats_that_are_put_away_take_no_memory() -> None:
    store, rng = BeatStore(96), np.random.default_rng(0)
    with closing(store):
        store.add(part(0, rng))
        with traced():
            for number in range(1, 11):
                store.add(part(PART * number, rng))
            assert tracemalloc.get_traced_memory()[0] < 2 * 10 * PART


def test_beats_come_back_from_the_store_as_they_were_put_there() -> None:
    beats, again = stored(3 * PART), np.random.default_rng(3 * PART)
    parts = [part(PART * number, again) for number in range(3)]
    for name in JudgedBeats.__dataclass_fields__:
        if name != "averages":
            together = np.concatenate([getattr(each, name) for each in parts])
            np.testing.assert_array_equal(getattr(beats, name), together, err_msg=name)
            assert getattr(beats, name).dtype == together.dtype


def resident() -> int:
    """Return the bytes of files that are in the memory of this process."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("/proc/self/status, which tells the memory of a process, is there on Linux only")
    line = next(line for line in status.read_text().splitlines() if line.startswith("RssFile"))
    return 1024 * int(line.split()[1])


@pytest.mark.parametrize("step", [0, 1, 100])
def test_waveforms_that_were_looked_at_do_not_stay_in_memory(step: int) -> None:
    waveforms = stored(MANY).waveforms
    before = resident()
    if step:
        looked_at = chosen_rows(waveforms, np.arange(0, MANY, step))
    else:
        looked_at = np.concatenate([some[::100].copy() for _, some in in_portions(waveforms)])
    assert resident() - before < 0.3 * waveforms.nbytes
    np.testing.assert_array_equal(looked_at, waveforms[:: step or 100])
