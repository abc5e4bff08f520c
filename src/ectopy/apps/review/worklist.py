"""The recordings that are to be reviewed, and where what belongs to each of them lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from ectopy.analysis.archive import SUFFIX
from ectopy.apps.batch.inputs import Input, find_inputs
from ectopy.errors import ParameterError
from ectopy.io.safe_names import file_stem, visible

FOLDER: Final = "ectopy-review"
"""What is made beside the recordings, unless another place is given."""

_RESULTS: Final = (SUFFIX, ".beats.csv", ".episodes.csv", ".events.csv", ".summary.json", ".holter.json")
"""Endings of files that ectopy itself writes, which are no recordings."""


@dataclass(frozen=True)
class Place:
    """A recording, and the folder of its review.

    Parameters
    ----------
    key : str
        Names it in addresses; made of its path, and no path itself.
    title : str
        What people call it.
    recording : Path
        The file.
    identity : str
        Sizes and times of its files, which tell whether it changed.
    folder : Path
        Of its review.
    """

    key: str
    title: str
    recording: Path
    identity: str
    folder: Path

    @property
    def analysis(self) -> Path:
        """The saved analysis."""
        return self.folder / f"recording{SUFFIX}"

    @property
    def log(self) -> Path:
        """The log of edits: what people did, and nothing that could be made again."""
        return self.folder / "edits.jsonl"

    @property
    def cache(self) -> Path:
        """What can be made again from recording and analysis."""
        return self.folder / "cache"


class Worklist:
    """The recordings of a folder, or one.

    Parameters
    ----------
    given : Path
        A folder, which is searched with all below it, or a recording.
    out : Path, optional
        Folder for the reviews; beside the recordings by default.

    Attributes
    ----------
    folder : Path
        Of all reviews.
    places : dict of str to Place
        The recordings by their keys.

    Raises
    ------
    ParameterError
        If there is no recording.
    """

    def __init__(self, given: Path, out: Path | None = None) -> None:
        self._given = given
        self._root = (given if given.is_dir() else given.parent).absolute()
        self.folder = (out or self._root / FOLDER).absolute()
        self.places: dict[str, Place] = {}
        self.look()

    def look(self) -> None:
        """Look for recordings, again too: what was there before stays in the list."""
        try:
            found = {place.key: place for place in map(self._place, self._inputs())}
        except ParameterError:
            if not self.places and not self._given.is_dir():
                raise
            found = {}
        self.places = self.places | found
        if not self.places:
            raise ParameterError(f"{self._given}: no recording there; check the path")

    def place(self, key: str) -> Place:
        """Return a recording.

        Raises
        ------
        ParameterError
            If none has that key.
        """
        if key not in self.places:
            raise ParameterError(
                f"recording={visible(key)[:40]!r} is not in the list; choose one of the page"
            )
        return self.places[key]

    def _inputs(self) -> Iterator[Input]:
        for each in find_inputs([str(self._given)]):
            path = Path(each.location)
            if not each.member and self.folder not in path.parents and not path.name.endswith(_RESULTS):
                yield each

    def _place(self, found: Input) -> Place:
        path = Path(found.location)
        below = path.is_relative_to(self._root)
        title = path.relative_to(self._root).with_suffix("") if below else Path(path.stem)
        key = sha256(found.location.encode()).hexdigest()[:16]
        return Place(
            key=key,
            title=visible(title.as_posix()),
            recording=path,
            identity=found.identity,
            folder=self.folder / f"{file_stem(title.as_posix())}-{key[:6]}",
        )
