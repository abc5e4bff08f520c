"""What a task learns from: labelled beats or records, divided by people."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedShuffleSplit

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.datasets.annotated_folder import cut_records, parts_of_beats, read_folder
from ectopy.datasets.beat_columns import Columns
from ectopy.datasets.beat_files import read_beats, with_peak
from ectopy.datasets.splits import Split, patient_folds
from ectopy.errors import ParameterError, SplitError
from ectopy.evaluation.duplicates import duplicate_check
from ectopy.record import Record

Strings = npt.NDArray[np.str_]
Mask = npt.NDArray[np.bool_]

TEST_SHARE: Final = 0.25
"""Share of the people, of the beats where no people are known, that is kept apart to test on."""

NORMAL_NAMES: Final = ("n", "normal", "norm", "0")
"""Labels that are taken for normal without being told, whatever their case, the first that occurs."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledBeats:
    """Beats with labels.

    Parameters
    ----------
    beats : Beats
        ``symbols`` holds the labels, empty where there are none.
    parts : ndarray of str, shape (n_beats,)
        ``train`` or ``test``, empty where nobody says.
    source : dict
        Where they come from, for the manifest.
    notes : tuple of str
        What was decided, for the user to check.
    records : tuple of Record
        The recordings, where beats were cut from some.
    """

    beats: Beats
    parts: Strings
    source: dict[str, Any]
    notes: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def labels(self) -> Strings:
        """Label of each beat."""
        return self.beats.symbols

    @property
    def first_lead(self) -> Mask:
        """Which beats were cut from the first lead of their recording; all, where none was cut."""
        if not self.records:
            return np.ones(len(self.beats), np.bool_)
        return np.isin(self.beats.records, [f"{each.name}/{each.leads[0]}" for each in self.records])

    @property
    def people_known(self) -> bool:
        """Whether every beat has a patient."""
        return bool((self.beats.patients != "").all())


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingData(LabelledBeats):
    """Beats with labels, and which of them train and test.

    Parameters
    ----------
    beats, parts, source, notes, records
        As for `LabelledBeats`.
    split : Split
        By people where they are known, labelled ``intra-patient`` otherwise.
    """

    split: Split


def beats_in_file(
    path: Path, columns: Columns, *, fs: float | None = None, peak: float | None = None
) -> LabelledBeats:
    """Read a file of beats.

    Raises
    ------
    DatasetError, ParameterError
        As `ectopy.datasets.beat_files.read_beats` has them.
    """
    read = with_peak(read_beats(path, columns, fs=fs), peak)
    return LabelledBeats(
        beats=read.beats, parts=read.parts, source=_facts(read.beats, file=path.name), notes=read.notes
    )


def beats_in_folder(
    folder: Path,
    people: Path | None,
    window: WindowSpec,
    *,
    annotator: str = "atr",
    scheme: str = "aami",
) -> LabelledBeats:
    """Read a folder of annotated WFDB records, and cut their beats.

    Raises
    ------
    DatasetError, RecordError, AnnotationError
        As `ectopy.datasets.annotated_folder.read_folder` has them.
    """
    read = read_folder(folder, people, annotator=annotator)
    beats = cut_records(read.records, window, scheme=scheme)
    names = [record.name for record in read.records]
    return LabelledBeats(
        beats=beats,
        parts=parts_of_beats(read, beats),
        source=_facts(beats, folder=folder.name, records=names, label_scheme=scheme),
        notes=read.notes,
        records=read.records,
    )


def divided(read: LabelledBeats, share: float = TEST_SHARE, seed: int = 0) -> TrainingData:
    """Divide beats into those that train and those that test, see `divide`."""
    beats = read.beats
    split, notes = divide(beats.patients, beats.symbols, read.parts, share=share, seed=seed)
    repeated = duplicate_check(beats, split)
    if not repeated.passed:
        notes += (f"{repeated}, which flatters",)
    if np.isnan(beats.fs):
        notes += (
            "the rate of the beats is not known, so the model takes beats cut like these, not recordings;"
            " give --fs to use it in ectopy analyze",
        )
    return TrainingData(
        beats=beats,
        parts=read.parts,
        source=read.source,
        notes=(*read.notes, *notes),
        records=read.records,
        split=split,
    )


def _facts(beats: Beats, **source: Any) -> dict[str, Any]:
    return {**source, "beats": len(beats), "labels": dict(Counter(beats.symbols.tolist()))}


def divide(
    patients: Strings, labels: Strings, parts: Strings, *, share: float = TEST_SHARE, seed: int = 0
) -> tuple[Split, tuple[str, ...]]:
    """Divide beats into those that train and those that test.

    Parameters
    ----------
    patients, labels, parts : ndarray of str, shape (n_beats,)
        Patient, label and part (``train`` or ``test``) of each beat; empty where not known.
    share : float
        Of the people, or of the beats, that test, where no parts are given.
    seed : int
        Of the choice.

    Returns
    -------
    split : Split
    notes : tuple of str
        What a reader of the figures must know.

    Raises
    ------
    SplitError
        If a patient is on both sides, a side is empty, or there are fewer than two people.
    ParameterError
        If the share leaves no side anything.
    """
    if not 0 < share < 1:
        raise ParameterError(f"test_share={share:g} is not possible; give a share between 0 and 1")
    known = bool((patients != "").all())
    note = (
        "no patients are known, so beats of one person may be on both sides of the split, which flatters;"
        " give --groups",
    )
    if (parts != "").all():
        rows = (np.flatnonzero(parts == "train"), np.flatnonzero(parts == "test"))
        if known:
            _check_sides(patients, parts)
            return Split("as given", *rows, patients), ()
        return Split("as given", *rows, patients, kind="intra-patient"), note
    if known:
        n_people = len(np.unique(patients))
        if n_people < 2:
            raise SplitError(
                f"all beats are of patient {patients[0]}; give beats of more people, or records of"
                " more (a file's beats are divided at random where --groups is left out)"
            )
        folds = patient_folds(
            patients, min(n_people, max(2, round(1 / share))), classes=labels, seed=seed, name="people"
        )
        return Split(f"{share:.0%} of the people", folds[0].train, folds[0].test, patients), ()
    train, test = _random_rows(labels, share, seed)
    return Split(f"{share:.0%} of the beats", train, test, patients, kind="intra-patient"), note


def _check_sides(patients: Strings, parts: Strings) -> None:
    """Refuse parts that have beats of one person on both sides."""
    shared = sorted(set(patients[parts == "train"]) & set(patients[parts == "test"]))
    if shared:
        some = ", ".join(shared[:3]) + (f" and {len(shared) - 3} more" if len(shared) > 3 else "")
        raise SplitError(
            f"patient {some} has beats in train and in test, which flatters every figure; give all beats of a"
            " person one part, or leave --split out, and people are drawn"
        )


def normal_beats(labels: Strings, normal: Sequence[str] = ()) -> Mask:
    """Tell which beats are normal by their label.

    Parameters
    ----------
    labels : ndarray of str, shape (n_beats,)
        All empty: every beat is taken for normal.
    normal : sequence of str
        The labels of normal beats; one of `NORMAL_NAMES` by default.

    Raises
    ------
    ParameterError
        If no label is a usual name of normal beats and none was given, or a given one does not occur.

    Examples
    --------
    >>> normal_beats(np.array(["N", "V", "N"])).tolist()
    [True, False, True]
    """
    known = sorted(set(labels.tolist()))
    if known == [""]:
        return np.ones(len(labels), np.bool_)
    listed = ", ".join(known[:10])
    absent = sorted(set(normal) - set(known))
    if absent:
        raise ParameterError(f"normal={absent[0]!r} is no label of these beats; they are {listed}")
    if normal:
        return np.isin(labels, list(normal))
    for name in NORMAL_NAMES:
        found = [label for label in known if label.lower() == name]
        if found:
            return np.asarray(labels == found[0])
    raise ParameterError(
        f"none of the labels {listed} is known to be that of normal beats; give --normal LABEL"
    )


def _random_rows(
    labels: Strings, share: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw rows at random, each label by its share; labels of a single beat train."""
    names, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    several = counts[numbers] > 1
    rows = np.flatnonzero(several)
    if len(rows) < 2 * len(names):
        raise SplitError(f"{len(labels)} beats of {len(names)} labels are too few to divide; give more")
    n_test = max(len(np.unique(numbers[rows])), round(share * len(rows)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        drawn = StratifiedShuffleSplit(1, test_size=n_test, random_state=seed)
        train, test = next(drawn.split(rows, numbers[rows]))
    return np.sort(np.concatenate([rows[train], np.flatnonzero(~several)])), np.sort(rows[test])
