from .annotated_folder import AnnotatedFolder, cut_records, read_folder
from .arrdb import ARRDB_BEATS, BeatSequence, arrdb_cases, load_arrdb_beats
from .beat_columns import Columns
from .beat_files import BeatFile, read_beats
from .catalog import (
    DATASETS,
    Dataset,
    dataset,
    folder,
    locate,
    locate_file,
    missing_files,
)
from .cinc2017 import CINC2017_LABELS, CinC2017Entry, load_cinc2017_record, load_cinc2017_table
from .cudb import CUDB_RECORDS, arrhythmia_onset, cudb_records, load_cudb_record
from .download import download
from .ecg5000 import ECG5000, ECG5000_CLASSES, load_ecg5000
from .heartbeats import HEARTBEAT_FILES, kachuee_beats, load_heartbeats
from .ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from .mitbih import (
    MITDB_RECORDS,
    NOISES,
    PACED,
    RECORD_SETS,
    load_excerpt,
    load_noise,
    load_record,
    load_records,
)
from .nsrdb import NSRDB_RECORDS, load_nsrdb_record, nsrdb_records
from .people import kept_apart
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
    "ARRDB_BEATS",
    "CINC2017_LABELS",
    "CUDB_RECORDS",
    "DATASETS",
    "ECG5000",
    "ECG5000_CLASSES",
    "HEARTBEAT_FILES",
    "LUDB_LEADS",
    "LUDB_RECORDS",
    "MITDB_RECORDS",
    "NOISES",
    "NSRDB_RECORDS",
    "PACED",
    "PTBXL_SUPERCLASSES",
    "QTDB_RECORDS",
    "RECORD_SETS",
    "AnnotatedFolder",
    "BeatFile",
    "BeatSequence",
    "CinC2017Entry",
    "Columns",
    "Dataset",
    "PTBXLEntry",
    "arrdb_cases",
    "arrhythmia_onset",
    "cudb_records",
    "cut_records",
    "dataset",
    "download",
    "folder",
    "kachuee_beats",
    "kept_apart",
    "load_arrdb_beats",
    "load_cinc2017_record",
    "load_cinc2017_table",
    "load_cudb_record",
    "load_ecg5000",
    "load_excerpt",
    "load_heartbeats",
    "load_ludb_record",
    "load_ludb_waves",
    "load_noise",
    "load_nsrdb_record",
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
    "nsrdb_records",
    "qtdb_part",
    "qtdb_patient",
    "qtdb_records",
    "read_beats",
    "read_folder",
]
