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
    write(PRETRAINED / "beat-autoencoder" / "README.md", [*whole_analysis(), *anomalies()])


def write(page: Path, rows: list[str]) -> None:
    """Put a table between the two marks of a page."""
    before, rest = page.read_text(encoding="utf-8").split(START)
    _, after = rest.split(END)
    table = "\n".join(["| what | figure | how to get it |", "|---|---|---|", *rows])
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
    command = "ectopy train --out FOLDER --epochs 25"
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
    seeds = read(RESULTS / "seeds.json")
    for name in ("AUROC", "false-alarm rate at its threshold", "Se V at its threshold"):
        mean, sd = seeds[name]["mean"], seeds[name]["sd"]
        runs = ", ".join(f"{run:.3f}" for run in seeds[name]["runs"])
        what = f"… {name}, mean ± sd of {len(seeds['seeds'])} seeds (each; the first is shipped)"
        rows.append(row(what, f"{mean:.3f} ± {sd:.3f} ({runs})", "python benchmarks/seeds.py"))
    return rows


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
