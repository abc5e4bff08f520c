"""What all pictures of a page share: colours and weights of lines, ECG paper, hatches."""

from __future__ import annotations

from typing import Final

from ectopy.plotting import palette
from ectopy.report.svg import unit
from ectopy.signal.quality import FAULTS

PAPER_WIDTH: Final = 180
PAPER_HEIGHT: Final = 200
"""Millimetres of ECG paper that any strip is cut from; where one is higher, it stands below itself again."""

HATCHES: Final = {
    "": "",
    "---": "level",
    "|||": "upright",
    "////": "slant",
    "xxx": "cross",
    "\\\\\\\\": "back",
}
"""How a hatch is written in tables of colours → its pattern."""


def _lines(weight: float, colour: str, more: str = "") -> str:
    return f"{{fill:none;stroke:{colour};stroke-width:{unit(weight)};{more}}}"


def _fill(colour: str, opacity: float = 1.0) -> str:
    return f"{{fill:{colour};fill-opacity:{opacity:g}}}"


_ROUND: Final = "stroke-linejoin:round;stroke-linecap:round"

STYLE: Final = "\n".join(
    f"{name}{rule}"
    for name, rule in {
        "svg": f"{{font-size:{unit(3.1)}px;fill:{palette.INK}}}",
        ".small": f"{{font-size:{unit(2.8)}px}}",
        ".tiny": f"{{font-size:{unit(2.3)}px}}",
        ".middle": "{text-anchor:middle}",
        ".end": "{text-anchor:end}",
        ".flag": f"{{fill:{palette.ABNORMAL}}}",
        "text.flag": "{font-weight:700}",
        ".ref": f"{{fill:{palette.REFERENCE}}}",
        ".lead": f"{{font-weight:700;paint-order:stroke;stroke:#fff;stroke-width:{unit(0.9)};"
        "stroke-linejoin:round;stroke-opacity:.8}",
        ".fine": _lines(0.1, palette.PAPER_FINE),
        ".coarse": _lines(0.18, palette.PAPER_COARSE),
        ".window": _fill(palette.HIGHLIGHT, 0.35),
        ".trace": _lines(0.28, palette.INK, _ROUND),
        ".axis": _lines(0.25, palette.INK),
        ".grid": _lines(0.2, palette.RULE),
        ".ground": _lines(0.28, palette.FAINT),
        ".diagonal": _lines(0.25, palette.FAINT, f"stroke-dasharray:{unit(0.3)} {unit(0.5)}"),
        ".limit": _lines(0.35, palette.THRESHOLD, f"stroke-dasharray:{unit(1.8)} {unit(1)}"),
        ".spot": _lines(0.85, palette.NORMAL, "stroke-linecap:round"),
        ".speck": _lines(0.65, palette.NORMAL, "stroke-linecap:round"),
        ".smooth": _lines(0.5, palette.RECONSTRUCTION, _ROUND),
        ".beat": _lines(0.5, palette.INK, _ROUND),
        ".made": _lines(
            0.5, palette.RECONSTRUCTION, f"stroke-linejoin:round;stroke-dasharray:{unit(2)} {unit(1)}"
        ),
        ".error": _fill(palette.ERROR, 0.45),
        ".member": _lines(0.15, palette.FAINT, "stroke-opacity:.6"),
        ".band": _fill(palette.NORMAL, 0.45),
        ".episode": _fill(palette.ABNORMAL, 0.8),
        ".normal": _fill(palette.NORMAL, 0.7),
        ".unusual": _lines(0.5, palette.ABNORMAL),
        **{f".class{name}": _fill(colour) for name, colour in palette.CLASSES.items()},
        **{f".wave{name}": _fill(colour, 0.2) for name, colour in palette.WAVES.items()},
        **{f".line{name}": _lines(0.5, colour, _ROUND) for name, colour in palette.WAVES.items()},
        **{f".fault-{fault.word}": _fill(fault.colour) for fault in FAULTS.values()},
        **{f".dense{level}": _fill(colour) for level, colour in enumerate(palette.DENSITY)},
        **{f".{name}": f"{{fill:url(#{name})}}" for name in HATCHES.values() if name},
    }.items()
)
"""Style sheet of the pictures; sizes are units of a drawing."""


def definitions() -> str:
    """Return the element that holds the paper and the hatches, to stand once before all pictures."""
    return (
        '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
        f'<g id="paper">{_rules("fine", 1)}{_rules("coarse", 5)}</g>'
        f"{_hatch('slant', 1.3, 'rotate(45)')}{_hatch('upright', 1.0)}{_hatch('level', 1.0, 'rotate(90)')}"
        f"{_hatch('cross', 1.3, 'rotate(45)', crossed=True)}{_hatch('back', 1.3, 'rotate(-45)')}"
        "</defs></svg>"
    )


def _rules(kind: str, mm: int) -> str:
    """Return upright and level lines over the whole paper."""
    wide, high, step = unit(PAPER_WIDTH), unit(PAPER_HEIGHT), unit(mm)
    upright = "M0 0" + f"v{high}m{step}-{high}" * (PAPER_WIDTH // mm) + f"v{high}"
    level = "M0 0" + f"h{wide}m-{wide} {step}" * (PAPER_HEIGHT // mm) + f"h{wide}"
    return f'<path class="{kind}" d="{upright}{level}"/>'


def _hatch(name: str, mm: float, turn: str = "", *, crossed: bool = False) -> str:
    """Return a pattern of white lines."""
    across = f"M0 {unit(mm) // 2}h{unit(mm)}" if crossed else ""
    step, turned = unit(mm), f' patternTransform="{turn}"' if turn else ""
    return (
        f'<pattern id="{name}" width="{step}" height="{step}" patternUnits="userSpaceOnUse"{turned}>'
        f'<path d="M{step // 2} 0v{step}{across}" stroke="#fff" stroke-width="{unit(0.35)}"/></pattern>'
    )
