"""The public datasets ectopy knows by name: what they hold, whose they are, and where they lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pooch

from ectopy.errors import DatasetError

DATA_DIR_VARIABLE: Final = "ECTOPY_DATA_DIR"
"""Environment variable that names a folder of datasets, one folder each."""


@dataclass(frozen=True)
class Dataset:
    """A public dataset.

    Parameters
    ----------
    name : str
        What ectopy calls it; also the name of its folder.
    title : str
        What its publisher calls it.
    files : mapping of str to str
        File name → SHA-256, empty where no checksum is known.
    licence : str
        On what terms it may be used.
    citation : str
        What to cite.
    doi : str
        Identifier of the data or, where those have none, of the publication.
    url : str
        Folder the files are downloaded from; empty if ectopy cannot download them.
    archive : str
        Zip file at ``url`` that holds the files, where they are not to be had one by one.
    notes : str
        What it holds.
    access : str
        How to come by it, where ectopy cannot download it.
    """

    name: str
    title: str
    files: Mapping[str, str]
    licence: str
    citation: str
    doi: str
    url: str = ""
    archive: str = ""
    notes: str = ""
    access: str = ""

    @property
    def downloadable(self) -> bool:
        """Whether `download` can bring it."""
        return bool(self.url)

    @property
    def remedy(self) -> str:
        """What to do where the dataset, or a file of it, is absent."""
        if self.downloadable:
            return (
                f"run: ectopy data download {self.name},"
                f" or set {DATA_DIR_VARIABLE} to a folder that holds {self.name}/"
            )
        place = f"put the files into {folder(self.name)}, or set {DATA_DIR_VARIABLE}"
        return f"{self.access} Then {place} to a folder that holds {self.name}/"


def dataset(name: str) -> Dataset:
    """Return what is known about a dataset.

    Parameters
    ----------
    name : str
        Name in the catalog (`DATASETS`).

    Returns
    -------
    Dataset

    Raises
    ------
    DatasetError
        If no dataset has that name.

    Examples
    --------
    >>> dataset("mitdb").title
    'MIT-BIH Arrhythmia Database 1.0.0'
    """
    if name not in DATASETS:
        raise DatasetError(f"dataset {name!r} is unknown; choose one of: {', '.join(DATASETS)}")
    return DATASETS[name]


def folder(name: str) -> Path:
    """Return where a dataset lies, or would be put by `download`.

    That is ``$ECTOPY_DATA_DIR/NAME`` if the variable is set and the folder is there, else the folder of that
    name in the user's cache.

    Parameters
    ----------
    name : str
        Name in the catalog (`DATASETS`).

    Returns
    -------
    Path
        Whether there is anything in it or not.

    Raises
    ------
    DatasetError
        If no dataset has that name.
    """
    dataset(name)
    root = os.environ.get(DATA_DIR_VARIABLE)
    if root and (Path(root) / name).is_dir():
        return Path(root).resolve() / name
    return Path(pooch.os_cache("ectopy")) / name


def locate(name: str) -> Path:
    """Return the folder of a dataset that is at hand.

    Parameters
    ----------
    name : str
        Name in the catalog.

    Returns
    -------
    Path
        A folder that holds at least one file of the dataset.

    Raises
    ------
    DatasetError
        If no dataset has that name, or it is not here.
    """
    entry = dataset(name)
    place = folder(name)
    if len(missing_files(name)) == len(entry.files):
        raise DatasetError(f"dataset {name} is not in {place}; {entry.remedy}")
    return place


def locate_file(name: str, file: str) -> Path:
    """Return the path of one file of a dataset that is at hand.

    Parameters
    ----------
    name : str
        Name in the catalog (`DATASETS`).
    file : str
        Its path in the folder of the dataset, as the catalog has it, such as ``"100.dat"``.

    Returns
    -------
    Path

    Raises
    ------
    DatasetError
        If no dataset has that name, or the file is not here.
    """
    path = folder(name) / file
    if not path.is_file():
        raise DatasetError(f"dataset {name}: {file} is not in {path.parent}; {dataset(name).remedy}")
    return path


def missing_files(name: str) -> tuple[str, ...]:
    """Return the catalogued files of a dataset that are not here.

    Parameters
    ----------
    name : str
        Name in the catalog (`DATASETS`).

    Returns
    -------
    tuple of str
        Paths in the folder of the dataset; empty where it is complete.

    Raises
    ------
    DatasetError
        If no dataset has that name.
    """
    place = folder(name)
    return tuple(file for file in dataset(name).files if not (place / file).is_file())


def records_at_hand(name: str, records: Iterable[str], suffix: str = ".hea") -> tuple[str, ...]:
    """Return those records of a dataset whose file of a suffix is here, in the order given."""
    here = folder(name)
    return tuple(record for record in records if (here / f"{record}{suffix}").is_file())


def _checksums(name: str) -> Mapping[str, str]:
    """Read a list with one ``SHA-256 file`` a line."""
    text = (package_files("ectopy.datasets") / "checksums" / f"{name}.txt").read_text(encoding="utf-8")
    pairs = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return MappingProxyType({file: checksum for checksum, file in pairs})


def _with_headers(checksums: Mapping[str, str], extension: str = ".dat") -> Mapping[str, str]:
    """Add the header of each record, of which no checksum is known."""
    records = (file.removesuffix(extension) for file in checksums if file.endswith(extension))
    return MappingProxyType({**checksums, **{f"{record}.hea": "" for record in records}})


_DATASETS: Final = (
    Dataset(
        name="mitdb",
        title="MIT-BIH Arrhythmia Database 1.0.0",
        files=_checksums("mitdb"),
        licence="ODC-By 1.0",
        citation="Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database."
        " IEEE Eng Med Biol 20(3):45-50, 2001",
        doi="10.13026/C2F305",
        url="https://physionet.org/files/mitdb/1.0.0/",
        notes="48 records of 30 min, 2 leads, 360 Hz, every beat annotated.",
    ),
    Dataset(
        name="nstdb",
        title="MIT-BIH Noise Stress Test Database 1.0.0",
        files=_checksums("nstdb"),
        licence="ODC-By 1.0",
        citation="Moody GB, Muldrow WE, Mark RG. A noise stress test for arrhythmia detectors."
        " Computers in Cardiology 11:381-384, 1984",
        doi="10.13026/C2HS3T",
        url="https://physionet.org/files/nstdb/1.0.0/",
        notes="Noises bw, em, ma and the noisy ECGs 118e00 (0 dB) and 118e_6 (-6 dB).",
    ),
    Dataset(
        name="ecg5000",
        title="ECG5000, UCR time series archive",
        files=_checksums("ecg5000"),
        licence="the archive asks to be cited",
        citation="Dau HA et al. The UCR time series archive. IEEE/CAA J Autom Sinica 6(6):1293-1305, 2019",
        doi="10.1109/JAS.2019.1911747",
        url="https://www.timeseriesclassification.com/aeon-toolkit/",
        archive="ECG5000.zip",
        notes="5,000 beats of one patient (record chf07), 140 samples each, 5 classes, 500 to train on.",
    ),
    Dataset(
        name="ptbxl",
        title="PTB-XL, a large publicly available electrocardiography dataset",
        files=MappingProxyType({"ptbxl_database.csv": "", "scp_statements.csv": ""}),
        licence="CC BY 4.0",
        citation="Wagner P et al. PTB-XL, a large publicly available electrocardiography dataset."
        " Scientific Data 7:154, 2020",
        doi="10.13026/kfzx-aw45",
        notes="12-lead ECGs of 10 s at 500 Hz, with diagnoses; read from records500/ and the two tables.",
        access="Get all of it, or some recordings, from https://physionet.org/content/ptb-xl/ by hand.",
    ),
    Dataset(
        name="cinc2017",
        title="PhysioNet/CinC Challenge 2017, training set",
        files=_with_headers(_checksums("cinc2017"), ".mat"),
        licence="ODC-By 1.0",
        citation="Clifford GD et al. AF classification from a short single lead ECG recording: the"
        " PhysioNet/Computing in Cardiology Challenge 2017. Computing in Cardiology 44, 2017",
        doi="10.22489/CinC.2017.065-469",
        notes="Single-lead recordings of 9 to 61 s at 300 Hz, each labelled N, A, O or ~; 5,117 of"
        " 8,528 are known.",
        access="Get training2017 from https://physionet.org/content/challenge-2017/1.0.0/ by hand.",
    ),
    Dataset(
        name="cudb",
        title="CU Ventricular Tachyarrhythmia Database 1.0.0",
        files=_checksums("cudb"),
        licence="ODC-By 1.0",
        citation="Nolle FM, Badura FK, Catlett JM, Bowser RW, Sketch MH. CREI-GARD, a new concept in"
        " computerized arrhythmia monitoring systems. Computers in Cardiology 13:515-518, 1986",
        doi="10.13026/C2X59M",
        notes="1 lead of 8.5 min at 250 Hz, up to fibrillation; 24 of 35 people, converted from"
        " another export.",
        access="Get it from https://physionet.org/content/cudb/1.0.0/ by hand; the checksums are"
        " those of a copy.",
    ),
    Dataset(
        name="nsrdb",
        title="MIT-BIH Normal Sinus Rhythm Database 1.0.0",
        files=_checksums("nsrdb"),
        licence="ODC-By 1.0",
        citation="Goldberger AL et al. PhysioBank, PhysioToolkit, and PhysioNet: components of a new research"
        " resource for complex physiologic signals. Circulation 101(23):e215-e220, 2000",
        doi="10.13026/C2NK5R",
        notes="2 leads at 128 Hz of healthy people, no marks; the first 2 h 10 min of 9 of 18"
        " people, converted.",
        access="Get it from https://physionet.org/content/nsrdb/1.0.0/ by hand; the checksums are"
        " those of a copy.",
    ),
    Dataset(
        name="arrdb",
        title="VitalDB Arrhythmia Database 1.0.0, annotations",
        files=_checksums("arrdb"),
        licence="MIT",
        citation="Eun D et al. VitalDB Arrhythmia Database: an anesthesiologist-validated large-scale"
        " intraoperative arrhythmia dataset with beat and rhythm labels. PhysioNet, 2026",
        doi="10.13026/axd6-wm13",
        notes="Times, types and rhythms of the beats of 371 of 482 people under anaesthesia, 20 min"
        " each; no signals.",
        access="Get the annotation files from"
        " https://physionet.org/content/vitaldb-arrhythmia/1.0.0/ by hand.",
    ),
    Dataset(
        name="heartbeats",
        title="ECG Heartbeat Categorization Dataset (Kaggle)",
        files=MappingProxyType(
            dict.fromkeys(
                ("mitbih_train.csv", "mitbih_test.csv", "ptbdb_normal.csv", "ptbdb_abnormal.csv"), ""
            )
        ),
        licence="as stated on its Kaggle page",
        citation="Kachuee M, Fazeli S, Sarrafzadeh M. ECG heartbeat classification: a deep transferable"
        " representation. IEEE ICHI, 443-444, 2018",
        doi="10.1109/ICHI.2018.00092",
        notes="Single beats of MIT-BIH and of PTB, 187 samples at 125 Hz, class in the last column.",
        access="Kaggle asks for an account: get it from"
        " https://www.kaggle.com/datasets/shayanfazeli/heartbeat by hand.",
    ),
    Dataset(
        name="ludb",
        title="Lobachevsky University Electrocardiography Database 1.0.1",
        files=_checksums("ludb"),
        licence="ODC-By 1.0",
        citation="Kalyakulina AI et al. LUDB: a new open-access validation tool for electrocardiogram"
        " delineation algorithms. IEEE Access 8:186181-186190, 2020",
        doi="10.13026/eegm-h675",
        url="https://physionet.org/files/ludb/1.0.1/",
        notes="200 people, 12 leads of 10 s at 500 Hz, P, QRS and T marked on each lead.",
    ),
    Dataset(
        name="qtdb",
        title="QT Database 1.0.0",
        files=_with_headers(_checksums("qtdb")),
        licence="ODC-By 1.0",
        citation="Laguna P, Mark RG, Goldberger A, Moody GB. A database for evaluation of algorithms"
        " for measurement of QT and other waveform intervals in the ECG. Computers in Cardiology 24:673-676,"
        " 1997",
        doi="10.13026/C24K53",
        notes="Excerpts of 15 min, 2 leads, 250 Hz; some 30 beats each with P, QRS and T marked by hand"
        " (q1c); 39 of 105 are known, their headers without checksums.",
        access="Get it from https://physionet.org/content/qtdb/1.0.0/ by hand.",
    ),
)

DATASETS: Final[Mapping[str, Dataset]] = MappingProxyType({entry.name: entry for entry in _DATASETS})
"""Every dataset by name."""
