"""Seconds of a bootstrap over patients, and by resampling rows, to benchmarks/results/bootstrap.json."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from ectopy.evaluation.confusion import grouped_confusion
from ectopy.evaluation.metrics import macro_f1
from ectopy.evaluation.uncertainty import CountFigure, RankFigure, bootstrap, compare, patient_weights

RESULT = Path(__file__).parent / "results" / "bootstrap.json"
N_BEATS, N_PATIENTS, N_REPLICATES, N_ROW_REPLICATES = 50_000, 48, 1000, 20


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def by_rows(figure: Callable[[np.ndarray], object], patients: np.ndarray) -> float:
    """Seconds that N_REPLICATES would take if each copied the rows of the drawn patients."""
    rows_of = [np.flatnonzero(patients == patient) for patient in range(N_PATIENTS)]

    def work() -> None:
        for weights in patient_weights(N_PATIENTS, N_ROW_REPLICATES):
            figure(
                np.concatenate(
                    [rows for rows, n in zip(rows_of, weights, strict=True) for _ in range(int(n))]
                )
            )

    return round(seconds(work) * N_REPLICATES / N_ROW_REPLICATES, 1)


def main() -> None:
    rng = np.random.default_rng(0)
    patients = rng.integers(0, N_PATIENTS, N_BEATS)
    classes = rng.choice(list("NSVFQ"), N_BEATS, p=[0.89, 0.03, 0.06, 0.01, 0.01])
    called = np.where(rng.random(N_BEATS) < 0.9, classes, "N")
    abnormal = classes != "N"
    scores, others = rng.normal(size=(2, N_BEATS)) + 2 * abnormal

    result = {
        "beats": N_BEATS,
        "patients": N_PATIENTS,
        "replicates": N_REPLICATES,
        "seconds": {
            "macro-F1": seconds(
                lambda: bootstrap(CountFigure(grouped_confusion(classes, called, patients), macro_f1))
            ),
            "AUROC": seconds(lambda: bootstrap(RankFigure.of(scores, abnormal, patients))),
            "AUPRC": seconds(lambda: bootstrap(RankFigure.of(scores, abnormal, patients, "auprc"))),
            "AUROC of two models, paired": seconds(
                lambda: compare(
                    RankFigure.of(scores, abnormal, patients), RankFigure.of(others, abnormal, patients)
                )
            ),
        },
        "seconds_resampling_rows_with_scikit_learn": {
            "macro-F1": by_rows(
                lambda rows: f1_score(classes[rows], called[rows], average="macro"), patients
            ),
            "AUROC": by_rows(lambda rows: roc_auc_score(abnormal[rows], scores[rows]), patients),
            "AUPRC": by_rows(lambda rows: average_precision_score(abnormal[rows], scores[rows]), patients),
        },
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
