"""Convert models of version 1 of the artifact format, whose names were not those of the field, to version 2.

Only the manifest changes: features, normalisations and constructor parameters get their present names. The
network and its weights stay the same bytes, so that a converted model gives the same results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ectopy.errors import ArtifactError
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import FORMAT_VERSION, major, parse_manifest, read_content

NORMALISATIONS: Final[Mapping[str, str]] = {
    "own": "template",
    "ectopy.beats.context.context_features": "beat-features",
    "ectopy.beats.qrs_input.condition": "qrs-input",
}
"""Normalisation in version 1 → in version 2; the others keep their name."""

PARAMETERS: Final[Mapping[str, str]] = {"gaps": "dilations"}
"""Constructor parameter in version 1 → in version 2; the others keep their name."""

_PARTS: Final = {"t before": "previous_t", "p": "p", "qrs": "qrs", "t": "t"}
_FIGURES: Final = {
    "strangeness": "deviation",
    "distance": "deviation_to_qrs",
    "likeness": "correlation",
    "gain": "amplitude_ratio",
}
_DUE: Final = {
    "mean of 11": "mean_11",
    "mean of 51": "mean_51",
    "mean of 301": "mean_301",
    "median of 21": "median_21",
    "long of 101": "p80_101",
}
_QUARTILES: Final = {
    "p likeness": "p_correlation",
    "p strangeness": "p_deviation",
    "rest strangeness": "residual_deviation",
    "rest likeness in place": "residual_correlation",
}

FEATURES: Final[Mapping[str, str]] = {
    **{f"{p} {f}": f"{part}_{figure}" for p, part in _PARTS.items() for f, figure in _FIGURES.items()},
    "height": "qrs_height_ratio",
    "width": "qrs_width_ratio",
    "steepness": "qrs_slope_ratio",
    "area": "qrs_area_difference",
    "p height": "p_height",
    "t before height": "previous_t_height",
    "p of the person": "template_p_height",
    "family": "cluster_share",
    "rest strangeness": "residual_deviation",
    "rest distance": "residual_deviation_to_qrs",
    "rest likeness in place": "residual_correlation",
    "rest likeness": "residual_shifted_correlation",
    "rest shift": "residual_shift",
    "rest size": "residual_height_ratio",
    "seconds wide": "qrs_width",
    "own seconds wide": "template_qrs_width",
    "abruptness": "qrs_slope",
    "own abruptness": "template_qrs_slope",
    **{f"before to {old}": f"rr_to_{new}" for old, new in _DUE.items()},
    **{f"after to {old}": f"next_rr_to_{new}" for old, new in _DUE.items()},
    "spread of 101": "rr_p80_to_p20_101",
    "skew of 101": "rr_skew_101",
    "after to before": "next_rr_to_rr",
    "before to one before": "rr_to_previous_rr",
    **{f"interval -{k}": f"rr_minus_{k}_to_mean_51" for k in (1, 2, 3)},
    **{f"interval +{k}": f"rr_plus_{k}_to_mean_51" for k in (2, 3)},
    **{f"change of {n}": f"median_rr_change_{n}" for n in (7, 31, 101)},
    **{f"share of changes of {n}": f"share_of_rr_changes_{n}" for n in (31, 101)},
    **{f"change over {k}": f"median_rr_change_lag_{k}_31" for k in (2, 3)},
    "company of before": "rr_similarity",
    "company of after": "next_rr_similarity",
    "company of long": "long_rr_similarity",
    **{f"before to {of} of 8": f"rr_to_{of}_of_last_8" for of in ("median", "longest", "shortest")},
    "pace": "log_mean_rr_51",
    **{f"usual company of {n}": f"median_rr_similarity_{n}" for n in (31, 101)},
    **{f"turns of {n}": f"turning_point_ratio_{n}" for n in (31, 101)},
    **{f"memory of {n}": f"successive_difference_ratio_{n}" for n in (31, 101)},
    "earliness of family": "cluster_rr_to_mean_51",
    "earliness of family to long": "cluster_rr_to_p80_101",
    **{f"{old}, lower of 31": f"{new}_q25" for old, new in _QUARTILES.items()},
    **{f"{old}, upper of 31": f"{new}_q75" for old, new in _QUARTILES.items()},
}
"""Feature of the beat classifier in version 1 → in version 2."""


def convert(folder: Path | str, out: Path | str | None = None) -> Artifact:
    """Convert a model of version 1 of the format to the present version.

    Parameters
    ----------
    folder : path
        The model.
    out : path, optional
        Where to write the converted model; in place of the old one by default.

    Returns
    -------
    Artifact
        As written.

    Raises
    ------
    ArtifactError
        If there is no model, it is damaged or not of version 1, or its features are unknown.
    """
    source, target = Path(folder), Path(folder if out is None else out)
    content, version = read_content(source)
    if major(version) != 1:
        raise ArtifactError(
            f"model {source}: manifest version {version} needs no conversion to {FORMAT_VERSION};"
            " load it as it is"
        )
    manifest = parse_manifest(_renamed(content, source), source)
    artifact.check_files(source, manifest)
    return artifact.save(target, manifest, {name: (source / name).read_bytes() for name in manifest.files})


def _renamed(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the content of a manifest with the names of version 2."""
    renamed = content | {"format_version": FORMAT_VERSION}
    try:
        parameters = dict(content.get("parameters", {}))
        renamed["normalisation"] = _normalisation(content.get("normalisation", "none"))
        if "constructor" in parameters:
            options = {PARAMETERS.get(name, name): value for name, value in parameters["constructor"].items()}
            if "normalisation" in options:
                options["normalisation"] = _normalisation(options["normalisation"])
            parameters["constructor"] = options
        if "features" in parameters:
            parameters["features"] = [FEATURES[name] for name in parameters["features"]]
        renamed["parameters"] = parameters
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ArtifactError(f"model {folder}: wrong parameters ({error}); train it again") from error
    return renamed


def _normalisation(name: str) -> str:
    return NORMALISATIONS.get(name, name)
