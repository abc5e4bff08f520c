"""What a stranger calls things cannot harm whoever looks at them."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ectopy.io.safe_names import LONGEST_STEM, cell, file_stem, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    "name", ["100", "MLII", "aVR", "Müller_2", "记录", "my [red] recorder", "x (2), b+c"]
)
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert visible(name) == cell(name) == file_stem(name) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\rb\nc\x9b2J", r"a\rb\nc\x9b2J"),
        ("abc\u202egpj.exe", r"abc\u202egpj.exe"),
        ("file\udcff", r"file\udcff"),
        ("a\u2028b", r"a\u2028b"),
        (":M: [red] & <b>", ":M: [red] & <b>"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text).startswith("'")


def test_devices_and_options_are_no_names() -> None:
    assert [file_stem(name) for name in ("CON", "lpt1", "-rf", "--help", ".hidden", "a ", "a.")] == [
        "CON_",
        "lpt1_",
        "rf",
        "help",
        "hidden",
        "a",
        "a",
    ]


@given(ANY_TEXT)
def test_any_name_gives_one_harmless_file_name(name: str) -> None:
    stem = file_stem(name)
    file = f"{stem}.report.html"
    assert stem
    assert not set(stem) & set('/\\:*?"<>|.\0')
    assert visible(stem) == stem
    assert PurePosixPath(file).name == PureWindowsPath(file).name == file
    assert not PureWindowsPath(file).is_reserved()
    assert len(stem.encode()) <= LONGEST_STEM + 1
    assert file_stem(stem) == stem


@given(ANY_TEXT)
def test_any_text_can_be_printed(text: str) -> None:
    shown = visible(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()
