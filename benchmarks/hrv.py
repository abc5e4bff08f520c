"""Hold heart rate variability to other packages on the same NN intervals; writes benchmarks/results/hrv.json.

    python benchmarks/hrv.py

The intervals are those of ten records of MIT-BIH (reference beats, normal to normal), their longest stretch
without a gap each, since the other packages know no gaps; the beats are moved by up to half a sample, since
neurokit2 leaves out boxes of equal intervals that the grid of samples makes. Only figures whose definitions
agree are compared.
"""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path

import antropy
import neurokit2 as nk
import numpy as np
from astropy.timeseries import LombScargle

from ectopy.datasets import mitbih
from ectopy.labels import aami_classes
from ectopy.rhythm.hrv import heart_rate_variability
from ectopy.rhythm.hrv.frequency_domain import spectrum
from ectopy.rhythm.hrv.nonlinear import SCALES, dfa_alpha1, sample_entropy

RECORDS = ("100", "101", "103", "112", "113", "115", "117", "121", "122", "234")


def main() -> None:
    warnings.simplefilter("ignore")
    setattr(np, "trapz", np.trapezoid)  # noqa: B010 - neurokit2 0.2.12 calls it by the name that numpy gave up
    stretches = {name: longest_stretch(name) for name in RECORDS}
    rows = {name: differences(*stretch) for name, stretch in stretches.items()}
    worst = {figure: max(row[figure] for row in rows.values()) for figure in next(iter(rows.values()))}
    result = {
        "records": {name: len(nn) for name, (_, nn) in stretches.items()},
        "largest_relative_difference": worst,
        "processor_seconds_for_110000_beats": day_cost(),
    }
    path = Path(__file__).parent / "results" / "hrv.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def longest_stretch(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return times and NN intervals, in s, of the longest stretch of normal beats of a record."""
    beats = mitbih.load_record(name).annotations.beats()
    normal = np.asarray(aami_classes(beats.symbols)) == "N"
    edges = np.flatnonzero(np.diff(np.concatenate([[False], normal, [False]]).astype(int)))
    first, last = max(edges.reshape(-1, 2), key=lambda edge: edge[1] - edge[0])
    jitter = np.random.default_rng(int(name)).uniform(-0.5, 0.5, last - first)
    at = (beats.samples[first:last] + jitter) / 360
    return at[1:] - at[0], np.diff(at)


def differences(times: np.ndarray, nn: np.ndarray) -> dict[str, float]:
    """Return how far each figure lies from the other package's, as a share of it."""
    ms = 1000 * nn
    ours = heart_rate_variability(times, nn, float(times[-1]))
    given = {"RRI": ms, "RRI_Time": times}
    time_domain = nk.hrv_time(given, sampling_rate=1000).iloc[0]
    plot = nk.hrv_nonlinear(given, sampling_rate=1000).iloc[0]
    alpha = nk.fractal_dfa(ms, scale=np.array(SCALES), overlap=False)[0]
    tolerance = 0.2 * ms.std(ddof=1)
    entropy = antropy.sample_entropy(ms, order=2, tolerance=tolerance)
    frequencies, density = spectrum(times, ms)
    level = ms - np.polyval(np.polyfit(times, ms, 1), times)
    peer = LombScargle(times, level, fit_mean=False, center_data=False, normalization="psd")
    pairs = {
        "sdnn, neurokit2": (ours.sdnn, time_domain["HRV_SDNN"]),
        "rmssd, neurokit2": (ours.rmssd, time_domain["HRV_RMSSD"]),
        "pnn50 (neurokit2 divides by one more), neurokit2": (
            ours.pnn50 * 100 * (len(ms) - 1) / len(ms),
            time_domain["HRV_pNN50"],
        ),
        "triangular index, neurokit2": (ours.triangular_index, time_domain["HRV_HTI"]),
        "sd1, neurokit2": (ours.sd1, plot["HRV_SD1"]),
        "sd2, neurokit2": (ours.sd2, plot["HRV_SD2"]),
        "dfa alpha 1, neurokit2": (dfa_alpha1(ms), alpha),
        "sample entropy, neurokit2": (
            sample_entropy(ms),
            nk.entropy_sample(ms, delay=1, dimension=2, tolerance=tolerance)[0],
        ),
        "sample entropy, antropy": (sample_entropy(ms), entropy),
        "spectrum, astropy": (
            density,
            peer.power(frequencies, method="slow") * 2 * ms.sum() / 1000 / len(ms),
        ),
    }
    return {name: relative(a, b) for name, (a, b) in pairs.items()}


def relative(ours: object, theirs: object) -> float:
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    return float(np.abs(a - b).max() / np.abs(b).max())


def day_cost() -> float:
    """Return the processor seconds that all figures of a day take."""
    rng = np.random.default_rng(0)
    nn = 0.785 + 0.03 * np.sin(np.arange(110_000) / 50) + rng.normal(0, 0.02, 110_000)
    times = np.cumsum(nn)
    start = time.process_time()
    heart_rate_variability(times, nn, float(times[-1]))
    return round(time.process_time() - start, 2)


if __name__ == "__main__":
    main()
