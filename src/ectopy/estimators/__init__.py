"""Detectors, classifiers and thresholds with the interface of scikit-learn."""
