"""Hold a built site to two promises: every link leads somewhere, and nothing comes from another host.

``python docs/check_site.py site`` prints what breaks them, and fails.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("source", "src")}
"""Attributes whose address a browser fetches by itself."""


@dataclass
class Page(HTMLParser):
    """What a page loads and links to, and the anchors in it."""

    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of the addresses and the anchor of a tag."""
        given = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := given.get(key))}
        canonical = tag == "link" and given.get("rel") in ("canonical", "next", "prev")
        for name, value in given.items():
            if value and (tag, name) in LOADS and not canonical:
                self.loads.append(value)
            elif value and (tag, name) == ("a", "href"):
                self.links.append(value)


def wrong(site: Path) -> Iterator[str]:
    """Yield what is wrong with a site, a line each."""
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        here = path.relative_to(site)
        for address in page.loads:
            if urlsplit(address).scheme in ("http", "https") or address.startswith("//"):
                yield f"{here}: loads {address}"
        for address in [*page.links, *page.loads]:
            parts = urlsplit(address)
            if parts.scheme or address.startswith("//"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{here}: {address} leads nowhere"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{here}: {address}: no such place on that page"


def read(path: Path) -> Page:
    """Read a page."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def main() -> None:
    """Check a site."""
    site = Path(sys.argv[1]).resolve()
    found = [line for line in wrong(site) if not line.startswith("404.html")]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
