"""Which files are recordings to review, and where their reviews lie."""

from __future__ import annotations

import re
import shutil

import pytest

from ectopy.apps.review.worklist import Worklist
from ectopy.errors import ParameterError
from ectopy.io.wfdb.files import write_wfdb
from ectopy.report.exports import write_outputs
from ectopy.simulation import simulate
from review_place import place_of


def test_what_ectopy_wrote_is_no_recording(folder):
    from ectopy.analysis.result import Analysis

    place = place_of(folder, "seen")
    analysis = Analysis.load(place.analysis, source=place.recording)
    write_outputs(analysis, folder / "results")
    shutil.copy(place.analysis, folder / "seen.analysis.npz")
    assert [each.title for each in Worklist(folder).places.values()] == ["new", "seen"]


def test_recordings_of_one_name_have_folders_of_their_own(tmp_path):
    for name in ("ward/a", "clinic/a"):
        (tmp_path / name).parent.mkdir()
        write_wfdb(simulate(10, 100, seed=1), tmp_path / name)
    places = Worklist(tmp_path).places.values()
    assert sorted(place.title for place in places) == ["clinic/a", "ward/a"]
    assert len({place.folder for place in places}) == len({place.key for place in places}) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", place.key) for place in places)
    assert {place.folder.parent for place in places} == {tmp_path / "ectopy-review"}


def test_one_recording_has_the_place_that_it_has_in_its_folder(folder):
    (alone,) = Worklist(folder / "seen.hea").places.values()
    assert alone == place_of(folder, "seen")
    (without_suffix,) = Worklist(folder / "seen").places.values()
    assert without_suffix == alone


def test_a_new_recording_is_found_by_another_look(folder):
    worklist = Worklist(folder)
    before = dict(worklist.places)
    write_wfdb(simulate(10, 100, seed=1), folder / "later")
    assert worklist.places == before
    worklist.look()
    assert {place.title for place in worklist.places.values()} == {"later", "new", "seen"}
    assert before.items() <= worklist.places.items()


def test_an_empty_folder_and_an_unknown_key_are_told(tmp_path, folder):
    with pytest.raises(ParameterError, match="recording"):
        Worklist(tmp_path / "nothing")
    with pytest.raises(ParameterError, match="not in the list"):
        Worklist(folder).place("../seen")
