"""Check that no test beat is in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DuplicateCheck:
    """Test beats whose waveform is also on the training side, sample for sample.

    Parameters
    ----------
    test_rows, train_rows : ndarray of int64, shape (n_duplicates,)
        Each such test beat, and one training beat that equals it.
    n_tested : int
        Test beats that were checked.
    """

    test_rows: Rows
    train_rows: Rows
    n_tested: int

    @property
    def passed(self) -> bool:
        """Whether there is none."""
        return not len(self.test_rows)

    def __str__(self) -> str:
        text = f"{len(self.test_rows)} of {self.n_tested} test waveforms are also in training"
        return text if self.passed else f"{text}, such as row {self.test_rows[0]} as row {self.train_rows[0]}"


def duplicate_check(beats: Beats, split: Split) -> DuplicateCheck:
    """Look for test waveforms in the training and validation beats.

    Parameters
    ----------
    beats : Beats
        All beats of both sides.
    split : Split
        How they are divided.

    Returns
    -------
    DuplicateCheck

    Raises
    ------
    ParameterError
        If the split was made for another number of beats.

    Examples
    --------
    >>> import numpy as np
    >>> beats = Beats.of(np.array([[[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 1.0]]]), fs=120)
    >>> print(duplicate_check(beats, Split("s", [0], [1, 2], beats.patients, kind="intra-patient")))
    1 of 2 test waveforms are also in training, such as row 2 as row 0
    """
    if len(split.patients) != len(beats):
        raise ParameterError(
            f"split {split.name} was made for {len(split.patients)} beats and beats has {len(beats)};"
            " make it from these beats"
        )
    return find_duplicates(waveform_keys(beats), split)


def waveform_keys(beats: Beats) -> Rows:
    """Return a 64-bit number for each waveform, (n_beats,): equal for equal ones, within this process."""
    flat = np.ascontiguousarray(beats.waveforms).reshape(len(beats), -1)
    return np.fromiter((hash((row + 0.0).tobytes()) for row in flat), dtype=np.int64, count=len(flat))


def find_duplicates(keys: Rows, split: Split) -> DuplicateCheck:
    """Look for keys of test rows among those of training and validation rows; see `waveform_keys`."""
    seen = np.concatenate([split.train, split.validation])
    unique, first = np.unique(keys[seen], return_index=True)
    place = np.minimum(np.searchsorted(unique, keys[split.test]), len(unique) - 1)
    found = unique[place] == keys[split.test]
    return DuplicateCheck(split.test[found], seen[first[place[found]]], len(split.test))
