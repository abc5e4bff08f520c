"""The page as PDF, printed by a browser that is on the machine.

A browser, and not a library that makes PDFs, because the page is made for one: its strips share the ECG
paper, its print rules are CSS, and what is printed is then what was looked at. It runs without a network
and without scripts.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from ectopy.errors import ParameterError

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
"""Names under which a browser that can print without a screen is looked for, in this order."""

_PATIENCE: Final = 180.0
"""Seconds that printing may take."""


def find_browser() -> str:
    """Return the path of a browser that can print.

    Raises
    ------
    ParameterError
        If there is none.
    """
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    raise ParameterError(
        f"--pdf needs a browser to print with, and none of {', '.join(BROWSERS)} is on the path; install"
        " chromium, or print the page (.report.html) from any browser"
    )


def print_page(page: str, target: Path) -> None:
    """Print a page into a PDF file.

    Parameters
    ----------
    page : str
        Self-contained HTML.
    target : Path
        Where to write.

    Raises
    ------
    ParameterError
        If there is no browser, or it fails.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="ectopy-pdf-") as folder:
        html = Path(folder) / "page.html"
        html.write_text(page, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-sandbox",  # the page is ours and has no scripts; in containers the sandbox cannot start
            "--disable-extensions",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            html.as_uri(),
        ]
        try:
            run = subprocess.run(  # noqa: S603 - a browser, by a list of arguments of ours
                command, capture_output=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise ParameterError(f"{browser} did not print the page within {_PATIENCE:.0f} s") from None
    if run.returncode or not target.exists():
        last = run.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ParameterError(f"{browser} could not print the page: {' '.join(last) or run.returncode}")
