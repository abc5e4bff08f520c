"""What denoising gains, and what it does to P and T waves, to benchmarks/results/denoise.json.

Needs the databases ``mitdb``, ``ludb``, ``qtdb`` and ``nstdb``. Measured are people and noise that nothing
was learned from and nothing was chosen on: DS2 (half a minute of the first lead each), LUDB (lead II)
and the marked parts of the QT Database (first lead), with the second half of ``bw``, ``em`` and ``ma`` at
6 and 12 dB (variance of the signal over that of the noise). Clean is the recording without what is below
0.5 Hz; what noise it has itself counts as signal. Waves are those that were marked by hand: their
height at the marked peak above the line from onset to end, and the place of their extremum.

``by DeepFilter's protocol`` takes those of its 14 test excerpts that are at hand, its segments, scaling and
formulas (Romero et al. 2021 and its repository). Beats are cut before P onsets by ectopy's delineator, where
it takes the marks ``pu1``; noise is the first 13 % of both channels of the second half of ``bw``, where it
takes that of the whole, for the denoiser has learned from the first half.

``--part validation`` measures the people that choices are made on, with the end of the training half of the
noise, and prints alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import resample_poly

from ectopy.beats.wave_marks import WaveMarks
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.mitbih import NOISES, NSTDB_FS, load_noise, load_record
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS2
from ectopy.evaluation.reconstruction import cosine_similarity, max_abs_distance, prd, snr, ssd
from ectopy.models.artifact import NETWORK
from ectopy.models.delineator import delineate
from ectopy.models.denoiser import Denoiser
from ectopy.recipes.delineator import marked_excerpt
from ectopy.recipes.denoiser import DEEPFILTER_TEST, HELD_OUT
from ectopy.record import Record
from ectopy.signal.filters import bandpass, fill_missing
from ectopy.signal.resampling import resample
from ectopy.signal.wavelets import denoise as shrink

RESULT = Path(__file__).parent / "results" / "denoise.json"
SNRS = (6, 12)
LUDB_LEADS = ("ii",)
MINUTE = (300, 330)
WAVES = ("P", "QRS", "T")
SMOOTHED = 0.010
"""Seconds to either side over which heights are averaged, before and after: noise has peaks too."""

LEAST_HEIGHT = 0.03
"""mV; lower waves are no measure of what is left of them."""

SEGMENT_SECONDS = 8.0
DEEPFILTER = "by DeepFilter's protocol"
DEEPFILTER_FS = 360
DEEPFILTER_WINDOW = 512
DEEPFILTER_PADDING = 16
DEEPFILTER_SHARE = 0.13
PUBLISHED = {"DeepFilter": (5.20, 0.39, 50.45, 0.89), "FCN-DAE": (10.63, 0.60, 94.5, 0.77)}

Samples = npt.NDArray[np.float32]
Method = Callable[[Samples, float], Samples]


@dataclass(frozen=True, eq=False)
class Lead:
    """A clean lead and its marked waves."""

    person: str
    signal: Samples
    fs: float
    marks: WaveMarks | None = None


def without_wander(signal: Samples, fs: float) -> Samples:
    return bandpass(signal, fs, low=0.5, high=None)


def by_band(signal: Samples, fs: float) -> Samples:
    return bandpass(signal, fs, low=0.5, high=40.0)


def by_wavelets(signal: Samples, fs: float) -> Samples:
    return shrink(by_band(signal, fs))


@cache
def loaded(model: str) -> Denoiser:
    return Denoiser.load(model)


def by_denoiser(signal: Samples, fs: float) -> Samples:
    return denoised_by(loaded(MODEL[0]), signal, fs)


def by_whole_network(signal: Samples, fs: float) -> Samples:
    """Take what the network finds below 14 Hz too, where P and T waves lie."""
    return denoised_by(replace(loaded(MODEL[0]), lowest=0.0), signal, fs)


def denoised_by(denoiser: Denoiser, signal: Samples, fs: float) -> Samples:
    record = Record(signal[:, np.newaxis], fs, ("lead",))
    return denoiser.denoise(record).read(0, len(signal))[:, 0]


MODEL = ["denoiser"]
METHODS: dict[str, Method] = {
    "noisy": lambda signal, fs: signal,
    "filter, 0.5 Hz": without_wander,
    "filter, 0.5 to 40 Hz": by_band,
    "that filter and wavelets": by_wavelets,
    "denoiser": by_denoiser,
    "denoiser, at all frequencies": by_whole_network,
}


def ludb(part: str) -> list[Lead]:
    names = [name for name in LUDB_RECORDS if ludb_part(name) == part]
    return [
        _clean(name, record, record.leads.index(lead), load_ludb_waves(name, lead))
        for name, record in ((name, load_ludb_record(name)) for name in names)
        for lead in LUDB_LEADS
    ]


def mitdb(part: str) -> list[Lead]:
    names = DS2 if part == "test" else HELD_OUT
    return [_clean(name, load_record(name).slice(*MINUTE), 0) for name in names]


def qtdb(part: str) -> list[Lead]:
    names = [name for name in qtdb_records() if qtdb_part(name) == part]
    excerpts = ((name, *marked_excerpt(name)) for name in names)
    return [_clean(name, excerpt, 0, marks) for name, excerpt, marks, _ in excerpts]


LEADS = {"ludb": ludb, "mitdb": mitdb, "qtdb": qtdb}
"""The leads of each set of people, of a part of them."""


def _clean(person: str, record: Record, lead: int, marks: WaveMarks | None = None) -> Lead:
    signal = fill_missing(record.signal[:, lead], record.fs)
    return Lead(person, without_wander(signal, record.fs), record.fs, marks)


def noises(part: str) -> dict[str, Samples]:
    """Return a channel of each noise: of the second half, or the end of the first."""
    if part == "test":
        return {name: load_noise(name, "test")[:, 0] for name in NOISES}
    return {name: load_noise(name, "train")[-65000:, 0] for name in NOISES}


def with_noise(lead: Lead, noise: Samples, decibels: float, rng: np.random.Generator) -> Samples:
    """Add a stretch of noise; its level is that of the stretch less its mean."""
    fine = resample(noise, NSTDB_FS, lead.fs)
    start = rng.integers(len(fine) - len(lead.signal) + 1)
    stretch = fine[start : start + len(lead.signal)]
    stretch = stretch - stretch.mean()
    return lead.signal + stretch * (lead.signal.std() / stretch.std() * 10 ** (-decibels / 20))


def figures(clean: list[Lead], denoised: list[Samples]) -> dict[str, float]:
    """Return means over people of the means over their segments."""
    rows: dict[str, list[npt.NDArray[np.float64]]] = {}
    for lead, signal in zip(clean, denoised, strict=True):
        length = min(len(signal), round(SEGMENT_SECONDS * lead.fs))
        n = len(signal) // length * length
        first, second = (each[:n].reshape(-1, length) for each in (lead.signal, signal))
        each = (snr, ssd, max_abs_distance, prd, cosine_similarity)
        rows.setdefault(lead.person, []).append(np.mean([figure(first, second) for figure in each], axis=1))
    means = np.mean([np.mean(person, axis=0) for person in rows.values()], axis=0)
    names = ("SNR dB", "SSD mV²", "MAD mV", "PRD %", "cosine")
    return {name: round(float(mean), 3) for name, mean in zip(names, means, strict=True)}


def waves(clean: list[Lead], denoised: list[Samples]) -> dict[str, dict[str, float | int]]:
    """Return what became of the height and the place of the marked waves of each kind."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for lead, signal in zip(clean, denoised, strict=True):
        if lead.marks is None:
            continue
        smooth = [uniform_filter1d(each, 2 * round(SMOOTHED * lead.fs) + 1) for each in (lead.signal, signal)]
        for kind in WAVES:
            chosen = lead.marks.of(kind)
            for onset, peak, end in zip(chosen.onsets, chosen.peaks, chosen.ends, strict=True):
                if np.isfinite(onset + peak + end) and 0 <= onset < peak < end < len(signal):
                    places = round(onset), round(peak), round(end)
                    found.setdefault(kind, []).append(_wave(*smooth, places, lead.fs))
    return {kind: _wave_figures(np.array(rows)) for kind, rows in found.items()}


def _wave(
    before: Samples, after: Samples, places: tuple[int, int, int], fs: float
) -> tuple[float, float, float]:
    """Return the height of a wave at its marked peak before and after, and by how many ms it moved."""
    onset, peak, end = places
    lines = [_above_line(each[onset : end + 1]) for each in (before, after)]
    sign = np.sign(lines[0][peak - onset])
    moved = int((sign * lines[1]).argmax()) - int((sign * lines[0]).argmax())
    return float(lines[0][peak - onset]), float(lines[1][peak - onset]), 1000 * moved / fs


def _above_line(wave: Samples) -> Samples:
    return wave - np.linspace(wave[0], wave[-1], len(wave), dtype=np.float32)


def _wave_figures(rows: npt.NDArray[np.float64]) -> dict[str, float | int]:
    before, after, moved = rows[np.abs(rows[:, 0]) >= LEAST_HEIGHT].T
    return {
        "waves": len(before),
        "height, slope": round(float((before * after).sum() / (before**2).sum()), 3),
        "height, median share": round(float(np.median(after / before)), 3),
        "height, median error µV": round(float(np.median(np.abs(after - before))) * 1000, 1),
        "lower by a fifth %": round(100 * float(np.mean(after / before < 0.8)), 1),
        "moved ms, mean": round(float(moved.mean()), 2),
        "moved ms, mean size": round(float(np.abs(moved).mean()), 2),
    }


def measure(title: str, clean: list[Lead], part: str) -> dict[str, Any]:
    """Measure every method on leads under every noise."""
    result: dict[str, Any] = {}
    for condition, inputs in conditions(clean, part):
        for name, method in METHODS.items():
            if condition == "no noise" and name == "noisy":
                continue
            denoised = [method(x, lead.fs) for x, lead in zip(inputs, clean, strict=True)]
            row = {"figures": figures(clean, denoised), "waves": waves(clean, denoised)}
            result.setdefault(condition, {})[name] = row
            print(title, condition, name, json.dumps(row), flush=True)
    return result


def conditions(clean: list[Lead], part: str) -> Iterator[tuple[str, list[Samples]]]:
    """Yield what is added, and the leads with it."""
    yield "no noise", [lead.signal for lead in clean]
    for name, noise in noises(part).items():
        for decibels in SNRS:
            rng = np.random.default_rng(decibels)
            yield f"{name}, {decibels} dB", [with_noise(lead, noise, decibels, rng) for lead in clean]


def deepfilter_beats(name: str) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the segments of an excerpt: a beat from 40 ms before its P wave to the next, at 360 Hz."""
    record = load_qtdb_record(name)
    first = record.select(record.leads[:1])
    found = delineate(first)
    onsets = found.mark("p_onset")
    starts = np.sort(onsets[np.isfinite(onsets)]).astype(int) - int(0.04 * record.fs)
    for start, stop in pairwise(starts):
        if start < 0 or stop <= start or ((found.r_peaks > start) & (found.r_peaks < stop)).sum() > 1:
            continue
        beat = first.signal[start:stop, 0].astype(float)
        length = -(-len(beat) * DEEPFILTER_FS // int(record.fs))
        both = np.concatenate([beat[::-1], beat, beat[::-1]])
        fine = resample_poly(both, DEEPFILTER_FS, int(record.fs))[length - 1 : 2 * length - 1]
        if len(fine) <= DEEPFILTER_WINDOW - DEEPFILTER_PADDING:
            segment = np.zeros(DEEPFILTER_WINDOW)
            segment[DEEPFILTER_PADDING : DEEPFILTER_PADDING + len(fine)] = fine - (fine[0] + fine[-1]) / 2
            yield segment


def by_deepfilter(every: int) -> dict[str, Any]:
    """Measure one segment in so many by the protocol of DeepFilter."""
    here = [name for name in DEEPFILTER_TEST if name in qtdb_records()]
    clean = np.array([beat for name in here for beat in list(deepfilter_beats(name))[::every]])
    wander = load_noise("bw", "test")
    noise = np.concatenate([channel[: int(len(channel) * DEEPFILTER_SHARE)] for channel in wander.T])
    rng = np.random.default_rng(1234)
    gains = rng.integers(20, 200, len(clean)) / 100
    starts = np.arange(len(clean)) * DEEPFILTER_WINDOW % (len(noise) - DEEPFILTER_WINDOW)
    added = np.stack([noise[start : start + DEEPFILTER_WINDOW] for start in starts])
    noisy = clean + (gains * np.ptp(clean, axis=1) / np.ptp(added, axis=1))[:, np.newaxis] * added
    rows: dict[str, Any] = {}
    for name, method in METHODS.items():
        if name == "that filter and wavelets":
            continue
        cleaned = np.stack([method(each.astype(np.float32), float(DEEPFILTER_FS)) for each in noisy])
        squares = ((cleaned - clean) ** 2).sum(axis=1)
        spread = ((cleaned - clean.mean()) ** 2).sum(axis=1)
        values = {
            "SSD": squares,
            "MAD": np.abs(cleaned - clean).max(axis=1),
            "PRD": 100 * np.sqrt(squares / spread),
            "cosine": cosine_similarity(clean, cleaned),
        }
        rows[name] = {key: round(float(np.mean(value)), 3) for key, value in values.items()}
        print("DeepFilter", name, rows[name], flush=True)
    published = {
        name: dict(zip(("SSD", "MAD", "PRD", "cosine"), row, strict=True)) for name, row in PUBLISHED.items()
    }
    return {"excerpts": here, "segments": len(clean), "ours": rows, "published": published}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("test", "validation"), default="test", help="whom to measure")
    parser.add_argument("--model", default="denoiser", help="a shipped name, or a folder")
    parser.add_argument("--on", default=",".join((*LEADS, DEEPFILTER)), help="on some of: %(default)s")
    options = parser.parse_args()
    MODEL[0] = options.model
    for name in options.on.split(","):
        if name in LEADS:
            measured = {name: measure(name, LEADS[name](options.part), options.part)}
        else:
            measured = {DEEPFILTER: by_deepfilter(every=16)}
        if options.part == "test":
            write(measured, loaded(options.model).artifact.manifest.files[NETWORK])


def write(measured: dict[str, Any], network: str) -> None:
    """Put results into the file, and keep what is there of the same network."""
    there = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    kept = there if there.get("network_sha256") == network else {}
    result = kept | measured | {"network_sha256": network}
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
