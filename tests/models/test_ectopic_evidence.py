"""What is called ectopic is judged where the signal shows a beat, and `?` where it is like artefact."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.pipeline import Pipeline, analyze
from ectopy.errors import ArtifactError
from ectopy.features.ectopic_evidence import ClassifiedBeats
from ectopy.models import ectopic_evidence
from ectopy.models.ectopic_evidence import default_evidence, unbelievable
from ectopy.models.registry import DEFAULT_EVIDENCE, load_model, model_folder
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate

FS = 250


def hand_that_moves(record: Record, seed: int) -> Record:
    """Lay the slow swings of a hand that finds its hold over the first seconds of a recording."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(4 * record.fs)) / record.fs
    knots = np.cumsum(rng.uniform(0.1, 0.6, 40))
    swings = np.interp(times, knots, rng.normal(0, 1.5, len(knots)))
    signal = record.signal.copy()
    signal[: len(times), 0] += (swings * np.linspace(1, 0.1, len(times))).astype(np.float32)
    return replace(record, signal=signal)


def called_ectopic(record: Record, pipeline: Pipeline | None = None) -> int:
    return int(np.isin(analyze(record, pipeline=pipeline, waves=False).classes, ["S", "V", "F"]).sum())


def test_the_swings_of_a_hand_are_no_ectopic_beats() -> None:
    strips = [hand_that_moves(simulate(30, FS, ("I",), seed=seed, name="strip"), seed) for seed in range(40)]
    believing = replace(Pipeline.shipped(), evidence=None)
    assert sum(called_ectopic(strip, believing) for strip in strips) >= 5  # else nothing is tested here
    assert sum(map(called_ectopic, strips)) <= 1


def test_ventricular_beats_of_a_strip_stay() -> None:
    for seed in range(5):
        strip = simulate(30, FS, ("I",), seed=seed, rhythm=Rhythm(ventricular=0.12), name="strip")
        believed = called_ectopic(strip, replace(Pipeline.shipped(), evidence=None))
        assert called_ectopic(strip) == believed > 0


def test_normal_handheld_recordings_are_normal(data_dir) -> None:
    from ectopy.datasets.cinc2017 import load_cinc2017_record

    names = ("A01712", "A01837", "A02992", "A03702", "A03865")  # people that were learned from
    records = [load_cinc2017_record(name) for name in names]
    doubted = sum(called_ectopic(record) for record in records)
    believed = sum(called_ectopic(record, replace(Pipeline.shipped(), evidence=None)) for record in records)
    assert doubted <= 2
    assert believed >= 6


def test_without_the_model_every_beat_is_believed() -> None:
    rng = np.random.default_rng(0)
    odd = ClassifiedBeats(
        rng.standard_normal((5, 96)).astype(np.float32),
        np.full(5, 0.8, np.float32),
        np.array(list("NNVNN")),
        np.full(5, 0.5, np.float32),
        np.full(5, 0.6, np.float32),
    )
    assert not unbelievable(odd, None).any()
    assert unbelievable(odd, default_evidence()).tolist() == [False, False, True, False, False]


def test_a_model_of_other_features_is_refused(tmp_path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder(DEFAULT_EVIDENCE), folder)
    assert load_model(folder).manifest.kind == "ectopic-evidence"
    manifest = json.loads((folder / "manifest.json").read_text())
    for change in ({"features": ["alike"]}, {"least": {"V": 0.1}}):
        changed = manifest | {"parameters": manifest["parameters"] | change}
        (folder / "manifest.json").write_text(json.dumps(changed))
        with pytest.raises(ArtifactError, match="again"):
            ectopic_evidence.load(folder)
