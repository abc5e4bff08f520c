"""From a matplotlib figure to SVG that is embedded in a page."""

from __future__ import annotations

import io
import re
import warnings
from html import escape
from threading import Lock
from typing import Any, Final

import matplotlib
from matplotlib.figure import Figure

from ectopy.io.safe_names import visible
from ectopy.plotting.paper import MM_PER_INCH

_OPTIONS: Final[dict[Any, Any]] = {"svg.fonttype": "none", "svg.hashsalt": "ectopy", "path.simplify": True}
_NOTHING: Final = {"Creator": None, "Date": None, "Format": None, "Type": None}
_LOCK: Final = Lock()  # matplotlib's options are one table for the whole process
_GROUP_ID: Final = re.compile(r' id="[A-Za-z0-9]+_\d+"')
_COORDINATES: Final = re.compile(r' (?:d|x|y)="[^"]*"')
_SURPLUS: Final = re.compile(r"(\.\d\d)\d+")  # digits beyond a two-hundredth of a millimetre


def to_svg(figure: Figure, label: str) -> str:
    """Draw a figure as an ``<svg>`` element of its true size in millimetres.

    Parameters
    ----------
    figure : Figure
        What to draw.
    label : str
        What it shows, for readers who cannot see it; made visible and escaped here.

    Returns
    -------
    str
        One element without XML head, text kept as text. The same figure gives the same characters.
    """
    buffer = io.StringIO()
    with _LOCK, matplotlib.rc_context(_OPTIONS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's fonts draw the text
        figure.savefig(buffer, format="svg", metadata=_NOTHING, transparent=True)
    drawing = buffer.getvalue()
    body = drawing[drawing.index("<svg") :].split(">", 1)[1]
    width, height = figure.get_size_inches()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' width="{width * MM_PER_INCH:.2f}mm" height="{height * MM_PER_INCH:.2f}mm"'
        f' viewBox="0 0 {width * 72:.3f} {height * 72:.3f}" role="img" aria-label="{escape(visible(label))}">'
        f"{_slim(body)}"
    )


def _slim(body: str) -> str:
    """Leave out names that nothing refers to, and digits that nobody can see."""
    return _COORDINATES.sub(lambda found: _SURPLUS.sub(r"\1", found[0]), _GROUP_ID.sub("", body)).strip()
