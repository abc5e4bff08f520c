"""Simulated ECG whose every beat is known."""

from ectopy.records.synthetic.noise import Noise
from ectopy.records.synthetic.rhythm import Rhythm, Variability
from ectopy.records.synthetic.simulator import demo_record, simulate

__all__ = ["Noise", "Rhythm", "Variability", "demo_record", "simulate"]
