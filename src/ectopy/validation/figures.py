"""Figures of an evaluation: curves with the operating point, scores by class, false-alarm rate by recording.

Every function draws on the axes it is given.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from ectopy.evaluation.abnormality import FALSE_ALARM_RATE, AbnormalityMetrics
from ectopy.evaluation.ranking import ThresholdCurve
from ectopy.plotting import palette
from ectopy.plotting.decisions import quiet
from ectopy.wording import shortened

POINTS: Final = 400
"""Points of a curve that are drawn; the page has no room to show more."""

_CLASSES: Final = {
    "N": (palette.NORMAL, "-"),
    "S": (palette.ERROR, (0, (1, 1))),
    "V": (palette.ABNORMAL, "--"),
    "F": (palette.RECONSTRUCTION, "-."),
}

_STYLES: Final = (("-", "o", palette.INK), ((0, (4, 2)), "s", palette.RECONSTRUCTION))
"""Line, marker and colour: beats that the analysis detected, reference R peaks."""

_BOTH: Final = ("detected beats", "reference R peaks")


def plot_roc(
    ax: Axes, detected: AbnormalityMetrics, at_reference: AbnormalityMetrics, threshold: float
) -> None:
    """Draw the ROC curves of both, with the operating point of the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    detected, at_reference : AbnormalityMetrics
        On the detected beats, and on the reference R peaks.
    threshold : float
        The operating point.
    """
    for metrics, (line, marker, colour), name in zip((detected, at_reference), _STYLES, _BOTH, strict=True):
        if metrics.curve is None:
            continue
        _curve(
            ax,
            metrics.curve,
            metrics.curve.false_positive_rate,
            metrics.curve.sensitivity,
            line,
            colour,
            name,
        )
        _operating_point(ax, metrics.curve, threshold, "roc", marker, colour)
    ax.plot([0, 1], [0, 1], color=palette.FAINT, lw=0.8, ls=":", label="chance")
    _unit_axes(ax, "false-alarm rate", "sensitivity", "lower right")


def plot_precision_recall(
    ax: Axes, detected: AbnormalityMetrics, at_reference: AbnormalityMetrics, threshold: float
) -> None:
    """Draw the precision-recall curves of both, with the operating point of the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    detected, at_reference : AbnormalityMetrics
        On the detected beats, and on the reference R peaks.
    threshold : float
        The operating point.
    """
    for metrics, (line, marker, colour), name in zip((detected, at_reference), _STYLES, _BOTH, strict=True):
        if metrics.curve is None:
            continue
        curve = metrics.curve
        _curve(ax, curve, curve.sensitivity, curve.positive_predictivity, line, colour, name)
        _operating_point(ax, curve, threshold, "pr", marker, colour)
    _unit_axes(ax, "sensitivity", "positive predictivity", "lower left")


def plot_scores(ax: Axes, metrics: AbnormalityMetrics, threshold: float) -> None:
    """Draw the cumulative distribution of the scores of each class, and the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    metrics : AbnormalityMetrics
        The scores.
    threshold : float
        Beats to the right of it are flagged as abnormal.
    """
    positive = [scores[scores > 0] for scores in metrics.scores.values()]
    for (name, scores), values in zip(metrics.scores.items(), positive, strict=True):
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
    quiet(ax)
    ax.legend(frameon=False, fontsize=8, loc="best")


def plot_calibration(ax: Axes, metrics: AbnormalityMetrics, nominal: float | None) -> None:
    """Draw the observed false-alarm rate of every recording against the promised one.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    metrics : AbnormalityMetrics
        On the detected beats.
    nominal : float or None
        The rate that the threshold promises; None where it promises none.
    """
    rates = metrics.by_record[FALSE_ALARM_RATE]
    gross = metrics.figures[FALSE_ALARM_RATE]
    places = np.arange(len(rates))
    order = np.argsort(-np.nan_to_num(rates, nan=-1.0), kind="stable")
    names = [shortened(metrics.records[i].record) for i in order]
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
    quiet(ax)
    ax.legend(frameon=False, fontsize=8, loc="upper right")


def _stems(ax: Axes, places: npt.NDArray[np.int64], rates: npt.NDArray[np.float64], nominal: float) -> None:
    """Draw a dot for each recording; those above the promised rate in another colour and shape."""
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
    n_above = int(np.count_nonzero(curve.thresholds > threshold))
    if not n_above:
        return
    at = n_above - 1
    sensitivity = curve.sensitivity[at]
    point = (
        (curve.false_positive_rate[at], sensitivity)
        if kind == "roc"
        else (sensitivity, curve.positive_predictivity[at])
    )
    ax.plot(*point, ls="", marker=marker, ms=8, mfc="white", mec=colour, mew=2, label="its threshold")


def _unit_axes(ax: Axes, x: str, y: str, corner: Literal["lower left", "lower right"]) -> None:
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x, ylabel=y)
    quiet(ax)
    ax.legend(frameon=False, fontsize=8, loc=corner)
