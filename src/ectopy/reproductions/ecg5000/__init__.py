"""Recurrent autoencoders of ECG5000: anomaly detection, denoising, features, workflow."""
