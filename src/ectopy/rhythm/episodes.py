"""Episodes: stretches of a recording in one rhythm other than sinus rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VENTRICULAR_FIBRILLATION: Final = "ventricular fibrillation"
ATRIAL_FIBRILLATION: Final = "atrial fibrillation"
ATRIAL_FLUTTER: Final = "atrial flutter"
TACHYCARDIA: Final = "tachycardia"
BRADYCARDIA: Final = "bradycardia"

EPISODE_KINDS: Final = (
    VENTRICULAR_FIBRILLATION,
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    TACHYCARDIA,
    BRADYCARDIA,
)
"""Kinds of episodes, the most urgent first; `VENTRICULAR_FIBRILLATION` stands for ventricular flutter too."""


@dataclass(frozen=True)
class Episode:
    """A stretch of a recording in one rhythm.

    Parameters
    ----------
    kind : str
        One of `EPISODE_KINDS`.
    start, stop : int
        First sample, and the one after the last, at the recording's own rate.
    """

    kind: str
    start: int
    stop: int

    def seconds(self, fs: float) -> float:
        """Return how long it lasts, in seconds."""
        return (self.stop - self.start) / fs
