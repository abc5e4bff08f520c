"""What a reproduced study hands back: its figures beside the published ones, and how long they took.

A published protocol is run as published and, where it flatters, by a strict one as well. Both are in one
row with the published figure, so that nobody reads one without the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator
from scipy import stats

from ectopy.evaluation.metrics import show
from ectopy.evaluation.uncertainty import Interval

N_SEEDS: Final = 5

Figure = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A number, NaN where undefined, which JSON writes as null."""


@dataclass(frozen=True)
class Settings:
    """How a study is run.

    Parameters
    ----------
    out : Path
        Folder for its figures.
    seed : int
        The first of the seeds.
    quick : bool
        Run on a few simulated beats with one seed: this shows that a study works, and measures nothing.
    progress : bool
        Draw progress bars on the terminal.
    files : tuple of Path
        The published files of beats, where a study runs on them alone.
    """

    out: Path
    seed: int = 0
    quick: bool = False
    progress: bool = False
    files: tuple[Path, ...] = ()

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds to run: five, or one where it has to be quick."""
        return tuple(range(self.seed, self.seed + (1 if self.quick else N_SEEDS)))


@dataclass(frozen=True)
class Estimate:
    """A measured figure and how sure it is.

    Parameters
    ----------
    value : float
        The figure; with several runs, their mean.
    low, high : float
        Ends of its 95 % interval; NaN where there is none.
    over : {"seeds", "patients", "none"}
        What the interval is over.
    runs : tuple of float
        The figure of each seed.
    """

    value: Figure
    low: Figure = math.nan
    high: Figure = math.nan
    over: Literal["seeds", "patients", "none"] = "none"
    runs: tuple[Figure, ...] = ()

    @classmethod
    def of_seeds(cls, runs: npt.ArrayLike) -> Self:
        """Return the mean over seeds with its t interval; one run has none.

        Examples
        --------
        >>> print(Estimate.of_seeds([0.90, 0.92, 0.94]))
        0.9200 (0.8703 to 0.9697, 3 seeds)
        """
        values = np.atleast_1d(np.asarray(runs, float))
        mean = float(values.mean())
        listed = tuple(values.tolist())
        if len(values) < 2:
            return cls(mean, runs=listed)
        half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
        return cls(mean, mean - half, mean + half, "seeds", listed)

    @classmethod
    def of_patients(cls, interval: Interval, runs: Sequence[float] = ()) -> Self:
        """Return a figure with its bootstrap interval over patients, and what other seeds gave."""
        return cls(interval.value, interval.low, interval.high, "patients", tuple(runs))

    def shown(self, decimals: int = 4) -> str:
        """Write the figure for a table."""
        value = show(self.value, decimals)
        if math.isnan(self.low):
            return value
        whose = f"{len(self.runs)} seeds" if self.over == "seeds" else "patients"
        return f"{value} ({show(self.low, decimals)} to {show(self.high, decimals)}, {whose})"

    def __str__(self) -> str:
        return self.shown()


@dataclass(frozen=True)
class Row:
    """One figure, as published and as measured here.

    Parameters
    ----------
    figure : str
        What it is, with its unit.
    published : float or str, optional
        As published; nothing where the publication has no such figure.
    reproduced : Estimate, optional
        Ours, by the published protocol.
    strict : Estimate, optional
        Ours, by the strict protocol.
    how : str
        How the measured figures were obtained: which network or baseline, threshold, part.
    decimals : int
        To show.
    headline : bool
        Whether it belongs in the project's own table of results.
    """

    figure: str
    published: float | str | None = None
    reproduced: Estimate | None = None
    strict: Estimate | None = None
    how: str = ""
    decimals: int = 4
    headline: bool = False

    def cells(self) -> tuple[str, str, str, str]:
        """Return figure, published, reproduced and strict as a table shows them; what is absent is ``-``."""
        published = self.published if isinstance(self.published, str) else show(self.published, self.decimals)
        reproduced, strict = (
            "-" if estimate is None else estimate.shown(self.decimals)
            for estimate in (self.reproduced, self.strict)
        )
        return self.figure, published, reproduced, strict

    def line(self) -> str:
        """Return the row of a Markdown table."""
        return "| " + " | ".join([*self.cells(), self.how]) + " |"


@dataclass(frozen=True)
class Run:
    """A training that was timed until it reached a figure, or until it was given up.

    Parameters
    ----------
    seconds : float
        Processor time of training, without the looking: unlike time on the wall it does not depend on what
        else the machine does.
    epochs : int
        Passes over the data.
    figure : float
        What it had reached by then.
    reached : bool
        Whether that is the figure that was asked for.
    """

    seconds: float
    epochs: int
    figure: Figure
    reached: bool


@dataclass(frozen=True)
class Race:
    """The published recipe and ours, timed to the published figure on one machine in one run.

    Parameters
    ----------
    figure : str
        Which figure, and on which part.
    target : float
        The published value.
    recipe, ours : Run
        The two trainings.
    """

    figure: str
    target: Figure
    recipe: Run
    ours: Run

    @property
    def ratio(self) -> float:
        """Our seconds as a share of the recipe's; NaN where ours did not reach the figure."""
        return self.ours.seconds / self.recipe.seconds if self.ours.reached else math.nan

    def line(self) -> str:
        """Return the row of a Markdown table."""
        runs = (
            f"{run.seconds:.1f} s, {run.epochs} epochs"
            + ("" if run.reached else f", not reached: {show(run.figure)}")
            for run in (self.recipe, self.ours)
        )
        bound = "" if self.recipe.reached else "below "
        ratio = "-" if math.isnan(self.ratio) else bound + show(self.ratio, 3)
        return "| " + " | ".join([self.figure, show(self.target), *runs, ratio]) + " |"


@dataclass(frozen=True)
class Reproduction:
    """What a study found.

    Parameters
    ----------
    title : str
        What was published, in a line.
    source : str
        Where.
    protocol : str
        The published protocol, and in what it flatters.
    strict_protocol : str
        What is done instead.
    rows : tuple of Row
        The figures.
    races : tuple of Race
        Time to the published figure.
    remarks : tuple of str
        What a reader must know before trusting a figure, a sentence each.
    details : dict
        Anything more for ``metrics.json``: curves, confusion matrices, settings.
    """

    title: str
    source: str
    protocol: str
    strict_protocol: str
    rows: tuple[Row, ...]
    races: tuple[Race, ...] = ()
    remarks: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def table(self) -> str:
        """Return the Markdown page: protocols, figures, times, remarks."""
        lines = [
            f"# {self.title}",
            "",
            f"Source: {self.source}",
            "",
            f"- **Published protocol.** {self.protocol}",
            f"- **Strict protocol.** {self.strict_protocol}",
            "",
            "| figure | published | this protocol, ours | strict protocol, ours | how |",
            "|---|---|---|---|---|",
            *(row.line() for row in self.rows),
        ]
        if self.races:
            lines += [
                "",
                "| time to the published figure | figure | published recipe | ours | ours / recipe |",
                "|---|---|---|---|---|",
                *(race.line() for race in self.races),
            ]
        if self.remarks:
            lines += ["", *(f"- {remark}" for remark in self.remarks)]
        return "\n".join(lines) + "\n"
