"""Simulated ECG whose every beat is known."""

from ectopy.simulation.noise import Noise
from ectopy.simulation.rhythm import Rhythm, Variability
from ectopy.simulation.simulator import demo_record, simulate

__all__ = ["Noise", "Rhythm", "Variability", "demo_record", "simulate"]
