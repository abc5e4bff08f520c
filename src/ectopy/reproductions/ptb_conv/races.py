"""How long the published recipe and ours train to a figure: both are looked at after every epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import process_time

import numpy as np
from torch import nn

from ectopy.evaluation.metrics import Counts, Figure, accuracy, balanced_accuracy
from ectopy.models.threshold import Threshold
from ectopy.reproductions.ptb_conv.beats import CutBeats
from ectopy.reproductions.ptb_conv.detectors import OUR_RULE, OURS, PUBLISHED_RULE, TRANSPOSED, Autoencoder
from ectopy.reproductions.ptb_conv.protocols import Outcome, Parts, windows_of
from ectopy.reproductions.ptb_conv.tables import PUBLISHED
from ectopy.reproductions.study import Race, Run


class Trace:
    """The decisions of an autoencoder after each epoch of one training, and what it had cost by then.

    Hand it to `ectopy.training.loop.fit_network` as ``watch`` as soon as it is made: the clock runs. One
    training serves any number of races, and the looking is not timed.

    Parameters
    ----------
    design : Autoencoder
        What is trained; ours decides by our threshold rule, any other by the published one.
    beats : CutBeats
        All beats.
    parts : Parts
        What is learned from and tested.
    """

    def __init__(self, design: Autoencoder, beats: CutBeats, parts: Parts) -> None:
        self._design, self._parts = design, parts
        self._windows, self._truth = windows_of(design, beats), beats.abnormal[parts.test].astype(int)
        self._seconds: list[float] = []
        self._counts: list[Counts] = []
        self._since = process_time()

    def __call__(self, network: nn.Module) -> bool:
        """Look at the network after an epoch; the training goes on."""
        spent = process_time() - self._since
        self._seconds.append(spent + (self._seconds[-1] if self._seconds else 0.0))
        self._counts.append(self._decide(network))
        self._since = process_time()
        return False

    def run(self, figure: Figure, target: float) -> Run:
        """Return the training until a figure was first reached; all of it where it never was."""
        values = np.array([float(figure(counts)) for counts in self._counts])
        reached = bool((values >= target).any())
        last = int(np.argmax(values >= target)) if reached else len(values) - 1
        return Run(self._seconds[last], last + 1, float(values[last]), reached)

    def _decide(self, network: nn.Module) -> Counts:
        ours = self._design.name == OURS.name
        rows = self._parts.held_out if ours else self._parts.train
        rule: Threshold = OUR_RULE if ours else PUBLISHED_RULE
        scores = self._design.score(network, self._windows)
        called = scores[self._parts.test] > rule.learn(scores[rows])
        return np.bincount(2 * self._truth + called, minlength=4).reshape(2, 2)


def races(traces: Mapping[str, Trace], ended: Sequence[Outcome]) -> tuple[Race, ...]:
    """Race to each published accuracy, and to the balanced accuracy that the better recipe ends with.

    Parameters
    ----------
    traces : mapping of str to Trace
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
        Race(title, target, traces[recipe].run(figure, target), traces[OURS.name].run(figure, target))
        for recipe, title, figure, target in marks
    )
