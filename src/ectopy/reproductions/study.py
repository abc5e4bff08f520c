"""What a reproduced study hands back: its figures beside the published ones, and how long they took.

A published protocol is run as published and, where it flatters, by a strict one as well. Both are in one
row with the published figure, so that nobody reads one without the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import process_time
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from scipy import stats

from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import show
from ectopy.evaluation.uncertainty import Interval
from ectopy.io.atomic import draft

METRICS_FILE: Final = "metrics.json"
TABLE_FILE: Final = "table.md"

N_SEEDS: Final = 5


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
    """

    out: Path
    seed: int = 0
    quick: bool = False
    progress: bool = False

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

    value: float
    low: float = math.nan
    high: float = math.nan
    over: Literal["seeds", "patients", "none"] = "none"
    runs: tuple[float, ...] = ()

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
    figure: float
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
    target: float
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


class Stopwatch:
    """Times a training until it reaches a figure; what it takes to look is not counted.

    Hand it to `ectopy.training.loop.fit_network` as ``watch``.

    Parameters
    ----------
    measure : callable
        Network → the figure, on the part that the publication measured on. It is looked at to stop the clock
        and for nothing else.
    target : float
        The figure to reach.
    higher : bool
        Whether higher is better.
    limit : float
        Seconds of processor time in training after which it is given up.
    """

    def __init__(
        self, measure: Callable[[Any], float], target: float, *, higher: bool = True, limit: float = math.inf
    ) -> None:
        if limit <= 0:
            raise ParameterError(f"limit={limit:g} s is not possible; give a time above 0")
        self._measure, self._target, self._higher, self._limit = measure, target, higher, limit
        self._seconds, self._epochs, self._figure = 0.0, 0, math.nan
        self._since = process_time()

    def __call__(self, network: Any) -> bool:
        """Look at the network after an epoch; return True once the figure is reached or time is up."""
        self._seconds += process_time() - self._since
        self._epochs += 1
        self._figure = self._measure(network)
        self._since = process_time()
        return self._reached or self._seconds >= self._limit

    @property
    def run(self) -> Run:
        """What was timed so far."""
        return Run(self._seconds, self._epochs, self._figure, self._reached)

    @property
    def _reached(self) -> bool:
        return self._figure >= self._target if self._higher else self._figure <= self._target


@dataclass(frozen=True)
class Cost:
    """What a study took.

    Parameters
    ----------
    seconds : float
        On the wall.
    processor_seconds : float
        Of all cores together.
    """

    seconds: float
    processor_seconds: float


def write_reproduction(name: str, found: Reproduction, settings: Settings, spent: Cost) -> None:
    """Write ``metrics.json`` and ``table.md`` of a study into its folder.

    Parameters
    ----------
    name : str
        Of the study.
    found : Reproduction
        What it found.
    settings : Settings
        How it was run.
    spent : Cost
        What it took.
    """
    metrics = {
        "study": name,
        "command": f"ectopy reproduce {name}" + (" --quick" if settings.quick else ""),
        "quick": settings.quick,
        "seeds": list(settings.seeds),
        "seconds": round(spent.seconds, 1),
        "processor_seconds": round(spent.processor_seconds, 1),
        **asdict(found),
    }
    with draft(settings.out / METRICS_FILE) as path:
        path.write_text(json.dumps(_plain(metrics), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    warning = "**Quick run on simulated beats: its figures mean nothing.**\n\n" if settings.quick else ""
    with draft(settings.out / TABLE_FILE) as path:
        path.write_text(warning + found.table(), encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return what JSON can hold: lists for tuples and arrays, nothing for what is undefined."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
