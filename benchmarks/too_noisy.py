"""Fit the rule that says which recordings are too noisy, on people that the network did not learn from.

The signal classifier is trained twice, each time on one half of the training people, and run over the
recordings of CinC 2017 of the other half; a logistic regression on what it gives there is the rule. The
weights are written by a tenth, as the recipe has them, beside F1 by the limit, and F1 cross-fitted: the
regression and its limit are chosen on four fifths of the recordings and judged on the rest, ten times; its
interval is of recordings drawn again. The same with the noise of the whole recording, instead of that of its
calmest third, stands beside it.

    python benchmarks/too_noisy.py --out benchmarks/results/too_noisy.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.running import RunningAnalysis
from ectopy.beats.uniformity import uniformity
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.recipes.signal_classifier import (
    EPOCHS,
    LEAST_NOISINESS,
    fit_signal_classifier,
    training_examples,
)

WHOLE = [3, 1, 2]
"""Columns of the figures with the noise of the whole recording in place of that of its calmest third."""

LEAST_OF_WHOLE = 0.2
"""Noise of a whole recording below which none was too noisy while it decided."""

N_DRAWN = 1000
"""Times that recordings are drawn again for an interval."""

LIMITS = np.linspace(-0.1, 0.3, 81)
"""Of the evidence, by a tenth, that are tried."""

Figures = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def half(person: str) -> int:
    """Return which half of the training people a person is of."""
    return int(hashlib.sha256(f"fold-{person}".encode()).hexdigest()[:8], 16) % 2


def _other(number: int, person: str) -> bool:
    return half(person) != number


def figures(every: int, epochs: int) -> tuple[Figures, Flags]:
    """Return figures of recordings, and which of them experts called too noisy.

    The figures are the noise of the calmest third, likeness, spread of size, and the noise of the whole.
    """
    entries = [entry for entry in load_cinc2017_table() if not entry.kept_apart][::every]
    rows = np.zeros((len(entries), 4))
    for number in (0, 1):
        with tempfile.TemporaryDirectory() as folder:
            examples = training_examples(0, partial(_other, number))
            model = fit_signal_classifier(examples, Path(folder), epochs=epochs)
            pipeline = replace(Pipeline.shipped(), signal=model)
            for row, entry in zip(rows, entries, strict=True):
                if half(entry.patient) == number:
                    row[:] = _figures_of(pipeline, entry.name)
    return rows, np.array([entry.label == "~" for entry in entries])


def _figures_of(pipeline: Pipeline, name: str) -> tuple[float, ...]:
    record, window = load_cinc2017_record(name), pipeline.detector.window
    with closing(RunningAnalysis(pipeline, record.fs, record.leads)) as running:
        running.push(record.signal)
        found = running.flush()
    alike = uniformity(found.beats.waveforms, window.fs, window.before)
    return found.calm_noisiness, alike.principal_share, alike.amplitude_spread, found.noisiness


def by_limit(rows: Figures, noisy: Flags, weights: Figures, least: float = LEAST_NOISINESS) -> Figures:
    """Return F1 for each of `LIMITS`."""
    told = (rows @ weights)[:, None] > LIMITS
    return np.asarray([f1(noisy, column & (rows[:, 0] >= least)) for column in told.T])


def f1(noisy: Flags, told: Flags) -> float:
    return float(2 * (noisy & told).sum() / max(1, noisy.sum() + told.sum()))


def fitted(rows: Figures, noisy: Flags) -> Figures:
    """Return the weights of a logistic regression, by a tenth."""
    return np.asarray(LogisticRegression(C=100, max_iter=1000).fit(rows, noisy).coef_[0] / 10)


def cross_fitted(rows: Figures, noisy: Flags, least: float) -> Flags:
    """Return which recordings are told by rules chosen without them, ten times, shape (10, n)."""
    told = np.zeros((10, len(noisy)), np.bool_)
    for seed, each in enumerate(told):
        for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(rows, noisy):
            weights = fitted(rows[train], noisy[train])
            smooth = np.convolve(by_limit(rows[train], noisy[train], weights, least), np.ones(5), "same")
            each[test] = rows[test] @ weights > LIMITS[smooth.argmax()]
    return told & (rows[:, 0] >= least)


def mean_f1(noisy: Flags, told: Flags) -> float:
    return float(np.mean([f1(noisy, each) for each in told]))


def compared(rows: Figures, noisy: Flags) -> dict[str, Any]:
    """Return F1 cross-fitted with the noise of the calmest third and of the whole, with 95 % intervals."""
    calm = cross_fitted(rows[:, :3], noisy, LEAST_NOISINESS)
    whole = cross_fitted(rows[:, WHOLE], noisy, LEAST_OF_WHOLE)
    rng, drawn = np.random.default_rng(0), np.zeros((N_DRAWN, 2))
    for pair in drawn:
        some = rng.integers(0, len(noisy), len(noisy))
        pair[:] = [mean_f1(noisy[some], told[:, some]) for told in (calm, whole)]
    gain = drawn[:, 0] - drawn[:, 1]
    return {
        "F1 cross-fitted": {"value": round(mean_f1(noisy, calm), 3), **interval(drawn[:, 0])},
        "noise of the whole recording": {"value": round(mean_f1(noisy, whole), 3), **interval(drawn[:, 1])},
        "gain": {"value": round(mean_f1(noisy, calm) - mean_f1(noisy, whole), 3), **interval(gain)},
    }


def interval(drawn: Figures) -> dict[str, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"low": round(float(low), 3), "high": round(float(high), 3)}


def main() -> None:
    """Train twice, fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/too_noisy.json"))
    parser.add_argument("--every", type=int, default=1, help="look at every so manieth recording only")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    rows, noisy = figures(options.every, options.epochs)
    weights = fitted(rows[:, :3], noisy)
    scores = by_limit(rows[:, :3], noisy, weights)
    told: dict[str, Any] = {
        "recordings": len(noisy),
        "too noisy": int(noisy.sum()),
        "weights": [round(float(weight), 3) for weight in weights],
        "F1 by limit": {f"{limit:.3f}": round(score, 3) for limit, score in zip(LIMITS, scores, strict=True)},
        **compared(rows, noisy),
    }
    options.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
