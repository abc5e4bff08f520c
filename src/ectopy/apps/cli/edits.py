"""``ectopy edits``: what became of the corrections of a review."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ectopy.apps.cli.console import note, print_json, say, show_table, working
from ectopy.apps.cli.options import Force, Json, Patient, Pdf, Quiet, Report, ReportLanguage, RequiredOut

if TYPE_CHECKING:
    from ectopy.report.review_exports import Reviewed

app = typer.Typer(help="The corrections of a review.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Argument(help="Folder of reviews, searched with all below it.", show_default=False)
]
Records = Annotated[
    Path | None, typer.Option(help="Folder of the recordings; FOLDER by default.", show_default=False)
]


@app.command("list")
def list_edits(folder: Folder, as_json: Json = False) -> None:
    """List the reviews of a folder: state, reviewers, number of edits."""
    from ectopy.report.review_exports import find_reviews

    rows = [_row(review) for review in find_reviews(folder)]
    if as_json:
        print_json(rows)
        return
    show_table([list(row.values()) for row in rows], ["recording", "state", "edits", "reviewers", "last"])


@app.command("export")
def export_edits(
    folder: Folder,
    out: RequiredOut,
    records: Records = None,
    training: Annotated[
        Path | None,
        typer.Option(
            help="Write WFDB records with the reviewed beats for ectopy train here.", show_default=False
        ),
    ] = None,
    signed: Annotated[bool, typer.Option("--signed", help="Only what was signed.")] = False,
    edf: Annotated[
        bool, typer.Option("--edf", help="Write each recording with its marks as EDF+ too.")
    ] = False,
    report: Report = True,
    pdf: Pdf = False,
    language: ReportLanguage = "en",
    patient: Patient = "",
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write the edited analyses, and how the automatic ones compare with them."""
    from ectopy.errors import ParameterError
    from ectopy.report.exports import ReportOptions
    from ectopy.report.language import Language
    from ectopy.report.review_exports import (
        find_reviews,
        write_comparison,
        write_review,
        write_training_set,
    )

    options = ReportOptions(report, pdf, language=Language(language).code, patient=patient)
    reviews = [each for each in find_reviews(folder, records) if not signed or each.log.state == "signed"]
    if not reviews:
        raise ParameterError(f"{folder} holds no signed review; sign one, or leave --signed out")
    for review in reviews:
        with working(f"writing {review.name}", quiet):
            write_review(review, out, options=options, edf=edf, force=force)
        if not quiet:
            say(f"wrote {out / review.name}.*: {_row(review)['edits']} edits, {review.log.state}")
            if report and not review.recording_found:
                note(f"note: {review.name}: no report, as the recording was not found (--records)")
    compared = write_comparison(reviews, out)
    written = write_training_set(reviews, training, force=force) if training else []
    if not quiet:
        say(f"wrote {compared}: automatic against reviewed")
        if training:
            say(f"wrote {len(written)} records into {training}; learn from them by")
            say(f"  {_training_command(training)}")


def _training_command(folder: Path) -> str:
    """Return the command that learns from a training set."""
    from ectopy.report.review_exports import PEOPLE

    words = ["--records", str(folder), "--groups", str(folder / PEOPLE), "--out", "FOLDER"]
    return f"ectopy train --task classifier {shlex.join(words)}"


def _row(review: Reviewed) -> dict[str, object]:
    found = review.edited().review
    return {
        "recording": review.name,
        "state": review.log.state,
        "edits": found.n_edits if found else 0,
        "reviewers": ", ".join(found.reviewers) if found else "",
        "last": found.last.isoformat(timespec="seconds") if found and found.last else "",
    }
