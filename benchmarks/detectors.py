"""The anomaly detector beside simpler ones, under one protocol, to benchmarks/results/detectors.json.

Every method is trained on the same normal beats of MIT-BIH DS1 and has its threshold from the normal beats
of all its patients, each scored by a model that was not trained on the patient. ``DS1 held out`` are those
scores at thresholds from the other patients alone, by which the shipped detector was chosen. ``DS2`` are
other people. First lead, reference R peaks; five seeds, which also choose the training beats and the folds.
Needs ``mitdb`` and torch. Give ``--ds1`` to leave DS2 closed and write nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM

from ectopy.beats.normalisation import normalise, own_likeness, relative, strangeness
from ectopy.beats.windows import Beats
from ectopy.datasets.mitbih import load_records
from ectopy.evaluation.abnormality import ShareFigure
from ectopy.evaluation.ranking import auprc, auroc
from ectopy.evaluation.uncertainty import RankFigure, bootstrap
from ectopy.recipes.anomaly_detector import (
    CALLED_ABNORMAL,
    FALSE_ALARMS,
    TrainingBeats,
    detector_of,
    judged_beats,
    training_beats,
)

RESULT = Path(__file__).parent / "results" / "detectors.json"
SEEDS = (0, 1, 2, 3, 4)
FOLDS = 5
N_CODE = 8
NEIGHBOURS, AMONG = 5, 5000
SVM_BEATS = 3000
FEW = 10
"""The sensitivity of a patient is counted only where the patient has at least this many such beats."""

Fit = Callable[[np.ndarray, int], Callable[["Shown"], np.ndarray]]


@dataclass(frozen=True, eq=False)
class Shown:
    """Input of a method: beats z-scored, or compared with the patient template."""

    inputs: np.ndarray
    sources: np.ndarray
    correlation: np.ndarray | None = None

    @classmethod
    def zscored(cls, beats: Beats) -> Shown:
        """Each window by itself."""
        return cls(normalise(beats.waveforms, "zscore").waveforms[:, 0], beats.records)

    @classmethod
    def template(cls, beats: Beats) -> Shown:
        """Each window compared with the patient template."""
        standard = normalise(beats.waveforms, "own", beats.records)
        correlation = own_likeness(beats.waveforms, standard.offset)
        return cls(np.arcsinh(standard.waveforms[:, 0]), beats.records, correlation)

    def __getitem__(self, rows: np.ndarray) -> Shown:
        correlation = None if self.correlation is None else self.correlation[rows]
        return Shown(self.inputs[rows], self.sources[rows], correlation)

    def residual(self, reconstructed: np.ndarray) -> np.ndarray:
        """Mean absolute reconstruction error, in the units before compression by arcsinh."""
        if self.correlation is None:
            return np.abs(reconstructed - self.inputs).mean(axis=1)
        return np.abs(np.sinh(reconstructed.clip(-6, 6)) - np.sinh(self.inputs)).mean(axis=1)

    def relative_to_usual(self, scores: np.ndarray) -> np.ndarray:
        """Scores as multiples of what is usual for the patient, where a template was subtracted."""
        if self.correlation is None:
            return scores
        return relative(scores, self.correlation, self.sources, least=0)


def distance(learned: np.ndarray, seed: int) -> Callable[[Shown], np.ndarray]:
    return lambda shown: shown.relative_to_usual(np.abs(np.sinh(shown.inputs)).mean(axis=1))


def pca(learned: np.ndarray, seed: int) -> Callable[[Shown], np.ndarray]:
    fitted = PCA(N_CODE, random_state=seed).fit(learned)
    return lambda shown: shown.relative_to_usual(
        shown.residual(fitted.inverse_transform(fitted.transform(shown.inputs)))
    )


def pca_with_code(learned: np.ndarray, seed: int) -> Callable[[Shown], np.ndarray]:
    fitted = PCA(N_CODE, random_state=seed).fit(learned)

    def score(shown: Shown) -> np.ndarray:
        codes = fitted.transform(shown.inputs)
        residual = shown.residual(fitted.inverse_transform(codes))
        spread = np.sqrt(fitted.explained_variance_)
        return shown.relative_to_usual(residual) + shown.relative_to_usual(
            strangeness(codes / spread, shown.sources)
        )

    return score


def neighbours(learned: np.ndarray, seed: int) -> Callable[[Shown], np.ndarray]:
    some = np.random.default_rng(seed).permutation(learned)[:AMONG]
    fitted = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(some)
    return lambda shown: shown.relative_to_usual(fitted.kneighbors(shown.inputs)[0].mean(axis=1))


def forest(learned: np.ndarray, seed: int) -> Callable[[Shown], np.ndarray]:
    fitted = IsolationForest(n_estimators=100, random_state=seed).fit(learned)
    return lambda shown: shown.relative_to_usual(-fitted.score_samples(shown.inputs))


def one_class_svm(learned: np.ndarray, seed: int) -> Callable[[Shown], np.ndarray]:
    some = np.random.default_rng(seed).permutation(learned)[:SVM_BEATS]
    fitted = OneClassSVM(nu=0.05).fit(some)
    total = np.abs(fitted.dual_coef_).sum()  # the highest score there is, so that all distances are above 0
    return lambda shown: shown.relative_to_usual(total - fitted.score_samples(shown.inputs))


METHODS: dict[str, tuple[Callable[[Beats], Shown], Fit]] = {
    "distance from patient template, no network": (Shown.template, distance),
    "PCA reconstruction, template": (Shown.template, pca),
    "PCA reconstruction and code, template": (Shown.template, pca_with_code),
    "k-NN, template": (Shown.template, neighbours),
    "isolation forest, template": (Shown.template, forest),
    "one-class SVM, template": (Shown.template, one_class_svm),
    "PCA reconstruction, z-scored": (Shown.zscored, pca),
    "k-NN, z-scored": (Shown.zscored, neighbours),
    "isolation forest, z-scored": (Shown.zscored, forest),
    "one-class SVM, z-scored": (Shown.zscored, one_class_svm),
}


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of the training beats, none by a model that has seen the patient, and a way to score others."""

    held_out: np.ndarray
    score: Callable[[Beats], np.ndarray]


def run_autoencoder(material: TrainingBeats, seed: int) -> Scored:
    detector = detector_of(seed=seed).fit(material.beats, normal=material.taught)
    return Scored(detector.held_out_scores_, detector.anomaly_score)


def run_method(name: str, material: TrainingBeats, shown: Shown, seed: int) -> Scored:
    show, fit = METHODS[name]
    held_out = np.zeros(len(material.beats))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    for rest, held in folds.split(held_out, groups=material.beats.patients):
        held_out[held] = fit(shown.inputs[rest[material.taught[rest]]], seed)(shown[held])
    whole = fit(shown.inputs[material.taught], seed)
    return Scored(held_out, lambda beats: whole(show(beats)))


def ranks(scores: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    abnormal = classes != "N"
    many, few = np.quantile(scores[~abnormal], [1 - FALSE_ALARMS, 1 - CALLED_ABNORMAL.false_alarm_rate])
    found = {
        "AUROC": auroc(scores, abnormal),
        "AUPRC": auprc(scores, abnormal),
        "Se at 5 % false alarms": float((scores[abnormal] > many).mean()),
        "Se V at 5 % false alarms": float((scores[classes == "V"] > many).mean()),
        "Se V at 2 % false alarms": float((scores[classes == "V"] > few).mean()),
    }
    for name in "VSF":
        of_two = np.isin(classes, ("N", name))
        found[f"AUROC of {name}"] = auroc(scores[of_two], classes[of_two] == name)
    return found


def shares(flagged: np.ndarray, classes: np.ndarray, patients: np.ndarray) -> dict[str, float]:
    found = {f"Se {name}": float(flagged[classes == name].mean()) for name in "VSF"}
    found["false-alarm rate"] = float(flagged[classes == "N"].mean())
    of_v = [flagged[mine] for mine in _each(patients, classes == "V") if len(mine) >= FEW]
    normal = [flagged[mine].mean() for mine in _each(patients, classes == "N") if len(mine)]
    found["Se V, mean over patients"] = float(np.mean([share.mean() for share in of_v]))
    found["Se V, worst patient"] = float(min(share.mean() for share in of_v))
    found["false-alarm rate, mean over patients"] = float(np.mean(normal))
    found["false-alarm rate, worst patient"] = float(max(normal))
    return found


def held_out_figures(scored: Scored, material: TrainingBeats) -> dict[str, float]:
    """Figures on DS1, at thresholds from other patients than the one tested."""
    patients = material.beats.patients
    flagged = np.zeros(len(patients), bool)
    for mine in _each(patients, np.ones(len(patients), bool)):
        others = material.taught.copy()
        others[mine] = False
        flagged[mine] = scored.held_out[mine] > CALLED_ABNORMAL.learn(scored.held_out[others])
    first = np.char.endswith(material.beats.records, "/0") & np.isin(material.classes, list("NSVF"))
    classes = material.classes[first]
    return ranks(scored.held_out[first], classes) | shares(flagged[first], classes, patients[first])


def intervals(
    scores: np.ndarray, flagged: np.ndarray, classes: np.ndarray, patients: np.ndarray
) -> dict[str, Any]:
    """Intervals by patient of the main figures."""
    abnormal, names = classes != "N", np.unique(patients)
    found: dict[str, Any] = {
        figure.upper(): asdict(bootstrap(RankFigure.of(scores, abnormal, patients, figure)))
        for figure in ("auroc", "auprc")
    }
    for what, name in (("Se V", "V"), ("Se S", "S"), ("Se F", "F"), ("false-alarm rate", "N")):
        rows = _each(patients, classes == name)
        n_flagged = np.array([flagged[mine].sum() for mine in rows], float)
        share = ShareFigure(tuple(names.tolist()), n_flagged, np.array([len(mine) for mine in rows], float))
        found[what] = asdict(bootstrap(share))
    return found


def _each(patients: np.ndarray, chosen: np.ndarray) -> list[np.ndarray]:
    owners = np.unique(patients, return_inverse=True)[1]
    return [np.flatnonzero(chosen & (owners == one)) for one in range(owners.max() + 1)]


def over_seeds(runs: list[dict[str, float]]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "mean": float(np.mean([run[name] for run in runs])),
            "sd": float(np.std([run[name] for run in runs], ddof=1)),
            "runs": [run[name] for run in runs],
        }
        for name in runs[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ds1", action="store_true", help="leave DS2 closed and write nothing")
    only_ds1 = parser.parse_args().ds1
    torch.set_num_threads(1)
    records = list(load_records("ds1"))
    materials = {seed: training_beats(records, seed) for seed in SEEDS}
    shown = {show: show(materials[0].beats) for show in (Shown.template, Shown.zscored)}
    test, classes = (None, None) if only_ds1 else judged_beats(load_records("ds2"))
    table: dict[str, Any] = {}
    for name in ("autoencoder", *METHODS):
        began = time.process_time()
        on_ds1, on_ds2, spread = [], [], {}
        for seed, material in materials.items():
            if name == "autoencoder":
                scored = run_autoencoder(material, seed)
            else:
                scored = run_method(name, material, shown[METHODS[name][0]], seed)
            on_ds1.append(held_out_figures(scored, material))
            if test is None:
                continue
            scores = scored.score(test)
            flagged = scores > CALLED_ABNORMAL.learn(scored.held_out[material.taught])
            on_ds2.append(ranks(scores, classes) | shares(flagged, classes, test.patients))
            spread = spread or intervals(scores, flagged, classes, test.patients)
        table[name] = {"DS1 held out": over_seeds(on_ds1)}
        if on_ds2:
            table[name] |= {"DS2": over_seeds(on_ds2), "DS2, intervals by patient, first seed": spread}
        print(f"{name} ({time.process_time() - began:.0f} s)", flush=True)
        for part in ("DS1 held out", "DS2"):
            for figure, found in table[name].get(part, {}).items():
                print(f"    {part} {figure}: {found['mean']:.4f} ± {found['sd']:.4f}", flush=True)
    if test is not None:
        content = {"seeds": SEEDS, "promised false-alarm rate": CALLED_ABNORMAL.false_alarm_rate}
        RESULT.write_text(json.dumps({**content, "methods": table}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
