"""How well the beat encoder tells ectopic beats without a label: benchmarks/results/encoder_anomaly.json.

MIT-BIH DS2, first lead, reference R peaks, classes N, S, V and F, as the autoencoder is measured in its
manifest; beside it what the manifest says of that and of the distance from the template.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ectopy.beats.windows import cut_beats
from ectopy.datasets.mitbih import load_records
from ectopy.evaluation.ranking import auroc
from ectopy.evaluation.uncertainty import RankFigure, bootstrap
from ectopy.labels import aami_classes
from ectopy.models.beat_encoder import BeatEncoder
from ectopy.models.registry import DEFAULT_AUTOENCODER, model_folder
from ectopy.models.trained_detector import TrainedDetector

RESULT = Path(__file__).parent / "results" / "encoder_anomaly.json"


def main() -> None:
    """Write the figures."""
    encoder = BeatEncoder.pretrained()
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for record in load_records("ds2"):
        marks = record.reference_annotations().beats()
        beats = cut_beats(record.select(record.leads[:1]), marks.samples, encoder.window)
        classes = aami_classes(marks.symbols, "aami")
        kept = np.isin(classes, list("NSVF"))
        parts.append((encoder.anomaly_score(beats)[kept], classes[kept], beats.patients[kept]))
    scores, classes, patients = (np.concatenate(column) for column in zip(*parts, strict=True))
    one_of = {name: np.isin(classes, ("N", name)) for name in "SVF"}
    figures = {
        "auroc": asdict(bootstrap(RankFigure.of(scores, classes != "N", patients, "auroc"))),
        "auroc of a class against N": {
            name: auroc(scores[rows], classes[rows] == name) for name, rows in one_of.items()
        },
    }
    detector = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER)).manifest.metrics["mitdb DS2"]
    kept_figures = ("auroc", "auroc of a class against N")
    others = ("autoencoder", "distance from patient template, no network")
    table = {name: {key: detector[name][key] for key in kept_figures} for name in others}
    result = {"mitdb DS2": {"beat encoder, no labels": figures} | table}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
