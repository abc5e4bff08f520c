"""Every example of README and docs runs, and prints what its page shows."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from doc_examples import DOCS, ROOT, examples

ELSEWHERE = DOCS / "evaluation.md"  # tests/evaluation/test_ec57_page.py runs it, and compares its outputs
PAGES = [page for page in examples.pages() if page != ELSEWHERE]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    examples.write_sample(folder)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run_and_print_what_it_shows(page: Path, sample: Path, tmp_path: Path):
    folder = tmp_path / "page"
    copytree(sample, folder)
    for each in examples.run(page.read_text(encoding="utf-8"), folder):
        assert each.as_shown, (
            f"{each.block.code}\nprints\n{each.output}\nrun: python docs/run_examples.py {page}"
        )


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_stands_in_a_block_that_is_looked_at(page: Path):
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert not [code for kind, code in fences if not kind and re.search(r"^ectopy ", code, re.MULTILINE)]


CARDS = sorted((ROOT / "src" / "ectopy" / "pretrained").glob("*/README.md"))


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")), *CARDS],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_command_that_a_sentence_names_exists_with_its_options(page: Path):
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = [" ".join(found.split()) for found in re.findall(r"`((?:ectopy|make) [^`]+)`", prose)]
    for command in named:
        if command != "ectopy COMMAND --help":
            examples.check(examples.Block("console", command, None, "not run: in a sentence"))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_the_commands_of_a_card_exist(card: Path):
    for block in examples.blocks(card.read_text(encoding="utf-8")):
        examples.check(block)


def test_the_pages_with_examples_are_found():
    names = {page.name for page in PAGES}
    assert {"README.md", "start.md", "protocols.md", "holter.md", "batch.md"} <= names


class TestAgrees:
    def test_numbers_may_differ_a_little(self):
        assert examples.agrees("681 beats, 0.95 of them", "683 beats, 0.94 of them")
        assert not examples.agrees("681 beats", "900 beats")

    def test_words_may_not(self):
        assert not examples.agrees("681 beats", "681 leads")

    def test_what_is_left_out_may_be_anything(self):
        assert examples.agrees("one\n...\nthree", "one\ntwo\ntwo and a half\nthree")


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        ("ectopy analyze x --colour red", "--colour is no option"),
        ("ectopy analyse x", "analyse is no command"),
        ("ectopy data fetch mitdb --soon", "--soon"),
        ("pip install 'ectopy[everything]'", "everything is no extra"),
        ("make coffee", "coffee is no target"),
        ("python benchmarks/none.py", "is not there"),
    ],
)
def test_an_example_that_is_not_run_is_still_held_to_what_exists(block: str, wrong: str):
    (found,) = examples.blocks(f"<!-- not run: slow -->\n```console\n{block}\n```\n")
    with pytest.raises(examples.ExampleError, match=wrong):
        examples.check(found)


def test_an_example_that_fails_is_told(tmp_path: Path):
    with pytest.raises(examples.ExampleError, match=r"no such|cannot|not found|no recording|does not exist"):
        examples.run("```console\nectopy info nothing.edf\n```\n", tmp_path)
