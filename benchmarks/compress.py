"""What compression makes of recordings and of their beats, to benchmarks/results/compress.json.

Needs the databases ``mitdb`` and the packages of ``pip install 'ectopy[bench]'``. Measured are minutes 5 to 7
of the 22 records of DS2, both leads (people that nothing was chosen on); every size is one of bytes on
disk, and ratios are against the 11 bits that MIT-BIH was digitised with (and against 16, as it is usually
stored). ``--choose`` measures the lossy coders on people of DS1 instead, by the protocol of the reproduction:
the learned codec is given ideal lengths there, the wavelets bytes on disk. Either keeps what the other wrote.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import zstandard

from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import Analysis
from ectopy.datasets.mitbih import load_record
from ectopy.datasets.splits import DS1, DS2
from ectopy.evaluation.matching import match_beats
from ectopy.evaluation.reconstruction import prdn
from ectopy.io.ecz.writer import Compressed, compress
from ectopy.io.registry import open_record, open_source
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Record

RESULT = Path(__file__).parent / "results" / "compress.json"
RATIOS = (10, 20, 40)
LOSSES = (5,)
ADC_BITS = 11
MINUTES = (5, 7)
GAIN, BASELINE = 200, 1024
SEGMENT = 4128
"""Samples over which the reproduction takes PRDN."""

PUBLISHED_RATIO = 32.25


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


def choose(folder: Path) -> list[dict[str, float | None]]:
    """Return PRDN of the learned codec and of the wavelets on people of DS1 that neither learned from."""
    from ectopy.reproductions.dense_autoencoder import codecs, compression
    from ectopy.reproductions.dense_autoencoder.continuous_ecg import Recordings
    from ectopy.reproductions.study import Settings

    names = [name for name in DS1 if name != "201"]
    learned, tested = (
        Recordings(np.stack([load_record(name).signal[:, 0] for name in part]), tuple(part))
        for part in (names[::2], names[1::2])
    )
    settings = Settings(folder)
    parts = compression.divide(learned, tested, settings)
    curve = codecs.trace(compression.train_codec(parts, 0, settings), parts.coded, parts.tested)
    records = [
        Record(segments.reshape(-1, 1), 360.0, ("lead",), name)
        for name, segments in zip(tested.patients, parts.tested, strict=True)
    ]
    rows = []
    for ratio in (10, 20, PUBLISHED_RATIO, 40):
        losses = []
        for record in records:
            compress(record, folder / "chosen.ecz", ratio=ratio * 16 / ADC_BITS)
            losses.append(by_segments(record, open_record(folder / "chosen.ecz")))
        learned_loss = float(curve.at(ratio, curve.prdn).mean())
        rows.append(
            {
                "CR": ratio,
                "learned codec": round(learned_loss, 2) if np.isfinite(learned_loss) else None,
                "wavelets": round(float(np.mean(losses)), 2),
            }
        )
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--choose", action="store_true", help="measure lossy coders on DS1 alone")
    parser.add_argument("--records", default="", help="of these, with commas; prints only")
    options = parser.parse_args()
    names = options.records.split(",") if options.records else [*DS2[::2], *DS2[1::2]]
    with tempfile.TemporaryDirectory() as folder:
        if options.choose:
            write({"learned codec beside wavelets, DS1": choose(Path(folder))})
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
