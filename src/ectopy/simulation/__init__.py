"""Simulated ECG with every beat annotated."""

from ectopy.simulation.noise import Noise
from ectopy.simulation.rhythm import Rhythm, Variability
from ectopy.simulation.simulator import demo_record, simulate

__all__ = ["Noise", "Rhythm", "Variability", "demo_record", "simulate"]
