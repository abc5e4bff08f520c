"""ECG waveforms in DICOM files.

Source: DICOM PS3.3, sections A.34.3 to A.34.5 (12-lead, general, ambulatory ECG) and C.10.9 (waveforms).
"""

from __future__ import annotations

import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pydicom

from ectopy.errors import RecordError
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip, recording_of

_TYPES: Final = {
    (8, "SB"): "i1",
    (8, "UB"): "u1",
    (16, "SS"): "i2",
    (16, "US"): "u2",
    (32, "SL"): "i4",
    (32, "UL"): "u4",
}
"""Bits allocated and sample interpretation → type of a sample."""

_LEAD_CODES: Final = {
    **dict(zip(range(1, 3), ("I", "II"), strict=True)),
    **dict(zip(range(3, 9), ("V1", "V2", "V3", "V4", "V5", "V6"), strict=True)),
    **dict(zip(range(61, 65), ("III", "aVR", "aVL", "aVF"), strict=True)),
}
"""Codes of leads in the scheme of SCP-ECG, as in 5.6.3-9-61."""


def open_dicom(path: Path, options: OpenOptions) -> Recording:
    """Open an ECG waveform of DICOM: its first rhythm, not its median beats.

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
        If the file holds no waveform, is cut short, or its waveform is stored in a way that is none of ECGs.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are no matter here
        dataset = pydicom.dcmread(path)
        groups = list(dataset.get("WaveformSequence") or [])
        if not groups:
            kind = getattr(dataset.get("SOPClassUID"), "name", "of an unknown kind")
            raise RecordError(
                f"{path}: a DICOM file without waveforms ({kind}); give that of the ECG waveform"
            )
        rhythms = [
            each for each in groups if "MEDIAN" not in str(each.get("MultiplexGroupLabel", "")).upper()
        ]
        group = (rhythms or groups)[0]
        samples = _samples(path, group, dataset.original_encoding[1] is not False)
        channels = list(group.ChannelDefinitionSequence)
        padding = _padding(group, samples.dtype)
        strips = [_strip(each, samples[:, i], padding) for i, each in enumerate(channels)]
        return recording_of(
            path,
            options,
            strips,
            float(group.SamplingFrequency),
            patient=str(dataset.get("PatientID") or ""),
            start=_start(dataset),
            named=bool(str(dataset.get("PatientName") or "") or dataset.get("PatientBirthDate")),
        )


def _samples(path: Path, group: Any, is_little: bool) -> npt.NDArray[np.integer]:
    """Return the stored samples of a group, shape (n_samples, n_channels)."""
    kind = (int(group.WaveformBitsAllocated), str(group.WaveformSampleInterpretation))
    if kind not in _TYPES:
        raise RecordError(f"{path}: samples of {kind[0]} bits as {kind[1]} are none of an ECG's; convert it")
    stored = np.frombuffer(group.WaveformData, ("<" if is_little else ">") + _TYPES[kind])
    n_channels, n_samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    if n_channels != len(group.ChannelDefinitionSequence) or n_channels < 1 or n_samples < 1:
        raise RecordError(
            f"{path}: states {n_channels} channels of {n_samples} samples and describes"
            f" {len(group.ChannelDefinitionSequence)}; get the file again"
        )
    if len(stored) < n_channels * n_samples:
        raise RecordError(
            f"{path}: cut short: states {n_samples} samples of {n_channels} channels and"
            f" {len(stored) // n_channels} are there; get the file again"
        )
    return stored[: n_channels * n_samples].reshape(n_samples, n_channels)


def _padding(group: Any, dtype: np.dtype[Any]) -> int | None:
    """Return the stored value that stands for a missing sample."""
    value = group.get("WaveformPaddingValue")
    if isinstance(value, bytes):
        return int(np.frombuffer(value[: dtype.itemsize], dtype)[0]) if len(value) >= dtype.itemsize else None
    return None if value is None else int(value)


def _strip(channel: Any, stored: npt.NDArray[np.integer], padding: int | None) -> Strip:
    values = stored.astype(np.float64)
    sensitivity = channel.get("ChannelSensitivity")
    if sensitivity is not None:
        values = values * float(sensitivity) * float(channel.get("ChannelSensitivityCorrectionFactor") or 1)
        values += float(channel.get("ChannelBaseline") or 0)
    values[stored == padding if padding is not None else np.zeros(len(stored), bool)] = np.nan
    skew = channel.get("ChannelSampleSkew")
    return Strip(
        _name(channel),
        _unit(channel) if sensitivity is not None else "",
        values,
        max(0, round(float(skew))) if skew and abs(float(skew)) < len(stored) else 0,
    )


def _name(channel: Any) -> str:
    """Return the name of a lead: by its code, or what the code is called."""
    for source in channel.get("ChannelSourceSequence") or []:
        code, meaning = str(source.get("CodeValue", "")), str(source.get("CodeMeaning", ""))
        number = code.rpartition("-")[2]
        if code.startswith("5.6.3-9-") and number.isdecimal() and int(number) in _LEAD_CODES:
            return _LEAD_CODES[int(number)]
        if code.startswith("MDC_ECG_LEAD_"):
            return _LEAD_NAMES.get(code, code.removeprefix("MDC_ECG_LEAD_"))
        if meaning:
            return _shortened(meaning)
    return str(channel.get("ChannelLabel") or "")


_LEAD_NAMES: Final = {f"MDC_ECG_LEAD_AV{limb}": f"aV{limb}" for limb in "RLF"}


def _shortened(meaning: str) -> str:
    """Return a lead's name without what is said around it, as in ``Lead V1 (Einthoven)``."""
    words = meaning.partition("(")[0].split()
    return " ".join(words[1:] if len(words) > 1 and words[0].casefold() == "lead" else words)


def _unit(channel: Any) -> str:
    for unit in channel.get("ChannelSensitivityUnitsSequence") or []:
        return str(unit.get("CodeValue", ""))
    return ""


def _start(dataset: Any) -> datetime | None:
    moment = str(dataset.get("AcquisitionDateTime") or "")
    moment = moment or f"{dataset.get('ContentDate') or ''}{dataset.get('ContentTime') or ''}"
    try:
        return datetime.strptime(moment[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None
