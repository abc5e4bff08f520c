"""Annotations of WFDB records, compared where they lie: one record or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Generic, TypeVar

from ectopy.errors import AnnotationError, ParameterError
from ectopy.io.wfdb.files import read_annotations
from ectopy.io.wfdb.headers import read_header
from ectopy.record import Annotations

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pair:
    """Reference and test annotations of one record.

    Parameters
    ----------
    reference, test : Annotations
        What is right, and what is judged.
    fs : float or None
        Sampling frequency in Hz that both count in; None where neither they nor a header say it.
    length : int or None
        Samples in the record; None where no header says it.
    """

    reference: Annotations
    test: Annotations
    fs: float | None
    length: int | None


def read_pair(record: str, annotators: tuple[str, str], folders: Sequence[Path | str] = (".",)) -> Pair:
    """Read what two annotators say of a record.

    Parameters
    ----------
    record : str
        Name of the record; it may hold folders.
    annotators : tuple of two str
        Reference and test: the extensions of their files.
    folders : sequence of Path or str
        Where to look, in this order, for each file (the WFDB path).

    Returns
    -------
    Pair

    Raises
    ------
    AnnotationError
        If a file is missing or damaged.
    RecordError
        If the header is damaged.
    """
    reference, test = (
        read_annotations(_find(record, annotator, folders), annotator) for annotator in annotators
    )
    stem = next((Path(folder, record) for folder in folders if Path(folder, f"{record}.hea").is_file()), None)
    fs = reference.fs or test.fs
    if stem is None:
        return Pair(reference, test, fs, None)
    header = read_header(stem)
    fs = fs or header.fs
    length = None if not header.n_frames else round(header.n_frames * fs / header.fs)
    return Pair(reference, test, fs, length)


def _find(record: str, annotator: str, folders: Sequence[Path | str]) -> Path:
    for folder in folders:
        if Path(folder, f"{record}.{annotator}").is_file():
            return Path(folder, record)
    raise AnnotationError(
        f"record {record}: no {record}.{annotator} in {', '.join(str(folder) for folder in folders)};"
        " check record, annotator and --folder"
    )


@dataclass(frozen=True)
class _Work(Generic[T]):
    """The comparison of one record, ready to be sent to another process."""

    compare: Callable[..., T]
    annotators: tuple[str, str]
    folders: Sequence[Path | str]
    options: Mapping[str, Any]

    def __call__(self, record: str) -> T:
        pair = read_pair(record, self.annotators, self.folders)
        return self.compare(
            pair.reference,
            pair.test,
            fs=pair.fs,
            length=pair.length,
            record=record,
            annotators=self.annotators,
            **self.options,
        )


def compare_records(
    compare: Callable[..., T],
    records: Sequence[str],
    annotators: tuple[str, str],
    folders: Sequence[Path | str] = (".",),
    *,
    jobs: int = 1,
    **options: Any,
) -> list[T]:
    """Compare what two annotators say of many records.

    Parameters
    ----------
    compare : callable
        `compare_beats`, `compare_runs` or `compare_episodes`.
    records : sequence of str
        Names of the records.
    annotators, folders
        As for `read_pair`.
    jobs : int
        How many processes share the work.
    **options
        More arguments of ``compare``.

    Returns
    -------
    list
        One result a record, in the order of the records.

    Raises
    ------
    ParameterError
        If ``jobs`` is not positive.
    """
    if jobs < 1:
        raise ParameterError(f"jobs={jobs} can do no work; give 1 or more")
    work = _Work(compare, annotators, folders, options)
    if jobs == 1 or len(records) < 2:
        return [work(record) for record in records]
    with ProcessPoolExecutor(min(jobs, len(records)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, records, chunksize=-(-len(records) // jobs)))


def record_names(path: Path | str) -> list[str]:
    """Read a list of records: the first word of each line; empty lines and comments (``#``) do not count.

    Raises
    ------
    ParameterError
        If the file cannot be read, or names no record.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"records={str(path)!r} cannot be read; give a text file, one record a line"
        ) from error
    names = [line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not names:
        raise ParameterError(f"records={str(path)!r} names no record; give one a line")
    return names
