"""The spine: from a recording to its abnormal beats.

`analyze` is the one way through: the command line, the pages and whatever comes later call it.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy import artifact
from ectopy.artifact import Manifest, WindowSpec
from ectopy.beats.extraction import Extraction, extract_beats
from ectopy.beats.families import find_families
from ectopy.beats.qrs import HIGHEST_FS, LOWEST_FS
from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, RecordError
from ectopy.estimators.detector import BeatAnomalyDetector
from ectopy.records.record import Annotations, Record
from ectopy.signal.quality import Quality, Span, spans

DISCLAIMER: Final = "For research use only: ectopy is not a medical device and not for diagnosis."


PRETRAINED: Final = Path(str(files("ectopy"))) / "pretrained"
"""Where the models stand that come with ectopy."""

DEFAULT_MODEL: Final = "beat-autoencoder"
"""The shipped model that judges beats when no other is named."""

MIN_DURATION: Final = 8.0
"""Seconds of signal below which nothing is said."""

LONG_GAP: Final = 3.0
"""Seconds without a beat that a reader must be told of."""

FEW_BEATS: Final = 8
"""Fewer beats than this do not show what a lead looks like."""

IMPOSSIBLE_QRS: Final = 20.0
"""No heart makes beats of so many mV on the skin; a record that shows them has another unit or gain."""

UPRIGHT_LEADS: Final = ("I", "II", "MLII", "ML2", "V4", "V5", "V6", "ECG")
"""Leads in which the QRS of most people points up."""


@dataclass(frozen=True)
class Summary:
    """What a recording holds, in numbers that fit on a card.

    Rates are in beats per minute, times in seconds, shares between 0 and 1; None where undefined.
    """

    record: str
    duration: float
    fs: float
    leads: tuple[str, ...]
    n_beats: int
    n_judged: int
    n_abnormal: int
    abnormal_share: float | None
    abnormal_per_hour: float | None
    mean_heart_rate: float | None
    min_heart_rate: float | None
    max_heart_rate: float | None
    longest_rr: float | None
    longest_rr_at: float | None
    usable_share: float
    model: str
    threshold: float
    warnings: tuple[str, ...]
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that was found in a recording, and the evidence.

    Parameters
    ----------
    record : Record
        The recording as it was given.
    beats : Beats
        One window a beat, (n_beats, 1, n_times) in mV at the model's rate, band-passed, cut from the lead
        in ``beat_leads``; ``samples`` count at the record's own rate.
    beat_leads : ndarray of str, shape (n_beats,)
        The lead each beat was judged on.
    quality : ndarray of str, shape (n_beats,)
        ``good``, or what spoils the signal around the beat: ``noisy``, ``clipped``, ``flat``, ``missing``.
    scores : ndarray of float32, shape (n_beats,)
        Anomaly score, higher = more abnormal; NaN for a beat that could not be judged.
    threshold : float
        A score above it is called abnormal.
    reconstructions : ndarray of float32, shape (n_beats, n_times)
        The autoencoder's picture of each beat, in mV like the windows.
    families : ndarray of int64, shape (n_beats,)
        Beats of the same shape carry the same number; 0 is the largest family; −1 where not judged.
    spans : tuple of Span
        Where the signal is missing, flat, clipped or noisy.
    window : WindowSpec
        How the windows were cut.
    manifest : Manifest
        What the model is that judged the beats, and where it comes from.
    usable_share : float
        Share of the recording in which at least one lead is neither missing, flat, clipped nor noisy.
    warnings : tuple of str
        What the reader must know before trusting the figures.
    """

    record: Record
    beats: Beats
    beat_leads: npt.NDArray[np.str_]
    quality: npt.NDArray[np.str_]
    scores: npt.NDArray[np.float32]
    threshold: float
    reconstructions: npt.NDArray[np.float32]
    families: npt.NDArray[np.int64]
    spans: tuple[Span, ...]
    window: WindowSpec
    manifest: Manifest
    usable_share: float
    warnings: tuple[str, ...] = ()

    @property
    def abnormal(self) -> npt.NDArray[np.bool_]:
        """Which beats are called abnormal, shape (n_beats,)."""
        return self.scores > self.threshold

    @property
    def symbols(self) -> npt.NDArray[np.str_]:
        """WFDB symbol of each beat: ``N`` normal, ``Q`` abnormal of unknown class, ``?`` not judged."""
        judged = np.where(self.abnormal, "Q", "N")
        return np.where(np.isnan(self.scores), "?", judged)

    def annotations(self) -> Annotations:
        """Return the beats as WFDB annotations; ``chan`` is the lead each was judged on."""
        chans = np.array([self.record.leads.index(str(lead)) for lead in self.beat_leads], dtype=np.int64)
        return Annotations(self.beats.samples, self.symbols, chans=chans, fs=self.record.fs)

    def summary(self) -> Summary:
        """Return the figures of the recording."""
        record, rr = self.record, self.beats.rr
        judged = int(np.isfinite(self.scores).sum())
        abnormal = int(self.abnormal.sum())
        rates = heart_rates(rr)
        longest = int(np.nanargmax(rr)) if np.isfinite(rr).any() else None
        return Summary(
            record=record.name,
            duration=record.duration,
            fs=record.fs,
            leads=record.leads,
            n_beats=len(self.beats),
            n_judged=judged,
            n_abnormal=abnormal,
            abnormal_share=abnormal / judged if judged else None,
            abnormal_per_hour=abnormal / record.duration * 3600 if judged else None,
            mean_heart_rate=float(60 / np.nanmean(rr)) if np.isfinite(rr).any() else None,
            min_heart_rate=float(rates.min()) if len(rates) else None,
            max_heart_rate=float(rates.max()) if len(rates) else None,
            longest_rr=None if longest is None else float(rr[longest]),
            longest_rr_at=None if longest is None else float(self.beats.samples[longest] / record.fs),
            usable_share=self.usable_share,
            model=self.manifest.name,
            threshold=self.threshold,
            warnings=self.warnings,
        )


def heart_rates(rr: npt.NDArray[np.float32], n: int = 8) -> npt.NDArray[np.float64]:
    """Return heart rates over every ``n`` consecutive intervals, in beats per minute.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        RR intervals in seconds; NaN where unknown, which leaves out the stretches that hold it.
    n : int
        Intervals averaged, so that a single early beat is not a heart rate.
    """
    if len(rr) < n:
        return np.zeros(0)
    means = np.lib.stride_tricks.sliding_window_view(rr.astype(np.float64), n).mean(axis=1)
    rates: npt.NDArray[np.float64] = 60 / means[np.isfinite(means)]
    return rates


@cache
def default_detector() -> BeatAnomalyDetector:
    """Return the shipped anomaly detector."""
    return BeatAnomalyDetector.load(model_folder(DEFAULT_MODEL))


def shipped_models() -> list[Manifest]:
    """Return the manifests of the models that come with ectopy, by name."""
    return [artifact.load(path.parent).manifest for path in sorted(PRETRAINED.glob(f"*/{artifact.MANIFEST}"))]


def model_folder(model: str) -> Path:
    """Return where a model stands.

    Parameters
    ----------
    model : str
        Name of a shipped model, or a folder that holds one.

    Raises
    ------
    ArtifactError
        If it is neither.
    """
    for folder in (PRETRAINED / model, Path(model)):
        if (folder / artifact.MANIFEST).is_file():
            return folder
    known = ", ".join(manifest.name for manifest in shipped_models())
    raise ArtifactError(
        f"model {model!r} is neither shipped nor a folder with one; choose {known} or a folder"
    )


def analyze(record: Record, model: BeatAnomalyDetector | None = None) -> Analysis:
    """Find the beats of a recording and judge each.

    Parameters
    ----------
    record : Record
        Any rate, any leads, at least eight seconds.
    model : BeatAnomalyDetector, optional
        A detector that was loaded from an artifact; the shipped one by default.

    Returns
    -------
    Analysis

    Raises
    ------
    RecordError
        If the recording is too short, its rate is too low or too high, or no lead holds a signal.
    ArtifactError
        If the model was not loaded from an artifact, so that nobody says how its beats are cut.

    Examples
    --------
    >>> from ectopy.records.synthetic import simulate
    >>> analysis = analyze(simulate(duration=30, seed=1))
    >>> analysis.summary().n_beats > 20
    True
    """
    detector = model or default_detector()
    window = detector.window
    _check_extent(record)
    dead = _dead_leads(record)
    found = extract_beats(record, window)
    examined = detector.examine(found.beats, sources=found.leads) if len(found.beats) else None
    blind = np.isin(found.quality, ("missing", "flat"))
    return Analysis(
        record=record,
        beats=found.beats,
        beat_leads=np.array(record.leads)[found.leads],
        quality=found.quality,
        scores=np.where(blind, np.nan, examined.scores) if examined else np.zeros(0, np.float32),
        threshold=detector.threshold_,
        reconstructions=examined.reconstructions[:, 0]
        if examined
        else np.zeros((0, window.n_times), np.float32),
        families=np.where(blind, -1, find_families(found.beats.waveforms[:, 0])),
        spans=spans(found.flags, record.fs, record.leads),
        window=window,
        manifest=detector.artifact_.manifest,
        usable_share=float((found.flags == 0).any(axis=1).mean()),
        warnings=(
            *dead.values(),
            *_signal_warnings(record, found, dead),
            *_rhythm_warnings(record, found),
            *_shape_warnings(record, found),
        ),
    )


def _check_extent(record: Record) -> None:
    """Raise if beats cannot be found at the rate of a recording, or in so little of it."""
    if not LOWEST_FS <= record.fs <= HIGHEST_FS:
        raise RecordError(
            f"record {record.name}: beats cannot be found at {record.fs:g} Hz;"
            f" resample it to {LOWEST_FS:g} Hz or more, and {HIGHEST_FS:g} Hz at most"
        )
    if record.duration < MIN_DURATION:
        raise RecordError(
            f"record {record.name}: {record.duration:.1f} s of signal are too short to judge;"
            f" give at least {MIN_DURATION:g} s"
        )


def _dead_leads(record: Record) -> dict[str, str]:
    """Return the leads without a signal, each with a warning; raise if that is all of them."""
    warnings = {}
    for lead, column in zip(record.leads, record.signal.T, strict=True):
        valid = column[np.isfinite(column)]
        if not len(valid):
            warnings[lead] = f"Lead {lead} holds no sample at all and was left out."
        elif valid.min() == valid.max():
            warnings[lead] = f"Lead {lead} is flat from end to end and was left out."
    if len(warnings) == len(record.leads):
        raise RecordError(
            f"record {record.name}: every lead ({', '.join(record.leads)}) is missing or flat;"
            " check that the file holds the signal and that the electrodes were on"
        )
    return warnings


def _signal_warnings(record: Record, found: Extraction, dead: Container[str]) -> list[str]:
    """Say what spoils more than a little of each lead that is not dead."""
    warnings = []
    for lead, flags in zip(record.leads, found.flags.T, strict=True):
        if lead in dead:
            continue
        for fault, name, bearable in _BEARABLE:
            share = np.count_nonzero(flags & np.uint8(fault)) / len(flags)
            if share > bearable:
                warnings.append(f"Lead {lead} is {name} for {share:.0%} of the recording.")
    return warnings


def _rhythm_warnings(record: Record, found: Extraction) -> list[str]:
    """Say where no beat was found for so long that either the heart or the detection failed."""
    if not len(found.beats):
        return ["No heartbeat was found."]
    edges = np.concatenate([[0], found.beats.samples, [record.n_samples]]) / record.fs
    gaps = np.diff(edges)
    longest = int(gaps.argmax())
    n_long = int((gaps > LONG_GAP).sum())
    if not n_long:
        return []
    times = "once" if n_long == 1 else f"{n_long} times"
    return [
        f"No beat was found for more than {LONG_GAP:g} s {times}, longest from {edges[longest]:.0f} s on"
        f" for {gaps[longest]:.1f} s: a pause, flutter or fibrillation, or a signal that shows no beats."
    ]


_BEARABLE: Final = (
    (Quality.MISSING, "missing", 0.01),
    (Quality.FLAT, "flat", 0.01),
    (Quality.CLIPPED, "clipped", 0.01),
    (Quality.NOISY, "noisy", 0.10),
)


def _shape_warnings(record: Record, found: Extraction) -> list[str]:
    """Name the leads whose average beat has an impossible size, or points down where it should point up."""
    warnings = []
    shown = zip(record.leads, found.averages, strict=True) if len(found.beats) >= FEW_BEATS else ()
    for lead, average in shown:
        if np.ptp(average) > IMPOSSIBLE_QRS:
            warnings.append(
                f"The beats of lead {lead} are {np.ptp(average):.0f} mV high, which no heart is:"
                " the unit or the gain of the recording is wrong."
            )
        if lead.upper() in UPRIGHT_LEADS and -average.min() > 1.5 * average.max():
            warnings.append(
                f"The QRS of lead {lead} points down: its polarity may be inverted, or its electrodes"
                " swapped."
            )
    return warnings
