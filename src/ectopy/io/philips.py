"""Resting ECGs in the XML of Philips electrocardiographs (Sierra).

Source: the XML schemas of Philips, versions 1.03 to 1.04.02, and the description of their compression by the
sierra-ecg-tools project. The package ecgdatakit undoes the compression.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from ecgdatakit.parsing.parsers.sierra_xml import SierraXMLParser

from ectopy.io.ecgdatakit import parsed, recording_from, strips_of
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip
from ectopy.io.xml_tree import read_tree

_PULSE_SECONDS: Final = 1.0
"""Length of the calibration that these electrocardiographs store behind ten seconds of ECG."""

_PULSE_MICROVOLTS: Final = (500.0, 2500.0)
_ALIKE_MICROVOLTS: Final = 60.0
"""How far the leads may differ in their pulse; no beat is alike in I and aVR."""


def open_philips(path: Path, options: OpenOptions) -> Recording:
    """Open a resting ECG of Philips; the calibration pulse at its end is cut off.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the document is damaged, or compressed in a way that is not read.
    """
    read_tree(path)  # refuses what can harm
    record = parsed(path, SierraXMLParser())
    strips = strips_of(record)
    pulse = round(_PULSE_SECONDS * max((lead.sampling_rate for lead in record.leads), default=0))
    if _ends_in_pulse(strips, pulse):
        strips = [Strip(each.name, each.unit, each.samples[:-pulse], each.start) for each in strips]
    return recording_from(path, options, record, strips)


def _ends_in_pulse(strips: Sequence[Strip], length: int) -> bool:
    """Tell whether all leads end in one and the same rectangular pulse."""
    if len({len(each.samples) for each in strips}) != 1 or len(strips) < 2:
        return False
    if len(strips[0].samples) <= length or {each.unit for each in strips} != {"uV"}:
        return False
    ends = np.array([each.samples[-length:] - each.samples[-1] for each in strips])
    least, most = _PULSE_MICROVOLTS
    heights = np.ptp(ends, axis=1)
    alike = bool((np.ptp(ends, axis=0) <= _ALIKE_MICROVOLTS).all())
    return alike and bool(((heights >= least) & (heights <= most)).all())
