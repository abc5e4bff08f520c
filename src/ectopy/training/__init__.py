"""How networks learn: the only training loop, augmentation, and export to ONNX."""
