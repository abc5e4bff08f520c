"""Files of a user with a few simulated people: beats as CSV, NPZ and .ts, records as WFDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ectopy.beats.windows import Beats, WindowSpec, cut_beats
from ectopy.io.wfdb.files import write_annotations, write_wfdb
from ectopy.labels import aami_classes
from ectopy.record import Record
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm

FS = 125
WINDOW = WindowSpec(fs=FS, before=30, after=40)
RHYTHM = Rhythm(ventricular=0.15, supraventricular=0.05)


def user_beats(n_people: int = 6, seconds: float = 40) -> Beats:
    """Return beats of people on one lead; ``symbols`` holds the AAMI classes."""
    parts = []
    for seed in range(n_people):
        record = simulate(seconds, 250, ("MLII",), rhythm=RHYTHM, seed=seed, name=f"p{seed}")
        marks = record.annotations.beats()
        parts.append(cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols, "aami")))
    return Beats.concatenate(parts)


def table_of(beats: Beats) -> pd.DataFrame:
    """Return beats as a table: label, patient, then the samples."""
    table = pd.DataFrame(beats.waveforms[:, 0].round(4))
    table.columns = [f"t{i}" for i in range(table.shape[1])]
    table.insert(0, "patient", beats.patients)
    table.insert(0, "label", beats.symbols)
    return table


def as_csv(beats: Beats, path: Path) -> Path:
    """Write beats as a CSV."""
    table_of(beats).to_csv(path, index=False)
    return path


def as_npz(beats: Beats, path: Path) -> Path:
    """Write beats as an NPZ that knows its rate."""
    np.savez(path, waveforms=beats.waveforms, label=beats.symbols, patient=beats.patients, fs=FS)
    return path


def as_ts(beats: Beats, path: Path) -> Path:
    """Write beats as a ``.ts`` file."""
    lines = [
        "# made for a test",
        "@problemName beats",
        "@timeStamps false",
        "@classLabel true N S V",
        "@data",
    ]
    lines += [
        ",".join(f"{value:.4f}" for value in wave) + f":{label}"
        for wave, label in zip(beats.waveforms[:, 0], beats.symbols, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def as_folder(
    folder: Path,
    n_people: int = 5,
    seconds: float = 40,
    change: Callable[[Record], Record] = lambda each: each,
) -> Path:
    """Write WFDB records with annotations, every other one at another rate."""
    folder.mkdir()
    for seed in range(n_people):
        fs = 250 if seed % 2 else 360
        record = change(simulate(seconds, fs, ("MLII", "V1"), rhythm=RHYTHM, seed=seed, name=f"p{seed}"))
        write_wfdb(record, folder / record.name)
        write_annotations(folder / record.name, record.annotations, "atr", force=True)
    return folder
