"""Resting ECGs in the XML of GE MUSE.

Source: the document type ``restecg.dtd`` of GE Healthcare's MUSE; I, II and V1 to V6 are stored, the other
limb leads follow from them.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element  # type only

import numpy as np

from ectopy.errors import RecordError
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip, recording_of, with_derived_limb_leads
from ectopy.io.xml_tree import number_of, read_tree, text_of

_UNITS: Final = {"MICROVOLTS": "uV", "MILLIVOLTS": "mV", "VOLTS": "V", "NANOVOLTS": "nV"}


def open_muse(path: Path, options: OpenOptions) -> Recording:
    """Open a resting ECG of GE MUSE: its rhythm strip, with III, aVR, aVL and aVF derived.

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
        If the document is damaged or has no rhythm strip.
    """
    root = read_tree(path)
    waveforms = [
        each for each in root.iter("Waveform") if text_of(each, "WaveformType").casefold() != "median"
    ]
    if not waveforms:
        raise RecordError(f"{path}: it holds median beats and no rhythm strip; export it with the rhythm")
    rhythm = waveforms[0]
    base = number_of(text_of(rhythm, "SampleBase"))
    exponent = number_of(text_of(rhythm, "SampleExponent")) or 0.0
    person = root.find("PatientDemographics")
    return recording_of(
        path,
        options,
        with_derived_limb_leads([_strip(path, each) for each in rhythm.findall("LeadData")]),
        None if base is None or abs(exponent) > 9 else base * 10**exponent,
        patient=text_of(person, "PatientID"),
        start=_start(root.find("TestDemographics")),
        named=any(text_of(person, tag) for tag in ("PatientLastName", "PatientFirstName", "DateofBirth")),
    )


def _strip(path: Path, lead: Element) -> Strip:
    name = text_of(lead, "LeadID")
    size = number_of(text_of(lead, "LeadSampleSize") or "2")
    if size not in (1, 2, 4):
        raise RecordError(f"{path}: lead {name} has samples of {size} bytes; get the file again")
    try:
        content = base64.b64decode("".join(text_of(lead, "WaveFormData").split()), validate=True)
        stored = np.frombuffer(content, f"<i{int(size)}")
    except (binascii.Error, ValueError) as error:
        raise RecordError(f"{path}: lead {name} is not readable ({error}); get the file again") from error
    expected = number_of(text_of(lead, "LeadSampleCountTotal"))
    if expected is not None and expected != len(stored):
        raise RecordError(
            f"{path}: lead {name} states {expected:g} samples and {len(stored)} are there; get the file again"
        )
    scale = number_of(text_of(lead, "LeadAmplitudeUnitsPerBit"))
    unit = _UNITS.get(text_of(lead, "LeadAmplitudeUnits").upper(), "")
    return Strip(name, unit if scale else "", stored * (scale or 1.0))


def _start(test: Element | None) -> datetime | None:
    text = f"{text_of(test, 'AcquisitionDate')} {text_of(test, 'AcquisitionTime')}"
    for form in ("%m-%d-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None
