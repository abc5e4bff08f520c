"""Write the measured figures where people look for them, from the files of the benchmarks and trainings.

In README.md and in the model cards the table between the two ``figures`` marks is replaced; nothing in it is
typed by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PRETRAINED = ROOT / "src" / "ectopy" / "pretrained"
START, END = "<!-- figures -->", "<!-- /figures -->"


def main() -> None:
    """Fill the table of every page that has one."""
    write(ROOT / "README.md", [*detection(), *whole_analysis(), *anomalies(), *speed()])
    write(PRETRAINED / "beat-autoencoder" / "README.md", [*whole_analysis(), *anomalies()], competitors())


def write(page: Path, rows: list[str], more: str = "") -> None:
    """Put a table, and perhaps more, between the two marks of a page."""
    before, rest = page.read_text(encoding="utf-8").split(START)
    _, after = rest.split(END)
    table = "\n".join(
        ["| what | figure | how to get it |", "|---|---|---|", *rows, *(["", more] if more else [])]
    )
    page.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")


def read(path: Path) -> Any:
    """Read a file of figures."""
    return json.loads(path.read_text(encoding="utf-8"))


def row(what: str, figure: str, command: str) -> str:
    """Return a line of the table."""
    return f"| {what} | {figure} | `{command}` |"


def detection() -> list[str]:
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


def anomalies() -> list[str]:
    """Return how well abnormal beats are told from normal ones."""
    measured = read(PRETRAINED / "beat-autoencoder" / "manifest.json")["metrics"]["mitdb DS2"]
    command = "ectopy train --out FOLDER"
    rows = []
    for method in ("autoencoder", "distance from own beat, no network"):
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
        "DS1: V found, mean over patients": ("DS1 held out", "Se V, mean over patients"),
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
    lines = [
        f"Mean ± sd of {len(compared['seeds'])} seeds, by `python benchmarks/detectors.py`. The first six"
        " figures are shares called abnormal at the method's own threshold, on DS1 in patients held out.",
        "",
        f"| method | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for method, parts in compared["methods"].items():
        figures = [over_seeds(parts[part][figure]) for part, figure in columns.values()]
        lines.append(f"| {method} | {' | '.join(figures)} |")
    return "\n".join(lines)


def over_seeds(figure: dict[str, float]) -> str:
    """Return a mean over seeds with its standard deviation."""
    return f"{figure['mean']:.3f} ± {figure['sd']:.3f}"


def whole_analysis() -> list[str]:
    """Return how well the whole analysis does on people never seen, from their recordings alone."""
    figures = read(RESULTS / "ds2.json")["own beats"]["figures"]
    named = {
        "V beats called abnormal": "Se V",
        "S beats called abnormal": "Se S",
        "F beats called abnormal": "Se F",
        "normal beats called abnormal": "false-alarm rate",
    }
    what = "From the recording alone (MIT-BIH DS2, people never seen): {} (95 % interval by patient)"
    return [
        row(what.format(name), interval(figures[figure]), "ectopy evaluate --split ds2 --out FOLDER")
        for name, figure in named.items()
    ]


def interval(figure: dict[str, float]) -> str:
    """Return a figure with its interval."""
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def speed() -> list[str]:
    """Return how long a day takes."""
    day, simulated = read(RESULTS / "end_to_end.json"), read(RESULTS / "simulate.json")
    return [
        row(
            "A day of signal (24 h × 2 leads × 360 Hz), file to report, two cores",
            f"{day['seconds']:.0f} s, {day['peak_memory_gb']:.2f} GB",
            "make bench",
        ),
        row(
            "The same day simulated and written",
            f"{simulated['seconds']:.0f} s, {simulated['peak_mb'] / 1024:.2f} GB",
            "make bench",
        ),
    ]


if __name__ == "__main__":
    main()
