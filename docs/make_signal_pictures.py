"""Draw docs/compression.png and docs/denoising.png from recordings of training and validation people.

Run it as ``python docs/make_signal_pictures.py``; it needs the databases ``mitdb``, ``ludb`` and ``nstdb``.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ectopy.datasets.ludb import load_ludb_record
from ectopy.datasets.mitbih import load_noise, load_record
from ectopy.io.ecz.writer import compress
from ectopy.io.registry import open_record
from ectopy.models.denoiser import Denoiser
from ectopy.plotting.paper import strip_figure
from ectopy.plotting.strip import Strip
from ectopy.signal.filters import bandpass
from ectopy.signal.resampling import resample

HERE = Path(__file__).parent
SECONDS = 5.0
RATIOS = (10, 20, 40)
ADC_BITS = 11


def draw(rows: dict[str, npt.NDArray[np.float32]], fs: float, target: Path) -> None:
    """Draw leads below each other on ECG paper."""
    none = np.zeros(0)
    signal = np.stack(list(rows.values()), axis=1)
    strip = Strip(signal, fs, tuple(rows), 0.0, none, none.astype("U1"), none.astype(bool))
    strip_figure(strip).savefig(target, dpi=100, pil_kwargs={"optimize": True})


def compression() -> None:
    """Draw a lead of a record of DS1 at three ratios."""
    record = load_record("119").slice(300, 420)
    first = slice(round(20 * record.fs), round((20 + SECONDS) * record.fs))
    rows = {"original": record.signal[first, 0]}
    with tempfile.TemporaryDirectory() as folder:
        for ratio in RATIOS:
            done = compress(record, Path(folder) / "part.ecz", ratio=ratio * 16 / ADC_BITS)
            back = open_record(done.path).signal
            rows[f"CR {ratio} of 11 bits, PRDN {done.prdn[0]:.1f} %"] = back[first, 0]
    draw(rows, record.fs, HERE / "compression.png")


def denoising() -> None:
    """Draw a lead of a validation person of LUDB with muscle noise of its own strength."""
    record = load_ludb_record("11").select(["ii"])
    clean = bandpass(record.signal, record.fs, low=0.5, high=None)
    noise = resample(load_noise("ma", "train")[-9000:, :1], 360, record.fs)[: record.n_samples]
    noisy = replace(record, signal=clean + 0.6 * noise * clean.std() / noise.std())
    first = slice(round(2 * record.fs), round((2 + SECONDS) * record.fs))
    rows = {
        "clean": clean,
        "with muscle noise": noisy.signal,
        "filter, 0.5 to 40 Hz": bandpass(noisy.signal, record.fs),
        "denoised": Denoiser.load().denoise(noisy).load().signal,
    }
    draw({name: each[first, 0] for name, each in rows.items()}, record.fs, HERE / "denoising.png")


if __name__ == "__main__":
    compression()
    denoising()
