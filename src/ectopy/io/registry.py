"""The formats of recordings: one table of what is read and written, and the one way to open a file.

Readers of other packages join through entry points of the group ``ectopy.formats``, each a `Format`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from ectopy.errors import (
    EctopyError,
    MissingExtraError,
    RecordError,
    require_extra,
)
from ectopy.io import sniffing
from ectopy.io.channels import AS_STATED, Calibration, ecg_source
from ectopy.io.compressed import ScratchFolder, Unpacked, compression, decompress, decompressed_head
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import FileSource, Recording, Samples
from ectopy.io.sniffing import LONGEST_HEAD
from ectopy.io.unread import refuse_unread
from ectopy.record import Record

_REASON: Final = 200
"""Letters of what a library says of a damaged file."""

_PEEK: Final = 1 << 20
"""Bytes of a long file that are looked at to say what is in it."""


@dataclass(frozen=True)
class OpenOptions:
    """What a caller may know that a file does not say.

    Parameters
    ----------
    fs : float, optional
        Sampling frequency in Hz.
    annotator : str
        Which annotations come along as reference marks, where a format keeps several.
    """

    fs: float | None = None
    annotator: str = "atr"


@dataclass(frozen=True)
class Format:
    """A file format.

    Parameters
    ----------
    name : str
        Short name, as options take it.
    title : str
        What people call it.
    suffixes : tuple of str
        Usual endings of its files; the first is given to files that are written.
    sniff : callable
        Path and the first bytes of the file (none where the path is no file) → whether it is this format.
    open : str
        ``module:function``; the function takes path and `OpenOptions` and returns a `Recording`.
    write : str
        ``module:function`` that takes a `Record` and a path, empty where the format is not written.
    peek : str
        ``module:function`` that takes path, `OpenOptions` and bytes of the whole, and returns a `Recording`
        whose length is estimated from the beginning of the file; empty where opening a file takes no time.
    keeps_marks : bool
        Whether annotations are written along.
    module, extra : str
        Package that reading needs beyond the core, and the extra of ectopy that brings it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[Path, bytes], bool]
    open: str
    write: str = ""
    peek: str = ""
    keeps_marks: bool = False
    module: str = ""
    extra: str = ""

    def open_file(self, path: Path, options: OpenOptions) -> Recording:
        """Return what the file holds.

        Raises
        ------
        RecordError
            If the file is damaged.
        MissingExtraError
            If the format needs an extra that is not installed.
        """
        if self.extra:
            try:
                require_extra(self.module, self.extra)
            except MissingExtraError as error:
                raise MissingExtraError(f"{path}: {self.title}: {error}") from error
        with self.errors_of(path):
            recording: Recording = function_at(self.open)(path, options)

        def decode(channels: Sequence[int], start: int, stop: int) -> Samples:
            with self.errors_of(path):
                return recording.decode(channels, start, stop)

        return replace(recording, decode=decode)

    @contextmanager
    def errors_of(self, path: Path) -> Iterator[None]:
        """Raise a `RecordError` in place of whatever a damaged file leads libraries to."""
        try:
            yield
        except EctopyError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:_REASON]
            raise RecordError(
                f"{path}: a damaged file of {self.title} ({type(error).__name__}: {reason});"
                " get the file again"
            ) from error


def open_source(
    path: Path | str,
    *,
    fs: float | None = None,
    annotator: str = "atr",
    leads: Sequence[str] | None = None,
    calibration: Calibration = AS_STATED,
) -> FileSource:
    r"""Open a recording of any format in the registry; samples are decoded when they are read.

    The format is found from what the file holds, not from its name. A WFDB record may be named by its header,
    by one of its other files, or without an extension.

    Parameters
    ----------
    path : Path or str
        The recording.
    fs : float, optional
        Sampling frequency in Hz, where the file does not tell.
    annotator : str
        Which annotations of a WFDB record come along as reference marks, if their file exists.
    leads : sequence of str, optional
        Names of the channels to take as leads; those that are ECG leads by default.
    calibration : Calibration
        What the samples mean, where the file does not say: gain and baseline, or unit.

    Returns
    -------
    FileSource
        Samples in mV, NaN where missing.

    Raises
    ------
    RecordError
        If the file is missing, empty, damaged or of an unknown format, its sampling frequency is unknown, or
        no channel is an ECG lead.
    AnnotationError
        If the annotations are there and damaged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.txt"
    >>> _ = path.write_text("II\n0.01\n-0.02\n")
    >>> source = open_source(path, fs=250)
    >>> source.leads, source.read(0, 1).tolist()
    (('II',), [[0.009999999776482582]])
    """
    found, recording = open_recording(Path(path), OpenOptions(fs=fs, annotator=annotator))
    with found.errors_of(Path(path)):
        return ecg_source(recording, leads, calibration)


def open_recording(path: Path, options: OpenOptions) -> tuple[Format, Recording]:
    """Return the format of a file, compressed or not, and all its channels; errors as of `open_source`."""
    head = _head(path) if path.is_file() else b""
    refuse_unread(path, head)
    for each in _in_order():
        if each.sniff(path, head):
            return each, each.open_file(path, options)
    suffix = compression(head)
    if suffix is None:
        raise _nothing_to_read(path)
    folder = ScratchFolder()
    inner = decompress(path, suffix, folder.path)
    if compression(_head(inner)) is not None and not sniffing.is_npz(inner, _head(inner)):
        raise RecordError(f"{path}: it is compressed more than once; unpack it yourself")
    found, recording = open_recording(inner, options)
    return found, replace(recording, decode=Unpacked(recording.decode, folder))


def open_record(
    path: Path | str,
    *,
    fs: float | None = None,
    annotator: str = "atr",
    leads: Sequence[str] | None = None,
    calibration: Calibration = AS_STATED,
) -> Record:
    r"""Read a whole recording of any format into memory.

    Its ``signal`` is (n_samples, n_leads), float32, in mV, NaN where missing. Parameters and errors are those
    of `open_source`, which decodes as it is read: better for long recordings.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.csv"
    >>> _ = path.write_text("II,V1\n0.01,0.02\n-0.02,0.01\n")
    >>> open_record(path, fs=250).signal.shape
    (2, 2)
    """
    return open_source(path, fs=fs, annotator=annotator, leads=leads, calibration=calibration).load()


def peek_recording(path: Path, options: OpenOptions) -> tuple[Format, Recording, bool]:
    """Return the format of a file, its channels, and whether their length is exact, within a second.

    Of a long table only the beginning is read, and its length is estimated. Errors are those of
    `open_source`.
    """
    head = _head(path) if path.is_file() else b""
    refuse_unread(path, head)
    found = next((each for each in _in_order() if each.sniff(path, head)), None)
    size = path.stat().st_size if path.is_file() else 0
    if found is not None and found.peek and size > _PEEK:
        with found.errors_of(path):
            return found, function_at(found.peek)(path, options, size), False
    suffix = None if found else compression(head)
    if suffix is not None and size > _PEEK // 8:
        folder = ScratchFolder()
        inner = folder.path / Path(path.stem).name
        content, share = decompressed_head(path, suffix, _PEEK)
        inner.write_bytes(content)
        found = next((each for each in _in_order() if each.sniff(inner, content[:LONGEST_HEAD])), None)
        if found is not None and found.peek:
            with found.errors_of(path):
                recording = function_at(found.peek)(inner, options, round(len(content) / share))
            return found, replace(recording, decode=Unpacked(recording.decode, folder)), share == 1
    return *open_recording(path, options), True


@cache
def formats() -> tuple[Format, ...]:
    """Return the formats in the order in which they are tried: ectopy's own, then other packages'."""
    others = tuple(point.load() for point in entry_points(group="ectopy.formats"))
    return (*FORMATS, *others)


def _in_order() -> Iterator[Format]:
    """Yield the formats; those of other packages, which are slow to look up, where no other fits."""
    yield from FORMATS
    yield from formats()[len(FORMATS) :]


def _open_npz(path: Path, options: OpenOptions) -> Recording:
    from ectopy.io.npz import open_npz

    return open_npz(path, options.fs)


def _open_npy(path: Path, options: OpenOptions) -> Recording:
    from ectopy.io.npz import open_npy

    return open_npy(path, options.fs)


def _open_json(path: Path, options: OpenOptions) -> Recording:
    from ectopy.io.json_recording import open_json

    return open_json(path, options.fs)


def _open_csv(path: Path, options: OpenOptions) -> Recording:
    from ectopy.io.csv import open_csv

    return open_csv(path, options.fs)


def _open_wfdb(path: Path, options: OpenOptions) -> Recording:
    from ectopy.io.wfdb.files import open_wfdb
    from ectopy.io.wfdb.headers import record_stem

    recording = open_wfdb(path, options.annotator)
    agreed_fs(f"{record_stem(path)}.hea", max(channel.fs for channel in recording.channels), options.fs)
    return recording


def _clinical(name: str, title: str, suffix: str, module: str = "") -> Format:
    """Return a format that is read by the module of its name, with a package of the extra ``formats``."""
    return Format(
        name,
        title,
        (suffix,),
        getattr(sniffing, f"is_{name}"),
        f"ectopy.io.{name}:open_{name}",
        module=module,
        extra="formats" if module else "",
    )


FORMATS: Final = (
    Format(
        "ecz",
        "compressed recording",
        (".ecz",),
        sniffing.is_ecz,
        "ectopy.io.ecz.reader:open_ecz",
        "ectopy.io.ecz.writer:write_ecz",
        keeps_marks=True,
    ),
    Format(
        "edf",
        "EDF, EDF+ or BDF",
        (".edf", ".bdf", ".rec"),
        sniffing.is_edf,
        "ectopy.io.edf:open_edf",
        "ectopy.io.edf_writer:write_edf",
        keeps_marks=True,
    ),
    _clinical("dicom", "DICOM ECG waveform", ".dcm", "pydicom"),
    _clinical("ishne", "ISHNE Holter", ".ecg"),
    _clinical("muse", "GE MUSE XML", ".xml", "defusedxml"),
    _clinical("aecg", "HL7 annotated ECG", ".xml", "defusedxml"),
    _clinical("philips", "Philips (Sierra) XML", ".xml", "ecgdatakit"),
    _clinical("scp", "SCP-ECG", ".scp", "ecgdatakit"),
    _clinical("kardia", "AliveCor Kardia", ".atc"),
    Format(
        "npz",
        "NumPy archive",
        (".npz",),
        sniffing.is_npz,
        "ectopy.io.registry:_open_npz",
        "ectopy.io.npz:write_npz",
    ),
    Format("npy", "NumPy array", (".npy",), sniffing.is_npy, "ectopy.io.registry:_open_npy"),
    Format("json", "JSON of wearables", (".json",), sniffing.is_json, "ectopy.io.registry:_open_json"),
    Format(
        "csv",
        "table of text: CSV, TSV …",
        (".csv", ".txt", ".tsv"),
        sniffing.is_csv,
        "ectopy.io.registry:_open_csv",
        "ectopy.io.csv:write_csv",
        "ectopy.io.csv:peek_csv",
    ),
    Format(
        "wfdb",
        "WFDB record",
        (".hea", ".dat"),
        sniffing.is_wfdb,
        "ectopy.io.registry:_open_wfdb",
        "ectopy.io.wfdb.files:write_wfdb",
        keeps_marks=True,
    ),
    _clinical("mat", "MATLAB file", ".mat"),
    _clinical("acq", "Biopac AcqKnowledge", ".acq", "bioread"),
)
"""The formats that ectopy itself reads, the surest sign first."""


def function_at(place: str) -> Callable[..., Any]:
    """Import what is named ``module:function``."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _head(path: Path, n_bytes: int = LONGEST_HEAD) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(n_bytes)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


def _nothing_to_read(path: Path) -> RecordError:
    """Say why a path is no recording."""
    if path.is_dir():
        return RecordError(f"{path} is a folder; give one of the recordings in it")
    if not path.is_file():
        return RecordError(f"{path}: no such recording; check the path")
    head = _head(path)
    if not head.strip():
        return RecordError(f"{path}: the file is empty; get it again")
    if sniffing.is_header(head):
        return RecordError(f"{path}: a WFDB header has to be called NAME.hea; rename it")
    known = ", ".join(each.title for each in formats())
    return RecordError(f"{path}: of no format that is read ({known}); convert it to one of them")
