"""What a report calls events and episodes."""

from __future__ import annotations

from typing import Final

from ectopy.report.language import marked
from ectopy.rhythm.conduction import BLOCKED, DISSOCIATED, SLOW
from ectopy.rhythm.episodes import (
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    BRADYCARDIA,
    TACHYCARDIA,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_PACING,
)

TITLES: Final = {
    VENTRICULAR_FIBRILLATION: marked("Ventricular flutter or fibrillation"),
    "ventricular run": marked("Ventricular run"),
    "pause": marked("Pause"),
    DISSOCIATED: marked("AV dissociation suspected"),
    BLOCKED: marked("Blocked P wave suspected"),
    ATRIAL_FIBRILLATION: marked("Atrial fibrillation"),
    ATRIAL_FLUTTER: marked("Atrial flutter"),
    "supraventricular run": marked("Supraventricular run"),
    VENTRICULAR_PACING: marked("Ventricular pacing"),
    BRADYCARDIA: marked("Bradycardia"),
    TACHYCARDIA: marked("Tachycardia"),
    "ventricular couplet": marked("Ventricular couplet"),
    "ventricular bigeminy": marked("Ventricular bigeminy"),
    "ventricular trigeminy": marked("Ventricular trigeminy"),
    SLOW: marked("Slow AV conduction suspected"),
    "supraventricular couplet": marked("Supraventricular couplet"),
    "supraventricular bigeminy": marked("Supraventricular bigeminy"),
    "supraventricular trigeminy": marked("Supraventricular trigeminy"),
}
"""Kinds of events and episodes by urgency, and what a report calls them."""
