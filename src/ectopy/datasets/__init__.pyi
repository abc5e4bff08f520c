from .catalog import (
    DATASETS,
    Dataset,
    dataset,
    folder,
    locate,
    locate_file,
    missing_files,
)
from .download import download
from .ecg5000 import ECG5000, ECG5000_CLASSES, load_ecg5000
from .heartbeats import HEARTBEAT_FILES, kachuee_beats, load_heartbeats
from .ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from .mitbih import (
    MITDB_RECORDS,
    NOISES,
    PACED,
    RECORD_SETS,
    load_noise,
    load_record,
    load_records,
)
from .ptbxl import PTBXL_SUPERCLASSES, PTBXLEntry, load_ptbxl_record, load_ptbxl_table
from .qtdb import (
    QTDB_RECORDS,
    load_qtdb_record,
    load_qtdb_waves,
    qtdb_part,
    qtdb_patient,
    qtdb_records,
)

__all__ = [
    "DATASETS",
    "ECG5000",
    "ECG5000_CLASSES",
    "HEARTBEAT_FILES",
    "LUDB_LEADS",
    "LUDB_RECORDS",
    "MITDB_RECORDS",
    "NOISES",
    "PACED",
    "PTBXL_SUPERCLASSES",
    "QTDB_RECORDS",
    "RECORD_SETS",
    "Dataset",
    "PTBXLEntry",
    "dataset",
    "download",
    "folder",
    "kachuee_beats",
    "load_ecg5000",
    "load_heartbeats",
    "load_ludb_record",
    "load_ludb_waves",
    "load_noise",
    "load_ptbxl_record",
    "load_ptbxl_table",
    "load_qtdb_record",
    "load_qtdb_waves",
    "load_record",
    "load_records",
    "locate",
    "locate_file",
    "ludb_part",
    "missing_files",
    "qtdb_part",
    "qtdb_patient",
    "qtdb_records",
]
