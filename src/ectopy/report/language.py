"""The language that a report is written in: its texts by gettext, its numbers as its readers write them.

Another language is a folder beside ``locale/de`` and a row in `LANGUAGES`; docs/translating.md has the
commands.
"""

from __future__ import annotations

import gettext
import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from ectopy.errors import unknown_option
from ectopy.wording import Clock

LANGUAGES: Final = {"en": (".", ","), "de": (",", ".")}
"""Languages of reports: their decimal point, and what stands between thousands."""

_LOCALE: Final = Path(__file__).with_name("locale")


class Plural(NamedTuple):
    """A text for one thing and for several, whose field ``{n}`` is their number."""

    one: str
    several: str


def marked(message: str) -> str:
    """Return a text as it is: translators find it by this call, `Language.text` translates it later."""
    return message


@dataclass(frozen=True)
class Language:
    """Says things in one language.

    Parameters
    ----------
    code : str
        One of `LANGUAGES`.

    Raises
    ------
    ParameterError
        If the language is unknown.

    Examples
    --------
    >>> english = Language("en")
    >>> beats = Plural("{n} beat", "{n} beats")
    >>> english.count(beats, 1200), english.percent(0.034), english.number(None)
    ('1,200 beats', '3.4 %', '–')
    >>> Language("de").number(1200.5, 1)
    '1.200,5'
    """

    code: str = "en"

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES:
            raise unknown_option("language", self.code, LANGUAGES)

    def text(self, message: str, **values: object) -> str:
        """Return a text, its ``{fields}`` filled in; numbers must have been written by `number` before."""
        return self._catalogue.gettext(message).format(**values)

    def count(self, forms: Plural, n: int, **values: object) -> str:
        """Return the form of a text that goes with a number of things."""
        return self._catalogue.ngettext(*forms, n).format(n=self.number(n), **values)

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Return a number with so many digits after the point, no zero below zero; a dash where undefined."""
        if value is None or not math.isfinite(value):
            return "–"
        return self.decimal(f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−"))

    def decimal(self, written: str) -> str:
        """Return a number that was written in English with the signs of this language."""
        point, thousands = LANGUAGES[self.code]
        return written.translate({ord("."): point, ord(","): thousands})

    def percent(self, share: float | None) -> str:
        """Return a share as a percentage; a dash where undefined, and never 0 % for more than nothing."""
        if share is None or math.isnan(share):
            return "–"
        if 0 < share < 0.001:
            return f"< {self.number(0.1, 1)} %"
        value = 100 * share
        return f"{self.number(value, 0 if round(value, 1) == round(value) else 1)} %"

    def duration(self, seconds: float) -> str:
        """Return a length of time; the units are the same in every language."""
        if seconds < 60:
            return f"{self.number(seconds, 1)} s"
        if seconds < 3600:
            return f"{int(seconds // 60)} min {int(seconds % 60)} s"
        return f"{self.number(int(seconds // 3600))} h {int(seconds % 3600 // 60)} min"

    def clock(self, start: datetime | None) -> Clock:
        """Return what tells the times of a recording that began then."""
        return Clock(start, self.text("day"))

    @cached_property
    def _catalogue(self) -> gettext.NullTranslations:
        if self.code == "en":
            return gettext.NullTranslations()
        return gettext.translation("ectopy", _LOCALE, [self.code])


ENGLISH: Final = Language("en")
