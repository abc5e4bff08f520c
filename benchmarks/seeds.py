"""How much the anomaly detector's figures on DS2 depend on its seed, to benchmarks/results/seeds.json.

Trains it five times, as ``ectopy train`` does, with nothing changed but the seed. Needs ``mitdb``.
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ectopy.studies.recipes import train_model

RESULT = Path(__file__).parent / "results" / "seeds.json"
SEEDS = (0, 1, 2, 3, 4)


def figures(seed: int) -> dict[str, float]:
    """Return the figures of one training."""
    with tempfile.TemporaryDirectory() as folder:
        measured = train_model("conv", Path(folder) / "model", seed=seed).metrics["mitdb DS2"]
    ranked: dict[str, Any] = measured["autoencoder"]
    return {
        "AUROC": ranked["auroc"]["value"],
        "AUPRC": ranked["auprc"]["value"],
        **{f"AUROC of {name}": value for name, value in ranked["auroc of a class against N"].items()},
        **{f"Se {name} at its threshold": value for name, value in measured["sensitivity"].items()},
        "false-alarm rate at its threshold": measured["false_alarm_rate"],
    }


def main() -> None:
    with ProcessPoolExecutor(2) as pool:
        runs = list(pool.map(figures, SEEDS))
    table = {
        name: {
            "mean": float(np.mean([run[name] for run in runs])),
            "sd": float(np.std([run[name] for run in runs], ddof=1)),
            "runs": [run[name] for run in runs],
        }
        for name in runs[0]
    }
    RESULT.write_text(json.dumps({"seeds": SEEDS, **table}, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
