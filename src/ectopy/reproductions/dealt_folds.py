"""The folds that the committed figures of two studies were measured with.

`ectopy.datasets.splits.patient_folds` balances folds by scikit-learn's rule, which puts other patients
together. Whoever changes these folds measures ``mitbih-wavelet-cnn`` and ``ptb-conv`` again.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def dealt_folds(
    patients: npt.NDArray[np.str_], kinds: npt.NDArray[np.generic], n_folds: int, seed: int
) -> npt.NDArray[np.intp]:
    """Return the fold of each beat: folds by patient, each with its share of patients and of every class.

    Patients are dealt out one after the other, the one who owns most of some class first, each to the fold
    that has least of what the patient brings.

    Parameters
    ----------
    patients, kinds : ndarray, shape (n_beats,)
        Whose each beat is, and its class.
    n_folds : int
        How many folds.
    seed : int
        Decides between equally good arrangements.

    Returns
    -------
    ndarray of int, shape (n_beats,)

    Examples
    --------
    >>> dealt_folds(np.array(["a", "a", "b", "c"]), np.zeros(4), 3, seed=0).tolist()
    [0, 0, 2, 1]
    """
    _, owner = np.unique(patients, return_inverse=True)
    return _deal_out(_shares(owner, kinds), n_folds, seed)[owner]


def _shares(owner: npt.NDArray[np.intp], kinds: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Each patient's share of every class and of the patients: (n_patients, n_classes + 1)."""
    _, kind = np.unique(kinds, return_inverse=True)
    counts = np.zeros((owner.max() + 1, kind.max() + 2))
    np.add.at(counts, (owner, kind), 1)
    counts[:, -1] = 1
    return counts / counts.sum(axis=0)


def _deal_out(shares: npt.NDArray[np.float64], n_folds: int, seed: int) -> npt.NDArray[np.intp]:
    """Give each patient a fold so that the folds' squared shares stay small: (n_patients,)."""
    order = np.random.default_rng(seed).permutation(len(shares))
    order = order[np.argsort(-shares[order].max(axis=1), kind="stable")]
    fold = np.empty(len(shares), dtype=np.intp)
    load = np.zeros((n_folds, shares.shape[1]))
    for patient in order:
        fold[patient] = np.argmin(load @ shares[patient])
        load[fold[patient]] += shares[patient]
    return fold
