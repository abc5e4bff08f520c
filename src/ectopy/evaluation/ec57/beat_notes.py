"""Where a beat-by-beat comparison found what: a list of mismatches, and annotations that show them."""

from __future__ import annotations

import numpy as np

from ectopy.evaluation.ec57.beat_reports import BeatComparison, BeatEvent
from ectopy.evaluation.ec57.marks import LEARNING_PERIOD, prepare
from ectopy.evaluation.matching import ALONE, match_beats
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations


def mismatches(found: BeatComparison, reference: Annotations, test: Annotations, *, sveb: bool) -> str:
    """List each disagreement as ``N(120188)/V(120191)`` (option -v).

    A beat that is not there borrows the time of the other.
    """
    lines = []
    for event in found.events:
        row, column = _labels(event, sveb)
        if row.lower() != column:
            times = [
                marks.samples[k]
                for marks, k in ((reference, event.reference), (test, event.test))
                if k is not None
            ]
            lines.append(f"{row}({times[0]})/{column.upper()}({times[-1]})\n")
    return "".join(lines)


def comparison_marks(
    found: BeatComparison, reference: Annotations, test: Annotations, *, sveb: bool
) -> Annotations:
    """Make annotations that show the comparison (option -o).

    Parameters
    ----------
    found : BeatComparison
        What `ectopy.evaluation.ec57.compare_beats` said of the two.
    reference, test : Annotations
        What was compared.
    sveb : bool
        Whether supraventricular ectopic beats are a class of their own.

    Returns
    -------
    Annotations
        Test beats that agree as they are; a note for each mismatch, such as ``Nv``, at the test beat, or at
        the reference beat where the test has none.
    """
    kept: list[int] = []
    notes: list[tuple[int, str]] = []
    for event in found.events:
        row, column = _labels(event, sveb)
        if row.lower() == column and event.test is not None:
            kept.append(event.test)
        else:
            at = reference.samples[event.reference] if event.test is None else test.samples[event.test]
            notes.append((int(at), f"{row}{column}"))
    return _with_notes(test[np.array(kept, dtype=np.int64)], notes)


def differing_marks(
    reference: Annotations,
    test: Annotations,
    *,
    fs: float | None = None,
    record: str = "",
    annotators: tuple[str, str] = ("reference", "test"),
    start: float = LEARNING_PERIOD,
    stop: float | None = None,
    window: float = MATCH_WINDOW,
    length: int | None = None,
) -> Annotations:
    """Compare every mark, of a beat or not, with its text (option -O).

    Parameters
    ----------
    reference, test, fs, record, annotators, start, stop, window, length
        As for `ectopy.evaluation.ec57.compare_beats`.

    Returns
    -------
    Annotations
        Test marks that agree as they are; a note for each other, such as ``N/V`` or ``+ ((N)/+ ((AFIB)``;
        ``O`` stands for a mark that is not there. As bxb does, marks of the test annotator before the start
        come along.
    """
    compared = prepare(reference, test, fs=fs, start=start, stop=stop, window=window, length=length)
    reference, test, period = compared.reference, compared.test, compared.period
    reference = reference[reference.samples >= period.start]
    matching = match_beats(reference.samples, test.samples, period.window)
    kept: list[int] = []
    notes: list[tuple[int, str]] = []
    for i, j in zip(matching.reference.tolist(), matching.test.tolist(), strict=True):
        times = [int(marks.samples[k]) for marks, k in ((reference, i), (test, j)) if k != ALONE]
        ours, theirs = _description(reference, i), _description(test, j)
        if min(times) > period.stop:
            break
        if ours == theirs:
            kept.append(j)
        else:
            notes.append((times[-1], f"{ours}/{theirs}"))
    return _with_notes(test[np.array(kept, dtype=np.int64)], notes)


def _description(marks: Annotations, index: int) -> str:
    if index == ALONE:
        return "O"
    text = marks.aux[index]
    return f"{marks.symbols[index]} ({text})" if text else str(marks.symbols[index])


def _with_notes(marks: Annotations, notes: list[tuple[int, str]]) -> Annotations:
    order = np.argsort(np.concatenate([marks.samples, [at for at, _ in notes]]), kind="stable").astype(
        np.int64
    )
    aux = (*marks.aux, *(text for _, text in notes))
    zeros = np.zeros(len(notes), dtype=np.int64)
    return Annotations(
        samples=np.concatenate([marks.samples, np.array([at for at, _ in notes], dtype=np.int64)])[order],
        symbols=np.concatenate([marks.symbols, np.full(len(notes), '"')])[order],
        subtypes=np.concatenate([marks.subtypes, zeros])[order],
        chans=np.concatenate([marks.chans, zeros])[order],
        nums=np.concatenate([marks.nums, zeros])[order],
        aux=tuple(aux[i] for i in order),
        fs=marks.fs,
    )


def _labels(event: BeatEvent, sveb: bool) -> tuple[str, str]:
    if sveb:
        return event.row, event.column
    return event.row.replace("S", "N"), event.column.replace("s", "n")
