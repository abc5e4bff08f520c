"""Annotation files, against the wfdb package and against files damaged on purpose."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.errors import AnnotationError
from ectopy.io.wfdb.annotation_codes import SYMBOLS, decode, encode
from ectopy.record import Annotations

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # of wfdb

N, NOTE, SKIP, NUM, SUB, CHN, AUX = 1, 22, 59, 60, 61, 62, 63

_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
_mark = st.tuples(
    st.integers(0, 200_000),
    st.sampled_from(sorted(SYMBOLS.values())),
    st.integers(-128, 127),
    st.integers(0, 255),
    st.integers(-128, 127),
    _text,
)


def words(*codes: tuple[int, int] | bytes) -> bytes:
    """Put together a file of (code, interval) words and raw bytes, with its end mark."""
    parts = [c if isinstance(c, bytes) else struct.pack("<H", c[0] << 10 | c[1] & 1023) for c in codes]
    return b"".join([*parts, b"\0\0"])


def aux(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<H", AUX << 10 | len(content)) + content + b"\0" * (len(content) % 2)


def assert_same(found: Annotations, expected: Annotations) -> None:
    for name in ("samples", "symbols", "subtypes", "chans", "nums"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    assert found.aux == expected.aux


def read_with_wfdb(content: bytes, folder: Path) -> Annotations:
    (folder / "x.atr").write_bytes(content)
    found = wfdb.rdann(str(folder / "x"), "atr")
    aux = tuple(note.rstrip("\0") for note in found.aux_note)
    return Annotations(found.sample, found.symbol, found.subtype, found.chan, found.num, aux)


@settings(max_examples=60, deadline=None)
@given(marks=st.lists(_mark, min_size=1, max_size=30), fs=st.sampled_from([None, 360.0, 257.5]))
def test_marks_come_back_here_and_in_wfdb(
    marks: list[tuple[int, str, int, int, int, str]],
    fs: float | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    steps, symbols, subtypes, chans, nums, notes = zip(*marks, strict=True)
    written = Annotations(1 + np.cumsum(steps), symbols, subtypes, chans, nums, notes, fs)
    content = encode(written)
    assert_same(decode(content), written)
    assert decode(content).fs == fs
    assert_same(read_with_wfdb(content, tmp_path_factory.mktemp("wfdb")), written)


def test_no_marks_make_a_file_without_marks() -> None:
    nothing = Annotations(np.empty(0), np.empty(0))
    assert len(decode(encode(nothing))) == 0
    assert len(decode(b"")) == 0


def test_subtypes_end_with_their_mark_and_channels_last() -> None:
    marks = decode(words((N, 5), (SUB, 3), (CHN, 1), (NUM, 255), (N, 5), (N, 5), (CHN, 0)))
    assert marks.subtypes.tolist() == [3, 0, 0]
    assert marks.chans.tolist() == [1, 1, 0]
    assert marks.nums.tolist() == [-1, -1, -1]


def test_skips_add_up_and_may_go_back() -> None:
    forth, back = struct.pack("<hH", 1, 5), struct.pack("<hH", -2, 65531)
    content = words((SKIP, 0), forth, (SKIP, 0), back, (N, 7), (SKIP, 0), forth, (N, 0))
    assert decode(content).samples.tolist() == [7, 7 + 65541]


def test_codes_inside_a_text_or_a_skip_are_none() -> None:
    looks_like_codes = struct.pack("<HH", SKIP << 10, AUX << 10 | 9).decode("latin-1")
    content = words((N, 1), struct.pack("<H", AUX << 10 | 4), looks_like_codes.encode("latin-1"), (N, 2))
    assert decode(content).samples.tolist() == [1, 3]
    assert decode(content).aux == (looks_like_codes.rstrip("\0"), "")


def test_notes_about_the_file_are_no_marks() -> None:
    content = words(
        (NOTE, 0), aux("## time resolution: 999.5"),
        (NOTE, 0), aux("## annotation type definitions"),
        (NOTE, 0), aux("42 y My own kind of mark"),
        (NOTE, 0), aux("## end of definitions"),
        (NOTE, 0), aux("## nothing that anybody defined"),
        (NOTE, 0), aux("an ordinary note"),
        (42, 9),
    )  # fmt: skip
    marks = decode(content)
    assert marks.fs == 999.5
    assert marks.symbols.tolist() == ['"', "y"]
    assert marks.aux == ("an ordinary note", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x01", "last word is cut short"),
        (words((N, 5))[:-2], "no end mark"),
        (words((N, 5), aux("(AFIB"))[:-4], "no end mark"),
        (words((N, 5), (SKIP, 0))[:-2], "no end mark"),
        (words((SUB, 1), (N, 5)), "middle of a mark"),
        (words((45, 9)), "code 45 at sample 9 stands for no symbol"),
        (words((NOTE, 0), aux("## time resolution: soon")), "time resolution 'soon'"),
        (words((NOTE, 0), aux("## annotation type definitions"), (NOTE, 0), aux("42 NN x")), "one character"),
        (words((N, 9), (SKIP, 0), struct.pack("<hH", -1, 65530), (N, 0)), "sort the marks"),
    ],
)
def test_damage_is_named(content: bytes, message: str) -> None:
    with pytest.raises(AnnotationError, match=message) as caught:
        decode(content)
    assert "\n" not in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_marks_or_an_error(content: bytes) -> None:
    try:
        marks = decode(content)
    except AnnotationError:
        return
    assert len(marks) <= len(content) // 2


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        (Annotations([5], ["Z"]), "symbol 'Z' is none of a WFDB annotation file"),
        (Annotations([5], [""]), "symbol ''"),
        (Annotations([-5], ["N"]), "samples holds -5"),
        (Annotations([2**31], ["N"]), "samples holds 2147483648"),
        (Annotations([5], ["N"], subtypes=[128]), "subtypes holds 128"),
        (Annotations([5], ["N"], chans=[-1]), "chans holds -1"),
        (Annotations([5], ["N"], nums=[-129]), "nums holds -129"),
        (Annotations([5], ["N"], aux=("x" * 256,)), "does not fit"),
        (Annotations([5], ["N"], aux=("µ",)), "does not fit"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(marks: Annotations, message: str) -> None:
    with pytest.raises(AnnotationError, match=message):
        encode(marks)
