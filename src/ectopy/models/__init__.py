"""Models: artifacts on disk, their registry, thresholds, and one file a model."""
