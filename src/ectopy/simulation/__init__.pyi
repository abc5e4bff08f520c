from .noise import Noise
from .rhythm import Rhythm, Variability
from .simulator import demo_record, simulate

__all__ = ["Noise", "Rhythm", "Variability", "demo_record", "simulate"]
