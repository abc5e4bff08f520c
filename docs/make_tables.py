"""Write measured figures into README.md, docs/ and the model cards, from files of benchmarks and trainings.

The text between the two marks of a table is replaced; nothing in it is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

Row = tuple[str, str, str]

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PRETRAINED = ROOT / "src" / "ectopy" / "pretrained"
REPRODUCED = ROOT / "benchmarks" / "reproduced"
FIGURES = ("what", "figure", "how to get it")
FRONT = ("what", "ectopy", "beside it")
PEAKS = ("R peaks, MIT-BIH DS2, first lead", "Se", "+P", "ventricular beats missed")
DE_CHAZAL = {"V": (0.777, 0.819), "S": (0.759, 0.385)}
"""Class → Se and +P on DS2, R peaks given: de Chazal, O'Dwyer, Reilly 2004, abstract."""
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

PROVISIONAL = ("what", "DS1", "DS2")
LOSS = ("people", "what", "32 bits", "8 bits", "loss, points", "people who lose more than 0.5")
SCARCE = ("what is learned from", "1 person", "3", "5", "10", "21: all", "1 % of the beats", "5 %", "10 %")
COST = ("graph", "bytes", "µs in Python", "µs in JavaScript", "per")
DOUBTED = ("of what", "called S", "called V", "called F")
HANDHELD = (
    "recordings labelled normal, people kept apart",
    "S / V / F an hour",
    "recordings with V",
    "not judged",
)
METHODS = ("beat encoder", "autoencoder", "distance from patient template, no network")
"""Anomaly scores that were calibrated alike."""

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
    results = ROOT / "docs" / "results.md"
    autoencoder, classifier = (
        PRETRAINED / f"beat-{kind}" / "README.md" for kind in ("autoencoder", "classifier")
    )
    names = [*classes(), *classes_over_seeds(), *false_alarms()]
    one_lead = [line for line in names if "two leads" not in line[0]]
    write(ROOT / "README.md", "front", table(FRONT, front()))
    write(
        results,
        "figures",
        table(
            FIGURES,
            [
                *detection(),
                *delineation(),
                *one_lead,
                *rhythms(),
                *flags(),
                *unusual(),
                *few_labels(),
                *speed(),
            ],
        ),
    )
    write(results, "reproduced", f"{table(STUDIES, reproduced())}\n\n{table(RACES, races())}\n\n{spent()}")
    write(autoencoder, "figures", f"{table(FIGURES, anomalies())}\n\n{competitors()}")
    detector = PRETRAINED / "anomaly-detector" / "README.md"
    write(detector, "promise", table(PROMISE, promises()))
    write(detector, "levels", table(LEVELS, levels()))
    write(detector, "ds2", table(FIGURES, [*unusual(), *flags()]))
    write(classifier, "figures", table(FIGURES, names))
    write(classifier, "parts", table(PARTS, parts()))
    reproductions = ROOT / "docs" / "reproductions.md"
    write(reproductions, "baselines", table(BASELINES, baselines()))
    write(reproductions, "ecg5000", table(ECG5000, ecg5000()))
    streaming = ROOT / "docs" / "streaming.md"
    for page in (streaming, classifier):
        write(page, "provisional", table(PROVISIONAL, provisional()))
    write(streaming, "alarms", alarms())
    write(streaming, "memory", resident())
    write(PRETRAINED / "beat-encoder" / "README.md", "unlabelled", unlabelled())
    write(PRETRAINED / "beat-encoder" / "README.md", "recipe", encoder_recipe())
    for page in (ROOT / "docs" / "training.md", PRETRAINED / "beat-encoder" / "README.md"):
        write(page, "scarce", scarce_labels())
    edge = ROOT / "docs" / "edge.md"
    write(edge, "loss", table(LOSS, int8_losses()))
    write(edge, "cost", table(COST, edge_costs()))
    write(ROOT / "docs" / "batch.md", "schema", schema())
    write(ROOT / "docs" / "capacity.md", "capacity", capacity())
    write(ROOT / "docs" / "edits.md", "learning", learning())
    write(ROOT / "docs" / "edits.md", "day", edited_day())
    comparison = ROOT / "docs" / "comparison.md"
    write(comparison, "cells", cells())
    write(comparison, "qrs", table(PEAKS, peers()))

    write(ROOT / "docs" / "review.md", "costs", review_costs())
    evidence = PRETRAINED / "ectopic-evidence" / "README.md"
    write(evidence, "figures", table(DOUBTED, doubted()))
    write(evidence, "alarms", table(HANDHELD, handheld()))


def write(page: Path, name: str, text: str) -> None:
    """Put a text between the two marks of that name on a page."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = page.read_text(encoding="utf-8").split(start)
    _, after = rest.split(end)
    page.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")


def edited_day() -> str:
    """Return what the corrections of a day cost in processor time."""
    day = read(RESULTS / "review_learning.json")["a day"]
    return (
        f"The figures of a day of {day['beats']:,} beats are there {day['recount after an edit, ms']:.0f} ms"
        f" after an edit,\nwith a hundred edits in the log"
        f" {day['recount after 100 edits, ms']:.0f} ms after it; adapting to 20 labels and choosing"
        f" the next question takes\n{day['adapt to 20 labels and choose a question, ms']:.0f} ms more"
        " (processor time; `python benchmarks/review_learning.py --cost`)."
    )


def learning() -> str:
    """Return F1 of the classes after a number of answers, of each way to ask."""
    ways = read(RESULTS / "review_learning.json")["all"]
    heads = ["answers about each person", "S", "V", "F", "median person's worst class"]
    rows = []
    for late in ("", ", after 5 min"):
        for way, budgets in ways.items():
            for answers in (0, 5, 10, 20, 50, "all"):
                told = budgets.get(f"{answers}{late}")
                if told is None or (answers == 0 and way != "chosen beats"):
                    continue
                number = f"{budgets['n_labels']['mean']:.0f}" if answers == "all" else answers
                what = f"{number} ({way}){late}" if answers else f"0{late}"
                rows.append([what, *(f"{told[name]:.3f}" for name in ("S", "V", "F", "median worst class"))])
    return table(heads, rows)


def front() -> list[Row]:
    """Return six figures that matter, each beside a baseline."""
    compared = read(RESULTS / "comparison.json")["qrs"]
    best = max((name for name in compared if name != "ectopy"), key=lambda name: compared[name]["Se"])
    ours, other = compared["ectopy"], compared[best]
    rhythm = read(RESULTS / "beyond.json")["episodes"]["cinc2017, people kept apart"]["AF F1"]
    waves = read(RESULTS / "delineation.json")["datasets"]["ludb, lead II"]
    p_waves = {name: each["single leads"]["P"]["F1 150 ms"] for name, each in waves.items()}
    wave_best = max((name for name in p_waves if name != "ectopy"), key=lambda name: p_waves[name])
    day = read(RESULTS / "end_to_end.json")["cases"]["24 h, 2 leads, 360 Hz"]
    whole, peer = day["all outputs"], day["peers, one lead, detection only"]["neurokit2"]
    return [
        (
            "R peaks, MIT-BIH DS2, one lead: Se / +P",
            f"{ours['Se']:.2f} % / {ours['+P']:.2f} %",
            f"{other['Se']:.2f} % / {other['+P']:.2f} % ({best}, the best of three)",
        ),
        *(published_class(name, title) for name, title in (("V", "ventricular"), ("S", "supraventricular"))),
        (
            "atrial fibrillation, CinC 2017: F1",
            f"{rhythm['model']:.2f}",
            f"{rhythm['simple rule']:.2f} (irregular intervals)",
        ),
        ("P waves, LUDB: F1", f"{p_waves['ectopy']:.3f}", f"{p_waves[wave_best]:.3f} ({wave_best})"),
        (
            "a day of two leads, file to report",
            f"{whole['processor seconds']:.0f} s of processor time, {whole['peak memory MB']} MB",
            f"{peer['processor seconds']:.0f} s, {peer['peak memory MB']:,} MB"
            " (neurokit2, R peaks of one lead alone)",
        ),
    ]


def published_class(name: str, title: str) -> Row:
    """Return how well a class is told from the recording alone, beside the paper that made the split."""
    figure = read(RESULTS / "ds2.json")["detected beats"]["classes"]["figures"][f"F1 {name}"]
    sensitivity, predictivity = DE_CHAZAL[name]
    f1 = 2 * sensitivity * predictivity / (sensitivity + predictivity)
    return (
        f"{title} beats, MIT-BIH DS2: F1 (95 % interval)",
        f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})",
        f"{f1:.2f} (de Chazal 2004, R peaks given)",
    )


def rhythms() -> list[Row]:
    """Return how well atrial fibrillation is found, beside a rule of irregular intervals."""
    found = read(RESULTS / "beyond.json")["episodes"]
    command = "python benchmarks/beyond.py --only episodes"
    ds2 = found["mitdb DS2"]
    shares = [
        f"{ds2[how]['duration sensitivity']:.1f} % / {ds2[how]['duration +P']:.1f} %"
        for how in ("model", "simple rule")
    ]
    f1 = found["cinc2017, people kept apart"]["AF F1"]
    return [
        row(
            "Atrial fibrillation, MIT-BIH DS2, duration: Se / +P (simple rule)",
            "{} ({})".format(*shares),
            command,
        ),
        row(
            "Atrial fibrillation, CinC 2017, people kept apart: F1 of recordings (simple rule)",
            f"{f1['model']:.3f} ({f1['simple rule']:.3f})",
            command,
        ),
    ]


def peers() -> list[list[str]]:
    """Return the R peaks of each package."""
    return [
        [
            "gqrs, Python port in wfdb" if name == "gqrs" else name,
            f"{each['Se']:.3f} %",
            f"{each['+P']:.3f} %",
            f"{each['VEB missed']} of {each['VEB']:,}",
        ]
        for name, each in read(RESULTS / "comparison.json")["qrs"].items()
    ]


def cells() -> str:
    """Return what each package can do, as far as it was run, and when."""
    compared = read(RESULTS / "comparison.json")
    names = ["ectopy", *compared["versions"]]
    marks = {True: "runs", False: "·"}
    rows = [
        [what, *(marks[each.get(name) == "runs"] for name in names)]
        for what, each in compared["cells"].items()
    ]
    heads = ["", "ectopy", *(f"{name} {number}" for name, number in compared["versions"].items())]
    return (
        f"{table(heads, rows)}\n\nRun on {compared['date']} with Python {compared['python']},"
        " by `python benchmarks/comparison.py`."
    )


def review_costs() -> str:
    """Return what the review page costs, beside its aims."""
    result = read(RESULTS / "review.json")
    cases, aims = result["cases"], result["aims"]
    rows = []
    for name, aim in aims.items():
        figures = [
            max(case[part][name] for part in ("scroll", "zoom", "jump")) if "frame" in name else case[name]
            for case in cases.values()
        ]
        rows.append([name, *map(str, figures), str(aim)])
    rows.append([f"load of the {result['cores']} cores meanwhile", *[str(result["load"])] * len(cases), "0"])
    return table(["", *cases, "aim"], rows)


def false_alarms() -> list[Row]:
    """Return how many beats an hour are called ectopic in people who have none."""
    result = read(RESULTS / "beat_classifier.json")
    rows = []
    for title in ("nsrdb", "qtdb sinus people"):
        for name, what in ((title, "both leads"), (f"{title}, one lead", "one lead")):
            figures = result[name]["summary"]
            hours = f"{figures['hours']:.1f} h"
            rate = f"{figures['an hour']['S']:.2f} / {figures['an hour']['V']:.2f}"
            rows.append(
                row(
                    f"False S / V an hour, {title}, {what} ({hours})",
                    rate,
                    "python benchmarks/beat_classifier.py",
                )
            )
    alarmed = [result[f"cinc2017 N, kept apart{words}"]["an hour"] for words in ("", ", nothing doubted")]
    rates = [f"{each['S']:.1f} / {each['V']:.1f}" for each in alarmed]
    rows.append(
        row(
            "False S / V an hour, handheld recordings labelled normal, cinc2017 (nothing doubted)",
            f"{rates[0]} ({rates[1]})",
            "python benchmarks/beat_classifier.py --only cinc2017",
        )
    )
    return rows


def doubted() -> list[tuple[str, ...]]:
    """Return which share of what was called ectopic is doubted, by networks that have not seen the person."""
    metrics = read(PRETRAINED / "ectopic-evidence" / "manifest.json")["metrics"]
    classes = [metrics[f"doubted of what was called {name}, cross-validated by person"] for name in "SVF"]
    return [
        (group, *(f"{each[group]['doubted']:.1%} of {each[group]['beats']:,}" for each in classes))
        for group in classes[0]
    ]


def handheld() -> list[tuple[str, ...]]:
    """Return how often normal handheld recordings are alarmed at, with and without doubt."""
    result = read(RESULTS / "beat_classifier.json")
    rows: list[tuple[str, ...]] = []
    for title, what in (("", "as shipped"), (", nothing doubted", "without this model")):
        figures = result[f"cinc2017 N, kept apart{title}"]
        hours = f"{figures['recordings']:,} of {figures['hours']:.1f} h, {what}"
        rates = " / ".join(f"{figures['an hour'][name]:.1f}" for name in "SVF")
        rows.append(
            (hours, rates, f"{figures['recordings with']['V']:.1%}", f"{figures['share not judged']:.1%}")
        )
    return rows


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def read(path: Path) -> Any:
    """Read a file of figures."""
    return json.loads(path.read_text(encoding="utf-8"))


def row(what: str, figure: str, command: str) -> tuple[str, str, str]:
    """Return a line of a table of figures."""
    return what, figure, f"`{command}`"


def delineation() -> list[Row]:
    """Return how well P, QRS and T are delineated on people kept apart, beside the best of the others."""
    sets = read(RESULTS / "delineation.json")["datasets"]
    command = "python benchmarks/delineation.py"
    rows = []
    for wave in ("P", "QRS", "T"):
        scores = {
            name: each["single leads"][wave]["F1 150 ms"] for name, each in sets["ludb, lead II"].items()
        }
        what = f"Waves, LUDB lead II (40 people never seen): {wave}, F1 (best of the other packages)"
        others = max(score for name, score in scores.items() if name != "ectopy")
        rows.append(row(what, f"{scores['ectopy']:.3f} ({others:.3f})", command))
    for mark in ("P onset", "QRS onset", "QRS end", "T end"):
        spreads = {name: each["better lead"][mark]["sd ms"] for name, each in sets["qtdb"].items()}
        what = (
            f"Waves, QT Database (18 people never seen), better lead: {mark}, sd (best of the other packages)"
        )
        others = min(spread for name, spread in spreads.items() if name != "ectopy" and spread is not None)
        rows.append(row(what, f"{spreads['ectopy']:.1f} ms ({others:.1f} ms)", command))
    return rows


def detection() -> list[Row]:
    """Return how well beats are found."""
    titles = {"DS2": "DS2 (people never seen)", "all 48": "all 48 records (22 of them trained on)"}
    shipped = read(RESULTS / "qrs.json")["shipped"]
    return [
        row(
            f"QRS detection, MIT-BIH {titles[patients]}, {leads}: Se / +P",
            f"{figures['Se']:.3f} % / {figures['+P']:.3f} %",
            "python benchmarks/qrs.py",
        )
        for leads, sets in shipped.items()
        for patients, figures in sets.items()
        if patients in titles
    ]


def unusual() -> list[Row]:
    """Return how well the shipped detector tells abnormal beats from normal ones, beside simpler ones."""
    measured = read(PRETRAINED / "anomaly-detector" / "manifest.json")["metrics"]["mitdb DS2"]
    command = "ectopy train --recipe detector --out FOLDER"
    rows = []
    for method in METHODS:
        found = measured[method]
        by_class = found["auroc of a class against N"]
        flagged = [*(found["sensitivity"][name] for name in "VSF"), found["false_alarm_rate"]]
        rows += [
            row(
                f"Given the R peaks and one lead (MIT-BIH DS2), {method}: AUROC of V / S / F against N",
                f"{by_class['V']:.3f} / {by_class['S']:.3f} / {by_class['F']:.3f}",
                command,
            ),
            row(
                f"… {method}: AUROC of all three (95 % interval by patient)",
                interval(found["auroc"]),
                command,
            ),
            row(
                f"… {method}, flagged at a promised 2 %, calibrated alike: V / S / F / normal beats",
                " / ".join(f"{share:.1%}" for share in flagged),
                command,
            ),
        ]
    return rows


def levels() -> list[list[str]]:
    """Return how each way to take off what is usual for a person did on training people."""
    return [
        [
            way,
            " / ".join(f"{share:.1%}" for share in found["mitdb DS1"]["worst people"]),
            f"{found['qtdb']['worst people'][0]:.1%}",
            *(f"{found[name]['AUROC']:.3f}" for name in "VS"),
            *(f"{found[name]['found, mean over people']:.1%}" for name in "VS"),
        ]
        for way, found in read(RESULTS / "detector_level.json")["ways"].items()
    ]


def promises() -> list[list[str]]:
    """Return the false alarms of each method at a promised 2 %, by database."""
    metrics = read(PRETRAINED / "anomaly-detector" / "manifest.json")["metrics"]
    return [
        [
            f"{name}, {who}: {found[method]['people']} people, {found[method]['beats']:,} beats"
            if method == METHODS[0]
            else "",
            method,
            *(
                f"{found[method][figure]:.1%}"
                for figure in ("mean over people", "worst person", "people above 5%", "share of all beats")
            ),
        ]
        for who in ("people kept apart", "people to learn from")
        for name, found in metrics[f"false alarms, {who}"].items()
        for method in METHODS
    ]


def anomalies() -> list[Row]:
    """Return how well the autoencoder tells abnormal beats from normal ones."""
    measured = read(PRETRAINED / "beat-autoencoder" / "manifest.json")["metrics"]["mitdb DS2"]
    command = "ectopy train --out FOLDER"
    rows = []
    for method in ("autoencoder", "distance from patient template, no network"):
        found = measured[method]
        by_class = found["auroc of a class against N"]
        rows.append(
            row(
                f"Given the R peaks and one lead (MIT-BIH DS2), {method}: AUROC of V / S / F against N",
                f"{by_class['V']:.3f} / {by_class['S']:.3f} / {by_class['F']:.3f}",
                command,
            )
        )
        rows.append(
            row(
                f"… {method}: AUROC of all three (95 % interval by patient)",
                interval(found["auroc"]),
                command,
            )
        )
    flagged = [*(measured["sensitivity"][name] for name in "VSF"), measured["false_alarm_rate"]]
    shares = " / ".join(f"{share:.1%}" for share in flagged)
    rows.append(row("… flagged at the shipped threshold: V / S / F / normal beats", shares, command))
    tested = read(RESULTS / "detectors.json")["methods"]["autoencoder"]["DS2"]
    for name in ("AUROC", "false-alarm rate", "Se V"):
        runs = ", ".join(f"{run:.3f}" for run in tested[name]["runs"])
        what = f"… {name}, mean ± sd of {len(tested[name]['runs'])} seeds (each; the first is shipped)"
        rows.append(row(what, f"{over_seeds(tested[name])} ({runs})", "python benchmarks/detectors.py"))
    return rows


def competitors() -> str:
    """Return a table of the detector beside simpler ones, under one protocol, over the seeds."""
    columns = {
        "DS1: V, mean over patients": ("DS1 held out", "Se V, mean over patients"),
        "DS1: worst patient": ("DS1 held out", "Se V, worst patient"),
        "DS2: V": ("DS2", "Se V"),
        "DS2: S": ("DS2", "Se S"),
        "DS2: F": ("DS2", "Se F"),
        "DS2: normal": ("DS2", "false-alarm rate"),
        "DS2: AUROC": ("DS2", "AUROC"),
        "DS2: AUPRC": ("DS2", "AUPRC"),
        "DS2: Se at 5 % false alarms": ("DS2", "Se at 5 % false alarms"),
        "DS2: Se V at 2 % false alarms": ("DS2", "Se V at 2 % false alarms"),
    }
    compared = read(RESULTS / "detectors.json")
    rows = [
        [method, *(over_seeds(parts[part][figure]) for part, figure in columns.values())]
        for method, parts in compared["methods"].items()
    ]
    return (
        f"Mean ± sd of {len(compared['seeds'])} seeds, by `python benchmarks/detectors.py`. The first six"
        " figures are shares of beats flagged at the method's own threshold, on DS1 in held-out patients.\n\n"
        + table(["method", *columns], rows)
    )


def over_seeds(figure: dict[str, float]) -> str:
    """Return a mean over seeds with its standard deviation."""
    return f"{figure['mean']:.3f} ± {figure['sd']:.3f}"


def flags() -> list[Row]:
    """Return what the whole analysis flags on people never seen, from their recordings alone."""
    figures = read(RESULTS / "ds2.json")["detected beats"]["figures"]
    named = {
        "V beats flagged": "Se V",
        "S beats flagged": "Se S",
        "F beats flagged": "Se F",
        "normal beats flagged": "false-alarm rate",
    }
    what = "From the recording alone (MIT-BIH DS2, people never seen): {} (95 % interval by patient)"
    return [
        row(what.format(name), interval(figures[figure]), "ectopy evaluate --split ds2 --out FOLDER")
        for name, figure in named.items()
    ]


def classes() -> list[Row]:
    """Return how well beats of people never seen are classified, from their recordings alone."""
    figures = read(RESULTS / "ds2.json")["detected beats"]["classes"]["figures"]
    what = "From the recording alone (MIT-BIH DS2): class {}, Se / +P / F1 (95 % interval by patient)"
    return [
        row(
            what.format(name),
            f"{figures[f'Se {name}']['value']:.3f} / {figures[f'+P {name}']['value']:.3f}"
            f" / {interval(figures[f'F1 {name}'])}",
            "ectopy evaluate --split ds2 --out FOLDER",
        )
        for name in "VSF"
    ]


def classes_over_seeds() -> list[Row]:
    """Return how much the classes of an analysis depend on the seed of the classifier."""
    metrics = read(PRETRAINED / "beat-classifier" / "manifest.json")["metrics"]
    return [
        row(
            f"{given.replace('mitdb', 'MIT-BIH')}: F1 of {name}, mean ± sd (each; the first is shipped)",
            f"{over_seeds(found['F1'])} ({', '.join(f'{run:.3f}' for run in found['F1']['runs'])})",
            "python benchmarks/beat_classifier.py MODEL …",
        )
        for given, parts in metrics.items()
        if "mean of" in given
        for name, found in parts.items()
    ]


def parts() -> list[list[str]]:
    """Return what each part of the classifier contributes on patients of DS1 outside training."""
    variants = read(RESULTS / "classifier_cv.json")["variants"]
    cells = (
        *(("lead 1", "S F1"), ("lead 2", "S F1"), ("lead 1", "V F1"), ("lead 2", "V F1")),
        ("augmented sick sinus", "S F1"),
        *((f"augmented {kind}", "N as S") for kind in ("fibrillation", "flutter")),
    )
    return [[name, *(f"{figures[on][what]:.3f}" for on, what in cells)] for name, figures in variants.items()]


def provisional() -> list[list[str]]:
    """Return how well the provisional beats of a stream agree with the final ones."""
    measured = read(RESULTS / "stream.json")
    parts = [measured[name] for name in ("DS1", "DS2")]

    def line(what: str, figure: Callable[[Any], str]) -> list[str]:
        return [what, *map(figure, parts)]

    minutes = measured["minutes of each record"]
    return [
        line(
            f"records (first {minutes:g} min of each) / final beats",
            lambda part: f"{part['records']} / {part['final beats']:,}",
        ),
        line("final beats told at once", lambda part: f"{part['final beats told provisionally']:.2%}"),
        line(
            "beats told at once that are final",
            lambda part: f"{part['provisional beats that are final']:.2%}",
        ),
        line("of beats told at once: same class", lambda part: f"{part['same class']:.2%}"),
        *(
            line(f"class {name}: told so at once / stays so (final beats)", partial(kept, name))
            for name in "SVF"
        ),
        line(
            "seconds after the R peak: median / largest",
            lambda part: " / ".join(f"{value:.2f}" for value in part["seconds after the R peak"].values()),
        ),
        line(
            "processor seconds per second of signal, two leads",
            lambda part: f"{part['processor seconds per second of signal']:.3f}",
        ),
    ]


def kept(name: str, part: Any) -> str:
    """Return how many final beats of a class were told so at once, and how many told so stay so."""
    figures = part["class"][name]
    shares = (figures["told so at once"], figures["stays so"])
    shown = " / ".join("-" if share is None else f"{share:.1%}" for share in shares)
    return f"{shown} ({figures['final']:,})"


def alarms() -> str:
    """Return how many false alarms a stream raises, and how soon it tells fibrillation."""
    measured = read(RESULTS / "stream.json")
    shipped, credulous = (measured["normal"][name] for name in ("as shipped", "nothing doubted"))
    told = measured["fibrillation"]
    others = told["DS1 without flutter, told in"]
    return (
        f"In {shipped['recordings']} handheld strips that experts call normal (`cinc2017`, people learned"
        f" from) a V was told at once in {shipped.get('with V', 0)} and an S in {shipped.get('with S', 0)};"
        f" were nothing doubted, in {credulous.get('with V', 0)} and {credulous.get('with S', 0)}. The price:"
        f" {shipped['beats not judged'] / shipped['beats']:.1%} of their beats are `?`, and so may be the"
        " first ectopic beats of a shape that the stream has not seen before.\n\n"
        f"Ventricular fibrillation was told within 10 s of the mark of its onset in"
        f" {told['told within 10 s']} of {told['people']} people of `cudb` (learned from; median"
        f" {told['seconds after the onset, median']:g} s), and in {len(others)} of the"
        f" {told['DS1 without flutter']} records of DS1 without flutter"
        " (`python benchmarks/stream.py normal fibrillation`)."
    )


def resident() -> str:
    """Return what a stream of packets holds in memory after some time and after longer."""
    seen = read(RESULTS / "stream.json")["memory"]
    shown = ", ".join(f"{megabytes:.0f} MB after {minutes} minutes" for minutes, megabytes in seen.items())
    command = "`python benchmarks/stream.py memory`"
    return f"A simulated stream of two leads, in packets of 40 ms: {shown} ({command})."


def int8_losses() -> list[list[str]]:
    """Return what 8 bits lose, figure by figure."""
    return [
        [people, what, *(f"{row[name]:.2f}" for name in ("F1 fp32", "F1 int8", "loss")), lost(row)]
        for people, figures in read(RESULTS / "edge.json").get("loss", {}).items()
        for what, row in figures.items()
    ]


def lost(row: Any) -> str:
    """Return how many people lose more than half a point, and who loses most."""
    count = row["people with a loss above 0.5"]
    return f"{count} of {row['people']} (most: {row['worst person']}, {row['worst loss']:.2f})"


def edge_costs() -> list[list[str]]:
    """Return size and cost of each exported graph."""
    return [
        [
            f"`{name}.onnx`",
            f"{row['bytes']:,}",
            f"{row['microseconds, Python']:.1f}",
            f"{row['microseconds, JavaScript']:.1f}" if "microseconds, JavaScript" in row else "-",
            row["per"],
        ]
        for name, row in read(RESULTS / "edge.json")["cost"].items()
    ]


def scarce_labels() -> str:
    """Return macro-F1 by how many labels there are, with its interval, and F1 of each class from 5 %."""
    found = read(RESULTS / "scarce_labels.json")["macro-F1 of N S V F"]
    rows, classes = [], []
    for name, ways in found.items():
        each = [*ways["people"].values(), *ways["beats"].values()]
        rows.append([name, *(f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})" for one in each)])
        classes.append([name, *(f"{value:.2f}" for value in ways["beats"]["5%"]["F1"].values())])
    of_class = table(("F1 from 5 % of the beats", "N", "S", "V", "F"), classes)
    return f"{table(SCARCE, rows)}\n\n{of_class}"


def few_labels() -> list[Row]:
    """Return what 5 % of the labels are worth: by the encoder, beside the same labels without it."""
    found = read(RESULTS / "scarce_labels.json")["macro-F1 of N S V F"]
    five = {name: ways["beats"]["5%"] for name, ways in found.items()}
    told = [
        f"{five[name]['value']:.2f} ({five[name]['low']:.2f} to {five[name]['high']:.2f})"
        for name in (
            "encoder, linear probe",
            "encoder and features, linear probe",
            "classifier's features, logistic regression",
            "raw beats, logistic regression",
        )
    ]
    return [
        row(
            "N S V F from 5 % of the labels of DS1, DS2, macro-F1: encoder / with the classifier's features"
            " (the features alone; raw beats)",
            "{} / {} ({}; {})".format(*told),
            "python benchmarks/scarce_labels.py",
        )
    ]


def unlabelled() -> str:
    """Return how well the encoder tells ectopic beats without a label, beside the shipped detector."""
    found = read(RESULTS / "encoder_anomaly.json")["mitdb DS2"]
    rows = [
        [
            name,
            "{value:.3f} ({low:.3f} to {high:.3f})".format(**one["auroc"]),
            *(f"{value:.3f}" for value in one["auroc of a class against N"].values()),
        ]
        for name, one in found.items()
    ]
    return table(("AUROC on DS2, first lead", "S, V and F against N", "S", "V", "F"), rows)


def encoder_recipe() -> str:
    """Return what the encoder's recipe gives on a CPU, beside what is shipped, on people of DS1."""
    (found,) = read(RESULTS / "encoder_recipe.json").values()
    rows = []
    for name, one in found.items():
        learned = (one["linear probe"], one["nearest neighbours"])
        each = (
            f"{way['macro-F1']:.3f} ({min(way['each']):.3f} to {max(way['each']):.3f})" for way in learned
        )
        by_class = " / ".join(f"{value:.2f}" for value in learned[0]["F1"].values())
        doubt = " / ".join(f"{value:.3f}" for value in one["AUROC without labels"].values())
        rows.append([name, *each, by_class, doubt])
    heads = (
        "DS1, people apart",
        "linear probe, macro-F1 (five draws)",
        "nearest neighbours",
        "probe, F1 of N / S / V / F",
        "without labels, AUROC of all / S / V / F",
    )
    return table(heads, rows)


def studies() -> list[tuple[str, Any]]:
    """Return a link to the table of each reproduced study, and what the study found."""
    found = [read(path) for path in sorted(REPRODUCED.glob("*/metrics.json"))]
    return [(f"[{one['study']}](../benchmarks/reproduced/{one['study']}/table.md)", one) for one in found]


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


def interval(figure: dict[str, float]) -> str:
    """Return a figure with its interval."""
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def speed() -> list[Row]:
    """Return how long a day takes."""
    cases, simulated = read(RESULTS / "end_to_end.json")["cases"], read(RESULTS / "simulate.json")
    paces = read(RESULTS / "throughput.json")["rows"]
    return [
        *(
            row(
                f"Beats per second, {name} (share of onnxruntime)",
                f"{pace['beats_per_second']:,} ({pace['onnxruntime_share']:.0%})",
                "python benchmarks/throughput.py",
            )
            for name, pace in paces.items()
        ),
        *(
            row(
                f"{name}, from file on, two cores: {what}",
                f"{cost['wall seconds']:.1f} s, {cost['processor seconds']:.1f} s of processor time,"
                f" {cost['peak memory MB']} MB",
                "python benchmarks/end_to_end.py",
            )
            for name, costs in cases.items()
            for what, cost in costs.items()
            if what in ("all outputs", "no report")
        ),
        row(
            "24 h, 2 leads, 360 Hz, simulated and written",
            f"{simulated['seconds']:.0f} s, {simulated['peak_mb'] / 1024:.2f} GB",
            "make bench",
        ),
    ]


def schema() -> str:
    """Return the columns of the tables of a batch."""
    from ectopy.apps.batch.schema import SCHEMA_VERSION, columns

    tables = [
        f"Version {SCHEMA_VERSION}; a new column raises the minor number, any other change the major one."
    ]
    for name, each in columns().items():
        rows = [(f"`{column.name}`", column.type.replace("<", "\\<"), column.text) for column in each]
        tables.append(f"### {name}\n\n{table(('column', 'type', 'what it is'), rows)}")
    return "\n\n".join(tables)


CORES = 1000
HOLTERS = 1_000_000
HOLTER = "24 h, 2 leads, 360 Hz"


def capacity() -> str:
    """Return what a recording of each length takes, and the plan for a million Holters."""
    measured = read(RESULTS / "batch.json")
    lengths = {name: each for name, each in measured.items() if " leads, " in name}
    heads = (
        "recording (how many were measured)",
        "processor seconds",
        "recordings a second and core",
        "memory of its process",
        "files",
        "tables",
    )
    rows = [
        (
            f"{name} ({each['recordings']})",
            f"{each['processor seconds a recording']:.3g}",
            f"{1 / each['processor seconds a recording']:.3g}",
            f"{max(each['worker memory MB'])} MB",
            f"{each['input bytes a recording'] / 1e6:,.2f} MB",
            f"{each['table bytes a recording'] / 1e6:,.3f} MB",
        )
        for name, each in lengths.items()
    ]
    note = (
        "`python benchmarks/batch.py`, one worker, the start of the command included, no"
        f" pages: Python {measured['python']} on {measured['machine']}."
    )
    return "\n\n".join([table(heads, rows), note, *plan(lengths[HOLTER])])


def plan(day: dict[str, Any]) -> list[str]:
    """Return what a million days take, computed from what one takes."""
    seconds, memory = day["processor seconds a recording"], max(day["worker memory MB"])
    hours = HOLTERS * seconds / 3600
    read_bytes, written = (HOLTERS * day[f"{what} bytes a recording"] for what in ("input", "table"))
    per_part = max(1, (1 << 30) // day["input bytes a recording"])
    parts = HOLTERS / per_part
    beats = HOLTERS * day["beats"] / day["recordings"]
    wall = hours / CORES
    rows = [
        ("processor time", f"{hours:,.0f} core-hours: {wall:.1f} h on {CORES:,} cores"),
        ("memory", f"{CORES * memory / 1000:,.0f} GB, {memory} MB a core"),
        ("read", f"{read_bytes / 1e12:.1f} TB, {read_bytes / wall / 3600 / 1e9:.2f} GB a second"),
        (
            "written",
            f"{written / 1e12:.2f} TB of tables, {beats / 1e9:.0f} thousand million beats",
        ),
        (
            "parts",
            f"{parts:,.0f} of {per_part} recordings, {per_part * seconds / 60:.0f} minutes each: what a lost"
            " node costs a core",
        ),
        ("files", f"{6 * parts:,.0f}: a file of each of five tables and a mark for each part"),
        ("lanes that ask for parts", f"{CORES / (per_part * seconds):.1f} a second, of one driver"),
    ]
    return [
        "## A million 24-hour Holters",
        table(("what", "how much"), rows),
        "Assumed: recordings like the measured one (2 leads, 360 Hz, 16 bit), cores like the measured one and"
        " idle, an object store that gives each core what it reads (the rate above, spread"
        " evenly), no pages, and processor time that does not depend on the number of cores. No cluster of"
        " this size was measured.",
        "Layout: recordings and tables in one object store, in the region of the cores;"
        " `--part-bytes 1073741824` (the default at this length), `--jobs 1000`, `--memory 2048`, nodes of 16"
        " cores. Nodes may be of the kind that is taken away: a part is done again.",
        "What breaks first: (1) the list: a million objects are listed, and held in memory, by one machine"
        " before anything is analysed. (2) The disks of the nodes: a recording of an object store is copied"
        " to scratch while it is analysed, one a core. (3) Readers of the tables: queries over all beats want"
        " the files of a few thousand parts compacted. (4) The driver is one process; if it ends, the run has"
        " to be started again, and goes on where it was.",
    ]


if __name__ == "__main__":
    main()
