"""How long a training takes to a figure, in processor time: the only clock of the studies."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import process_time
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.reproductions.study import Run

T = TypeVar("T")


class Stopwatch(Generic[T]):
    """Times a training epoch by epoch, and looks at the network after each; looking is not timed.

    Hand it to `ectopy.training.loop.fit_network` as ``watch`` as soon as it is made: the clock runs. One
    training serves any number of races.

    Parameters
    ----------
    measure : callable
        Network → what is looked at: a figure, or whatever figures can be made of later.
    """

    def __init__(self, measure: Callable[[Any], T]) -> None:
        self._measure = measure
        self.seconds: list[float] = []
        self.seen: list[T] = []
        self._since = process_time()

    def __call__(self, network: Any) -> bool:
        """Look at the network after an epoch; the training goes on."""
        spent = process_time() - self._since
        self.seconds.append(spent + (self.seconds[-1] if self.seconds else 0.0))
        self.seen.append(self._measure(network))
        self._since = process_time()
        return False

    def figures(self, figure: Callable[[T], Any]) -> npt.NDArray[np.float64]:
        """Return a figure of what was seen after each epoch, shape (n_epochs,)."""
        return np.array([float(figure(seen)) for seen in self.seen])

    def run_to(self, target: float, figure: Callable[[Any], Any] = float, *, higher: bool = True) -> Run:
        """Return the training until a figure was first reached; all of it where it never was.

        Parameters
        ----------
        target : float
            The figure to reach.
        figure : callable
            What was seen → the figure.
        higher : bool
            Whether higher is better.

        Examples
        --------
        >>> watch = Stopwatch(measure=len)
        >>> watch.seconds, watch.seen = [1.0, 2.0, 3.0], [0.7, 0.9, 0.8]
        >>> watch.run_to(0.8)
        Run(seconds=2.0, epochs=2, figure=0.9, reached=True)
        """
        if not self.seen:
            return Run(0.0, 0, math.nan, reached=False)
        values = self.figures(figure)
        good = values >= target if higher else values <= target
        at = int(np.argmax(good)) if good.any() else len(good) - 1
        return Run(self.seconds[at], at + 1, float(values[at]), bool(good.any()))


class TargetStopwatch(Stopwatch[float]):
    """A stopwatch that ends the training once a figure is reached, or its time is up.

    Parameters
    ----------
    measure : callable
        Network → the figure, on the part that the publication measured on. It is looked at to stop the clock
        and for nothing else.
    target : float
        The figure to reach.
    higher : bool
        Whether higher is better.
    limit : float
        Seconds of processor time in training after which it is given up.

    Raises
    ------
    ParameterError
        If the limit is not positive.
    """

    def __init__(
        self, measure: Callable[[Any], float], target: float, *, higher: bool = True, limit: float = math.inf
    ) -> None:
        if limit <= 0:
            raise ParameterError(f"limit={limit:g} s is not possible; give a time above 0")
        self._target, self._higher, self._limit = target, higher, limit
        super().__init__(measure)

    def __call__(self, network: Any) -> bool:
        """Look at the network after an epoch; return True once the figure is reached or time is up."""
        super().__call__(network)
        return self.run.reached or self.seconds[-1] >= self._limit

    @property
    def run(self) -> Run:
        """What was timed so far."""
        return self.run_to(self._target, higher=self._higher)
