"""From a recording to its beats, cell by cell, as in a notebook. Research use only; not for diagnosis."""

# %% A recording: here a simulated one, written as a file, so that it is opened as yours would be.
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import ectopy
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation.rhythm import Rhythm

folder = Path(tempfile.mkdtemp())
simulated = ectopy.simulate(120, 250, ("II", "V1"), rhythm=Rhythm(ventricular=0.08), seed=1, name="walk")
write_wfdb(simulated, folder / "walk")
record = ectopy.open_record(folder / "walk")  # <Record walk: 120 s at 250 Hz, leads II V1, …>

# %% Find its beats, score the shape of each, classify it.
analysis = ectopy.analyze(folder / "walk")  # a card in a notebook, a line elsewhere
summary = analysis.summary()

# %% One row per beat, as in NAME.beats.csv.
frame = analysis.to_frame()
ventricular = frame[frame["class"] == "V"]

# %% Look at the first ventricular beat, on paper and against its reconstruction.
first = int(ventricular.index[0])
strip = analysis.plot(start=max(0.0, frame.time_s[first] - 4), seconds=8)
beat = analysis.plot_beat(first)
strip.savefig(folder / "strip.png", dpi=100)

# %% Fewer false alarms: promise that 1 normal beat in 200 is called abnormal, not 1 in 50.
strict = ectopy.analyze(folder / "walk", alarm_rate=0.005)
own = replace(analysis, threshold=5.0)  # or a score of your own choice

# %% Intervals for heart rate variability: between consecutive normal beats only.
nn = analysis.nn_intervals[np.isfinite(analysis.nn_intervals)]
sdnn_ms = 1000 * nn.std(ddof=1)
rmssd_ms = 1000 * float(np.sqrt(np.mean(np.diff(nn) ** 2)))

# %% Keep it: everything but the signal in one file, and the tables and the page beside it.
saved = analysis.save(folder / "walk")  # walk.analysis.npz
outputs = ectopy.write_outputs(analysis, str(folder / "results"))

# %% And open it again, with the recording where the signal is to be drawn.
again = ectopy.Analysis.load(saved, source=folder / "walk")
same_strip = again.plot(start=10, seconds=8)
