"""Well-known formats that are not read, and what makes of them one that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ectopy.errors import RecordError


@dataclass(frozen=True)
class Unread:
    """A format that is recognised and not read: by what it begins with, or holds among its first bytes."""

    title: str
    remedy: str
    begins: tuple[bytes, ...] = ()
    holds: bytes = b""
    at: int = 0

    def fits(self, head: bytes) -> bool:
        """Tell whether a file begins so."""
        begins = not self.begins or head[self.at :].startswith(self.begins)
        return begins and (not self.holds or self.holds in head)


_BIOSIG: Final = "convert it to EDF with BioSig: save2gdf -f=EDF IN OUT"
_PICTURE: Final = "a picture of an ECG holds no samples; export the waveform from the device"
_TABLE: Final = "save the sheet as CSV"

UNREAD: Final = (
    Unread("Excel workbook", _TABLE, (b"PK\x03\x04",), b"[Content_Types].xml"),
    Unread("OpenDocument sheet", _TABLE, (b"PK\x03\x04",), b"application/vnd.oasis"),
    Unread("old Microsoft Office file", _TABLE, (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)),
    Unread("PDF", _PICTURE, (b"%PDF-",)),
    Unread("PNG picture", _PICTURE, (b"\x89PNG\r\n",)),
    Unread("JPEG picture", _PICTURE, (b"\xff\xd8\xff",)),
    Unread("TIFF picture", _PICTURE, (b"II*\0", b"MM\0*")),
    Unread("GDF", _BIOSIG, (b"GDF 1.", b"GDF 2.")),
    Unread("MFER", _BIOSIG, (b"@ MFR ",)),
    Unread("BrainVision header", _BIOSIG, (b"Brain Vision", b"BrainVision")),
    Unread("Neuroscan CNT", _BIOSIG, (b"Version 3.",)),
    Unread("Spike2 file", "export it from Spike2 as MATLAB or text", (b"(C) CED", b"S64"), at=2),
    Unread("LabChart file", "export it from LabChart as MATLAB or text", (b"ADInstruments", b"CFWB")),
    Unread("Apache Parquet", "write it as CSV or NPZ: pandas.read_parquet(IN).to_csv(OUT)", (b"PAR1",)),
    Unread("Apache Feather", "write it as CSV or NPZ: pandas.read_feather(IN).to_csv(OUT)", (b"ARROW1",)),
    Unread(
        "pickle",
        "a pickle runs whatever it holds; save the samples with numpy.savez",
        (b"\x80\x04", b"\x80\x05"),
    ),
    Unread("SQLite database", "export the recording as CSV", (b"SQLite format 3\0",)),
    Unread("VitalDB file", "write it as CSV with the vitaldb package", (b"VITA",)),
    Unread("Garmin FIT file", "it holds heart rates and no ECG; export the ECG itself", (b".FIT",), at=8),
    Unread("RAR archive", "unpack it", (b"Rar!\x1a\x07",)),
    Unread("7-Zip archive", "unpack it", (b"7z\xbc\xaf\x27\x1c",)),
    Unread(
        "Mortara (ELI) XML",
        "export it as HL7 annotated ECG, SCP-ECG or DICOM",
        holds=b"<ECG ACQUISITION_TIME",
    ),
    Unread("Schiller XML", "export it as HL7 annotated ECG, SCP-ECG or DICOM", holds=b"<examdescript"),
    Unread("Cardiology XML of GE", "export it as HL7 annotated ECG or DICOM", holds=b"<CardiologyXML"),
)
"""The formats, the surest sign first."""


def refuse_unread(path: Path, head: bytes) -> None:
    """Raise the error that names format and remedy, if a file is of one of these formats.

    Raises
    ------
    RecordError
        If it is.
    """
    for each in UNREAD:
        if each.fits(head):
            raise RecordError(f"{path}: {each.title}, a format that is not read; {each.remedy}")
