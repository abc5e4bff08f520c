"""``ectopy review``: correct analyses in the browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from ectopy.apps.cli.console import note, say


def review(
    given: Annotated[
        Path,
        typer.Argument(metavar="FOLDER|RECORD", help="Recordings to review.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder for analyses and edits; ectopy-review beside the recordings by default.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port; by default 8750, or any that is free.", show_default=False
        ),
    ] = None,
    reviewer: Annotated[
        str,
        typer.Option(help="Who reviews, as the log of edits names them; you by default.", show_default=False),
    ] = "",
    show_names: Annotated[
        bool, typer.Option("--show-names", help="Show the names of patients that files hold.")
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
) -> None:
    """Correct analyses in the browser: beats, clusters, events, stretches, conclusion; sign and print."""
    from ectopy.apps.review.desk import Options, login_name
    from ectopy.apps.review.run import serve
    from ectopy.apps.review.worklist import Worklist

    def opened(address: str) -> None:
        say(address)
        note("Ctrl-C ends the review; every edit is on the disk once it is shown.")
        if browser:
            webbrowser.open(address)

    serve(Worklist(given, out), Options(show_names, reviewer or login_name()), port, opened)
