"""What compression makes of recordings and of their beats, to benchmarks/results/compress.json.

Needs the databases ``mitdb`` and the packages of ``pip install 'ectopy[bench]'``. Measured are minutes 5 to 7
of the 22 records of DS2, both leads (people that nothing was chosen on); every size is one of bytes on
disk, and ratios are against the 11 bits that MIT-BIH was digitised with (and against 16, as it is usually
stored). ``--losses`` measures what stated losses do to the beats of DS1; ``--learned ds2`` measures the codec
of ``ectopy reproduce dense-autoencoder`` beside the wavelets of ectopy: bytes on disk at one PRDN, minutes 5
to 10 of the first leads of DS2 (``ds1``: of half of DS1, to choose by). Each keeps what the others wrote.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import constriction
import numpy as np
import soundfile
import zstandard

from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import Analysis
from ectopy.datasets.mitbih import load_record
from ectopy.datasets.splits import DS1, DS2
from ectopy.evaluation.matching import match_beats
from ectopy.evaluation.reconstruction import prdn
from ectopy.io.ecz.container import open_file
from ectopy.io.ecz.writer import Compressed, compress
from ectopy.io.registry import open_record, open_source
from ectopy.labels import MATCH_WINDOW
from ectopy.networks.signal_codec import SignalCodec
from ectopy.record import Record
from ectopy.reproductions.dense_autoencoder import compression
from ectopy.reproductions.dense_autoencoder.codecs import LEVEL, SEGMENT, by_codec
from ectopy.reproductions.dense_autoencoder.compression import Parts
from ectopy.reproductions.dense_autoencoder.continuous_ecg import Recordings
from ectopy.reproductions.study import Settings
from ectopy.signal.quantisation import EntropyCode, Quantiser
from ectopy.training.loop import Schedule, fit_network, one_thread

RESULT = Path(__file__).parent / "results" / "compress.json"
RATIOS = (10, 20, 40)
LOSSES = (5,)
ADC_BITS = 11
MINUTES = (5, 7)
GAIN, BASELINE = 200, 1024
FS = 360
CHOSEN_LOSSES = (5, 9, 20, 30, 40, 50, 60, 75)
COMPARED_LOSSES = (3, 5, 9, 15, 25)
COMPARED_MINUTES = (5, 10)
PRICES = (0.02, 0.004)
"""mV² that a bit a sample is worth to the learned codec: as in the reproduction, and for smaller losses."""

LEARNED_EPOCHS = 15
STEPS = np.geomspace(0.1, 6.0, 20)
PER_CHUNK = 8
"""Bytes of a chunk in the index of a file."""


def excerpt(name: str) -> Record:
    """Return the minutes that are measured of a record of MIT-BIH."""
    record = load_record(name).slice(60 * MINUTES[0], 60 * MINUTES[1])
    return replace(record, name=name)


def counts_of(record: Record) -> np.ndarray:
    return np.rint(record.signal * GAIN + BASELINE).astype("<i2")


def others(counts: np.ndarray, fs: float) -> dict[str, int]:
    """Return the bytes of other lossless coders: the samples as int16, or their differences."""
    flac = io.BytesIO()
    soundfile.write(flac, counts, int(fs), format="FLAC", subtype="PCM_16", compression_level=1.0)
    zstd = zstandard.ZstdCompressor(level=19)
    differences = np.diff(counts, axis=0, prepend=0).astype("<i2")
    return {
        "FLAC, highest level": len(flac.getvalue()),
        "zstd, level 19": len(zstd.compress(counts.tobytes())),
        "zstd, level 19, of differences": len(zstd.compress(differences.T.tobytes())),
    }


class Beats:
    """Counts of beats that compression gains, loses or gives another class."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, record: Record, before: Analysis, after: Analysis) -> None:
        """Count the beats of a record's analyses before compression and after."""
        window = round(MATCH_WINDOW * record.fs)
        reference = record.reference_annotations().beats().samples
        same = match_beats(before.beats.samples, after.beats.samples, window)
        first, second = same.pairs.T
        changed = before.classes[first] != after.classes[second]
        self.counts.update(
            {
                "reference": len(reference),
                "analysed": len(after.beats),
                "matched": len(match_beats(reference, after.beats.samples, window).pairs),
                "original": len(before.beats),
                "kept": len(first),
                "changed": int(changed.sum()),
            }
        )
        for name in before.class_names:
            is_class = before.classes[first] == name
            self.counts[f"{name} kept"] += int(is_class.sum())
            self.counts[f"{name} changed"] += int((is_class & changed).sum())

    def figures(self) -> dict[str, Any]:
        """Return what the counts say."""
        c = self.counts
        names = [key.split()[0] for key in c if key.endswith(" kept")]
        return {
            "QRS F1 %": round(200 * c["matched"] / (c["reference"] + c["analysed"]), 3),
            "beats of the original": c["original"],
            "of them lost": c["original"] - c["kept"],
            "beats gained": c["analysed"] - c["kept"],
            "of another class": c["changed"],
            "of another class %": round(100 * c["changed"] / max(c["kept"], 1), 3),
            "of another class, by class": {
                name: f"{c[f'{name} changed']} of {c[f'{name} kept']}" for name in names
            },
        }


def measure(names: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    """Compress records in every way and analyse what comes back; yield what is known after each of them."""
    pipeline = Pipeline.shipped()
    sizes: dict[str, int] = {}
    n_samples = 0
    spent = {"compress": 0.0, "decompress": 0.0}
    beats = {ratio: Beats() for ratio in (1, *RATIOS)}
    lossy: dict[str, list[tuple[Compressed, float]]] = {}
    for name in names:
        record = excerpt(name)
        counts = counts_of(record)
        n_samples += counts.size
        for coder, size in others(counts, record.fs).items():
            sizes[coder] = sizes.get(coder, 0) + size
        path = folder / f"{name}.ecz"
        start = time.process_time()
        done = compress(record, path)
        spent["compress"] += time.process_time() - start
        start = time.process_time()
        back = open_record(path)
        spent["decompress"] += time.process_time() - start
        if not np.array_equal(back.signal, record.signal, equal_nan=True):
            raise SystemExit(f"{name} did not come back")
        sizes["ecz"] = sizes.get("ecz", 0) + done.n_bytes
        before = pipeline.run(record)
        beats[1].add(record, before, before)
        for ratio in RATIOS:
            done = compress(record, path, ratio=ratio * 16 / ADC_BITS)
            source = open_source(path)
            beats[ratio].add(record, before, pipeline.run(source))
            lossy.setdefault(f"CR {ratio}", []).append((done, by_segments(record, source.load())))
        for loss in LOSSES:
            done = compress(record, path, prdn=loss)
            lossy.setdefault(f"PRDN {loss} %", []).append((done, by_segments(record, open_record(path))))
        yield {
            "records": names[: names.index(name) + 1],
            "minutes": list(MINUTES),
            "samples": n_samples,
            "lossless": {coder: ratios(n_samples, size) for coder, size in sorted(sizes.items())},
            "lossless speed, million samples a second": {
                what: round(n_samples / seconds / 1e6, 2) for what, seconds in spent.items()
            },
            "lossy": {what: summary(runs) for what, runs in lossy.items()},
            "beats": {
                "original" if ratio == 1 else f"CR {ratio}": each.figures() for ratio, each in beats.items()
            },
            "versions": {each: version(each) for each in ("constriction", "soundfile", "zstandard")},
            "processor": platform.machine(),
        }


def by_segments(record: Record, back: Record) -> float:
    """Return the mean PRDN of segments of 11.5 s of the first lead, as the reproduction has it."""
    n = record.n_samples // SEGMENT * SEGMENT
    first, second = (each.signal[:n, 0].reshape(-1, SEGMENT) for each in (record, back))
    return float(np.nanmean(prdn(first, second)))


def ratios(n_samples: int, n_bytes: int) -> dict[str, float | int]:
    return {
        "bytes": n_bytes,
        "CR, 11 bits": round(n_samples * ADC_BITS / 8 / n_bytes, 3),
        "CR, 16 bits": round(n_samples * 2 / n_bytes, 3),
    }


def summary(runs: list[tuple[Compressed, float]]) -> dict[str, float]:
    n_samples = sum(done.n_samples * done.n_leads for done, _ in runs)
    n_bytes = sum(done.n_bytes for done, _ in runs)
    losses = [loss for done, _ in runs for loss in done.prdn]
    return {
        "CR, 11 bits": round(n_samples * ADC_BITS / 8 / n_bytes, 2),
        "CR of the worst record, 11 bits": round(min(done.ratio(ADC_BITS) for done, _ in runs), 2),
        "PRDN %, mean of leads": round(float(np.mean(losses)), 2),
        "PRDN %, worst lead": round(float(np.max(losses)), 2),
        "PRDN %, segments of the first lead": round(float(np.mean([loss for _, loss in runs])), 2),
    }


def by_loss(folder: Path) -> dict[str, Any]:
    """Return what becomes of the beats of DS1 at stated losses: by this the limits of ectopy were chosen."""
    pipeline, path = Pipeline.shipped(), folder / "chosen.ecz"
    beats = {loss: Beats() for loss in CHOSEN_LOSSES}
    sizes = dict.fromkeys(CHOSEN_LOSSES, 0)
    n_samples = 0
    for name in DS1:
        record = excerpt(name)
        before = pipeline.run(record)
        n_samples += record.signal.size
        for loss in CHOSEN_LOSSES:
            sizes[loss] += compress(record, path, prdn=loss).n_bytes
            beats[loss].add(record, before, pipeline.run(open_source(path)))
        print(name, flush=True)
    return {
        f"PRDN {loss} %": {"CR, 11 bits": ratios(n_samples, sizes[loss])["CR, 11 bits"], **each.figures()}
        for loss, each in beats.items()
    }


@dataclass(frozen=True)
class Size:
    """What a lead comes to: its loss in %, its bytes on disk, and those of them that are no samples."""

    prdn: float
    n_bytes: int
    header: int


def beside_learned(people: str, folder: Path) -> dict[str, Any]:
    """Return the bytes of the learned codec and of ectopy at one PRDN, lead by lead the same.

    The codec is trained on other people, once for each price of a bit. Its steps are written by the range
    coder that ectopy uses, with probabilities of the people that it learned from, as one message behind the
    same header; its bytes at the PRDN of a file of ectopy lie between those of two quantiser steps.
    """
    parts, leads = learned_parts(people)
    wavelets = {loss: [size_of(lead, loss, folder) for lead in leads] for loss in COMPARED_LOSSES}
    rows: dict[str, Any] = {
        f"PRDN {loss} %": {
            "wavelets, CR, 11 bits": round(leads.size * ADC_BITS / 8 / sum(each.n_bytes for each in sizes), 2)
        }
        for loss, sizes in wavelets.items()
    }
    for price in PRICES:
        curves = learned_curves(learned_network(parts, price), parts.coded, leads)
        for loss, sizes in wavelets.items():
            rows[f"PRDN {loss} %"][f"learned codec, {price:g} mV² a bit"] = compared(curves, sizes)
        print(json.dumps(rows, ensure_ascii=False), flush=True)
    return {"leads": len(leads), "seconds of each": leads.shape[1] / FS, "rows": rows}


def compared(curves: list[list[Size]], sizes: list[Size]) -> dict[str, float | int | None]:
    """Return what the learned codec takes beside files, on the leads where it reaches the loss."""
    pairs = [(bytes_at(curve, each), each.n_bytes) for curve, each in zip(curves, sizes, strict=True)]
    reached = [pair for pair in pairs if np.isfinite(pair[0])]
    learned, wavelets = np.sum(reached, axis=0) if reached else (np.nan, np.nan)
    return {
        "leads that reach it": len(reached),
        "of them smaller": sum(first < second for first, second in reached),
        "bytes / those of wavelets": round(float(learned / wavelets), 3) if reached else None,
    }


def learned_parts(people: str) -> tuple[Parts, np.ndarray]:
    """Return what the codec learns from, and the leads that are compared."""
    names = [name for name in DS1 if name != "201"]
    parts = (names, list(DS2)) if people == "ds2" else (names[::2], names[1::2])
    train, test = (
        Recordings(np.stack([load_record(name).signal[:, 0] for name in part]), tuple(part)) for part in parts
    )
    start, stop = (60 * FS * minute for minute in COMPARED_MINUTES)
    n = (stop - start) // SEGMENT * SEGMENT
    return compression.divide(train, test, Settings(Path())), test.signals[:, start : start + n]


def size_of(lead: np.ndarray, loss: float, folder: Path) -> Size:
    """Compress a lead to a loss."""
    path = folder / "lead.ecz"
    done = compress(Record(lead[:, np.newaxis], float(FS), ("MLII",), "lead"), path, prdn=loss)
    file = open_file(path)
    chunks = file.read(range(file.header.n_chunks))
    return Size(done.prdn[0], done.n_bytes, done.n_bytes - sum(len(each) + PER_CHUNK for each in chunks))


def learned_network(parts: Parts, price: float) -> SignalCodec:
    """Train a codec as the reproduction does, for longer, at a price of a bit."""

    def loss(network: Any, batch: Any) -> Any:
        windows = compression.crop(network, batch[0], compression.CODEC_WINDOW)
        rebuilt, code = network(windows)
        return (rebuilt - windows).square().mean() + price * network.bits(code).sum() / windows.numel()

    network = compression.new_codec(0)
    plan = Schedule(LEARNED_EPOCHS, compression.CODEC_BATCH, 4e-3, patience=LEARNED_EPOCHS, weight_decay=0)
    examples = ([each[:, None]] for each in (parts.learned, parts.held_out))
    fit_network(network, loss, *examples, schedule=plan, seed=0)
    return network


def learned_curves(network: SignalCodec, coded: np.ndarray, leads: np.ndarray) -> list[list[Size]]:
    """Return the sizes of each lead at every quantiser step, the finest first."""
    transform = by_codec(network)
    segments = leads.reshape(-1, SEGMENT)
    levels = LEVEL.steps(segments.mean(axis=1))[:, np.newaxis]
    level_code = EntropyCode.learn(LEVEL.steps(coded.mean(axis=1))[:, np.newaxis])
    levels = level_code.hold(levels)
    known, codes = (
        transform.forward(np.asarray(part - level, np.float32))[0]
        for part, level in ((coded, coded.mean(axis=1, keepdims=True)), (segments, LEVEL.values(levels)))
    )
    curves: list[list[Size]] = [[] for _ in leads]
    for step in STEPS:
        quantiser = Quantiser(float(step))
        code = EntropyCode.learn(quantiser.steps(known).reshape(-1, known.shape[-1]))
        steps = code.hold(quantiser.steps(codes))
        rebuilt = (transform.back((quantiser.values(steps),)) + LEVEL.values(levels)).reshape(leads.shape)
        blocks = (part.reshape(len(leads), -1, part.shape[-1]) for part in (steps, levels))
        for curve, lead, back, *own in zip(curves, leads, rebuilt, *blocks, strict=True):
            loss = float(prdn(lead[np.newaxis], back[np.newaxis])[0])
            curve.append(Size(loss, message(zip((code, level_code), own, strict=True)), 0))
    return curves


def message(blocks: Iterable[tuple[EntropyCode, np.ndarray]]) -> int:
    """Return the bytes of whole steps (n_rows, n_columns), written by a range coder."""
    encoder = constriction.stream.queue.RangeEncoder()
    for code, steps in blocks:
        for costs, column in zip(code.costs, steps.T, strict=True):
            model = constriction.stream.model.Categorical(2.0**-costs, perfect=False)
            encoder.encode((column - code.lowest).astype(np.int32), model)
    return 4 * len(encoder.get_compressed())


def bytes_at(curve: list[Size], wanted: Size) -> float:
    """Return the bytes at which a curve has the loss of a file; NaN where it has not."""
    losses = np.maximum.accumulate([each.prdn for each in curve])
    if not losses[0] <= wanted.prdn <= losses[-1]:
        return float("nan")
    n_bytes = float(np.interp(wanted.prdn, losses, [each.n_bytes for each in curve]))
    return wanted.header + PER_CHUNK + n_bytes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--losses", action="store_true", help="what losses do to the beats of DS1")
    parser.add_argument("--learned", choices=("ds1", "ds2"), help="the learned codec beside the wavelets")
    parser.add_argument("--records", default="", help="of these, with commas; prints only")
    options = parser.parse_args()
    names = options.records.split(",") if options.records else [*DS2[::2], *DS2[1::2]]
    with tempfile.TemporaryDirectory() as folder, one_thread():
        if options.losses:
            write({"beats of DS1 by loss": by_loss(Path(folder))})
            return
        if options.learned:
            compared = beside_learned(options.learned, Path(folder))
            write({f"learned codec beside wavelets, {options.learned.upper()}": compared})
            return
        for result in measure(names, Path(folder)):
            print(result["records"][-1], json.dumps(result["lossy"]), flush=True)
            if not options.records:
                write(result)


def write(result: dict[str, Any]) -> None:
    """Put results into the file, and keep what is there of others."""
    there = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    RESULT.write_text(json.dumps(there | result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
