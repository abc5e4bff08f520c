"""Find every heartbeat in an ECG, say which are abnormal, and show the evidence.

For research use; not a medical device and not for diagnosis.

The public names and the submodules are loaded when they are first asked for (``__init__.pyi`` lists them), so
that importing ectopy costs nothing.
"""

from typing import Any

import lazy_loader

_attached, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ectopy")
    return _attached(name)
