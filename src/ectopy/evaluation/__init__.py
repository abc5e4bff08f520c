"""Arrays in, figures of merit out; depends on no models.

The names here need numpy only; `evaluate` and its checks, which need scikit-learn, are in
`ectopy.evaluation.protocol`, `ectopy.evaluation.permutation` and `ectopy.evaluation.duplicates`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
