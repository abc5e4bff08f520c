"""WFDB records on disk: read ``.hea`` and signal files, read and write annotations, write records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError, ParameterError, RecordError
from ectopy.records.annotation_codes import decode, encode
from ectopy.records.drafts import draft
from ectopy.records.record import Annotations, Record
from ectopy.records.wfdb_headers import read_header, record_stem
from ectopy.records.wfdb_signals import read_signals

OWN_ANNOTATOR: Final = "ectopy"
"""Annotator of the annotations that ectopy writes, and may overwrite."""

_FORMAT: Final = "16"
_MAX_DIGITAL: Final = 2**15 - 1
_MISSING: Final = -(2**15)
_GAIN: Final = 1000.0
"""Digital units per mV in the records that are written: 1 µV steps, as long as 16 bits hold the peaks."""

_CHUNK: Final = 1 << 20
"""Samples of each lead that are encoded at a time."""


def read_wfdb(path: Path | str, annotator: str = "atr") -> Record:
    """Read a WFDB record of any signal format that the wfdb package decodes.

    Leads with several samples per frame are all brought to the rate of the fastest of them by polyphase
    resampling, and the marks along with them. Segments are joined; what no segment covers is missing. Signals
    in units of other quantities (blood pressure, respiration …) are left out, and a comment says so.

    Parameters
    ----------
    path : Path or str
        The record, with or without ``.hea`` or ``.dat``.
    annotator : str
        Which annotations come along as reference marks, if their file exists.

    Returns
    -------
    Record
        Samples in mV, NaN where the file marks them as missing.

    Raises
    ------
    RecordError
        If a file is missing, cut short or outside the folder of the header, the sampling frequency or a unit
        is not possible, or no signal is a voltage.
    AnnotationError
        If the annotations are there and damaged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "flat"
    >>> header_file = write_wfdb(Record(np.zeros((720, 1), np.float32), fs=360, leads=("II",)), path)
    >>> record = read_wfdb(path)
    >>> record.name, record.leads, record.fs, record.signal.shape
    ('flat', ('II',), 360.0, (720, 1))
    """
    header = read_header(record_stem(path))
    signals = read_signals(header)
    marks = None
    if _annotation_path(header.stem, annotator).is_file():
        marks = _at_rate(read_annotations(header.stem, annotator), signals.fs)
    return Record(
        signal=signals.signal,
        fs=signals.fs,
        leads=signals.leads,
        name=header.name,
        annotations=marks,
        start=header.start,
        comments=header.comments + signals.comments,
    )


def read_annotations(path: Path | str, annotator: str = "atr") -> Annotations:
    """Read the annotations of a WFDB record.

    Parameters
    ----------
    path : Path or str
        The record, with or without ``.hea`` or ``.dat``.
    annotator : str
        Extension of the annotation file.

    Returns
    -------
    Annotations
        Every mark; ``fs`` is the time resolution of the file, or else the frames per second of the header.

    Raises
    ------
    AnnotationError
        If the file is missing or damaged.
    """
    stem = record_stem(path)
    file = _annotation_path(stem, annotator)
    try:
        marks = decode(file.read_bytes())
    except OSError as error:
        raise AnnotationError(
            f"{file}: cannot read these annotations ({error.strerror}); check path and annotator"
        ) from error
    except AnnotationError as error:
        raise AnnotationError(f"{file}: {error}") from error
    has_header = Path(f"{stem}.hea").is_file()
    return replace(marks, fs=read_header(stem).fs) if marks.fs is None and has_header else marks


def write_annotations(
    path: Path | str, annotations: Annotations, annotator: str = OWN_ANNOTATOR, *, force: bool = False
) -> Path:
    """Write annotations of a WFDB record, readable by every WFDB tool.

    Parameters
    ----------
    path : Path or str
        The record, with or without ``.hea`` or ``.dat``; it need not exist.
    annotations : Annotations
        What to write.
    annotator : str
        Extension of the annotation file. A file of our own annotator is replaced.
    force : bool
        Replace a file of another annotator too.

    Returns
    -------
    Path
        The annotation file.

    Raises
    ------
    AnnotationError
        If the file is another annotator's and `force` is false, or a mark does not fit the format.

    Examples
    --------
    >>> import tempfile
    >>> file = write_annotations(f"{tempfile.mkdtemp()}/100", Annotations([77], ["N"], fs=360))
    >>> file.name
    '100.ectopy'
    >>> read_annotations(file.with_suffix(""), "ectopy").symbols.tolist()
    ['N']
    """
    file = _annotation_path(record_stem(path), annotator)
    if annotator != OWN_ANNOTATOR and file.exists() and not force:
        raise AnnotationError(
            f"{file} exists and is not ours; choose another annotator, or force it to be replaced"
        )
    content = encode(annotations)
    with draft(file) as unfinished:
        unfinished.write_bytes(content)
    return file


def write_wfdb(record: Record, path: Path | str, *, force: bool = False) -> Path:
    """Write a recording as a WFDB record: header, signal file of 16 bits, and its annotations as ``atr``.

    Steps are 1 µV, or as fine as 16 bits allow where a lead goes beyond ±32.767 mV.

    Parameters
    ----------
    record : Record
        What to write.
    path : Path or str
        Where to, with or without ``.hea``; the name may hold letters, digits, hyphens and underscores.
    force : bool
        Replace a record of that name.

    Returns
    -------
    Path
        The header file.

    Raises
    ------
    RecordError
        If the name is none that WFDB allows, a record of that name exists and `force` is false, or a lead
        holds infinite values.
    """
    stem = record_stem(path)
    header, dat = Path(f"{stem}.hea"), Path(f"{stem}.dat")
    if not re.fullmatch(r"[-\w]+", stem.name, re.ASCII):
        raise RecordError(
            f"record name {stem.name!r} is none of WFDB; use letters, digits, hyphens and underscores"
        )
    if header.exists() and not force:
        raise RecordError(f"{header} exists; give another name, or force it to be replaced")
    gains = [_gain(record, i) for i in range(len(record.leads))]
    first = np.zeros(len(gains), np.int64)
    sums = np.zeros(len(gains), np.int64)
    with draft(dat) as unfinished, unfinished.open("wb") as file:
        for start, digital in _digital(record.signal, gains):
            file.write(digital.astype("<i2").tobytes())
            sums += digital.sum(axis=0, dtype=np.int64)
            first = first if start else digital[0].astype(np.int64)
    if record.annotations is not None:
        write_annotations(stem, record.annotations, "atr", force=force)
    with draft(header) as unfinished:
        unfinished.write_text(_header_text(record, stem.name, gains, first, sums), encoding="utf-8")
    return header


def _annotation_path(stem: Path, annotator: str) -> Path:
    if not re.fullmatch(r"[A-Za-z]\w*", annotator, re.ASCII) or annotator in {"hea", "dat"}:
        raise ParameterError(
            f"annotator={annotator!r} is no name of an annotator; give letters and digits, such as 'atr'"
        )
    return Path(f"{stem}.{annotator}")


def _at_rate(marks: Annotations, fs: float) -> Annotations:
    """Count the samples of marks at another rate."""
    if marks.fs is None or marks.fs == fs:
        return marks
    return replace(marks, samples=np.rint(marks.samples * (fs / marks.fs)).astype(np.int64), fs=fs)


def _gain(record: Record, column: int) -> float:
    """Return the digital units per mV that make the best use of 16 bits, `_GAIN` at most."""
    lead = record.signal[:, column]
    peak = max(
        (float(np.nanmax(np.abs(part))) for part in _parts(lead) if not np.isnan(part).all()), default=0
    )
    if not np.isfinite(peak):
        raise RecordError(
            f"record {record.name}: lead {record.leads[column]} holds infinite values; make them NaN"
        )
    return _GAIN if peak * _GAIN <= _MAX_DIGITAL else float(f"{0.999 * _MAX_DIGITAL / peak:.6g}")


def _parts(samples: npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
    return (samples[start : start + _CHUNK] for start in range(0, len(samples), _CHUNK))


def _digital(
    signal: npt.NDArray[np.float32], gains: list[float]
) -> Iterator[tuple[int, npt.NDArray[np.int16]]]:
    """Yield first sample and digital samples, some minutes at a time."""
    for number, part in enumerate(_parts(signal)):
        digital = np.rint(part * np.asarray(gains))
        digital[np.isnan(part)] = _MISSING
        yield number * _CHUNK, digital.astype(np.int16)


def _header_text(
    record: Record,
    name: str,
    gains: list[float],
    first: npt.NDArray[np.int64],
    sums: npt.NDArray[np.int64],
) -> str:
    start = f" {record.start:%H:%M:%S.%f %d/%m/%Y}" if record.start else ""
    lines = [f"{name} {len(gains)} {record.fs:.12g} {record.n_samples}{start}"]
    for lead, gain, value, total in zip(record.leads, gains, first, sums, strict=True):
        checksum = (total + 2**15) % 2**16 - 2**15
        lines.append(f"{name}.dat {_FORMAT} {gain:g}(0)/mV 16 0 {value} {checksum} 0 {_one_line(lead)}")
    lines += [f"# {_one_line(comment)}" for comment in record.comments]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
