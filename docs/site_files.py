"""What the site needs beside docs/: files of the repository that its pages link to.

Links of a page that leave docs/ work where the repository is browsed. On the site they lead to a copy: a page
for Markdown (the model cards, CONTRIBUTING.md, the tables of the studies), a plain file for all else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parent.parent
COPIES: Final = "project"
"""Folder of the site that holds the copies, by their paths in the repository."""

LINK: Final = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
FENCE: Final = re.compile(r"^```.*?^```$", flags=re.DOTALL | re.MULTILINE)
CARDS: Final = sorted((ROOT / "src" / "ectopy" / "pretrained").glob("*/README.md"))
TABLES: Final = sorted((ROOT / "benchmarks" / "reproduced").glob("*/table.md"))
PROJECT: Final = ("CONTRIBUTING.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "SECURITY.md")
PAGES: Final = [*CARDS, *TABLES, *(ROOT / name for name in PROJECT)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the copies of all files outside docs/ that pages link to."""
    docs = Path(config.docs_dir)
    pending = [
        (f"docs/{file.src_uri}", (docs / file.src_uri).read_text(encoding="utf-8"))
        for file in files.documentation_pages()
    ]
    pending += [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in PAGES]
    for path in PAGES:
        _add(path, files, config)
    for place, text in pending:
        for target in _outside(place, text):
            if files.get_file_from_path(_copy(target)) is None:
                _add(ROOT / target, files, config)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page to where the files are on the site."""
    here = page.file.src_uri
    place = here.removeprefix(f"{COPIES}/") if here.startswith(f"{COPIES}/") else f"docs/{here}"

    def lead(found: re.Match[str]) -> str:
        target = _target(place, found[2])
        if target is None:
            return found[0]
        there = target.removeprefix("docs/") if target.startswith("docs/") else _copy(target)
        return f"{found[1]}{posixpath.relpath(there, posixpath.dirname(here))}{found[3] or ''}{found[4]}"

    return _outside_fences(markdown, lambda text: LINK.sub(lead, text))


def _outside(place: str, text: str) -> list[str]:
    """Return the files outside docs/ that a file of the repository links to."""
    found = (_target(place, link[2]) for link in LINK.finditer(FENCE.sub("", text)))
    return [target for target in found if target and not target.startswith("docs/")]


def _target(place: str, link: str) -> str | None:
    """Return the path in the repository that a link of a file leads to; None for other links."""
    if re.match(r"[a-z]+:|/", link):
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(place), link))
    return target if (ROOT / target).is_file() else None


def _copy(target: str) -> str:
    path = PurePosixPath(COPIES, target)
    return str(path.with_name("card.md") if path.name == "README.md" and len(path.parts) > 2 else path)


def _add(path: Path, files: Files, config: MkDocsConfig) -> None:
    target = path.relative_to(ROOT).as_posix()
    inclusion = InclusionLevel.INCLUDED if path in PAGES else InclusionLevel.NOT_IN_NAV
    files.append(File.generated(config, _copy(target), abs_src_path=str(path), inclusion=inclusion))


def _outside_fences(text: str, change: Callable[[str], str]) -> str:
    parts, last = [], 0
    for fence in FENCE.finditer(text):
        parts += [change(text[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*parts, change(text[last:])])
