"""The colours of ECG paper and of classes, as reports have them, for the page's style sheet."""

from __future__ import annotations

from typing import Final

from ectopy.plotting import palette

_KINDS: Final = {
    "AF": palette.CLASSES["F"],
    "AFL": "#b98bc9",
    "VF": palette.ABNORMAL,
    "tachycardia": palette.ERROR,
    "bradycardia": palette.NORMAL,
    "artefact": palette.FAINT,
    "pause": palette.RECONSTRUCTION,
}
"""Colours of episodes and marks, by what the page calls them."""


def palette_css() -> str:
    """Return the colours as custom properties.

    Examples
    --------
    >>> "--class-V: #d55e00;" in palette_css()
    True
    """
    colours = {
        "paper-fine-light": palette.PAPER_FINE,
        "paper-coarse-light": palette.PAPER_COARSE,
        **{f"class-{name}": colour for name, colour in palette.CLASSES.items()},
        "class-Q": palette.ERROR,
        **{f"kind-{name}": colour for name, colour in _KINDS.items()},
    }
    return ":root {" + " ".join(f"--{name}: {colour};" for name, colour in colours.items()) + "}\n"
