"""torch modules, one file each; they know no ECG files.

An architecture is a frozen dataclass whose ``build(n_leads, n_times)`` returns the network. It is looked up
here by name, so that code which only runs trained models never imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib import import_module
from typing import Any, Final, Protocol

from ectopy.errors import require_extra, unknown_option

AUTOENCODERS: Final = {
    "conv": "ectopy.networks.conv_autoencoder:ConvArchitecture",
    "dense": "ectopy.networks.dense_autoencoder:DenseArchitecture",
    "lstm": "ectopy.networks.lstm_autoencoder:LstmArchitecture",
    "patch": "ectopy.networks.patch_autoencoder:PatchArchitecture",
    "shortcut": "ectopy.networks.shortcut_autoencoder:ShortcutArchitecture",
}
"""Name → where the architecture of that autoencoder is defined."""


class Architecture(Protocol):
    """What every autoencoder's architecture can do."""

    def build(self, n_leads: int, n_times: int) -> Any:
        """Return a network with random weights: ``network(x)`` gives reconstruction and code."""
        ...


def autoencoder(architecture: str | Mapping[str, Any] | Architecture) -> Architecture:
    """Return the architecture of a name, or of a name with options.

    Parameters
    ----------
    architecture : str, mapping or Architecture
        ``"conv"``, ``{"name": "conv", "kernel": 5}``, or an architecture, which is returned as it is.

    Raises
    ------
    ParameterError
        If the name is missing or unknown, or the architecture has no such option.
    MissingExtraError
        If torch is not installed.
    """
    if isinstance(architecture, str):
        architecture = {"name": architecture}
    if not isinstance(architecture, Mapping):
        return architecture
    options = dict(architecture)
    name = options.pop("name", None)
    if name not in AUTOENCODERS:
        raise unknown_option("architecture", name, AUTOENCODERS)
    require_extra("torch", "train")
    module, attribute = AUTOENCODERS[name].split(":")
    kind = getattr(import_module(module), attribute)
    known = [field.name for field in fields(kind)]
    for option in options:
        if option not in known:
            raise unknown_option(f"option of architecture {name}", option, known)
    return kind(**options)


def describe(architecture: Architecture) -> dict[str, Any]:
    """Return the name and options of an architecture, ready for a manifest."""
    kind = type(architecture)
    path = f"{kind.__module__}:{kind.__qualname__}"
    names = [name for name, place in AUTOENCODERS.items() if place == path]
    return {"name": names[0] if names else path, **asdict(architecture)}  # type: ignore[call-overload]
