"""Fit the rule that says which recordings are too noisy, on people that the network did not learn from.

The signal classifier is trained twice, each time on one half of the training people, and run over the
recordings of CinC 2017 of the other half; a logistic regression on what it gives there is the rule. The
weights are written by a tenth, as the recipe has them, beside F1 by the limit, and F1 cross-fitted: the
regression and its limit are chosen on four fifths of the recordings and judged on the rest, ten times.

    python benchmarks/too_noisy.py --out benchmarks/results/too_noisy.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from ectopy.analysis.pipeline import Pipeline
from ectopy.beats.uniformity import uniformity
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.recipes.signal_classifier import (
    EPOCHS,
    LEAST_NOISINESS,
    fit_signal_classifier,
    training_examples,
)

LIMITS = np.linspace(-0.1, 0.3, 81)
"""Of the evidence, by a tenth, that are tried."""

Figures = npt.NDArray[np.float64]


def half(person: str) -> int:
    """Return which half of the training people a person is of."""
    return int(hashlib.sha256(f"fold-{person}".encode()).hexdigest()[:8], 16) % 2


def _other(number: int, person: str) -> bool:
    return half(person) != number


def figures(every: int, epochs: int) -> tuple[Figures, npt.NDArray[np.bool_]]:
    """Return noisiness, likeness and spread of size of recordings, and which experts called too noisy."""
    entries = [entry for entry in load_cinc2017_table() if not entry.kept_apart][::every]
    rows = np.zeros((len(entries), 3))
    for number in (0, 1):
        with tempfile.TemporaryDirectory() as folder:
            examples = training_examples(0, partial(_other, number))
            model = fit_signal_classifier(examples, Path(folder), epochs=epochs)
            pipeline = replace(Pipeline.shipped(), signal=model)
            for row, entry in zip(rows, entries, strict=True):
                if half(entry.patient) == number:
                    row[:] = _figures_of(pipeline, entry.name)
    return rows, np.array([entry.label == "~" for entry in entries])


def _figures_of(pipeline: Pipeline, name: str) -> tuple[float, float, float]:
    analysis = pipeline.run(load_cinc2017_record(name), waves=False)
    beats = analysis.beats
    alike = uniformity(beats.waveforms[:, 0], beats.fs, pipeline.detector.window.before)
    return analysis.noisiness, alike.principal_share, alike.amplitude_spread


def by_limit(evidence: Figures, rows: Figures, noisy: npt.NDArray[np.bool_]) -> Figures:
    """Return F1 for each of `LIMITS`."""
    told = (evidence[:, None] > LIMITS) & (rows[:, :1] >= LEAST_NOISINESS)
    return np.asarray([f1(noisy, column) for column in told.T])


def f1(noisy: npt.NDArray[np.bool_], told: npt.NDArray[np.bool_]) -> float:
    return float(2 * (noisy & told).sum() / max(1, noisy.sum() + told.sum()))


def fitted(rows: Figures, noisy: npt.NDArray[np.bool_]) -> Figures:
    """Return the weights of a logistic regression, by a tenth."""
    return np.asarray(LogisticRegression(C=100, max_iter=1000).fit(rows, noisy).coef_[0] / 10)


def cross_fitted(rows: Figures, noisy: npt.NDArray[np.bool_]) -> list[float]:
    """Return F1 of recordings that neither weights nor limit were chosen on."""
    result = []
    for seed in range(10):
        told = np.zeros(len(noisy), bool)
        for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(rows, noisy):
            weights = fitted(rows[train], noisy[train])
            smooth = np.convolve(
                by_limit(rows[train] @ weights, rows[train], noisy[train]), np.ones(5), "same"
            )
            told[test] = rows[test] @ weights > LIMITS[smooth.argmax()]
        result.append(f1(noisy, told & (rows[:, 0] >= LEAST_NOISINESS)))
    return result


def main() -> None:
    """Train twice, fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/too_noisy.json"))
    parser.add_argument("--every", type=int, default=1, help="look at every so manieth recording only")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    rows, noisy = figures(options.every, options.epochs)
    weights = fitted(rows, noisy)
    scores = by_limit(rows @ weights, rows, noisy)
    told: dict[str, Any] = {
        "recordings": len(noisy),
        "too noisy": int(noisy.sum()),
        "weights": [round(float(weight), 3) for weight in weights],
        "F1 by limit": {f"{limit:.3f}": round(score, 3) for limit, score in zip(LIMITS, scores, strict=True)},
        "F1 cross-fitted": round(float(np.mean(cross_fitted(rows, noisy))), 3),
    }
    options.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
