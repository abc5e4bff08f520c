"""Figures of an evaluation: curves with the operating point, scores by class, calibration by recording.

Every function draws on the axes it is given.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from ectopy.evaluation.abnormality import FALSE_ALARM_RATE, Judgement
from ectopy.evaluation.ranking import ThresholdCurve
from ectopy.report import palette
from ectopy.report.wording import shortened

POINTS: Final = 400
"""Points of a curve that are drawn; nobody sees more."""

_CLASSES: Final = {
    "N": (palette.NORMAL, "-"),
    "S": (palette.ERROR, (0, (1, 1))),
    "V": (palette.ABNORMAL, "--"),
    "F": (palette.RECONSTRUCTION, "-."),
}

_STYLES: Final = (("-", "o", palette.INK), ((0, (4, 2)), "s", palette.RECONSTRUCTION))
"""Line, marker and colour: beats that the analysis found, reference R peaks."""

_BOTH: Final = ("beats found", "reference R peaks")


def plot_roc(ax: Axes, own: Judgement, at_reference: Judgement, threshold: float) -> None:
    """Draw the ROC curves of both, and where the threshold puts them.

    Parameters
    ----------
    ax : Axes
        Where to.
    own, at_reference : Judgement
        On the beats that were found, and on the reference R peaks.
    threshold : float
        The operating point.
    """
    for judgement, (line, marker, colour), name in zip((own, at_reference), _STYLES, _BOTH, strict=True):
        if judgement.curve is None:
            continue
        _curve(
            ax,
            judgement.curve,
            judgement.curve.false_positive_rate,
            judgement.curve.sensitivity,
            line,
            colour,
            name,
        )
        _operating_point(ax, judgement.curve, threshold, "roc", marker, colour)
    ax.plot([0, 1], [0, 1], color=palette.FAINT, lw=0.8, ls=":", label="chance")
    _unit_axes(ax, "false-alarm rate", "sensitivity", "lower right")


def plot_precision_recall(ax: Axes, own: Judgement, at_reference: Judgement, threshold: float) -> None:
    """Draw the precision-recall curves of both, and where the threshold puts them.

    Parameters
    ----------
    ax : Axes
        Where to.
    own, at_reference : Judgement
        On the beats that were found, and on the reference R peaks.
    threshold : float
        The operating point.
    """
    for judgement, (line, marker, colour), name in zip((own, at_reference), _STYLES, _BOTH, strict=True):
        if judgement.curve is None:
            continue
        curve = judgement.curve
        _curve(ax, curve, curve.sensitivity, curve.positive_predictivity, line, colour, name)
        _operating_point(ax, curve, threshold, "pr", marker, colour)
    _unit_axes(ax, "sensitivity", "positive predictivity", "lower left")


def plot_scores(ax: Axes, judgement: Judgement, threshold: float) -> None:
    """Draw which share of each class has at most a score, and the threshold.

    Parameters
    ----------
    ax : Axes
        Where to.
    judgement : Judgement
        Whose scores.
    threshold : float
        What lies right of it is called abnormal.
    """
    positive = [scores[scores > 0] for scores in judgement.scores.values()]
    for (name, scores), values in zip(judgement.scores.items(), positive, strict=True):
        if len(values):
            colour, line = _CLASSES[name]
            shares = np.linspace(0, 1, min(POINTS, max(2, len(values))))
            ax.plot(
                np.quantile(values, shares),
                shares,
                color=colour,
                ls=line,
                lw=1.7,
                label=f"{name} ({len(scores):,})",
            )
    ax.axvline(threshold, color=palette.THRESHOLD, lw=1, ls=(0, (5, 3)), label=f"threshold ({threshold:.3g})")
    ax.set(xscale="log", xlabel="anomaly score", ylabel="share of beats at or below", ylim=(0, 1.02))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    _quiet(ax)
    ax.legend(frameon=False, fontsize=8, loc="best")


def plot_calibration(ax: Axes, judgement: Judgement, nominal: float | None) -> None:
    """Draw the observed false-alarm rate of every recording against the promised one.

    Parameters
    ----------
    ax : Axes
        Where to.
    judgement : Judgement
        On the beats that were found.
    nominal : float or None
        What the threshold promises; None where it promises nothing.
    """
    rates = judgement.by_record[FALSE_ALARM_RATE]
    gross = judgement.figures[FALSE_ALARM_RATE]
    places = np.arange(len(rates))
    order = np.argsort(-np.nan_to_num(rates, nan=-1.0), kind="stable")
    names = [shortened(judgement.records[i].record) for i in order]
    _stems(ax, places, rates[order], nominal or 0.0)
    if nominal is not None:
        ax.axhline(
            nominal, color=palette.THRESHOLD, lw=1.2, ls=(0, (5, 3)), label=f"promised ({nominal:.1%})"
        )
    ax.axhline(
        gross.value, color=palette.RECONSTRUCTION, lw=1.4, label=f"observed, gross ({gross.value:.1%})"
    )
    if np.isfinite(gross.low):
        ax.axhspan(gross.low, gross.high, color=palette.NORMAL, alpha=0.2, lw=0, label="its 95 % interval")
    ax.set(ylabel="false-alarm rate", xlim=(-0.7, len(rates) - 0.3), ylim=(0, None))
    tilt = 60 if len(rates) > 12 else 0
    ax.set_xticks(places, names, rotation=tilt, fontsize=8, parse_math=False)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    _quiet(ax)
    ax.legend(frameon=False, fontsize=8, loc="upper right")


def _stems(ax: Axes, places: npt.NDArray[np.int64], rates: npt.NDArray[np.float64], nominal: float) -> None:
    """Draw a dot for each recording, those above what was promised in another colour and shape."""
    for mask, marker, colour, name in (
        (rates <= nominal, "o", palette.NORMAL, "recording within the promise"),
        (rates > nominal, "^", palette.ABNORMAL, "recording above it"),
    ):
        ax.vlines(places[mask], 0, rates[mask], color=colour, lw=1)
        ax.plot(
            places[mask], rates[mask], ls="", marker=marker, ms=5, color=colour, label=name, clip_on=False
        )


def _curve(
    ax: Axes,
    curve: ThresholdCurve,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    line: object,
    colour: str,
    name: str,
) -> None:
    shown = np.unique(np.linspace(0, len(curve.thresholds) - 1, POINTS).astype(np.int64))
    ax.plot(x[shown], y[shown], ls=line, color=colour, lw=1.5, label=name)


def _operating_point(
    ax: Axes, curve: ThresholdCurve, threshold: float, kind: str, marker: str, colour: str
) -> None:
    called = int(np.count_nonzero(curve.thresholds > threshold))
    if not called:
        return
    at = called - 1
    sensitivity = curve.sensitivity[at]
    point = (
        (curve.false_positive_rate[at], sensitivity)
        if kind == "roc"
        else (sensitivity, curve.positive_predictivity[at])
    )
    ax.plot(*point, ls="", marker=marker, ms=8, mfc="white", mec=colour, mew=2, label="its threshold")


def _unit_axes(ax: Axes, x: str, y: str, corner: Literal["lower left", "lower right"]) -> None:
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x, ylabel=y)
    _quiet(ax)
    ax.legend(frameon=False, fontsize=8, loc=corner)


def _quiet(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e6e8eb", lw=0.6)
    ax.set_axisbelow(True)
