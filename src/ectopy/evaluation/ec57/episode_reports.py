"""The result of an episode-by-episode comparison, and the reports that epicmp makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ectopy.evaluation.ec57.figures import Share, clock

_LABEL: Final = 30
_COLUMNS: Final = "Record  TPs   FN  TPp   FP  ESe E+P DSe D+P  Ref duration  Test duration \n"

KINDS: Final = ("AF", "VF", "ST")
"""Atrial fibrillation, from rhythm marks; ventricular flutter or fibrillation, from ``[`` and ``]``; ischemic
ST episodes, from ``s`` marks."""

HEADINGS: Final = {kind: f"({kind} detection)\n{_COLUMNS}" for kind in KINDS}
"""Kind → the heading of a file of line-format reports."""

MEASUREMENTS_HEADING: Final = "(ST measurements)\nRecord     Time  Signal  Reference  Test\n"
"""The heading of a file of ST measurements."""

_TOLERANCE: Final = 100
"""Microvolts by which a test measurement may differ from the reference before it gets an asterisk (EC57)."""


@dataclass(frozen=True)
class StMeasurement:
    """An ST deviation at the extremum of a reference episode.

    Parameters
    ----------
    sample : int
        Where it was measured.
    signal : int
        Which signal.
    reference : int
        What the reference says, in microvolts.
    test : int or None
        What the test annotator last said of that signal; None where it never did.
    """

    sample: int
    signal: int
    reference: int
    test: int | None


@dataclass(frozen=True)
class EpisodeComparison:
    """How the episodes of a test annotator compare with those of the reference.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    record, reference_annotator, test_annotator : str
        What was compared.
    sensitivity : Share
        Reference episodes that a test episode overlaps.
    predictivity : Share
        Test episodes that a reference episode overlaps.
    duration_sensitivity, duration_predictivity : Share
        Samples in which both have an episode, of those in which the reference has, or the test.
    fs : float
        Sampling frequency in Hz.
    signal : int or None
        Which signal's ST episodes; None for both.
    measurements : tuple of StMeasurement
        ST deviations of the reference, of ``"ST"`` only.
    """

    kind: str
    record: str
    reference_annotator: str
    test_annotator: str
    sensitivity: Share
    predictivity: Share
    duration_sensitivity: Share
    duration_predictivity: Share
    fs: float
    signal: int | None = None
    measurements: tuple[StMeasurement, ...] = ()

    def __str__(self) -> str:
        return matrix_report(self)

    @property
    def figures(self) -> dict[str, Share]:
        """The figures by name."""
        return {
            "episode sensitivity": self.sensitivity,
            "episode +P": self.predictivity,
            "duration sensitivity": self.duration_sensitivity,
            "duration +P": self.duration_predictivity,
        }


def matrix_report(found: EpisodeComparison) -> str:
    """Write the figures, one a line (options -A, -V and -S)."""
    times = [
        f"{_percent(share)} ({clock(share.part, found.fs)}/{clock(share.whole, found.fs)})"
        for share in (found.duration_sensitivity, found.duration_predictivity)
    ]
    reference, test = _durations(found)
    lines = [
        f"{found.kind} episode-by-episode comparison results for record {found.record}{_signals(found)}",
        f"Reference annotator: {found.reference_annotator}",
        f"     Test annotator: {found.test_annotator}",
        "",
        f"{'Episode sensitivity':>{_LABEL}}: {found.sensitivity.sentence(3, 0)}",
        f"{'Episode positive predictivity':>{_LABEL}}: {found.predictivity.sentence(3, 0)}",
        f"{'Duration sensitivity':>{_LABEL}}: {times[0]}",
        f"{'Duration positive predictivity':>{_LABEL}}: {times[1]}",
        f"{'Duration of reference episodes':>{_LABEL}}: {reference:>13}",
        f"{'Duration of test episodes':>{_LABEL}}: {test:>13}",
    ]
    return "\n".join(lines) + "\n"


def line_report(found: EpisodeComparison) -> str:
    """Write the counts and figures as one line (options -l and -L)."""
    shares = (found.sensitivity, found.predictivity)
    counts = "".join(f" {share.part:4d} {share.whole - share.part:4d}" for share in shares)
    figures = " ".join(share.cell(3, 0) for share in found.figures.values())
    reference, test = _durations(found)
    return f"{found.record:>6}{counts}  {figures} {reference:>13} {test:>14}\n"


def measurement_lines(found: EpisodeComparison) -> str:
    """Write one line an ST deviation; an asterisk where the test differs by more than 100 µV."""
    lines = []
    for item in found.measurements:
        test = "-" if item.test is None else str(item.test)
        off = item.test is not None and abs(item.test - item.reference) > _TOLERANCE
        time = clock(item.sample, found.fs).partition(".")[0]
        lines.append(
            f"{found.record:>6} {time:>8}  {item.signal:>6}  {item.reference:>9}  {test:>4}{'*' * off}\n"
        )
    return "".join(lines)


def _durations(found: EpisodeComparison) -> tuple[str, str]:
    return (
        clock(found.duration_sensitivity.whole, found.fs),
        clock(found.duration_predictivity.whole, found.fs),
    )


def _signals(found: EpisodeComparison) -> str:
    if found.kind != "ST":
        return ""
    return ", both signals" if found.signal is None else f", signal {found.signal}"


def _percent(share: Share) -> str:
    return f"{share.cell(3, 0)}{'%' if share.whole else ' '}"
