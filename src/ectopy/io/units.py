"""Physical units, and what they are in millivolts."""

from __future__ import annotations

from typing import Final

from ectopy.errors import RecordError

VOLTAGES: Final = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "µV": 1e-3, "nV": 1e-6}
"""Unit → millivolts."""

_SPELLINGS: Final = {unit.casefold(): factor for unit, factor in VOLTAGES.items()}

_OTHER_QUANTITIES: Final = frozenset(
    {"mmhg", "cmh2o", "pa", "hpa", "kpa", "bar", "mbar", "atm"}
    | {"bpm", "rpm", "pm", "1/min", "hz", "l", "ml", "l/min", "ml/s", "l/s"}
    | {"nu", "nd", "norm", "%", "bits", "deg", "°", "degc", "°c", "c", "degf", "°f"}
    | {"ohm", "kohm", "mohm", "a", "ma", "ua", "s", "ms", "sec", "g", "mg", "kg", "m", "mm", "m/s^2", "m/s2"}
)
"""Units, in small letters, that recordings have beside an ECG's: pressure, rate, flow, saturation …"""


def millivolts(unit: str) -> float | None:
    """Return how many millivolts a unit is.

    Parameters
    ----------
    unit : str
        Physical unit in any spelling of small and capital letters.

    Returns
    -------
    float or None
        None for the unit of another quantity than voltage.

    Raises
    ------
    RecordError
        If the unit is unknown.

    Examples
    --------
    >>> millivolts("uV"), millivolts("mmHg")
    (0.001, None)
    """
    if unit.casefold() in _SPELLINGS:
        return _SPELLINGS[unit.casefold()]
    if unit.casefold() in _OTHER_QUANTITIES:
        return None
    raise RecordError(f"unit {unit!r} is unknown; give the samples in one of: {', '.join(VOLTAGES)}")
