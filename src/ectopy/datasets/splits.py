"""Which beats a model is trained on, and which it is tested on.

Splits are made by patient: beats of one heart resemble each other so much that the rest of them is no test of
a model trained on some. Splits that were published otherwise exist under their own names and are labelled
``intra-patient``, as is every table made with them.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import LeaveOneGroupOut, StratifiedGroupKFold

from ectopy.beats.windows import Beats
from ectopy.errors import ParameterError, SplitError, unknown_option
from ectopy.labels import aami_classes

Kind = Literal["inter-patient", "intra-patient"]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

KINDS: Final = ("inter-patient", "intra-patient")

DS1: Final = tuple(
    "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230".split()  # noqa: SIM905
)
"""Training records of MIT-BIH after de Chazal et al. 2004."""

DS2: Final = tuple(
    "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234".split()  # noqa: SIM905
)
"""Test records of MIT-BIH after de Chazal et al. 2004."""

_SAME_PERSON: Final = MappingProxyType({"202": "201"})


def _no_rows() -> Rows:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Split:
    """Training rows and test rows, checked to be disjoint in patients when the split is made.

    Parameters
    ----------
    name : str
        Its name in tables.
    train, test : ndarray of int64
        Row numbers of the beats.
    patients : ndarray of str, shape (n_beats,)
        Patient of each row.
    validation : ndarray of int64, optional
        Rows for model selection and calibration.
    kind : {"inter-patient", "intra-patient"}
        ``intra-patient`` allows the same patients on both sides.
    shared : tuple of str, optional
        Patients that an otherwise inter-patient split was published with on both sides.

    Raises
    ------
    SplitError
        If a row or a patient is on two sides, or a side is empty.
    ParameterError
        If a row is no beat, or the kind is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> split = Split("halves", train=[0, 1], test=[2], patients=np.array(["a", "a", "b"]))
    >>> split.label
    'halves (inter-patient)'
    >>> Split("halves", train=[0], test=[1, 2], patients=np.array(["a", "a", "b"]))
    Traceback (most recent call last):
    ectopy.errors.SplitError: split halves: patient a is on two sides; split on patients, or ask for ...
    """

    name: str
    train: Rows
    test: Rows
    patients: npt.NDArray[np.str_]
    validation: Rows = field(default_factory=_no_rows)
    kind: Kind = "inter-patient"
    shared: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_option("kind", self.kind, KINDS)
        fill = object.__setattr__
        fill(self, "patients", np.asarray(self.patients, dtype=np.str_))
        for part in ("train", "test", "validation"):
            fill(self, part, np.asarray(getattr(self, part), dtype=np.int64))
        self._check_rows()
        if self.kind == "inter-patient":
            self._check_patients()

    def _check_rows(self) -> None:
        rows = np.concatenate([self.train, self.test, self.validation])
        n = len(self.patients)
        if len(rows) and (rows.min() < 0 or rows.max() >= n):
            raise ParameterError(
                f"split {self.name}: rows {rows.min()} to {rows.max()} were given for {n} beats;"
                f" give rows from 0 to {n - 1}"
            )
        for part in ("train", "test"):
            if not len(getattr(self, part)):
                raise SplitError(f"split {self.name}: no beat in {part}; give beats for both sides")
        unique, times = np.unique(rows, return_counts=True)
        if len(unique) < len(rows):
            raise SplitError(
                f"split {self.name}: row {unique[times > 1][0]} is in it twice; give each beat once"
            )

    def _check_patients(self) -> None:
        if "" in self.patients[np.concatenate([self.train, self.test, self.validation])]:
            raise SplitError(
                f"split {self.name}: some beats have no patient, so the sides cannot be checked;"
                " give patients, or ask for kind='intra-patient'"
            )
        undeclared = sorted(set(self._on_two_sides()) - set(self.shared))
        if undeclared:
            raise SplitError(
                f"split {self.name}: patient {', '.join(undeclared[:5])} is on two sides;"
                " split on patients, or ask for kind='intra-patient' by name"
            )
        object.__setattr__(self, "shared", self._on_two_sides())

    def _on_two_sides(self) -> tuple[str, ...]:
        sides = [np.unique(self.patients[rows]) for rows in (self.train, self.test, self.validation)]
        names, times = np.unique(np.concatenate(sides), return_counts=True)
        return tuple(str(name) for name in names[times > 1])

    @property
    def label(self) -> str:
        """Name, kind and exceptions, as every table made with the split shows them."""
        exception = f"; on both sides: {', '.join(self.shared)}" if self.shared else ""
        return f"{self.name} ({self.kind}{exception})"


def mitdb_patient(record: str) -> str:
    """Return the patient of a record of MIT-BIH: its own name, except that 202 is from the person of 201.

    Examples
    --------
    >>> mitdb_patient("202"), mitdb_patient("100")
    ('201', '100')
    """
    return _SAME_PERSON.get(record, record)


def _mitdb_patients(records: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    unique, inverse = np.unique(records, return_inverse=True)
    return np.array([mitdb_patient(str(name)) for name in unique], dtype=np.str_)[inverse]


def ds1_ds2(beats: Beats, *, disjoint: bool = False) -> Split:
    """Train on DS1 and test on DS2: the inter-patient split of MIT-BIH (de Chazal et al. 2004).

    The published lists share one person: 201 is in DS1 and 202, from the same person, in DS2. The split is
    given as published, and its label names the exception; ``disjoint=True`` leaves 201 out of training, so
    that the test set stays the published one.

    Parameters
    ----------
    beats : Beats
        Beats of MIT-BIH, their ``records`` named ``"100"`` … ``"234"``. Paced records are in neither part.
    disjoint : bool
        Leave tested patients out of training.

    Returns
    -------
    Split

    Raises
    ------
    SplitError
        If no beat of DS1 or none of DS2 is there.
    """
    patients = _mitdb_patients(beats.records)
    train, test = np.isin(beats.records, DS1), np.isin(beats.records, DS2)
    name = "ds1-ds2"
    if disjoint:
        train &= ~np.isin(patients, patients[test])
        name = "ds1-ds2-disjoint"
    present = len(np.unique(beats.records[train | test]))
    whole = len(DS1) + len(DS2) - disjoint
    return Split(
        name if present == whole else f"{name}, {present} of {whole} records",
        np.flatnonzero(train),
        np.flatnonzero(test),
        patients,
        shared=tuple(_SAME_PERSON.values()),
    )


def ds1_folds(beats: Beats, n_folds: int = 5, *, scheme: str = "aami", seed: int = 0) -> tuple[Split, ...]:
    """Divide DS1 into folds by patient, for model selection; DS2 is in no part.

    Parameters
    ----------
    beats : Beats
        Beats of MIT-BIH.
    n_folds : int
        How many folds.
    scheme : {"aami", "bxb"}
        How symbols map to the classes that are balanced.
    seed : int
        Decides between equally good arrangements.

    Returns
    -------
    tuple of Split, length n_folds
    """
    return patient_folds(
        _mitdb_patients(beats.records),
        n_folds,
        classes=aami_classes(beats.symbols, scheme),
        within=np.isin(beats.records, DS1),
        seed=seed,
        name="ds1-folds",
    )


def patient_folds(
    patients: npt.ArrayLike,
    n_folds: int = 5,
    *,
    classes: npt.ArrayLike | None = None,
    within: Mask | None = None,
    seed: int = 0,
    name: str = "patient-folds",
) -> tuple[Split, ...]:
    """Divide beats into folds by patient, each fold with its share of patients and of every class.

    By scikit-learn's `~sklearn.model_selection.StratifiedGroupKFold`.

    Parameters
    ----------
    patients : array_like of str, shape (n_beats,)
        Patient of each row.
    n_folds : int
        How many folds; at least 2, at most the number of patients.
    classes : array_like of str, shape (n_beats,), optional
        Class of each beat; without it the number of beats is balanced.
    within : ndarray of bool, shape (n_beats,), optional
        Rows to divide; the others are in no part.
    seed : int
        Decides between equally good arrangements.
    name : str
        Name of the splits in tables.

    Returns
    -------
    tuple of Split, length n_folds
        Fold i is tested in split i and trained on in all others.

    Raises
    ------
    SplitError
        If there are fewer patients than folds, or fewer beats of every class.

    Examples
    --------
    >>> folds = patient_folds(["a", "a", "b", "c"], 3)
    >>> sorted(split.test.tolist() for split in folds)
    [[0, 1], [2], [3]]
    """
    owners = np.asarray(patients, dtype=np.str_)
    rows = np.arange(len(owners)) if within is None else np.flatnonzero(within)
    n_patients = len(np.unique(owners[rows]))
    if not 2 <= n_folds <= n_patients:
        raise SplitError(
            f"n_folds={n_folds} is not possible with {n_patients} patients;"
            f" give at least 2 and at most one per patient"
        )
    kinds = np.zeros(len(rows), dtype=int) if classes is None else np.asarray(classes)[rows]
    return tuple(
        Split(f"{name} {i + 1}/{n_folds}", np.delete(rows, fold), rows[fold], owners)
        for i, fold in enumerate(_fold_rows(owners[rows], kinds, n_folds, seed))
    )


def _fold_rows(
    owners: npt.NDArray[np.str_], kinds: npt.NDArray[np.generic], n_folds: int, seed: int
) -> list[Rows]:
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # a class that is rarer than the folds are many is balanced as far as it goes
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        try:
            return [test for _, test in folds.split(kinds, kinds, owners)]
        except ValueError as error:
            raise SplitError(
                f"n_folds={n_folds} is not possible where no class has so many beats; give fewer"
            ) from error


def leave_one_patient_out(patients: npt.ArrayLike, *, within: Mask | None = None) -> tuple[Split, ...]:
    """Test on each patient in turn, trained on all others.

    Parameters
    ----------
    patients : array_like of str, shape (n_beats,)
        Patient of each row.
    within : ndarray of bool, shape (n_beats,), optional
        Rows to use; the others are in no part.

    Returns
    -------
    tuple of Split
        One per patient, in the order of their names.

    Raises
    ------
    SplitError
        If there is only one patient.
    """
    owners = np.asarray(patients, dtype=np.str_)
    rows = np.arange(len(owners)) if within is None else np.flatnonzero(within)
    groups = owners[rows]
    if len(np.unique(groups)) < 2:
        raise SplitError("leave-one-patient-out: no beat in train; give beats of two patients or more")
    return tuple(
        Split(f"leave-one-patient-out {groups[test[0]]}", rows[train], rows[test], owners)
        for train, test in LeaveOneGroupOut().split(groups, groups=groups)
    )


def ecg5000_official(beats: Beats) -> Split:
    """Split ECG5000 as the UCR archive does: the first 500 beats train, the other 4,500 test.

    All 5,000 come from one patient (BIDMC record chf07), so the split is intra-patient.

    Parameters
    ----------
    beats : Beats
        The training file's beats, then the test file's.

    Returns
    -------
    Split

    Raises
    ------
    SplitError
        If these are not 5,000 beats.
    """
    if len(beats) != 5000:
        raise SplitError(f"beats has {len(beats)} rows, ECG5000 5000; give its train, then its test file")
    return Split(
        "ecg5000-official", np.arange(500), np.arange(500, 5000), beats.patients, kind="intra-patient"
    )


def ptbxl_folds(strat_fold: npt.ArrayLike, patients: npt.ArrayLike) -> Split:
    """Split PTB-XL as its authors ask: folds 1–8 train, 9 validates, 10 tests (Wagner et al. 2020).

    Parameters
    ----------
    strat_fold : array_like of int, shape (n,)
        Column of that name in ``ptbxl_database.csv``, for each row.
    patients : array_like of str, shape (n,)
        Patient of each row.

    Returns
    -------
    Split

    Raises
    ------
    SplitError
        If there is no row to train on or none to test.
    """
    fold = np.asarray(strat_fold, dtype=np.int64)
    return Split(
        "ptbxl-folds",
        np.flatnonzero((fold >= 1) & (fold <= 8)),
        np.flatnonzero(fold == 10),
        np.asarray(patients, dtype=np.str_),
        validation=np.flatnonzero(fold == 9),
    )
