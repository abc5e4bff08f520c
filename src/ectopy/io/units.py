"""Physical units, and what they are in millivolts."""

from __future__ import annotations

from typing import Final

from ectopy.errors import RecordError

VOLTAGES: Final = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "µV": 1e-3, "nV": 1e-6}
"""Unit → millivolts."""

_SPELLINGS: Final = {
    **{unit.casefold(): factor for unit, factor in VOLTAGES.items()},
    **dict.fromkeys(("volt", "volts"), 1e3),
    **dict.fromkeys(("millivolt", "millivolts", "mvolt", "mvolts", "mv."), 1.0),
    **dict.fromkeys(
        ("microvolt", "microvolts", "mikrovolt", "uvolt", "uvolts", "mcv", "\u03bcvolt", "microv"), 1e-3
    ),
    **dict.fromkeys(("nanovolt", "nanovolts"), 1e-6),
}

_OTHER_QUANTITIES: Final = frozenset(
    {"mmhg", "cmh2o", "pa", "hpa", "kpa", "bar", "mbar", "atm"}
    | {"bpm", "rpm", "pm", "1/min", "hz", "l", "ml", "l/min", "ml/s", "l/s"}
    | {"nd", "norm", "%", "bits", "deg", "°", "degc", "°c", "c", "degf", "°f"}
    | {"ohm", "kohm", "mohm", "a", "ma", "ua", "s", "ms", "sec", "g", "mg", "kg", "m", "mm", "m/s^2", "m/s2"}
    | {
        "us",
        "µs".casefold(),
        "usiemens",
        "microsiemens",
        "ns",
        "deg/s",
        "dps",
        "lux",
        "rad",
        "m/s²",
        "m/(s^2)",
        "bool",
    }
)
"""Units, in small letters, that recordings have beside an ECG's: pressure, rate, flow, saturation …"""

_COUNTS: Final = frozenset(
    {
        "adu",
        "adc",
        "count",
        "counts",
        "lsb",
        "raw",
        "units",
        "digit",
        "digits",
        "digital",
        "codes",
        "adcu",
        "ad",
    }
)
_UNSTATED: Final = frozenset(
    {
        "",
        "-",
        "none",
        "undef",
        "undefined",
        "unknown",
        "n/a",
        "na",
        "nu",
        "no_units",
        "no units",
        "a.u.",
        "au",
        "arb",
    }
    | {"arbitrary", "?", "1", "null", "nan", "dimensionless"}
)


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
    known = unit.strip().casefold()
    if known in _SPELLINGS:
        return _SPELLINGS[known]
    if known in _OTHER_QUANTITIES:
        return None
    raise RecordError(f"unit {unit!r} is unknown; give the samples in one of: {', '.join(VOLTAGES)}")


def is_counts(unit: str) -> bool:
    """Tell whether a unit is that of a converter's counts, whatever these are in volts."""
    return unit.strip().casefold() in _COUNTS


def is_stated(unit: str) -> bool:
    """Tell whether a unit says anything; ``undef`` and the like do not."""
    return unit.strip().casefold() not in _UNSTATED
