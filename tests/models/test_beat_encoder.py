"""The encoder learns from beats without labels, keeps what it learned without torch, refuses other beats."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from ectopy import BeatEncoder, Beats, WindowSpec, aami_classes, cut_beats, simulate
from ectopy.errors import ParameterError
from ectopy.models.registry import load_model
from ectopy.simulation.rhythm import Rhythm

WINDOW = WindowSpec(fs=120, before=48, after=48)


def beats_of(seed: int, rhythm: Rhythm, seconds: float = 60) -> Beats:
    record = simulate(seconds, 250, ("II",), rhythm=rhythm, seed=seed, name=f"person {seed}")
    marks = record.annotations.beats()
    return cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols))


@pytest.fixture(scope="module")
def people() -> Beats:
    return Beats.concatenate([beats_of(seed, Rhythm()) for seed in range(6)])


@pytest.fixture(scope="module")
def fitted(people: Beats) -> BeatEncoder:
    pytest.importorskip("torch")
    return BeatEncoder(n_code=8, channels=8, dilations=(1, 2), epochs=2, batch_size=2).fit(people)


@pytest.fixture(scope="module")
def saved(fitted: BeatEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted.save(tmp_path_factory.mktemp("saved") / "model").folder


def test_labels_make_no_difference(people: Beats, fitted: BeatEncoder) -> None:
    again = clone(fitted).fit(people, y=np.arange(len(people)) % 4)
    np.testing.assert_array_equal(again.transform(people), fitted.transform(people))


def test_a_beat_is_seen_among_those_of_its_own_record_only(people: Beats, fitted: BeatEncoder) -> None:
    one = people[people.records == people.records[0]]
    together = fitted.transform(people)
    assert together.shape == (len(people), 8)
    assert together.dtype == np.float32
    np.testing.assert_allclose(fitted.transform(one), together[: len(one)], atol=1e-5)
    assert len(fitted.get_feature_names_out()) == 8


def test_what_was_saved_gives_the_same_codes_without_torch(
    people: Beats, fitted: BeatEncoder, saved: Path
) -> None:
    loaded = load_model(saved)
    assert isinstance(loaded, BeatEncoder)
    assert loaded.window == WINDOW
    np.testing.assert_allclose(loaded.transform(people), fitted.transform(people), atol=5e-3)
    code = (
        "import sys\n"
        "from ectopy.models.registry import load_model\n"
        "print(load_model('model').n_features_out_)\n"
        "assert 'torch' not in sys.modules\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=saved.parent, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "8"


def test_training_goes_on_from_what_was_saved(people: Beats, fitted: BeatEncoder, saved: Path) -> None:
    import torch

    from ectopy.features.table import beat_features

    one = people[people.records == people.records[0]]
    network = BeatEncoder.load(saved).to_torch()
    features = torch.from_numpy(beat_features(one, WINDOW.before)[np.newaxis])
    with torch.no_grad():
        codes = network(features)[0][0].numpy()
    np.testing.assert_allclose(codes, fitted.transform(one), atol=1e-2)
    assert all(parameter.dtype == torch.float32 for parameter in network.parameters())


def test_a_linear_probe_on_the_shipped_encoder_needs_few_labels() -> None:
    mixed = Rhythm(ventricular=0.15, supraventricular=0.15)
    encoder = BeatEncoder.pretrained()
    first, other = beats_of(20, mixed, 120), beats_of(21, mixed, 120)
    few = np.concatenate([np.flatnonzero(first.symbols == name)[:5] for name in "NSV"])
    probe = LogisticRegression(C=0.1, max_iter=500).fit(encoder.transform(first)[few], first.symbols[few])
    known = np.isin(other.symbols, list("NSV"))
    assert (probe.predict(encoder.transform(other)) == other.symbols)[known].mean() > 0.9


def test_ectopic_beats_stand_out_by_shape_and_by_time_without_a_label() -> None:
    beats = beats_of(22, Rhythm(ventricular=0.1, supraventricular=0.1), 120)
    scores = BeatEncoder.pretrained().anomaly_score(beats)
    usual, wide, early = (np.median(scores[beats.symbols == name]) for name in "NVS")
    assert usual < 0.3 < 1 < min(wide, early)


def test_wrong_beats_are_told_what_to_do(people: Beats, fitted: BeatEncoder) -> None:
    with pytest.raises(NotFittedError):
        BeatEncoder().transform(people)
    with pytest.raises(ParameterError, match="give a Beats"):
        fitted.transform(people.waveforms)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"96 at 120 Hz.*model.window"):
        fitted.transform(Beats.of(np.zeros((9, 1, 50)), fs=60, peak=25))
    with pytest.raises(ParameterError, match="R peaks"):
        BeatEncoder().fit(Beats.of(people.waveforms, fs=120))
    with pytest.raises(ParameterError, match="no record of 8 beats"):
        BeatEncoder().fit(people[:5])
