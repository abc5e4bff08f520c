"""Accuracy and speed of the QRS detector on MIT-BIH, to benchmarks/results/qrs.json.

Needs the databases ``mitdb`` and ``nstdb`` (``ectopy data download``). Beats are compared as EC57 says: one
to one within 150 ms, after the first five minutes, outside ventricular flutter. The shipped detector learned
from the patients of DS1, so its figures there flatter; ``--folds FOLDER`` adds the honest ones, from four
detectors each trained without the patients it is judged on (kept in FOLDER, trained there where absent).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ectopy import artifact
from ectopy.artifact import Artifact
from ectopy.beats.qrs import default_model, detect_qrs
from ectopy.datasets.catalog import locate_file
from ectopy.datasets.mitbih import NOISES, PACED, RECORD_SETS, load_noise, load_record, load_records
from ectopy.estimators.qrs_trainer import train_qrs
from ectopy.evaluation.ec57.beat_reports import BeatComparison
from ectopy.evaluation.ec57.beats import compare_beats
from ectopy.records.open import open_record
from ectopy.records.record import Annotations, Record
from ectopy.signal.filters import rational_ratio, resample

RESULT = Path(__file__).parent / "results" / "qrs.json"
N_FOLDS = 4
RATES = (100.0, 128.0, 250.0, 500.0, 1000.0)
SNRS = (24, 18, 12, 6, 0, -6)
Change = Callable[[Record], Record]


@dataclass(frozen=True)
class Judged:
    """A record, and how the detector did on it."""

    name: str
    comparison: BeatComparison

    @property
    def missed(self) -> int:
        """Beats that were not found."""
        return self.comparison.count("NSVFQ", "ox")

    @property
    def extra(self) -> int:
        """Beats that were found where there is none."""
        return self.comparison.count("OX", "nsvfq")


def judge(record: Record, n_leads: int, model: Artifact | None = None) -> Judged:
    """Compare the detector's beats with the reference's."""
    assert record.annotations is not None
    samples = detect_qrs(record.signal[:, :n_leads], record.fs, model=model)
    found = Annotations(samples, np.full(len(samples), "N"), fs=record.fs)
    reference = replace(record.annotations, fs=record.fs)
    return Judged(record.name, compare_beats(reference, found, fs=record.fs, length=record.n_samples))


def figures(judged: Iterable[Judged]) -> dict[str, Any]:
    """Add up records: gross and average figures, missed ventricular beats, errors by record, most first."""
    rows = list(judged)
    counts = sum(row.comparison.counts for row in rows)
    gross = replace(rows[0].comparison, counts=counts)
    percent = [[share.percent for share in _shares(row.comparison)] for row in rows]
    se, p = _shares(gross)
    worst = sorted(rows, key=lambda row: -row.missed - row.extra)
    return {
        "records": len(rows),
        "beats": se.whole,
        "gross_se": round(se.percent or 0, 3),
        "gross_p": round(p.percent or 0, 3),
        "average_se": round(float(np.mean([each[0] for each in percent])), 3),
        "average_p": round(float(np.mean([each[1] for each in percent])), 3),
        "missed": gross.count("NSVFQ", "ox"),
        "extra": gross.count("OX", "nsvfq"),
        "veb": gross.count("V", "nsvfqox"),
        "veb_missed": gross.count("V", "ox"),
        "errors_by_record": {
            row.name: {
                "missed": row.missed,
                "extra": row.extra,
                "veb_missed": row.comparison.count("V", "ox"),
            }
            for row in worst
            if row.missed + row.extra
        },
    }


def _shares(comparison: BeatComparison) -> tuple[Any, Any]:
    return comparison.qrs_sensitivity, comparison.qrs_predictivity


def shipped() -> dict[str, Any]:
    """Judge the shipped detector, record set by record set, with one lead and two."""
    out: dict[str, Any] = {}
    for n_leads in (1, 2):
        rows = [judge(record, n_leads) for record in load_records("all")]
        sets = {"all 48": RECORD_SETS["all"], "DS1 (training data)": RECORD_SETS["ds1"]}
        sets |= {"DS2": RECORD_SETS["ds2"], "paced": PACED}
        out[f"{n_leads} lead{'s'[: n_leads - 1]}"] = {
            name: figures(row for row in rows if row.name in chosen) for name, chosen in sets.items()
        }
    return out


def cross_validated(folder: Path) -> dict[str, Any]:
    """Judge each patient of DS1 by a detector that has not seen them."""
    names = RECORD_SETS["ds1"]
    rows: dict[int, list[Judged]] = {1: [], 2: []}
    for fold in range(N_FOLDS):
        held_out = names[fold::N_FOLDS]
        model = _fold_model(folder / f"fold-{fold}", [name for name in names if name not in held_out])
        for n_leads, judged in rows.items():
            judged.extend(judge(load_record(name), n_leads, model) for name in held_out)
    return {f"{n_leads} lead{'s'[: n_leads - 1]}": figures(judged) for n_leads, judged in rows.items()}


def _fold_model(folder: Path, names: list[str]) -> Artifact:
    if (folder / artifact.MANIFEST).exists():
        return artifact.load(folder)
    noises = [load_noise(noise, "train") for noise in NOISES]
    return train_qrs(list(load_records(names)), noises, folder, progress=True)


def changed() -> dict[str, Any]:
    """Judge on lead 1 of DS2 at other rates, upside down, and cut in size."""
    changes: dict[str, Change] = {"360 Hz": lambda record: record}
    changes |= {f"{fs:g} Hz": lambda record, fs=fs: at_rate(record, fs) for fs in RATES}
    changes |= {f"size x {gain:g}": lambda record, gain=gain: scaled(record, gain) for gain in (-1, 0.25, 4)}
    return {
        name: {
            key: value
            for key, value in figures(judge(change(record), 1) for record in load_records("ds2")).items()
            if key != "errors_by_record"
        }
        for name, change in changes.items()
    }


def at_rate(record: Record, fs: float) -> Record:
    """Return lead 1 at another sampling rate, its annotations moved along."""
    assert record.annotations is not None
    ratio = rational_ratio(record.fs, fs)
    samples = np.rint(ratio.target(record.annotations.samples)).astype(np.int64)
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
    """Judge on the published noise records, and on 118 and 119 with the half of ``em`` not learned from."""
    out: dict[str, Any] = {}
    for name in ("118e_6", "118e00"):
        record = open_record(locate_file("nstdb", f"{name}.hea"))
        out[name] = {f"{n} lead{'s'[: n - 1]}": _brief(judge(record, n)) for n in (1, 2)}
    noise = load_noise("em", "test")
    for name in ("118", "119"):
        record = load_record(name)
        for snr in SNRS:
            bad = with_noise(record, noise, snr)
            out[f"{name} em {snr} dB"] = {f"{n} lead{'s'[: n - 1]}": _brief(judge(bad, n)) for n in (1, 2)}
    return out


def with_noise(record: Record, noise: npt.NDArray[np.float32], snr_db: float) -> Record:
    """Add noise in every other two minutes after the first five, as the Noise Stress Test Database does.

    Signal power is an eighth of the squared median peak-to-peak of the beats; the size of the noise is its
    RMS in one-second stretches, averaged without the highest and lowest twentieth.
    """
    assert record.annotations is not None
    fs = round(record.fs)
    beats = record.annotations.beats().samples
    near = beats[(beats > fs) & (beats < 300 * fs)][:, None] + np.arange(-fs // 20, fs // 20 + 1)
    size = np.median(np.ptp(record.signal[near], axis=1), axis=0)
    seconds = noise[: len(noise) // fs * fs].reshape(-1, fs, noise.shape[1])
    loudness = stats.trim_mean(seconds.std(axis=1), 0.05, axis=0)
    gain = size / np.sqrt(8) / loudness / 10 ** (snr_db / 20)
    tiled = np.resize(noise, record.signal.shape) * gain
    time_s = np.arange(record.n_samples) / record.fs
    on = (time_s >= 300) & ((time_s - 300) % 240 < 120)
    return replace(record, signal=record.signal + np.where(on[:, None], tiled, 0).astype(np.float32))


def _brief(judged: Judged) -> dict[str, float]:
    se, p = _shares(judged.comparison)
    return {"se": round(se.percent or 0, 2), "p": round(p.percent or 0, 2)}


def speed() -> dict[str, Any]:
    """Time 24 hours of two leads, and show that twice the length takes twice the time."""
    day = np.tile(load_record("100").signal, (48, 1))
    seconds = {}
    for hours in (6, 12, 24):
        piece = day[: round(hours * 3600 * 360)]
        runs = []
        for _ in range(3):
            began = time.perf_counter()
            beats = detect_qrs(piece, 360)
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=Path, help="also cross-validate over DS1; models are kept here")
    options = parser.parse_args()
    before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    network = default_model().manifest.files[artifact.NETWORK]
    honest = before.get("DS1 cross-validated") if before.get("network_sha256") == network else None
    if options.folds:
        honest = cross_validated(options.folds)
    result = {
        "network_sha256": network,
        "shipped": shipped(),
        "DS1 cross-validated": honest,
        "DS2 changed, 1 lead": changed(),
        "noise": noisy(),
        "speed": speed(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
