"""Training data, figures and limitations of a model, from its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ectopy.models.manifest import Manifest


def facts(manifest: Manifest) -> list[tuple[str, str]]:
    """Return the entries of a manifest on training and figures of merit, each as name and text."""
    return list(_rows("Training", manifest.training)) + list(_rows("Measured", manifest.metrics))


def limitations(*manifests: Manifest) -> dict[str, list[str]]:
    """Return what models are known to get wrong, by the figure that it touches."""
    known: dict[str, list[str]] = {}
    for manifest in manifests:
        for each in manifest.limitations:
            known.setdefault(each.about, []).append(each.text)
    return known


def in_words(value: object) -> str:
    """Return a JSON value as a line of text; an estimate with its interval.

    Examples
    --------
    >>> in_words({"V": 3221, "F": 388}), in_words(["101", "106"])
    ('V 3221, F 388', '101, 106')
    >>> in_words({"value": 0.93412, "low": 0.9, "high": 0.97, "level": 0.95})
    '0.934 (95 % interval 0.9 to 0.97)'
    """
    if isinstance(value, Mapping):
        if _is_estimate(value):
            low, high = in_words(value["low"]), in_words(value["high"])
            return f"{in_words(value['value'])} ({value['level']:.0%} interval {low} to {high})".replace(
                "%", " %"
            )
        return ", ".join(f"{_words(name)} {in_words(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(in_words(part) for part in value)
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def _rows(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield one row per part of a nested value."""
    if isinstance(value, Mapping) and ("·" not in name or _has_parts(value)):
        for key, part in value.items():
            yield from _rows(f"{name} · {_words(key)}", part)
    else:
        yield name, in_words(value)


def _has_parts(value: Mapping[str, object]) -> bool:
    return not _is_estimate(value) and any(isinstance(part, Mapping) for part in value.values())


def _is_estimate(value: Mapping[str, object]) -> bool:
    return {"value", "low", "high", "level"} <= set(value)


def _words(name: object) -> str:
    return str(name).replace("_", " ")
