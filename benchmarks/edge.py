"""Exported models: size, cost and what 8 bits lose: benchmarks/results/edge.json.

The loss is that of F1, in points of a hundred, from the network in 32 bits to the same in 8 bits,
everything else as it is: of R peaks (first lead, EC57), of flagged beats and of the classes S and V (the
whole analysis), and of the marks of P, QRS and T (LUDB, lead II, within 150 ms). On DS1 and on the training
people of LUDB it is given person by person, for ranges taken from simulated recordings (what ``ectopy
export --int8`` does) and for ranges taken from some of the training signal; DS2 and the test people of LUDB
are looked at with the former.

The cost is processor time in one thread: of onnxruntime in Python, and of onnxruntime-web under node where
``npm ci --prefix tests/node`` has installed it. ``--part loss`` needs the databases ``mitdb`` and
``ludb``; ``--part cost`` needs none and keeps the losses that stand in the file, and with ``--models`` the
costs of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from ectopy.analysis.pipeline import Pipeline
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.mitbih import RECORD_SETS, load_record
from ectopy.edge.export import export_model
from ectopy.edge.quantisation import calibration_inputs, quantised
from ectopy.evaluation.beat_results import BeatResults, beat_results
from ectopy.evaluation.delineation import compare_waves
from ectopy.evaluation.ec57 import compare_beats
from ectopy.models import artifact
from ectopy.models.artifact import NETWORK, Artifact
from ectopy.models.delineator import delineate
from ectopy.models.registry import (
    DEFAULT_AUTOENCODER,
    DEFAULT_CLASSIFIER,
    DEFAULT_DELINEATOR,
    DEFAULT_MODEL,
    DEFAULT_QRS,
    model_folder,
)
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.models.trained_detector import TrainedDetector
from ectopy.recipes.qrs_detector import evaluate_record
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate

RESULT = Path(__file__).parent / "results" / "edge.json"
NODE = Path(__file__).parents[1] / "tests" / "node"
MODELS = (DEFAULT_QRS, DEFAULT_AUTOENCODER, DEFAULT_CLASSIFIER, DEFAULT_DELINEATOR)
"""Of which the loss is measured, and the cost."""

COSTED = (DEFAULT_QRS, DEFAULT_MODEL, *MODELS[1:])
START = 300.0
"""Seconds of each record of MIT-BIH that EC57 does not count."""

FEWEST = 30
"""Beats of a class that a person must have for an F1 of their own."""

CALIBRATION = ("106", "119", "203", "207", "209", "223")
"""Records of DS1, four minutes of which are the training signal that ranges are taken from."""

TOLERANCE = 150.0
SECONDS = 60.0
REPEATS = 5
REPEATS_IN_JAVASCRIPT = 30
"""More, as node compiles a graph while it runs: the first runs take several times as long."""

Counts = dict[str, tuple[int, int, int]]
"""Figure → found, missed and extra."""


def qrs_counts(record: Record, model: Artifact) -> Counts:
    compared = evaluate_record(record, 1, model)
    missed, extra = compared.count("NSVFQ", "ox"), compared.count("OX", "nsvfq")
    return {"R peaks": (compared.qrs_sensitivity.whole - missed, missed, extra)}


def beat_counts(record: Record, pipeline: Pipeline) -> Counts:
    """Count flags and classes of a whole analysis."""
    marks = record.reference_annotations()
    analysis = pipeline.run(record, waves=False)
    detected = analysis.annotations().beats()
    compared = compare_beats(
        marks, detected, fs=record.fs, record=record.name, start=START, length=record.n_samples
    )
    results = beat_results(
        compared,
        marks,
        detected,
        analysis.scores,
        analysis.classes,
        fs=record.fs,
        hours=(record.duration - START) / 3600,
        threshold=analysis.threshold,
        patient=record.patient,
    )
    return {"flagged": flag_counts(results)} | {name: class_counts(results, name) for name in "SV"}


def flag_counts(results: BeatResults) -> tuple[int, int, int]:
    found = int((results.flagged & results.abnormal).sum())
    return found, int(results.abnormal.sum()) - found, int(results.false_alarms.sum())


def class_counts(results: BeatResults, name: str) -> tuple[int, int, int]:
    counted = results.classes != "Q"
    truth, said = (results.classes == name) & counted, (results.predicted == name) & counted
    found = int((truth & said).sum())
    return found, int(truth.sum()) - found, int(said.sum()) - found


def wave_counts(name: str, model: Artifact) -> Counts:
    record = load_ludb_record(name)
    lead = next(lead for lead in record.leads if lead.lower() == "ii")
    waves = delineate(record.select([lead]), model=model).wave_marks(lead)
    compared = compare_waves(load_ludb_waves(name, "ii"), waves, record.fs)
    marks = np.sum([matches.counts(TOLERANCE) for matches in compared.values()], axis=0).tolist()
    return {"marks of P, QRS and T": (marks[0], marks[1], marks[2])}


def counters(models: Mapping[str, Artifact]) -> list[tuple[str, Callable[[Record], Counts]]]:
    """Return what is counted on each record of MIT-BIH; the flags and classes at the R peaks of 32 bits."""
    classifier = TrainedClassifier.load(models[DEFAULT_CLASSIFIER].folder)
    pipeline = replace(
        Pipeline.shipped(), detector=TrainedDetector.of(models[DEFAULT_AUTOENCODER]), classifier=classifier
    )
    return [
        ("qrs", lambda record: qrs_counts(record, models[DEFAULT_QRS])),
        ("beats", lambda record: beat_counts(record, pipeline)),
    ]


def count(models: Mapping[str, Artifact], split: str) -> dict[str, Counts]:
    """Count on a record set of MIT-BIH and on people of LUDB, person by person."""
    people: dict[str, Counts] = {}
    for name in RECORD_SETS[split]:
        record = load_record(name)
        merged = people.setdefault(record.patient or name, {})
        for _, counter in counters(models):
            for figure, counts in counter(record).items():
                before = merged.get(figure, (0, 0, 0))
                merged[figure] = tuple(map(sum, zip(before, counts, strict=True)))  # type: ignore[assignment]
    for name in ludb_people("test" if split == "ds2" else "train"):
        people[f"LUDB {name}"] = wave_counts(name, models[DEFAULT_DELINEATOR])
    return people


def ludb_people(part: str) -> list[str]:
    return [name for name in LUDB_RECORDS if ludb_part(name) == part]


def f1(counts: tuple[int, int, int]) -> float:
    found, missed, extra = counts
    return 200 * found / max(1, 2 * found + missed + extra)


def compared(exact: Mapping[str, Counts], small: Mapping[str, Counts]) -> dict[str, Any]:
    """Return F1 of both, gross, and the loss of each person who has enough beats."""
    figures: dict[str, Any] = {}
    for figure in sorted({figure for counts in exact.values() for figure in counts}):
        pairs = {p: (exact[p][figure], small[p][figure]) for p in exact if figure in exact[p]}
        gross = [tuple(np.sum([pair[i] for pair in pairs.values()], axis=0).tolist()) for i in (0, 1)]
        losses = {p: f1(a) - f1(b) for p, (a, b) in pairs.items() if a[0] + a[1] >= FEWEST}
        worst = max(losses, key=lambda person: losses[person])
        figures[figure] = {
            "people": len(pairs),
            "F1 fp32": round(f1(gross[0]), 3),
            "F1 int8": round(f1(gross[1]), 3),
            "loss": round(f1(gross[0]) - f1(gross[1]), 3),
            "people with a loss above 0.5": sum(loss > 0.5 for loss in losses.values()),
            "mean loss by person": round(float(np.mean(list(losses.values()))), 3),
            "worst person": worst,
            "worst loss": round(losses[worst], 3),
            "loss by person": {person: round(loss, 3) for person, loss in losses.items()},
        }
    return figures


def in_int8(folder: Path, records: list[Record] | None) -> dict[str, Artifact]:
    """Write the shipped models with their networks in 8 bits."""
    return {name: small_model(folder / name, artifact.load(model_folder(name)), records) for name in MODELS}


def small_model(folder: Path, loaded: Artifact, records: list[Record] | None) -> Artifact:
    files = {name: (loaded.folder / name).read_bytes() for name in loaded.manifest.files}
    files[NETWORK] = quantised(files[NETWORK], calibration_inputs(loaded, records))
    return artifact.save(folder, loaded.manifest, files)


def training_signal() -> list[Record]:
    return [load_record(name).slice(START, START + 240) for name in CALIBRATION]


def losses(checkpoint: Callable[[dict[str, Any]], None]) -> None:
    exact = {name: artifact.load(model_folder(name)) for name in MODELS}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        simulated = in_int8(Path(folder) / "simulated", None)
        trained = in_int8(Path(folder) / "trained", training_signal())
        before = count(exact, "ds1")
        found["training people, ranges from simulated recordings"] = compared(before, count(simulated, "ds1"))
        checkpoint(found)
        found["training people, ranges from training signal"] = compared(before, count(trained, "ds1"))
        checkpoint(found)
        test = compared(count(exact, "ds2"), count(simulated, "ds2"))
        for figures in test.values():
            del figures["loss by person"]
        found["test people, ranges from simulated recordings"] = test
        checkpoint(found)


def costs(models: Sequence[str] = COSTED) -> dict[str, Any]:
    """Return size and processor time of every graph of models, in Python and in JavaScript."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows: dict[str, dict[str, Any]] = {}
        cases: dict[str, Any] = {}
        for model in models:
            written = export_model(model, folder, int8=True)
            for graph in json.loads(written.description.read_text(encoding="utf-8"))["graphs"]:
                inputs, units, unit = example(model, graph, folder)
                for precision, file in graph["files"].items():
                    key = f"{file['file'].partition('.onnx')[0]}"
                    rows[key] = {
                        "graph": graph["purpose"],
                        "precision": precision,
                        "bytes": file["bytes"],
                        "per": unit,
                        "microseconds, Python": round(python_cost(folder / file["file"], inputs) / units, 2),
                    }
                    cases[key] = {"what": "cost", "graph": file["file"], "units": units}
                    cases[key]["repeats"] = REPEATS_IN_JAVASCRIPT
                    cases[key]["inputs"] = stored(inputs, folder)
        if shutil.which("node") and (NODE / "node_modules").is_dir():
            (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
            subprocess.run(["node", str(NODE / "edge.mjs"), name], check=True)
            for key, result in json.loads((folder / "results.json").read_text(encoding="utf-8")).items():
                rows[key]["microseconds, JavaScript"] = round(result["microseconds"] / cases[key]["units"], 2)
        return rows


def example(
    model: str, graph: dict[str, Any], folder: Path
) -> tuple[dict[str, npt.NDArray[Any]], float, str]:
    """Return inputs of a graph, how many units of work they are, and the unit."""
    description = json.loads((folder / f"{model}.json").read_text(encoding="utf-8"))
    timing = description["timing"]
    names = [port["name"] for port in graph["inputs"]]
    if names[0] in ("windows", "features"):
        rng, n = np.random.default_rng(0), timing["beats_at_once"]
        inputs = {names[0]: rng.normal(size=[n, *graph["inputs"][0]["shape"][1:]]).astype(np.float32)}
        if "rr" in names:
            inputs |= {"rr": rng.uniform(0.6, 1, n).astype(np.float32), "cluster": np.arange(n) % 4}
        return inputs, n, "beat"
    length = (
        timing.get("samples")
        or int(SECONDS * timing["signal_hz"]) // timing["samples_multiple_of"] * timing["samples_multiple_of"]
    )
    record = simulate(length / timing["signal_hz"] + 1, timing["signal_hz"], rhythm=Rhythm(ventricular=0.05))
    signal = np.ascontiguousarray(record.signal[:length, :1].T, dtype=np.float32)
    if "r_peaks" not in names:
        return {"signal": signal}, length / timing["signal_hz"], "second of one lead"
    marks = record.reference_annotations().beats().samples
    peaks = marks[marks < length].astype(np.float64)
    return {"signal": signal, "r_peaks": peaks}, float(len(peaks)), "beat"


def python_cost(path: Path, inputs: dict[str, npt.NDArray[Any]]) -> float:
    """Return the least processor time of a run in microseconds."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return min(1e6 * _timed(lambda: session.run(None, inputs)) for _ in range(REPEATS))


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def stored(inputs: dict[str, npt.NDArray[Any]], folder: Path) -> dict[str, Any]:
    """Write arrays where `edge.mjs` finds them, and return what it needs to know."""
    described = {}
    for name, values in inputs.items():
        file = f"{len(list(folder.glob('*.raw')))}.raw"
        (folder / file).write_bytes(values.tobytes())
        described[name] = {"file": file, "type": values.dtype.name, "shape": values.shape}
    return described


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("all", "loss", "cost"), default="all")
    parser.add_argument("--models", nargs="+", choices=COSTED, default=COSTED)
    options = parser.parse_args()
    part = options.part
    about = {"command": "python benchmarks/edge.py", "repeats": REPEATS, "onnxruntime": ort.__version__}
    about |= {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}

    def keep(**parts: Any) -> None:
        old = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
        text = json.dumps(old | about | parts, indent=2, ensure_ascii=False)
        RESULT.write_text(text + "\n", encoding="utf-8")

    if part != "loss":
        stands = {} if len(options.models) == len(COSTED) else json.loads(RESULT.read_text())["cost"]
        keep(cost=stands | costs(options.models))
    if part != "cost":
        losses(lambda found: keep(loss=found))


if __name__ == "__main__":
    main()
