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
from ectopy.io.atomic import atomic_files, draft, sweep
from ectopy.io.recording import Channel, Recording
from ectopy.io.wfdb.annotation_codes import decode, encode
from ectopy.io.wfdb.headers import Header, read_header, record_stem
from ectopy.io.wfdb.signals import find_signals
from ectopy.record import Annotations, Record

OWN_ANNOTATOR: Final = "ectopy"
"""Annotator of the annotations that ectopy writes, and may overwrite."""

_FORMAT: Final = "16"
_MAX_DIGITAL: Final = 2**15 - 1
_MISSING: Final = -(2**15)
_GAIN: Final = 1000.0
"""Digital units per mV in the records that are written: 1 µV steps, as long as 16 bits hold the peaks."""

_CHUNK: Final = 1 << 20
"""Samples of each lead that are encoded at a time."""


def open_wfdb(path: Path | str, annotator: str = "atr") -> Recording:
    """Open a WFDB record of any signal format.

    Segments are joined; what no segment covers is missing.

    Parameters
    ----------
    path : Path or str
        The record, with or without ``.hea`` or ``.dat``.
    annotator : str
        Which annotations come along as reference marks, if their file exists; damaged ones stay out.

    Returns
    -------
    Recording
        Nothing is decoded yet.

    Raises
    ------
    RecordError
        If a file is missing, cut short or outside the folder of the header, or the sampling frequency is not
        possible.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "flat"
    >>> header_file = write_wfdb(Record(np.zeros((720, 1), np.float32), fs=360, leads=("II",)), path)
    >>> open_wfdb(path).channels
    (Channel(name='II', unit='mV', fs=360.0, n_samples=720),)
    """
    header = read_header(record_stem(path))
    signals = find_signals(header)
    marks, notes = _marks(header, annotator)
    return Recording(
        name=header.name,
        channels=tuple(
            Channel(
                line.name,
                line.unit,
                header.fs * line.per_frame,
                signals.n_frames * line.per_frame,
                line.gain,
                line.baseline,
            )
            for line in signals.lines
        ),
        decode=signals.decode,
        annotations=marks,
        start=header.start,
        comments=header.comments,
        notes=(*signals.notes, *notes),
    )


def _marks(header: Header, annotator: str) -> tuple[Annotations | None, tuple[str, ...]]:
    """Return the reference marks; damaged ones are left out, for they are no reason not to analyse."""
    if not _annotation_path(header.stem, annotator).is_file():
        return None, ()
    try:
        return read_annotations(header.stem, annotator), ()
    except AnnotationError as error:
        return None, (f"The reference marks were left out: {error}.",)


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
    file = _annotation_path(_target(path), annotator)
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
        If the name is none that WFDB allows, a file of that record exists and `force` is false, or a lead
        holds infinite values.
    AnnotationError
        If a mark does not fit the format.
    """
    stem = _target(path)
    if not re.fullmatch(r"[-\w]+", stem.name, re.ASCII):
        raise RecordError(
            f"record name {stem.name!r} is none of WFDB; use letters, digits, hyphens and underscores"
        )
    header, dat, atr = (Path(f"{stem}.{extension}") for extension in ("hea", "dat", "atr"))
    sweep(stem.parent)
    existing = [file for file in (header, dat, atr) if file.exists()]
    if existing and not force:
        raise RecordError(f"{existing[0]} exists; give another name, or force it to be replaced")
    with_marks = record.annotations is not None
    targets = [atr, dat, header] if with_marks else [dat, header]
    with atomic_files(targets, remove=[] if with_marks else [atr]) as (*new_atr, new_dat, new_header):
        if record.annotations is not None:
            new_atr[0].write_bytes(encode(record.annotations))
        lines = _write_signals(record, new_dat, dat.name)
        start = f" {record.start:%H:%M:%S.%f %d/%m/%Y}" if record.start else ""
        lines.insert(0, f"{stem.name} {len(record.leads)} {record.fs:.12g} {record.n_samples}{start}")
        lines += [f"# {_one_line(comment)}" for comment in record.comments]
        new_header.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return header


def _target(path: Path | str) -> Path:
    """Return the path of a record to write; a name with a dot (``a.b``) is one name."""
    path = Path(path)
    return path.with_suffix("") if path.suffix in {".hea", ".dat"} else path


def _annotation_path(stem: Path, annotator: str) -> Path:
    if not re.fullmatch(r"[A-Za-z]\w*", annotator, re.ASCII) or annotator in {"hea", "dat"}:
        raise ParameterError(
            f"annotator={annotator!r} is no name of an annotator; give letters and digits, such as 'atr'"
        )
    return Path(f"{stem}.{annotator}")


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


def _write_signals(record: Record, file: Path, name: str) -> list[str]:
    """Write the samples of all leads, and return what the header says of each."""
    gains = np.array([_gain(record, i) for i in range(len(record.leads))])
    sums = np.zeros(len(gains), np.int64)
    with file.open("wb") as stream:
        for part in _parts(record.signal):
            digital = _digital(part, gains)
            stream.write(digital.tobytes())
            sums += digital.sum(axis=0, dtype=np.int64)
    first = _digital(record.signal[:1], gains)[0]
    checksums = (sums + 2**15) % 2**16 - 2**15
    return [
        f"{name} {_FORMAT} {gain:g}(0)/mV 16 0 {value} {checksum} 0 {_one_line(lead)}"
        for gain, value, checksum, lead in zip(gains, first, checksums, record.leads, strict=True)
    ]


def _digital(samples: npt.NDArray[np.float32], gains: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    digital = np.rint(samples * gains)
    digital[np.isnan(samples)] = _MISSING
    return digital.astype("<i2")


def _one_line(text: str) -> str:
    return " ".join(text.split())
