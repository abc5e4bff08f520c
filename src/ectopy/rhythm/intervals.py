"""What is measured on the waves of a beat: PR, QRS, QT, corrected QT, and the axes in the frontal plane.

References
----------
Bazett, An analysis of the time-relations of electrocardiograms, Heart 7:353-370, 1920.
Fridericia, Die Systolendauer im Elektrokardiogramm, Acta Med Scand 53:469-486, 1920.
Sagie et al., An improved method for adjusting the QT interval for heart rate (the Framingham Heart Study),
Am J Cardiol 70:797-801, 1992. Hodges et al., Bazett's QT correction reviewed, J Am Coll Cardiol 1:694,
1983. Surawicz et al., AHA/ACCF/HRS recommendations for the standardization and interpretation of the
electrocardiogram, part III, J Am Coll Cardiol 53:976-981, 2009 (QRS of 120 ms and more is wide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.wave_marks import WAVES
from ectopy.beats.waves import MARKS, Waves
from ectopy.errors import ParameterError, unknown_option

if TYPE_CHECKING:
    import pandas as pd

WIDE_QRS: Final = 120.0
"""Milliseconds above which a QRS complex is wide."""

CORRECTIONS: Final = ("bazett", "fridericia", "framingham", "hodges")
"""Formulas that tell QT as it would be at 60 beats per minute."""

INTERVALS: Final = ("heart_rate", "p", "pr", "qrs", "qt", *(f"qtc_{name}" for name in CORRECTIONS))
"""What is measured beat by beat: beats per minute, and milliseconds."""

_LONGEST_RR: Final = 4.0
"""Seconds beyond which the time since the last beat is a pause and no rate."""

_MEASURED: Final = (*MARKS, *(f"{wave.lower()}_amplitude" for wave in WAVES), "st_60", "st_80")
"""What is told of the typical beat of a lead."""

Floats = npt.NDArray[np.float64]


def corrected_qt(qt: npt.ArrayLike, rr: npt.ArrayLike, formula: str = "fridericia") -> Floats:
    """Return the QT interval corrected for heart rate.

    Parameters
    ----------
    qt : array_like of float
        QT intervals in ms.
    rr : array_like of float
        RR intervals before them in s.
    formula : {"bazett", "fridericia", "framingham", "hodges"}
        See the module.

    Returns
    -------
    ndarray of float64
        In ms; NaN where either is.

    Raises
    ------
    ParameterError
        If the formula is unknown.

    Examples
    --------
    >>> [float(corrected_qt(360, 0.8, formula).round(1)) for formula in CORRECTIONS]
    [402.5, 387.8, 390.8, 386.2]
    """
    if formula not in CORRECTIONS:
        raise unknown_option("formula", formula, CORRECTIONS)
    interval, rate = np.asarray(qt, dtype=np.float64), np.asarray(rr, dtype=np.float64)
    if formula == "bazett":
        return np.asarray(interval / np.sqrt(rate))
    if formula == "fridericia":
        return np.asarray(interval / np.cbrt(rate))
    if formula == "framingham":
        return np.asarray(interval + 154 * (1 - rate))
    return np.asarray(interval + 1.75 * (60 / rate - 60))


def beat_intervals(waves: Waves, lead: str | None = None) -> pd.DataFrame:
    """Measure every beat.

    Parameters
    ----------
    waves : Waves
        From `ectopy.delineate`.
    lead : str, optional
        On which lead; by all leads together by default.

    Returns
    -------
    DataFrame
        One row per beat: ``r_peak`` in samples, ``seconds``, the columns of `INTERVALS`, ``wide_qrs``,
        ``n_p`` and ``confidence``, the least of the QRS complex and the T wave. NaN where a wave is not
        there.

    Raises
    ------
    ParameterError
        If there is no such lead.
    """
    import pandas as pd

    return pd.DataFrame(interval_columns(waves, lead))


def interval_columns(waves: Waves, lead: str | None = None) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of `beat_intervals` as arrays of shape (n_beats,)."""
    scale = 1000 / waves.fs
    mark = {name: waves.mark(name, lead) * scale for name in MARKS}
    rr = np.diff(waves.r_peaks, prepend=np.nan) / waves.fs if len(waves) else np.empty(0)
    rr = np.where(rr > _LONGEST_RR, np.nan, rr)
    qt = mark["t_end"] - mark["qrs_onset"]
    qrs = mark["qrs_end"] - mark["qrs_onset"]
    confidences = waves.confidences if lead is None else waves.lead_confidences[:, waves.leads.index(lead)]
    return {
        "r_peak": waves.r_peaks,
        "seconds": waves.r_peaks / waves.fs,
        "heart_rate": 60 / rr,
        "p": mark["p_end"] - mark["p_onset"],
        "pr": mark["qrs_onset"] - mark["p_onset"],
        "qrs": qrs,
        "qt": qt,
        **{f"qtc_{formula}": corrected_qt(qt, rr, formula) for formula in CORRECTIONS},
        "wide_qrs": qrs > WIDE_QRS,
        "n_p": waves.n_p,
        "confidence": confidences[:, 1:].min(axis=1),
    }


def summarise_intervals(beats: pd.DataFrame) -> pd.DataFrame:
    """Return the median of each interval and the range that holds nine tenths of the beats.

    Parameters
    ----------
    beats : DataFrame
        From `beat_intervals`, or rows of it.

    Returns
    -------
    DataFrame
        One row per interval, by name: ``median``, ``low`` (5 %), ``high`` (95 %), ``n_beats``.
    """
    import pandas as pd

    shares = {name: interval_shares(beats[name].to_numpy()) for name in INTERVALS}
    return pd.DataFrame.from_dict(shares, orient="index").astype({"n_beats": np.int64})


def interval_shares(values: npt.NDArray[np.floating]) -> dict[str, float]:
    """Return one row of `summarise_intervals`, of the values of one interval."""
    known = values[np.isfinite(values)].astype(np.float64)
    shares = np.quantile(known, [0.5, 0.05, 0.95]).tolist() if len(known) else [np.nan] * 3
    return {**dict(zip(("median", "low", "high"), shares, strict=True)), "n_beats": len(known)}


def median_marks(waves: Waves, clusters: npt.ArrayLike | None = None) -> pd.DataFrame:
    """Return where the waves stand in the typical beat of each lead, or of each lead and morphology cluster.

    Parameters
    ----------
    waves : Waves
    clusters : array_like of int, shape (n_beats,), optional
        Morphology cluster of each beat; all beats are one by default.

    Returns
    -------
    DataFrame
        One row per cluster and lead: ``n_beats``; the marks in ms from the R peak; ``p_amplitude``,
        ``qrs_amplitude``, ``t_amplitude``, ``st_60`` and ``st_80`` in mV. Medians of the beats that have
        the wave; NaN where fewer than half of them do.

    Raises
    ------
    ParameterError
        If there is not one cluster for each beat.
    """
    import pandas as pd

    return pd.DataFrame(median_mark_rows(waves, clusters), columns=["cluster", "lead", "n_beats", *_MEASURED])


def median_mark_rows(waves: Waves, clusters: npt.ArrayLike | None = None) -> list[dict[str, Any]]:
    """Return the rows of `median_marks`."""
    groups = np.zeros(len(waves), dtype=np.int64) if clusters is None else np.asarray(clusters)
    if groups.shape != (len(waves),):
        raise ParameterError(f"clusters has shape {groups.shape}; give one for each of {len(waves)} beats")
    offsets = (waves.lead_marks - waves.r_peaks[:, None, None]) * 1000 / waves.fs
    table = np.concatenate([offsets, waves.amplitudes, waves.st], axis=2)
    rows = []
    for cluster in np.unique(groups).tolist():
        mine = table[groups == cluster]
        values = np.where(np.isfinite(mine).sum(axis=0) >= len(mine) / 2, _medians(mine), np.nan)
        rows += [
            {"cluster": cluster, "lead": lead, "n_beats": len(mine), **dict(zip(_MEASURED, row, strict=True))}
            for lead, row in zip(waves.leads, values.tolist(), strict=True)
        ]
    return rows


def frontal_axis(lead_i: npt.ArrayLike, avf: npt.ArrayLike) -> Floats:
    """Return the axis of a wave in the frontal plane.

    Parameters
    ----------
    lead_i, avf : array_like of float
        Net height or area of the wave in leads I and aVF, of one unit.

    Returns
    -------
    ndarray of float64
        In degrees, from -180 to 180: 0 to the left, 90 down. aVF, an augmented lead, is brought to the
        scale of I.

    Examples
    --------
    >>> frontal_axis(1.0, 0.0).item(), round(frontal_axis(0.0, 1.0).item())
    (0.0, 90)
    """
    left, down = np.asarray(lead_i, dtype=np.float64), np.asarray(avf, dtype=np.float64)
    return np.asarray(np.degrees(np.arctan2(2 / np.sqrt(3) * down, left)))


def wave_axes(waves: Waves) -> dict[str, float]:
    """Return the axes of P, QRS and T, by the medians of their heights in two limb leads.

    The height of a QRS complex is its net height, highest and lowest point added up.

    Parameters
    ----------
    waves : Waves

    Returns
    -------
    dict of str to float
        ``P``, ``QRS`` and ``T`` in degrees; empty where the recording has no two of I, II, III and aVF that
        tell.
    """
    names = {lead.lower(): column for column, lead in enumerate(waves.leads)}
    table = np.stack([waves.amplitudes[..., 0], waves.qrs_net, waves.amplitudes[..., 2]], axis=2)
    heights = {lead: _medians(table[:, names[lead]]) for lead in ("i", "ii", "iii", "avf") if lead in names}
    if "i" not in heights or len(heights) < 2:
        return {}
    if "avf" in heights:
        down = heights["avf"]
    else:  # aVF = II - I / 2 = III + I / 2 (Einthoven)
        down = heights["ii"] - heights["i"] / 2 if "ii" in heights else heights["iii"] + heights["i"] / 2
    axes = frontal_axis(heights["i"], down)
    return {wave: round(float(axis), 1) for wave, axis in zip(WAVES, axes, strict=True) if np.isfinite(axis)}


def _medians(values: npt.NDArray[np.floating]) -> Floats:
    """Return medians over the first axis of what is known; NaN where nothing is."""
    if not len(values):
        return np.full(values.shape[1:], np.nan)
    ordered = np.sort(values, axis=0)  # what is not known comes last
    known = np.isfinite(values).sum(axis=0)[np.newaxis]
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0), axis=0)[0]
        for place in ((known - 1) // 2, known // 2)
    )
    return np.where(known[0] > 0, (low + np.where(known[0] % 2, low, high)) / 2, np.nan)
