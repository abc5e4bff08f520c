"""ectopy beside other Python packages: benchmarks/results/comparison.json.

``--part cells`` runs, for each thing that a package can do, the call that does it, on a simulated recording,
and notes the version; what is not in `CELLS` was not found in the documentation of that version. ``--part
qrs`` measures the R peaks of each on MIT-BIH DS2, first lead, by EC57 (needs ``mitdb``).
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import edfio
import numpy as np

import ectopy as package
from beyond_detection import PEERS, by_ec57, ectopy
from ectopy.datasets import load_records
from ectopy.io.wfdb.files import write_wfdb
from ectopy.recipes.qrs_detector import summarise
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate

RESULT = Path(__file__).parent / "results" / "comparison.json"
OTHERS = ("neurokit2", "sleepecg", "wfdb", "ecgdeli")
Probe = Callable[[], Any]


@cache
def record() -> Record:
    return simulate(60, 250, ("II",), rhythm=Rhythm(ventricular=0.1), seed=4, name="compared")


@cache
def folder() -> Path:
    made = Path(tempfile.mkdtemp())
    write_wfdb(record(), made / "compared")
    signal = edfio.EdfSignal(lead(), 250, label="ECG II", physical_dimension="mV")
    edfio.Edf([signal]).write(made / "compared.edf")
    return made


@cache
def analysis() -> Any:
    return package.analyze(record())


def lead() -> np.ndarray:
    return record().signal[:, 0].astype(float)


@cache
def peaks() -> np.ndarray:
    return np.asarray(record().annotations.beats().samples)


def _neurokit(name: str, *given: Any, **options: Any) -> Any:
    import neurokit2

    return getattr(neurokit2, name)(*given, **options)


def _sleepecg(name: str, *given: Any, **options: Any) -> Any:
    import sleepecg

    return getattr(sleepecg, name)(*given, **options)


def _sleep_stages() -> Any:
    import sleepecg

    beats = np.cumsum(np.random.default_rng(0).normal(0.9, 0.05, 4000))
    kept = sleepecg.SleepRecord(heartbeat_times=beats, sleep_stage_duration=30)
    return sleepecg.extract_features([kept], lookback=120, lookforward=150, feature_selection=["hrv-time"])


def _wfdb_read() -> Any:
    import wfdb

    return wfdb.rdrecord(str(folder() / "compared"))


def _wfdb_edf() -> Any:
    from wfdb.io.convert.edf import read_edf

    return read_edf(str(folder() / "compared.edf"))


def _wfdb_write() -> Any:
    import wfdb

    return wfdb.wrann("written", "atr", peaks(), symbol=["N"] * len(peaks()), fs=250, write_dir=str(folder()))


def _wfdb_compare() -> Any:
    from wfdb import processing

    return processing.compare_annotations(peaks(), peaks(), 37).sensitivity


def _ecgdeli() -> Any:
    import ecgdeli

    return ecgdeli.annotate(ecgdeli.filter_ecg(record().signal.astype(float), 250.0), 250.0)


def _stream() -> Any:
    with package.Stream(250, ["II"]) as stream:
        return stream.push(record().signal)


def _export() -> Any:
    from ectopy.edge.export import export_model

    return export_model("beat-autoencoder", folder() / "edge", fs=250)


def _compare_beats() -> Any:
    from ectopy.evaluation.ec57 import compare_beats

    return compare_beats(record().annotations, analysis().annotations(), fs=250).qrs_sensitivity


CELLS: dict[str, dict[str, Probe]] = {
    "opens WFDB records": {
        "ectopy": lambda: package.open_record(folder() / "compared"),
        "wfdb": _wfdb_read,
    },
    "opens EDF": {
        "ectopy": lambda: package.open_record(folder() / "compared.edf"),
        "wfdb": _wfdb_edf,
    },
    "finds R peaks": {
        "ectopy": lambda: ectopy(record().signal, 250.0),
        "neurokit2": lambda: PEERS["neurokit2"](record().signal, 250.0),
        "sleepecg": lambda: PEERS["sleepecg"](record().signal, 250.0),
        "wfdb": lambda: PEERS["gqrs"](record().signal, 250.0),
        "ecgdeli": _ecgdeli,
    },
    "marks P, QRS and T": {
        "ectopy": lambda: package.delineate(record()),
        "neurokit2": lambda: _neurokit("ecg_delineate", lead(), peaks(), 250, method="dwt"),
        "ecgdeli": _ecgdeli,
    },
    "classifies beats (N, S, V, F)": {"ectopy": lambda: analysis().classes},
    "scores unusual shapes of beats": {"ectopy": lambda: analysis().scores},
    "finds atrial fibrillation": {"ectopy": lambda: analysis().episodes},
    "judges the quality of the signal": {
        "ectopy": lambda: analysis().summary().usable_share,
        "neurokit2": lambda: _neurokit("ecg_quality", lead(), peaks(), 250),
    },
    "heart rate variability": {
        "ectopy": lambda: analysis().intervals.variability,
        "neurokit2": lambda: _neurokit("hrv_time", peaks(), 250),
        "sleepecg": _sleep_stages,
    },
    "compares beats with a reference": {
        "ectopy": _compare_beats,
        "wfdb": _wfdb_compare,
        "sleepecg": lambda: _sleepecg("compare_heartbeats", peaks(), peaks(), 10),
    },
    "writes WFDB annotations": {
        "ectopy": lambda: package.write_annotations(folder() / "own.atr", record().annotations),
        "wfdb": _wfdb_write,
    },
    "simulates an ECG": {
        "ectopy": record,
        "neurokit2": lambda: _neurokit("ecg_simulate", duration=10, sampling_rate=250),
    },
    "takes a live stream": {"ectopy": _stream},
    "exports its models to ONNX": {"ectopy": _export},
    "other signals (skin, breath, muscle, pulse)": {
        "neurokit2": lambda: _neurokit("eda_phasic", _neurokit("eda_simulate", duration=10), 1000),
    },
    "features and stages of sleep": {"sleepecg": _sleep_stages},
}
"""What a package can do → package → the call that does it."""


def cells() -> dict[str, dict[str, str]]:
    """Run every cell."""
    return {what: {name: attempt(each) for name, each in probes.items()} for what, probes in CELLS.items()}


def attempt(probe: Probe) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            probe()
        except Exception as error:
            return f"fails: {type(error).__name__}: {error}"
    return "runs"


def qrs() -> dict[str, dict[str, Any]]:
    """Measure R peaks on DS2, first lead."""
    wanted = ("beats", "Se", "+P", "VEB missed", "VEB")
    found: dict[str, dict[str, Any]] = {}
    for name, detector in {"ectopy": ectopy, **PEERS}.items():
        figures = summarise(by_ec57(each, 1, detector) for each in load_records("ds2")).figures
        found[name] = {key: figures[key] for key in wanted}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("cells", "qrs"), action="append")
    parts = parser.parse_args().part or ["cells", "qrs"]
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    made = {"cells": cells, "qrs": qrs}
    for part in parts:
        result[part] = made[part]()
    result["date"] = datetime.now(UTC).date().isoformat()
    result["versions"] = {name: version(name) for name in OTHERS}
    result["python"] = platform.python_version()
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
