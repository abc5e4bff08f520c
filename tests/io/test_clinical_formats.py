"""What each format of recorders and hospitals asks of its reader, beyond what all formats have in common."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import edfio
import h5py
import numpy as np
import pytest
import scipy.io

from ectopy.errors import MissingExtraError, RecordError
from ectopy.io import registry
from ectopy.io.edf_annotations import list_of
from ectopy.io.edf_writer import write_edf
from ectopy.io.registry import open_record, open_source
from ectopy.record import Annotations, Record
from io_samples import scp_record, write_aecg, write_atc, write_dicom, write_ishne, write_muse, write_philips

FS = 250.0


@pytest.fixture
def strip() -> Record:
    signal = np.random.default_rng(3).normal(0, 0.4, (2500, 2)).round(3)
    return Record(signal, FS, ("I", "II"), "strip", start=datetime(2020, 3, 2, 23, 59, 58))


# -- EDF -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "signal"), [(edfio.Edf, edfio.EdfSignal), (edfio.Bdf, edfio.BdfSignal)])
def test_what_edfio_writes(kind: type, signal: type, strip: Record, tmp_path: Path) -> None:
    signals = [
        signal(strip.signal[:, 0] * 1000.0, FS, label="ECG I", physical_dimension="uV"),
        signal(np.arange(100.0), 10, label="Resp", physical_dimension="l/min"),
        signal(strip.signal[::2, 1] * 1.0, FS / 2, label="ECG II", physical_dimension="mV"),
    ]
    marks = [edfio.EdfAnnotation(1.5, None, "patient moved")]
    recording = edfio.Recording(startdate=strip.start.date())
    person = edfio.Patient(code="P-7", name="Ada")
    kind(signals, patient=person, recording=recording, starttime=strip.start.time(), annotations=marks).write(
        tmp_path / "a"
    )
    source = open_source(tmp_path / "a")
    assert (source.leads, source.fs, source.patient, source.start) == (
        ("ECG I", "ECG II"),
        FS,
        "P-7",
        strip.start,
    )
    assert source.recording.named
    np.testing.assert_allclose(source.read(0, 2500)[:, 0], strip.signal[:, 0], atol=1e-4)
    assert (source.annotations.samples.tolist(), source.annotations.aux) == ([375], ("patient moved",))
    assert [each.n_samples for each in source.recording.channels] == [2500, 100, 1250]


def test_edfio_reads_what_is_written(strip: Record, tmp_path: Path) -> None:
    found = edfio.read_edf(write_edf(strip, tmp_path / "a.edf"))
    assert (found.labels, found.startdatetime) == (("I", "II"), strip.start)
    np.testing.assert_allclose(found.get_signal("II").data, strip.signal[:, 1], atol=0.0006)


def _interrupted(strip: Record, path: Path, starts: list[float]) -> Path:
    """Write EDF+ whose data records of a second begin at other times, and say that it is interrupted."""
    content = write_edf(strip, path).read_bytes().replace(b"EDF+C", b"EDF+D", 1)
    header, n_samples = content[: 256 * 4], 2 * 2 * 250
    length = (len(content) - len(header)) // len(starts)
    parts = [content[len(header) + i * length :][:length] for i in range(len(starts))]
    texts = [list_of(start, "").ljust(length - n_samples, b"\0") for start in starts]
    assert {len(text) for text in texts} == {length - n_samples}
    path.write_bytes(
        header + b"".join(part[:n_samples] + text for part, text in zip(parts, texts, strict=True))
    )
    return path


def test_what_lies_between_pieces_of_a_recording_is_missing(strip: Record, tmp_path: Path) -> None:
    found = open_source(_interrupted(strip, tmp_path / "a.edf", [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]))
    samples = found.read(0, found.n_samples)
    assert len(samples) == 2750
    np.testing.assert_allclose(samples[:1000], strip.signal[:1000], atol=0.0006)
    assert np.isnan(samples[1000:1250]).all()
    np.testing.assert_allclose(samples[1250:], strip.signal[1000:], atol=0.0006)
    np.testing.assert_array_equal(found.read(900, 1400), samples[900:1400])


def test_a_gap_of_years_is_not_believed(strip: Record, tmp_path: Path) -> None:
    marked = replace(
        strip, annotations=Annotations([5], ['"'], aux=("long enough for a large number",), fs=FS)
    )
    path = _interrupted(marked, tmp_path / "a.edf", [0, 1, 2, 3, 4, 5, 6, 7, 8, 99999999999])
    with pytest.raises(RecordError, match=r"gaps of .* h; cut it into pieces"):
        open_record(path)


# -- ISHNE, DICOM, XML -----------------------------------------------------------------------------


def test_a_holter_that_counts_the_samples_of_all_leads(strip: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.ecg"
    write_ishne(strip, path)
    content = bytearray(path.read_bytes())
    content[14:18] = struct.pack("<i", 5000)
    path.write_bytes(content)
    assert open_record(path).n_samples == 2500


def test_a_dicom_baseline_is_added(strip: Record, tmp_path: Path) -> None:
    import pydicom

    write_dicom(strip, tmp_path / "a.dcm")
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    channel = dataset.WaveformSequence[0].ChannelDefinitionSequence[0]
    channel.ChannelBaseline, channel.ChannelSensitivityCorrectionFactor = "250", "2"
    dataset.save_as(tmp_path / "a.dcm")
    np.testing.assert_allclose(
        open_record(tmp_path / "a.dcm").lead("I"), 2 * strip.signal[:, 0] + 0.25, atol=1e-5
    )


def test_the_limb_leads_of_muse_follow_from_two(strip: Record, tmp_path: Path) -> None:
    write_muse(strip, tmp_path / "a.xml")
    found = open_record(tmp_path / "a.xml")
    assert found.leads == ("I", "II", "III", "aVR", "aVL", "aVF")
    i, ii = strip.signal.T
    expected = np.column_stack([i, ii, ii - i, -(i + ii) / 2, i - ii / 2, ii - i / 2])
    np.testing.assert_allclose(found.signal, expected, atol=1e-6)


def test_the_calibration_of_philips_is_cut_and_a_beat_is_not(strip: Record, tmp_path: Path) -> None:
    write_philips(strip, tmp_path / "a.xml")
    assert open_record(tmp_path / "a.xml").n_samples == 2500
    write_philips(strip, tmp_path / "b.xml", pulse=False)
    assert open_record(tmp_path / "b.xml").n_samples == 2500


def test_sequence_sets_of_an_annotated_ecg_stand_in_their_places(strip: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    write_aecg(replace(strip, signal=strip.signal[:500]), path)
    text = path.read_text()
    begin, end = text.index("<sequenceSet>"), text.index("</sequenceSet>") + len("</sequenceSet>")
    later = text[begin:end].replace('head value="20200302235958.000"', 'head value="20200303000002.000"')
    path.write_text(text[:end] + later + text[end:])
    found = open_record(path)
    assert found.n_samples == 1500
    np.testing.assert_allclose(found.signal[1000:], strip.signal[:500], atol=1e-6)
    assert np.isnan(found.signal[500:1000]).all()


@pytest.mark.parametrize("write", [write_muse, write_aecg, write_philips])
def test_entities_are_refused(write: object, strip: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    write(strip, path)
    text = path.read_text()
    root = (
        "RestingECG"
        if "RestingECG" in text
        else "AnnotatedECG"
        if "AnnotatedECG" in text
        else "restingecgdata"
    )
    body = text[text.index(f"<{root}") :]
    path.write_text(f'<!DOCTYPE {root} [<!ENTITY a "{"x" * 99}"><!ENTITY b "&a;&a;&a;">]>{body}')
    with pytest.raises(RecordError, match="entities"):
        open_record(path)


# -- SCP-ECG, Kardia, MATLAB -----------------------------------------------------------------------


@pytest.mark.parametrize("differences", [0, 1, 2])
def test_scp_in_huffman_codes(differences: int, strip: Record, tmp_path: Path) -> None:
    (tmp_path / "a.scp").write_bytes(scp_record(strip, differences=differences, huffman=True))
    np.testing.assert_allclose(open_record(tmp_path / "a.scp").signal, strip.signal, atol=1e-6)


def test_scp_that_announces_billions(strip: Record, tmp_path: Path) -> None:
    content = scp_record(strip, differences=1, huffman=True)
    announced = content.replace(struct.pack("<II", 1, 2500), struct.pack("<II", 1, 2**32 - 1))
    (tmp_path / "a.scp").write_bytes(announced)
    with pytest.raises(RecordError, match=r"announces samples 1 to 4294967295"):
        open_record(tmp_path / "a.scp")


def test_an_atc_file_and_its_checksums(strip: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.atc"
    write_atc(strip, path)
    np.testing.assert_allclose(open_record(path).signal, strip.signal, atol=1e-6)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(RecordError, match="block 'ecg2' is damaged"):
        open_record(path)


def test_matlab_7_3_and_structs(strip: Record, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "new.mat", "w", userblock_size=512) as file:
        file["signal"] = strip.signal
        file["fs"] = np.array([[FS]])
    with (tmp_path / "new.mat").open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")
    np.testing.assert_array_equal(open_record(tmp_path / "new.mat").signal, strip.signal)
    scipy.io.savemat(
        tmp_path / "old.mat", {"rec": {"ECG": {"data": strip.signal.T, "srate": FS}}}, do_compression=True
    )
    found = open_record(tmp_path / "old.mat")
    assert found.fs == FS
    np.testing.assert_array_equal(found.signal, strip.signal)


# -- formats that are recognised -------------------------------------------------------------------


def test_a_missing_extra_is_named(strip: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dicom(strip, tmp_path / "a.dcm")
    there = [
        each if each.name != "dicom" else replace(each, module="no_such_module") for each in registry.FORMATS
    ]
    monkeypatch.setattr(registry, "FORMATS", tuple(there))
    with pytest.raises(MissingExtraError, match=r"a\.dcm: DICOM.*pip install 'ectopy\[formats\]'"):
        open_record(tmp_path / "a.dcm")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"PK\x03\x04\x14\0\6\0" + b"\0" * 22 + b"[Content_Types].xml",
            "Excel workbook.*save the sheet as CSV",
        ),
        (b"%PDF-1.7\n", "PDF.*export the waveform"),
        (b"GDF 2.20", r"GDF.*save2gdf -f=EDF"),
        (b"\x80\x04\x95\0\0\0", "pickle.*numpy.savez"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_what_helps(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(RecordError, match=message):
        open_record(tmp_path / "a")


def test_an_archive_with_letters_beyond_unicode(tmp_path: Path) -> None:
    names = np.array(["I", "II"])
    names.view(np.uint32)[0] = 0x7FFFFFFF
    np.savez(tmp_path / "a.npz", signal=np.zeros((9, 2)), fs=250, leads=names)
    with pytest.raises(RecordError, match="letters"):
        open_record(tmp_path / "a.npz")
