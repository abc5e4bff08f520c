"""Files of every format, written in the simplest way that its document allows."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import scipy.io
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from ectopy.io.csv import write_csv
from ectopy.io.ecz.writer import write_ecz
from ectopy.io.edf_writer import write_edf
from ectopy.io.npz import write_npz
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record

MICROVOLTS = 1000
"""In a millivolt: the samples below have a resolution of 1 µV."""


@dataclass(frozen=True)
class Sample:
    """How to write a format, and what it can hold."""

    name: str
    write: Callable[[Record, Path], object]
    file: str
    samples: str = ""
    tolerance: float = 0.0006
    keeps_missing: bool = True
    keeps_any_fs: bool = True
    keeps_one_sample: bool = True
    is_binary: bool = True

    def path(self, folder: Path) -> Path:
        return folder / self.file

    def data(self, folder: Path) -> Path:
        return folder / (self.samples or self.file)


def _counts(record: Record, missing: int = -(2**15)) -> np.ndarray:
    counts = np.rint(record.signal * MICROVOLTS)
    return np.where(np.isnan(counts), missing, counts).astype("<i2")


def write_ishne(record: Record, path: Path) -> None:
    codes = {"I": 5, "II": 6, "V1": 11, "V5": 15}
    n = len(record.leads)
    twelve = [0] * 12
    specs = [codes.get(lead, 0) for lead in record.leads] + twelve
    header = struct.pack(
        "<4i h 40s 40s 20s 2h 3h 3h 3h 3h h 12h 12h 12h h 40s h 80s 80s 88s",
        *(0, record.n_samples, 522, 522, 1, b"Ada", b"Lovelace", b"P-7", 2, 0),
        *(10, 12, 1815, 3, 2, 2020, 3, 2, 2020, 23, 59, 58, n),
        *specs[:12],
        *twelve,
        *([1000] * n + twelve)[:12],
        *(0, b"", int(record.fs), b"", b"", b""),
    )
    path.write_bytes(
        b"ISHNE1.0" + struct.pack("<H", binascii.crc_hqx(header, 0xFFFF)) + header + _counts(record).tobytes()
    )


def write_dicom(record: Record, path: Path) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.9.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.PatientName, dataset.PatientID = "Lovelace^Ada", "P-7"
    dataset.AcquisitionDateTime = "20200302235958"
    group = Dataset()
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = len(record.leads), record.n_samples
    group.SamplingFrequency = repr(record.fs)
    group.WaveformOriginality = "ORIGINAL"
    group.ChannelDefinitionSequence = [_dicom_channel(lead) for lead in record.leads]
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.WaveformPaddingValue = struct.pack("<h", -(2**15))
    group.WaveformData = _counts(record).tobytes()
    group["WaveformData"].VR = group["WaveformPaddingValue"].VR = "OW"
    dataset.WaveformSequence = [group]
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def _dicom_channel(lead: str) -> Dataset:
    source, unit, channel = Dataset(), Dataset(), Dataset()
    source.CodeValue, source.CodingSchemeDesignator, source.CodeMeaning = (
        "x",
        "MDC",
        f"Lead {lead} (Einthoven)",
    )
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "uV", "UCUM", "microvolt"
    channel.ChannelSourceSequence, channel.ChannelSensitivityUnitsSequence = [source], [unit]
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor, channel.ChannelBaseline = (
        "1",
        "1",
        "0",
    )
    channel.WaveformBitsStored = 16
    return channel


def write_muse(record: Record, path: Path) -> None:
    leads = "".join(
        f"<LeadData><LeadSampleCountTotal>{record.n_samples}</LeadSampleCountTotal>"
        "<LeadAmplitudeUnitsPerBit>1</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>"
        f"<LeadSampleSize>2</LeadSampleSize><LeadID>{lead}</LeadID>"
        f"<WaveFormData>{base64.encodebytes(column.tobytes()).decode()}</WaveFormData></LeadData>"
        for lead, column in zip(record.leads, np.ascontiguousarray(_counts(record).T), strict=True)
    )
    base, exponent = f"{record.fs!r}".partition(".")[0::2]
    exponent = exponent if exponent != "0" else ""
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE RestingECG SYSTEM "restecg.dtd"><RestingECG><PatientDemographics>'
        "<PatientID>P-7</PatientID><PatientLastName>Lovelace</PatientLastName></PatientDemographics>"
        "<TestDemographics><AcquisitionTime>23:59:58</AcquisitionTime>"
        "<AcquisitionDate>03-02-2020</AcquisitionDate></TestDemographics>"
        "<Waveform><WaveformType>Median</WaveformType></Waveform><Waveform><WaveformType>Rhythm</WaveformType>"
        f"<SampleBase>{base}{exponent}</SampleBase><SampleExponent>{-len(exponent)}</SampleExponent>{leads}"
        "</Waveform></RestingECG>"
    )


def write_aecg(record: Record, path: Path) -> None:
    sequences = "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{lead.upper()}"/><value xsi:type="SLIST_PQ">'
        f'<origin value="0" unit="uV"/><scale value="0.5" unit="uV"/>'
        f"<digits>{' '.join(map(str, column))}</digits></value></sequence></component>"
        for lead, column in zip(record.leads, 2 * _counts(record).astype(int).T, strict=True)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><AnnotatedECG xmlns="urn:hl7-org:v3"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><componentOf><trialSubject>'
        '<id root="1.2" extension="P-7"/><name>Ada Lovelace</name></trialSubject></componentOf>'
        "<component><series>"
        '<code code="RHYTHM"/><effectiveTime><low value="20200302235958.000"/></effectiveTime><component>'
        '<sequenceSet><component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">'
        f'<head value="20200302235958.000"/><increment value="{1 / record.fs!r}" unit="s"/></value>'
        f"</sequence></component>{sequences}</sequenceSet></component></series></component></AnnotatedECG>"
    )


def write_philips(record: Record, path: Path, pulse: bool = True) -> None:
    """Write a recording, and a second of calibration behind it."""
    calibration = np.zeros((int(record.fs), len(record.leads)), "<i2")
    calibration[int(0.3 * record.fs) : int(0.6 * record.fs)] = MICROVOLTS
    stored = np.concatenate([_counts(record), calibration]) if pulse else _counts(record)
    data = base64.b64encode(np.ascontiguousarray(stored.T).tobytes()).decode()
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><restingecgdata><documentinfo><documenttype>PhilipsECG'
        "</documenttype><documentversion>1.04</documentversion></documentinfo><patient><generalpatientdata>"
        "<patientid>P-7</patientid><name><lastname>Lovelace</lastname></name></generalpatientdata></patient>"
        '<dataacquisition date="2020-03-02" time="23:59:58"><signalcharacteristics>'
        f"<samplingrate>{record.fs:g}</samplingrate><resolution>1</resolution><signaloffset>0</signaloffset>"
        f"<signalsigned>True</signalsigned><numberchannelsallocated>{len(record.leads)}</numberchannelsallocated>"
        "</signalcharacteristics></dataacquisition><waveforms>"
        f'<parsedwaveforms dataencoding="Base64" compression="Uncompressed"'
        f' numberofleads="{len(record.leads)}"'
        f' leadlabels="{" ".join(record.leads)}" durationperchannel="{1000 * len(stored) / record.fs:g}">'
        f"{data}</parsedwaveforms></waveforms></restingecgdata>"
    )


def write_scp(record: Record, path: Path) -> None:
    path.write_bytes(scp_record(record))


def scp_record(record: Record, differences: int = 0, huffman: bool = False) -> bytes:
    """Return an SCP-ECG record: plain, as first or second differences, in the default Huffman code."""
    codes = {"I": 1, "II": 2, "V1": 3, "V5": 7}
    n = len(record.leads)
    leads = [_scp_lead(column, differences, huffman) for column in _counts(record).T.astype(int)]
    bodies = {
        1: b"\x00\x09\x00Lovelace\0\x02\x04\x00P-7\0\xff\0\0",
        3: bytes([n, 4 | n << 3])
        + b"".join(struct.pack("<IIB", 1, record.n_samples, codes[lead]) for lead in record.leads),
        6: struct.pack("<HHBB", 1000, round(1e6 / record.fs), differences, 0)
        + b"".join(struct.pack("<H", len(lead)) for lead in leads)
        + b"".join(leads),
    }
    if huffman:
        bodies[2] = struct.pack("<H", 19999)
    sections = {
        number: _scp_section(number, body + b"\0" * (len(body) % 2)) for number, body in bodies.items()
    }
    place = 7 + 16 + 10 * 12
    pointers = struct.pack("<HII", 0, 16 + 120, 7)
    rest = b""
    for number in range(1, 12):
        section = sections.get(number, b"")
        pointers += struct.pack("<HII", number, len(section), place + len(rest) if section else 0)
        rest += section
    sized = _scp_section(0, pointers) + rest
    sized = struct.pack("<I", 6 + len(sized)) + sized
    return struct.pack("<H", binascii.crc_hqx(sized, 0xFFFF)) + sized


def _scp_lead(counts: np.ndarray, differences: int, huffman: bool) -> bytes:
    values = np.concatenate([counts[:differences], np.diff(counts, differences)])
    if not huffman:
        return values.astype("<i2").tobytes()
    bits = "".join(map(_scp_code, values.tolist()))
    bits += "0" * (-len(bits) % 16)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _scp_code(value: int) -> str:
    """Return the default code of a value: up to 8 by ones and a sign, others in 8 or 16 bits."""
    if abs(value) <= 8:
        return "1" * abs(value) + "0" + ("" if not value else "0" if value > 0 else "1")
    return f"1111111110{value % 256:08b}" if -128 <= value < 128 else f"1111111111{value % 65536:016b}"


def _scp_section(number: int, body: bytes) -> bytes:
    rest = struct.pack("<HIBB6s", number, 16 + len(body), 20, 20, b"SCPECG" if not number else b"") + body
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def write_atc(record: Record, path: Path) -> None:
    names = (b"ecg ", b"ecg2", b"ecg3")
    blocks = [(b"info", b"2020-03-02T23:59:58.000+01:00".ljust(264, b"\0"))]
    blocks += [(b"fmt ", struct.pack("<BHHBH", 1, int(record.fs), 1000, 0, 0))]
    columns = np.ascontiguousarray(_counts(record).T)
    blocks += [(name, column.tobytes()) for name, column in zip(names, columns, strict=False)]
    content = b"ALIVE\0\0\0" + struct.pack("<I", 3)
    for name, data in blocks:
        block = name + struct.pack("<I", len(data)) + data
        content += block + struct.pack("<I", sum(block))
    path.write_bytes(content)


def write_kardia_json(record: Record, path: Path) -> None:
    keys = {"I": "leadI", "II": "leadII", "III": "leadIII"}
    samples = {
        keys.get(lead, lead): column.tolist()
        for lead, column in zip(record.leads, _counts(record).T, strict=True)
    }
    raw = {"frequency": record.fs, "mainsFrequency": 50, "amplitudeResolution": 1000, "samples": samples}
    path.write_text(
        json.dumps({"recordedAt": "2020-03-02T23:59:58Z", "patientID": "P-7", "data": {"raw": raw}})
    )


def write_mat(record: Record, path: Path) -> None:
    leads = np.array(record.leads, object)
    scipy.io.savemat(path, {"signal": record.signal, "fs": record.fs, "leads": leads, "units": "mV"})


SAMPLES = (
    Sample("wfdb", write_wfdb, "strip", "strip.dat", tolerance=0.0005),
    Sample("csv", write_csv, "strip.csv", tolerance=1e-7, is_binary=False),
    Sample("npz", write_npz, "strip.npz", tolerance=0.0),
    Sample("edf", write_edf, "strip.edf"),
    Sample("ecz", write_ecz, "strip.ecz", tolerance=1e-7),
    Sample("ishne", write_ishne, "strip.ecg", keeps_any_fs=False),
    Sample("dicom", write_dicom, "strip.dcm"),
    Sample("muse", write_muse, "strip.xml", keeps_missing=False),
    Sample("aecg", write_aecg, "strip.xml", keeps_missing=False),
    Sample(
        "philips", write_philips, "strip.xml", keeps_missing=False, keeps_any_fs=False, keeps_one_sample=False
    ),
    Sample("scp", write_scp, "strip.scp", keeps_missing=False, keeps_any_fs=False),
    Sample("kardia", write_kardia_json, "strip.json", keeps_missing=False),
    Sample("mat", write_mat, "strip.mat", tolerance=0.0, keeps_one_sample=False),
)
"""One of every format that is read; Biopac's own is written by no package."""
