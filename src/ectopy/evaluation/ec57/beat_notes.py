"""Where a beat-by-beat comparison found what: a list of mismatches, and annotations that show them."""

from __future__ import annotations

import numpy as np

from ectopy.evaluation.ec57.beat_reports import BeatComparison, BeatEvent
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
    found: BeatComparison, reference: Annotations, test: Annotations, *, sveb: bool, expanded: bool
) -> Annotations:
    """Make annotations that show the comparison (options -o and -O).

    Parameters
    ----------
    found : BeatComparison
        What `ectopy.evaluation.ec57.compare_beats` said of the two.
    reference, test : Annotations
        What was compared.
    sveb : bool
        Whether supraventricular ectopic beats are a class of their own.
    expanded : bool
        Whether marks that are no beats come along, and notes give the symbols in place of the classes.

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
            continue
        at = reference.samples[event.reference] if event.test is None else test.samples[event.test]
        text = f"{row}{column}"
        if expanded:
            text = f"{_symbol(reference, event.reference, row)}/{_symbol(test, event.test, column.upper())}"
        notes.append((int(at), text))
    if expanded:
        beats = {event.test for event in found.events}
        kept = sorted({*kept, *(i for i in range(len(test)) if i not in beats)})
    return _with_notes(test[np.array(kept, dtype=np.int64)], notes)


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


def _symbol(marks: Annotations, index: int | None, otherwise: str) -> str:
    return otherwise if index is None else str(marks.symbols[index])


def _labels(event: BeatEvent, sveb: bool) -> tuple[str, str]:
    if sveb:
        return event.row, event.column
    return event.row.replace("S", "N"), event.column.replace("s", "n")
