"""How well the provisional beats of a stream agree with the final ones, how late they come, and their cost.

Writes ``benchmarks/results/stream.json``. The first minutes of each record of MIT-BIH are pushed in packets
of 40 ms; the final beats are those of the analysis of the whole record. DS1 served for choosing the constants
of `ectopy.analysis.provisional`; DS2 is looked at to report. Memory is that of a simulated stream. Without an
argument all parts are measured, with ``DS1``, ``DS2`` or ``memory`` one of them.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ectopy.analysis.pipeline import analyze
from ectopy.analysis.provisional import LOOK_BACK, STEP, WAIT
from ectopy.analysis.stream import Stream, StreamBeat
from ectopy.datasets.mitbih import RECORD_SETS, load_record
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate

MINUTES = 2.0
PACKET = 0.04
TOLERANCE = 0.15
CLASSES = "NSVF"
MEMORY_AFTER = (10, 30)
RESULT = Path(__file__).parent / "results" / "stream.json"


def main() -> None:
    for part in sys.argv[1:] or ["DS1", "DS2", "memory"]:
        for figures in [memory()] if part == "memory" else agreement(RECORD_SETS[part.lower()]):
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
