"""A declared table of features: each row holds a name and the function that computes its column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Source = TypeVar("Source")


@dataclass(frozen=True)
class Feature(Generic[Source]):
    """One column of a table of features.

    Parameters
    ----------
    name : str
        What the column is called, in manifests too.
    column : callable
        ``column(source)`` → ndarray of float, shape (n_beats,).
    window : str
        What part of a beat, or how many beats, the figure is taken from.
    meaning : str
        What it measures.
    reference : str
        Publication that the figure follows, empty where there is none.
    """

    name: str
    column: Callable[[Source], npt.NDArray[np.floating]]
    window: str
    meaning: str
    reference: str = ""


def compute(
    features: Sequence[Feature[Source]], source: Source, limits: tuple[float, float] | None = None
) -> npt.NDArray[np.float32]:
    """Return the columns of a table.

    Parameters
    ----------
    features : sequence of Feature
        Rows of the table, in the order of the columns.
    source : object
        What the functions of the table take.
    limits : tuple of float, optional
        Lowest and highest value; what lies beyond is clipped.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_features)
    """
    columns = np.stack([feature.column(source) for feature in features]).astype(np.float32)
    if limits is not None:
        np.clip(columns, *limits, out=columns)
    return np.ascontiguousarray(columns.T)
