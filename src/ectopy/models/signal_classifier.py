"""What a lead shows, twice a second: beats that can be read, ventricular fibrillation, or artefact.

A small network looks at each lead at 60 Hz, scaled by the waves nearby, eight seconds to either side. Of
several leads those that show beats decide: fibrillation is named where one lead shows it and none shows
beats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.uniformity import Uniformity
from ectopy.errors import ArtifactError
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.registry import DEFAULT_SIGNAL, model_folder
from ectopy.signal.classifier_input import FRAME, INPUT_FS, SAMPLES, signal_input
from ectopy.signal.filters import runs
from ectopy.signal.resampling import resample
from ectopy.signal.sliding import uniform_filter1d

KIND: Final = "signal-classifier"

TOO_NOISY: Final = ("least_noisiness", "too_noisy", "noisiness_weight", "shape_weight", "size_weight")
"""Parameters of the rule that says whether a recording is too noisy."""

PROBABILITIES: Final = ("fibrillation", "artefact", *TOO_NOISY)
"""Parameters between 0 and 1."""

CLASSES: Final = ("beats", "fibrillation", "artefact")
"""What a frame of a lead may show; a heart that stands still counts as beats, for that can be read."""

REACH: Final = 48
"""Frames on each side, 24 s, that have a say in what is decided on one."""

BLOCK: Final = 600
"""Frames worked on at a time, at most: five minutes."""

_STEADY: Final = 7
"""Frames, 3.5 s, over which the probability of fibrillation is averaged."""

_LEAST: Final = 9
_BRIDGED: Final = 8
"""Frames: shorter fibrillation is not named (4.5 s), and shorter interruptions (4 s) do not end it."""

_BEATS: Final = np.array([1, 0, 0], np.float32)
"""Probabilities where beats are certain, and beyond the ends of a recording, so that fibrillation there is as
long as elsewhere."""

_DOUBTFUL: Final = 0.7
"""Probability of beats below which a frame is looked at again for a regular heart."""

_LOOK: Final = 240
"""Samples, four seconds, of that look."""

_FAST_LAGS: Final = range(11, 22)
"""Samples at 60 Hz between two of its beats: 164 to 327 a minute."""

_REGULAR: Final = 0.65
_SHARP: Final = 1.0
"""Correlation with itself a beat later, and power of the differences of neighbouring samples in shares of the
power, above which such a look shows narrow beats. Fibrillation is smooth (0.1 to 0.6 in the people learned
from), artefact is not regular."""

_SLOW_LAGS: Final = range(28, 91)
_SHORT_LAGS: Final = range(9, 25)
"""Samples between two waves that come 40 to 129 and 150 to 400 times a minute: ventricles fibrillate and
flutter at the second rates."""

_SLOW: Final = 0.85
_ALONE: Final = 0.65
"""Correlation with itself a slow beat later above which a look shows beats, however wide, if that a short lag
later is below this share of it. In the people learned from, 4 of 2,898 frames of fibrillation are so."""

_LOWEST: Final = 0.15
"""mV from top to bottom below which no waves of half a second are fibrillation: a heart that shows less than
0.1 stands still, coarse fibrillation more than 0.2 (Kerber et al., Circulation 95:1677, 1997). That of the
people learned from has 0.9 and more; noise on a lead that hardly shows the heart may look alike."""

_SUSPECTED: Final = 0.1
"""Probability of fibrillation from which on the height of waves is asked for."""

Frames = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FrameVerdicts:
    """What was decided on consecutive frames.

    Parameters
    ----------
    fibrillation : ndarray of bool, shape (n_frames,)
        Where the ventricles fibrillate or flutter.
    unreadable : ndarray of bool, shape (n_frames, n_leads)
        Where artefact hides what the heart does.
    artefact : ndarray of float32, shape (n_frames, n_leads)
        Mean probability of artefact over a second and a half.
    """

    fibrillation: npt.NDArray[np.bool_]
    unreadable: npt.NDArray[np.bool_]
    artefact: Frames


@cache
def default_model() -> Artifact:
    """Return the signal classifier that is shipped with ectopy."""
    return load(model_folder(DEFAULT_SIGNAL))


def load(folder: Path | str) -> Artifact:
    """Read a signal classifier; torch is not needed.

    Raises
    ------
    ArtifactError
        If the artifact is damaged, of another version of the format, or no signal classifier.
    """
    loaded = artifact.load(Path(folder), KIND)
    for name in PROBABILITIES:
        threshold = loaded.manifest.parameters.get(name)
        if not isinstance(threshold, int | float) or not 0 < threshold < 1:
            raise ArtifactError(f"model {folder}: {name} {threshold!r} is no probability; install it again")
    return loaded


def is_too_noisy(noisiness: float, beats: Uniformity, model: Artifact | None) -> bool:
    """Say whether a recording as a whole is too noisy to be judged.

    Parameters
    ----------
    noisiness : float
        Mean probability of artefact in every lead, in the calmest third of the stretches of fifteen seconds:
        experts read the rhythm wherever they can.
    beats : Uniformity
        How alike its beats are: where they are of one shape and size they can be read, and more is borne.
    model : Artifact or None
        The signal classifier; without it nothing is too noisy.
    """
    if model is None:
        return False
    least, limit, noise, shape, size = (float(model.manifest.parameters[name]) for name in TOO_NOISY)
    evidence = noise * noisiness - shape * beats.principal_share + size * beats.amplitude_spread
    return noisiness >= least and evidence > limit


def block_span(window_fs: float) -> tuple[int, int]:
    """Return the size of the blocks that are worked on at a time, and their reach, in conditioned samples."""
    return round(BLOCK * FRAME * window_fs / INPUT_FS), round(REACH * FRAME * window_fs / INPUT_FS)


def classify_block(
    part: npt.NDArray[np.float32], window_fs: float, before: int, after: int, model: Artifact
) -> FrameVerdicts:
    """Decide on the frames of one block of the grid of `block_span`.

    Parameters
    ----------
    part : ndarray of float32, shape (n_samples, n_leads)
        Conditioned signal in mV (`ectopy.beats.windows.condition`): the block with samples of its neighbours.
    window_fs : float
        Its rate in Hz.
    before, after : int
        Samples of the neighbours at the two ends: the reach, or as many as there are.
    model : Artifact
        Of kind ``signal-classifier``.

    Returns
    -------
    FrameVerdicts
        Of every frame that begins in the block.
    """
    own = len(part) - before - after
    n_frames = -(-round(own * INPUT_FS / window_fs) // FRAME)
    level = part if window_fs == INPUT_FS else resample(part, window_fs, INPUT_FS)
    leads = np.ascontiguousarray(level.T)
    missing = REACH * FRAME - round(before * INPUT_FS / window_fs)
    length = (n_frames + 2 * REACH) * FRAME  # of a short recording, and at the end of one, less than a block
    if missing or leads.shape[1] < length:
        rest = max(0, length - missing - leads.shape[1])
        leads = np.pad(leads, ((0, 0), (missing, rest)), mode="symmetric")
    shown = signal_input(leads[:, :length])
    probabilities = frame_probabilities(shown, model)
    probabilities[_regular_beats(shown, probabilities)] = _BEATS
    _without_low_waves(probabilities, leads[:, :length])
    ended = -(-round((before + own + after) * INPUT_FS / window_fs + missing) // FRAME)
    probabilities[:, : missing // FRAME] = probabilities[:, ended:] = _BEATS
    verdicts = decide(probabilities, model)
    inside = slice(REACH, REACH + n_frames)
    return FrameVerdicts(
        verdicts.fibrillation[inside], verdicts.unreadable[inside], verdicts.artefact[inside]
    )


def frame_probabilities(leads: npt.NDArray[np.float32], model: Artifact) -> Frames:
    """Return the probability of each of `CLASSES`, shape (n_leads, n_frames, 3)."""
    logits = model.run(leads)[0].transpose(0, 2, 1)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True), dtype=np.float32)


def _regular_beats(leads: npt.NDArray[np.float32], probabilities: Frames) -> npt.NDArray[np.bool_]:
    """Say in which doubtful frames, shape (n_leads, n_frames), beats are regular, narrow or slow."""
    doubtful = probabilities[..., 0] < _DOUBTFUL
    if not doubtful.any():
        return doubtful
    margin = (_LOOK - SAMPLES) // 2
    padded = np.pad(leads, ((0, 0), (margin, margin)))
    looks = np.lib.stride_tricks.sliding_window_view(padded, _LOOK, axis=1)[:, ::SAMPLES][doubtful]
    level = looks - looks.mean(axis=1, keepdims=True)
    power = np.maximum(np.square(level).sum(axis=1), np.float32(1e-6))
    sharp = np.square(np.diff(level, axis=1)).sum(axis=1) > _SHARP * power
    fast, slow, short = (_alike(level, lags) / power for lags in (_FAST_LAGS, _SLOW_LAGS, _SHORT_LAGS))
    doubtful[doubtful] = (sharp & (fast > _REGULAR)) | ((slow > _SLOW) & (short < _ALONE * slow))
    return doubtful


def _alike(level: npt.NDArray[np.float32], lags: range) -> npt.NDArray[np.float32]:
    """Return the largest product of looks, shape (n, _LOOK), with themselves some samples later."""
    each = [(level[:, :-lag] * level[:, lag:]).sum(axis=1) * (_LOOK / (_LOOK - lag)) for lag in lags]
    return np.asarray(np.max(each, axis=0), np.float32)


def _without_low_waves(probabilities: Frames, leads: npt.NDArray[np.float32]) -> None:
    """Take for artefact, in place, what looks like fibrillation and is too low for it; leads in mV."""
    if not (probabilities[..., 1] > _SUSPECTED).any():
        return
    heights = np.ptp(leads.reshape(len(leads), -1, FRAME), axis=2)
    low = uniform_filter1d(heights, _STEADY, mode="nearest") < _LOWEST
    low &= probabilities[..., 1] > _SUSPECTED
    probabilities[low, 2] += probabilities[low, 1]
    probabilities[low, 1] = 0


def decide(probabilities: Frames, model: Artifact) -> FrameVerdicts:
    """Make verdicts of probabilities, shape (n_leads, n_frames, 3)."""
    parameters = model.manifest.parameters
    beats, fibrillation, artefact = np.moveaxis(probabilities, -1, 0)
    shown = np.minimum(fibrillation.max(axis=0), 1 - beats.max(axis=0))
    steady = uniform_filter1d(shown, _STEADY, mode="nearest")
    named = _lasting(steady > parameters["fibrillation"])
    hidden = uniform_filter1d(artefact, 3, mode="nearest")
    unreadable = (hidden > parameters["artefact"]) & ~named
    return FrameVerdicts(named, np.ascontiguousarray(unreadable.T), np.ascontiguousarray(hidden.T))


def _lasting(named: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Bridge short interruptions, and take away what is too short to be named."""
    named = named.copy()
    for wanted, shortest in ((False, _BRIDGED), (True, _LEAST)):
        for start, stop in zip(*runs(named == wanted), strict=True):
            if stop - start < shortest and (wanted or 0 < start < stop < len(named)):
                named[start:stop] = not wanted
    return named
