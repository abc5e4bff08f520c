"""The files about one recording: annotations, tables of beats, episodes and events, a summary, the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.result import Analysis
from ectopy.errors import ParameterError
from ectopy.io.atomic import atomic_files, sweep
from ectopy.io.safe_names import cell, file_stem
from ectopy.io.wfdb.annotation_codes import encode
from ectopy.io.wfdb.files import ANNOTATOR
from ectopy.rhythm.episodes import EPISODE_KINDS
from ectopy.rhythm.heart_rate import heart_rate
from ectopy.wording import Clock

_ROWS: Final = 20_000
"""Rows of a table that are text at a time: a week has a million beats."""

_AT_ONCE: Final = 1 << 20
"""Samples of each lead that a digest takes in at a time."""

VIEW_SUFFIXES: Final = {
    "report": "report.html",
    "document": "holter.json",
    "text": "holter.md",
    "pdf": "report.pdf",
    "disclosure": "disclosure.html",
}
"""How the files of the forms of a report end."""

Columns = Mapping[str, npt.NDArray[Any] | list[Any]]


@dataclass(frozen=True)
class Outputs:
    """Paths of the files of one analysis; None for those that were not asked for.

    Parameters
    ----------
    annotations : Path
        WFDB annotations: a symbol for each beat, and rhythm marks.
    beats, episodes, events : Path
        Tables, as CSV.
    summary : Path
        Figures of the whole recording, as JSON.
    report, pdf, disclosure : Path, optional
        The page, the same printed, and all of one lead, printed.
    document, text : Path, optional
        What the page states, as JSON and as Markdown.
    """

    annotations: Path
    beats: Path
    episodes: Path
    events: Path
    summary: Path
    report: Path | None = None
    document: Path | None = None
    text: Path | None = None
    pdf: Path | None = None
    disclosure: Path | None = None


@dataclass(frozen=True)
class ReportOptions:
    """Which forms of the report to write, and how.

    Parameters
    ----------
    report : bool
        ``NAME.report.html``, the same for machines (``NAME.holter.json``) and as text (``NAME.holter.md``).
    pdf : bool
        ``NAME.report.pdf``, printed by a browser.
    disclosure : bool
        ``NAME.disclosure.html``: all of one lead, a minute a row.
    language : str
        One of `ectopy.report.language.LANGUAGES`.
    patient : str
        Name to print on the page.
    """

    report: bool = True
    pdf: bool = False
    disclosure: bool = False
    language: str = "en"
    patient: str = ""


FULL: Final = ReportOptions()
NO_REPORT: Final = ReportOptions(report=False)


def write_outputs(
    analysis: Analysis, folder: Path | str, *, options: ReportOptions = FULL, force: bool = False
) -> Outputs:
    """Write all results of an analysis.

    All files appear together: after an interruption at any moment there is either none of them or, once the
    next analysis has written into the folder, all.

    Parameters
    ----------
    analysis : Analysis
        Analysis of one recording; its name, made safe, names the files.
    folder : Path or str
        Where to write; made if missing. Files of an earlier analysis of the same recording are replaced.
    options : ReportOptions
        Which forms of the report to write; those of an earlier analysis that were not asked for now are
        removed.
    force : bool
        Replace files of another recording, or of nobody knows which.

    Returns
    -------
    Outputs
        ``NAME.ectopy``, ``NAME.beats.csv``, ``NAME.episodes.csv``, ``NAME.events.csv``,
        ``NAME.summary.json`` and the report.

    Raises
    ------
    ParameterError
        If files of another recording stand there and `force` is false, the language is unknown, or there is
        no browser to print with.
    OSError
        If they cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import ectopy
    >>> analysis = ectopy.analyze(ectopy.simulate(duration=20, leads=("II",), seed=1, name="day"))
    >>> written = write_outputs(analysis, tempfile.mkdtemp(), options=ReportOptions(report=False))
    >>> written.beats.name, written.report
    ('day.beats.csv', None)
    """
    folder, stem = Path(folder), file_stem(analysis.record.name)
    views = _views(analysis, options)
    paths = {name: folder / f"{stem}.{suffix}" for name, suffix in VIEW_SUFFIXES.items()}
    out = Outputs(
        annotations=folder / f"{stem}.{ANNOTATOR}",
        beats=folder / f"{stem}.beats.csv",
        episodes=folder / f"{stem}.episodes.csv",
        events=folder / f"{stem}.events.csv",
        summary=folder / f"{stem}.summary.json",
        **{name: paths[name] for name in views},
    )
    results = [out.annotations, out.beats, out.episodes, out.events]
    targets = [*results, *(paths[name] for name in views), out.summary]
    facts = summary_facts(analysis)
    sweep(folder)
    if not force:
        check_ours([*targets, *paths.values()], out.summary, facts["source"])
    with atomic_files(targets, remove=[paths[name] for name in paths if name not in views]) as unfinished:
        marks, beats, episodes, events, *pages, summary = unfinished
        marks.write_bytes(encode(analysis.annotations()))
        start = analysis.record.start
        _write_table(beats, analysis.columns(), start)
        _write_table(episodes, episode_columns(analysis), start)
        _write_table(events, event_columns(analysis), start)
        for path, write in zip(pages, views.values(), strict=True):
            write(path)
        summary.write_text(json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
    return out


def _views(analysis: Analysis, options: ReportOptions) -> dict[str, Callable[[Path], object]]:
    """Return what writes each form of the report that was asked for."""
    if not (options.report or options.pdf or options.disclosure):
        return {}
    from ectopy.report.views import report_views  # brings jinja2

    return report_views(analysis, options)


def _by_the_clock(columns: Columns, start: datetime | None) -> Columns:
    """Return columns with the time of day beside every first column of seconds, where it is known."""
    name = "time_s" if "time_s" in columns else "start_s"
    if start is None:
        return columns
    milliseconds = np.rint(1000 * np.asarray(columns[name], np.float64)).astype("timedelta64[ms]")
    clock = np.datetime_as_string(np.datetime64(start.replace(tzinfo=None), "ms") + milliseconds)
    told: dict[str, npt.NDArray[Any] | list[Any]] = {}
    for each, column in columns.items():
        told[each] = column
        if each == name:
            told["clock"] = clock
    return told


def summary_facts(analysis: Analysis) -> dict[str, Any]:
    """Return the summary of an analysis as JSON has it, what is undefined as None.

    Beside the fields of `ectopy.analysis.result.Summary` it has ``start`` and ``stop``: the time of day (ISO
    8601), None where it is not known; ``source``: what tells the recording from others of its name, the
    SHA-256 of its samples; and, in an edited analysis, ``review``: who corrected it, when and how much.
    """
    from ectopy.report.holter.review import review_facts

    clock = Clock(analysis.record.start)
    times = {"start": clock.iso(0) or None, "stop": clock.iso(analysis.record.duration) or None}
    review = review_facts(analysis.review)
    told = {"review": asdict(review)} if review else {}
    return {**asdict(analysis.summary()), **times, "source": {"sha256": analysis.digest}, **told}


def episode_columns(analysis: Analysis) -> Columns:
    """Return one row per episode: kind, start, stop, duration, burden, beats, rate; the most urgent first.

    The burden is the share of the time that could be analysed.
    """
    fs, samples = analysis.record.fs, analysis.beats.samples
    episodes = sorted(analysis.episodes, key=lambda each: (EPISODE_KINDS.index(each.kind), each.start))
    analysed = analysis.usable_share * analysis.record.duration
    bounds = np.array([[each.start, each.stop] for each in episodes], np.int64).reshape(-1, 2)
    first, stop = np.searchsorted(samples, bounds.T)
    rates = [heart_rate(analysis.rr[a + 1 : b]) for a, b in zip(first, stop, strict=True)]
    return {
        "kind": [each.kind for each in episodes],
        "start_s": bounds[:, 0] / fs,
        "stop_s": bounds[:, 1] / fs,
        "duration_s": (bounds[:, 1] - bounds[:, 0]) / fs,
        "burden": (bounds[:, 1] - bounds[:, 0]) / fs / analysed if analysed else np.full(len(bounds), np.nan),
        "n_beats": stop - first,
        "beats_per_minute": np.array(rates, np.float64),
    }


def event_columns(analysis: Analysis) -> Columns:
    """Return one row per event: kind, start, stop, first and last beat, ectopic beats, rate."""
    events = analysis.events
    return {
        "kind": [event.kind for event in events],
        "start_s": [event.start for event in events],
        "stop_s": [event.stop for event in events],
        "first_beat": [event.first for event in events],
        "last_beat": [event.last for event in events],
        "n_ectopic": [event.n_ectopic for event in events],
        "beats_per_minute": [event.rate for event in events],
    }


def check_ours(files: Iterable[Path], summary: Path, source: object) -> None:
    """Refuse to replace the results of another recording."""
    existing = [path for path in files if path.exists()]
    if existing and _source(summary) != source:
        raise ParameterError(
            f"{existing[0]} exists and is not known to be about this recording; choose another folder"
            " (--out), or force it to be replaced (--force)"
        )


def _source(summary: Path) -> object:
    try:
        facts = json.loads(summary.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts.get("source") if isinstance(facts, dict) else None


def _write_table(path: Path, columns: Columns, start: datetime | None = None) -> None:
    n_rows = max(map(len, columns.values()), default=0)
    with path.open("w", encoding="utf-8", newline="") as file:
        for first in range(0, max(1, n_rows), _ROWS):
            some = {name: column[first : first + _ROWS] for name, column in columns.items()}
            told = _by_the_clock(some, start)
            if not first:
                file.write(",".join(map(_quoted, told)) + "\n")
            rows = map(",".join, zip(*map(_cells, told.values()), strict=True))
            file.write("\n".join([*rows, ""]))


def _cells(column: npt.NDArray[Any] | list[Any]) -> list[str]:
    """Return a column as text: four digits after the point, nothing where undefined, no formula."""
    values = np.asarray(column)
    if values.dtype.kind == "f":
        return _decimals(values)
    if values.dtype.kind in "iu":
        return list(map(str, values.tolist()))
    words = values.tolist()
    written = {word: _quoted(cell(word)) for word in set(words)}
    return [written[word] for word in words]


def _decimals(values: npt.NDArray[np.floating]) -> list[str]:
    """Return numbers with four digits after the point, written all at once."""
    values = values + 0  # there is no minus zero
    if len(values) and (values == values[0]).all():
        return [f"{values[0]:.4f}"] * len(values)
    if ((values >= 0) & (values <= 1)).all():
        return _shares(values.astype(np.float64))
    written = ("%.4f " * len(values) % tuple(values.tolist())).split()
    for unknown in np.flatnonzero(np.isnan(values)).tolist():
        written[unknown] = ""
    return written


def _shares(values: npt.NDArray[np.float64]) -> list[str]:
    """Return numbers from 0 to 1, looked up among those that four digits can say."""
    scaled = values * 10_000
    written = list(map(_four_digits().__getitem__, np.rint(scaled).astype(np.int64).tolist()))
    for halfway in np.flatnonzero(np.abs(scaled % 1 - 0.5) < 1e-6).tolist():  # the exact value decides
        written[halfway] = f"{values[halfway]:.4f}"
    return written


@cache
def _four_digits() -> list[str]:
    return [f"{number / 10_000:.4f}" for number in range(10_001)]


def _quoted(text: str) -> str:
    """Return a cell as RFC 4180 has it."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if any(mark in text for mark in ',"\r\n') else text
