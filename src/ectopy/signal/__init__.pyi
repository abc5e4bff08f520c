from .filters import bandpass, bandpass_reach, fill_missing, fill_reach, notch, notch_reach
from .noise import add_noise, measure_snr
from .quality import FAULTS, Fault, Quality, Span, assess, assess_reach, block_length, spans
from .resampling import Ratio, rational_ratio, resample, resample_reach
from .wavelets import denoise, denoise_reach, dwt_approximation, universal_threshold

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
