"""What a task hands back: figures beside a baseline, pictures, and the card of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.evaluation.metrics import show
from ectopy.evaluation.uncertainty import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CARD: Final = "README.md"
METRICS: Final = "metrics.json"


@dataclass(frozen=True)
class ComparedFigure:
    """A figure of merit of the model and of the baseline.

    Parameters
    ----------
    name : str
        What it is.
    model : float or Interval or None
        None where it is not defined.
    baseline : float or Interval or None
        Of the simplest method on the same beats.
    """

    name: str
    model: float | Interval | None
    baseline: float | Interval | None = None

    def cells(self) -> tuple[str, str, str]:
        """Return the row of a table."""
        return self.name, _shown(self.model), _shown(self.baseline)


@dataclass(frozen=True, eq=False)
class TrainedTask:
    """What was trained, measured and drawn.

    Parameters
    ----------
    folder : Path
        Where it was written.
    title : str
        What it is, for its card.
    figures : tuple of ComparedFigure
        On the beats that were kept apart.
    baseline : str
        What the baseline is.
    tested : str
        What was tested: how many beats, of whom, by which split.
    notes : tuple of str
        What a reader of the figures must know.
    use : tuple of str
        Lines that use the model.
    """

    folder: Path
    title: str
    figures: tuple[ComparedFigure, ...]
    baseline: str
    tested: str
    notes: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """That the baseline does as well, where it does by the first figure; empty otherwise."""
        first = self.figures[0]
        model, baseline = _value(first.model), _value(first.baseline)
        if model is None or baseline is None or baseline < model:
            return ""
        return (
            f"the baseline ({self.baseline}) does as well or better by {first.name}: use it where that counts"
        )

    def metrics(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "tested": self.tested,
            "baseline": self.baseline,
            "figures": {
                each.name: {"model": _plain(each.model), "baseline": _plain(each.baseline)}
                for each in self.figures
            },
            "notes": list(self._remarks),
        }

    def files(self, pictures: Mapping[str, Figure]) -> dict[str, bytes]:
        """Return what lies beside the model: its card, its figures as JSON, and pictures."""
        files = {
            CARD: self.card(tuple(pictures)).encode(),
            METRICS: (json.dumps(self.metrics(), indent=2, allow_nan=False) + "\n").encode(),
        }
        return files | {f"{name}.png": png(figure) for name, figure in pictures.items()}

    @property
    def _remarks(self) -> tuple[str, ...]:
        return (*self.notes, *filter(None, [self.verdict]))

    def card(self, pictures: Sequence[str]) -> str:
        """Return the card of the model in Markdown."""
        rows = "\n".join(f"| {' | '.join(each.cells())} |" for each in self.figures)
        facts = "\n".join(f"- {key}: {_told(value)}" for key, value in self.training.items())
        lines = [
            f"# {self.folder.name}",
            f"{self.title}.",
            f"**Trained on**\n\n{facts}",
            f"**Tested on** {self.tested}.",
            f"| figure | model | {self.baseline} |\n|---|---|---|\n{rows}",
            *([f"**Mind**\n\n{_listed(self._remarks)}"] if self._remarks else []),
            "**Use**\n\n```\n" + "\n".join(self.use) + "\n```",
            *(f"![{name}]({name}.png)" for name in pictures),
            DISCLAIMER,
        ]
        return "\n\n".join(lines) + "\n"


def people_of(number: int) -> str:
    """Return a number of people in words."""
    return "1 person" if number == 1 else f"{number} people"


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG."""
    content = BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()


def _listed(notes: Sequence[str]) -> str:
    return "\n".join(f"- {note[0].upper()}{note[1:]}." for note in notes)


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{count} {name or 'without label'}" for name, count in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(figure: float | Interval | None) -> float | None:
    return figure.value if isinstance(figure, Interval) else figure


def _shown(value: float | Interval | None) -> str:
    return str(value) if isinstance(value, Interval) else show(value)


def _plain(value: float | Interval | None) -> Any:
    if isinstance(value, Interval):
        return {key: _plain(each) for key, each in asdict(value).items()}
    return None if value is None or not np.isfinite(value) else value
