"""From the beat symbols of a WFDB annotation file to the five AAMI classes.

Two readings of the same recommendation (ANSI/AAMI EC57) are in use, and counts differ between them, so a
scheme is always named:

``bxb``
    The one of the WFDB comparator and of EC57 reports: escape beats (``e j n``) are supraventricular.
``aami``
    The one of most machine-learning papers: escape beats are normal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import unknown_option

AAMI_CLASSES: Final = ("N", "S", "V", "F", "Q")
"""Normal or bundle-branch block, supraventricular ectopic, ventricular ectopic, fusion, unknown or paced."""

VENTRICULAR: Final = ("V", "F")
"""Classes of the beats that the ventricles have a part in."""

ECTOPIC: Final = ("S", "V", "F")
"""Classes of the beats that begin, wholly or in part, in a wrong place; Q may be anything."""

MATCH_WINDOW: Final = 0.15
"""Seconds within which two marks stand for the same beat (ANSI/AAMI EC57)."""

_COMMON: Final = {"N": "NLRB", "S": "AaJS", "V": "VrE", "F": "F", "Q": "/fQ?"}


def _scheme(escape_class: str) -> Mapping[str, str]:
    table = {symbol: name for name, symbols in _COMMON.items() for symbol in symbols}
    return MappingProxyType(table | dict.fromkeys("ejn", escape_class))


SCHEMES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"aami": _scheme("N"), "bxb": _scheme("S")}
)
"""Scheme name → (WFDB beat symbol → AAMI class)."""

BEAT_SYMBOLS: Final = frozenset(SCHEMES["bxb"])
"""Every WFDB symbol that stands for a heartbeat."""


def is_beat(symbols: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which WFDB symbols stand for a heartbeat.

    Parameters
    ----------
    symbols : array_like of str, shape (n,)
        WFDB annotation symbols.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> is_beat(["N", "+", "V"]).tolist()
    [True, False, True]
    """
    return np.isin(np.asarray(symbols, dtype=np.str_), sorted(BEAT_SYMBOLS))


def aami_classes(symbols: npt.ArrayLike, scheme: str = "bxb") -> npt.NDArray[np.str_]:
    """Translate WFDB symbols into AAMI classes.

    Parameters
    ----------
    symbols : array_like of str, shape (n,)
        WFDB annotation symbols.
    scheme : {"bxb", "aami"}
        Which reading of the standard to use.

    Returns
    -------
    ndarray of str, shape (n,)
        One of N, S, V, F, Q for a beat; the empty string for what is not a beat.

    Raises
    ------
    ParameterError
        If the scheme is unknown.

    Examples
    --------
    >>> aami_classes(["N", "A", "e", "V", "+"], scheme="aami").tolist()
    ['N', 'S', 'N', 'V', '']
    >>> aami_classes(["e"], scheme="bxb").tolist()
    ['S']
    """
    if scheme not in SCHEMES:
        raise unknown_option("scheme", scheme, SCHEMES)
    table = SCHEMES[scheme]
    unique, inverse = np.unique(np.asarray(symbols, dtype=np.str_), return_inverse=True)
    return np.array([table.get(str(symbol), "") for symbol in unique], dtype="U1")[inverse]
