"""Rows about the published systems that were run again."""

from __future__ import annotations

from typing import Any

from page_tables.measured import REPRODUCED, RESULTS, read

SIMPLER = {
    "ecg5000-lstm": (
        ("{part}: {figure}, code density, patch autoencoders", "{part}: {figure}, {other}"),
        ("(i) official split", "(ii) normals 80/20"),
        ("AUC", "accuracy"),
        (
            "code density, principal components",
            "3-NN distance",
            "principal components, squared error",
        ),
    ),
    "ecg5000-recurrent": (
        ("{figure}, LSTM, one step per patch", "{figure}, {other}"),
        ("",),
        ("AUC", "accuracy"),
        ("3-NN distance", "principal components"),
    ),
    "mitbih-wavelet-cnn": (
        ("{figure}: ours", "{figure}: {other}"),
        ("",),
        ("macro-F1", "accuracy of all classes, %"),
        ("ours without SMOTE", "published CNN and recipe", "1-NN on the coefficients"),
    ),
    "ptb-conv": (
        ("noise autoencoder{part}: {figure}", "{other}: {figure}"),
        ("", " (ours)"),
        ("AUROC of beats", "balanced accuracy, %"),
        (
            "k-NN",
            "PCA",
            "distance to the mean beat",
            "k-NN and distance to the mean beat, mean over the 10 s",
        ),
    ),
}
"""Study → how its row and those of simpler methods are called, the parts, the figures, the methods."""


def studies() -> list[tuple[str, Any]]:
    """Return a link to the table of each reproduced study, and what the study found."""
    found = [read(path) for path in sorted(REPRODUCED.glob("*/metrics.json"))]
    return [(f"[{one['study']}](../benchmarks/reproduced/{one['study']}/table.md)", one) for one in found]


def reproduced() -> list[list[str]]:
    """Return the headline rows of the reproduced studies."""
    rows = []
    for link, found in studies():
        for line in (line for line in found["rows"] if line["headline"]):
            published = line["published"]
            shown = published if isinstance(published, str) else estimate({"value": published}, line)
            ours = (estimate(line[part], line) for part in ("reproduced", "strict"))
            rows.append([link, line["figure"], shown, *ours])
    return rows


def baselines() -> list[list[str]]:
    """Return each figure of a study by its strict protocol, and the simpler methods that match or beat it."""
    rows = []
    for link, found in studies():
        lines = {line["figure"]: line for line in found["rows"]}
        (own, others), parts, figures, methods = SIMPLER.get(found["study"], (("", ""), (), (), ()))
        for part in parts:
            for figure in figures:
                ours = lines.get(own.format(part=part, figure=figure))
                if ours is None or not ours["strict"]:
                    continue
                better = []
                for other in methods:
                    line = lines.get(others.format(part=part, figure=figure, other=other))
                    if line and line["strict"] and line["strict"]["value"] >= ours["strict"]["low"]:
                        better.append(f"{other}: {estimate(line['strict'], line)}")
                here = link.replace("(benchmarks", "(../benchmarks")
                rows.append([here, ours["figure"], estimate(ours["strict"], ours), "; ".join(better) or "-"])
    return rows


def ecg5000() -> list[list[str]]:
    """Return what the anomaly detector does with its defaults on ECG5000."""
    found = read(RESULTS / "ecg5000.json")
    ways = ", ".join(found["by capability"])
    differences = found["largest difference between capabilities"]
    kept = next(iter(found["by capability"].values()))["figures"]
    rows = [
        [
            part,
            name,
            f"{one['mean']:.4f} ± {one['sd']:.4f}",
            ", ".join(f"{value:.4f}" for value in one["runs"]),
        ]
        for part, figures in kept.items()
        for name, one in figures.items()
    ]
    for part in kept:
        moved = f"{differences[f'{part}: accuracy']:.4f}"
        rows.append([part, f"accuracy, largest difference of a seed over {ways}", moved, "-"])
    return rows


def races() -> list[list[str]]:
    """Return how long the published recipes and ours took to the published figures."""
    rows = []
    for link, found in studies():
        for race in found["races"]:
            recipe, ours = race["recipe"], race["ours"]
            bound = "" if recipe["reached"] else "< "
            ratio = f"{bound}{ours['seconds'] / recipe['seconds']:.3f}" if ours["reached"] else "-"
            rows.append([link, race["figure"], run(recipe), run(ours), ratio])
    return rows


def run(timed: dict[str, Any]) -> str:
    """Return what a training took."""
    return f"{timed['seconds']:.1f} s, {timed['epochs']} epochs" + (
        "" if timed["reached"] else ", not reached"
    )


def spent() -> str:
    """Return what all studies together took."""
    minutes = sum(found["processor_seconds"] for _, found in studies()) / 60
    return (
        f"All {len(studies())} together: {minutes:.0f} minutes of processor time; a study keeps to one"
        " thread, and `--jobs 2` runs two at once."
    )


def estimate(figure: dict[str, Any] | None, line: dict[str, Any]) -> str:
    """Return a figure of a study with its interval."""
    if figure is None or figure["value"] is None:
        return "-"
    value, decimals = figure["value"], line["decimals"]
    if figure.get("low") is None:
        return f"{value:.{decimals}f}"
    return f"{value:.{decimals}f} ({figure['low']:.{decimals}f} to {figure['high']:.{decimals}f})"
