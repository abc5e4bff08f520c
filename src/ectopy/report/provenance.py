"""Where a model comes from, as far as its manifest says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ectopy.analysis import Analysis, shipped_models
from ectopy.artifact import Manifest


def manifest_of(analysis: Analysis) -> Manifest | None:
    """Return what is known about the model of an analysis, if it is one of those that are shipped."""
    n_times = analysis.beats.waveforms.shape[2]
    for manifest in shipped_models():
        window = manifest.window
        if manifest.name == analysis.model and window is not None and window.n_times == n_times:
            return manifest
    return None


def samples_before_peak(analysis: Analysis) -> int:
    """Return how many samples of each window lie before the R peak; 0 where the model is not known."""
    manifest = manifest_of(analysis)
    return manifest.window.before if manifest and manifest.window else 0


def facts(manifest: Manifest) -> list[tuple[str, str]]:
    """Return what a manifest says of training and of figures of merit, each as name and text."""
    rows = [(f"Training: {_words(name)}", in_words(value)) for name, value in manifest.training.items()]
    return rows + [(f"Measured: {_words(name)}", in_words(value)) for name, value in manifest.metrics.items()]


def in_words(value: object) -> str:
    """Return a JSON value as a line of text.

    Examples
    --------
    >>> in_words({"auroc": 0.93412, "beats": 49712}), in_words(["101", "106"])
    ('auroc 0.934, beats 49,712', '101, 106')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(name)} {in_words(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(in_words(part) for part in value)
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def _words(name: object) -> str:
    return str(name).replace("_", " ")
