"""Where the figures lie, how they are written, and how tables get onto their pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = tuple[str, str, str]

ROOT = Path(__file__).parents[2]

RESULTS = ROOT / "benchmarks" / "results"

PRETRAINED = ROOT / "src" / "ectopy" / "pretrained"

REPRODUCED = ROOT / "benchmarks" / "reproduced"


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


def interval(figure: dict[str, float]) -> str:
    """Return a figure with its interval."""
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def over_seeds(figure: dict[str, float]) -> str:
    """Return a mean over seeds with its standard deviation."""
    return f"{figure['mean']:.3f} ± {figure['sd']:.3f}"


def write(page: Path, name: str, text: str) -> None:
    """Put a text between the two marks of that name on a page."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = page.read_text(encoding="utf-8").split(start)
    _, after = rest.split(end)
    page.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
