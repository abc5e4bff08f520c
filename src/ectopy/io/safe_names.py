r"""Names that come from content, made safe for where they go: paths, terminals, pages, spreadsheets.

Whoever made a file chose the names in it (record, lead, comment, its own), and may have chosen with care:
``../escaped`` leaves a folder, ``\x1b]0;…`` speaks to a terminal, ``=HYPERLINK(…)`` is run by a spreadsheet.
Samples and names are kept as they are in memory; these functions stand where a name goes out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_STEM: Final = 150
"""Bytes of a file name's stem: file systems allow 255 for a whole name, and suffixes come on top."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of Unicode without a shape: controls, formats (bidi too), surrogates, line separators."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, and yet part of how Persian, Hindi and others are written."""

_FORMULA: Final = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection); full-width forms too."""

_NOT_IN_A_STEM: Final = re.compile(r"[^\w ()\[\],+-]")
_EDGES: Final = " _+-"
"""Not at the ends of a stem: a hyphen makes it an option, a space at its end is lost on some systems."""

_DEVICES: Final = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])", re.IGNORECASE)
"""What Windows takes for a device, whatever the suffix."""


def visible(text: object) -> str:
    r"""Return a text whose every character can be seen, for terminals and pages.

    Parameters
    ----------
    text : object
        Is turned into text.

    Returns
    -------
    str
        Control and escape characters, marks that turn the direction of writing, and bytes that are no text
        stand there as Python escapes them.

    Examples
    --------
    >>> print(visible("V1\x1b[2J"), visible("abc\u202egpj"), visible("Müller"))
    V1\x1b[2J abc\u202egpj Müller
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def cell(text: object) -> str:
    r"""Return a text that a spreadsheet shows and does not run.

    Parameters
    ----------
    text : object
        Is turned into text.

    Returns
    -------
    str
        `visible`, after an apostrophe where it would be a formula.

    Examples
    --------
    >>> cell("=1+1"), cell("V1")
    ("'=1+1", 'V1')
    """
    text = str(text)
    return f"'{visible(text)}" if text.lstrip(" ").startswith(_FORMULA) else visible(text)


def file_stem(name: str) -> str:
    """Return what the files about a recording are called, without their suffixes.

    Parameters
    ----------
    name : str
        Of the recording.

    Returns
    -------
    str
        Never empty, hidden, a path, an option or a device, and without a dot, so that no suffix is read out
        of it. Two names may give the same stem: look before you write.

    Examples
    --------
    >>> file_stem("../escaped"), file_stem("a.b"), file_stem("my [red] recorder"), file_stem("..")
    ('escaped', 'a_b', 'my [red] recorder', 'record')
    """
    stem = _NOT_IN_A_STEM.sub("_", unicodedata.normalize("NFC", name)).strip(_EDGES)
    stem = stem.encode()[:LONGEST_STEM].decode(errors="ignore").rstrip(_EDGES)
    return f"{stem}_" if _DEVICES.fullmatch(stem) else stem or "record"


def _shown(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _INVISIBLE:
        return character
    return character.encode("unicode_escape").decode("ascii")
