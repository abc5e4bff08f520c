"""Accuracy and speed of the QRS detector on MIT-BIH: benchmarks/results/qrs.json.

Needs the databases ``mitdb`` and ``nstdb`` (``ectopy data download``). Beats are compared by EC57: one to one
within 150 ms, after the first five minutes, outside ventricular flutter. The shipped detector was trained on
the patients of DS1, so its figures there are too good; ``--folds FOLDER`` adds cross-validated ones, from
four detectors each trained without the patients it is measured on (kept in FOLDER, trained there if absent).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.datasets.catalog import locate_file
from ectopy.datasets.mitbih import RECORD_SETS, load_noise, load_record, load_records
from ectopy.io.registry import open_record
from ectopy.models import artifact
from ectopy.models.qrs_detector import default_model, detect_qrs
from ectopy.recipes.qrs_detector import Summary, cross_validate, evaluate_record, summarise
from ectopy.record import Record
from ectopy.signal.noise import add_noise
from ectopy.signal.resampling import rational_ratio, resample

RESULT = Path(__file__).parent / "results" / "qrs.json"
CARD = default_model().folder / "README.md"
MARKS = ("<!-- figures -->", "<!-- /figures -->")
RATES = (100.0, 128.0, 250.0, 500.0, 1000.0)
SNRS = (24, 18, 12, 6, 0, -6)
LEADS = {"1 lead": 1, "2 leads": 2}
SETS = {"all 48": "all", "DS1, the training set": "ds1", "DS2": "ds2", "paced": "paced"}
Change = Callable[[Record], Record]


def shipped() -> dict[str, Any]:
    """Measure the shipped detector, record set by record set, with one lead and with two."""
    result = {}
    for name, n_leads in LEADS.items():
        found = [evaluate_record(record, n_leads) for record in load_records("all")]
        result[name] = {
            title: full(summarise(each for each in found if each.record in RECORD_SETS[chosen]))
            for title, chosen in SETS.items()
        }
    return result


def full(summary: Summary) -> dict[str, Any]:
    return summary.figures | {"errors_by_record": summary.errors_by_record}


def changed() -> dict[str, Any]:
    """Measure lead 1 of DS2 at other rates, inverted, and at other amplitudes."""
    changes: dict[str, Change] = {"as recorded, 360 Hz": lambda record: record}
    for fs in RATES:
        changes[f"{fs:g} Hz"] = lambda record, fs=fs: at_rate(record, fs)  # type: ignore[misc]
    for gain in (-1.0, 0.25, 4.0):
        changes[f"size x {gain:g}"] = lambda record, gain=gain: scaled(record, gain)  # type: ignore[misc]
    return {
        name: summarise(evaluate_record(change(record), 1) for record in load_records("ds2")).figures
        for name, change in changes.items()
    }


def at_rate(record: Record, fs: float) -> Record:
    """Return lead 1 at another sampling rate, its annotations moved along."""
    assert record.annotations is not None
    samples = np.rint(rational_ratio(record.fs, fs).target(record.annotations.samples)).astype(np.int64)
    return Record(
        resample(record.signal[:, :1], record.fs, fs),
        fs,
        record.leads[:1],
        name=record.name,
        annotations=replace(record.annotations, samples=samples, fs=fs),
    )


def scaled(record: Record, gain: float) -> Record:
    return replace(record, signal=record.signal * np.float32(gain))


def noisy() -> dict[str, Any]:
    """Measure the published noise records, and 118 and 119 with the half of ``em`` not used in training."""
    records = {name: open_record(locate_file("nstdb", f"{name}.hea")) for name in ("118e_6", "118e00")}
    noise = load_noise("em", "test")
    for name in ("118", "119"):
        for snr in SNRS:
            records[f"{name} em {snr} dB"] = with_noise(load_record(name), noise, snr)
    return {
        title: {
            name: summarise([evaluate_record(record, n_leads)]).figures for name, n_leads in LEADS.items()
        }
        for title, record in records.items()
    }


def with_noise(record: Record, noise: npt.NDArray[np.float32], snr_db: float) -> Record:
    """Add noise in every other two minutes after the first five, as the Noise Stress Test Database does."""
    assert record.annotations is not None
    marks = record.annotations
    normal = marks.samples[np.isin(marks.symbols, ["N", "R", "L"])]
    loud = add_noise(record.signal, noise, snr_db, record.fs, qrs=normal)
    seconds = np.arange(record.n_samples) / record.fs
    on = (seconds >= 300) & ((seconds - 300) % 240 < 120)
    return replace(record, signal=np.where(on[:, None], loud, record.signal))


def speed() -> dict[str, Any]:
    """Time a quarter, half and whole day of two leads: the time must grow in proportion."""
    day = np.tile(load_record("100").signal, (48, 1))
    seconds = {}
    for hours in (6, 12, 24):
        runs = []
        for _ in range(3):
            began = time.perf_counter()
            beats = detect_qrs(day[: hours * 3600 * 360], 360)
            runs.append(time.perf_counter() - began)
        seconds[f"{hours} h"] = round(min(runs), 2)
    return {
        "leads": 2,
        "fs": 360,
        "seconds": seconds,
        "beats_per_second": round(len(beats) / min(runs)),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def write_card(result: dict[str, Any]) -> None:
    """Write the figures into the model card, between its two marks."""
    rows = ["| records | leads | beats | Se % | +P % | missed | extra | VEB missed |", "|" + "---|" * 8]
    for leads, sets in result["shipped"].items():
        rows += [card_row(name, leads, figures) for name, figures in sets.items()]
    for leads, figures in (result["DS1, cross-validated"] or {}).items():
        rows.append(card_row("DS1, each patient by a detector that has not seen them", leads, figures))
    for name, found in result["noise"].items():
        rows += [
            card_row(name, leads, figures) for leads, figures in found.items() if name.startswith("118e")
        ]
    before, rest = CARD.read_text(encoding="utf-8").split(MARKS[0])
    lines = [MARKS[0], *rows, MARKS[1]]
    CARD.write_text(before + "\n".join(lines) + rest.split(MARKS[1])[1], encoding="utf-8")


def card_row(name: str, leads: str, figures: dict[str, Any]) -> str:
    shares = f"{figures['Se']:.2f} | {figures['+P']:.2f} | {figures['missed']} | {figures['extra']}"
    return (
        f"| {name} | {leads[0]} | {figures['beats']} | {shares} | {figures['VEB missed']}/{figures['VEB']} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folds", type=Path, help="also cross-validate over DS1; the detectors are kept here"
    )
    options = parser.parse_args()
    before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    network = default_model().manifest.files[artifact.NETWORK]
    cross_validated = before.get("DS1, cross-validated") if before.get("network_sha256") == network else None
    if options.folds:
        folds = cross_validate(options.folds, progress=True)
        cross_validated = {name: full(folds[n_leads]) for name, n_leads in LEADS.items()}
    result = {
        "network_sha256": network,
        "shipped": shipped(),
        "DS1, cross-validated": cross_validated,
        "DS2 changed, 1 lead": changed(),
        "noise": noisy(),
        "speed": speed(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    write_card(result)
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
