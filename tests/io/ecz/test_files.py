"""Compressed recordings: exact, or as lossy as was stated, and checked chunk by chunk."""

from __future__ import annotations

import base64
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import EctopyError, ParameterError, RecordError
from ectopy.evaluation.reconstruction import prdn
from ectopy.io.ecz.container import CHUNK, open_file, write_file
from ectopy.io.ecz.writer import compress
from ectopy.io.registry import open_record, open_source
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record
from ectopy.simulation import simulate

OLD_FILE = (
    "c-rf9b&lfYlHy`yn8ConFlX|qhKf11eFwP?83?%4FMXnONv!3S{1^5;9uv3Ty!IeXc-E7UKi|{BKm15bOD{9$kvqHA"
    "uyKv0shU&SiAWL0I<*fI4MG>@uQu4vU9ZJ+ckB8cD+&YEBaW|@Ik&LDugH%hOsN0we&fC*k+NM6-#ckrTx<NM<E!uC"
    "(Wm-PIOtf!!r%yv7GLk>@0Y0MTsqq7asPu{Y8*3rOo+Wb0|+!QOlYY8P}fk89VVXZs!w71omYN=#ft5Qv4Vhh&(`a2"
    "&q&$;wVIro82gL?0vLf<vv{K>(DQl#mXT`y"
)
OLD_COUNTS = "0 3 -2 7 40 180 90 -30 -8 0 1 2 1 0 5 9 4 0 -1 0"


@pytest.fixture(scope="module")
def ecg() -> Record:
    return simulate(duration=100, fs=360, seed=3, name="ecg")


def test_counts_of_a_converter_come_back_exactly(ecg: Record, tmp_path: Path) -> None:
    gappy = ecg.signal.copy()
    gappy[5000:5200, 0] = np.nan
    write_wfdb(replace(ecg, signal=gappy), tmp_path / "a", scales=[(200.0, 1024), (187.3, 0)])
    source = open_source(tmp_path / "a")
    done = compress(source, tmp_path / "a.ecz")
    found = open_source(tmp_path / "a.ecz")
    whole = source.read(0, source.n_samples)
    assert done.coding == "counts"
    np.testing.assert_array_equal(found.read(0, source.n_samples), whole)
    assert found.scales == ((200.0, 1024.0), (187.3, 0.0))
    assert done.n_bytes == (tmp_path / "a.ecz").stat().st_size
    assert done.n_bytes < (tmp_path / "a.dat").stat().st_size / 2


def test_what_comes_with_the_samples_stays(ecg: Record, tmp_path: Path) -> None:
    known = replace(ecg, start=datetime(2020, 3, 2, 23, 59, 58), comments=("72 F", "µ"), patient="P-7")
    compress(known, tmp_path / "a.ecz")
    found = open_record(tmp_path / "a.ecz")
    for field in ("start", "comments", "patient", "name", "fs", "leads"):
        assert getattr(found, field) == getattr(known, field)
    assert found.annotations.samples.tolist() == known.annotations.samples.tolist()
    assert found.annotations.symbols.tolist() == known.annotations.symbols.tolist()


def test_samples_on_no_grid_come_back_bit_by_bit(tmp_path: Path) -> None:
    signal = np.random.default_rng(0).normal(size=(9000, 2)).astype(np.float32)
    signal[3:40, 1] = np.nan
    done = compress(Record(signal, 250, ("I", "II")), tmp_path / "a.ecz")
    assert done.coding == "floats"
    np.testing.assert_array_equal(open_record(tmp_path / "a.ecz").signal, signal)


@pytest.mark.parametrize("stated", [1.0, 9.0, 30.0])
def test_no_lead_loses_more_than_was_stated(ecg: Record, tmp_path: Path, stated: float) -> None:
    done = compress(ecg, tmp_path / "a.ecz", prdn=stated)
    losses = prdn(ecg.signal.T, open_record(tmp_path / "a.ecz").signal.T)
    np.testing.assert_allclose(done.prdn, losses, rtol=1e-3)
    assert max(losses) <= stated
    assert min(losses) > 0.7 * stated


@pytest.mark.parametrize("stated", [8.0, 30.0, 90.0])
def test_a_stated_ratio_is_one_of_bytes_on_disk(ecg: Record, tmp_path: Path, stated: float) -> None:
    compress(ecg, tmp_path / "a.ecz", ratio=stated)
    assert stated <= 2 * ecg.signal.size / (tmp_path / "a.ecz").stat().st_size < 1.2 * stated


@pytest.mark.parametrize("options", [{}, {"prdn": 9.0}])
@pytest.mark.parametrize("n", [1, 2, 17, 700, CHUNK, CHUNK + 1])
def test_recordings_of_any_length(ecg: Record, tmp_path: Path, n: int, options: dict[str, float]) -> None:
    short = replace(ecg, signal=ecg.signal[:n].round(3), annotations=None)
    compress(short, tmp_path / "a.ecz", **options)
    found = open_record(tmp_path / "a.ecz").signal
    assert found.shape == short.signal.shape
    if not options:
        np.testing.assert_allclose(found, short.signal, atol=1e-7)


@pytest.mark.parametrize("options", [{}, {"prdn": 9.0}])
def test_only_what_is_asked_for_is_decoded(ecg: Record, tmp_path: Path, options: dict[str, float]) -> None:
    """A damaged chunk is named where it is read, and is no harm elsewhere."""
    path = tmp_path / "a.ecz"
    compress(ecg, path, **options)
    whole = open_record(path).signal
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 255
    path.write_bytes(bytes(content))
    source = open_source(path)
    broken = []
    for chunk in range(-(-len(whole) // CHUNK)):
        inside = slice(chunk * CHUNK + 5, chunk * CHUNK + 400)
        try:
            np.testing.assert_array_equal(source.read(inside.start, inside.stop), whole[inside])
        except RecordError as error:
            broken.append((chunk, str(error)))
    ((chunk, message),) = broken
    assert f"chunk {chunk} at" in message
    assert "checksum" in message


def test_a_file_cut_anywhere_is_told(ecg: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.ecz"
    compress(ecg.slice(0, 10), path)
    content = path.read_bytes()
    for length in (9, 15, 60, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(RecordError, match="cut short"):
            open_source(path)


def test_every_changed_byte_is_noticed(ecg: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.ecz"
    compress(ecg.slice(0, 5), path)
    content = path.read_bytes()
    for place in np.random.default_rng(0).integers(len(content), size=60):
        if place == 9:
            continue  # the minor version: any is read
        changed = bytearray(content)
        changed[place] ^= 4
        path.write_bytes(bytes(changed))
        with pytest.raises(EctopyError):
            open_record(path)


@pytest.mark.parametrize("options", [{}, {"prdn": 9.0}])
def test_chunks_that_no_writer_makes_are_no_harm(
    ecg: Record, tmp_path: Path, options: dict[str, float]
) -> None:
    """With checksums that agree: samples come back, or an error of ours."""
    path = tmp_path / "a.ecz"
    compress(ecg.slice(0, 5), path, **options)
    good = open_file(path)
    (content,) = good.read(range(1))
    rng = np.random.default_rng(0)
    for _ in range(40):
        changed = bytearray(content[: rng.integers(4, len(content) + 1)])
        for place in rng.integers(len(changed), size=3):
            changed[place] = rng.integers(256)
        with path.open("wb") as file:
            write_file(file, good.header, [bytes(changed)])
        with suppress(EctopyError):
            assert open_record(path).n_samples == good.header.n_samples


def test_a_newer_format_is_refused_by_name(ecg: Record, tmp_path: Path) -> None:
    path = tmp_path / "a.ecz"
    compress(ecg.slice(0, 5), path)
    content = bytearray(path.read_bytes())
    content[8] = 2
    path.write_bytes(bytes(content))
    with pytest.raises(RecordError, match=r"version 2\.0.*newer ectopy"):
        open_source(path)


def test_a_file_of_the_first_version_is_read_for_ever(tmp_path: Path) -> None:
    """What the range coder's package makes of the same bytes must not change."""
    (tmp_path / "old.ecz").write_bytes(zlib.decompress(base64.b85decode(OLD_FILE)))
    found = open_source(tmp_path / "old.ecz")
    counts = np.rint(found.read(0, 20) * 200).astype(int)
    assert counts[:, 0].tolist() == [int(each) for each in OLD_COUNTS.split()]


@pytest.mark.parametrize(
    "options",
    [{"prdn": 0.0}, {"prdn": 100.0}, {"prdn": float("nan")}, {"ratio": 1.0}, {"prdn": 9.0, "ratio": 9.0}],
)
def test_impossible_options_are_refused(ecg: Record, tmp_path: Path, options: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="give"):
        compress(ecg, tmp_path / "a.ecz", **options)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_reached_is_said_and_leaves_nothing(ecg: Record, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"prdn=0\.0001 cannot be reached.*the loss .*larger prdn"):
        compress(ecg.slice(0, 10), tmp_path / "a.ecz", prdn=0.0001)
    assert list(tmp_path.iterdir()) == []


def test_a_ratio_that_leaves_no_signal_is_refused_and_keeps_what_was_there(
    ecg: Record, tmp_path: Path
) -> None:
    path = tmp_path / "a.ecz"
    assert compress(ecg, path).warning == ""
    before = path.read_bytes()
    with pytest.raises(ParameterError, match=r"ratio=400.* lead \S+ loses [\d.]+ %.*smaller ratio.*prdn=9"):
        compress(ecg, path, ratio=400)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_loss_that_is_no_longer_good_is_written_and_said(ecg: Record, tmp_path: Path) -> None:
    assert compress(ecg, tmp_path / "a.ecz", prdn=9).warning == ""
    assert "more than 9 %" in compress(ecg, tmp_path / "a.ecz", prdn=60).warning


def test_infinite_values_are_refused(tmp_path: Path) -> None:
    signal = np.array([[0.0], [np.inf]], np.float32)
    with pytest.raises(RecordError, match="infinite"):
        compress(Record(signal, 250, ("II",)), tmp_path / "a.ecz")
