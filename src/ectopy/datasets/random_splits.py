"""Published splits that draw beats at random, regardless of patient: by name only, labelled intra-patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError, unknown_option


@dataclass(frozen=True)
class RandomRecipe:
    """How a publication drew its beats.

    Parameters
    ----------
    source : str
        Publications that use it.
    train : float
        Share that trains.
    validation : float
        Share of the rest that validates; what remains tests.
    normals_only : bool
        Draw from the normal beats only; all abnormal ones are test beats.
    even_test : bool
        Test only as many abnormal beats as normal ones.
    """

    source: str
    train: float
    validation: float = 0.0
    normals_only: bool = False
    even_test: bool = False


RANDOM_SPLITS: Final[Mapping[str, RandomRecipe]] = MappingProxyType(
    {
        "mitbih-90-10": RandomRecipe("wavelet, SMOTE and CNN classifiers of MIT-BIH beats", 0.9),
        "kaggle-80-20": RandomRecipe("Kachuee et al. 2018, the Kaggle heartbeat files", 0.8),
        "ptb-85-15": RandomRecipe("convolutional autoencoders of PTB heartbeats", 0.85, normals_only=True),
        "ecg5000-85-10-5": RandomRecipe(
            "LSTM autoencoders of ECG5000", 0.85, validation=0.67, normals_only=True, even_test=True
        ),
        "ecg5000-80-20": RandomRecipe("normal beats of ECG5000 in two parts", 0.8, normals_only=True),
    }
)
"""Name → recipe of every random split."""


def random_split(
    name: str, patients: npt.ArrayLike, *, normal: npt.ArrayLike | None = None, seed: int = 0
) -> Split:
    """Split beats at random as in a publication; the split flatters, and its label says so.

    Parameters
    ----------
    name : str
        One of `RANDOM_SPLITS`.
    patients : array_like of str, shape (n_beats,)
        Patient of each row.
    normal : array_like of bool, shape (n_beats,), optional
        Which beats are normal, for recipes that train on those only.
    seed : int
        Seed of the random split.

    Returns
    -------
    Split
        Of the kind ``intra-patient``.

    Raises
    ------
    ParameterError
        If the name is unknown, or the recipe needs ``normal`` and it is not given.

    Examples
    --------
    >>> split = random_split("mitbih-90-10", ["a"] * 50)
    >>> split.label, len(split.train), len(split.test)
    ('mitbih-90-10 (intra-patient)', 45, 5)
    """
    if name not in RANDOM_SPLITS:
        raise unknown_option("name", name, RANDOM_SPLITS)
    recipe, owners = RANDOM_SPLITS[name], np.asarray(patients, dtype=np.str_)
    if recipe.normals_only and normal is None:
        raise ParameterError(
            f"normal=None but {name} trains on normal beats only; tell which beats are normal"
        )
    drawn = np.ones(len(owners), dtype=bool)
    if recipe.normals_only:
        drawn = np.asarray(normal, dtype=bool)
    rng = np.random.default_rng(seed)
    rows, others = rng.permutation(np.flatnonzero(drawn)), rng.permutation(np.flatnonzero(~drawn))
    train, rest = np.split(rows, [int(recipe.train * len(rows))])
    validation, test = np.split(rest, [int(recipe.validation * len(rest))])
    if recipe.even_test:
        others = others[: len(test)]
    return Split(
        name,
        np.sort(train),
        np.sort(np.concatenate([test, others])),
        owners,
        validation=np.sort(validation),
        kind="intra-patient",
    )
