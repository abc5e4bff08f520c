"""Accuracy and speed of delineation beside other packages, to benchmarks/results/delineation.json.

Needs the databases ``ludb``, ``qtdb`` and ``nstdb``, and the packages of ``pip install 'ectopy[bench]'``.
Measured are the people that nothing was learned from and nothing was chosen on (`ludb_part`, `qtdb_part`:
``test``), lead by lead, each lead as if there were no other. A mark is found within 150 ms (and 80, 40 ms);
what is predicted in vain counts between the first mark of a lead and its last, in `qtdb` where every beat
is marked. ``better lead`` takes for each mark the lead with the least error (Martínez et al. 2004). Noise
is the second half of ``em`` and ``ma`` at 12 and 6 dB as the program ``nst`` counts them.

NeuroKit2 delineates what it cleaned itself, at the R peaks that ectopy finds; ecgdeli filters and detects
by itself. All are measured on the same leads in one run. All twelve leads of LUDB under noise are those of
every fifth person: all forty would take the four methods of NeuroKit2 an hour.

A full run writes the file and the model card; ``--speed`` writes into the file how long a day takes now.
``--only`` and ``--on`` (some delineators, some sets),
``--quick`` (a few people, two delineators) and ``--part validation`` (the people that choices are made on)
print alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ecgdeli
import neurokit2 as nk
import numpy as np
import numpy.typing as npt

from ectopy.beats.wave_marks import WAVES, WaveMarks
from ectopy.datasets.ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.mitbih import NSTDB_FS, load_noise
from ectopy.datasets.qtdb import qtdb_part, qtdb_records
from ectopy.evaluation.delineation import MARK_NAMES, better_lead, compare_waves, delineation_figures
from ectopy.models.artifact import NETWORK
from ectopy.models.delineator import default_delineator, delineate
from ectopy.models.qrs_detector import detect_qrs
from ectopy.recipes.delineator import marked_excerpt
from ectopy.record import Record
from ectopy.signal.noise import add_noise
from ectopy.signal.resampling import resample
from ectopy.simulation import simulate

RESULT = Path(__file__).parent / "results" / "delineation.json"
MARKS = ("<!-- figures -->", "<!-- /figures -->")
NOISES = ("em", "ma")
SNRS = (12, 6)
NEUROKIT = ("dwt", "cwt", "peak", "prominence")
QUICK = 6
EVERY = 5
"""One person in so many is measured on all leads under noise."""

PACKAGES = ("ectopy", "neurokit2", "ecgdeli")

Samples = npt.NDArray[np.float32]
Delineator = Callable[[Samples, float], WaveMarks]


@dataclass(frozen=True, eq=False)
class Lead:
    """One lead, its marks, and between which samples everything is marked."""

    signal: Samples
    fs: float
    marks: WaveMarks
    stretches: list[tuple[float, float]] | None


Person = list[Lead]


def ludb_people(part: str, leads: tuple[str, ...], chosen: slice) -> Iterator[Person]:
    for name in [name for name in LUDB_RECORDS if ludb_part(name) == part][chosen]:
        record = load_ludb_record(name)
        marks = {lead: load_ludb_waves(name, lead) for lead in leads}
        yield [Lead(record.lead(lead), record.fs, marks[lead], None) for lead in leads if len(marks[lead])]


def qtdb_people(part: str, chosen: slice) -> Iterator[Person]:
    for name in [name for name in qtdb_records() if qtdb_part(name) == part][chosen]:
        record, marks, known = marked_excerpt(name)
        yield [Lead(lead, record.fs, marks, known) for lead in record.signal.T]


def by_ectopy(signal: Samples, fs: float) -> WaveMarks:
    return delineate(Record(signal[:, None], fs, ("lead",))).wave_marks("lead")


def by_neurokit(method: str) -> Delineator:
    """Return one of NeuroKit2's methods; where it fails it finds nothing."""

    def find(signal: Samples, fs: float) -> WaveMarks:
        r_peaks = detect_qrs(signal, fs)
        cleaned = nk.ecg_clean(signal.astype(float), sampling_rate=int(fs))
        try:
            _, found = nk.ecg_delineate(cleaned, r_peaks, sampling_rate=int(fs), method=method)
        except Exception:  # each method has failures of its own
            found = {}
        kinds = ("Onsets", "Peaks", "Offsets")
        rows = [
            [np.asarray(found.get(f"ECG_{wave}_{kind}", []), dtype=float) for kind in kinds] for wave in "PRT"
        ]
        rows[1][1] = r_peaks.astype(float)
        return table(rows)

    return find


def by_ecgdeli(signal: Samples, fs: float) -> WaveMarks:
    """Delineate with ecgdeli; where it fails it finds nothing."""
    try:
        fpt = ecgdeli.annotate(ecgdeli.filter_ecg(signal.astype(float), fs), fs).leads[0]
    except Exception:  # short and odd leads fail in many ways
        return WaveMarks([], [], [], [])
    names = [("p_on", "p_peak", "p_off"), ("qrs_on", "r_peak", "qrs_off"), ("t_on", "t_peak", "t_off")]
    columns = [[np.asarray(getattr(fpt, name), dtype=float) for name in row] for row in names]
    return table(
        [
            [np.where((column > 0) & (column < len(signal)), column, np.nan) for column in row]
            for row in columns
        ]
    )


def table(rows: list[list[npt.NDArray[np.float64]]]) -> WaveMarks:
    """Put onsets, peaks and ends together; they are compared kind by kind, so need no partners."""
    parts = []
    for wave, row in zip(WAVES, rows, strict=True):
        n = max(len(column) for column in row)
        padded = [np.pad(column, (0, n - len(column)), constant_values=np.nan) for column in row]
        parts.append(WaveMarks(np.full(n, wave), *padded))
    names, onsets, peaks, ends = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("waves", "onsets", "peaks", "ends")
    )
    there = np.isfinite(onsets) | np.isfinite(peaks) | np.isfinite(ends)
    return WaveMarks(names, onsets, peaks, ends)[there]


@cache
def test_noise(name: str, fs: float) -> Samples:
    return resample(load_noise(name, "test")[:, 0], NSTDB_FS, fs)


def with_noise(people: Iterator[Person], noise: str, snr: float) -> Iterator[Person]:
    for seed, leads in enumerate(people):
        peaks = np.rint(leads[0].marks.of("QRS").peaks).astype(np.int64)
        yield [
            replace(
                lead,
                signal=add_noise(lead.signal, test_noise(noise, lead.fs), snr, lead.fs, qrs=peaks, seed=seed),
            )
            for lead in leads
        ]


def measure(people: list[Person], delineator: Delineator, shared: bool) -> dict[str, Any]:
    """Delineate every lead; return the figures by lead and, if leads share marks, on the better one."""
    start = time.process_time()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        predicted = [[delineator(lead.signal, lead.fs) for lead in leads] for leads in people]
    seconds = time.process_time() - start
    compared = [
        [compare_waves(lead.marks, waves, lead.fs, lead.stretches) for lead, waves in zip(*pair, strict=True)]
        for pair in zip(people, predicted, strict=True)
    ]
    recorded = sum(len(lead.signal) / lead.fs for leads in people for lead in leads)
    return {
        "people": len(people),
        "leads": sum(len(leads) for leads in people),
        "milliseconds per second of lead": round(1000 * seconds / recorded, 3),
        "single leads": delineation_figures(compared),
    } | ({"better lead": delineation_figures([[better_lead(leads)] for leads in compared])} if shared else {})


def datasets(part: str, quick: bool) -> Iterator[tuple[str, Callable[[], Iterator[Person]]]]:
    """Yield the name of each set of people, and what reads them."""
    chosen = slice(QUICK if quick else None)
    clean = {
        "ludb, lead II": lambda: ludb_people(part, ("ii",), chosen),
        "qtdb": lambda: qtdb_people(part, chosen),
    }
    yield from clean.items()
    if not quick:
        yield "ludb, all leads", lambda: ludb_people(part, LUDB_LEADS, chosen)
        clean["ludb, all leads"] = lambda: ludb_people(part, LUDB_LEADS, slice(None, None, EVERY))
    for name, people in clean.items():
        for noise in NOISES[: 1 if quick else None]:
            for snr in SNRS[1 if quick else 0 :]:
                yield f"{name}, {noise} {snr} dB", partial(_noisy, people, noise, snr)


def _noisy(people: Callable[[], Iterator[Person]], noise: str, snr: float) -> Iterator[Person]:
    return with_noise(people(), noise, snr)


DELINEATORS: dict[str, Delineator] = {
    "ectopy": by_ectopy,
    **{f"neurokit2 {method}": by_neurokit(method) for method in NEUROKIT},
    "ecgdeli": by_ecgdeli,
}


def speed() -> dict[str, Any]:
    """Time 24 hours of one lead at two rates, with given R peaks and with R peaks found too."""
    times = {}
    for fs in (250, 360):
        short = simulate(duration=600, fs=fs, seed=1)
        signal = np.tile(short.signal[:, :1], (144, 1))
        day = Record(signal, fs, ("lead",))
        r_peaks = (detect_qrs(short.signal, fs)[1:-1] + len(short.signal) * np.arange(144)[:, None]).ravel()
        delineate(short)
        runs = {
            "given R peaks": lambda day=day, r=r_peaks: delineate(day, r),
            "R peaks found": lambda day=day: delineate(day),
        }
        for name, run in runs.items():
            start = time.process_time()
            run()
            times[f"24 h of one lead at {fs} Hz, {name}, s"] = round(time.process_time() - start, 2)
    return {
        "network_sha256": default_delineator().manifest.files[NETWORK],
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        **times,
    }


def write_card(result: dict[str, Any]) -> None:
    """Put the figures into the model card."""
    card = default_delineator().folder / "README.md"
    lines = []
    for dataset, rows in result["datasets"].items():
        for view in ("single leads", "better lead") if dataset.startswith("qtdb") else ("single leads",):
            lines += ["", f"**{dataset}, {view}**", "", head(), "|---" * (len(MARK_NAMES) + 4) + "|"]
            lines += [line(name, row[view]) for name, row in rows.items()]
    before, _, rest = card.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    text = "\n".join(lines).strip()
    card.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


def head() -> str:
    return "| | " + " | ".join([*MARK_NAMES, *(f"{wave} F1" for wave in WAVES)]) + " |"


def line(name: str, figures: dict[str, dict[str, float | None]]) -> str:
    cells = [
        f"{number(figures[mark]['mean error ms'])} ± {number(figures[mark]['sd ms'])}" for mark in MARK_NAMES
    ]
    scores = [number(figures[wave]["F1 150 ms"], 4) for wave in WAVES]
    return f"| {name} | " + " | ".join([*cells, *scores]) + " |"


def number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few people, two packages; prints only")
    parser.add_argument("--part", choices=("test", "validation"), default="test", help="whom to measure")
    parser.add_argument("--only", default="", help=f"of these, with commas: {', '.join(DELINEATORS)}")
    parser.add_argument("--on", default="", help="on these data sets alone, with semicolons")
    parser.add_argument(
        "--speed", action="store_true", help="only time 24 hours, and write that into the file"
    )
    options = parser.parse_args()
    if options.speed:
        write(json.loads(RESULT.read_text(encoding="utf-8")) | {"speed": speed()})
        return
    names = options.only.split(",") if options.only else list(DELINEATORS)[: 2 if options.quick else None]
    full = not (options.quick or options.only or options.on) and options.part == "test"
    result: dict[str, Any] = {
        "network_sha256": default_delineator().manifest.files[NETWORK],
        "packages": {name: version(name) for name in PACKAGES},
        "datasets": {},
    }
    for dataset, read in datasets(options.part, options.quick):
        if options.on and dataset not in options.on.split(";"):
            continue
        people, shared = list(read()), dataset.startswith("qtdb")
        rows = result["datasets"][dataset] = {}
        for name in names:
            rows[name] = row = measure(people, DELINEATORS[name], shared)
            print(dataset, name, line("", row["better lead" if shared else "single leads"]), flush=True)
    result["speed"] = speed()
    if full:
        write(result)
        write_card(result)
    else:
        print(json.dumps(result["speed"], indent=2))


def write(result: dict[str, Any]) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result["speed"], indent=2))


if __name__ == "__main__":
    main()
