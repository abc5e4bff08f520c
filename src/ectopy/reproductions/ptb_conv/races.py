"""How long the published recipe and ours train to a figure: both are looked at after every epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch import nn

from ectopy.evaluation.metrics import Counts, Figure, accuracy, balanced_accuracy
from ectopy.reproductions.ptb_conv.beats import CutBeats
from ectopy.reproductions.ptb_conv.detectors import OUR_RULE, OURS, PUBLISHED_RULE, TRANSPOSED, Autoencoder
from ectopy.reproductions.ptb_conv.protocols import Outcome, Parts, windows_of
from ectopy.reproductions.ptb_conv.tables import PUBLISHED
from ectopy.reproductions.stopwatch import Stopwatch
from ectopy.reproductions.study import Race


def watch_decisions(design: Autoencoder, beats: CutBeats, parts: Parts) -> Stopwatch[Counts]:
    """Return a stopwatch that counts, after each epoch, how an autoencoder decides on the tested beats.

    Parameters
    ----------
    design : Autoencoder
        What is trained; ours decides by our threshold rule, any other by the published one.
    beats : CutBeats
        All beats.
    parts : Parts
        What is learned from and tested.

    Returns
    -------
    Stopwatch
        It sees confusion matrices, rows the truth: normal, abnormal; shape (2, 2).
    """
    windows, truth = windows_of(design, beats), beats.abnormal[parts.test].astype(int)
    ours = design.name == OURS.name
    rows, rule = (parts.held_out, OUR_RULE) if ours else (parts.train, PUBLISHED_RULE)

    def decide(network: nn.Module) -> Counts:
        scores = design.score(network, windows)
        predicted = scores[parts.test] > rule.learn(scores[rows])
        return np.bincount(2 * truth + predicted, minlength=4).reshape(2, 2)

    return Stopwatch(decide)


def races(traces: Mapping[str, Stopwatch[Counts]], ended: Sequence[Outcome]) -> tuple[Race, ...]:
    """Race to each published accuracy, and to the balanced accuracy that the better recipe ends with.

    Parameters
    ----------
    traces : mapping of str to Stopwatch
        The training of each published design and of ours, by the published protocol.
    ended : sequence of Outcome
        What the better recipe ended with, an outcome a seed.

    Returns
    -------
    tuple of Race
    """
    here = np.mean([balanced_accuracy(outcome.counts(outcome.threshold(ours=False))) for outcome in ended])
    marks: list[tuple[str, str, Figure, float]] = [
        (name, f"{name}: published accuracy", accuracy, figures[0] / 100)
        for name, figures in PUBLISHED.items()
    ]
    title = f"{TRANSPOSED.name}: balanced accuracy that it ends with here"
    marks.append((TRANSPOSED.name, title, balanced_accuracy, float(here)))
    return tuple(
        Race(title, target, traces[recipe].run_to(target, figure), traces[OURS.name].run_to(target, figure))
        for recipe, title, figure, target in marks
    )
