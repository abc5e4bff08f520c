"""Aggregate statistics of line-format reports (ANSI/AAMI EC57), as the WFDB program sumstats derives them.

Gross statistics give every event the same weight: they come from the sums of the counts. Average statistics
give every record the same weight: they are the means of the records' figures, of those that are defined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ectopy.errors import AnnotationError, ParameterError, unknown_option
from ectopy.evaluation.ec57 import beat_reports, episode_reports, run_reports
from ectopy.evaluation.ec57.beat_reports import BeatComparison
from ectopy.evaluation.ec57.episode_reports import EpisodeComparison
from ectopy.evaluation.ec57.figures import cell, clock
from ectopy.evaluation.ec57.line_tables import TABLES, Figure, LineTable
from ectopy.evaluation.ec57.run_reports import RunComparison
from ectopy.evaluation.ec57.times import RecordTimes, Time

Comparison = BeatComparison | RunComparison | EpisodeComparison

_MILLISECONDS = 1000.0
_NO_RECORD = RecordTimes(fs=1.0)


@dataclass(frozen=True)
class Summary:
    """Aggregate statistics of a set of records.

    Parameters
    ----------
    records : tuple of str
        Names of the records.
    sums : mapping of str to float
        Sum of each column of counts and of durations in seconds.
    gross : mapping of str to float or None
        Each figure in percent, from the sums; None where it is undefined, or no sum can give it.
    average : mapping of str to float or None
        Each figure, averaged over the records in which it is defined; None where it is in none.
    text : str
        The line-format reports, and the aggregate statistics below.
    """

    records: tuple[str, ...]
    sums: Mapping[str, float]
    gross: Mapping[str, float | None]
    average: Mapping[str, float | None]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Row:
    record: str
    values: Mapping[str, float]
    figures: Mapping[str, float | None]


def summarise(
    found: Sequence[Comparison], *, table: str | None = None, sveb: bool = True, corrected: bool = False
) -> Summary:
    """Summarise comparisons of one kind, one a record.

    Parameters
    ----------
    found : sequence of BeatComparison, RunComparison or EpisodeComparison
        What to summarise.
    table : str, optional
        ``"beats"`` (default) or ``"shutdown"`` of beats; ``"VE"`` (default) or ``"SVE"`` of runs.
    sveb : bool
        Whether supraventricular ectopic beats are a class of their own; of beats only.
    corrected : bool
        Whether to correct the gross figures of shutdown tables, as `summarise_lines` says.

    Returns
    -------
    Summary
        ``str()`` of it is the table of the records, with gross and average figures.

    Raises
    ------
    ParameterError
        If there is nothing to summarise, the kinds differ, or the table is unknown.

    Examples
    --------
    >>> from ectopy.evaluation.ec57 import compare_beats
    >>> from ectopy.record import Annotations
    >>> marks = Annotations([400, 700, 1000], ["N", "V", "N"], fs=360)
    >>> found = summarise([compare_beats(marks, marks[:2], start=0, record=name) for name in ("a", "b")])
    >>> round(found.gross["Q Se"], 2), found.average["V Se"], found.gross["S Se"]
    (66.67, 100.0, None)
    """
    if not found:
        raise ParameterError("found is empty; give at least one comparison")
    kinds = {type(item).__name__ for item in found}
    if len(kinds) > 1:
        raise ParameterError(f"found mixes {', '.join(sorted(kinds))}; summarise comparisons of one kind")
    headings, lines = zip(*(_as_line(item, table, sveb) for item in found), strict=True)
    return summarise_lines(headings[0] + "".join(lines), corrected=corrected)


def _as_line(item: Comparison, table: str | None, sveb: bool) -> tuple[str, str]:
    """Return heading and line of one record in one of its tables."""
    if isinstance(item, BeatComparison):
        place = _place(table, ("beats", "shutdown"))
        return beat_reports.HEADINGS[sveb][place], beat_reports.line_reports(item, sveb=sveb)[place]
    if isinstance(item, RunComparison):
        place = _place(table, ("VE", "SVE"))
        return run_reports.HEADINGS[place], run_reports.line_reports(item)[place]
    _place(table, (item.kind,))
    return episode_reports.HEADINGS[item.kind], episode_reports.line_report(item)


def _place(table: str | None, known: tuple[str, ...]) -> int:
    if table is not None and table not in known:
        raise unknown_option("table", table, known)
    return 0 if table is None else known.index(table)


def summarise_lines(text: str, *, corrected: bool = False) -> Summary:
    """Summarise line-format reports with their headings.

    Parameters
    ----------
    text : str
        What ``bxb -L``, ``rxr -L``, ``epicmp -L`` and the like wrote.
    corrected : bool
        Whether to count the beats of a shutdown table once for its gross figures, where sumstats counts them
        twice, and to give these figures with SVEBs too.

    Returns
    -------
    Summary

    Raises
    ------
    AnnotationError
        If the headings are of no known report, or a line does not fit them.
    """
    table = next((table for table in TABLES if text.startswith(table.heading)), None)
    if table is None:
        first = text.split("\n", maxsplit=1)[0]
        raise AnnotationError(
            f"{first[:40]!r} heads no line-format report; make it with -l or -L into a new file"
        )
    text = text if text.endswith("\n") else f"{text}\n"
    body = text[len(table.heading) :].splitlines()
    rows = [_read_row(line, table) for line in body if line.strip()]
    sums = {name: sum(row.values[name] for row in rows) for name in (*table.counts, *table.others)}
    twice = table.counts_whole_twice and not corrected
    gross = {figure.name: _gross(figure, rows, sums, 2 if twice else 1) for figure in table.figures}
    average = {figure.name: _average(figure, rows) for figure in table.figures}
    footer = _footer(table, sums, (gross, average) if table.has_figures or corrected else ())
    return Summary(
        records=tuple(row.record for row in rows),
        sums=MappingProxyType(sums),
        gross=MappingProxyType(gross),
        average=MappingProxyType(average),
        text=f"{text}{footer}\n\nSummary of results from {len(rows)} records\n",
    )


def _read_row(line: str, table: LineTable) -> _Row:
    words = [word for word in line.split() if word != "seconds"]
    names = [*table.counts, *(figure.name for figure in table.figures), *table.others]
    try:
        numbers = [None if word == "-" else Time("time", word).seconds(_NO_RECORD) for word in words[1:]]
        pairs = dict(zip(names, numbers, strict=True))
        values = {name: float(pairs[name] or 0) for name in (*table.counts, *table.others)}
    except ValueError as error:
        raise AnnotationError(
            f"line {line.strip()[:60]!r} does not fit its headings; make the file anew"
        ) from error
    return _Row(words[0], values, {figure.name: pairs[figure.name] for figure in table.figures})


def _gross(figure: Figure, rows: Sequence[_Row], sums: Mapping[str, float], times_whole: int) -> float | None:
    if figure.weight:
        part = sum((row.figures[figure.name] or 0.0) * row.values[figure.weight] for row in rows) / 100
        whole = sums[figure.weight]
    else:
        part = sum(sums[name] for name in figure.part)
        whole = times_whole * sum(sums[name] for name in figure.whole)
    return 100 * part / whole if whole else None


def _average(figure: Figure, rows: Sequence[_Row]) -> float | None:
    defined = [value for row in rows if (value := _exact(figure, row)) is not None]
    return sum(defined) / len(defined) if defined else None


def _exact(figure: Figure, row: _Row) -> float | None:
    """Return a figure of one record from its counts, or as it is written where no counts can give it."""
    if not figure.whole:
        return row.figures[figure.name]
    whole = sum(row.values[name] for name in figure.whole)
    return 100 * sum(row.values[name] for name in figure.part) / whole if whole else None


def _footer(
    table: LineTable, sums: Mapping[str, float], figures: Sequence[Mapping[str, float | None]]
) -> str:
    """Write the sums, and below them the gross and average figures and how many there are of what."""
    counts = "".join(
        f" {int(sums[name]):{width}d}" for name, width in zip(table.counts, table.widths, strict=True)
    )
    total = f"{'Sum':<{table.name_width + table.sum_shift}}{counts}"
    if table.totals:
        width = sum(len(figure.gap) + figure.width for figure in table.figures)
        total = f"{total}{'':{width}}{_totals(table, sums)}"
    indent = table.name_width + sum(1 + width for width in table.widths) + table.figure_shift
    lines = ["_" * table.rule, total]
    for label, values in zip(("Gross", "Average"), figures, strict=False):
        cells = "".join(_cell(figure, values[figure.name], label) for figure in table.figures)
        lines.append(f"{label:<{indent}}{cells}".rstrip())
    if table.populations:
        lines.append(
            "  ".join(
                f"Total {name}: {int(sum(sums[count] for count in counted))}"
                for name, counted in table.populations.items()
            )
        )
    return "\n".join(lines)


def _cell(figure: Figure, value: float | None, label: str) -> str:
    """Write a figure; what only an average can give has no gross one, not even a dash."""
    only_average = not figure.whole and not figure.weight
    text = "" if only_average and label == "Gross" else cell(value, figure.width, figure.decimals)
    return f"{figure.gap}{text}"


def _totals(table: LineTable, sums: Mapping[str, float]) -> str:
    if table.totals == ("seconds",):
        return f" {int(sums['seconds']):4d} seconds"
    times = [clock(round(sums[name] * _MILLISECONDS), _MILLISECONDS) for name in table.totals]
    return f" {times[0]:>13} {times[1]:>14}"
