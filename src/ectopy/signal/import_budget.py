"""When a package that is slow to import pays: once as much work was done without it as its import costs.

So nobody waits for an import that saves less than it takes, and nobody goes on for long without one that
saves more; at worst the work costs twice what it had to.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ImportBudget:
    """Work that may be done the slower way; what is computed must not depend on the way.

    Parameters
    ----------
    work : int
        What costs as much more time without the package as its import takes.

    Examples
    --------
    >>> budget = ImportBudget(100)
    >>> [budget.is_spent_by(60), budget.is_spent_by(60), budget.is_spent_by(1)]
    [False, True, True]
    """

    work: int
    _done: int = 0

    def is_spent_by(self, work: int) -> bool:
        """Add the work that is to be done, and say whether to use the package from now on."""
        self._done += work
        return self._done > self.work
