"""Rows about the anomaly detectors, and about what the beat encoder is worth."""

from __future__ import annotations

from page_tables.measured import PRETRAINED, RESULTS, Row, interval, over_seeds, read, row, table

METHODS = ("beat encoder", "autoencoder", "distance from patient template, no network")
"""Anomaly scores that were calibrated alike."""

SCARCE = ("what is learned from", "1 person", "3", "5", "10", "21: all", "1 % of the beats", "5 %", "10 %")


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
