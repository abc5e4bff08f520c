"""Cut the thirty seconds of MIT-BIH that ectopy ships: ``python docs/make_excerpt.py`` (needs ``mitdb``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ectopy.datasets.catalog import locate_file
from ectopy.io.wfdb.annotation_codes import encode
from ectopy.io.wfdb.files import read_annotations
from ectopy.record import Annotations

FOLDER = Path(__file__).parent.parent / "src" / "ectopy" / "datasets" / "excerpt"
NAME = "228x"
FS = 360
START, SECONDS = 1650, 30
BYTES = 3
"""Of an instant of two leads in WFDB format 212."""


def main() -> None:
    """Write header, samples and beat marks."""
    source = locate_file("mitdb", "228.dat")
    first, last = START * FS, (START + SECONDS) * FS
    packed = source.read_bytes()[first * BYTES : last * BYTES]
    (FOLDER / f"{NAME}.dat").write_bytes(packed)

    low, shared, high = np.frombuffer(packed, np.uint8).reshape(-1, BYTES).astype(np.int32).T
    leads = [low | (shared & 0x0F) << 8, high | (shared & 0xF0) << 4]
    leads = [np.where(each > 2047, each - 4096, each) for each in leads]
    lines = [f"{NAME} {len(leads)} {FS} {last - first}"]
    for name, each in zip(("MLII", "V1"), leads, strict=True):
        checksum = (int(each.sum()) + 0x8000) % 0x10000 - 0x8000
        lines.append(f"{NAME}.dat 212 200 11 1024 {each[0]} {checksum} 0 {name}")
    lines.append(
        "# MIT-BIH Arrhythmia Database 1.0.0, record 228 from 27:30 to 28:00; ODC-By 1.0, see README.md"
    )
    (FOLDER / f"{NAME}.hea").write_text("\n".join(lines) + "\n", encoding="utf-8")

    beats = read_annotations(source.with_suffix(""), "atr").beats()
    inside = (beats.samples >= first) & (beats.samples < last)
    marks = Annotations(beats.samples[inside] - first, beats.symbols[inside], fs=FS)
    (FOLDER / f"{NAME}.atr").write_bytes(encode(marks))


if __name__ == "__main__":
    main()
