"""XML documents of electrocardiographs, read without what can harm: no entity, no outside document."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError  # types only; defusedxml parses

import numpy as np
import numpy.typing as npt
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ectopy.errors import RecordError


def read_tree(path: Path) -> Element:
    """Return the root of a document; names are without namespaces.

    Raises
    ------
    RecordError
        If it is not well formed, or declares entities.
    """
    content = path.read_bytes()
    try:
        root: Element = fromstring(content)
    except ParseError as error:
        raise RecordError(f"{path}: no well-formed XML ({error}); get the file again") from error
    except DefusedXmlException as error:
        raise RecordError(f"{path}: declares entities, which no ECG needs; remove them") from error
    except (ValueError, LookupError) as error:
        raise RecordError(f"{path}: XML in an unknown encoding ({error}); save it as UTF-8") from error
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(element: Element | None, place: str = ".") -> str:
    """Return the text below an element, in single blanks; empty where nothing is there."""
    found = None if element is None else element.find(place)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def number_of(text: str) -> float | None:
    """Return the number that a text is, None where it is none that is finite."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def numbers_of(path: Path, text: str) -> npt.NDArray[np.float64]:
    """Return numbers that stand in a text between blanks or commas.

    Raises
    ------
    RecordError
        If one is no number.
    """
    try:
        return np.array(text.replace(",", " ").split(), np.float64)
    except ValueError as error:
        raise RecordError(f"{path}: samples are no numbers ({error}); get the file again") from error
