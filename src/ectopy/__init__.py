"""Find every heartbeat in an ECG, say which are abnormal, and show the evidence.

For research use; not a medical device and not for diagnosis.
"""

from importlib.metadata import version

__version__ = version("ectopy")
