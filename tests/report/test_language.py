"""Every text of the report in every language, with its fields."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.report import html
from ectopy.report.language import LANGUAGES, Language, Plural
from ectopy.report.opinions import FAULT_TITLES
from ectopy.report.titles import TITLES
from ectopy.rhythm.conduction import ALL_KINDS
from ectopy.rhythm.episodes import EPISODE_KINDS
from ectopy.signal.quality import FAULTS

ROOT = Path(__file__).parents[2]
FIELD = re.compile(r"\{\w+\}")


def _texts():
    spec = importlib.util.spec_from_file_location("make_catalogue", ROOT / "docs" / "make_catalogue.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [message.id for message in module.texts() if message.id]


@pytest.fixture(params=[code for code in LANGUAGES if code != "en"])
def catalogue(request):
    path = ROOT / "src/ectopy/report/locale" / request.param / "LC_MESSAGES" / "ectopy.po"
    with path.open("rb") as file:
        return path, read_po(file, locale=request.param)


def test_every_text_is_translated_and_keeps_its_fields(catalogue):
    _, translated = catalogue
    for text in _texts():
        message = translated.get(text)
        assert message is not None, text
        originals = text if isinstance(text, tuple) else (text,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for original, string in zip(originals, strings, strict=True):
            assert string, text
            assert set(FIELD.findall(string)) == set(FIELD.findall(original)), text


def test_the_compiled_catalogue_is_that_of_the_text(catalogue):
    path, translated = catalogue
    with path.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    for message in translated:
        if message.id:
            assert _tuple(compiled.get(message.id).string) == _tuple(message.string), "make_catalogue.py"


def test_words_from_below_the_report_have_their_translation():
    assert set(FAULT_TITLES) == {fault.word for fault in FAULTS.values()}
    assert html.DISCLAIMER == DISCLAIMER
    assert set(TITLES) == {*ALL_KINDS, *EPISODE_KINDS}


def test_numbers_are_written_as_readers_of_the_language_write_them():
    german = Language("de")
    assert german.number(1234567.891, 2) == "1.234.567,89"
    assert german.number(-0.25, 2) == "−0,25"
    assert german.number(-0.001, 2) == "0,00"
    assert german.percent(0.0004) == "< 0,1 %"
    assert german.count(Plural("{n} couplet", "{n} couplets"), 1200) == "1.200 Couplets"


def _tuple(string):
    return (string,) if isinstance(string, str) else tuple(string)
