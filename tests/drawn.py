"""Reads pictures back: elements by class, points of paths in millimetres, texts with their places."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np

UNITS = 50
_COMMAND = re.compile(r"([MmLlHhVvz])([^MmLlHhVvz]*)")
_NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Drawn:
    """One ``<svg>`` element."""

    svg: str

    def paths(self, kind: str) -> list[str]:
        """Data of all paths of a class."""
        return [element.get("d", "") for element in self._elements("path") if element.get("class") == kind]

    def lines(self, kind: str) -> list[np.ndarray]:
        """Points in mm of each unbroken line in the paths of a class, each of shape (n, 2)."""
        return [line for data in self.paths(kind) for line in points(data)]

    def texts(self) -> dict[str, float]:
        """Every text with how far right it stands, in mm."""
        return {element.text or "": int(element.get("x", 0)) / UNITS for element in self._elements("text")}

    def _elements(self, tag: str) -> list[ET.Element]:
        return list(ET.fromstring(self.svg).iter(tag))


def points(data: str) -> list[np.ndarray]:
    """Follow the data of a path, by the rules of SVG 1.1, section 8.3."""
    lines: list[list[tuple[int, int]]] = []
    x = y = 0
    for command, rest in _COMMAND.findall(data):
        numbers = [int(number) for number in _NUMBER.findall(rest)]
        if command == "z":
            x, y = lines[-1][0]
            lines[-1].append((x, y))
            continue
        if command in "HhVv":
            for number in numbers:
                start = (0 if command in "HV" else x, 0 if command in "HV" else y)
                x, y = (start[0] + number, y) if command in "Hh" else (x, start[1] + number)
                lines[-1].append((x, y))
            continue
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = (dx, dy) if command in "ML" else (x + dx, y + dy)
            if command in "Mm":
                lines.append([])
            lines[-1].append((x, y))
    return [np.array(line) / UNITS for line in lines]
