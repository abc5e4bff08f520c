"""The forms of a Holter report: sentences, document and schema, Markdown, disclosure, languages."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest

from ectopy.errors import ParameterError
from ectopy.report import pdf
from ectopy.report.disclosure import render_disclosure
from ectopy.report.holter.conclusion import conclusion
from ectopy.report.holter.document import UNITS, holter_document, holter_schema
from ectopy.report.holter.figures import holter_figures
from ectopy.report.holter.markdown import holter_markdown
from ectopy.report.html import PageOptions, render_report
from ectopy.report.language import ENGLISH, Language
from ectopy.rhythm.episodes import ATRIAL_FIBRILLATION, EPISODE_KINDS, VENTRICULAR_FIBRILLATION, Episode
from ectopy.wording import Clock

PUBLISHED = Path(__file__).parents[3] / "docs" / "holter.schema.json"


@pytest.fixture
def busy(make_analysis, odd_beat):
    """A minute with a ventricular run, a couplet of S, and fibrillation of both kinds."""
    odd = [odd_beat(beat, 5.0, predicted="V") for beat in (10, 11, 12)]
    odd += [odd_beat(beat, 0.5, predicted="S") for beat in (45, 46)]
    episodes = (Episode(VENTRICULAR_FIBRILLATION, 10000, 11000), Episode(ATRIAL_FIBRILLATION, 5000, 8750))
    return make_analysis(odd=odd, episodes=episodes, name="a|b *c*", spans=())


def _sentences(analysis, language=ENGLISH):
    return conclusion(holter_figures(analysis), Clock(analysis.record.start), language)


def test_the_conclusion_goes_from_the_most_urgent_to_the_least(busy):
    sentences = _sentences(busy)
    starts = [
        "1 min 0 s were",
        "Ventricular flutter",
        "1 ventricular run",
        "Atrial fibrillation is",
        "Mean heart",
    ]
    assert [next(i for i, text in enumerate(sentences) if text.startswith(start)) for start in starts] == [
        *range(5)
    ]
    assert "3 ventricular ectopic beats (5 % of the judged beats): 1 run." in sentences
    assert "2 supraventricular ectopic beats (3.3 % of the judged beats): 1 couplet." in sentences


def test_what_was_not_found_is_said_only_where_it_could_have_been(make_analysis):
    assert "No atrial fibrillation was detected." in _sentences(make_analysis(odd=()))
    assert "No atrial fibrillation was detected." not in _sentences(
        make_analysis(duration=12.0, odd=(), spans=())
    )
    assert _sentences(make_analysis(unjudged=True))[1] == "No beat could be judged."
    told = make_analysis(odd=())
    assert "No supraventricular ectopic beats." in _sentences(told)
    blind = replace(told, class_names=("N", "V"), probabilities=told.probabilities[:, [0, 2]])
    assert "No ventricular ectopic beats." in _sentences(blind)
    unknown = "Supraventricular ectopic beats were not looked for: the classifier knows no such class."
    assert unknown in _sentences(blind)


def test_times_of_the_conclusion_are_those_of_the_clock(busy):
    record = replace(busy.record, start=datetime(2026, 3, 1, 23, 59, 55))
    assert "at day 2 00:00:05" in " ".join(_sentences(replace(busy, record=record)))


def test_the_document_keeps_to_the_published_schema(busy):
    published = json.loads(PUBLISHED.read_text("utf-8"))
    assert published == json.loads(json.dumps(holter_schema())), "write it anew: python docs/make_schema.py"
    document = json.loads(json.dumps(asdict(holter_document(busy, ENGLISH)), allow_nan=False))
    jsonschema.validate(document, published)
    assert document["figures"]["episodes"][0] == {
        "kind": VENTRICULAR_FIBRILLATION,
        "start": 40.0,
        "stop": 44.0,
    }


def test_every_unit_belongs_to_a_field(busy):
    def names(value):
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return (set(value) if isinstance(value, dict) else set()).union(*map(names, children))

    assert set(UNITS) <= names(json.loads(json.dumps(holter_schema())))


def test_markdown_holds_the_conclusion_and_lets_no_name_become_markup(busy):
    text = holter_markdown(busy, ENGLISH)
    assert text.startswith("# a\\|b \\*c\\*\n")
    assert "- 1 ventricular run of 3 beats at 60/min, at 0:10." in text
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({line.count("|") for line in table}) == 1


def test_german_is_german_to_the_last_sentence(busy):
    english, german = _sentences(busy), _sentences(busy, Language("de"))
    assert len(english) == len(german)
    assert not set(english) & set(german)
    assert any("3,3 %" in sentence for sentence in german)


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ParameterError, match="choose one of: en, de"):
        Language("xx")


def test_the_disclosure_has_a_row_a_minute_and_colours_ectopic_beats(make_analysis, odd_beat):
    odd = [odd_beat(70, 5.0, predicted="V")]
    page = render_disclosure(make_analysis(duration=150.0, odd=odd, spans=()))
    assert [f">{minute}:00</text>" in page for minute in range(4)] == [True, True, True, False]
    assert page.count('class="beatV"') == 1
    assert 'class="beatS"' not in page


def test_the_disclosure_refuses_a_lead_that_is_not_there(make_analysis):
    with pytest.raises(ParameterError, match=r"aVR.*MLII, V1"):
        render_disclosure(make_analysis(), "aVR")


def test_a_pdf_without_a_browser_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParameterError, match="install chromium"):
        pdf.print_page("<p>page</p>", tmp_path / "page.pdf")


def test_a_day_is_printed_on_eight_pages_at_the_most(make_analysis, odd_beat, tmp_path):
    try:
        pdf.find_browser()
    except ParameterError as error:
        pytest.skip(str(error))
    beats = range(100, 86000, 37)
    odd = [
        odd_beat(beat + n, 5.0, beat % 8, predicted=name) for beat in beats for n, name in enumerate("VVVNSS")
    ]
    busy_day = make_analysis(duration=86400.0, fs=20.0, odd=odd)
    episodes = tuple(Episode(kind, 100000, 150000) for kind in EPISODE_KINDS)
    pdf.print_page(render_report(replace(busy_day, episodes=episodes)), tmp_path / "day.pdf")
    assert 3 <= len(re.findall(rb"/Type /Page\b", (tmp_path / "day.pdf").read_bytes())) <= 8


@pytest.mark.parametrize("language", [ENGLISH, Language("de")], ids=lambda language: language.code)
def test_a_millimetre_of_a_strip_is_one_on_paper(language, busy, tmp_path):
    try:
        pdf.find_browser()
    except ParameterError as error:
        pytest.skip(str(error))
    pdf.print_page(render_report(busy, PageOptions(language=language)), tmp_path / "page.pdf")
    streams = re.findall(
        rb"/FlateDecode[^>]*>>\s*stream\r?\n(.*?)endstream", (tmp_path / "page.pdf").read_bytes(), re.DOTALL
    )
    scale = re.search(rb"([\d.]+) 0 0 [\d.]+ [-\d. ]+ cm", zlib.decompressobj().decompress(streams[0]))
    # chromium draws in 1/300 inch a page of pixels of 1/96, and shrinks all of it if anything is too wide
    assert float(scale[1]) == pytest.approx(300 / 96, abs=0.001)


def test_a_steady_rate_has_no_extremes(make_analysis):
    assert "Mean heart rate 60/min." in _sentences(make_analysis(odd=()))
