"""Gather the texts of the report for translators, and compile what they wrote.

python docs/make_catalogue.py            # update every .po, then compile it
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

REPORT = Path(__file__).parents[1] / "src" / "ectopy" / "report"
METHODS = [("**.py", "python"), ("templates/**.jinja", "jinja2")]
KEYWORDS = {"say": None, "text": None, "marked": None, "Plural": (1, 2)}


def texts() -> Catalog:
    """Return every text of the report."""
    catalogue = Catalog(domain="ectopy", project="ectopy", copyright_holder="The ectopy developers")
    for _, _, message, _, _ in extract_from_dir(REPORT, METHODS, keywords=KEYWORDS):
        catalogue.add(message)
    return catalogue


def main() -> None:
    """Update and compile every catalogue."""
    for path in sorted(REPORT.glob("locale/*/LC_MESSAGES/ectopy.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        catalogue.update(texts(), no_fuzzy_matching=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, omit_header=False, ignore_obsolete=True)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        empty = [message.id for message in catalogue if message.id and not all(_strings(message.string))]
        sys.stdout.write(f"{path}: {len(catalogue)} texts, {len(empty)} not translated\n")


def _strings(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    main()
