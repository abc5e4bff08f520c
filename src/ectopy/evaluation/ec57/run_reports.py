"""The result of a run-by-run comparison, and the reports that rxr makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.evaluation.ec57.figures import Share

LONG: Final = 6
"""Stands for every length above five."""

_COUPLET, _SHORT = 2, 3
_KINDS: Final = ("Couplet", "Short run", "Long run")
_LABEL: Final = 31
_LINE: Final = "Record CTs CFN CTp CFP STs SFN STp SFP LTs LFN LTp LFP  CSe C+P SSe S+P LSe L+P\n"

HEADINGS: Final = (_LINE, f"(SVE run detection)\n{_LINE}")
"""Headings of the two files of line-format reports: ventricular runs, supraventricular runs."""


@dataclass(frozen=True)
class _Layout:
    """How a matrix is written: which lengths share a row, what rows and columns are called, the indents."""

    starts: tuple[int, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    heading: int
    indent: int


_STANDARD: Final = _Layout(tuple(range(LONG + 1)), *2 * (("0", "1", "2", "3", "4", "5", ">5"),), 15, 6)
_CONDENSED: Final = _Layout(
    (0, 1, _COUPLET, _SHORT, LONG), ("NC", "V", "C", "S", "L"), ("nc", "v", "c", "s", "l"), 10, 4
)
"""No run (not classified), isolated beat, couplet, short run, long run."""


@dataclass(frozen=True)
class RunMismatch:
    """A run whose partner is of another length.

    Parameters
    ----------
    reference, test : int
        Lengths, 6 for all above five, 0 for no run.
    start, stop : int
        The match window in samples.
    """

    reference: int
    test: int
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class RunMatrices:
    """How many runs of which length were matched with runs of which length.

    Parameters
    ----------
    sensitivity : ndarray of int64, shape (7, 7)
        One a reference run. Row: its length; column: length of the test run in its match window. 6 stands for
        all above five.
    predictivity : ndarray of int64, shape (7, 7)
        One a test run. Column: its length; row: length of the reference run in its match window.
    missed, extra : tuple of RunMismatch
        What stands off the diagonal of either.
    """

    sensitivity: npt.NDArray[np.int64]
    predictivity: npt.NDArray[np.int64]
    missed: tuple[RunMismatch, ...]
    extra: tuple[RunMismatch, ...]

    @property
    def couplet_sensitivity(self) -> Share:
        """Reference couplets in which the test has at least a couplet."""
        return _share(self.sensitivity, _COUPLET, _COUPLET)

    @property
    def couplet_predictivity(self) -> Share:
        """Test couplets in which the reference has at least a couplet."""
        return _share(self.predictivity.T, _COUPLET, _COUPLET)

    @property
    def short_run_sensitivity(self) -> Share:
        """Reference runs of three to five beats in which the test has at least three."""
        return _share(self.sensitivity, _SHORT, LONG - 1)

    @property
    def short_run_predictivity(self) -> Share:
        """Test runs of three to five beats in which the reference has at least three."""
        return _share(self.predictivity.T, _SHORT, LONG - 1)

    @property
    def long_run_sensitivity(self) -> Share:
        """Reference runs of more than five beats in which the test has more than five."""
        return _share(self.sensitivity, LONG, LONG)

    @property
    def long_run_predictivity(self) -> Share:
        """Test runs of more than five beats in which the reference has more than five."""
        return _share(self.predictivity.T, LONG, LONG)

    @property
    def shares(self) -> tuple[tuple[Share, Share], ...]:
        """Sensitivity and positive predictivity of couplets, short runs and long runs."""
        return (
            (self.couplet_sensitivity, self.couplet_predictivity),
            (self.short_run_sensitivity, self.short_run_predictivity),
            (self.long_run_sensitivity, self.long_run_predictivity),
        )


@dataclass(frozen=True, eq=False)
class RunComparison:
    """How the runs of a test annotator compare with those of the reference.

    Parameters
    ----------
    record, reference_annotator, test_annotator : str
        What was compared.
    ventricular, supraventricular : RunMatrices
        Runs of ventricular and of supraventricular ectopic beats.
    """

    record: str
    reference_annotator: str
    test_annotator: str
    ventricular: RunMatrices
    supraventricular: RunMatrices

    def __str__(self) -> str:
        return standard_report(self, sveb=True)


def standard_report(found: RunComparison, *, sveb: bool) -> str:
    """Write both matrices and the figures (options -S and -s)."""
    return "".join(_report(found, *chosen, _STANDARD) for chosen in _chosen(found, sveb))


def condensed_report(found: RunComparison, *, sveb: bool) -> str:
    """Write both matrices with short runs merged, and the figures (options -C and -c)."""
    return "".join(_report(found, *chosen, _CONDENSED) for chosen in _chosen(found, sveb))


def line_reports(found: RunComparison) -> tuple[str, str]:
    """Write the counts and figures as one line each: ventricular, supraventricular (options -L and -l)."""
    ventricular, supraventricular = (
        _record_line(found.record, matrices) for matrices in (found.ventricular, found.supraventricular)
    )
    return ventricular, supraventricular


def mismatches(found: RunComparison, *, sveb: bool) -> str:
    """List each disagreement as ``3/5(120188-121065)``, under headings (option -v)."""
    lines = []
    for name, matrices in _chosen(found, sveb):
        for what, items in (("sensitivity", matrices.missed), ("positive predictivity", matrices.extra)):
            lines += ["", f"{name} Run-by-run comparison for {what}"]
            lines += [f"{item.reference}/{item.test}({item.start}-{item.stop})" for item in items]
    return "\n".join(lines) + "\n"


def _chosen(found: RunComparison, sveb: bool) -> list[tuple[str, RunMatrices]]:
    return [("VE", found.ventricular), ("SVE", found.supraventricular)][: 1 + sveb]


def _share(matrix: npt.NDArray[np.int64], low: int, high: int) -> Share:
    rows = matrix[low : high + 1]
    return Share(int(rows[:, low:].sum()), int(rows.sum()))


def _report(found: RunComparison, name: str, matrices: RunMatrices, layout: _Layout) -> str:
    lines = [
        f"{name} run-by-run comparison results for record {found.record}",
        f"Reference annotator: {found.reference_annotator}",
        f"     Test annotator: {found.test_annotator}",
        "",
        *_matrix(matrices.sensitivity, layout),
        "",
        f"{'':{layout.indent}}(Run Sensitivity Summary Matrix)",
        "",
        "",
        *_matrix(matrices.predictivity, layout),
        "",
        " (Run Positive Predictivity Summary Matrix)",
        "",
        *_figures(matrices),
    ]
    return "\n".join(lines) + "\n\n"


def _matrix(matrix: npt.NDArray[np.int64], layout: _Layout) -> list[str]:
    merged = np.add.reduceat(np.add.reduceat(matrix, layout.starts, axis=0), layout.starts, axis=1)
    lines = [
        f"{'':{layout.heading}}Algorithm Run Length",
        f"      {''.join(f'{name:>5}' for name in layout.columns)}",
        f"     {'_' * (5 * len(layout.columns) + 1)}",
    ]
    for row, (name, counts) in enumerate(zip(layout.rows, merged.tolist(), strict=True)):
        cells = ["" if row == i == 0 else str(count) for i, count in enumerate(counts)]
        lines.append(f" {name:>3} |{''.join(f'{text:>5}' for text in cells)}")
    return lines


def _figures(matrices: RunMatrices) -> list[str]:
    lines = []
    for (sensitivity, predictivity), name in zip(matrices.shares, _KINDS, strict=True):
        lines.append(f"{f'{name} sensitivity':>{_LABEL}}: {sensitivity.sentence(3, 0)}")
        lines.append(f"{f'{name} positive predictivity':>{_LABEL}}: {predictivity.sentence(3, 0)}")
    return lines


def _record_line(record: str, matrices: RunMatrices) -> str:
    line = f"{record:>4}"
    for sensitivity, predictivity in matrices.shares:
        for share in (sensitivity, predictivity):
            line += f" {share.part:3d} {share.whole - share.part:3d}"
    figures = [share.cell(3, 0) for pair in matrices.shares for share in pair]
    return f"{line}  {' '.join(figures)}\n"
