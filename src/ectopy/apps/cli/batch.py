"""``ectopy batch``: many recordings into tables, here or on a cluster."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.apps.cli.console import note, print_json, say
from ectopy.apps.cli.options import (
    Address,
    AlarmRate,
    Baseline,
    Classifier,
    Detector,
    EngineName,
    Force,
    Fs,
    Gain,
    Json,
    Leads,
    Qrs,
    Quiet,
    Unit,
    Waves,
    calibration_of,
    names_of,
)
from ectopy.errors import ParameterError
from ectopy.models.registry import DEFAULT_CLASSIFIER, DEFAULT_MODEL, DEFAULT_QRS

if TYPE_CHECKING:
    from ectopy.apps.batch.division import PartSize
    from ectopy.apps.batch.watch import Totals

INPUTS: Final = (
    "Files, folders, patterns, @list.txt, tables of paths (CSV, parquet), RECORDS, archives, URIs of these."
)
Given = Annotated[list[str], typer.Argument(metavar="INPUT…", help=INPUTS, show_default=False)]
Tables = Annotated[str, typer.Option("--out", "-o", help="Folder or URI of the tables.", show_default=False)]
Include = Annotated[
    list[str] | None,
    typer.Option(help="Pattern of the files to take out of folders and archives; may be repeated."),
]
PathColumn = Annotated[
    str, typer.Option(help="Column of a table that holds the paths; path by default.", show_default=False)
]
Recordings = Annotated[
    int | None,
    typer.Option(
        help="Recordings at a time; as many as there are processors by default.",
        min=1,
        show_default=False,
    ),
]
Timeout = Annotated[float, typer.Option(help="Seconds that a recording may take.", min=1)]
Memory = Annotated[int, typer.Option(help="Megabytes that a recording may take.", min=256)]
Pages = Annotated[bool, typer.Option("--report", help="Write a page for every recording.")]
FlaggedPages = Annotated[
    bool, typer.Option("--report-flagged", help="Write a page for recordings with events or episodes.")
]
PartRecordings = Annotated[
    int | None,
    typer.Option(
        help="Recordings of a part, about; by the length of the list by default.",
        min=1,
        show_default=False,
    ),
]
PartBytes = Annotated[
    int | None,
    typer.Option(help="Bytes of a part's files, at most; by the list by default.", min=1, show_default=False),
]
Shard = Annotated[
    str,
    typer.Option(
        help="Do a share of the parts, as 3/16: for several batches side by side.", show_default=False
    ),
]
RetryErrors = Annotated[bool, typer.Option("--retry-errors", help="Do parts with errors again.")]
Log = Annotated[
    Path | None, typer.Option(help="File to which a line of JSON for each part and error is added.")
]
Metrics = Annotated[
    Path | None, typer.Option(help="File that holds the progress in the text format of Prometheus.")
]


def batch(
    given: Given,
    out: Tables,
    include: Include = None,
    path_column: PathColumn = "",
    engine: EngineName = "local",
    address: Address = "",
    jobs: Recordings = None,
    timeout: Timeout = 3600,
    memory: Memory = 4096,
    report: Pages = False,
    report_flagged: FlaggedPages = False,
    qrs: Qrs = DEFAULT_QRS,
    detector: Detector = DEFAULT_MODEL,
    classifier: Classifier = DEFAULT_CLASSIFIER,
    alarm_rate: AlarmRate = None,
    leads: Leads = "",
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    waves: Waves = None,
    part_size: PartRecordings = None,
    part_bytes: PartBytes = None,
    shard: Shard = "",
    retry_errors: RetryErrors = False,
    log: Log = None,
    metrics: Metrics = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Analyse many recordings into parquet tables; run it again to go on where it was interrupted.

    OUT gets the tables recordings, beats, events, episodes and errors. A recording that cannot be analysed is
    a row of errors, and no failure of the command unless no recording can.
    """
    from ectopy.apps.batch.rows import AnalysisOptions
    from ectopy.apps.batch.run import Batch, run_batch
    from ectopy.apps.batch.watch import Watch
    from ectopy.engines.choice import engine_of
    from ectopy.engines.worker import Limits

    chosen = names_of(leads)
    limits = Limits(timeout, memory << 20)
    totals = run_batch(
        Batch(
            given,
            out,
            include or (),
            path_column,
            AnalysisOptions(
                qrs=qrs,
                detector=detector,
                classifier=classifier,
                alarm_rate=alarm_rate,
                leads=None if chosen is None else tuple(chosen),
                fs=fs,
                calibration=calibration_of(gain, baseline, unit),
                waves=waves,
                pages=_pages(report, report_flagged),
            ),
            limits,
            _size(part_size, part_bytes),
            _share(shard),
            force,
            retry_errors,
        ),
        engine_of(engine, jobs, address=address, n_bytes=limits.n_bytes),
        Watch(bar=sys.stderr.isatty() and not (quiet or as_json), log=log, metrics=metrics),
    )
    if as_json:
        print_json(totals.to_dict())
    elif not quiet:
        _print_totals(totals, out)
    if totals.errors and totals.errors == totals.recordings:
        raise ParameterError(f"none of the recordings could be analysed; {out}/errors says why")


def _print_totals(totals: Totals, out: str) -> None:
    say(
        f"{totals.recordings_done:,} of {totals.recordings:,} recordings, {totals.errors:,} of them not"
        f" analysed; {totals.beats:,} beats; tables in {out}"
    )
    note(DISCLAIMER, style="dim")


def _pages(every: bool, flagged: bool) -> Literal["none", "flagged", "all"]:
    if every:
        return "all"
    return "flagged" if flagged else "none"


def _size(recordings: int | None, n_bytes: int | None) -> PartSize | None:
    """Return the size of parts that was asked for; what is not said does not limit."""
    from ectopy.apps.batch.division import PartSize

    if recordings is None and n_bytes is None:
        return None
    return PartSize(recordings or 1 << 20, n_bytes or 1 << 40)


def _share(shard: str) -> tuple[int, int]:
    first, slash, last = shard.partition("/")
    if not shard:
        return 1, 1
    if not (slash and first.isdecimal() and last.isdecimal()):
        raise ParameterError(f"shard={shard!r} is no share; give one like 3/16")
    return int(first), int(last)
