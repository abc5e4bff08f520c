"""What axe-core finds on the pages, in chromium, on a desktop and on a phone."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ectopy.analysis.pipeline import analyze
from ectopy.errors import ParameterError
from ectopy.report.disclosure import render_disclosure
from ectopy.report.html import PageOptions, render_report
from ectopy.report.language import ENGLISH, LANGUAGES, Language
from ectopy.report.pdf import find_browser
from ectopy.rhythm.episodes import EPISODE_KINDS, Episode
from ectopy.signal.quality import FAULTS, Span
from ectopy.simulation import Rhythm, simulate

NODE = Path(__file__).parents[1] / "node"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def browser() -> str:
    if shutil.which("node") is None:
        pytest.skip("node is not installed: install nodejs and npm, then npm ci --prefix tests/node")
    if not (NODE / "node_modules" / "axe-core").is_dir():
        pytest.skip("axe-core is not installed: npm ci --prefix tests/node")
    try:
        return find_browser()
    except ParameterError as error:
        pytest.skip(f"no browser: {error}")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> list[Path]:
    """Write a page with waves, events, all episodes and faults, in every language, and a disclosure."""
    record = simulate(150, 250, rhythm=Rhythm(ventricular=0.1, supraventricular=0.05), seed=3)
    record = replace(record, start=datetime(2026, 3, 1, 23, 59))
    analysis = analyze(record, waves=True)
    spans = tuple(Span(5.0 + n, 8.0 + n, record.leads[0], fault) for n, fault in enumerate(FAULTS))
    analysis = replace(
        analysis,
        episodes=tuple(Episode(kind, 5000, 10000) for kind in EPISODE_KINDS),
        spans=spans,
        warnings=("A warning <of> some length, to be read before the figures.",),
    )
    folder = tmp_path_factory.mktemp("pages")
    texts = {
        f"{code}.html": render_report(analysis, PageOptions(Language(code), "A. N.")) for code in LANGUAGES
    }
    texts["disclosure.html"] = render_disclosure(analysis, language=ENGLISH)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def test_axe_finds_no_serious_fault_and_nothing_runs_off_a_phone(browser: str, pages: list[Path]) -> None:
    command = ["node", str(NODE / "axe.mjs"), browser, *map(str, pages)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    looked = json.loads(ran.stdout)
    assert len(looked) == 2 * len(pages)
    assert all(one["passes"] for one in looked)
    faults = [(one["path"], one["width"], fault) for one in looked for fault in one["violations"]]
    assert [fault for fault in faults if fault[-1]["impact"] in SERIOUS] == []
    assert [(one["path"], one["width"]) for one in looked if one["scrolls"]] == []
    assert [(one["path"], one["cut"]) for one in looked if one["width"] > 1000 and one["cut"]] == []
