"""The page of an evaluation: complete, self-contained, truthful, and safe to open."""

from __future__ import annotations

import html.parser
import re
from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.evaluation.abnormality import AbnormalityMetrics, DetectorEvaluation
from ectopy.evaluation.beat_results import BeatResults, beat_results
from ectopy.evaluation.ec57 import compare_beats
from ectopy.plotting.strip import Strip
from ectopy.record import Annotations
from ectopy.validation.page import Highlight, render_page, write_page

FS = 100


class Page(html.parser.HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def recording(name: str, false_alarms: int, patient: str = "") -> tuple:
    """A beat every two seconds, every fifth of them V and flagged, and so many normal ones flagged too."""
    symbols = np.where(np.arange(60) % 5 == 0, "V", "N")
    scores = np.where(symbols == "V", 4.0, 0.5) + np.linspace(0, 0.1, 60)
    scores[np.flatnonzero(symbols == "N")[:false_alarms]] = 6.0
    marks = Annotations(np.arange(1, 61) * 200, symbols, fs=FS)
    comparison = compare_beats(marks, marks, start=0, record=name)
    return comparison, beat_results(
        comparison, marks, marks, scores, symbols, fs=FS, hours=0.04, threshold=3.0, patient=patient
    )


def evaluation(names: tuple[str, ...] = ("100", "202"), **changes: object) -> DetectorEvaluation:
    made = [recording(name, i * 8, "201" if name == "202" else "") for i, name in enumerate(names)]
    metrics = AbnormalityMetrics(tuple(results for _, results in made))
    facts = {
        "model": "made-up",
        "classifier": "made-up classifier",
        "threshold": 3.0,
        "nominal_rate": 0.01,
        "dataset": "mitdb",
        "split": "ds2, 2 of 22 records",
        "kind": "inter-patient",
        "shared": ("201",),
        "scheme": "aami",
        "learning_period": 0.0,
        "comparisons": tuple(comparison for comparison, _ in made),
        "analysis": metrics,
        "at_reference": metrics,
    }
    return DetectorEvaluation(**(facts | changes))


def highlights(found: DetectorEvaluation) -> dict[str, tuple[Highlight, ...]]:
    return {results.record: tuple(highlight(results)) for results in found.analysis.records}


def highlight(results: BeatResults) -> list[Highlight]:
    nothing = np.zeros(0)
    return [
        Highlight(
            mistake,
            Strip(
                signal=np.zeros((300, 1), np.float32),
                fs=FS,
                leads=("MLII",),
                start=mistake.time - 1.5,
                times=nothing,
                symbols=nothing.astype("U1"),
                abnormal=nothing.astype(bool),
                reference=((mistake.time, mistake.symbol),),
            ),
        )
        for mistake in results.worst(1)
    ]


@pytest.fixture(scope="module")
def text() -> str:
    found = evaluation()
    return render_page(found, highlights(found))


@pytest.fixture(scope="module")
def page(text) -> Page:
    return Page(text)


def test_the_top_names_split_kind_scheme_and_the_person_on_both_sides(page):
    assert page.text.count(DISCLAIMER) == 2
    top = page.text[: page.text.index("Figures")]
    for fact in (
        "ds2, 2 of 22 records (inter-patient; on both sides: 201)",
        "Label scheme aami",
        "201 (training) and 202 (test) are from one person",
        "Promised false-alarm rate 1 %",
        DISCLAIMER,
    ):
        assert fact in top


def test_a_model_tested_on_what_it_learned_from_is_called_out():
    found = evaluation(kind="intra-patient", shared=())
    assert "These figures flatter it" in Page(render_page(found, {})).text
    unknown = evaluation(kind="unknown", shared=())
    assert "does not state which patients it was trained on" in Page(render_page(unknown, {})).text


def test_every_table_of_records_says_which_split_and_scheme(page):
    captions = re.findall(r"mitdb, split ds2, 2 of 22 records \(inter-patient; .*?scheme aami", page.text)
    assert captions


def test_the_page_asks_nothing_of_the_network(text, page):
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed"}
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert not re.search(r"url\((?!['\"]?#)|@import", text)


def test_links_lead_to_the_worst_beats_of_the_worst_recording_first(text, page):
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    places = {attributes["id"] for tag, attributes in page.tags if tag == "article"}
    assert links == ["#record-1"]
    assert places == {"record-1"}
    assert "normal, flagged: 8" in page.text.replace(" :", ":")
    assert text.index('href="#record-1">202</a>') < text.index('scope="row">100')


def test_figures_stand_as_counted(page):
    assert "8 8.3 %" in page.text, "false alarms in the confusion matrix, of 96 normal beats"
    assert "Sensitivity to V (ventricular) 100.00 % (100.00 to 100.00)" in page.text
    assert "Sensitivity to F (fusion) – (no interval) –" in page.text
    assert "nan" not in page.text.lower().split()


def test_what_came_of_the_promised_rate_is_stated_in_words(page):
    assert (
        "The rate observed here is 8.33 % (0.00 to 16.67) ; 1 of 2 recordings are above the promised rate"
        in page.text
    )


def test_every_figure_has_a_label(page):
    labels = [attributes.get("aria-label") for tag, attributes in page.tags if tag == "svg"]
    assert len(labels) == 6
    assert all(labels)


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "a$b$\\frac"]
)
def test_names_stay_text(evil):
    found = evaluation((evil.replace(" ", ""), "b"), model=evil, dataset=evil, split=evil, shared=(evil,))
    found = replace(found, analysis=AbnormalityMetrics(tuple(reversed(found.analysis.records))))
    page = Page(render_page(found, highlights(found)))
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count(evil) >= 4


def test_a_threshold_without_a_promise_is_no_promise():
    assert "promises no false-alarm rate" in Page(render_page(evaluation(nominal_rate=None), {})).text


def test_the_same_evaluation_gives_the_same_page(text, tmp_path):
    found = evaluation()
    path = write_page(found, highlights(found), tmp_path / "new" / "evaluation.html")
    assert path.read_text(encoding="utf-8") == text
