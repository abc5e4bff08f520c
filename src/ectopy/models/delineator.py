"""The delineator: where P, QRS and T of each beat begin, peak and end.

A small network reads each lead at 250 Hz and says, 125 times a second, which wave is under way
(`ectopy.networks.delineation`); stretches of a wave are given to the beats (`ectopy.models.wave_assembly`)
and the leads are brought together.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import MARKS, Waves
from ectopy.errors import ParameterError
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.qrs_detector import detect_qrs
from ectopy.models.registry import DEFAULT_DELINEATOR, model_folder
from ectopy.models.wave_assembly import LeastConfidence, assemble, fuse
from ectopy.models.wave_candidates import Size, find_candidates
from ectopy.models.wave_heights import measure_heights
from ectopy.record import Source
from ectopy.rhythm.independent_p import independent_p_cycles

KIND: Final = "delineator"


def delineate(
    source: Source, r_peaks: npt.ArrayLike | None = None, *, model: Artifact | None = None
) -> Waves:
    """Find the P, QRS and T waves of each beat, lead by lead and by all leads together.

    Leads are read in blocks of about two minutes on a grid that starts at the first sample.

    Parameters
    ----------
    source : Source
        A record in memory or a file: any number of leads, 50 to 10000 Hz.
    r_peaks : array_like of int, shape (n_beats,), optional
        Samples of the R peaks, not decreasing; those that `detect_qrs` finds by default, for which the
        recording is read whole.
    model : Artifact, optional
        Of kind ``delineator``; the shipped one by default.

    Returns
    -------
    Waves

    Raises
    ------
    ParameterError
        If the R peaks are no samples of the recording or go backwards, the rate is out of range, or the
        source is a stream whose end is not known.
    ArtifactError
        If the model is damaged.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> waves = delineate(simulate(duration=10, fs=250, seed=1))
    >>> bool(np.nanmedian(waves.mark("t_peak") - waves.mark("qrs_onset")) > 0)
    True
    """
    if source.n_samples is None:
        raise ParameterError(
            f"source {source.name} is a stream that goes on; give a recording that has ended"
        )
    model = model or default_delineator()
    size = Size(source.n_samples, len(source.leads), source.fs)
    if r_peaks is None:
        beats = detect_qrs(source.read(0, size.n_samples), source.fs)
    else:
        beats = _checked(r_peaks, size.n_samples)
    least = LeastConfidence(**model.manifest.parameters["least_confidence"])
    candidates = find_candidates(source.read, size, model)
    leads = [assemble(found, beats, source.fs, least) for found in candidates]
    marks, confidences, n_p = fuse(leads, source.fs)
    lead_marks = np.stack([lead.marks for lead in leads], axis=1)
    heights = measure_heights(lead_marks, beats, source.read, size)
    column = [MARKS.index("qrs_onset"), MARKS.index("p_onset")]
    pr = np.subtract(*marks[:, column].T) / source.fs
    return Waves(
        r_peaks=beats,
        fs=source.fs,
        leads=source.leads,
        marks=marks,
        confidences=confidences,
        n_p=n_p,
        lead_marks=lead_marks,
        lead_confidences=np.stack([lead.confidences for lead in leads], axis=1),
        amplitudes=heights.amplitudes,
        qrs_net=heights.qrs_net,
        st=heights.st,
        lone_p=tuple(lead.lone_p for lead in leads),
        p_cycles=independent_p_cycles(source.read, beats, pr, source.fs),
    )


@cache
def default_delineator() -> Artifact:
    """Return the delineator that is shipped with ectopy."""
    return load(model_folder(DEFAULT_DELINEATOR))


def load(folder: Path | str) -> Artifact:
    """Read a delineator; torch is not needed.

    Raises
    ------
    ArtifactError
        If the artifact is damaged, of another version of the format, or no delineator.
    """
    return artifact.load(Path(folder), KIND)


def _checked(r_peaks: npt.ArrayLike, n_samples: int) -> npt.NDArray[np.int64]:
    beats = np.asarray(r_peaks)
    if beats.ndim != 1 or (len(beats) and not np.issubdtype(beats.dtype, np.integer)):
        raise ParameterError(
            f"r_peaks has shape {beats.shape} and type {beats.dtype}; give whole samples, (n_beats,)"
        )
    beats = beats.astype(np.int64)
    if np.any(np.diff(beats) < 0):
        raise ParameterError("r_peaks goes backwards; sort it")
    if len(beats) and (beats[0] < 0 or beats[-1] >= n_samples):
        outside = beats[(beats < 0) | (beats >= n_samples)][0]
        raise ParameterError(f"r_peaks holds {outside}; give samples from 0 to {n_samples - 1}")
    return beats
