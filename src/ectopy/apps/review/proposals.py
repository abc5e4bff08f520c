"""What the learner makes of a reviewer's labels: proposals by cluster, and what it would ask next.

It works in a process of its own: the features of a day take seconds and memory, and the strip must not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from ectopy.analysis.edits import Relabel, RelabelCluster, effective
from ectopy.analysis.suggestions import Labels, labels_of, suggestion_to_json
from ectopy.engines.worker import Worker

if TYPE_CHECKING:
    from ectopy.analysis.suggestions import Learner
    from ectopy.apps.review.opened import OpenRecording
    from ectopy.apps.review.worklist import Place


class Learning:
    """Learns from the labels of one recording at a time, the one that was asked about last."""

    def __init__(self) -> None:
        self._key = ""
        self._worker: Worker[Labels, dict[str, Any]] | None = None
        self._turn = Lock()

    def proposals(self, opened: OpenRecording) -> dict[str, Any]:
        """Return the number of labels that a reviewer gave, what follows from them, and the next question.

        Parameters
        ----------
        opened : OpenRecording
            The recording; the first answer about one takes seconds for a day.

        Returns
        -------
        dict
            ``answers``, ``proposals`` (of `ectopy.analysis.suggestions.Suggestion`) and ``question``, None
            where there is none.

        Raises
        ------
        WorkerStopped
            If the process that learns was ended.
        """
        entries = opened.log.entries()
        labels = labels_of(opened.automatic, entries)
        with self._turn:
            found = self._of(opened.place)(labels)
        labelled = (Relabel, RelabelCluster)
        return {"answers": sum(isinstance(each.edit, labelled) for each in effective(entries)), **found}

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.close()

    def _of(self, place: Place) -> Worker[Labels, dict[str, Any]]:
        if self._worker is None or self._key != place.key:
            self.close()
            self._key = place.key
            self._worker = Worker(partial(_start, place), threads=1, main=False)
        return self._worker


def _start(place: Place) -> Callable[[Labels], dict[str, Any]]:
    """Make what does not change with labels; runs in the process."""
    from ectopy.analysis.result import Analysis
    from ectopy.analysis.suggestions import Learner

    return partial(_answer, Learner(Analysis.load(place.analysis)))


def _answer(learner: Learner, labels: Labels) -> dict[str, Any]:
    question = learner.next_question(labels)
    found = learner.suggest(labels) if labels else ()
    return {
        "proposals": [suggestion_to_json(each) for each in found],
        "question": None if question is None else suggestion_to_json(question),
    }
