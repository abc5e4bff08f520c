"""The dynamical ECG model of McSharry et al. (2003), integrated step by step."""

from __future__ import annotations

import math

Event = tuple[float, float, float, float]
"""Centre, width before it and width after it in seconds, and height in mV."""


def integrate(events: list[Event], cycle: float, fs: float, n_samples: int) -> list[float]:
    """Return the model's third coordinate for a heart that beats every ``cycle`` seconds, started at R."""
    state = [1.0, 0.0, 0.0]
    z = []
    for _ in range(n_samples):
        z.append(state[2])
        state = _runge_kutta(state, events, cycle, 1 / fs)
    return z


def _runge_kutta(state: list[float], events: list[Event], cycle: float, step: float) -> list[float]:
    k1 = _velocity(state, events, cycle)
    k2 = _velocity([s + step / 2 * k for s, k in zip(state, k1, strict=True)], events, cycle)
    k3 = _velocity([s + step / 2 * k for s, k in zip(state, k2, strict=True)], events, cycle)
    k4 = _velocity([s + step * k for s, k in zip(state, k3, strict=True)], events, cycle)
    slopes = zip(k1, k2, k3, k4, strict=True)
    return [s + step / 6 * (a + 2 * b + 2 * c + d) for s, (a, b, c, d) in zip(state, slopes, strict=True)]


def _velocity(state: list[float], events: list[Event], cycle: float) -> list[float]:
    x, y, z = state
    omega = 2 * math.pi / cycle
    pull = 1 - math.hypot(x, y)
    theta = math.atan2(y, x)
    rise = 0.0
    for centre, before, after, height in events:
        away = math.remainder(theta - omega * centre, 2 * math.pi)
        width = omega * (before if away < 0 else after)
        rise -= height * omega / width**2 * away * math.exp(-0.5 * (away / width) ** 2)
    return [pull * x - omega * y, pull * y + omega * x, rise - z]
