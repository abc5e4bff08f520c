"""Arrays in, arrays out: filters, quality, wavelets, noise; knows no beats.

Samples are float32 in mV, time on the first axis, one lead or many. Every function depends on a bounded
number of samples on each side, its reach, so that chunks that overlap by it give the result of the whole.
"""

from ectopy.signal.filters import (
    Ratio,
    bandpass,
    bandpass_reach,
    fill_missing,
    fill_reach,
    notch,
    notch_reach,
    rational_ratio,
    resample,
    resample_reach,
)
from ectopy.signal.noise import add_noise, measure_snr
from ectopy.signal.quality import FAULTS, Fault, Quality, Span, assess, assess_reach, block_length, spans
from ectopy.signal.wavelets import denoise, denoise_reach, dwt_approximation, universal_threshold

__all__ = [
    "FAULTS",
    "Fault",
    "Quality",
    "Ratio",
    "Span",
    "add_noise",
    "assess",
    "assess_reach",
    "bandpass",
    "bandpass_reach",
    "block_length",
    "denoise",
    "denoise_reach",
    "dwt_approximation",
    "fill_missing",
    "fill_reach",
    "measure_snr",
    "notch",
    "notch_reach",
    "rational_ratio",
    "resample",
    "resample_reach",
    "spans",
    "universal_threshold",
]
