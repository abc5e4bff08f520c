"""Write docs/formats.md from the registry of formats: ``python docs/make_formats.py``."""

from __future__ import annotations

from pathlib import Path

from ectopy.io.registry import FORMATS, Format
from ectopy.io.unread import UNREAD

PAGE = Path(__file__).parent / "formats.md"

DETAILS = {
    "ecz": (
        "leads, marks and comments; chunks as they are needed ([compression](compression.md))",
        "files written here",
    ),
    "edf": (
        "signals of any rates, as they are needed; annotations as marks; gaps of EDF+D as missing",
        "files written here and by edfio; EDF+D, BDF and damaged files made by hand",
    ),
    "dicom": ("the first rhythm of 12-lead, general and ambulatory waveforms", "files written with pydicom"),
    "ishne": ("all leads, read as they are needed", "files written by the standard's document"),
    "muse": ("the rhythm strip; III, aVR, aVL and aVF derived", "documents written by hand"),
    "aecg": ("the rhythm series, its sets of sequences in their places", "documents written by hand"),
    "philips": ("the rhythm strip, its calibration pulse cut off", "documents written by hand, uncompressed"),
    "scp": (
        "rhythm data, also compressed",
        "records written by hand, plain and in Huffman codes of differences",
    ),
    "kardia": ("ATC files, and the JSON of the service", "files written by the format's document"),
    "npz": ("`signal`, `fs`, `leads`, `name`", "files written here"),
    "npy": ("one array; give the sampling frequency", "files written by NumPy"),
    "json": ("samples and rate, by their usual keys", "files as several wearables write them"),
    "csv": (
        "separators, units, times and preambles as people write them",
        "files of many kinds made by hand",
    ),
    "wfdb": (
        "every signal format, segments, annotations",
        "MIT-BIH and other databases of PhysioNet, exactly",
    ),
    "mat": (
        "versions 5 to 7.3: samples, rate, names, unit by their usual names",
        "files written by SciPy and h5py",
    ),
    "acq": (
        "all channels; event markers as marks",
        "nothing here: no package writes it; bioread is tested by its authors",
    ),
}
"""Format → what is read of it, and what that is tested on."""


def page() -> str:
    """Return the page."""
    rows = "\n".join(_row(each) for each in FORMATS)
    unread = "\n".join(f"| {each.title} | {each.remedy} |" for each in UNREAD)
    return f"""# Formats of recordings

Made by `python docs/make_formats.py` from the registry of formats. What a file is, its content tells.
Where an extra is named, `pip install '.[formats]'` in a checkout brings what is needed. `ectopy convert IN
OUT` writes what is written, without the person in it.

| format | usual suffixes | what is read | written | needs | tested on |
|---|---|---|---|---|---|
{rows}

Files compressed with gz, xz, bz2 or zip are opened as what is in them.

Recognised and not read:

| format | what helps |
|---|---|
{unread}
"""


def _row(each: Format) -> str:
    what, tested = DETAILS[each.name]
    written = "" if not each.write else "with marks" if each.keeps_marks else "samples"
    needs = f"{each.module} (`formats`)" if each.extra else ""
    suffixes = " ".join(f"`{suffix}`" for suffix in each.suffixes)
    return f"| {each.title} | {suffixes} | {what} | {written} | {needs} | {tested} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
