"""What a saved analysis knows of its recording, and how the recording itself is put behind it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from ectopy.analysis.digest import signal_digest
from ectopy.analysis.leads import SelectedLeads
from ectopy.errors import RecordError
from ectopy.io.registry import open_source
from ectopy.record import Annotations, ChannelDecision, Source, source_text


@dataclass(frozen=True, eq=False)
class SavedSource:
    """A recording without its samples; everything else of a `ectopy.record.Source` is there.

    Parameters
    ----------
    name, patient, start, comments, fs, leads, channels, n_samples, annotations, decisions, notes
        Of the source.
    path : str
        Where the file lay that was analysed; empty where the samples came from elsewhere.
    """

    name: str
    patient: str
    start: datetime | None
    comments: tuple[str, ...]
    fs: float
    leads: tuple[str, ...]
    channels: tuple[int, ...]
    n_samples: int
    annotations: Annotations | None
    decisions: tuple[ChannelDecision, ...] = ()
    notes: tuple[str, ...] = ()
    path: str = ""

    @classmethod
    def of(cls, source: Source, path: str) -> Self:
        """Return what is known of a source beside its samples."""
        return cls(
            name=source.name,
            patient=source.patient,
            start=source.start,
            comments=source.comments,
            fs=float(source.fs),
            leads=source.leads,
            channels=source.channels,
            n_samples=source.n_samples or 0,
            annotations=source.annotations,
            decisions=source.decisions,
            notes=source.notes,
            path=path,
        )

    def __repr__(self) -> str:
        return source_text(self)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.fs

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Raise, as there are no samples.

        Raises
        ------
        RecordError
            Always; it names the file that was analysed.
        """
        where = f" ({self.path})" if self.path else ""
        raise RecordError(
            f"record {self.name}: a saved analysis holds no samples; give the recording{where}:"
            " Analysis.load(path, source=…)"
        )


def matched_source(saved: Source, source: Source | Path | str, digest: str) -> Source:
    """Return the leads of a source that were analysed, if it is the recording that was analysed.

    Parameters
    ----------
    saved : Source
        What is known of the recording.
    source : Source, Path or str
        The recording, or where its file lies.
    digest : str
        `signal_digest` of what was analysed.

    Raises
    ------
    RecordError
        If it cannot be read, or is another recording.
    """
    if isinstance(source, (str, Path)):
        source = open_source(source)
    if source.leads != saved.leads:
        source = SelectedLeads(source, saved.leads)
    if source.n_samples != saved.n_samples or signal_digest(source) != digest:
        raise RecordError(
            f"record {source.name} is not the recording {saved.name} that was analysed: its samples differ;"
            " give that recording, or analyse this one"
        )
    return source
