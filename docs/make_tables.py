"""Write measured figures into README.md, docs/ and the model cards, from files of benchmarks and trainings.

The text between the two marks of a table is replaced; nothing in it is typed by hand.
"""

from __future__ import annotations

from pathlib import Path

from page_tables.accuracy import (
    cells,
    classes,
    classes_over_seeds,
    delineation,
    detection,
    doubted,
    false_alarms,
    fibrillation,
    front,
    handheld,
    pacing,
    parts,
    peers,
    rhythms,
)
from page_tables.measured import PRETRAINED, ROOT, Row, table, write
from page_tables.reproductions import baselines, ecg5000, races, reproduced, spent
from page_tables.unusual_beats import (
    anomalies,
    competitors,
    encoder_recipe,
    few_labels,
    flags,
    levels,
    promises,
    scarce_labels,
    unlabelled,
    unusual,
)
from page_tables.work import (
    alarms,
    capacity,
    edge_costs,
    edited_day,
    int8_losses,
    learning,
    provisional,
    resident,
    review_costs,
    schema,
    speed,
)

FIGURES = ("what", "figure", "how to get it")
FRONT = ("what", "ectopy", "beside it")
PEAKS = ("R peaks, MIT-BIH DS2, first lead", "Se", "+P", "ventricular beats missed")
PARTS = (
    "classifier",
    "S, first lead",
    "S, second lead",
    "V, first lead",
    "V, second lead",
    "S, augmented sick sinus",
    "N as S, augmented fibrillation",
    "N as S, augmented flutter",
)
STUDIES = ("study", "figure", "published", "this protocol, ours", "strict protocol, ours")
BASELINES = ("study", "figure, strict protocol", "ours", "simpler, within that interval or better")
ECG5000 = ("protocol", "figure", "mean ± sd of the seeds", "each")
PROVISIONAL = ("what", "DS1", "DS2")
LOSS = ("people", "what", "32 bits", "8 bits", "loss, points", "people who lose more than 0.5")
COST = ("graph", "bytes", "µs in Python", "µs in JavaScript", "per")
DOUBTED = ("of what", "called S", "called V", "called F")
HANDHELD = (
    "recordings labelled normal, people kept apart",
    "S / V / F an hour",
    "recordings with V",
    "not judged",
)
PROMISE = ("people", "method", "mean over people", "worst person", "people above 5 %", "share of all beats")
LEVELS = (
    "taken off the log-odds",
    "false alarms, worst three of DS1",
    "worst of qtdb",
    "AUROC of V",
    "of S",
    "V found, mean over people",
    "S found",
)
RACES = ("study", "processor time to …", "published recipe", "ours", "ours / recipe")


def main() -> None:
    """Fill the tables of every page that has one."""
    write_results()
    write_cards()
    write_pages()


def write_results() -> None:
    """Fill the page of all figures, and what README shows of them."""
    results = ROOT / "docs" / "results.md"
    rows = [
        *detection(),
        *delineation(),
        *(line for line in class_rows() if "two leads" not in line[0]),
        *rhythms(),
        *pacing(),
        *flags(),
        *unusual(),
        *few_labels(),
        *speed(),
    ]
    write(ROOT / "README.md", "front", table(FRONT, front()))
    write(results, "figures", table(FIGURES, rows))
    write(results, "reproduced", f"{table(STUDIES, reproduced())}\n\n{table(RACES, races())}\n\n{spent()}")


def class_rows() -> list[Row]:
    """Return how well beats are classified, and what is called so where nothing is."""
    return [*classes(), *classes_over_seeds(), *false_alarms()]


def write_cards() -> None:
    """Fill the cards of the shipped models."""
    write(card("beat-autoencoder"), "figures", f"{table(FIGURES, anomalies())}\n\n{competitors()}")
    write(card("anomaly-detector"), "promise", table(PROMISE, promises()))
    write(card("anomaly-detector"), "levels", table(LEVELS, levels()))
    write(card("anomaly-detector"), "ds2", table(FIGURES, [*unusual(), *flags()]))
    write(card("beat-classifier"), "figures", table(FIGURES, class_rows()))
    write(card("beat-classifier"), "parts", table(PARTS, parts()))
    write(card("beat-classifier"), "provisional", table(PROVISIONAL, provisional()))
    write(card("beat-encoder"), "unlabelled", unlabelled())
    write(card("beat-encoder"), "recipe", encoder_recipe())
    write(card("beat-encoder"), "scarce", scarce_labels())
    write(card("rhythm"), "figures", fibrillation())
    write(card("ectopic-evidence"), "figures", table(DOUBTED, doubted()))
    write(card("ectopic-evidence"), "alarms", table(HANDHELD, handheld()))


def write_pages() -> None:
    """Fill the other pages of the documentation."""
    docs = ROOT / "docs"
    write(docs / "reproductions.md", "baselines", table(BASELINES, baselines()))
    write(docs / "reproductions.md", "ecg5000", table(ECG5000, ecg5000()))
    write(docs / "streaming.md", "provisional", table(PROVISIONAL, provisional()))
    write(docs / "streaming.md", "alarms", alarms())
    write(docs / "streaming.md", "memory", resident())
    write(docs / "training.md", "scarce", scarce_labels())
    write(docs / "edge.md", "loss", table(LOSS, int8_losses()))
    write(docs / "edge.md", "cost", table(COST, edge_costs()))
    write(docs / "batch.md", "schema", schema())
    write(docs / "capacity.md", "capacity", capacity())
    write(docs / "edits.md", "learning", learning())
    write(docs / "edits.md", "day", edited_day())
    write(docs / "comparison.md", "cells", cells())
    write(docs / "comparison.md", "qrs", table(PEAKS, peers()))
    write(docs / "review.md", "costs", review_costs())


def card(model: str) -> Path:
    """Return the card of a shipped model."""
    return PRETRAINED / model / "README.md"


if __name__ == "__main__":
    main()
