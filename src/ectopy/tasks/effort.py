"""How long to train on few data: as many steps as on many, not as many passes."""

from __future__ import annotations


def epochs_for(n_rows: int, batch_size: int, usual: int, n_steps: int) -> int:
    """Return passes over the data that make enough steps.

    Parameters
    ----------
    n_rows : int
        Examples.
    batch_size : int
        Examples in a step.
    usual : int
        Passes that are enough where there are many.
    n_steps : int
        Steps at least.

    Returns
    -------
    int

    Examples
    --------
    >>> epochs_for(20, 8, 6, 200), epochs_for(100_000, 8, 6, 200)
    (67, 6)
    """
    steps = -(-max(1, n_rows) // batch_size)
    return max(usual, -(-n_steps // steps))
