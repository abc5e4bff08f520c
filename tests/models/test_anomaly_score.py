"""The quick hyperbolic functions are those of NumPy but for rounding."""

from __future__ import annotations

import numpy as np

from ectopy.models import anomaly_score


def test_they_are_those_of_numpy_in_double_precision() -> None:
    size = np.logspace(-6, 5, 2000)
    values = np.concatenate([-size, [0], size]).astype(np.float32)
    exact = np.arcsinh(values.astype(np.float64))
    np.testing.assert_allclose(anomaly_score._arcsinh(values), exact, rtol=2e-7, atol=3e-7)
    pressed = np.clip(values, -anomaly_score.MAX_ARCSINH, anomaly_score.MAX_ARCSINH)
    expected = np.sinh(pressed.astype(np.float64))
    np.testing.assert_allclose(anomaly_score._sinh(pressed), expected, rtol=1e-6, atol=3e-7)
