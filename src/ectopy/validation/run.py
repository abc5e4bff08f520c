"""How the whole analysis does on recordings whose beats are known.

Every recording goes the way that a user's goes, `ectopy.analysis.pipeline.Pipeline.run`: once with the beats
that the QRS detector finds, on the leads that the analysis chooses, and once with the reference's R peaks on
the first lead. The results are compared with the reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import Analysis
from ectopy.datasets.mitbih import RECORD_SETS, load_record
from ectopy.datasets.splits import mitdb_patient
from ectopy.engines.engine import Engine
from ectopy.errors import ParameterError, RecordError, unknown_option
from ectopy.evaluation.abnormality import AbnormalityMetrics, DetectorEvaluation
from ectopy.evaluation.beat_results import BeatResults, Mistake, beat_results
from ectopy.evaluation.ec57 import BeatComparison, compare_beats, to_frame
from ectopy.evaluation.ec57.beat_reports import HEADINGS, line_reports
from ectopy.evaluation.ec57.marks import LEARNING_PERIOD
from ectopy.io.atomic import draft
from ectopy.models.manifest import Manifest
from ectopy.models.threshold import ConformalThreshold, QuantileThreshold, Threshold
from ectopy.parallel import parallel_map
from ectopy.record import Annotations, Record
from ectopy.report.highlights import STRIP_SECONDS
from ectopy.validation.page import Highlight, write_page

SCHEME: Final = "aami"

DATASETS: Final = ("mitdb",)
"""Datasets with the reference beats and the splits that this needs."""

BEATS_SHOWN: Final = 3
"""Mistakes of each recording that can be shown."""

Load = Callable[[str], Record]

_FORBIDDEN: Final = re.compile(r"[^\w-]+")
"""What the names of files and the tables of EC57 cannot hold."""


@dataclass(frozen=True, eq=False)
class _Result:
    """What one process hands back of one recording."""

    comparison: BeatComparison
    analysis: BeatResults
    at_reference: BeatResults
    highlights: tuple[Highlight, ...]


def evaluate_split(
    pipeline: Pipeline,
    *,
    dataset: str = "mitdb",
    split: str = "ds2",
    records: str = "",
    jobs: int = 1,
    engine: Engine | None = None,
) -> tuple[DetectorEvaluation, dict[str, tuple[Highlight, ...]]]:
    """Evaluate the whole analysis on a named split of a dataset.

    Parameters
    ----------
    pipeline : Pipeline
        The models.
    dataset : {"mitdb"}
        Which dataset.
    split : str
        A set of `ectopy.datasets.mitbih.RECORD_SETS`.
    records : str
        Only these of the split: names with commas between, or a set of that table; all by default.
    jobs : int
        Processes that share the recordings.
    engine : Engine, optional
        What shares them in place of processes of this machine.

    Returns
    -------
    DetectorEvaluation
        The figures.
    dict of str to tuple of Highlight
        The clearest mistakes of each recording.

    Raises
    ------
    ParameterError
        If dataset, split or a record is unknown.
    DatasetError
        If the dataset is not at hand.
    ArtifactError
        If the model is damaged or absent.
    """
    if dataset not in DATASETS:
        raise unknown_option("dataset", dataset, DATASETS)
    if split not in RECORD_SETS:
        raise unknown_option("split", split, RECORD_SETS)
    names = _chosen(records, split)
    whole = RECORD_SETS[split]
    label = split if len(names) == len(whole) else f"{split}, {len(names)} of {len(whole)} records"
    return evaluate_records(pipeline, names, dataset=dataset, split=label, jobs=jobs, engine=engine)


def evaluate_records(
    pipeline: Pipeline,
    names: Sequence[str],
    load: Load = load_record,
    *,
    dataset: str = "mitdb",
    split: str,
    start: float = LEARNING_PERIOD,
    jobs: int = 1,
    engine: Engine | None = None,
) -> tuple[DetectorEvaluation, dict[str, tuple[Highlight, ...]]]:
    """Evaluate the whole analysis on recordings.

    Parameters
    ----------
    pipeline : Pipeline
        The models.
    names : sequence of str
        What ``load`` takes.
    load : callable
        Name → `Record` with reference annotations.
    dataset, split : str
        What tables call the recordings.
    start : float
        Learning period in seconds: what comes before is not compared.
    jobs : int
        Processes that share the recordings; with more than one, ``load`` must be a function of a module.
    engine : Engine, optional
        What shares them in place of processes of this machine.

    Returns
    -------
    DetectorEvaluation
        The figures.
    dict of str to tuple of Highlight
        The clearest mistakes of each recording.

    Raises
    ------
    ParameterError
        If there is no recording, two have the same name, or ``jobs`` is not positive.
    RecordError
        If a recording has no reference annotations, or is over before the learning period is.
    """
    results = list(parallel_map(partial(_evaluate, pipeline, load, start), names, jobs=jobs, engine=engine))
    _check_names([result.analysis.record for result in results])
    detector, classifier = pipeline.detector, pipeline.classifier.manifest
    manifest = detector.manifest
    detected = AbnormalityMetrics(tuple(result.analysis for result in results))
    kind, shared = _kind(detected.records, [manifest, pipeline.qrs.manifest, classifier])
    evaluation = DetectorEvaluation(
        model=manifest.name,
        classifier=classifier.name,
        threshold=detector.threshold_,
        nominal_rate=_promised_rate(detector.threshold),
        dataset=dataset,
        split=split,
        kind=kind,
        shared=shared,
        scheme=SCHEME,
        learning_period=start,
        comparisons=tuple(result.comparison for result in results),
        analysis=detected,
        at_reference=AbnormalityMetrics(tuple(result.at_reference for result in results)),
    )
    return evaluation, {result.analysis.record: result.highlights for result in results}


def write_evaluation(
    evaluation: DetectorEvaluation, highlights: dict[str, tuple[Highlight, ...]], folder: Path
) -> Path:
    """Write ``metrics.json``, the tables of EC57 and ``evaluation.html``.

    Parameters
    ----------
    evaluation : DetectorEvaluation
        The figures.
    highlights : dict of str to tuple of Highlight
        Record → mistakes that can be shown.
    folder : Path
        Where to; made if missing, files of an earlier evaluation are replaced.

    Returns
    -------
    Path
        The page.
    """
    _write(folder / "metrics.json", metrics_json(evaluation) + "\n")
    tables = folder / "ec57"
    for comparison in evaluation.comparisons:
        _write(tables / f"{comparison.record}.txt", str(comparison))
    lines = zip(*(line_reports(comparison, sveb=True) for comparison in evaluation.comparisons), strict=True)
    for name, heading, rows in zip(("beats", "shutdown"), HEADINGS[True], lines, strict=True):
        _write(tables / f"{name}.txt", heading + "".join(rows))
    _write(tables / "beats.csv", to_frame(evaluation.comparisons).to_csv())
    _write(tables / "sumstats.txt", str(evaluation.summary))
    return write_page(evaluation, highlights, folder / "evaluation.html")


def metrics_json(evaluation: DetectorEvaluation) -> str:
    """Return all figures as JSON text; what is undefined is null."""
    return json.dumps(evaluation.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def _write(path: Path, text: str) -> None:
    with draft(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _chosen(records: str, split: str) -> tuple[str, ...]:
    """Return names of records of the split, in its order."""
    whole = RECORD_SETS[split]
    if not records:
        return whole
    asked = RECORD_SETS.get(records) or tuple(name.strip() for name in records.split(","))
    for name in asked:
        if name not in whole:
            raise unknown_option("records", name, whole)
    return tuple(name for name in whole if name in asked)


def _check_names(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"names: two recordings are called {twice[0]}; give each a name of its own")


def _evaluate(pipeline: Pipeline, load: Load, start: float, name: str) -> _Result:
    record = load(name)
    marks = record.reference_annotations()
    if record.duration <= start:
        raise RecordError(
            f"record {record.name}: {record.duration:.0f} s end within the learning period of {start:g} s;"
            " give a longer one"
        )
    analysis = pipeline.run(record)
    first = pipeline.run(record.select(record.leads[:1]), r_peaks=np.unique(marks.beats().samples))
    comparison, judged = _judged(record, marks, analysis, start)
    _, at_reference = _judged(record, marks, first, start)
    highlights = tuple(_highlight(analysis, mistake) for mistake in judged.worst(BEATS_SHOWN))
    return _Result(comparison, judged, at_reference, highlights)


def _judged(
    record: Record,
    marks: Annotations,
    analysis: Analysis,
    start: float,
) -> tuple[BeatComparison, BeatResults]:
    detected = analysis.annotations().beats()
    comparison = compare_beats(
        marks,
        detected,
        fs=record.fs,
        record=_FORBIDDEN.sub("_", record.name),
        annotators=("atr", "ectopy"),
        start=start,
        length=record.n_samples,
    )
    return comparison, beat_results(
        comparison,
        marks,
        detected,
        analysis.scores,
        analysis.classes,
        fs=record.fs,
        hours=(record.duration - start) / 3600,
        threshold=analysis.threshold,
        scheme=SCHEME,
        patient=record.patient,
    )


def _highlight(analysis: Analysis, mistake: Mistake) -> Highlight:
    last = max(0.0, analysis.record.duration - STRIP_SECONDS)
    start = float(np.clip(mistake.time - STRIP_SECONDS / 2, 0, last))
    window = (mistake.time - 0.3, mistake.time + 0.5)
    return Highlight(mistake, analysis.strip(start, STRIP_SECONDS, highlight=window))


def _promised_rate(threshold: Threshold | None) -> float | None:
    """Return the share of normal beats that a rule promises to call abnormal; None if it promises none."""
    if isinstance(threshold, QuantileThreshold):
        return 1 - threshold.q
    return threshold.false_alarm_rate if isinstance(threshold, ConformalThreshold) else None


def _kind(results: Iterable[BeatResults], models: Sequence[Manifest]) -> tuple[str, tuple[str, ...]]:
    """Say how the tested patients stand to those that the models learned from."""
    learned = {name for manifest in models for name in _learned(manifest)}
    if not _learned(models[0]):
        return "unknown", ()
    tested = {one.record: one.patient for one in results}
    if learned & set(tested):
        return "intra-patient", ()
    patients = {mitdb_patient(name) for name in learned}
    return "inter-patient", tuple(sorted(patients & set(tested.values())))


def _learned(manifest: Manifest) -> list[str]:
    """Return the records or patients that a manifest names."""
    named = (manifest.training.get(key) for key in ("patients", "records"))
    return [str(name) for names in named if isinstance(names, list) for name in names]
