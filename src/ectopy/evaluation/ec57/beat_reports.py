"""The result of a beat-by-beat comparison, and the reports that bxb makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.evaluation.ec57.figures import Share, cell

ROWS: Final = "NSVFQOX"
"""What the reference says: a class, O for a beat it does not have, X for one it could not read."""

COLUMNS: Final = "nsvfqox"
"""What the test annotator says, in the same order."""

_LABEL: Final = 26
_Merged = tuple[str, str]
_MERGED_ROWS: Final = (("N", "N"), ("S", "S"), ("V", "V"), ("F+Q", "FQ"), ("O+X", "OX"))
_LINE_ROWS: Final = (("N", "N"), ("S", "S"), ("V", "V"), ("F", "FQ"), ("O", "OX"))
_MERGED_COLUMNS: Final = (("n+f+q", "nfq"), ("s", "s"), ("v", "v"), ("o+x", "ox"))
_NOBODY: Final = frozenset("OXox")

HEADINGS: Final = {
    True: (
        "Record Nn' Sn' Vn' Fn' On'  Ns  Ss  Vs  Fs' Os' Nv  Sv   Vv  Fv' Ov' No' So' Vo' Fo'"
        "  Q Se   Q +P   V Se   V +P   S Se   S +P RR err\n",
        "Record Nx   Sx   Vx   Fx   Qx  % beats  % N    % S    % V    % F   Total Shutdown\n"
        "                                missed missed missed missed missed      Time\n",
    ),
    False: (
        "Record Nn' Vn' Fn' On'  Nv   Vv  Fv' Ov' No' Vo' Fo'  Q Se   Q +P   V Se   V +P  V FPR\n",
        "Record Nx   Vx   Fx   Qx  % beats  % N    % V    % F   Total Shutdown\n"
        "                           missed missed missed missed      Time\n",
    ),
}
"""With SVEB or without → the headings of the two files of line-format reports."""


@dataclass(frozen=True)
class BeatEvent:
    """A matched pair of beats, a missed beat or an extra one.

    Parameters
    ----------
    row, column : str
        Where the event is counted: a letter of `ROWS` and one of `COLUMNS`.
    reference, test : int or None
        Index of the mark in its annotations; None where there is none.
    """

    row: str
    column: str
    reference: int | None
    test: int | None

    @property
    def agrees(self) -> bool:
        """Whether both say the same class."""
        return self.row.lower() == self.column


@dataclass(frozen=True, eq=False)
class BeatComparison:
    """How the beats of a test annotator compare with those of the reference.

    Parameters
    ----------
    record, reference_annotator, test_annotator : str
        What was compared.
    rows, columns : ndarray of int64, shape (n_events,)
        Where each event is counted, in the order of time: an index of `ROWS` and one of `COLUMNS`.
    reference_marks, test_marks : ndarray of int64, shape (n_events,)
        Index of its mark in either annotations; −1 where there is none.
    rr_error : float or None
        Root of the mean squared difference of RR intervals in ms; None where no interval could be compared.
    shutdown : float
        Seconds during which the test annotator was shut down.
    """

    record: str
    reference_annotator: str
    test_annotator: str
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    reference_marks: npt.NDArray[np.int64]
    test_marks: npt.NDArray[np.int64]
    rr_error: float | None
    shutdown: float

    def __str__(self) -> str:
        return standard_report(self, sveb=True)

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """How many events fall in each cell, shape (7, 7): rows `ROWS`, columns `COLUMNS`."""
        n = len(ROWS)
        return np.bincount(n * self.rows + self.columns, minlength=n * n).reshape(n, n)

    @cached_property
    def events(self) -> tuple[BeatEvent, ...]:
        """Every event that is counted, in the order of time."""
        table = zip(
            self.rows.tolist(),
            self.columns.tolist(),
            self.reference_marks.tolist(),
            self.test_marks.tolist(),
            strict=True,
        )
        return tuple(
            BeatEvent(ROWS[row], COLUMNS[column], None if i < 0 else i, None if j < 0 else j)
            for row, column, i, j in table
        )

    def count(self, rows: str, columns: str) -> int:
        """Add up cells of the matrix, such as ``count("NSV", "ox")``."""
        chosen = np.ix_([ROWS.index(row) for row in rows], [COLUMNS.index(column) for column in columns])
        return int(self.counts[chosen].sum())

    @property
    def qrs_sensitivity(self) -> Share:
        """Reference beats that were found."""
        return Share(self.count("NSVFQ", "nsvfq"), self.count("NSVFQ", COLUMNS))

    @property
    def qrs_predictivity(self) -> Share:
        """Test beats that are beats."""
        return Share(self.count("NSVFQ", "nsvfq"), self.count(ROWS, "nsvfq"))

    @property
    def veb_sensitivity(self) -> Share:
        """Ventricular ectopic beats that were called so."""
        return Share(self.count("V", "v"), self.count("V", COLUMNS))

    @property
    def veb_predictivity(self) -> Share:
        """Beats called ventricular ectopic that are; fusion, paced and unknown beats are left out."""
        return Share(self.count("V", "v"), self.count("NSVOX", "v"))

    @property
    def veb_false_positive_rate(self) -> Share:
        """Beats called ventricular ectopic among all test beats that are not."""
        return Share(self.count("NSOX", "v"), self.count("NSOX", "nsvfq") + self.count("FQ", "nsfq"))

    @property
    def sveb_sensitivity(self) -> Share:
        """Supraventricular ectopic beats that were called so."""
        return Share(self.count("S", "s"), self.count("S", COLUMNS))

    @property
    def sveb_predictivity(self) -> Share:
        """Beats called supraventricular ectopic that are; paced and unknown beats are left out."""
        return Share(self.count("S", "s"), self.count("NSVFOX", "s"))


def standard_report(found: BeatComparison, *, sveb: bool) -> str:
    """Write the whole matrix and the figures (options -S and -s)."""
    found = found if sveb else _without_sveb(found)
    rows = [(row, row) for row in ROWS if sveb or row != "S"]
    columns = [(column, column) for column in COLUMNS if sveb or column != "s"]
    matrix = [f"{'':15}Algorithm", *_matrix(found, rows, columns, margin=3)]
    return _report(found, matrix, sveb)


def condensed_report(found: BeatComparison, *, sveb: bool) -> str:
    """Write the matrix with like classes merged, and the figures (options -C and -c)."""
    found = found if sveb else _without_sveb(found)
    rows = [(name, members) for name, members in _MERGED_ROWS if sveb or name != "S"]
    columns = [(name, members) for name, members in _MERGED_COLUMNS if sveb or name != "s"]
    matrix = [f"{'':9}Algorithm", *_matrix(found, rows, columns, margin=5)]
    return _report(found, matrix, sveb)


def line_reports(found: BeatComparison, *, sveb: bool) -> tuple[str, str]:
    """Write the counts and the shutdown as one line each (options -L and -l)."""
    found = found if sveb else _without_sveb(found)
    return _line(found, sveb), _shutdown_line(found, sveb)


def shutdown_report(found: BeatComparison, *, sveb: bool) -> str:
    """Write what was missed while the test annotator was shut down; follows a report on standard output."""
    found = found if sveb else _without_sveb(found)
    shown = [("Beats", "NSVFQ"), *((row, row) for row in ("NSVF" if sveb else "NVF"))]
    lines = [
        f"{f'{name} missed in shutdown':>{_LABEL}}: {_lost(found, rows).sentence(6, 2)}"
        for name, rows in shown
    ]
    total = f"{'Total shutdown time':>{_LABEL}}: {_seconds(found):5d} seconds"
    return "\n".join(["", *lines, total]) + "\n"


def _without_sveb(found: BeatComparison) -> BeatComparison:
    """Call supraventricular ectopic beats normal."""
    normal, ectopic = ROWS.index("N"), ROWS.index("S")
    rows, columns = (np.where(cells == ectopic, normal, cells) for cells in (found.rows, found.columns))
    return replace(found, rows=rows, columns=columns)


def _matrix(found: BeatComparison, rows: list[_Merged], columns: list[_Merged], margin: int) -> list[str]:
    """Write heads and rows; what neither annotator has is not counted, so it has no cell."""
    lines = [
        f"{'':{margin + 1}}{''.join(f'{name:>5}' for name, _ in columns)}",
        f"{'':{margin}}{'_' * (5 * len(columns) + 1)}",
    ]
    for name, members in rows:
        counts = [
            found.count(members, those) for _, those in columns if not (set(members) <= _NOBODY >= set(those))
        ]
        lines.append(f" {name:^{margin - 2}} |{''.join(f'{count:5d}' for count in counts)}")
    return lines


def _report(found: BeatComparison, matrix: list[str], sveb: bool) -> str:
    lines = [
        f"Beat-by-beat comparison results for record {found.record}",
        f"Reference annotator: {found.reference_annotator}",
        f"     Test annotator: {found.test_annotator}",
        "",
        *matrix,
        "",
        _sentence("QRS sensitivity", found.qrs_sensitivity),
        _sentence("QRS positive predictivity", found.qrs_predictivity),
        _sentence("VEB sensitivity", found.veb_sensitivity),
        _sentence("VEB positive predictivity", found.veb_predictivity),
    ]
    if sveb:
        defined = found.rr_error is not None
        lines += [
            _sentence("SVEB sensitivity", found.sveb_sensitivity),
            _sentence("SVEB positive predictivity", found.sveb_predictivity),
            f"{'RMS RR interval error':>{_LABEL}}: {cell(found.rr_error, 6, 2)}{' ms' if defined else ''}",
        ]
    else:
        rate = found.veb_false_positive_rate.sentence(6, 3)
        lines += [f"{'VEB false positive rate':>{_LABEL}}: {rate}", ""]
    return "\n".join(lines) + "\n"


def _sentence(label: str, share: Share) -> str:
    return f"{label:>{_LABEL}}: {share.sentence(6, 2)}"


def _line(found: BeatComparison, sveb: bool) -> str:
    line = f"{found.record:>4}"
    for column, those in _MERGED_COLUMNS:
        for row, members in _LINE_ROWS:
            if (sveb or "S" not in row + column.upper()) and not (row == "O" and column == "o+x"):
                width = {("N", "n+f+q"): 5, ("V", "v"): 4}.get((row, column), 3)
                line += f" {found.count(members, those):{width}d}"
    shares = [found.qrs_sensitivity, found.qrs_predictivity, found.veb_sensitivity, found.veb_predictivity]
    if sveb:
        shares += [found.sveb_sensitivity, found.sveb_predictivity]
        last = cell(found.rr_error, 5 if found.rr_error is None else 6, 2)
    else:
        last = found.veb_false_positive_rate.cell(6, 3)
    return line + "".join(f" {share.cell(6, 2)}" for share in shares) + f" {last}\n"


def _shutdown_line(found: BeatComparison, sveb: bool) -> str:
    lost = {row: _lost(found, row) for row in "NSVFQ"}
    shown = [share for row, share in lost.items() if sveb or row != "S"]
    counts = "".join(f" {share.part:4d}" for share in shown)
    figures = "".join(f" {share.cell(6, 2)}" for share in shown[:-1])
    totals = " ".join(str(share.whole) for share in lost.values())
    everything = _lost(found, "NSVFQ").cell(6, 2)
    return f"{found.record:>4}{counts}   {everything}{figures} {_seconds(found):4d} seconds {totals}\n"


def _lost(found: BeatComparison, rows: str) -> Share:
    return Share(found.count(rows, "x"), found.count(rows, COLUMNS))


def _seconds(found: BeatComparison) -> int:
    return int(found.shutdown + 0.5)
