"""Models for devices and browsers: ONNX graphs that take the signal itself, and what describes them."""
