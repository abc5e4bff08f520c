"""Annotations of WFDB records, compared where they lie: one record or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from warnings import catch_warnings, simplefilter

from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.ec57.marks import at_rate
from ectopy.evaluation.ec57.times import RecordTimes, Time
from ectopy.io.atomic import draft
from ectopy.io.wfdb.annotation_codes import decode, encode
from ectopy.io.wfdb.headers import read_record_line
from ectopy.record import Annotations

if TYPE_CHECKING:
    pass

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pair:
    """Reference and test annotations of one record, brought to its rate.

    Parameters
    ----------
    reference, test : Annotations
        What is right, and what is judged.
    times : RecordTimes
        Rate, length and time of day of the record.
    """

    reference: Annotations
    test: Annotations
    times: RecordTimes

    @property
    def fs(self) -> float:
        """Sampling frequency in Hz that both count in."""
        return self.times.fs

    @property
    def length(self) -> int | None:
        """Samples in the record; None where no header says it."""
        return self.times.length


def read_pair(record: str, annotators: tuple[str, str], folders: Sequence[Path | str] = (".",)) -> Pair:
    """Read what two annotators say of a record.

    Marks whose code stands for no symbol are passed over.

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
        If a file is missing or damaged, or neither a header nor the annotations say the rate.
    RecordError
        If the header is damaged.
    """
    reference, test = (_read(_find(record, annotator, folders)) for annotator in annotators)
    stem = next((Path(folder, record) for folder in folders if Path(folder, f"{record}.hea").is_file()), None)
    if stem is not None:
        line = read_record_line(stem)
        times = RecordTimes(line.fs, line.n_frames or None, line.clock, line.date)
    elif rate := reference.fs or test.fs:
        times = RecordTimes(rate)
    else:
        raise AnnotationError(f"record {record}: no {record}.hea says its rate; put its header beside it")
    return Pair(at_rate(reference, times.fs), at_rate(test, times.fs), times)


def write_marks(record: str, marks: Annotations, annotator: str) -> None:
    """Write annotations of a record into the current folder, without a time resolution, as bxb does."""
    content = encode(replace(marks, fs=None))
    with draft(Path(f"{Path(record).name}.{annotator}")) as unfinished:
        unfinished.write_bytes(content)


def _find(record: str, annotator: str, folders: Sequence[Path | str]) -> Path:
    for folder in folders:
        if (file := Path(folder, f"{record}.{annotator}")).is_file():
            return file
    raise AnnotationError(
        f"record {record}: no {record}.{annotator} in {', '.join(str(folder) for folder in folders)};"
        " check record, annotator and --folder"
    )


def _read(file: Path) -> Annotations:
    try:
        return decode(file.read_bytes(), nameless=True)
    except OSError as error:
        raise AnnotationError(f"{file} cannot be read ({error.strerror}); check its permissions") from error
    except AnnotationError as error:
        raise AnnotationError(f"{file}: {error}") from error


@dataclass(frozen=True)
class _Work(Generic[T]):
    """The comparison of one record, ready to be sent to another process."""

    compare: Callable[..., T]
    annotators: tuple[str, str]
    folders: Sequence[Path | str]
    options: Mapping[str, Any]

    def __call__(self, record: str) -> T:
        pair = read_pair(record, self.annotators, self.folders)
        options = {
            name: value.seconds(pair.times) if isinstance(value, Time) else value
            for name, value in self.options.items()
        }
        return self.compare(
            pair.reference,
            pair.test,
            fs=pair.fs,
            length=pair.length,
            record=record,
            annotators=self.annotators,
            **options,
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
        More arguments of ``compare``; a `Time` becomes the seconds that it means in each record.

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
    return _shared(_Work(compare, annotators, folders, options), records, min(jobs, len(records)))


@dataclass(frozen=True)
class _Shares(Generic[T]):
    """The comparison of a share of the records."""

    work: Callable[[str], T]

    def __call__(self, records: Sequence[str]) -> list[T]:
        return [self.work(record) for record in records]


def _shared(work: Callable[[str], T], records: Sequence[str], jobs: int) -> list[T]:
    """Share records among processes, a share each.

    A record takes some milliseconds, so processes are forked where that is possible: to start Python anew in
    each takes longer than to compare a whole database.
    """
    if jobs < 2:
        return [work(record) for record in records]
    from multiprocessing import get_all_start_methods

    from ectopy.parallel import parallel_map

    ends = [len(records) * job // jobs for job in range(jobs + 1)]
    shares = [records[first:last] for first, last in pairwise(ends)]
    method = "fork" if "fork" in get_all_start_methods() else "spawn"
    with catch_warnings():
        simplefilter("ignore", DeprecationWarning)  # of threads beside fork: a share needs none of numpy's
        results = parallel_map(_Shares(work), shares, jobs=jobs, method=method)
        return [result for share in results for result in share]


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
