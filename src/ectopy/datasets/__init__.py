"""Named public datasets: locate, download, verify, load, split."""

import lazy_loader

from ectopy.datasets.download import download as download

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
