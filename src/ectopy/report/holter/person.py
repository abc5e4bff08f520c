"""Who a recording is of, as far as its header says so without saying who: age, sex, indication.

Headers of PhysioNet records carry these in free text: ``69 M 1085 1629 x1`` (MIT-BIH), ``Age: 51  Sex: F``,
``<age>: 51 <sex>: F <diagnoses>: …`` (LUDB), ``# Dx: 164889003``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_AGE = re.compile(r"\bage\b\W*(\d{1,3})\b", re.IGNORECASE)
_SEX = re.compile(r"\b(?:sex|gender)\b\W*(male|female|m|f)\b", re.IGNORECASE)
_INDICATION = re.compile(
    r"\b(?:indication|diagnos[ei]s|dx|reason(?: for admission)?)\b\W*(\w[^\n]*)", re.IGNORECASE
)
_MITBIH = re.compile(r"^\s*(\d{1,3})\s+([MF])\b")

_LONGEST = 200
"""Characters of an indication that are shown."""


@dataclass(frozen=True)
class Person:
    """What a header says of the person; empty where it says nothing."""

    age: str = ""
    sex: str = ""
    indication: str = ""


def person_of(comments: Iterable[str]) -> Person:
    """Return what the comments of a recording say of the person.

    Examples
    --------
    >>> person_of(["69 M 1085 1629 x1", "Aldomet, Inderal"])
    Person(age='69', sex='M', indication='')
    >>> person_of(["<age>: 51", "<sex>: F", "<diagnoses>: sinus bradycardia"])
    Person(age='51', sex='F', indication='sinus bradycardia')
    """
    text = "\n".join(comments)
    short = _MITBIH.search(text)
    age, sex, indication = _AGE.search(text), _SEX.search(text), _INDICATION.search(text)
    return Person(
        age=age[1] if age else short[1] if short else "",
        sex=sex[1][0].upper() if sex else short[2] if short else "",
        indication=indication[1].strip()[:_LONGEST] if indication else "",
    )
