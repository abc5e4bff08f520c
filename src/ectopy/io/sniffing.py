"""The signs by which a file's first bytes tell its format."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_SCP_POINTER: Final = slice(22, 32)
"""Where the first pointer of an SCP-ECG record stands: to section 0 itself, at byte 7."""

_EDF_COUNTS: Final = re.compile(rb"\s*-?\d+\s*")
_TAG: Final = r"<(?:\w+:)?{}[\s>/]"
_KARDIA: Final = re.compile(
    r'"(recordedAt|amplitudeResolution|algorithmDetermination|patientID|mainsFrequency)"'
)

_SEPARATORS: Final = re.compile(r"[,;\t| ]")
_CLOCK: Final = re.compile(r"[\d/.:T-]*\d:\d\d[\d:.]*(Z|[-+]\d\d:?\d\d)?")

_RECORD_LINE: Final = re.compile(r"[-\w./]+ \d+( [\d.]|$)")

ECZ_SIGNATURE: Final = b"\x89ECZ\r\n\x1a\n"
"""Begins a compressed recording: no text, and damaged by whatever changes the ends of lines, as PNG's."""

LONGEST_HEAD: Final = 1 << 15
"""Bytes of a file that are looked at to find its format."""

_LONG_HEAD: Final = 1 << 22
"""Bytes of a text that are looked at for a table, where its first lines are none."""

_ACQ_REVISIONS: Final = range(30, 500)
"""Revisions of AcqKnowledge files, from the oldest to well beyond today's."""


def is_edf(path: Path, head: bytes) -> bool:
    """Tell an EDF, EDF+ or BDF file."""
    version_fits = head[:8] in (b"0       ", b"\xffBIOSEMI")
    return version_fits and all(
        _EDF_COUNTS.fullmatch(head[field]) for field in (slice(184, 192), slice(236, 244))
    )


def is_ecz(path: Path, head: bytes) -> bool:
    """Tell a compressed recording of ectopy by its signature."""
    return head.startswith(ECZ_SIGNATURE)


def is_dicom(path: Path, head: bytes) -> bool:
    """Tell a DICOM file of part 10: 128 free bytes, then its sign."""
    return head[128:132] == b"DICM"


def is_ishne(path: Path, head: bytes) -> bool:
    """Tell an ISHNE Holter file."""
    return head.startswith((b"ISHNE1.0", b"ANN  1.0"))


def is_scp(path: Path, head: bytes) -> bool:
    """Tell an SCP-ECG record by the header of section 0 and the pointer that it begins with."""
    pointer = head[_SCP_POINTER]
    return head[8:10] == b"\0\0" and pointer[:2] == b"\0\0" and pointer[6:] == b"\x07\0\0\0"


def is_muse(path: Path, head: bytes) -> bool:
    """Tell the XML of GE MUSE by its root."""
    return _has_tag(head, "RestingECG")


def is_aecg(path: Path, head: bytes) -> bool:
    """Tell an annotated ECG of HL7 by its root."""
    return _has_tag(head, "AnnotatedECG")


def is_philips(path: Path, head: bytes) -> bool:
    """Tell the XML of Philips by its root."""
    return _has_tag(head, "restingecgdata")


def is_kardia(path: Path, head: bytes) -> bool:
    """Tell a recording of AliveCor: the file of its devices, or the JSON of its service."""
    if head.startswith(b"ALIVE\0\0\0"):
        return True
    text = _text(head).lstrip()
    return text.startswith("{") and len(set(_KARDIA.findall(text))) >= 2


def is_acq(path: Path, head: bytes) -> bool:
    """Tell a file of Biopac AcqKnowledge by its suffix and its revision, in either order of bytes."""
    revision = {int.from_bytes(head[2:6], order) for order in ("little", "big")}
    return path.suffix.casefold() == ".acq" and any(each in _ACQ_REVISIONS for each in revision)


def is_mat(path: Path, head: bytes) -> bool:
    """Tell a MATLAB file of version 5 or 7.3."""
    return head.startswith((b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file"))


def _has_tag(head: bytes, name: str) -> bool:
    return re.search(_TAG.format(name), _text(head)) is not None


def _text(head: bytes) -> str:
    """Decode the beginning of a text, also of one in UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore")
    return head.decode("utf-8-sig", errors="ignore")


def is_npz(path: Path, head: bytes) -> bool:
    """Tell a zip archive, as NumPy writes it."""
    from ectopy.io.compressed import is_numpy_archive

    return head.startswith(b"PK\x03\x04") and is_numpy_archive(path)


def is_npy(path: Path, head: bytes) -> bool:
    """Tell an array of NumPy."""
    return head.startswith(b"\x93NUMPY")


def is_json(path: Path, head: bytes) -> bool:
    """Tell JSON of samples."""
    from ectopy.io.json_recording import looks_like_json

    return looks_like_json(head)


def is_csv(path: Path, head: bytes) -> bool:
    """Tell a table of text, also behind a preamble that is longer than what is usually looked at."""
    from ectopy.io.text import is_text

    if len(head) >= LONGEST_HEAD and is_text(head) and not _is_table(head):
        with path.open("rb") as file:
            head = file.read(_LONG_HEAD)
    return _is_table(head) and not is_header(head)


def is_wfdb(path: Path, head: bytes) -> bool:
    """Tell a WFDB record by its header, whichever of its files is given."""
    from ectopy.io.wfdb.headers import record_stem

    return Path(f"{record_stem(path)}.hea").is_file()


def is_header(head: bytes) -> bool:
    """Tell whether a file begins with a record line of WFDB: a name and a number of signals."""
    lines = [line.split() for line in _lines(head) if not line.startswith("#")]
    names_and_counts = bool(lines) and len(lines[0]) > 1 and lines[0][1].isdecimal()
    is_record = names_and_counts and _RECORD_LINE.match(" ".join(lines[0])) is not None
    return is_record and not _is_number(lines[0][0] if len(lines) == 1 else lines[1][0])


def _is_table(head: bytes) -> bool:
    """Tell whether a file is text, and among its lines are some that are mostly numbers."""
    from ectopy.io.text import is_text

    if not is_text(head):
        return False
    rows = [[cell for cell in _SEPARATORS.split(line) if cell] for line in _lines(head)]
    return any(2 * sum(map(_is_cell, row)) >= len(row) > 0 for row in rows)


def _is_cell(text: str) -> bool:
    return _is_number(text) or _CLOCK.fullmatch(text) is not None


def _lines(head: bytes) -> list[str]:
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
    return [line for line in text.replace("\0", "").splitlines() if line.strip()]


def _is_number(text: str) -> bool:
    try:
        float(text.strip("'\" ").replace(",", "."))
    except ValueError:
        return False
    return True
