"""Who of a dataset is learned from, and who is kept apart to test on.

Datasets without a published split are divided by a rule that anybody can apply again and nobody can tune: a
hash of the person's name.
"""

from __future__ import annotations

import hashlib
from typing import Final

KEPT_APART: Final = 3
"""One person in this many is kept apart."""


def kept_apart(person: str) -> bool:
    """Whether a person is kept apart: the first 32 bits of the SHA-256 of the name, divided by 3, leave 0.

    Parameters
    ----------
    person : str
        As a loader names the patient: ``"cinc2017-A00001"``, ``"cudb-cu01"``, ``"arrdb-110"``.

    Returns
    -------
    bool
        True for a person that no model may learn from and nothing may be chosen on.

    Examples
    --------
    >>> [name for name in ("cudb-cu01", "cudb-cu02", "cudb-cu04", "cudb-cu05") if kept_apart(name)]
    ['cudb-cu05']
    """
    return int(hashlib.sha256(person.encode()).hexdigest()[:8], 16) % KEPT_APART == 0
