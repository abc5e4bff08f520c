"""Pictures of a task: beats of each class, training, scores with the threshold, decisions right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from ectopy.beats.windows import Beats
from ectopy.evaluation.confusion import ConfusionMatrix
from ectopy.models.anomaly_score import ScoredBeats
from ectopy.plotting.confusion import plot_confusion
from ectopy.plotting.decisions import ReconstructedBeat, plot_beats, plot_losses
from ectopy.plotting.exploration import MOST_CLASSES, plot_class_samples, plot_variability
from ectopy.report.figures import plot_history

if TYPE_CHECKING:  # the module brings torch
    from ectopy.training.loop import History

N_SHOWN: Final = 5
"""Beats of each kind of decision."""

SCORE_LABEL: Final = "anomaly score"


def beat_pictures(beats: Beats) -> dict[str, Figure]:
    """Return figures of labelled beats on their first lead: samples of each class, and how it varies."""
    names = sorted(set(beats.symbols.tolist()))
    classes = {(name or "all beats"): beats.waveforms[beats.symbols == name, 0] for name in names}
    fs = None if np.isnan(beats.fs) else beats.fs
    return {"classes": plot_class_samples(classes, fs), "variability": plot_variability(classes, fs)}


def history_figure(history: History) -> Figure:
    """Return the losses of a training, epoch by epoch."""
    figure = Figure(figsize=(6, 3.6), facecolor="white", layout="constrained")
    plot_history(figure.subplots(), history)
    return figure


def score_figure(parts: Mapping[str, npt.NDArray[np.floating]], threshold: float) -> Figure:
    """Return the distributions of scores, with the threshold; parts without beats are left out."""
    figure = Figure(figsize=(7, 3.8), facecolor="white", layout="constrained")
    plot_losses(
        figure.subplots(), {name: part for name, part in parts.items() if len(part)}, threshold, SCORE_LABEL
    )
    return figure


def decision_figure(
    beats: Beats, scored: ScoredBeats, abnormal: npt.NDArray[np.bool_], threshold: float
) -> Figure:
    """Return beats of each decision, right and wrong, and their reconstructions, from low to high score."""
    flagged = scored.scores > threshold
    kinds = {
        "normal, passed": ~abnormal & ~flagged,
        "normal, flagged": ~abnormal & flagged,
        "abnormal, flagged": abnormal & flagged,
        "abnormal, passed": abnormal & ~flagged,
    }
    rows = {}
    for kind, members in kinds.items():
        order = np.flatnonzero(members)[np.argsort(scored.scores[members])]
        chosen = order[np.linspace(0, len(order) - 1, min(N_SHOWN, len(order))).round().astype(int)]
        rows[kind] = [
            ReconstructedBeat(
                f"{beats.symbols[i]}  score {scored.scores[i]:.2f}".strip(),
                beats.waveforms[i, 0],
                scored.reconstructions[i, 0],
            )
            for i in chosen
        ]
    return plot_beats(rows, unit="as given", fs=None if np.isnan(beats.fs) else beats.fs)


def confusion_figure(matrices: Mapping[str, ConfusionMatrix]) -> Figure:
    """Return confusion matrices side by side."""
    size = 1.2 + 0.7 * max(len(each.labels) for each in matrices.values())
    width = (size + 0.6) * len(matrices)
    figure = Figure(figsize=(width, size + 0.5), facecolor="white", layout="constrained")
    for ax, (title, matrix) in zip(
        figure.subplots(1, len(matrices), squeeze=False)[0], matrices.items(), strict=True
    ):
        plot_confusion(ax, matrix.labels, matrix.counts)
        ax.set_title(title, size=10, loc="left")
    return figure


def class_figure(
    beats: Beats, predicted: npt.NDArray[np.str_], confidence: npt.NDArray[np.floating]
) -> Figure:
    """Return beats of each class that were classified right, and others, from sure to unsure."""
    rows = {}
    for name in sorted(set(beats.symbols.tolist()))[:MOST_CLASSES]:
        of_class = beats.symbols == name
        for kind, members in (
            ("right", of_class & (predicted == name)),
            ("wrong", of_class & (predicted != name)),
        ):
            order = np.flatnonzero(members)[np.argsort(-confidence[members])]
            chosen = order[np.linspace(0, len(order) - 1, min(N_SHOWN, len(order))).round().astype(int)]
            rows[f"{name}, {kind}"] = [
                ReconstructedBeat(f"→ {predicted[i]}  ({confidence[i]:.2f})", beats.waveforms[i, 0])
                for i in chosen
            ]
    return plot_beats(rows, unit="as given", fs=None if np.isnan(beats.fs) else beats.fs)
