"""How well the provisional beats of a stream agree with the final ones, how late they come, and their cost.

Writes ``benchmarks/results/stream.json``. The first minutes of each record of MIT-BIH are pushed in packets
of 40 ms; the final beats are those of the analysis of the whole record. DS1 served for choosing the constants
of `ectopy.analysis.provisional`; DS2 is looked at to report. ``normal`` counts false alarms in strips of
``cinc2017`` without ectopic beats, ``fibrillation`` the seconds until ventricular fibrillation is told in
``cudb``, and whether it is told in DS1; both on people learned from. Memory is that of a simulated stream.
Without an argument all parts are measured, otherwise those that are named.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ectopy.analysis.ongoing_fibrillation import OngoingFibrillation
from ectopy.analysis.pipeline import Pipeline, analyze, shipped_pipeline
from ectopy.analysis.provisional import LOOK_BACK, STEP, WAIT
from ectopy.analysis.stream import Stream, StreamBeat
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.cudb import arrhythmia_onset, cudb_records, load_cudb_record
from ectopy.datasets.mitbih import RECORD_SETS, load_record
from ectopy.datasets.people import kept_apart
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate

MINUTES = 2.0
PACKET = 0.04
TOLERANCE = 0.15
CLASSES = "NSVF"
MEMORY_AFTER = (10, 30)
NORMAL = 150
FLUTTER = "207"
RESULT = Path(__file__).parent / "results" / "stream.json"


def main() -> None:
    others = {"normal": normal, "fibrillation": fibrillation, "memory": memory}
    for part in sys.argv[1:] or ["DS1", "DS2", *others]:
        for figures in [others[part]()] if part in others else agreement(RECORD_SETS[part.lower()]):
            write(part, figures)
    print(RESULT.read_text())


def write(part: str, figures: dict[str, Any]) -> None:
    """Put the figures of a part into the file, beside those of the other parts."""
    result = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    result |= {
        "minutes of each record": MINUTES,
        "packet in seconds": PACKET,
        "constants": {"WAIT": WAIT, "STEP": STEP, "LOOK_BACK": LOOK_BACK},
        "python": platform.python_version(),
        part: figures,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


def agreement(records: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Compare provisional and final beats of some records; yield the figures of all so far after each."""
    total: Counter[Any] = Counter()
    delays: list[float] = []
    moved: list[float] = []
    seconds = 0.0
    for number, name in enumerate(records, start=1):
        record = load_record(name)
        beats, late, spent = provisional(record)
        delays += late
        seconds += spent
        moved += compare(record, beats, total)
        print(name, dict(total), f"{seconds:.0f} s", file=sys.stderr, flush=True)
        yield figures(total, delays, moved) | {
            "records": f"{number} of {len(records)}",
            "processor seconds per second of signal": round(seconds / (number * MINUTES * 60), 4),
        }


def provisional(record: Record) -> tuple[list[StreamBeat], list[float], float]:
    """Push the first minutes; return provisional beats, how late each came, and the processor time."""
    fs, n = record.fs, round(MINUTES * 60 * record.fs)
    packet = round(PACKET * fs)
    beats: list[StreamBeat] = []
    late: list[float] = []
    start = time.process_time()
    with Stream(fs, record.leads) as stream:
        for first in range(0, n, packet):
            told = stream.push(record.signal[first : first + packet])
            beats += told
            late += [(first + packet - beat.sample) / fs for beat in told]
    return beats, late, time.process_time() - start


def compare(record: Record, beats: list[StreamBeat], total: Counter[Any]) -> list[float]:
    """Count the pairs of final and provisional class, and beats of one kind only; return distances."""
    whole = analyze(record, waves=False)
    end = (MINUTES * 60 - WAIT - STEP) * record.fs
    n_final = int(np.searchsorted(whole.beats.samples, end))
    final, classes = whole.beats.samples[:n_final], whole.classes[:n_final]
    samples = np.array([beat.sample for beat in beats])
    free = np.ones(len(samples), bool)
    distances = []
    for sample, label in zip(final.tolist(), classes.tolist(), strict=True):
        apart = np.where(free, np.abs(samples - sample), np.inf)
        nearest = int(apart.argmin())
        if apart[nearest] > TOLERANCE * record.fs:
            total["final only"] += 1
            continue
        free[nearest] = False
        total[label, beats[nearest].label] += 1
        distances.append(float(apart[nearest] / record.fs))
    total["provisional only"] += int((free & (samples < end)).sum())
    return distances


def figures(total: Counter[Any], delays: list[float], moved: list[float]) -> dict[str, Any]:
    pairs = {key: count for key, count in total.items() if isinstance(key, tuple)}
    matched = sum(pairs.values())
    return {
        "final beats": matched + total["final only"],
        "final beats told provisionally": round(matched / (matched + total["final only"]), 5),
        "provisional beats that are final": round(matched / (matched + total["provisional only"]), 5),
        "same sample": round(float(np.mean(np.array(moved) == 0)), 4),
        "same class": round(sum(n for (a, b), n in pairs.items() if a == b) / matched, 4),
        "class": {name: by_class(pairs, name) for name in CLASSES},
        "seconds after the R peak": {
            "median": round(float(np.median(delays)), 2),
            "largest": round(max(delays), 2),
        },
        "pairs (final, provisional)": {"".join(key): n for key, n in sorted(pairs.items())},
    }


def by_class(pairs: dict[tuple[str, str], int], name: str) -> dict[str, Any]:
    """Return the share of the final beats of a class that were told so, and of those told that stayed so."""
    both = pairs.get((name, name), 0)
    final = sum(n for (a, _), n in pairs.items() if a == name)
    told = sum(n for (_, b), n in pairs.items() if b == name)
    return {
        "final": final,
        "told so at once": round(both / final, 4) if final else None,
        "stays so": round(both / told, 4) if told else None,
    }


def normal() -> dict[str, Any]:
    """Return in how many strips without ectopic beats some are told at once, doubted and believed."""
    shipped = shipped_pipeline()
    credulous = replace(shipped, signal=None, evidence=None)
    people = [entry for entry in load_cinc2017_table() if entry.label == "N"]
    names = [entry.name for entry in people if not kept_apart(f"cinc2017-{entry.name}")][:NORMAL]
    return {
        title: told_in(names, pipeline)
        for title, pipeline in (("as shipped", shipped), ("nothing doubted", credulous))
    }


def told_in(names: list[str], pipeline: Pipeline) -> dict[str, int]:
    recordings: Counter[str] = Counter(recordings=len(names))
    for name in names:
        record = load_cinc2017_record(name)
        packet = round(PACKET * 5 * record.fs)
        with Stream(record.fs, record.leads, pipeline) as stream:
            told = [
                beat.label
                for first in range(0, record.n_samples, packet)
                for beat in stream.push(record.signal[first : first + packet])
            ]
        recordings.update(f"with {label}" for label in CLASSES[1:] if label in told)
        recordings.update({"beats": len(told), "beats not judged": told.count("?")})
    return dict(recordings)


def fibrillation() -> dict[str, Any]:
    """Return how long after the mark of its onset fibrillation is told, and where it is without one."""
    waits = {}
    for name in cudb_records():
        record = load_cudb_record(name)
        onset = arrhythmia_onset(record)
        if onset is not None and not kept_apart(f"cudb-{name}"):
            told = [(second, since) for second, since in ongoing(record) if since is not None]
            waits[name] = next((second - onset for second, since in told if second > onset), None)
    sinus = [name for name in RECORD_SETS["ds1"] if name != FLUTTER]
    false = [name for name in sinus if any(since is not None for _, since in ongoing(load_record(name)))]
    known = [wait for wait in waits.values() if wait is not None]
    return {
        "people": len(waits),
        "told within 10 s": sum(wait <= 10 for wait in known),
        "seconds after the onset, median": round(float(np.median(known)), 1),
        "seconds after the onset": waits,
        "DS1 without flutter": len(sinus),
        "DS1 without flutter, told in": false,
    }


def ongoing(record: Record) -> Iterator[tuple[float, float | None]]:
    """Yield each second, and since when fibrillation goes on then."""
    signal = shipped_pipeline().signal
    assert signal is not None
    watch, packet = OngoingFibrillation(signal, record.fs, len(record.leads)), round(record.fs)
    for first in range(0, record.n_samples, packet):
        watch.push(record.signal[first : first + packet])
        yield (first + packet) / record.fs, watch.since


def memory() -> dict[str, float]:
    """Return the resident memory of a simulated stream after so many minutes."""
    fs = 125.0
    record = simulate(600, fs, ("II", "V1"), rhythm=Rhythm(ventricular=0.05), seed=1)
    packet = round(PACKET * fs)
    seen: dict[str, float] = {}
    with Stream(fs, record.leads) as stream:
        for minutes in range(10, MEMORY_AFTER[-1] + 1, 10):
            for first in range(0, record.n_samples, packet):
                stream.push(record.signal[first : first + packet])
            if minutes in MEMORY_AFTER:
                seen[str(minutes)] = round(resident(), 1)
    return seen


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
