"""The front door: a short README, pages that name what exists, figures that are current."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import ectopy
from make_tables import FRONT, PEAKS
from page_tables.accuracy import front, peers
from page_tables.measured import table

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)")


def navigation() -> list[str]:
    """Return the pages that mkdocs.yml names, in their order."""
    pending, pages = list(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]), []
    while pending:
        each = pending.pop(0)
        if isinstance(each, str):
            pages.append(each)
        else:
            (below,) = each.values()
            pending[:0] = below if isinstance(below, list) else [below]
    return pages


def source_of(page: str) -> Path:
    """Return the file that a page of the site is made of."""
    if not page.startswith("project/"):
        return DOCS / page
    return ROOT / page.removeprefix("project/").replace("card.md", "README.md")


def test_readme_is_short():
    assert len(README.split()) <= 600


def test_readme_says_that_it_is_no_medical_device():
    assert "not a medical device and not for diagnosis" in README


def test_the_navigation_has_every_page_once_and_no_other():
    pages = navigation()
    assert len(pages) == len(set(pages))
    assert all(source_of(page).is_file() for page in pages)
    written = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert written == {page for page in pages if not page.startswith("project/")}


@pytest.mark.parametrize(
    "page",
    [
        ROOT / "README.md",
        *(ROOT / f"{name}.md" for name in ("CONTRIBUTING", "SECURITY")),
        *sorted(DOCS.rglob("*.md")),
    ],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_lead_to_files_of_the_repository(page: Path):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_the_design_names_files_that_exist():
    design = (DOCS / "architecture.md").read_text(encoding="utf-8").partition("## Style")[0]
    named = {name for name in re.findall(r"[\w/]+\.py\b", design) if not name.endswith("NAME.py")}
    files = [
        str(path.relative_to(ROOT))
        for place in ("src", "tests", "docs")
        for path in (ROOT / place).rglob("*.py")
    ]
    assert not [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)]


def test_the_reference_has_every_public_name():
    told = "\n".join(path.read_text(encoding="utf-8") for path in (DOCS / "api").glob("*.md"))
    named = set(re.findall(r"^::: (\S+)", told, flags=re.MULTILINE))
    public = [
        getattr(ectopy, name) for name in ectopy.__all__ if not hasattr(getattr(ectopy, name), "__path__")
    ]
    missing = [
        each.__qualname__
        for each in public
        if hasattr(each, "__qualname__")
        and f"{each.__module__}.{each.__qualname__}" not in named
        and each.__module__ not in named
    ]
    assert not missing


@pytest.mark.parametrize(("page", "mark"), [("README.md", "front"), ("docs/comparison.md", "qrs")])
def test_figures_are_those_of_the_result_files(page: str, mark: str):
    made = {"front": lambda: table(FRONT, front()), "qrs": lambda: table(PEAKS, peers())}[mark]()
    text = (ROOT / page).read_text(encoding="utf-8")
    assert f"<!-- {mark} -->\n{made}\n<!-- /{mark} -->" in text, "run: make tables"


def test_the_licences_are_those_of_the_pinned_core():
    page = (DOCS / "licences.md").read_text(encoding="utf-8")
    for requirement in PROJECT["dependencies"]:
        name = re.split(r"[>=<\[]", requirement)[0].lower()
        assert f"| {name} |" in page, "run: python docs/make_licences.py"


def test_versions_agree():
    assert f"\nversion: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_workflows_run_targets_that_exist(path: Path):
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"run: make (\w+)", text):
        assert f"\n{target}:" in makefile


def test_every_extra_that_a_page_names_exists():
    extras = set(PROJECT["optional-dependencies"])
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for named in re.findall(
            r"pip install '(?:ectopy|\.)\[([a-z,]+)\]'", page.read_text(encoding="utf-8")
        ):
            assert set(named.split(",")) <= extras


def test_the_container_is_made_of_files_that_exist_and_are_sent_to_it():
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sent = set(
        re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, flags=re.MULTILINE)
        for name in line.split()
    }
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)
