"""Morphology: the columns that compare the shape of each beat with the patient template."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.features.columns import Feature, compute
from ectopy.features.shapes import BEFORE_QRS, PARTS, WIDE, Shapes

LIMITS: Final = (-5.0, 5.0)
"""Range of all columns: logarithms beyond it (a factor of 150) say nothing more."""

KRASTEVA: Final = "Krasteva and Jekova, Ann Biomed Eng 35(12), 2007"
SLOCUM: Final = "Slocum, Sahakian and Swiryn, J Electrocardiol 25(1), 1992"


def _window(seconds: tuple[float, float]) -> str:
    return f"{seconds[0]:+.2f} to {seconds[1]:+.2f} s"


def _part(name: str) -> tuple[Feature[Shapes], ...]:
    window = _window(PARTS[name])
    return (
        Feature(
            f"{name}_deviation",
            lambda s: s.parts[name].deviation,
            window,
            "log of the mean absolute difference from the template to the usual one",
        ),
        Feature(
            f"{name}_deviation_to_qrs",
            lambda s: s.parts[name].deviation_to_qrs,
            window,
            "log of the mean absolute difference from the template to the height of its QRS",
        ),
        Feature(
            f"{name}_correlation",
            lambda s: s.parts[name].correlation,
            window,
            "correlation with the template, the best within ±2 samples",
            KRASTEVA,
        ),
        Feature(
            f"{name}_amplitude_ratio",
            lambda s: s.parts[name].amplitude_ratio,
            window,
            "regression coefficient on the template at the best shift",
        ),
    )


_QRS: Final = _window(WIDE)
_RESIDUAL: Final = _window(BEFORE_QRS)

MORPHOLOGY: Final[tuple[Feature[Shapes], ...]] = (
    *(row for name in PARTS for row in _part(name)),
    Feature("qrs_height_ratio", Shapes.height_ratio, _QRS, "log of the height of the QRS to the template's"),
    Feature(
        "qrs_width_ratio",
        lambda s: np.log(s.width[0] / s.width[1]),
        _QRS,
        "log of the width of the QRS (area divided by height) to the template's",
    ),
    Feature(
        "qrs_slope_ratio",
        lambda s: np.log(s.slope[0] / s.slope[1]),
        _QRS,
        "log of the steepest slope of the QRS, divided by its height, to the template's",
    ),
    Feature("qrs_area_difference", Shapes.area_difference, _QRS, "mean less the template's, to its height"),
    Feature("p_height", lambda s: s.height("p"), _window(PARTS["p"]), "height to that of the template's QRS"),
    Feature(
        "previous_t_height",
        lambda s: s.height("previous_t"),
        _window(PARTS["previous_t"]),
        "height to that of the template's QRS",
    ),
    Feature(
        "template_p_height",
        Shapes.template_p_height,
        _window(PARTS["p"]),
        "log of the height of the template's P wave to that of its QRS",
    ),
    Feature("cluster_share", Shapes.cluster_share, _QRS, "log of the share of beats in the same cluster"),
    Feature(
        "residual_deviation",
        lambda s: s.residual.deviation,
        _RESIDUAL,
        "log of the mean absolute difference from the residual of beats that were due to the usual one",
        SLOCUM,
    ),
    Feature(
        "residual_deviation_to_qrs",
        lambda s: s.residual.deviation_to_qrs,
        _RESIDUAL,
        "log of the same difference to the height of the template's QRS",
        SLOCUM,
    ),
    Feature(
        "residual_correlation",
        lambda s: s.residual.correlation,
        _RESIDUAL,
        "correlation with the residual of beats that were due",
        SLOCUM,
    ),
    Feature(
        "residual_shifted_correlation",
        lambda s: s.residual.shifted_correlation,
        _RESIDUAL,
        "the same, the best within ±8 samples",
        SLOCUM,
    ),
    Feature("residual_shift", lambda s: s.residual.shift, _RESIDUAL, "the best shift, in units of 8 samples"),
    Feature(
        "residual_height_ratio",
        lambda s: s.residual.height_ratio,
        _RESIDUAL,
        "log of the height of the residual to that of beats that were due",
        SLOCUM,
    ),
    Feature(
        "qrs_width", lambda s: np.log(s.width[0] / s.fs) + 3, _QRS, "log of the width in seconds, plus 3"
    ),
    Feature(
        "template_qrs_width",
        lambda s: np.log(s.width[1] / s.fs) + 3,
        _QRS,
        "log of the template's width in seconds, plus 3",
    ),
    Feature(
        "qrs_slope",
        lambda s: np.log(s.slope[0]) + 1,
        _QRS,
        "log of the steepest slope in heights per sample, plus 1",
    ),
    Feature(
        "template_qrs_slope",
        lambda s: np.log(s.slope[1]) + 1,
        _QRS,
        "log of the template's steepest slope in heights per sample, plus 1",
    ),
)
"""Columns that compare the shape of a beat with the patient template, in order."""


def morphology_features(shapes: Shapes) -> npt.NDArray[np.float32]:
    """Return the columns `MORPHOLOGY` of the beats of one recording and lead."""
    return compute(MORPHOLOGY, shapes, LIMITS)
