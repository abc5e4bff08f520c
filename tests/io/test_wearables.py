"""What phones, watches, straps and loggers export as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ectopy.io.registry import open_record, open_source
from ectopy.simulation import simulate

FS = 250
ECG = simulate(duration=20, fs=FS, leads=("I",), seed=4).signal[:, 0].astype(float)


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "export.csv", encoding: str = "utf-8") -> Path:
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write


def check(path: Path, tolerance: float = 2e-3, fs: float | None = None) -> None:
    record = open_record(path, fs=fs)
    assert record.signal.shape == (len(ECG), 1)
    assert record.fs == pytest.approx(FS, rel=1e-3)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=tolerance)


APPLE = {
    "english": ["Sample Rate,250 hertz", "Lead,Lead I", "Unit,µV"],
    "german": ["Abtastrate,250 Hertz", "Ableitung,Ableitung I", "Einheit,µV"],
    "french": ["Fréquence d’échantillonnage,250 hertz", "Dérivation,Dérivation I", "Unité,µV"],
    "spanish": ["Frecuencia de muestreo,250 hercios", "Derivación,Derivación I", "Unidad,µV"],
}


@pytest.mark.parametrize("language", APPLE)
@pytest.mark.parametrize("decimal", [".", ","])
def test_apple_health(language: str, decimal: str, export: Callable) -> None:
    head = ["Name,A B", 'Date of Birth,"1 Jan 1980"', "Recorded Date,2026-01-12 10:01:02 +0100", "Symptoms,"]
    rows = [f"{1000 * value:.3f}".replace(".", decimal) for value in ECG]
    path = export("\n".join([*head, 'Device,"Watch4,2"', *APPLE[language], "", "", *rows]))
    check(path)
    assert "I" in open_source(path).leads[0]


def test_polar_sensor_logger(export: Callable) -> None:
    rows = [
        f"2026-03-26T17:30:{i // FS:02d}.000;{599616000000000000 + i * 10**9 // FS};{4 * i}.0;{v * 1000:.0f}"
        for i, v in enumerate(ECG)
    ]
    check(export("\n".join(["Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]", *rows])))


def test_packets_of_a_strap_that_share_a_stamp(export: Callable) -> None:
    rows = [f"{1000 * (i // 10 * 10) // FS},{v * 1000:.0f}" for i, v in enumerate(ECG)]
    check(export("\n".join(["timestamp,ecg (uV)", *rows])))


def test_shimmer(export: Callable) -> None:
    names = ["Timestamp_Unix_CAL", "ECG_LL-RA_24BIT_CAL", "ECG_STATUS1_CAL"]
    head = ["sep=\t", "\t".join(f"Shimmer_5E3F_{name}" for name in names), "ms\tmV\tno_units\t"]
    rows = [f"{1.5e12 + 1000 * i / FS:.3f}\t{v:.5f}\t128\t" for i, v in enumerate(ECG)]
    check(export("\n".join([*head, *rows])))


def test_open_signals(export: Callable) -> None:
    device = {"sensor": ["ECG"], "column": ["nSeq", "I1", "A1"], "sampling rate": FS, "label": ["A1"]}
    device |= {"resolution": [4, 1, 10], "device": "bitalino_rev"}
    head = ["# OpenSignals Text File Format", "# " + json.dumps({"00:07": device}), "# EndOfHeader"]
    counts = np.clip(np.rint(ECG * 1024 * 1.1 / 3.3 + 512), 0, 1023)
    rows = [f"{i % 16}\t0\t{count:.0f}\t" for i, count in enumerate(counts)]
    record = open_record(export("\n".join([*head, *rows]), "opensignals.txt"))
    assert (record.leads, record.fs) == (("ECG A1",), FS)
    inside = np.abs(ECG) < 1.3
    np.testing.assert_allclose(record.signal[inside, 0], ECG[inside], atol=0.002)


def test_biosppy(export: Callable) -> None:
    head = ["# Simple Text Format", f"# Sampling Rate (Hz):= {FS}.00", "# Resolution:= 12", "# Labels:= ECG"]
    record = open_record(export("\n".join([*head, *(f"{1000 * value:.0f}" for value in ECG)])))
    assert (record.leads, record.fs) == (("ECG",), FS)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=2e-3)


@pytest.mark.parametrize(
    "content",
    [
        {"ecgReadings": [{"waveformSamples": [round(v * 10922) for v in ECG], "samplingFrequencyHz": "250",
                          "scalingFactor": 10922, "leadNumber": 1}]},
        {"signal": [1000 * v for v in ECG], "sampling_frequency": 250, "unit": "uV"},
        {"data": {"ecg": [{"samplingFrequency": 250, "voltageMeasurements": [
            {"timeSinceSampleStart": i / FS, "voltage": v * 1000, "units": "mcV"}
            for i, v in enumerate(ECG)]}]}},
        {"fs": 250, "unit": "mV", "data": [{"ecg": {"Timestamp": i, "Samples": ECG[i : i + 10].tolist()}}
                                           for i in range(0, len(ECG), 10)]},
        [{"time": i / FS, "ecg_mV": v} for i, v in enumerate(ECG)],
    ],
    ids=["fitbit", "withings", "apple", "movesense", "objects"],
)  # fmt: skip
def test_json(content: object, export: Callable) -> None:
    check(export(json.dumps(content), "export.json"))


@pytest.mark.parametrize("on_its_side", [False, True])
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_numpy_arrays(kind: str, on_its_side: bool, tmp_path: Path) -> None:
    array = ECG[:, np.newaxis].T if on_its_side else ECG[:, np.newaxis]
    path = tmp_path / f"ecg.{kind}"
    np.save(path, array) if kind == "npy" else np.savez(path, ecg=array)
    check(path, fs=FS)
    assert bool(open_source(path, fs=FS).notes) == on_its_side
