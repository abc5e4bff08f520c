"""The only training loop: seeded, stopped early on held-out data, with the best weights restored."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from ectopy.errors import ParameterError

Loss = Callable[[nn.Module, Sequence[Tensor]], Tensor]
"""A network and one batch of every array → mean loss, a scalar tensor."""


@dataclass(frozen=True)
class History:
    """Losses of a training.

    Parameters
    ----------
    train, validation : tuple of float
        Mean loss of each epoch.
    best_epoch : int
        Index of the epoch whose weights were kept.
    """

    train: tuple[float, ...]
    validation: tuple[float, ...]
    best_epoch: int


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Parameters
    ----------
    epochs : int
        At most this many passes over the training data.
    batch_size : int
        Rows per step.
    learning_rate : float
        Of AdamW: the peak of the one-cycle policy, or the rate of the constant one.
    patience : int
        Stop after this many epochs without a validation loss lower by ``min_delta``.
    min_delta : float
        What counts as lower, relative to the best loss so far.
    min_drop : float
        Smallest decrease that counts as lower, in units of the loss, as most publications state it.
    weight_decay : float
        Of AdamW; without any it is Adam.
    policy : {"one-cycle", "constant"}
        How the learning rate changes: up and down once over all epochs (Smith and Topin 2019), or not at
        all, as in most publications.
    """

    epochs: int = 40
    batch_size: int = 256
    learning_rate: float = 3e-3
    patience: int = 8
    min_delta: float = 1e-3
    min_drop: float = 0.0
    weight_decay: float = 1e-4
    policy: Literal["one-cycle", "constant"] = "one-cycle"


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make torch's random numbers a function of ``seed`` inside the block, and untouched outside."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextmanager
def one_thread() -> Iterator[int]:
    """Let torch use one thread inside the block: small networks gain nothing by more, and timings compare."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def fit_network(
    network: nn.Module,
    loss: Loss,
    train: Sequence[npt.NDArray[np.generic]],
    validation: Sequence[npt.NDArray[np.generic]],
    *,
    schedule: Schedule | None = None,
    seed: int = 0,
    progress: bool = False,
    watch: Callable[[nn.Module], bool] | None = None,
) -> History:
    """Train a network in place.

    Parameters
    ----------
    network : torch.nn.Module
        What to train; it ends with the weights of its best epoch, in evaluation mode.
    loss : callable
        ``loss(network, batch)`` → scalar tensor.
    train, validation : sequence of ndarray, each of shape (n, …)
        Arrays with one row per example, given to ``loss`` in batches. ``validation`` only decides when to
        stop.
    schedule : Schedule, optional
        How long and how fast.
    seed : int
        Of the order of the batches and of any random layer.
    progress : bool
        Show a progress bar on the terminal.
    watch : callable, optional
        Called with the network after each epoch, in evaluation mode; training ends once it returns True.

    Returns
    -------
    History

    Raises
    ------
    ParameterError
        If either part is empty, or the loss diverges.
    """
    schedule = schedule or Schedule()
    rows, held_out = _tensors(train, "train"), _tensors(validation, "validation")
    steps = -(-len(rows[0]) // schedule.batch_size)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    cycle = _policy(optimiser, schedule, schedule.epochs * steps)
    best = copy.deepcopy(network.state_dict())
    losses: list[tuple[float, float]] = []
    best_epoch = 0
    with seeded(seed), _bar(progress) as bar:
        task = bar.add_task("training", total=schedule.epochs)
        for epoch in range(schedule.epochs):
            trained = _train_epoch(network, loss, rows, schedule.batch_size, optimiser, cycle)
            held = mean_loss(network, loss, held_out)
            losses.append((trained, held))
            if not np.isfinite(held):
                raise ParameterError(
                    f"training diverged in epoch {epoch} (validation loss {held});"
                    f" lower learning_rate={schedule.learning_rate:g}"
                )
            bar.update(
                task, advance=1, description=f"epoch {epoch + 1}: loss {trained:.4f}, held out {held:.4f}"
            )
            best_loss = losses[best_epoch][1]
            if epoch == 0 or held < best_loss * (1 - schedule.min_delta) - schedule.min_drop:
                best_epoch, best = epoch, copy.deepcopy(network.state_dict())
            elif epoch - best_epoch >= schedule.patience:
                break
            if watch is not None and watch(network):
                break
    network.load_state_dict(best)
    network.eval()
    return History(tuple(t for t, _ in losses), tuple(v for _, v in losses), best_epoch)


@torch.no_grad()
def mean_loss(network: nn.Module, loss: Loss, arrays: Sequence[Tensor], batch_size: int = 1024) -> float:
    """Return the loss over all rows, batch by batch, with the network in evaluation mode."""
    network.eval()
    total = 0.0
    for start in range(0, len(arrays[0]), batch_size):
        batch = [array[start : start + batch_size] for array in arrays]
        total += loss(network, batch).item() * len(batch[0])
    return total / len(arrays[0])


@torch.no_grad()
def apply_network(
    network: nn.Module, inputs: npt.NDArray[np.float32], batch_size: int = 1024
) -> list[npt.NDArray[np.float32]]:
    """Run a network over the rows of ``inputs`` in batches and return its outputs in order."""
    network.eval()
    parts = []
    for start in range(0, max(1, len(inputs)), batch_size):
        outputs = network(torch.from_numpy(inputs[start : start + batch_size]))
        parts.append([outputs] if isinstance(outputs, Tensor) else list(outputs))
    return [torch.cat(column).numpy() for column in zip(*parts, strict=True)]


def _tensors(arrays: Sequence[npt.NDArray[np.generic]], name: str) -> list[Tensor]:
    if not arrays or not len(arrays[0]):
        raise ParameterError(f"{name} has no rows; give at least one example")
    return [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]


def _policy(
    optimiser: torch.optim.Optimizer, schedule: Schedule, n_steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if schedule.policy == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.learning_rate, total_steps=max(2, n_steps))


def _train_epoch(
    network: nn.Module,
    loss: Loss,
    arrays: Sequence[Tensor],
    batch_size: int,
    optimiser: torch.optim.Optimizer,
    cycle: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    network.train()
    n = len(arrays[0])
    order = torch.randperm(n)
    total = 0.0
    for chosen in torch.split(order, batch_size):
        if len(chosen) == 1 < batch_size < n:
            break  # batch normalisation cannot learn from a row left over; another one is next time
        optimiser.zero_grad()
        value = loss(network, [array[chosen] for array in arrays])
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        cycle.step()
        total += value.item() * len(chosen)
    return total / n


def _bar(visible: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not (visible and console.is_terminal), transient=True)
