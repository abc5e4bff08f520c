"""How a model of each kind is exported, all of it read off the model and the code that runs it in Python."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from ectopy.beats.clusters import MAX_CLUSTERS, MIN_CORRELATION
from ectopy.beats.template import TEMPLATE_BEATS
from ectopy.beats.wave_marks import WAVES
from ectopy.beats.windows import WindowSpec, condition_reach
from ectopy.edge.anomaly_detector import anomaly_graph
from ectopy.edge.beat_classifier import classifier_graph, features_graph, known_features
from ectopy.edge.beats import windows_graph
from ectopy.edge.delineator import LENGTH, REACH, delineator_graph
from ectopy.edge.description import SIGNAL, Export, Part, Port
from ectopy.edge.encoder_detector import encoder_graph
from ectopy.edge.qrs_detector import qrs_graph
from ectopy.errors import ArtifactError, ParameterError
from ectopy.features.shapes import WIDE, _span
from ectopy.features.table import FEATURES
from ectopy.models import (
    delineator,
    encoder_detector,
    qrs_detector,
    trained_classifier,
    trained_detector,
    wave_candidates,
)
from ectopy.models.artifact import MEMBERS, Artifact
from ectopy.models.encoder_detector import EncoderDetector
from ectopy.models.qrs_detector import HIGHEST_FS, LOWEST_FS, block_span
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.models.trained_detector import TrainedDetector
from ectopy.signal.qrs_input import FRAME, RATE, Grid
from ectopy.signal.resampling import rational_ratio

CLEANING: Final = (
    "ectopy.signal.clean: pacing spikes, and values further than 20 mV from the level around them"
)
QUALITY: Final = "ectopy.signal.quality: which leads show a beat well, and which beats nobody can judge"
CLUSTERS: Final = "ectopy.beats.clusters: which beats have the same shape"
ALIGNMENT: Final = "ectopy.beats.alignment: beats that resemble the template are moved to where they fit it"


def qrs_export(loaded: Artifact, fs: float | None) -> Export:
    """Describe the export of a QRS detector; the samples come at its own rate if no other is asked for."""
    grid = Grid.of(_checked(RATE if fs is None else fs))
    threshold = float(loaded.manifest.parameters["threshold"])
    reach = block_span(grid.fs)[1]
    detect = Part(
        "",
        "the whole detector: samples to R peaks",
        lambda network: qrs_graph(network, grid, threshold),
        (SIGNAL,),
        (
            Port("probability", ("n_frames",), "", "probability of a beat, frame by frame"),
            Port("r_peaks", ("n_beats",), "samples", "R peaks between the samples, rising", "float64"),
        ),
    )
    return Export(
        (detect,),
        {
            "signal_hz": grid.fs,
            "probability_hz": grid.rate / FRAME,
            "samples_multiple_of": grid.stride,
            "context_samples": reach,
            "context_seconds": reach / grid.fs,
        },
        {
            "context": "give context_samples on each side of the samples that are asked about, NaN beyond the"
            " ends of the recording; keep the R peaks between them",
            "first_sample": "a block starts a multiple of samples_multiple_of after the first sample",
            "threshold": threshold,
            "refractory_seconds": qrs_detector._REFRACTORY * FRAME / grid.rate,
            "rules": "threshold, refractory time, P wave rule: in the graph",
            "edge_seconds": qrs_detector._EDGE,
            "edge": "drop R peaks within edge_seconds of either end of the recording",
        },
        (CLEANING,),
    )


def delineator_export(loaded: Artifact, fs: float | None) -> Export:
    """Describe the export of a delineator, which takes samples at its own rate only."""
    _only_at(fs, wave_candidates.FS, loaded)
    part = Part(
        "",
        "samples to the probability of each wave",
        partial(delineator_graph, n_waves=len(WAVES)),
        (Port("signal", ("n_leads", LENGTH), "mV", SIGNAL.meaning),),
        (
            _of_waves("wave_probability", "that the wave is under way"),
            _of_waves("peak_probability", "that the wave has its peak"),
        ),
    )
    margin = wave_candidates.MARGIN
    return Export(
        (part,),
        {
            "signal_hz": wave_candidates.FS,
            "probability_hz": wave_candidates.FS / wave_candidates.MOMENT,
            "samples": LENGTH,
            "first_moment_sample": REACH,
            "context_samples": REACH + margin,
            "core_samples": wave_candidates.CORE,
        },
        {
            "blocks": "core_samples of each block count, context_samples more stand on each side, NaN beyond"
            " the ends",
            "floor": wave_candidates.FLOOR,
            "half": wave_candidates.HALF,
            "gap_moments": wave_candidates.GAP,
            "waves": "a stretch above floor, gaps of gap_moments bridged, is a wave; it begins and ends where"
            " the probability is half of its highest, and peaks where peak_probability is highest between",
            "least_confidence": loaded.manifest.parameters.get("least_confidence", {}),
            "confidence": "mean of wave_probability from onset to end; less than least_confidence is no wave",
        },
        ("ectopy.models.wave_candidates and wave_assembly: probabilities to the waves of each beat",),
    )


def _of_waves(name: str, meaning: str) -> Port:
    """Return the port of a probability of each wave, at each moment of each lead."""
    shape = ("n_leads", len(WAVES), wave_candidates.N_TIMES // wave_candidates.MOMENT)
    waves = tuple(wave.upper() for wave in WAVES)
    return Port(name, shape, "", f"{meaning}; axis 1 is the wave", columns=waves)


def anomaly_export(loaded: Artifact, fs: float | None) -> Export:
    """Describe the export of an anomaly detector and of what cuts its windows.

    Raises
    ------
    ArtifactError
        If the scores of several networks are joined, which no graph does.
    """
    detector = TrainedDetector.of(loaded)
    if MEMBERS in loaded.manifest.files:
        raise ArtifactError(
            f"model {loaded.folder} scores by the networks of several folds, which no graph holds; export one"
            " with normalisation='template', such as ectopy train --task detector --records writes"
        )
    n_leads, n_times = detector.window_shape_
    windows = Port(
        "windows", ("n_beats", n_leads, n_times), "mV", "filtered windows of one recording and lead"
    )
    score = Part(
        "",
        "windows of one person to anomaly scores",
        lambda network: anomaly_graph(network, detector),
        (windows,),
        (
            Port("score", ("n_beats",), "", "anomaly score; higher is more abnormal"),
            Port("reconstruction", windows.shape, "mV", "each beat as the network reconstructs it"),
        ),
    )
    cut, timing = _windows_part(detector.window, fs)
    by_person = detector.normalisation == "template"
    return Export(
        (score, cut),
        timing | (_HALF_HOUR if by_person else {}),
        {
            "threshold": detector.threshold_,
            "rule": "a beat is abnormal if its score is above the threshold",
            "normalisation": detector.normalisation,
            "template": "found in the graph among the beats of the call, as are the scores that are usual for"
            " the person: give all beats of half an hour, of one lead"
            if by_person
            else "none: each window is judged by itself",
        },
        (CLEANING, QUALITY, ALIGNMENT),
    )


def encoder_export(loaded: Artifact, fs: float | None) -> Export:
    """Describe the export of a detector by the beat encoder, of its features and of what cuts its windows."""
    detector = EncoderDetector.of(loaded)
    features = _features_port(loaded)
    score = Part(
        "",
        "features of consecutive beats of one person to anomaly scores",
        partial(encoder_graph, n_features=len(features.columns)),
        (features,),
        (Port("score", ("n_beats",), "", "anomaly score; higher is more abnormal"),),
    )
    cut, timing = _windows_part(detector.window, fs)
    describe, missing = _features_parts(detector.window, detector.window.before, features)
    return Export(
        (score, *describe, cut),
        timing | _HALF_HOUR,
        {
            "threshold": detector.threshold_,
            "rule": "a beat is abnormal if its score is above the threshold",
            "usual": "found in the graph among the beats of the call: give those of half an hour of one lead",
        }
        | _clusters(detector.window, detector.window.before),
        (CLEANING, QUALITY, ALIGNMENT, CLUSTERS, *missing),
    )


def classifier_export(loaded: Artifact, fs: float | None) -> Export:
    """Describe the export of a beat classifier, of its features and of what cuts its windows."""
    classifier = TrainedClassifier.load(loaded.folder)
    classes = tuple(classifier.classes_.tolist())
    features = _features_port(loaded)
    classify = Part(
        "",
        "features of consecutive beats to class probabilities",
        partial(classifier_graph, n_features=len(features.columns), n_classes=len(classes)),
        (features,),
        (Port("probability", ("n_beats", len(classes)), "", "axis 1 is the class", columns=classes),),
    )
    cut, timing = _windows_part(classifier.window, fs)
    describe, missing = _features_parts(classifier.window, classifier.peak, features)
    meanings = {feature.name: feature.meaning for feature in FEATURES}
    return Export(
        (classify, *describe, cut),
        timing | _HALF_HOUR,
        {
            "rule": "the class of a beat is the most probable one; of two good leads, of their mean",
            "label_scheme": loaded.manifest.label_scheme,
        }
        | _clusters(classifier.window, classifier.peak)
        | {"features": {name: meanings[name] for name in features.columns}},
        (CLEANING, QUALITY, ALIGNMENT, CLUSTERS, *missing),
    )


_HALF_HOUR: Final = {"beats_at_once": TEMPLATE_BEATS, "beats_at_most": TEMPLATE_BEATS * 3 // 2 - 1}


def _clusters(window: WindowSpec, peak: int) -> dict[str, Any]:
    """Say how the caller numbers the shapes of beats."""
    qrs = _span(WIDE, window.fs, peak, window.n_times)
    return {
        "clusters": "beats whose QRS correlates with the average of a cluster belong to it; the beat that"
        " resembles most others begins one; number 0 is the largest",
        "cluster_correlation": MIN_CORRELATION,
        "cluster_first_sample": qrs.start,
        "cluster_last_sample": qrs.stop,
        "clusters_at_most": MAX_CLUSTERS,
    }


def _features_port(loaded: Artifact) -> Port:
    columns = tuple(loaded.manifest.parameters["features"])
    return Port("features", ("n_beats", len(columns)), "", "axis 1 is the feature", columns=columns)


def _features_parts(
    window: WindowSpec, peak: int, features: Port
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the graph that computes features, or what is missing for one."""
    unknown = [name for name in features.columns if name not in known_features(window, peak)]
    if unknown:
        return (), (
            "ectopy.features.table: windows and RR intervals to features, for want of " + ", ".join(unknown),
        )
    part = Part(
        ".features",
        "windows, RR intervals and morphology clusters to features",
        lambda network: features_graph(window, peak, features.columns),
        (
            Port(
                "windows",
                ("n_beats", 1, window.n_times),
                "mV",
                "all beats of half an hour of one lead, in order",
            ),
            Port("rr", ("n_beats",), "s", "since the beat before; NaN where unknown"),
            Port("cluster", ("n_beats",), "", "number of its shape, see post_processing", "int64"),
        ),
        (features,),
        has_network=False,
    )
    return (part,), ()


def _windows_part(window: WindowSpec, fs: float | None) -> tuple[Part, dict[str, float]]:
    """Return the graph that cuts windows, and its timing."""
    rate = _checked(window.fs if fs is None else fs)
    reach = condition_reach(rate, window.fs)
    part = Part(
        ".windows",
        "samples and R peaks to windows",
        lambda network: windows_graph(window, rate),
        (
            SIGNAL,
            Port("r_peaks", ("n_beats",), "samples", "R peaks, as the QRS detector gives them", "float64"),
        ),
        (Port("windows", ("n_beats", "n_leads", window.n_times), "mV", "filtered windows of each lead"),),
        has_network=False,
    )
    timing = {
        "signal_hz": rate,
        "samples_multiple_of": rational_ratio(rate, window.fs).down,
        "context_samples": reach,
        "context_seconds": reach / rate,
        "window_hz": window.fs,
        "window_before": window.before,
        "window_after": window.after,
    }
    return part, timing


def _checked(fs: float) -> float:
    if not LOWEST_FS <= fs <= HIGHEST_FS:
        raise ParameterError(f"fs={fs!r} Hz is out of range; give {LOWEST_FS:g} to {HIGHEST_FS:g} Hz")
    return float(fs)


def _only_at(fs: float | None, rate: float, loaded: Artifact) -> None:
    if fs is not None and fs != rate:
        raise ParameterError(
            f"fs={fs!r} Hz is not possible for a {loaded.manifest.kind}, which takes {rate:g} Hz;"
            " leave fs out"
        )


KINDS: Final[dict[str, Callable[[Artifact, float | None], Export]]] = {
    trained_detector.KIND: anomaly_export,
    trained_classifier.KIND: classifier_export,
    encoder_detector.KIND: encoder_export,
    delineator.KIND: delineator_export,
    qrs_detector.KIND: qrs_export,
}
"""Kind of model → what describes its export."""
