"""The columns of every line-format report, and how each figure comes from the counts beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ectopy.evaluation.ec57 import beat_reports, episodes, run_reports

Names = tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A figure of a table.

    Parameters
    ----------
    name : str
        Its heading.
    part, whole : tuple of str
        The counts whose sums are numerator and denominator; empty where counts cannot give it.
    weight : str, optional
        The duration that stands for the denominator, where the numerator is not in the table.
    width, decimals : int
        How it is written.
    gap : str
        What stands before it.
    """

    name: str
    part: Names = ()
    whole: Names = ()
    weight: str = ""
    width: int = 6
    decimals: int = 2
    gap: str = " "


@dataclass(frozen=True)
class LineTable:
    """The columns of one kind of line-format report.

    Parameters
    ----------
    heading : str
        Its heading lines.
    counts : tuple of str
        The columns of counts, written in ``widths``.
    figures : tuple of Figure
        The columns of figures.
    others : tuple of str
        What follows the figures.
    totals : tuple of str
        Which of the others have a meaningful sum.
    name_width : int
        Columns of the record's name.
    """

    heading: str
    counts: Names
    widths: tuple[int, ...]
    figures: tuple[Figure, ...]
    others: Names = ()
    totals: Names = ()
    name_width: int = 4


def _beats(sveb: bool) -> LineTable:
    rows = "NSVFO" if sveb else "NVFO"
    columns = "nsvo" if sveb else "nvo"
    counts = tuple(row + column for column in columns for row in rows if (row, column) != ("O", "o"))
    found = tuple(name for name in counts if "O" not in name and "o" not in name)
    figures = [
        Figure("Q Se", found, found + tuple(name for name in counts if name.endswith("o"))),
        Figure("Q +P", found, found + tuple(name for name in counts if name.startswith("O"))),
        Figure("V Se", ("Vv",), tuple(name for name in counts if name.startswith("V"))),
        Figure("V +P", ("Vv",), tuple(name for name in counts if name.endswith("v") and name != "Fv")),
    ]
    if sveb:
        figures += [
            Figure("S Se", ("Ss",), tuple(name for name in counts if name.startswith("S"))),
            Figure("S +P", ("Ss",), tuple(name for name in counts if name.endswith("s"))),
            Figure("RR err"),
        ]
    else:
        figures.append(Figure("V FPR", ("Nv", "Ov"), ("Nv", "Ov", "Nn", "Fn", "On"), decimals=3))
    widths = tuple({"Nn": 5, "Vv": 4}.get(name, 3) for name in counts)
    return LineTable(beat_reports.HEADINGS[sveb][0], counts, widths, tuple(figures))


def _shutdown(sveb: bool) -> LineTable:
    rows = "NSVFQ" if sveb else "NVFQ"
    counts = tuple(f"{row}x" for row in rows)
    figures = (
        Figure("% beats", counts, tuple("NSVFQ"), gap="   "),
        *(Figure(f"% {row}", (f"{row}x",), (row,)) for row in rows if row != "Q"),
    )
    return LineTable(
        beat_reports.HEADINGS[sveb][1],
        counts,
        (4,) * len(counts),
        figures,
        others=("seconds", *"NSVFQ"),
        totals=("seconds",),
    )


def _runs(heading: str) -> LineTable:
    counts = tuple(f"{kind}{name}" for kind in "CSL" for name in ("Ts", "FN", "Tp", "FP"))
    shares = tuple(
        Figure(f"{kind}{name}", (f"{kind}{true}",), (f"{kind}{true}", f"{kind}{false}"), width=3, decimals=0)
        for kind in "CSL"
        for name, true, false in (("Se", "Ts", "FN"), ("+P", "Tp", "FP"))
    )
    first = Figure(shares[0].name, shares[0].part, shares[0].whole, width=3, decimals=0, gap="  ")
    return LineTable(heading, counts, (3,) * len(counts), (first, *shares[1:]))


def _episodes(heading: str) -> LineTable:
    return LineTable(
        heading,
        ("TPs", "FN", "TPp", "FP"),
        (4,) * 4,
        (
            Figure("ESe", ("TPs",), ("TPs", "FN"), width=3, decimals=0, gap="  "),
            Figure("E+P", ("TPp",), ("TPp", "FP"), width=3, decimals=0),
            Figure("DSe", weight="reference", width=3, decimals=0),
            Figure("D+P", weight="test", width=3, decimals=0),
        ),
        others=("reference", "test"),
        totals=("reference", "test"),
        name_width=6,
    )


TABLES: Final = (
    _beats(True),
    _beats(False),
    _shutdown(True),
    _shutdown(False),
    *(_runs(heading) for heading in run_reports.HEADINGS),
    *(_episodes(heading) for heading in episodes.HEADINGS.values()),
)
"""Every kind of line-format report."""
