"""How well waves are delineated: mark by mark, how many are found and how far off they are.

A mark is found if a predicted one of its kind lies within the window, one to one. Only what lies in the
stretches in which every wave was marked can be predicted in vain. The error is predicted less reference, so
late is positive. Where several leads are judged by one set of marks, the better lead is taken for each mark
(Martínez et al., A wavelet-based ECG delineator, IEEE Trans Biomed Eng 51(4):570-581, 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.wave_marks import WAVES, WaveMarks
from ectopy.errors import ParameterError
from ectopy.evaluation.matching import match_beats

WINDOW: Final = 150.0
"""Milliseconds within which a predicted mark is the reference's."""

TOLERANCES: Final = (150.0, 80.0, 40.0)
"""Milliseconds that an error may have, in the tables."""

PLACES: Final = ("onset", "peak", "end")

MARK_NAMES: Final = tuple(f"{wave} {place}" for wave in WAVES for place in PLACES)
"""Names of the nine marks of a beat."""

Stretches = Sequence[tuple[float, float]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MarkMatches:
    """The marks of one kind on one lead, or on the better of several.

    Parameters
    ----------
    errors : ndarray of float64, shape (n_reference,)
        Milliseconds from each reference mark to its predicted one; NaN where there is none.
    n_extra : int
        Predicted marks that are no reference mark's.
    """

    errors: Floats
    n_extra: int

    def counts(self, tolerance: float) -> tuple[int, int, int]:
        """Return how many marks are found, missed and extra, if an error may be `tolerance` ms."""
        found = int((np.abs(self.errors) <= tolerance).sum())
        predicted = int(np.isfinite(self.errors).sum()) + self.n_extra
        return found, len(self.errors) - found, predicted - found


def compare_waves(
    reference: WaveMarks, predicted: WaveMarks, fs: float, stretches: Stretches | None = None
) -> dict[str, MarkMatches]:
    """Compare the waves of one lead with its reference.

    Parameters
    ----------
    reference, predicted : WaveMarks
        In samples.
    fs : float
        Sampling frequency in Hz.
    stretches : sequence of (float, float), optional
        Between which samples every wave is marked in the reference; from its first mark to its last by
        default.

    Returns
    -------
    dict of str to MarkMatches
        By the names in `MARK_NAMES`.

    Raises
    ------
    ParameterError
        If the reference has no mark.

    Examples
    --------
    >>> truth = WaveMarks(["QRS", "QRS"], [90.0, 290.0], [100.0, 300.0], [110.0, 310.0])
    >>> late = WaveMarks(["QRS", "QRS"], [92.0, 292.0], [100.0, 300.0], [110.0, 310.0])
    >>> compare_waves(truth, late, fs=250)["QRS onset"].errors.tolist()
    [8.0, 8.0]
    """
    if not len(reference):
        raise ParameterError("reference has no mark; give the marks of a lead that has some")
    if stretches is None:
        first = np.nanmin([reference.onsets, reference.peaks])
        stretches = [(float(first), float(np.nanmax([reference.ends, reference.peaks])))]
    return {
        f"{wave} {place}": _compare(reference.of(wave), predicted.of(wave), place, fs, stretches)
        for wave in WAVES
        for place in PLACES
    }


def better_lead(leads: Sequence[dict[str, MarkMatches]]) -> dict[str, MarkMatches]:
    """Take for each mark the lead with the least error, and extra marks from the lead with the fewest.

    Parameters
    ----------
    leads : sequence of dict of str to MarkMatches
        Of the same reference marks.
    """
    merged = {}
    for name in MARK_NAMES:
        errors = np.stack([lead[name].errors for lead in leads])
        sizes = np.where(np.isnan(errors), np.inf, np.abs(errors))
        best = errors[sizes.argmin(axis=0), np.arange(errors.shape[1])] if errors.size else errors[0]
        merged[name] = MarkMatches(best, min(lead[name].n_extra for lead in leads))
    return merged


def delineation_figures(
    records: Sequence[Sequence[dict[str, MarkMatches]]],
) -> dict[str, dict[str, float | None]]:
    """Put the comparisons of several records together.

    Parameters
    ----------
    records : sequence of sequence of dict of str to MarkMatches
        Record by record, lead by lead.

    Returns
    -------
    dict of str to dict
        For each mark: how many there are, sensitivity and positive predictivity in percent and F1 at each
        tolerance, mean error and mean of the records' standard deviations in ms. For each wave: the mean F1
        of its marks.
    """
    rows: dict[str, dict[str, float | None]] = {name: _figures(name, records) for name in MARK_NAMES}
    for wave in WAVES:
        rows[wave] = {
            f"F1 {tolerance:g} ms": _mean(
                [rows[f"{wave} {place}"][f"F1 {tolerance:g} ms"] for place in PLACES]
            )
            for tolerance in TOLERANCES
        }
    return rows


def _compare(
    reference: WaveMarks, predicted: WaveMarks, place: str, fs: float, stretches: Stretches
) -> MarkMatches:
    scale = 1000 / fs
    truth, marks = _marks(reference, place) * scale, _marks(predicted, place) * scale
    given = np.isfinite(truth)
    truth, marks = truth[given], np.sort(marks[np.isfinite(marks)])
    order = np.argsort(truth, kind="stable")
    matching = match_beats(
        np.rint(truth[order]).astype(np.int64), np.rint(marks).astype(np.int64), int(WINDOW)
    )
    errors = np.full(len(truth), np.nan)
    mine, theirs = matching.pairs.T
    errors[order[mine]] = marks[theirs] - truth[order[mine]]
    extra = marks[matching.extra] / scale
    inside = np.zeros(len(extra), dtype=np.bool_)
    for start, stop in stretches:
        inside |= (extra >= start) & (extra <= stop)
    for peak in reference.peaks[~given]:  # the wave is there, and nobody says where this mark of it is
        inside &= np.abs(extra - peak) * scale > 2 * WINDOW
    return MarkMatches(errors, int(inside.sum()))


def _marks(waves: WaveMarks, place: str) -> Floats:
    return {"onset": waves.onsets, "peak": waves.peaks, "end": waves.ends}[place]


def _figures(name: str, records: Sequence[Sequence[dict[str, MarkMatches]]]) -> dict[str, float | None]:
    leads = [lead[name] for record in records for lead in record]
    row: dict[str, float | None] = {"marks": sum(len(lead.errors) for lead in leads)}
    for tolerance in TOLERANCES:
        found, missed, extra = np.sum([lead.counts(tolerance) for lead in leads], axis=0).tolist()
        row[f"Se {tolerance:g} ms"] = _ratio(100 * found, found + missed)
        row[f"+P {tolerance:g} ms"] = _ratio(100 * found, found + extra)
        row[f"F1 {tolerance:g} ms"] = _ratio(2 * found, 2 * found + missed + extra)
    errors = [np.concatenate([lead[name].errors for lead in record]) for record in records]
    errors = [each[np.isfinite(each)] for each in errors]
    row["mean error ms"] = _mean([float(each.mean()) if len(each) else None for each in errors])
    row["sd ms"] = _mean([float(each.std(ddof=1)) if len(each) > 1 else None for each in errors])
    return row


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None
