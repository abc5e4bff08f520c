"""The page: complete, self-contained, truthful, and safe to open."""

from __future__ import annotations

import html.parser
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.analysis.result import Analysis
from ectopy.models.manifest import Limitation, Manifest
from ectopy.models.rhythm import default_rhythm
from ectopy.models.signal_classifier import default_model
from ectopy.report.html import render_report, write_report
from ectopy.rhythm.episodes import ATRIAL_FIBRILLATION, BRADYCARDIA, Episode
from ectopy.signal.quality import FAULTS, Span


@pytest.fixture(scope="module")
def made(make_analysis) -> str:
    return render_report(make_analysis())


VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(html.parser.HTMLParser):
    """Tags, attributes and text of a page; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_page_nests_and_says_what_it_must(make_analysis):
    page = Page(render_report(make_analysis(warnings=("Lead V1 is noisy for 12% of the recording.",))))
    assert ("html", {"lang": "en"}) in page.tags
    assert page.text.count(DISCLAIMER) == 2
    for fact in ("made · ECG report", "MLII, V1", "250 Hz", "made-up", "Lead V1 is noisy for 12%"):
        assert fact in page.text


def test_page_asks_nothing_of_the_network(made):
    page = Page(made)
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed"}
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert not re.search(r"url\((?!['\"]?#)|@import", made)


def test_every_figure_has_a_label(made):
    pictures = [attributes for tag, attributes in Page(made).tags if tag == "svg"]
    labels = [picture.get("aria-label") for picture in pictures if picture.get("aria-hidden") != "true"]
    assert len(labels) > 8
    assert all(labels)


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "a$b$\\frac"]
)
def test_names_from_files_stay_text(make_analysis, evil):
    page = Page(
        render_report(
            make_analysis(
                name=evil,
                leads=(evil, "V1"),
                manifest=Manifest(name=evil, kind=evil),
                warnings=(evil,),
                spans=(),
            )
        )
    )
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count(evil) >= 4


def test_names_may_be_in_any_script(make_analysis):
    page = Page(render_report(make_analysis(name="Größe-心電図", leads=("Ⅱ誘導", "V1"), spans=())))
    assert "Größe-心電図" in page.text
    assert "Ⅱ誘導" in page.text


def test_abnormal_beats_are_listed_with_their_figures(made):
    page = Page(made)
    highlights = [a["aria-label"] for tag, a in page.tags if tag == "article"]
    assert highlights[:3] == ["Beat 1 at 0:10.5", "Beat 2 at 0:30.5", "Beat 3 at 0:20.5"]
    assert "5.000 (5.0 × threshold)" in page.text


def test_strips_come_by_urgency_and_say_what_was_measured(make_analysis, odd_beat):
    """A short ventricular run comes before a long bradycardia, and fibrillation before a couplet."""
    slow, fibrillating = Episode(BRADYCARDIA, 0, 2500), Episode(ATRIAL_FIBRILLATION, 5000, 8750)
    odd = [odd_beat(beat, 5.0, predicted="V") for beat in (40, 41, 42, 50, 51)]
    page = Page(render_report(make_analysis(odd=odd, episodes=(slow, fibrillating))))
    strips = [a["aria-label"] for tag, a in page.tags if tag == "article"][:4]
    assert strips == [
        "Ventricular run, 0:40.5",
        "Atrial fibrillation, 0:20.0",
        "Bradycardia, 0:00.0",
        "Ventricular couplet, 0:50.5",
    ]
    assert "3 ectopic beats, 60/min, RR 1.00–1.00 s" in page.text


def test_classes_events_and_differences_are_shown(make_analysis, odd_beat):
    odd = [odd_beat(i, 5.0, predicted="V") for i in (10, 11, 12)] + [
        odd_beat(20, 0.5, predicted="S"),
        odd_beat(30, 5.0),
    ]
    page = Page(render_report(make_analysis(odd=odd)))
    highlights = [a["aria-label"] for tag, a in page.tags if tag == "article"]
    assert highlights[0] == "Ventricular run, 0:10.5"
    assert "1 ventricular run of 3 beats at 60/min, at 0:10." in page.text
    assert highlights[-2:] == ["Beat 1 at 0:30.5", "Beat 2 at 0:20.5"]  # of abnormal shape; of another class
    assert "S supraventricular, 91 %" in page.text
    assert "They differ on 2 of 60 beats" in page.text


def test_what_a_model_gets_wrong_stands_beside_the_classes_that_were_found(make_analysis, odd_beat) -> None:
    known = (
        Limitation(about="V", text="noise <b>looks</b> so"),
        Limitation(about="S", text="nobody reads this"),
    )
    analysis = make_analysis(odd=[odd_beat(10, 5.0, predicted="V")])
    analysis = replace(analysis, classifier=analysis.classifier.model_copy(update={"limitations": known}))
    page = Page(render_report(analysis))
    beside = [
        page.text.index(words) for words in ("Ectopic beats", "V: noise <b>looks</b> so", "Strips, the")
    ]
    assert beside == sorted(beside)
    assert "nobody reads this" not in page.text


def test_every_model_that_was_used_stands_on_the_page_with_what_it_gets_wrong(make_analysis) -> None:
    rhythm = default_rhythm().manifest.model_copy(
        update={"limitations": (Limitation(about="episodes", text="flutter is taken for fibrillation"),)}
    )
    page = Page(render_report(replace(make_analysis(), further_models=(default_model().manifest, rhythm))))
    assert "episodes: flutter is taken for fibrillation" in page.text
    assert all(name in page.text for name in ("signal-classifier", "rhythm"))


def test_no_difference_needs_no_section(make_analysis, odd_beat):
    page = Page(render_report(make_analysis(odd=[odd_beat(10, 5.0, predicted="V")])))
    assert "They differ on 0 of 60 beats" in page.text
    assert "Where the two opinions differ" not in page.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"odd": ()}, "No beat scored above the threshold"),
        ({"n_beats": 0, "odd": ()}, "No heartbeat was found"),
        ({"unjudged": True}, "No beat could be judged"),
        ({"duration": 5.5, "odd": ()}, "5.5 s"),
    ],
    ids=["nothing abnormal", "no beats", "nothing judged", "five seconds"],
)
def test_little_to_show_is_said(make_analysis, changes, sentence):
    assert sentence in Page(render_report(make_analysis(**changes))).text


def test_a_lead_without_signal_is_named(make_analysis):
    analysis = make_analysis()
    signal = analysis.record.signal.copy()
    signal[:, 1] = np.nan
    page = Page(render_report(replace(analysis, record=replace(analysis.record, signal=signal))))
    assert "V1: no signal" in page.text


def test_unknown_origin_of_a_model_is_admitted(made):
    assert "The model does not state what it was trained on" in Page(made).text


def test_the_same_analysis_gives_the_same_page(made, make_analysis):
    assert render_report(make_analysis()) == made


def test_a_day_stays_small(make_analysis):
    rng = np.random.default_rng(0)
    analysis = make_analysis(duration=86400.0, fs=100.0)
    noisy = replace(analysis, scores=rng.lognormal(-1, 1, len(analysis.beats)).astype(np.float32))
    assert len(render_report(noisy).encode()) < 600_000


def test_a_page_needs_no_matplotlib():
    program = (
        "import sys; from ectopy.analysis.pipeline import analyze; from ectopy.simulation import simulate\n"
        "from ectopy.report.html import render_report\n"
        "assert '<svg' in render_report(analyze(simulate(12, 250, seed=1)))\n"
        "print([name for name in ('matplotlib', 'torch') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_all_beats_of_a_page_are_reconstructed_at_once(make_analysis, monkeypatch):
    analysis, calls = make_analysis(), []
    reconstruct = Analysis.reconstruct
    monkeypatch.setattr(Analysis, "reconstruct", lambda self, i: calls.append(i) or reconstruct(self, i))
    render_report(analysis)
    assert [len(chosen) for chosen in calls] == [6]  # three shapes, and three differences


def test_kinds_of_lines_and_areas_are_all_in_the_style_sheet(make_analysis, odd_beat):
    odd = [odd_beat(i, 5.0, predicted=name) for i, name in enumerate("VVVFSN", start=10)]
    spans = tuple(Span(5.0, 8.0, "V1", fault) for fault in FAULTS)
    page = render_report(make_analysis(odd=odd, spans=spans))
    kinds = {
        kind for kinds in re.findall(r'<(?:path|text)[^>]* class="([^"]+)"', page) for kind in kinds.split()
    }
    style = page[page.index("<style>") : page.index("</style>")]
    assert len(kinds) > 20
    assert [kind for kind in kinds if f".{kind}{{" not in style] == []
    for name in re.findall(r"url\(#(\w+)\)|href=\"#(\w+)\"", page):
        assert f'id="{"".join(name)}"' in page


def test_report_is_written_whole_or_not_at_all(make_analysis, tmp_path: Path, monkeypatch):
    target = tmp_path / "new" / "made.report.html"
    assert write_report(make_analysis(), target) == target
    before = target.read_text(encoding="utf-8")
    monkeypatch.setattr("ectopy.report.html.render_report", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(make_analysis(), target)
    assert target.read_text(encoding="utf-8") == before
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_names_from_content_can_do_nothing_to_the_page(made: str, make_analysis) -> None:
    evil = '"><script onload="x()">x</script>\x1b[2J\u202e$\\frac$'
    page = render_report(make_analysis(name=evil, leads=(evil, "V1")))
    assert not {"\x1b", "\u202e"} & set(page)
    assert r"\x1b[2J\u202e$\frac$" in page
    kinds = {(tag, *attributes) for tag, attributes in Page(made).tags}
    assert {(tag, *attributes) for tag, attributes in Page(page).tags} <= kinds
