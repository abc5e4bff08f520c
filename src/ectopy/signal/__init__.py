"""Arrays in, arrays out: filters, quality, wavelets, noise; knows no beats.

Samples are float32 in mV, time on the first axis, one lead or many. Every function depends on a bounded
number of samples on each side, its reach, so that chunks that overlap by it give the result of the whole.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
