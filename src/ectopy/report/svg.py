"""SVG written straight from arrays: paths, marks and text, in fiftieths of a millimetre.

Coordinates are whole numbers from the upper left corner, and steps from point to point within a path. The
classes of paths and texts are those of `ectopy.report.style`, which a page holds once for all its pictures.
"""

from __future__ import annotations

from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.io.safe_names import visible

UNITS: Final = 50
"""Units of a drawing per millimetre: a step of 0.02 mm is a thirteenth of a dot on screen."""

COLUMN: Final = 0.25
"""Width in mm of the columns of which a line needs the highest and the lowest point only: about one dot."""

Floats = npt.NDArray[np.floating]


def drawing(width: float, height: float, label: str, *parts: str) -> str:
    """Return an ``<svg>`` element of its true size.

    Parameters
    ----------
    width, height : float
        In mm.
    label : str
        What it shows, for readers who cannot see it; made visible and escaped here.
    *parts : str
        Elements, in the order in which they are painted.

    Examples
    --------
    >>> drawing(2, 1, "a <dot>", path("ink", dots(np.array([1.0]), np.array([0.5]))))
    '<svg width="2mm" height="1mm" viewBox="0 0 100 50" role="img" aria-label="a &lt;dot&gt;"><path \
class="ink" d="M50 25h0"/></svg>'
    """
    return (
        f'<svg width="{width:.4g}mm" height="{height:.4g}mm"'
        f' viewBox="0 0 {unit(width)} {unit(height)}" role="img" aria-label="{escape(visible(label))}">'
        f"{''.join(parts)}</svg>"
    )


def path(kind: str, *data: str) -> str:
    """Return a path of a class; nothing where there is nothing to draw."""
    together = "".join(data)
    return f'<path class="{kind}" d="{together}"/>' if together else ""


def text(x: float, y: float, content: str, kind: str = "", turned: bool = False) -> str:
    """Return a line of text whose baseline is at ``y`` mm; made visible and escaped here."""
    place = f'x="{unit(x)}" y="{unit(y)}"'
    turn = f' transform="rotate(-90 {unit(x)} {unit(y)})"' if turned else ""
    name = f' class="{kind}"' if kind else ""
    return f"<text {place}{turn}{name}>{escape(visible(content))}</text>"


def line(x: Floats, y: Floats) -> str:
    """Return the data of a line through points in mm, with a gap where ``y`` is NaN.

    Examples
    --------
    >>> line(np.arange(5.0), np.array([1.0, 1.5, np.nan, 3.0, 2.0]))
    'M0 50l50 25M150 150l50-50'
    """
    known = np.isfinite(y)
    if known.all():
        return _stretch(x, y) if len(y) else ""
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    return "".join(_stretch(x[start:stop], y[start:stop]) for start, stop in edges.reshape(-1, 2))


def ring(x: Floats, y: Floats) -> str:
    """Return the data of a closed line through points in mm."""
    return f"{line(x, y)}z"


def dots(x: Floats, y: Floats) -> str:
    """Return the data of dots at points in mm, to be drawn with round ends; equal ones once."""
    return marks(x, y, "h0")


def marks(x: Floats, y: Floats, shape: str) -> str:
    """Return the data of equal marks at points in mm, each drawn by ``shape`` and back where it began."""
    points = np.unique(_points(x, y), axis=0)
    if not len(points):
        return ""
    first, steps = points[0], np.diff(points, axis=0).tolist()
    return f"M{first[0]} {first[1]}{shape}" + "".join(f"m{dx} {dy}{shape}" for dx, dy in steps)


def boxes(lefts: Floats, tops: Floats, rights: Floats, bottoms: Floats) -> str:
    """Return the data of rectangles between points in mm; none for those of no height or width."""
    corners = np.column_stack([_points(lefts, tops), _points(rights, bottoms)]).tolist()
    return "".join(
        f"M{left} {top}h{right - left}v{bottom - top}h{left - right}z"
        for left, top, right, bottom in corners
        if right > left and bottom > top
    )


def decimated(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Leave out points of an unbroken line that nobody can see; the extremes of every column stay.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Points in mm, evenly spaced from left to right.

    Returns
    -------
    x, y : ndarray
        All points where there are two a `COLUMN` or fewer; otherwise the lowest and the highest of every
        column where they are, and both ends of the line.
    """
    size = int(np.ceil(COLUMN / (x[1] - x[0]))) if len(x) > 1 else 1
    whole = len(x) // size * size
    if size <= 2 or not whole:
        return x, y
    columns = y[:whole].reshape(-1, size)
    ends = np.column_stack([columns.argmin(axis=1), columns.argmax(axis=1)])
    ends = np.sort(ends, axis=1) + np.arange(0, whole, size)[:, np.newaxis]
    kept = np.concatenate([[0], ends.ravel(), np.arange(whole, len(x)), [len(x) - 1]])
    kept = kept[np.flatnonzero(np.diff(kept, prepend=-1))]
    return x[kept], y[kept]


def extremes(columns: npt.NDArray[np.int64], values: Floats) -> npt.NDArray[np.int64]:
    """Return where the lowest and the highest value of every column are, in order."""
    order = np.lexsort((values, columns))
    firsts = np.flatnonzero(np.diff(columns[order], prepend=-1))
    lasts = np.append(firsts[1:], len(order)) - 1
    return order[np.union1d(firsts, lasts)]


def unit(mm: float) -> int:
    """Return millimetres as units of a drawing."""
    return round(float(mm) * UNITS)


class _Numbers(dict[int, str]):
    """Whole numbers as text that may follow another number."""

    def __missing__(self, number: int) -> str:
        """Write a number that has not been met before."""
        written = str(number) if number < 0 else f" {number}"
        self[number] = written
        return written


_NUMBERS: Final = _Numbers()


def _points(x: Floats, y: Floats) -> npt.NDArray[np.int64]:
    return np.rint(np.column_stack([x, y]) * UNITS).astype(np.int64)


def _stretch(x: Floats, y: Floats) -> str:
    points = _points(x, y)
    steps = "".join(map(_NUMBERS.__getitem__, (points[1:] - points[:-1]).ravel().tolist()))
    return f"M{points[0, 0]} {points[0, 1]}{f'l{steps.lstrip()}' if steps else 'h0'}"
