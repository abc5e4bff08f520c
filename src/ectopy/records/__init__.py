"""What a recording is, and every file format it comes in."""

from ectopy.records.open import open_record
from ectopy.records.record import Annotations, Record
from ectopy.records.tables import read_csv, read_npz, write_csv, write_npz
from ectopy.records.wfdb_files import read_annotations, read_wfdb, write_annotations, write_wfdb

__all__ = [
    "Annotations",
    "Record",
    "open_record",
    "read_annotations",
    "read_csv",
    "read_npz",
    "read_wfdb",
    "write_annotations",
    "write_csv",
    "write_npz",
    "write_wfdb",
]
