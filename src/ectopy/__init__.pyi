from . import (
    analysis,
    beats,
    datasets,
    errors,
    evaluation,
    features,
    io,
    labels,
    models,
    networks,
    plotting,
    recipes,
    report,
    reproductions,
    rhythm,
    signal,
    simulation,
    tasks,
    training,
    validation,
)
from .analysis.pipeline import analyze
from .analysis.result import Analysis
from .analysis.stream import Stream, StreamBeat
from .analysis.summary import Summary
from .beats.waves import Waves
from .beats.windows import Beats, WindowSpec, cut_beats
from .errors import EctopyError
from .io.ecz.writer import compress
from .io.registry import open_record
from .io.wfdb.files import read_annotations, write_annotations
from .labels import aami_classes
from .models.anomaly_detector import BeatAnomalyDetector
from .models.beat_encoder import BeatEncoder
from .models.delineator import delineate
from .models.denoiser import Denoiser
from .models.qrs_detector import detect_qrs
from .record import Annotations, Record
from .report.exports import ReportOptions, write_outputs
from .report.html import write_report
from .simulation.simulator import simulate

__version__: str

__all__ = [
    "Analysis",
    "Annotations",
    "BeatAnomalyDetector",
    "BeatEncoder",
    "Beats",
    "Denoiser",
    "EctopyError",
    "Record",
    "ReportOptions",
    "Stream",
    "StreamBeat",
    "Summary",
    "Waves",
    "WindowSpec",
    "aami_classes",
    "analysis",
    "analyze",
    "beats",
    "compress",
    "cut_beats",
    "datasets",
    "delineate",
    "detect_qrs",
    "errors",
    "evaluation",
    "features",
    "io",
    "labels",
    "models",
    "networks",
    "open_record",
    "plotting",
    "read_annotations",
    "recipes",
    "report",
    "reproductions",
    "rhythm",
    "signal",
    "simulate",
    "simulation",
    "tasks",
    "training",
    "validation",
    "write_annotations",
    "write_outputs",
    "write_report",
]
