"""Heart rate variability, from intervals between two normal beats (NN) only.

`Intervals` has the beats of a recording and the figures of all of it and of each hour;
`heart_rate_variability` measures any stretch. Each module says where its figures come from.
"""

from ectopy.rhythm.hrv.series import Intervals
from ectopy.rhythm.hrv.variability import Variability, heart_rate_variability, hourly_variability

__all__ = ["Intervals", "Variability", "heart_rate_variability", "hourly_variability"]
