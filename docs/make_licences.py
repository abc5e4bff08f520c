"""Write docs/licences.md: what ectopy installs, and under which licence (``python docs/make_licences.py``).

Versions are those of `constraints.txt`, licences what the installed packages state of themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
EXTRAS = ("", "formats", "batch", "cluster", "review", "export", "train")
"""Parts of an install whose packages are listed, the core first."""

UNSTATED = {"bioread": "MIT"}
"""Package → licence, where its metadata is silent and its licence file is not."""


def page() -> str:
    """Return the page."""
    pinned = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
        if "==" in line and "#" not in line
    )
    versions = {canonicalize_name(name): version for name, version in pinned.items()}
    rows, seen = [], set()
    for extra in EXTRAS:
        for found in sorted(_needs(extra), key=lambda each: each.metadata["Name"].lower()):
            name = canonicalize_name(found.metadata["Name"])
            if name not in seen:
                seen.add(name)
                rows.append(f"| {name} | {versions.get(name, '')} | {licence(found)} | {extra or 'core'} |")
    return (
        "# Dependencies and their licences\n\nMade by `python docs/make_licences.py`. Versions are the pins"
        " of `constraints.txt` (empty: any); licences are what each package states. ectopy itself:"
        " BSD-3-Clause; its models: the attribution in their [cards](models.md).\n\n"
        "| package | version | licence | comes with |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def licence(found: Distribution) -> str:
    """Return the licence that a package states."""
    stated = found.metadata.get("License-Expression")
    classified = [
        each.split(" :: ")[-1]
        for each in found.metadata.get_all("Classifier") or []
        if each.startswith("License :: ") and each != "License :: OSI Approved"
    ]
    free = (found.metadata.get("License") or "").strip().split("\n")[0]
    name = canonicalize_name(found.metadata["Name"])
    return (
        stated
        or ", ".join(classified)
        or (free if 0 < len(free) < 60 else "")
        or UNSTATED.get(name, "see the package")
    )


def _needs(extra: str) -> Iterator[Distribution]:
    """Yield every installed package that the core or an extra of ectopy needs, directly or not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pending = list(
        map(Requirement, project["optional-dependencies"][extra] if extra else project["dependencies"])
    )
    seen = {"ectopy"}
    while pending:
        wanted = pending.pop()
        if (key := f"{canonicalize_name(wanted.name)}{sorted(wanted.extras)}") in seen or wanted.name in seen:
            continue
        seen.add(key)
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        yield found
        for requirement in map(Requirement, found.requires or []):
            marker, extras = requirement.marker, wanted.extras or {""}
            if marker is None or any(marker.evaluate({"extra": each}) for each in extras):
                pending.append(requirement)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
