"""What does not change about a recording while it is reviewed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ectopy.analysis.leads import preferred_order
from ectopy.analysis.result import Analysis
from ectopy.apps.review.desk import Options
from ectopy.apps.review.opened import OpenRecording
from ectopy.errors import ParameterError
from ectopy.report.holter.spans import united
from ectopy.report.pdf import find_browser


def about(opened: OpenRecording, options: Options) -> dict[str, Any]:
    """Return name, time, leads, quality and warnings of a recording, as the page has them."""
    analysis = opened.automatic
    record = analysis.record
    told = {
        "title": opened.place.title,
        "start": record.start.replace(tzinfo=None).isoformat() if record.start else None,
        "fs": record.fs,
        "n_samples": record.n_samples,
        "finest": opened.windows.finest,
        "leads": record.leads,
        "order": [int(column) for column in preferred_order(record.leads)],
        "usable_share": analysis.usable_share,
        "unusable": [_spoilt(analysis, lead) for lead in record.leads],
        "warnings": analysis.warnings,
        "can_print": _can_print(),
        "reviewer": options.reviewer,
    }
    return told | ({"patient": record.patient} if options.show_names else {})


def _spoilt(analysis: Analysis, lead: str) -> list[list[float]]:
    """Return the stretches in which a lead is spoilt, in seconds."""
    spans = [(span.start, span.stop) for span in analysis.spans if span.lead == lead]
    return np.round(united(np.array(spans, np.float64)), 2).tolist()


def _can_print() -> bool:
    try:
        find_browser()
    except ParameterError:
        return False
    return True
