"""Models: artifacts on disk, their registry, thresholds, and one file a model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
