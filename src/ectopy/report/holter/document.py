"""A Holter report as a document for machines: JSON with units, and the JSON Schema that it keeps to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.analysis.result import Analysis
from ectopy.report.holter.figures import HolterFigures, holter_figures
from ectopy.report.holter.review import ReviewFacts, conclusion_of, review_facts
from ectopy.report.language import Language

SCHEMA_VERSION: Final = "1.1"
"""Of the document: the first number changes when a reader of the old one would fail."""

_PER_MINUTE: Final = "1/min"

UNITS: Final = {
    **dict.fromkeys(("duration", "analysed", "start", "stop", "time", "seconds", "longest"), "s"),
    **dict.fromkeys(("value", "mean", "day", "night"), _PER_MINUTE),
    **dict.fromkeys(("fibrillation_minutes", "unusable_minutes"), "min"),
    **dict.fromkeys(("mean_nn", "sdnn", "sdann", "sdnn_index", "rmssd", "sd1", "sd2"), "ms"),
    **dict.fromkeys(("vlf", "lf", "hf"), "ms²"),
    **dict.fromkeys(("share", "burden", "nn_share", "pnn50"), "1"),
    "per_hour": "1/h",
    "fs": "Hz",
    "deceleration_capacity": "ms",
    "turbulence_onset": "%",
    "turbulence_slope": "ms per interval",
    "sample_entropy": "nat",
}
"""Unit of every field of the document that has one; a name means the same wherever it stands."""


@dataclass(frozen=True)
class HolterDocument:
    """A Holter report for machines.

    Times are seconds since the first sample; ``recorded`` says when that was (ISO 8601, local time, empty
    where it is not known). ``review`` says who corrected the analysis; null where nobody did.
    """

    schema_version: str
    record: str
    recorded: str
    leads: tuple[str, ...]
    fs: float
    figures: dict[str, Any]
    conclusion: tuple[str, ...]
    warnings: tuple[str, ...]
    models: dict[str, str]
    units: dict[str, str]
    disclaimer: str
    review: ReviewFacts | None = None


def holter_document(
    analysis: Analysis, language: Language, figures: HolterFigures | None = None
) -> HolterDocument:
    """Return the report of an analysis.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    language : Language
        Of the conclusion.
    figures : HolterFigures, optional
        Where they were counted before.
    """
    record, clock = analysis.record, language.clock(analysis.record.start)
    figures = figures or holter_figures(analysis)
    return HolterDocument(
        schema_version=SCHEMA_VERSION,
        record=record.name,
        recorded=clock.iso(0),
        leads=record.leads,
        fs=record.fs,
        figures=_plain(figures, record.fs),
        conclusion=conclusion_of(analysis, figures, clock, language),
        warnings=analysis.warnings,
        models={"detector": analysis.manifest.name, "classifier": analysis.classifier.name},
        units=UNITS,
        disclaimer=DISCLAIMER,
        review=review_facts(analysis.review),
    )


def holter_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report; docs/holter.schema.json is its published copy."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(HolterDocument).json_schema(mode="serialization")
    figures = TypeAdapter(HolterFigures).json_schema(mode="serialization")
    definitions: dict[str, Any] = schema.get("$defs", {}) | figures.pop("$defs")
    _episodes_in_seconds(definitions["Episode"])
    definitions["HolterFigures"] = figures
    schema["properties"]["figures"] = {"$ref": "#/$defs/HolterFigures"}
    for part in (schema, *definitions.values()):
        for name, field in part["properties"].items():
            if name in UNITS:
                field["unit"] = UNITS[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"ectopy-holter-{SCHEMA_VERSION}",
        **schema,
        "$defs": definitions,
    }


def _plain(figures: HolterFigures, fs: float) -> dict[str, Any]:
    """Return the figures as JSON has them: episodes in seconds like all other times."""
    plain = asdict(figures)
    plain["episodes"] = [
        {"kind": each.kind, "start": each.start / fs, "stop": each.stop / fs} for each in figures.episodes
    ]
    return plain


def _episodes_in_seconds(schema: dict[str, Any]) -> None:
    for name in ("start", "stop"):
        schema["properties"][name] = {"title": name.title(), "type": "number"}
