"""The columns of every line-format report, and how each figure comes from the counts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ectopy.evaluation.ec57 import beat_reports, episode_reports, run_reports

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
    rule : int
        Length of the line above the sums.
    sum_shift, figure_shift : int
        How far the sums, and the gross and average figures, stand to the right of their columns in sumstats.
    populations : mapping of str to tuple of str
        What is totalled below → the counts that make it up.
    has_figures : bool
        Whether sumstats writes gross and average figures.
    counts_whole_twice : bool
        Whether the denominators of the gross figures are twice what they should be in sumstats.
    """

    heading: str
    counts: Names
    widths: tuple[int, ...]
    figures: tuple[Figure, ...]
    others: Names = ()
    totals: Names = ()
    name_width: int = 4
    rule: int = 0
    sum_shift: int = 0
    figure_shift: int = 0
    populations: Mapping[str, Names] = field(default_factory=dict)
    has_figures: bool = True
    counts_whole_twice: bool = False


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
            Figure("S +P", ("Ss",), tuple(name for name in counts if name.endswith("s") and name != "Fs")),
            Figure("RR err"),
        ]
    else:
        figures.append(Figure("V FPR", ("Nv", "Ov"), ("Nv", "Ov", "Nn", "Fn", "On"), decimals=3))
    widths = tuple({"Nn": 5, "Vv": 4}.get(name, 3) for name in counts)
    populations = {"QRS complexes": tuple(name for name in counts if not name.startswith("O"))}
    for name, row in (("VEBs", "V"), ("SVEBs", "S")):
        if sveb or row != "S":
            populations[name] = tuple(count for count in counts if count.startswith(row))
    return LineTable(
        beat_reports.HEADINGS[sveb][0],
        counts,
        widths,
        tuple(figures),
        rule=132 if sveb else 86,
        sum_shift=0 if sveb else 1,
        figure_shift=0 if sveb else 3,
        populations=populations,
    )


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
        rule=72 if sveb else 68,
        sum_shift=0 if sveb else 1,
        figure_shift=0 if sveb else -1,
        has_figures=not sveb,
        counts_whole_twice=True,
    )


def _runs(heading: str) -> LineTable:
    counts = tuple(f"{kind}{name}" for kind in "CSL" for name in ("Ts", "FN", "Tp", "FP"))
    shares = tuple(
        Figure(f"{kind}{name}", (f"{kind}{true}",), (f"{kind}{true}", f"{kind}{false}"), width=3, decimals=0)
        for kind in "CSL"
        for name, true, false in (("Se", "Ts", "FN"), ("+P", "Tp", "FP"))
    )
    first = Figure(shares[0].name, shares[0].part, shares[0].whole, width=3, decimals=0, gap="  ")
    return LineTable(
        heading,
        counts,
        (3,) * len(counts),
        (first, *shares[1:]),
        rule=77,
        sum_shift=2,
        figure_shift=2,
        populations={
            name: (f"{kind}Ts", f"{kind}FN")
            for kind, name in (("C", "couplets"), ("S", "short runs"), ("L", "long runs"))
        },
    )


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
        rule=72,
    )


TABLES: Final = (
    _beats(True),
    _beats(False),
    _shutdown(True),
    _shutdown(False),
    *(_runs(heading) for heading in run_reports.HEADINGS),
    *(_episodes(heading) for heading in episode_reports.HEADINGS.values()),
)
"""Every kind of line-format report."""
