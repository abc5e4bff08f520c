"""How an exported model is described: its graphs, what goes in and out of each, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ectopy.edge.graph import Graph

FORMAT: Final = "ectopy-edge"
FORMAT_VERSION: Final = "1.0"
"""Of the description: major.minor."""


@dataclass(frozen=True)
class Port:
    """One input or output of a graph.

    Parameters
    ----------
    name : str
        Its name in the graph.
    shape : tuple of int or str
        Length of each axis; names stand for lengths that vary.
    unit : str
        Unit of the elements, empty where they have none.
    meaning : str
        What it is.
    type : str
        Type of the elements.
    columns : tuple of str
        Names of the elements along the axis that `meaning` speaks of, where they have names.
    """

    name: str
    shape: tuple[int | str, ...]
    unit: str
    meaning: str
    type: str = "float32"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """One graph of an exported model.

    Parameters
    ----------
    suffix : str
        What its file name has after the name of the model.
    purpose : str
        What it is for.
    write : callable
        ``write(network)`` → graph, from the ONNX file of the network.
    inputs, outputs : tuple of Port
        What goes in and out.
    has_network : bool
        Whether the network is in it; the others are the same in 8 bits.
    """

    suffix: str
    purpose: str
    write: Callable[[bytes], Graph]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    has_network: bool = True


@dataclass(frozen=True, eq=False)
class Export:
    """A model as it is exported.

    Parameters
    ----------
    parts : tuple of Part
        Its graphs.
    timing : mapping
        Rates in Hz, and how much signal or how many beats a call takes.
    post_processing : mapping
        What is left to do with the outputs, and the numbers that are needed for it.
    not_in_graph : tuple of str
        Steps of the pipeline that no graph does.
    """

    parts: tuple[Part, ...]
    timing: Mapping[str, Any]
    post_processing: Mapping[str, Any]
    not_in_graph: tuple[str, ...] = field(default=())


SIGNAL: Final = Port(
    "signal", ("n_leads", "n_samples"), "mV", "one row per lead; NaN where nothing is recorded"
)
"""What every graph takes that takes samples."""
