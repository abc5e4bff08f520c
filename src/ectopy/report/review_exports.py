"""Reviewed analyses: where they lie, and what is written of them: files, comparison, training set."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.archive import SUFFIX as ANALYSIS_SUFFIX
from ectopy.analysis.edits import EditLog, edited, fingerprint
from ectopy.analysis.result import Analysis
from ectopy.analysis.saved_source import SavedSource, matched_source
from ectopy.errors import EctopyError, ParameterError, RecordError
from ectopy.evaluation.ec57 import BeatComparison, compare_beats, summarise
from ectopy.io.atomic import draft
from ectopy.io.safe_names import file_stem
from ectopy.io.wfdb.files import write_wfdb
from ectopy.io.writing import format_to_write, write_record
from ectopy.record import Annotations, Record, Source
from ectopy.report.exports import NO_REPORT, Outputs, ReportOptions, write_outputs

LOG: Final = "edits.jsonl"
"""How the name of every log of edits ends."""

COMPARISON: Final = "comparison.txt"
PEOPLE: Final = "people.csv"

_NOT_OF_WFDB: Final = re.compile(r"[^-\w]", re.ASCII)
"""What may not stand in the name of a WFDB record."""


@dataclass(frozen=True, eq=False)
class Reviewed:
    """An automatic analysis and its log.

    Parameters
    ----------
    automatic : Analysis
        Its recording is a `SavedSource` where the recording itself was not found.
    log : EditLog
        The edits.
    """

    automatic: Analysis
    log: EditLog

    @property
    def name(self) -> str:
        """What files about it are called."""
        return file_stem(self.automatic.record.name)

    @property
    def recording_found(self) -> bool:
        """Whether the samples are at hand."""
        return not isinstance(self.automatic.record, SavedSource)

    def edited(self) -> Analysis:
        """Return the edited analysis."""
        return edited(self.automatic, self.log)

    def comparison(self) -> BeatComparison:
        """Compare the automatic beats with the reviewed ones, from the first second on."""
        return compare_beats(
            self.edited().annotations(),
            self.automatic.annotations(),
            record=self.name,
            annotators=("reviewed", "automatic"),
            start=0,
            length=self.automatic.record.n_samples,
        )


def find_reviews(folder: Path, records: Path | None = None) -> list[Reviewed]:
    """Find saved analyses that have a log of edits beside them.

    Parameters
    ----------
    folder : Path
        Is searched with all below it. A log is ``NAME.edits.jsonl`` beside ``NAME.analysis.npz``, or
        ``edits.jsonl`` in a folder with one analysis.
    records : Path, optional
        Folder of the recordings, searched with all below it; ``folder`` by default. A recording is taken for
        the analysed one if its name and all of its samples are.

    Raises
    ------
    ParameterError
        If there is none, or two are of the same name.
    AnalysisError, EditError
        If a file is damaged, or a log is about another analysis.
    """
    logs = sorted(path for path in folder.rglob(f"*{LOG}") if path.is_file())
    if not logs:
        raise ParameterError(
            f"{folder} holds no log of edits; correct something, or give the folder of ectopy review"
        )
    found = [_reviewed(log, records or folder) for log in logs]
    names = [each.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"{folder} holds two reviews of {twice[0]}; give the folder of one of them")
    return found


def write_review(
    review: Reviewed, out: Path, *, options: ReportOptions, edf: bool = False, force: bool = False
) -> Outputs:
    """Write the files of an edited analysis.

    Parameters
    ----------
    review : Reviewed
        What was reviewed.
    out : Path
        Folder for the files of `ectopy.report.exports.write_outputs`.
    options : ReportOptions
        Which forms of the report; none is written where the recording was not found.
    edf : bool
        Whether to write the recording with its reviewed marks as ``NAME.edf`` too.
    force : bool
        Replace files of another recording.

    Raises
    ------
    ParameterError
        If files of another recording stand there and ``force`` is false.
    RecordError
        If EDF+ is asked for and the recording was not found.
    """
    now = review.edited()
    written = write_outputs(now, out, options=options if review.recording_found else NO_REPORT, force=force)
    if edf:
        marked = _record(review, now.annotations())
        write_record(marked, out / f"{review.name}.edf", format_to_write(Path("edf"), "edf"), force=True)
    return written


def write_comparison(reviews: Sequence[Reviewed], out: Path) -> Path:
    """Write how the automatic analyses compare with the reviewed ones, one line a recording."""
    path = out / COMPARISON
    found = summarise([review.comparison() for review in reviews])
    with draft(path) as unfinished:
        unfinished.write_text(found.text, encoding="utf-8")
    return path


def write_training_set(reviews: Sequence[Reviewed], folder: Path, *, force: bool = False) -> list[Path]:
    """Write reviewed recordings as WFDB records that ``ectopy train --records`` takes.

    Each has its reviewed beats as annotator ``atr``; a beat that nobody relabelled has its automatic class.
    ``people.csv`` says which recordings are of one person, by a number instead of a name.

    Parameters
    ----------
    reviews : sequence of Reviewed
        What was reviewed.
    folder : Path
        Where to write.
    force : bool
        Replace records that stand there.

    Returns
    -------
    list of Path
        The header files.

    Raises
    ------
    RecordError
        If a recording was not found, stands there and ``force`` is false, or two are of one name.
    """
    names = [_NOT_OF_WFDB.sub("_", review.name) for review in reviews]
    for name, review in zip(names, reviews, strict=True):
        _require_recording(review)
        if names.count(name) > 1:
            raise RecordError(f"several reviews are of a record {name}; export their folders one by one")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, review in zip(names, reviews, strict=True):
        now = review.edited()
        marks = Annotations(now.beats.samples, training_symbols(now), fs=now.record.fs)
        record = replace(_record(review, marks), name=name, patient=name, start=None)
        written.append(write_wfdb(record, folder / name, force=force))
    with draft(folder / PEOPLE) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("record", "patient"))
        rows.writerows(_people(reviews))
    return written


def training_symbols(analysis: Analysis) -> npt.NDArray[np.str_]:
    """Return the symbol of each beat that a model shall learn: a reviewer's, otherwise the class."""
    if analysis.review is None:
        return analysis.classes
    return np.where(analysis.review.labels == "", analysis.classes, analysis.review.labels)


def _people(reviews: Sequence[Reviewed]) -> Iterator[tuple[str, str]]:
    numbers: dict[str, int] = {}
    for review in reviews:
        person = review.automatic.record.patient or review.name
        yield _NOT_OF_WFDB.sub("_", review.name), f"person {numbers.setdefault(person, len(numbers) + 1)}"


def _record(review: Reviewed, marks: Annotations) -> Record:
    _require_recording(review)
    source = review.automatic.record
    return Record(
        signal=source.read(0, source.n_samples or 0),
        fs=source.fs,
        leads=source.leads,
        name=source.name,
        patient=source.patient,
        start=source.start,
        annotations=marks,
    )


def _require_recording(review: Reviewed) -> None:
    if not review.recording_found:
        name = review.automatic.record.name
        raise RecordError(f"record {name}: its recording was not found; say where it lies (--records)")


def _reviewed(log: Path, records: Path) -> Reviewed:
    automatic = Analysis.load(_analysis_beside(log))
    automatic = replace(automatic, record=_recording(automatic, records) or automatic.record)
    return Reviewed(automatic, EditLog(log, fingerprint(automatic)))


def _analysis_beside(log: Path) -> Path:
    """Return the saved analysis that a log is about."""
    stem = log.name.removesuffix(LOG).rstrip(".")
    beside = (
        [log.with_name(stem + ANALYSIS_SUFFIX)] if stem else sorted(log.parent.glob(f"*{ANALYSIS_SUFFIX}"))
    )
    if len(beside) != 1 or not beside[0].is_file():
        raise ParameterError(f"{log} has no saved analysis beside it; put NAME{ANALYSIS_SUFFIX} there")
    return beside[0]


def _recording(analysis: Analysis, records: Path) -> Source | None:
    """Return the recording of an analysis among the files below a folder; None where it is not there."""
    for path in sorted(records.rglob("*")):
        if path.is_file() and path.name.split(".")[0] == analysis.record.name and path.suffix != ".npz":
            try:
                return matched_source(analysis.record, path, analysis.digest)
            except EctopyError:
                continue
    return None
