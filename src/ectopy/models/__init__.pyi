from .anomaly_detector import BeatAnomalyDetector
from .beat_classifier import BeatClassifier
from .beat_encoder import BeatEncoder
from .encoder_detector import EncoderDetector
from .manifest import Manifest
from .qrs_detector import detect_qrs
from .registry import default_classifier, default_detector, model_folder, shipped_models
from .threshold import ConformalThreshold, MadThreshold, QuantileThreshold, SigmaThreshold, Threshold
from .wavelet_classifier import WaveletClassifier

__all__ = [
    "BeatAnomalyDetector",
    "BeatClassifier",
    "BeatEncoder",
    "ConformalThreshold",
    "EncoderDetector",
    "MadThreshold",
    "Manifest",
    "QuantileThreshold",
    "SigmaThreshold",
    "Threshold",
    "WaveletClassifier",
    "default_classifier",
    "default_detector",
    "detect_qrs",
    "model_folder",
    "shipped_models",
]
