"""A stream tells beats within 1.5 s, and in the end exactly what the analysis of the whole recording does."""

from __future__ import annotations

import gc
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.analysis.pipeline import analyze
from ectopy.analysis.result import Analysis
from ectopy.analysis.stream import FINAL_AFTER, LATENCY, Stream, StreamBeat, final_beats
from ectopy.analysis.stream_events import EventWatch
from ectopy.analysis.stream_source import KEPT
from ectopy.beats.alignment import REACH
from ectopy.errors import ParameterError, RecordError
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate
from fibrillating import FS, fibrillating


def streamed(record: Record, cuts: list[int]) -> tuple[list[StreamBeat], list[float], Analysis]:
    """Push a record in packets that end at the cuts; return beats, how late each came, and the analysis."""
    beats, late = [], []
    with Stream(record.fs, record.leads, name=record.name) as stream:
        for start, stop in zip([0, *cuts], [*cuts, record.n_samples], strict=True):
            lost = np.isnan(record.signal[start:stop]).all()
            told = stream.push(None, stop - start) if lost else stream.push(record.signal[start:stop])
            beats += told
            late += [(stop - beat.sample) / record.fs for beat in told]
        return beats, late, stream.flush()


def with_gaps(record: Record, seed: int) -> Record:
    """Return a record some packets of which were lost, on one lead or on all."""
    rng, signal = np.random.default_rng(seed), record.signal.copy()
    for start in rng.integers(0, record.n_samples, 4):
        stop = start + int(rng.integers(1, 4 * record.fs))
        signal[start:stop, rng.choice([0, 1, slice(None)])] = np.nan
    return replace(record, signal=signal)


def assert_same(one: Analysis, other: Analysis) -> None:
    for name in ("scores", "probabilities", "clusters", "beat_leads", "quality", "classes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in ("samples", "rr", "waveforms"):
        np.testing.assert_array_equal(getattr(one.beats, name), getattr(other.beats, name), err_msg=name)
    assert (one.events, one.spans, one.warnings) == (other.events, other.spans, other.warnings)
    assert (one.digest, one.record.n_samples) == (other.digest, other.record.n_samples)


@pytest.mark.parametrize(("fs", "leads"), [(125, ("V1", "II")), (257, ("II", "V1")), (360, ("V5", "aVF"))])
def test_any_packets_with_gaps_end_in_the_analysis_of_the_whole(fs: float, leads: tuple[str, ...]) -> None:
    record = simulate(40, fs, leads, rhythm=Rhythm(ventricular=0.1), seed=int(fs), name="heart")
    record = with_gaps(record, seed=int(fs))
    whole = analyze(record, waves=False)
    cuts = np.sort(np.random.default_rng(int(fs)).integers(0, record.n_samples, 99)).tolist()
    beats, _, analysis = streamed(record, cuts)
    assert_same(analysis, whole)
    again, _, _ = streamed(record, [])
    assert again == beats


@pytest.mark.parametrize("name", ["119", "207"])
def test_packets_of_a_real_recording_end_in_the_analysis_of_the_whole(data_dir: Path, name: str) -> None:
    from ectopy.io.registry import open_record

    record = open_record(data_dir / "mitdb" / name)
    record = replace(record, signal=record.signal[: 30 * 360], annotations=None)
    beats, _, analysis = streamed(record, list(range(14, record.n_samples, 14)))
    assert_same(analysis, analyze(record, waves=False))
    assert len(beats) > 0.9 * len(analysis.beats)


@pytest.mark.parametrize("packet", [0.004, 0.04])
def test_beats_are_told_within_a_second_and_a_half(packet: float) -> None:
    record = simulate(25, 250, ("II", "V1"), rhythm=Rhythm(ventricular=0.1), seed=3)
    step = round(packet * record.fs)
    beats, late, analysis = streamed(record, list(range(step, record.n_samples, step)))
    assert max(late) <= 1.5
    assert LATENCY + REACH + 0.04 <= 1.5
    told = np.array([beat.sample for beat in beats])
    assert (np.diff(told) > 0).all()
    settled = analysis.beats.samples < record.n_samples - LATENCY * record.fs
    n_settled = settled.sum()
    final = analysis.beats.samples[settled]
    np.testing.assert_allclose(told[:n_settled], final, atol=0.06 * record.fs)
    same = np.array([beat.label for beat in beats[:n_settled]]) == analysis.classes[settled]
    assert same.mean() > 0.9


def test_a_provisional_beat_carries_its_rate() -> None:
    record = simulate(20, 250, ("II",), heart_rate=75, rhythm=Rhythm(), seed=1)
    beats, _, _ = streamed(record, [])
    assert beats[0].rate is None
    assert np.median([beat.rate for beat in beats[1:]]) == pytest.approx(75, abs=4)
    assert not any(beat.final or beat.score is not None for beat in beats)


def test_across_lost_packets_there_is_no_rate_and_no_beat() -> None:
    record = simulate(40, 250, ("II",), seed=2)
    signal = record.signal.copy()
    signal[15 * 250 : 22 * 250] = np.nan
    beats, _, _ = streamed(replace(record, signal=signal), list(range(10, 10_000, 10)))
    assert not [beat for beat in beats if 15.1 < beat.time < 21.9]
    after = next(beat for beat in beats if beat.time > 21.9)
    assert after.rate is None


@pytest.mark.parametrize("seed", [0, 2])
def test_an_electrode_that_moves_raises_no_ventricular_alarm(seed: int) -> None:
    record = simulate(90, 250, ("II",), rhythm=Rhythm(ventricular=0.06), seed=seed)
    hand = np.convolve(np.random.default_rng(seed).standard_normal(2100), np.hanning(25) / 5, "same")
    signal = record.signal.copy()
    signal[50 * 250 : 58 * 250, 0] += 1.2 * (hand[:2000] * np.hanning(2000)).astype(np.float32)
    beats, _, _ = streamed(replace(record, signal=signal), list(range(25, 90 * 250, 25)))
    told = [beat for beat in beats if not beat.final]
    assert "V" not in [beat.label for beat in told if 50 < beat.time < 58]
    assert [beat.label for beat in told if not 49 < beat.time < 59].count("V") >= 4


def test_fibrillation_is_told_within_ten_seconds_and_until_it_ends() -> None:
    fs, signal = FS, fibrillating()
    told = []
    with Stream(fs, ["II"]) as stream:
        for second in range(len(signal) // fs):
            stream.push(signal[second * fs : (second + 1) * fs])
            told.append(stream.fibrillating_since)
    assert not any(told[:41])
    assert told[50] == pytest.approx(40, abs=2)
    assert told[68] is not None
    assert not any(told[85:])


def test_parts_become_final_while_the_stream_runs() -> None:
    record = simulate(600, 100, ("II",), heart_rate=200, rhythm=Rhythm(), seed=5, name="fast")
    record = replace(record, signal=np.tile(record.signal, (3, 1)), annotations=None)
    with Stream(record.fs, record.leads, name="fast") as stream:
        stream._provisional = Mute(stream._provisional.step)
        told: list[StreamBeat] = []
        for start in range(0, record.n_samples, 50):
            if start > 0.9 * record.n_samples:
                wait(stream._running._waiting)  # parts are judged in a thread of their own
            told += stream.push(record.signal[start : start + 50])
        analysis = stream.flush()
    early = [beat for beat in told if beat.final]
    assert len(analysis.beats) > FINAL_AFTER
    assert len(early) >= 2000
    assert early == list(final_beats(analysis))[: len(early)]
    assert_same(analysis, analyze(record, waves=False))


def test_memory_does_not_grow_with_the_stream() -> None:
    """Nothing that is kept grows but a few numbers a beat: the arrays of the stream stay as large."""
    record = simulate(60, 125, ("II",), seed=4)

    def held() -> int:
        gc.collect()
        arrays = (each for each in gc.get_objects() if issubclass(type(each), np.ndarray))
        return sum(each.nbytes for each in arrays)

    with Stream(record.fs, record.leads) as stream:
        stream._provisional = Mute(stream._provisional.step)
        sizes = []
        for _ in range(4):
            for _ in range(15):
                for start in range(0, record.n_samples, 5):
                    stream.push(record.signal[start : start + 5])
            sizes.append(held())
    hour = 900 * record.fs * 4
    assert max(sizes[1:]) - sizes[1] < hour / 2


class Mute:
    """In place of the provisional detection, which keeps a fixed number of samples and beats."""

    def __init__(self, step: int) -> None:
        self.step = step

    def push(self, samples: np.ndarray) -> None:
        return None


def test_the_source_of_a_stream_has_its_last_minutes() -> None:
    record = simulate(20, 125, ("V1", "II"), seed=4)
    signal = np.tile(record.signal, (40, 1))
    with Stream(record.fs, record.leads) as stream:
        stream._provisional = Mute(stream._provisional.step)
        stream.push(signal)
        source = stream.flush().record
    assert (source.n_samples, source.leads) == (len(signal), record.leads)
    kept = round(KEPT * record.fs)
    np.testing.assert_array_equal(source.read(len(signal) - kept, len(signal) + 9), signal[-kept:])
    assert np.isnan(source.read(0, 100)).all()
    assert source.read(0, 100).shape == (100, 2)
    assert "were kept" in source.comments[0]


def test_events_are_told_once_when_they_are_over() -> None:
    labels = "NNVVNNVNVNVNNNVNNVNNVNNNVVVVNNNN"
    watch, told = EventWatch(fs=1), []
    for place, label in enumerate(labels):
        rr = 3.0 if place == len(labels) - 2 else 1.0
        beat = StreamBeat(place, float(place), "II", rr, label, 0.9, None, final=False)
        told += [(event.kind, event.first, event.last, place) for event in watch.push(beat)]
    assert told == [
        ("ventricular couplet", 2, 3, 4),
        ("ventricular bigeminy", 6, 10, 12),
        ("ventricular trigeminy", 14, 20, 23),
        ("ventricular run", 24, 27, 28),
        ("pause", 29, 30, 30),
    ]


@pytest.mark.parametrize(
    ("samples", "about"), [(np.zeros((5, 3)), r"\(5, 3\); give \(n, 2\)"), (np.zeros(5), r"\(5,\)")]
)
def test_a_packet_of_another_shape_is_refused(samples: np.ndarray, about: str) -> None:
    with Stream(250, ["II", "V1"]) as stream, pytest.raises(ParameterError, match=about):
        stream.push(samples)


def test_an_ended_stream_takes_no_more() -> None:
    record = simulate(10, 250, ("II",), seed=1)
    with Stream(250, ["II"]) as stream:
        stream.push(record.signal)
        stream.flush()
        with pytest.raises(ParameterError, match="another Stream"):
            stream.push(record.signal)
        with pytest.raises(ParameterError, match="twice"):
            stream.flush()


def test_what_cannot_be_streamed_is_refused() -> None:
    with pytest.raises(RecordError, match="20 Hz"):
        Stream(20, ["II"])
    with pytest.raises(ParameterError, match="leads"):
        Stream(250, [])
    with pytest.raises(ParameterError, match="n_missing"), Stream(250, ["II"]) as stream:
        stream.push(None, -1)
    with Stream(250, ["II"]) as stream:
        stream.push(np.zeros(750))
        with pytest.raises(RecordError, match=r"3\.0 s"):
            stream.flush()
