"""Slow, obvious versions of how the shapes of beats are compared; tests hold the fast ones to these."""

from __future__ import annotations

import numpy as np


def correlation(one, other):
    one, other = (np.asarray(each, float) - np.mean(each) for each in (one, other))
    return float(one @ other / max(np.sqrt(one @ one) * np.sqrt(other @ other), 1e-6))


def best_correlation(window, template, part, shifts):
    """The best correlation with a part of the template, and the regression on it where it is best."""
    own = template[part] - np.mean(template[part])
    fits = []
    for shift in shifts:
        moved = np.roll(window, shift)[part]
        ratio = float(own @ (moved - moved.mean()) / max(own @ own, 1e-6))
        fits.append((correlation(moved, own), ratio))
    best, ratio = max(fits, key=lambda fit: fit[0])
    return best, min(max(ratio, -2), 3)


def best_shift(window, template, wide, reach, cost):
    """By how many samples a window must move to lie on the template of its QRS, its ends held."""
    padded = np.pad(window, reach, mode="edge")
    fits = {
        shift: correlation(padded[wide.start + reach + shift : wide.stop + reach + shift], template)
        * (1 - cost * abs(shift))
        for shift in range(-reach, reach + 1)
    }
    return max(fits, key=fits.get)


def aligned(windows, wide, reach, cost):
    """Windows moved twice to where their QRS lies on the usual one of all."""
    windows = np.array(windows, float)
    index = np.arange(windows.shape[1])
    for _ in range(2):
        template = usual_beat(windows[:, wide])
        moves = [best_shift(window, template, wide, reach, cost) for window in windows]
        windows = np.stack(
            [
                window[np.clip(index + move, 0, len(index) - 1)]
                for window, move in zip(windows, moves, strict=True)
            ]
        )
    return windows


def usual_beat(windows):
    """The median of the half of the beats that are nearest to the median of all."""
    distance = np.abs(windows - np.median(windows, axis=0)).mean(axis=1)
    return np.median(windows[distance <= np.median(distance)], axis=0)


def similarity(rr, interval, reach, similar):
    """Share of the intervals nearby, the first and the last going on, that are similar to a given one."""
    padded = np.pad(rr, reach, mode="edge")
    return [
        float(np.mean([abs(padded[place + k] - interval[place]) < similar for k in range(2 * reach + 1)]))
        for place in range(len(rr))
    ]
