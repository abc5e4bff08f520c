"""The wavelet classifier learns, keeps what it learned without torch, and says what it cannot learn from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, ParameterError
from ectopy.models.wavelet_classifier import WaveletClassifier

pytest.importorskip("torch")
pytest.importorskip("imblearn")


def two_widths(n: int = 60, seed: int = 0) -> tuple[Beats, np.ndarray]:
    """Return narrow beats, called N, and a few wide ones, called V."""
    rng, time = np.random.default_rng(seed), np.linspace(-1, 1, 90)
    classes = np.where(np.arange(n) % 6, "N", "V")
    width = np.where(classes == "V", 0.35, 0.08)[:, np.newaxis]
    waves = np.exp(-((time / width) ** 2)) + rng.normal(0, 0.02, (n, 90))
    return Beats.of(waves[:, np.newaxis], fs=120, peak=45), classes


@pytest.fixture(scope="module")
def fitted() -> WaveletClassifier:
    return WaveletClassifier(epochs=6, batch_size=8).fit(*two_widths())


def test_it_tells_wide_beats_from_narrow_ones(fitted: WaveletClassifier) -> None:
    beats, classes = two_widths(seed=1)
    assert (fitted.predict(beats) == classes).mean() > 0.95
    np.testing.assert_allclose(fitted.predict_proba(beats).sum(axis=1), 1, rtol=1e-5)


def test_what_was_saved_says_the_same_without_torch(fitted: WaveletClassifier, tmp_path: Path) -> None:
    beats, _ = two_widths(seed=1)
    made = fitted.save(tmp_path / "model")
    loaded = WaveletClassifier.load(made.folder)
    np.testing.assert_allclose(loaded.predict_proba(beats), fitted.predict_proba(beats), atol=1e-5)
    assert loaded.window == beats.window
    np.save(tmp_path / "beats.npy", beats.waveforms)
    code = (
        "import sys, numpy as np\n"
        "from ectopy.models.classifiers import load_classifier\n"
        "from pathlib import Path\n"
        "print(load_classifier(Path('model')).predict(np.load('beats.npy'))[0])\n"
        "assert 'torch' not in sys.modules and 'sklearn' not in sys.modules\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == fitted.predict(beats)[0]


def test_the_same_seed_gives_the_same_numbers() -> None:
    beats, classes = two_widths()
    first, second, other = (
        WaveletClassifier(epochs=1, seed=seed).fit(beats, classes).predict_proba(beats) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_it_is_cloned_with_its_parameters(fitted: WaveletClassifier) -> None:
    assert clone(fitted).get_params() == fitted.get_params()


def test_short_beats_get_a_narrower_network() -> None:
    beats, classes = two_widths()
    short = WaveletClassifier(epochs=1).fit(beats.waveforms[:, :, 20:70], classes)
    assert short.predict(beats.waveforms[:2, :, 20:70]).shape == (2,)


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["N"] * 60, "all beats are of class N; give beats of two classes"),
        (["N"] * 58 + ["V"] * 2, "class V has 2 training beats, and it takes 3"),
        (["N"] * 59, "y has 59 entries for 60 beats"),
    ],
)
def test_what_cannot_be_learned_is_refused(classes: list[str], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        WaveletClassifier(epochs=1).fit(two_widths()[0], classes)


def test_other_beats_are_refused(fitted: WaveletClassifier) -> None:
    with pytest.raises(ParameterError, match=r"takes \(1, 90\): cut them alike"):
        fitted.predict(np.zeros((2, 80)))
    with pytest.raises(ParameterError, match="lacks samples"):
        fitted.predict(np.full((2, 90), np.nan))


def test_an_unfitted_classifier_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        WaveletClassifier().save(tmp_path / "model")
    with pytest.raises(ArtifactError, match=r"no manifest\.json"):
        WaveletClassifier.load(tmp_path / "model")
