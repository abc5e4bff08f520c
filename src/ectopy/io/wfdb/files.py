"""WFDB records on disk: read ``.hea`` and signal files, read and write annotations, write records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
from ectopy.record import Annotations, Source

ANNOTATOR: Final = "ectopy"
"""Annotator of the annotations that ectopy writes, and may overwrite."""

_FORMATS: Final = (16, 32)
"""Bits of a sample in the formats that are written, which are called by them."""

_MAX_DIGITAL: Final = 2**15 - 1
_GAIN: Final = 1000.0
"""Digital units per mV in the records that are written: 1 µV steps, as long as 16 bits hold the peaks."""

_CHUNK: Final = 1 << 18
"""Samples of each lead that are encoded at a time."""


Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


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
    >>> from ectopy.record import Record
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
    path: Path | str, annotations: Annotations, annotator: str = ANNOTATOR, *, force: bool = False
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
    if annotator != ANNOTATOR and file.exists() and not force:
        raise AnnotationError(
            f"{file} exists and is not ours; choose another annotator, or force it to be replaced"
        )
    content = encode(annotations)
    with draft(file) as unfinished:
        unfinished.write_bytes(content)
    return file


def write_wfdb(
    source: Source,
    path: Path | str,
    *,
    scales: Sequence[tuple[float, int]] | None = None,
    force: bool = False,
) -> Path:
    """Write a recording as a WFDB record: header, signal file, and its annotations as ``atr``.

    Samples are read and written piece by piece, in 16 bits, or in 32 where the scales ask for more.

    Parameters
    ----------
    source : Source
        What to write: a record in memory or a file.
    path : Path or str
        Where to, with or without ``.hea``; the name may hold letters, digits, hyphens and underscores.
    scales : sequence of (float, int), optional
        Digital units per mV of each lead, and the digital unit that is 0 mV. By default steps are 1 µV about
        0, or as fine as 16 bits allow where a lead goes beyond ±32.767 mV.
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
        holds infinite values or such that 32 bits do not hold.
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
        raise RecordError(f"{existing[0]} exists; give another name, or force it to be replaced (--force)")
    with_marks = source.annotations is not None
    targets = [atr, dat, header] if with_marks else [dat, header]
    with atomic_files(targets, remove=[] if with_marks else [atr]) as (*new_atr, new_dat, new_header):
        if source.annotations is not None:
            new_atr[0].write_bytes(encode(source.annotations))
        lines = _write_signals(source, new_dat, dat.name, scales or _fine_scales(source))
        start = f" {source.start:%H:%M:%S.%f %d/%m/%Y}" if source.start else ""
        lines.insert(0, f"{stem.name} {len(source.leads)} {source.fs:.12g} {source.n_samples}{start}")
        lines += [f"# {_one_line(comment)}" for comment in source.comments]
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


def _fine_scales(source: Source) -> list[tuple[float, int]]:
    """Return for each lead the digital units per mV that make the best use of 16 bits, `_GAIN` at most."""
    peaks = np.zeros(len(source.leads))
    for part in _parts(source):
        peaks = np.fmax(peaks, np.fmax.reduce(np.abs(part), axis=0))
    if not np.isfinite(peaks).all():
        lead = source.leads[int(np.flatnonzero(~np.isfinite(peaks))[0])]
        raise RecordError(f"record {source.name}: lead {lead} holds infinite values; make them NaN")
    return [
        (_GAIN if peak * _GAIN <= _MAX_DIGITAL else float(f"{0.999 * _MAX_DIGITAL / peak:.6g}"), 0)
        for peak in peaks.tolist()
    ]


def _parts(source: Source) -> Iterator[npt.NDArray[np.float32]]:
    return (source.read(start, start + _CHUNK) for start in range(0, source.n_samples or 0, _CHUNK))


def _write_signals(source: Source, file: Path, name: str, scales: Sequence[tuple[float, int]]) -> list[str]:
    """Write the samples of all leads, and return what the header says of each."""
    gains, baselines = np.array(scales, np.float64).T
    for bits in _FORMATS:
        written = _write_samples(source, file, gains, baselines, bits)
        if written is not None:
            first, sums = written
            checksums = (sums + 2**15) % 2**16 - 2**15
            return [
                f"{name} {bits} {gain:.12g}({baseline})/mV {bits} 0 {value} {checksum} 0 {_one_line(lead)}"
                for (gain, baseline), value, checksum, lead in zip(
                    scales, first, checksums, source.leads, strict=True
                )
            ]
    raise RecordError(
        f"record {source.name}: {bits} bits do not hold its samples; give scales of fewer units per mV"
    )


def _write_samples(
    source: Source, file: Path, gains: Floats, baselines: Floats, bits: int
) -> tuple[Integers, Integers] | None:
    """Write samples, and return the first of each lead and their sums; None where they need more bits."""
    missing = -(2 ** (bits - 1))
    sums = np.zeros(len(gains), np.int64)
    first = sums
    with file.open("wb") as stream:
        for number, part in enumerate(_parts(source)):
            digital = np.rint(part * gains + baselines)
            if np.nanmax(np.abs(digital), initial=0) >= -missing:
                return None
            digital[np.isnan(digital)] = missing
            whole = digital.astype(np.int64)
            stream.write(whole.astype(f"<i{bits // 8}").tobytes())
            sums += whole.sum(axis=0)
            first = first if number else whole[0]
    return first, sums


def _one_line(text: str) -> str:
    return " ".join(text.split())
