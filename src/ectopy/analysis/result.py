"""What an analysis hands back: every beat, both opinions on it, the evidence, and a summary."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import (
    NOT_JUDGED,
    PACED,
    PACED_CLASS,
    after_another,
    label_classes,
    normal_intervals,
    probable_classes,
    sealed,
)
from ectopy.analysis.beat_parts import reconstructed
from ectopy.analysis.review import Review
from ectopy.analysis.saved import load_fields, save_fields
from ectopy.analysis.saved_source import SavedSource, matched_source
from ectopy.analysis.strips import check_stretch, checked_beat, draw_beat, marked_strip
from ectopy.analysis.summary import Summary, summarise
from ectopy.beats.waves import Waves
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.io.safe_names import visible
from ectopy.models.detectors import Detector
from ectopy.models.manifest import Manifest
from ectopy.record import Annotations, Source
from ectopy.rhythm.conduction import conduction_events
from ectopy.rhythm.episodes import VENTRICULAR_PACING, Episode, inside_episodes, rhythm_marks
from ectopy.rhythm.events import Event, find_events
from ectopy.rhythm.hrv import Intervals
from ectopy.signal.quality import Span
from ectopy.wording import long_duration

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ectopy.plotting.strip import Strip


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that was found in a recording, and the evidence.

    Its arrays cannot be written into; `ectopy.analysis.edits` changes what was found.

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
    detector : EncoderDetector or TrainedDetector
        The model that said how unusual each beat is.
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
    path : str
        Of the file that was analysed; empty where the samples came from elsewhere.
    episodes : tuple of Episode
        Stretches in another rhythm than sinus rhythm, by time.
    noisiness : float
        Mean probability that artefact hides the heart in every lead.
    too_noisy : bool
        Whether that is so much that the recording as a whole says little.
    further_models : tuple of Manifest
        What the models of the signal and of the rhythm are.
    review : Review, optional
        What a reviewer made of it, in an analysis that was `edited`.
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
    detector: Detector
    classifier: Manifest
    usable_share: float
    digest: str = ""
    warnings: tuple[str, ...] = ()
    path: str = ""
    waves: Waves | None = None
    episodes: tuple[Episode, ...] = ()
    noisiness: float = 0.0
    too_noisy: bool = False
    further_models: tuple[Manifest, ...] = ()
    review: Review | None = None

    def __post_init__(self) -> None:
        for name in ("beat_leads", "quality", "scores", "probabilities", "clusters"):
            object.__setattr__(self, name, sealed(getattr(self, name)))

    def __repr__(self) -> str:
        counts = " ".join(f"{name} {(self.classes == name).sum()}" for name in self.class_names)
        return (
            f"<Analysis of {visible(self.record.name)}: {long_duration(self.record.duration)},"
            f" {len(self.beats)} beats ({counts}), {self.abnormal.sum()} unusual>"
        )

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    @property
    def window(self) -> WindowSpec:
        """How the windows were cut."""
        return self.detector.window

    @property
    def manifest(self) -> Manifest:
        """What the anomaly detector is, and where it comes from."""
        return self.detector.manifest

    def reconstruct(self, beats: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return what the detector expected in place of some beats, computed now.

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
        return reconstructed(chosen, self.beats, self.beat_leads, self.detector)

    @cached_property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Which beats could be judged, by the models or by a reviewer; shape (n_beats,)."""
        scored = ~np.isnan(self.scores)
        if self.review is None:
            return sealed(scored)
        labels = self.review.labels
        return sealed(np.where(labels == "", scored, labels != NOT_JUDGED))

    @cached_property
    def abnormal(self) -> npt.NDArray[np.bool_]:
        """Which beats the anomaly detector calls abnormal, shape (n_beats,)."""
        return sealed(self.scores > self.threshold)

    @cached_property
    def classes(self) -> npt.NDArray[np.str_]:
        """AAMI class of each beat, a reviewer's or the most probable; ``?`` if not judged; shape (n_beats,).

        N in place of S in atrial fibrillation and flutter, where early is no ectopy, but for a reviewer's S.
        """
        classes = probable_classes(
            self.class_names, self.probabilities, self.judged, self.beats.samples, self.episodes
        )
        if self.review is not None:
            given = label_classes(self.review.labels)
            classes = np.where(given == "", classes, given)
        return sealed(classes)

    @cached_property
    def ectopic(self) -> npt.NDArray[np.bool_]:
        """Which beats are of another class than N, shape (n_beats,)."""
        return sealed(self.judged & np.not_equal(self.classes, "N"))

    @cached_property
    def differ(self) -> npt.NDArray[np.bool_]:
        """Which beats, but paced ones, one opinion calls normal and the other does not, shape (n_beats,)."""
        return sealed((self.abnormal ^ self.ectopic) & np.not_equal(self.classes, PACED_CLASS))

    @cached_property
    def symbols(self) -> npt.NDArray[np.str_]:
        """WFDB symbol of each beat: a reviewer's or its class, ``/`` if paced, ``Q`` if an odd N."""
        paced = inside_episodes(self.beats.samples, self.episodes, (VENTRICULAR_PACING,)) & self.judged
        symbols = np.where(self.abnormal & ~self.ectopic, "Q", np.where(paced, PACED, self.classes))
        if self.review is not None:
            symbols = np.where(self.review.labels == "", symbols, self.review.labels)
        return sealed(symbols)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Runs, couplets, bigeminy, trigeminy and pauses, and with waves those of conduction, by time."""
        found = find_events(replace(self.beats, rr=self.rr), self.classes, self.record.fs)
        every = (*found, *(conduction_events(self.waves, self.rr) if self.waves else ()))
        kept = self.review.kept(every) if self.review else every
        return tuple(sorted(kept, key=lambda event: (event.first, event.last, event.kind)))

    @cached_property
    def rr(self) -> npt.NDArray[np.float32]:
        """Seconds since the beat before, NaN unless both could be judged; shape (n_beats,)."""
        return sealed(np.where(after_another(self.judged), self.beats.rr, np.float32(np.nan)))

    @cached_property
    def nn_intervals(self) -> npt.NDArray[np.float32]:
        """Seconds between two consecutive beats of class N, for heart rate variability; shape (n_beats,).

        NaN where the beat or the one before it is of another class, could not be judged or lies in atrial
        fibrillation, atrial flutter or ventricular fibrillation, or where a beat between them may have gone
        unseen.
        """
        return sealed(normal_intervals(self.classes, self.beats.rr, self.beats.samples, self.episodes))

    @cached_property
    def intervals(self) -> Intervals:
        """RR and NN intervals, with the heart rate variability of the recording and of each hour."""
        nn = self.nn_intervals
        return Intervals(
            samples=self.beats.samples,
            times=self.beats.r_peaks / self.record.fs,
            rr=self.rr.astype(np.float64),
            normal=np.isfinite(nn),
            classes=self.classes,
            fs=self.record.fs,
            duration=self.record.duration,
        )

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return one row per beat: position, class, probability of each class, score, RR, signal, waves.

        The columns of ``NAME.beats.csv``.
        """
        samples = self.beats.samples
        return {
            "sample": samples,
            "time_s": samples / self.record.fs,
            "symbol": self.symbols,
            "class": self.classes,
            **{f"p_{name}": self.probabilities[:, column] for column, name in enumerate(self.class_names)},
            "anomaly_score": self.scores,
            "threshold": np.broadcast_to(self.threshold, len(samples)),
            "rr_s": self.beats.rr,
            "quality": self.quality,
            "lead": self.beat_leads,
            "cluster": self.clusters,
            **(self.waves.columns() if self.waves else {}),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the `columns` as a pandas frame, one row per beat."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def strip(
        self, start: float, seconds: float, first: int = 0, highlight: tuple[float, float] | None = None
    ) -> Strip:
        """Return a stretch of the recording with its marks; see `ectopy.analysis.strips.marked_strip`."""
        marked = self.abnormal | self.ectopic
        return marked_strip(
            self.record, self.beats.samples, self.symbols, marked, start, seconds, first, highlight
        )

    def plot(self, start: float = 0.0, seconds: float = 10.0) -> Figure:
        """Return a figure of a stretch of the recording on ECG paper, each beat under its symbol.

        Parameters
        ----------
        start, seconds : float
            Where it begins, in seconds into the recording, and how long it is: one minute at most.

        Returns
        -------
        matplotlib.figure.Figure
            25 mm/s and 10 mm/mV.

        Raises
        ------
        ParameterError
            If the stretch lies outside the recording, or is longer than a minute.
        RecordError
            If the analysis was loaded without its recording.
        """
        check_stretch(self.record, start, seconds)
        from ectopy.plotting.paper import strip_figure

        return strip_figure(self.strip(start, seconds))

    def plot_beat(self, beat: int) -> Figure:
        """Return a figure of one beat and of what the detector expected.

        Parameters
        ----------
        beat : int
            Which beat, counted from 0; from the end where negative.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ParameterError
            If there is no such beat.
        """
        return draw_beat(self, checked_beat(beat, len(self.beats)))

    def save(self, path: Path | str) -> Path:
        """Write everything but the signal into one file, ``NAME.analysis.npz``.

        Parameters
        ----------
        path : Path or str
            Of the file; its ending is added where it is missing.

        Returns
        -------
        Path
            Of what was written.
        """
        return save_fields(
            Path(path),
            {each.name: getattr(self, each.name) for each in fields(self)}
            | {"record": SavedSource.of(self.record, self.path), "detector": self.manifest},
        )

    @classmethod
    def load(
        cls,
        path: Path | str,
        source: Source | Path | str | None = None,
        detector: Detector | None = None,
    ) -> Self:
        """Read an analysis that `save` wrote.

        Parameters
        ----------
        path : Path or str
            The file.
        source : Source, Path or str, optional
            The recording, for what needs its samples, `plot` above all; where the file lay, ``path`` says.
        detector : EncoderDetector or TrainedDetector, optional
            The anomaly detector, for `reconstruct`, where it is none of the shipped ones.

        Returns
        -------
        Analysis

        Raises
        ------
        AnalysisError
            If the file is absent, damaged, something else, or of a newer version.
        RecordError
            If the recording is not the one that was analysed.
        ArtifactError
            If the detector is not the one that was used.
        """
        analysis = load_fields(cls, Path(path), detector)
        if source is None:
            return analysis
        return replace(analysis, record=matched_source(analysis.record, source, analysis.digest))

    def annotations(self) -> Annotations:
        """Return beats and rhythms as WFDB annotations.

        ``chan`` of a beat is the channel of the file that it was judged on. Rhythms are those of
        `ectopy.rhythm.episodes.rhythm_marks`.
        """
        chans = np.zeros(len(self.beats), np.int64)
        for lead, channel in zip(self.record.leads, self.record.channels, strict=True):
            chans[self.beat_leads == lead] = channel
        beats = Annotations(self.beats.samples, self.symbols, chans=chans, fs=self.record.fs)
        return beats.merged(rhythm_marks(self.episodes, self.record.n_samples or 0))

    def summary(self) -> Summary:
        """Return the figures of the recording."""
        return summarise(self)
