"""What an analysis hands back: every beat, both opinions on it, the evidence, and a summary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_parts import part_bounds
from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.beats.waves import Waves
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.models.artifact import Manifest
from ectopy.models.trained_detector import TrainedDetector
from ectopy.record import Annotations, ChannelDecision, Source
from ectopy.rhythm.events import KINDS, Event, find_events
from ectopy.signal.quality import Span

NOT_JUDGED: Final = "?"
"""Class and symbol of a beat that nobody could judge."""


@dataclass(frozen=True)
class Summary:
    """What a recording holds, in numbers that fit on a card.

    Rates are in beats per minute, times in seconds, shares between 0 and 1; None where undefined. *Abnormal*
    is the opinion of the anomaly detector, ``classes`` that of the classifier, ``n_differ`` how often they
    differ: one calls a beat normal and the other does not. ``events`` counts every kind of
    `ectopy.rhythm.events.KINDS`.
    """

    record: str
    duration: float
    fs: float
    leads: tuple[str, ...]
    channels: tuple[ChannelDecision, ...]
    n_beats: int
    n_judged: int
    n_abnormal: int
    abnormal_share: float | None
    abnormal_per_hour: float | None
    classes: dict[str, int]
    classes_per_hour: dict[str, float]
    events: dict[str, int]
    longest_ventricular_run: int
    n_differ: int
    mean_heart_rate: float | None
    min_heart_rate: float | None
    max_heart_rate: float | None
    longest_rr: float | None
    longest_rr_at: float | None
    usable_share: float
    model: str
    threshold: float
    classifier: str
    warnings: tuple[str, ...]
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that was found in a recording, and the evidence.

    Parameters
    ----------
    record : Source
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
    class_names : tuple of str
        AAMI classes that the classifier tells apart.
    probabilities : ndarray of float32, shape (n_beats, n_classes)
        How probable the classifier holds each class, in that order.
    clusters : ndarray of int64, shape (n_beats,)
        Beats of the same shape carry the same number; 0 is the largest cluster; −1 where not judged.
    spans : tuple of Span
        Where the signal is missing, flat, clipped or noisy.
    detector : TrainedDetector
        The model that scored the shape of the beats.
    classifier : Manifest
        What the model is that classified them.
    usable_share : float
        Share of the recording in which at least one lead is neither missing, flat, clipped nor noisy.
    digest : str
        SHA-256 of rate, lead names and samples, which tells the recording from others of its name.
    warnings : tuple of str
        What the reader must know before trusting the figures.
    waves : Waves, optional
        P, QRS and T of each beat, where they were delineated.
    """

    record: Source
    beats: Beats
    beat_leads: npt.NDArray[np.str_]
    quality: npt.NDArray[np.str_]
    scores: npt.NDArray[np.float32]
    threshold: float
    class_names: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]
    clusters: npt.NDArray[np.int64]
    spans: tuple[Span, ...]
    detector: TrainedDetector
    classifier: Manifest
    usable_share: float
    digest: str = ""
    warnings: tuple[str, ...] = ()
    waves: Waves | None = None

    @property
    def window(self) -> WindowSpec:
        """How the windows were cut."""
        return self.detector.window

    @property
    def manifest(self) -> Manifest:
        """What the anomaly detector is, and where it comes from."""
        return self.detector.manifest

    def reconstruct(self, beats: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the autoencoder's reconstructions of some beats, computed now.

        Parameters
        ----------
        beats : array_like of int, shape (n,)
            Which beats.

        Returns
        -------
        ndarray of float32, shape (n, n_times)
            In mV like the windows.
        """
        chosen = np.atleast_1d(np.asarray(beats, np.int64))
        pictures = np.zeros((len(chosen), self.window.n_times), np.float32)
        for start, stop in part_bounds(len(self.beats)):
            inside = (chosen >= start) & (chosen < stop)
            if inside.any():
                part, leads = self.beats[start:stop], self.beat_leads[start:stop]
                reconstructed = self.detector.score_beats(part, sources=leads).reconstructions[:, 0]
                pictures[inside] = reconstructed[chosen[inside] - start]
        return pictures

    @cached_property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Which beats could be judged, shape (n_beats,)."""
        return ~np.isnan(self.scores)

    @property
    def abnormal(self) -> npt.NDArray[np.bool_]:
        """Which beats the anomaly detector calls abnormal, shape (n_beats,)."""
        return self.scores > self.threshold

    @cached_property
    def classes(self) -> npt.NDArray[np.str_]:
        """Most probable AAMI class of each beat, ``?`` where not judged; shape (n_beats,)."""
        named = np.array(self.class_names)[self.probabilities.argmax(axis=1)]
        return np.where(self.judged, named, NOT_JUDGED)

    @property
    def ectopic(self) -> npt.NDArray[np.bool_]:
        """Which beats the classifier calls other than normal, shape (n_beats,)."""
        return self.judged & np.not_equal(self.classes, "N")

    @property
    def differ(self) -> npt.NDArray[np.bool_]:
        """Which beats one opinion calls normal and the other does not, shape (n_beats,)."""
        return self.abnormal ^ self.ectopic

    @property
    def symbols(self) -> npt.NDArray[np.str_]:
        """WFDB symbol of each beat: its class; ``Q`` if called N but of abnormal shape; ``?`` not judged."""
        return np.where(self.abnormal & ~self.ectopic, "Q", self.classes)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Runs, couplets, bigeminy, trigeminy and pauses, by time."""
        return find_events(self.beats, self.classes, self.record.fs)

    def annotations(self) -> Annotations:
        """Return the beats as WFDB annotations; ``chan`` is the channel of the file each was judged on."""
        channel = dict(zip(self.record.leads, self.record.channels, strict=True))
        chans = np.array([channel[str(lead)] for lead in self.beat_leads], dtype=np.int64)
        return Annotations(self.beats.samples, self.symbols, chans=chans, fs=self.record.fs)

    def summary(self) -> Summary:
        """Return the figures of the recording."""
        record, rr = self.record, self.beats.rr
        judged = int(self.judged.sum())
        abnormal = int(self.abnormal.sum())
        rates = heart_rates(rr)
        classes = {name: int((self.classes == name).sum()) for name in self.class_names}
        per_hour = 3600 / record.duration
        longest = int(np.nanargmax(rr)) if np.isfinite(rr).any() else None
        return Summary(
            record=record.name,
            duration=record.duration,
            fs=record.fs,
            leads=record.leads,
            channels=record.decisions,
            n_beats=len(self.beats),
            n_judged=judged,
            n_abnormal=abnormal,
            abnormal_share=abnormal / judged if judged else None,
            abnormal_per_hour=abnormal * per_hour if judged else None,
            classes=classes,
            classes_per_hour={name: count * per_hour for name, count in classes.items()},
            events={kind: sum(event.kind == kind for event in self.events) for kind in KINDS},
            longest_ventricular_run=max(
                (event.n_ectopic for event in self.events if event.kind == "ventricular run"), default=0
            ),
            n_differ=int(self.differ.sum()),
            mean_heart_rate=float(60 / np.nanmean(rr)) if np.isfinite(rr).any() else None,
            min_heart_rate=float(rates.min()) if len(rates) else None,
            max_heart_rate=float(rates.max()) if len(rates) else None,
            longest_rr=None if longest is None else float(rr[longest]),
            longest_rr_at=None if longest is None else float(self.beats.samples[longest] / record.fs),
            usable_share=self.usable_share,
            model=self.manifest.name,
            threshold=self.threshold,
            classifier=self.classifier.name,
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
    return 60 / means[np.isfinite(means)]
