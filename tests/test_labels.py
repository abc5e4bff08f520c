"""The two readings of the standard, and the counts that tell them apart."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.labels import AAMI_CLASSES, BEAT_SYMBOLS, SCHEMES, aami_classes, is_beat

BEATS_THAT_BOTH_CALL_THE_SAME = {"N": "NLRB", "S": "AaJS", "V": "VrE", "F": "F", "Q": "/fQ?"}
NO_BEATS = ["+", "~", "|", "x", "!", "[", "]", '"', "p", "s", "T", "@", ""]


@pytest.mark.parametrize("scheme", ["aami", "bxb"])
@pytest.mark.parametrize(("name", "symbols"), BEATS_THAT_BOTH_CALL_THE_SAME.items())
def test_symbols_on_which_the_readings_agree(scheme: str, name: str, symbols: str) -> None:
    assert aami_classes(list(symbols), scheme).tolist() == [name] * len(symbols)


def test_escape_beats_are_where_the_readings_differ() -> None:
    assert aami_classes(["e", "j", "n"], "aami").tolist() == ["N", "N", "N"]
    assert aami_classes(["e", "j", "n"], "bxb").tolist() == ["S", "S", "S"]


def test_the_comparators_reading_is_the_default() -> None:
    assert aami_classes(["e"]).tolist() == ["S"]


def test_every_scheme_knows_the_same_beats_and_the_five_classes() -> None:
    for scheme in SCHEMES.values():
        assert set(scheme) == BEAT_SYMBOLS
        assert set(scheme.values()) == set(AAMI_CLASSES)


def test_what_is_no_beat_has_no_class() -> None:
    assert not is_beat(NO_BEATS).any()
    assert aami_classes(NO_BEATS).tolist() == [""] * len(NO_BEATS)


def test_case_matters() -> None:
    assert aami_classes(["a", "A", "F", "f", "S", "s"]).tolist() == ["S", "S", "F", "Q", "S", ""]


def test_no_symbols_have_no_classes() -> None:
    assert aami_classes([]).shape == is_beat([]).shape == (0,)


def test_an_unknown_scheme_lists_the_known() -> None:
    with pytest.raises(ParameterError, match=r"scheme='AAMI' is unknown; choose one of: aami, bxb"):
        aami_classes(["N"], "AAMI")


def test_the_tables_cannot_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        SCHEMES["bxb"]["N"] = "V"  # type: ignore[index]


def test_the_published_counts_of_mitbih(data_dir) -> None:
    from ectopy.io.wfdb.files import read_annotations

    headers = sorted((data_dir / "mitdb").glob("???.hea"))
    symbols = np.concatenate([read_annotations(header.with_suffix("")).symbols for header in headers])
    classes = aami_classes(symbols, "aami")
    counts = {name: int((classes == name).sum()) for name in AAMI_CLASSES}
    assert counts == {"N": 90_631, "S": 2_781, "V": 7_236, "F": 803, "Q": 8_043}
