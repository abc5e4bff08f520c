"""Write compressed recordings: exact, or to a stated loss or size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np

from ectopy.errors import ParameterError, RecordError
from ectopy.io.atomic import draft
from ectopy.io.ecz.chunks import COUNTS, FLOATS, WAVELETS, Coding, LeadCoding, Physical, held
from ectopy.io.ecz.container import CHUNK, Header, write_file
from ectopy.io.ecz.grids import Grid, find_grid
from ectopy.io.ecz.rate_control import ORIGINAL_BITS, Loss, StepControl, Target
from ectopy.io.recording import FileSource
from ectopy.record import Record, Source

_FINE: Final = Grid(1000.0, 0.0)
"""Counts for lossy coding of samples that lie on no grid: 1 µV."""

_TRIED_CHUNKS: Final = 8
"""Chunks, spread over the recording, on which the quantiser step is found."""

_PASSES: Final = 8
"""How often a file is written, at most, until it is as stated."""

GOOD_LOSS: Final = 9.0
"""Loss in % up to which ECGs are called good (Zigel et al., IEEE Trans. Biomed. Eng. 47(11), 2000)."""

LARGEST_LOSS: Final = 50.0
"""Loss in % that a stated ratio may take of a lead; above it beats are lost (docs/compression.md)."""


@dataclass(frozen=True)
class Compressed:
    """What compression came to.

    Parameters
    ----------
    path : Path
        The file.
    coding : {"counts", "floats", "wavelets"}
        Exact counts, exact floating-point numbers, or an approximation.
    n_samples, n_leads, n_bytes : int
        Samples of each lead, leads, and bytes on disk.
    prdn : tuple of float
        Root-mean-square error of each lead in % of its standard deviation over the recording; 0 where the
        coding is exact.
    """

    path: Path
    coding: str
    n_samples: int
    n_leads: int
    n_bytes: int
    prdn: tuple[float, ...]

    def ratio(self, bits: float = ORIGINAL_BITS) -> float:
        """Return the compression ratio against samples of so many bits, all bytes on disk counted."""
        return self.n_samples * self.n_leads * bits / 8 / self.n_bytes

    @property
    def warning(self) -> str:
        """What is to be said of a loss above 9 %, up to which an ECG counts as good; "" below."""
        if max(self.prdn) <= GOOD_LOSS:
            return ""
        return (
            f"{max(self.prdn):.3g} % is more than {GOOD_LOSS:g} %, up to which an ECG counts as good: small"
            f" waves are lost, and some beats get another class; prdn={GOOD_LOSS:g} stays below"
        )


def compress(
    source: Source, path: Path | str, *, prdn: float | None = None, ratio: float | None = None
) -> Compressed:
    """Write the leads of a recording, with its marks, as a compressed file.

    Without a stated loss or size it is lossless: counts of the converter come back exactly (to the
    last bit where the file says its gain, else but for the rounding of single precision), and samples that
    lie on no grid of counts are kept as floating-point numbers, which hardly shrink.

    Parameters
    ----------
    source : Source
        What to compress.
    path : Path or str
        Where to; a file there is replaced.
    prdn : float, optional
        Loss in % that no lead exceeds: root-mean-square error over standard deviation, both over the
        whole recording.
    ratio : float, optional
        Compression ratio to reach, against samples of 16 bits; instead of `prdn`. One that costs a lead more
        than 50 % is refused; who wants that states the loss.

    Returns
    -------
    Compressed

    Raises
    ------
    ParameterError
        If both are given or cannot be reached, the ratio would take more than 50 % of a lead, or the
        source is a stream that goes on.
    RecordError
        If a lead holds infinite values.

    Examples
    --------
    >>> import tempfile
    >>> from ectopy.simulation import simulate
    >>> record = simulate(duration=60, seed=1)
    >>> done = compress(record, Path(tempfile.mkdtemp()) / "strip.ecz", prdn=10)
    >>> max(done.prdn) <= 10, done.ratio() > 10
    (True, True)
    """
    path = Path(path)
    target = _checked(prdn, ratio)
    if source.n_samples is None:
        raise ParameterError(f"source {source.name} is a stream that goes on; compress it once it has ended")
    samples = _Samples(source, source.n_samples)
    with draft(path) as unfinished:
        if target is None:
            return _write_exactly(samples, path, unfinished)
        return _write_approximately(samples, path, unfinished, target)


def write_ecz(record: Record, path: Path | str) -> Path:
    """Write a recording as a compressed file, lossless.

    Parameters
    ----------
    record : Record
        What to write.
    path : Path or str
        Where to; a file there is replaced.

    Returns
    -------
    Path
        The file.
    """
    return compress(record, path).path


def _checked(prdn: float | None, ratio: float | None) -> Target | None:
    """Return what is stated, if anything is."""
    if prdn is not None and ratio is not None:
        raise ParameterError(f"prdn={prdn} and ratio={ratio} both state the loss; give one of them")
    if prdn is not None and not (isfinite(prdn) and 0 < prdn < 100):
        raise ParameterError(f"prdn={prdn} is not possible; give a loss in %, above 0 and below 100")
    if ratio is not None and not (isfinite(ratio) and ratio > 1):
        raise ParameterError(f"ratio={ratio} is not possible; give how many times smaller, above 1")
    return None if prdn is None and ratio is None else Target(prdn, ratio)


@dataclass(frozen=True, eq=False)
class _Samples:
    """The samples of a source in mV, chunk by chunk."""

    source: Source
    n_samples: int

    @property
    def n_chunks(self) -> int:
        return -(-self.n_samples // CHUNK)

    def read(self, chunk: int) -> Physical:
        samples = self.source.read(chunk * CHUNK, min((chunk + 1) * CHUNK, self.n_samples))
        if np.isinf(samples).any():
            raise RecordError(f"record {self.source.name}: it holds infinite values; make them NaN")
        return samples

    def chunks(self) -> Iterator[Physical]:
        return map(self.read, range(self.n_chunks))

    def some(self) -> list[Physical]:
        """Return chunks spread over the recording, all of a short one."""
        places = np.linspace(0, self.n_chunks - 1, min(self.n_chunks, _TRIED_CHUNKS))
        return [self.read(place) for place in np.unique(np.rint(places).astype(int)).tolist()]

    def grids(self) -> list[Grid | None]:
        """Return the grid of counts that each lead lies on; None where it lies on none."""
        some = np.concatenate(self.some())
        grids = [
            stated or find_grid(column[~np.isnan(column)])
            for stated, column in zip(self._stated(), some.T, strict=True)
        ]
        for samples in self.chunks():
            for lead, column in enumerate(samples.T):
                grid = grids[lead]
                if grid is not None and not grid.fits(column[~np.isnan(column)]):
                    grids[lead] = None
        return grids

    def _stated(self) -> list[Grid | None]:
        """Return what the file says of counts."""
        source = self.source
        if not isinstance(source, FileSource):
            return [None] * len(source.leads)
        return [None if scale is None else Grid(*scale) for scale in source.scales]


def _write_exactly(samples: _Samples, path: Path, unfinished: Path) -> Compressed:
    grids = samples.grids()
    coding = _coding(FLOATS if None in grids else COUNTS, samples.source, grids)
    with unfinished.open("wb") as file:
        write_file(file, _header(samples, coding), map(coding.encode, samples.chunks()))
    return _done(samples, coding, path, unfinished, Loss(len(grids)))


def _write_approximately(samples: _Samples, path: Path, unfinished: Path, target: Target) -> Compressed:
    """Find steps on some chunks, write all, and write again with better ones where that did not do."""
    control = StepControl(samples.some(), target)
    coding = control.first(_coding(WAVELETS, samples.source, samples.grids()))
    for trial in range(1, _PASSES + 1):
        loss = Loss(len(coding.leads))
        with unfinished.open("wb") as file:
            write_file(file, _header(samples, coding), _encoded(samples, coding, loss))
        done = _done(samples, coding, path, unfinished, loss)
        _check_loss(done, samples.source, target)
        if target.is_met(done.prdn, done.ratio()):
            return done
        coding = control.corrected(coding, np.array(done.prdn), done.ratio(), trial)
    raise ParameterError(
        f"{target} cannot be reached for record {samples.source.name}: at the last of {_PASSES} trials the"
        f" the ratio was {done.ratio():.3g} and the loss {max(done.prdn):.3g} %; give a"
        + (" larger prdn" if target.ratio is None else " smaller ratio")
    )


def _check_loss(done: Compressed, source: Source, target: Target) -> None:
    """Refuse a ratio at which, or before which, a lead is lost; a loss that was stated is never refused."""
    loss, lead = max(zip(done.prdn, source.leads, strict=True))
    if target.ratio is not None and loss > LARGEST_LOSS:
        raise ParameterError(
            f"ratio={target.ratio:g} is too much for record {source.name}: at {done.ratio():.0f} its lead"
            f" {lead} loses {loss:.3g} % (error over standard deviation), and above {LARGEST_LOSS:g} % beats"
            " are lost; give a smaller ratio, leave the lead out if it holds noise, or state the loss instead"
            f" (prdn={GOOD_LOSS:g} is good)"
        )


def _encoded(samples: _Samples, coding: Coding, loss: Loss) -> Iterator[bytes]:
    for chunk in samples.chunks():
        loss.add(chunk, coding.approximate(held(chunk)))
        yield coding.encode(chunk)


def _coding(kind: str, source: Source, grids: Sequence[Grid | None]) -> Coding:
    leads = (LeadCoding(name, "mV", *(grid or _FINE)) for name, grid in zip(source.leads, grids, strict=True))
    return Coding(kind, source.fs, tuple(leads))


def _header(samples: _Samples, coding: Coding) -> Header:
    source = samples.source
    return Header(
        name=source.name,
        n_samples=samples.n_samples,
        coding=coding,
        patient="" if source.patient == source.name else source.patient,
        start=source.start,
        comments=source.comments,
        marks=source.annotations,
    )


def _done(samples: _Samples, coding: Coding, path: Path, unfinished: Path, loss: Loss) -> Compressed:
    return Compressed(
        path=path,
        coding=coding.kind,
        n_samples=samples.n_samples,
        n_leads=len(coding.leads),
        n_bytes=unfinished.stat().st_size,
        prdn=tuple(loss.prdn().tolist()),
    )
