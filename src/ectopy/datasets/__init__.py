"""Named public datasets: locate, download, verify, load, split."""

from ectopy.datasets.catalog import DATASETS, Dataset, dataset, folder, locate, locate_file, missing_files
from ectopy.datasets.download import download
from ectopy.datasets.ecg5000 import ECG5000, ECG5000_CLASSES, load_ecg5000

__all__ = [
    "DATASETS",
    "ECG5000",
    "ECG5000_CLASSES",
    "Dataset",
    "dataset",
    "download",
    "folder",
    "load_ecg5000",
    "locate",
    "locate_file",
    "missing_files",
]
