"""What labels of few people, or few labels, are worth: benchmarks/results/scarce_labels.json.

``python benchmarks/scarce_labels.py`` learns N, S, V and F on MIT-BIH DS1 (first lead, reference R peaks) and
tests on DS2, other people. Labels are drawn five times: all those of 1, 3, 5, 10 or all people, and 1, 5, 10
or 100 % of the beats of each class. Every row knows when a beat came (`ectopy.beats.rr.rr_features`); beats,
classes, draws of beats and figures are those of the study ``dense-autoencoder``:

- logistic regression on raw beats, on 32 of their principal components, on the classifier's features
  (`ectopy.features.table`), on codes of the shipped beat encoder (linear probe), and on codes and features;
- the nearest neighbours among the codes;
- the encoder, trained on with a linear layer.

Whether classes are balanced in a logistic regression was chosen for each on DS1: ``--choose`` trains on 5 %
of the labels, tests on people kept apart from them, five folds, and writes scarce_labels_ds1.json.
``--encoder FOLDER`` takes another encoder than the shipped one.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional

from ectopy.beats.windows import cut_beats
from ectopy.evaluation.confusion import GroupedConfusion
from ectopy.features.table import beat_features
from ectopy.labels import aami_classes
from ectopy.models.beat_encoder import BeatEncoder
from ectopy.models.registry import DEFAULT_ENCODER, model_folder
from ectopy.reproductions.dense_autoencoder.few_labels import (
    CLASSES,
    N_CODE,
    SHARES,
    WINDOW,
    Labelled,
    confusion_of,
    draw_labels,
    labelled_records,
    macro,
    mean_f1,
    read_beats,
)
from ectopy.reproductions.study import Settings
from ectopy.training.loop import one_thread, seeded

RESULTS = Path(__file__).parent / "results"
SETTINGS = Settings(RESULTS)
PEOPLE = (1, 3, 5, 10)
"""All people beside these."""

FOLDS = 5
STRENGTH = 0.1
"""Inverse of the regularisation of the logistic regressions (C of scikit-learn)."""

BALANCED = {
    "raw beats": False,
    "PCA": False,
    "features": True,
    "encoder": True,
    "encoder and features": True,
}
"""Columns → whether their logistic regression balances the classes; chosen on DS1 by ``--choose``, where the
encoder's two ways are as good (0.600 balanced, 0.602 as they are)."""

NEIGHBOURS = 5
MOST_COMPARED = 3_000
"""Labelled beats that a beat is compared with at most, drawn at random; more take minutes."""

MOST_NORMAL = 4_000
"""Normal beats that a regression learns from at most, drawn at random and weighted up; others all."""

TUNING_STEPS, TUNING_ROWS, TUNING_LENGTH, TUNING_RATE = 60, 4, 128, 1e-3
"""Of fine-tuning: steps, rows of consecutive beats in each, beats of a row, learning rate of AdamW."""

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Fit = Callable[[Rows, int], npt.NDArray[np.int64]]
"""Labelled rows of DS1, and a seed → predicted classes of the beats of the test."""


@dataclass(frozen=True, eq=False)
class Set:
    """Beats of DS1 or DS2 with everything that is learned from.

    ``of_record`` holds for each recording the features of all its beats, those of class Q too, and the places
    of the counted ones among them; ``first`` the row of its first counted beat.
    """

    beats: Labelled
    columns: dict[str, Floats]
    of_record: tuple[Floats, ...]
    counted: tuple[Rows, ...]
    first: Rows


def read(names: str, encoder: BeatEncoder) -> Set:
    """Read DS1 or DS2."""
    beats = read_beats(names, SETTINGS)
    features, counted = [], []
    for record in labelled_records(names, SETTINGS):
        marks = record.reference_annotations().beats()
        cut = cut_beats(record.select(record.leads[:1]), marks.samples, WINDOW)
        features.append(beat_features(cut, WINDOW.before))
        counted.append(np.flatnonzero(np.isin(aami_classes(marks.symbols, "aami"), CLASSES)))
    codes = [encoder.transform_features(each) for each in features]
    rows = [
        np.concatenate([each[k] for each, k in zip(table, counted, strict=True)])
        for table in (features, codes)
    ]
    columns = {"raw beats": beats.waveforms[:, 0], "features": rows[0], "encoder": rows[1]}
    columns["encoder and features"] = np.hstack(rows[::-1])
    columns = {name: np.hstack([table, beats.timing]).astype(np.float32) for name, table in columns.items()}
    first = np.cumsum([0, *map(len, counted[:-1])])
    return Set(beats, columns, tuple(features), tuple(counted), first)


def with_components(train: Set, test: Set) -> None:
    """Add as many principal components of the raw beats as the code of the study has numbers."""
    model = PCA(N_CODE, random_state=0).fit(train.beats.waveforms[:, 0])
    for each in (train, test):
        codes = model.transform(each.beats.waveforms[:, 0])
        each.columns["PCA"] = np.hstack([codes, each.beats.timing]).astype(np.float32)


def regression(
    table: Floats, classes: npt.NDArray[np.int64], rows: Rows, seed: int, *, balanced: bool
) -> Any:
    """Return a logistic regression on standardised columns of labelled rows; of one class, that class."""
    if len(np.unique(classes[rows])) == 1:
        return DummyClassifier().fit(table[rows], classes[rows])
    normal = rows[classes[rows] == 0]
    some = np.random.default_rng(seed).permutation(normal)[:MOST_NORMAL]
    kept = np.concatenate([some, rows[classes[rows] != 0]])
    counts = np.bincount(classes[rows], minlength=len(CLASSES))
    weights = np.where(classes[kept] == 0, len(normal) / max(1, len(some)), 1.0)
    if balanced:
        weights = weights * (len(rows) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[classes[kept]]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3))
    return model.fit(table[kept], classes[kept], logisticregression__sample_weight=weights)


def arms(train: Set, test: Set, encoder: BeatEncoder) -> Mapping[str, Fit]:
    """Return every row of the table."""
    classes = train.beats.classes

    def linear(name: str) -> Fit:
        def fit(rows: Rows, seed: int) -> npt.NDArray[np.int64]:
            model = regression(train.columns[name], classes, rows, seed, balanced=BALANCED[name])
            return np.asarray(model.predict(test.columns[name]))

        return fit

    def nearest(rows: Rows, seed: int) -> npt.NDArray[np.int64]:
        some = np.random.default_rng(seed).permutation(rows)[:MOST_COMPARED]
        model = make_pipeline(StandardScaler(), KNeighborsClassifier(min(NEIGHBOURS, len(some))))
        model.fit(train.columns["encoder"][some], classes[some])
        return np.asarray(model.predict(test.columns["encoder"]))

    return {
        "raw beats, logistic regression": linear("raw beats"),
        "PCA, logistic regression": linear("PCA"),
        "classifier's features, logistic regression": linear("features"),
        "encoder, linear probe": linear("encoder"),
        "encoder, nearest neighbours": nearest,
        "encoder and features, linear probe": linear("encoder and features"),
        "encoder, fine-tuned": lambda rows, seed: fine_tuned(encoder, train, test, rows, seed),
    }


def fine_tuned(encoder: BeatEncoder, train: Set, test: Set, rows: Rows, seed: int) -> npt.NDArray[np.int64]:
    """Train the encoder on with a linear layer on labelled beats, and predict."""
    rng = np.random.default_rng(seed)
    with seeded(seed):
        network = encoder.to_torch()
        output = nn.Linear(encoder.n_features_out_, len(CLASSES))
        optimiser = torch.optim.AdamW([*network.parameters(), *output.parameters()], TUNING_RATE)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, TUNING_RATE, total_steps=TUNING_STEPS)
        counts = np.bincount(train.beats.classes[rows], minlength=len(CLASSES))
        weights = torch.tensor(np.where(counts, 1 / np.sqrt(np.maximum(counts, 1)), 0), dtype=torch.float32)
        network.train()
        for _ in range(TUNING_STEPS):
            batch = [excerpt(train, row, rows) for row in balanced_draw(train.beats.classes, rows, rng)]
            features, labels = (torch.from_numpy(np.stack(part)) for part in zip(*batch, strict=True))
            logits = output(network(features)[0]).flatten(0, 1)
            loss = functional.cross_entropy(logits, labels.flatten(), weight=weights, ignore_index=-1)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            cycle.step()
        network.eval()
        with torch.no_grad():
            parts = [
                output(network(torch.from_numpy(features[np.newaxis]))[0][0])[counted].argmax(dim=1).numpy()
                for features, counted in zip(test.of_record, test.counted, strict=True)
            ]
    return np.concatenate(parts)


def balanced_draw(classes: npt.NDArray[np.int64], rows: Rows, rng: np.random.Generator) -> Rows:
    """Draw labelled beats, of each class as many."""
    present = np.unique(classes[rows])
    return np.array([rng.choice(rows[classes[rows] == rng.choice(present)]) for _ in range(TUNING_ROWS)])


def excerpt(train: Set, row: int, rows: Rows) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the beats around a row and their classes, −1 where the label may not be seen."""
    number = int(np.searchsorted(train.first, row, side="right")) - 1
    features, counted, first = train.of_record[number], train.counted[number], train.first[number]
    labels = np.full(len(features), -1)
    seen = rows[(rows >= first) & (rows < first + len(counted))]
    labels[counted[seen - first]] = train.beats.classes[seen]
    start = int(np.clip(counted[row - first] - TUNING_LENGTH // 2, 0, len(features) - TUNING_LENGTH))
    return features[start : start + TUNING_LENGTH], labels[start : start + TUNING_LENGTH]


def draws(beats: Labelled) -> Iterator[tuple[str, str, int, Rows]]:
    """Yield how labels are drawn, how many, the seed, and the rows whose labels may be seen."""
    people = np.unique(beats.patients)
    for seed in SETTINGS.seeds:
        order = np.random.default_rng(seed).permutation(people)
        for n in PEOPLE:
            yield "people", str(n), seed, np.flatnonzero(np.isin(beats.patients, order[:n]))
        for share in SHARES[:-1]:
            yield "beats", f"{share:.0%}", seed, draw_labels(beats, share, seed)
    yield "people", str(len(people)), SETTINGS.seed, np.arange(len(beats.classes))


def measure(encoder: BeatEncoder) -> dict[str, Any]:
    """Return the table."""
    train, test = read("ds1", encoder), read("ds2", encoder)
    with_components(train, test)
    rows = arms(train, test, encoder)
    found: dict[str, dict[str, dict[str, list[GroupedConfusion]]]] = {
        name: {"people": {}, "beats": {}} for name in rows
    }
    for how, number, seed, seen in draws(train.beats):
        for name, fit in rows.items():
            found[name][how].setdefault(number, []).append(confusion_of(test.beats, fit(seen, seed)))
            print(how, number, seed, name, round(time.process_time()), flush=True)
    return {
        "labels": "DS1 without record 201 (whose person is tested as 202), first lead, reference R peaks",
        "tested on": "mitdb DS2, inter-patient",
        "draws": len(SETTINGS.seeds),
        "encoder": encoder.manifest.name,
        "macro-F1 of N S V F": {
            name: {how: {n: figures(runs) for n, runs in each.items()} for how, each in ways.items()}
            for name, ways in found.items()
        },
    }


def figures(runs: list[GroupedConfusion]) -> dict[str, Any]:
    """Return macro-F1 with its interval, over draws or, where there is one, patients; and F1 by class."""
    by_class = dict(zip(CLASSES, mean_f1(runs).round(4).tolist(), strict=True))
    return asdict(macro(runs)) | {"F1": by_class}


def choose(encoder: BeatEncoder) -> dict[str, Any]:
    """Return macro-F1 on people of DS1 kept apart, from 5 % of the labels of the others, both ways."""
    train = read("ds1", encoder)
    with_components(train, train)
    beats, table = train.beats, {}
    folds = list(GroupKFold(FOLDS, shuffle=True, random_state=0).split(beats.classes, groups=beats.patients))
    for name in BALANCED:
        for balanced in (False, True):
            predicted = np.zeros(len(beats.classes), np.int64)
            for learned, tested in folds:
                rows = learned[draw_labels(beats[learned], 0.05, SETTINGS.seed)]
                model = regression(train.columns[name], beats.classes, rows, SETTINGS.seed, balanced=balanced)
                predicted[tested] = model.predict(train.columns[name][tested])
            key = f"{name}, {'balanced' if balanced else 'as they are'}"
            table[key] = figures([confusion_of(beats, predicted)])
            print(key, table[key]["value"], flush=True)
    return {"macro-F1 on DS1, five folds of people, 5 % of the labels": table}


def main() -> None:
    """Write the table, or what was chosen on DS1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--encoder", type=Path, default=model_folder(DEFAULT_ENCODER))
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    encoder = BeatEncoder.load(options.encoder)
    with one_thread():
        result = choose(encoder) if options.choose else measure(encoder)
    name = "scarce_labels_ds1.json" if options.choose else "scarce_labels.json"
    (options.out / name).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
