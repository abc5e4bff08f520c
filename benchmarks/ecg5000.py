"""The anomaly detector with its defaults on ECG5000, to benchmarks/results/ecg5000.json, pictures to docs/.

Two protocols: (i) the official split, trained on its 292 normal training beats and tested on the 4,500
test beats; (ii) normal beats 80/20 at random, all abnormal beats tested. The threshold promises 2 % false
alarms and comes from the training beats alone. All beats are one person's. Score, network and training
were chosen by nested cross-fitting inside the official training part; ``--inside`` prints such a choice
again and opens no test beat.

``python benchmarks/ecg5000.py --seeds 5``; needs ``ecg5000``. ``ATEN_CPU_CAPABILITY=default`` makes
torch, and ``MKL_ENABLE_INSTRUCTIONS=SSE4_2`` its linear algebra, round otherwise: the figures of each way
are kept, and the largest difference of a seed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import KFold

from ectopy.datasets.ecg5000 import load_ecg5000
from ectopy.datasets.random_splits import random_split
from ectopy.evaluation.ranking import auroc
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.tasks.pictures import decision_figure, history_figure, score_figure

RESULT = Path(__file__).parent / "results" / "ecg5000.json"
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LARGE = "ecg5000-80-20"
OUTER = 5
"""Folds of the normal training beats that are tested in turn where nothing else is opened."""


def figures(detector: BeatAnomalyDetector, waveforms: np.ndarray, abnormal: np.ndarray) -> dict[str, float]:
    """Return how a detector does on tested beats."""
    scores = detector.anomaly_score(waveforms)
    flagged = scores > detector.threshold_
    return {
        "AUC": auroc(scores, abnormal),
        "accuracy": float((flagged == abnormal).mean()),
        "false alarms": float(flagged[~abnormal].mean()),
        "abnormal beats flagged": float(flagged[abnormal].mean()),
    }


def inside_training(options: Mapping[str, Any]) -> dict[str, float]:
    """Choose: test each fold of the normal training beats and all abnormal training beats."""
    train = load_ecg5000().train
    normal, other = train.waveforms[train.symbols == "N"], train.waveforms[train.symbols != "N"]
    found = []
    for learned, left in KFold(OUTER, shuffle=True, random_state=100).split(normal):
        tested = np.concatenate([normal[left], other])
        detector = BeatAnomalyDetector(**options).fit(normal[learned])
        found.append(figures(detector, tested, np.arange(len(tested)) >= len(left)))
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def official(seed: int, options: Mapping[str, Any]) -> BeatAnomalyDetector:
    """Train on the normal beats of the official training part."""
    train = load_ecg5000().train
    return BeatAnomalyDetector(seed=seed, **options).fit(train.waveforms[train.symbols == "N"])


def measure(seed: int, options: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Run both protocols with one seed."""
    data = load_ecg5000()
    every, test = data.all, data.test
    split = random_split(LARGE, every.patients, normal=every.symbols == "N", seed=seed)
    large = BeatAnomalyDetector(seed=seed, **options).fit(every.waveforms[split.train])
    return {
        "(i) official split": figures(official(seed, options), test.waveforms, test.symbols != "N"),
        "(ii) normals 80/20": figures(large, every.waveforms[split.test], every.symbols[split.test] != "N"),
    }


def draw(detector: BeatAnomalyDetector) -> None:
    """Draw training, scores and decisions of the official split."""
    test = replace(load_ecg5000().test, fs=float("nan"))  # stretched to one length, so that no time is known
    abnormal = test.symbols != "N"
    scored = detector.score_beats(test)
    parts = {
        "normal, held out in training": detector.calibration_scores_,
        "normal, tested": scored.scores[~abnormal],
        "abnormal, tested": scored.scores[abnormal],
    }
    PICTURES.mkdir(exist_ok=True)
    for name, figure in {
        "ecg5000-history": history_figure(detector.history_),
        "ecg5000-scores": score_figure(parts, detector.threshold_),
        "ecg5000-decisions": decision_figure(test, scored, abnormal, detector.threshold_),
    }.items():
        figure.savefig(PICTURES / f"{name}.png", dpi=80, metadata={"Software": None})


def summary(runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Return mean, standard deviation and each seed of every figure."""
    return {
        part: {
            name: {
                "mean": float(np.mean(values)),
                "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                "runs": values,
            }
            for name in runs[0][part]
            for values in [[run[part][name] for run in runs]]
        }
        for part in runs[0]
    }


def largest_difference(kept: Mapping[str, Any]) -> dict[str, float]:
    """Return by how much a figure differs at most over the ways to compute, seed by seed."""
    parts = next(iter(kept.values()))["figures"]
    n_seeds = min(each["seeds"] for each in kept.values())
    return {
        f"{part}: {name}": float(
            np.ptp([each["figures"][part][name]["runs"][:n_seeds] for each in kept.values()], axis=0).max()
        )
        for part in parts
        for name in parts[part]
    }


def instructions() -> str:
    """Return which instructions torch and the linear algebra compute with."""
    limited = os.environ.get("MKL_ENABLE_INSTRUCTIONS")
    return torch.backends.cpu.get_cpu_capability() + (f", MKL {limited}" if limited else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="0: measure nothing")
    parser.add_argument("--inside", action="store_true", help="choose in the training part, test nothing")
    parser.add_argument("--options", default="{}", help="of BeatAnomalyDetector, as JSON")
    parser.add_argument("--pictures", action="store_true", help="draw those of docs/pictures, seed 0")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    options = json.loads(asked.options)
    if asked.inside:
        print(json.dumps(inside_training(options), indent=2))
        return
    if asked.pictures:
        draw(official(0, options))
    if not asked.seeds:
        return
    began = time.process_time()
    runs = []
    for seed in range(asked.seeds):
        runs.append(measure(seed, options))
        print(seed, json.dumps(runs[-1]), flush=True)
    kept = json.loads(RESULT.read_text())["by capability"] if RESULT.exists() else {}
    kept[instructions()] = {
        "seeds": asked.seeds,
        "options": options,
        "processor seconds": round(time.process_time() - began, 1),
        "figures": summary(runs),
    }
    content = {
        "processor": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "by capability": kept,
        "largest difference between capabilities": largest_difference(kept),
    }
    RESULT.write_text(json.dumps(content, indent=2) + "\n")
    print(f"wrote {RESULT}")


if __name__ == "__main__":
    main()
