"""``ectopy compress`` and ``ectopy decompress``: recordings as NAME.ecz, and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.apps.cli.console import note, note_lost_marks, print_json, say, working
from ectopy.apps.cli.options import (
    Baseline,
    Force,
    Fs,
    Gain,
    Json,
    Leads,
    Quiet,
    To,
    Unit,
    opened,
)
from ectopy.errors import ParameterError, RecordError

if TYPE_CHECKING:
    from ectopy.io.ecz.writer import Compressed


def compress(
    recording: Annotated[
        Path, typer.Argument(metavar="RECORD", help="Recording of any format.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write: NAME.ecz.", show_default=False)],
    prdn: Annotated[
        float | None,
        typer.Option(
            help="Loss in % that no lead exceeds (error over standard deviation); lossless by default.",
            show_default=False,
        ),
    ] = None,
    ratio: Annotated[
        float | None,
        typer.Option(
            help="How many times smaller than samples of 16 bits; instead of --prdn.", show_default=False
        ),
    ] = None,
    fs: Fs = None,
    gain: Gain = None,
    baseline: Baseline = None,
    unit: Unit = "",
    leads: Leads = "",
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write the ECG leads of a recording, and its marks, as NAME.ecz: lossless, or to a loss or size."""
    from ectopy.io.ecz.writer import compress as write

    if out.suffix != ".ecz":
        raise ParameterError(f"OUT={out}: a compressed recording is called NAME.ecz; end it so")
    if out.exists() and not force:
        raise RecordError(f"{out} exists; give another name, or force it to be replaced (--force)")
    source = opened(recording, fs=fs, leads=leads, gain=gain, baseline=baseline, unit=unit)
    with working("compressing", quiet or as_json):
        done = write(source, out, prdn=prdn, ratio=ratio)
    if as_json:
        told = {"path": str(done.path), "ratio": round(done.ratio(), 3), "warning": done.warning}
        print_json(asdict(done) | told, indent=None)
    elif not quiet:
        times = (
            f"{done.ratio():.1f} times smaller"
            if done.ratio() >= 1
            else f"{1 / done.ratio():.1f} times larger"
        )
        say(f"wrote {done.path}: {done.n_bytes:,} bytes, {times} than 16-bit samples")
        say(_what_is_lost(done, source.leads))
        if done.warning:
            note(f"note: {done.warning}", style="yellow")


def _what_is_lost(done: Compressed, leads: tuple[str, ...]) -> str:
    if done.coding == "floats":
        return "lossless; the samples lie on no grid of counts, which is why they hardly shrink"
    if done.coding == "counts":
        return "lossless"
    losses = ", ".join(f"{lead} {loss:.2f} %" for lead, loss in zip(leads, done.prdn, strict=True))
    return f"loss (error over standard deviation): {losses}"


def decompress(
    recording: Annotated[Path, typer.Argument(metavar="NAME.ecz", show_default=False)],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="File to write; its suffix says the format.", show_default=False),
    ],
    to: To = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write a compressed recording as WFDB, EDF+, CSV or NPZ."""
    from ectopy.io.registry import open_source
    from ectopy.io.writing import format_to_write, write_source

    target = format_to_write(out, to)
    if ".ecz" not in recording.suffixes:
        raise RecordError(f"{recording} is not called NAME.ecz; ectopy convert writes what other files hold")
    source = open_source(recording)
    with working("decompressing", quiet):
        written = write_source(source, out, target, source, force=force)
    if not quiet:
        say(f"wrote {written}: {source.duration:g} s, {', '.join(source.leads)}")
        note_lost_marks(source, target)
