"""Annotators worked by hand, that the tests of the EC57 comparators share."""

from ectopy.record import Annotations

FS = 100
ANNOTATORS = ("atr", "tst")
SHUTDOWN, RESUME = 48, 0


def marks(*rows):
    """Annotations at 100 Hz from (sample, symbol) or (sample, symbol, subtype or text)."""
    more = [row[2] if len(row) > 2 else 0 for row in rows]
    return Annotations(
        samples=[row[0] for row in rows],
        symbols=[row[1] for row in rows],
        subtypes=[0 if isinstance(value, str) else value for value in more],
        aux=tuple(value if isinstance(value, str) else "" for value in more),
        fs=FS,
    )


REFERENCE = marks((100, "N"), (200, "N"), (300, "V"), (400, "N"), (500, "A"), (600, "N"), (700, "N"))
TEST = marks((102, "N"), (198, "V"), (310, "V"), (450, "F"), (500, "A"), (700, "N"))
