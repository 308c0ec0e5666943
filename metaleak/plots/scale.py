"""From a share 0..1 to a place on the percent axis, and the ticks of that axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaleak.errors import SettingError

#: Distances between ticks, in percent.
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)

MOST_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The axis: shares ``low`` to ``high`` lie between ``left`` and ``right``, in points."""

    left: float
    right: float
    low: float = 0.0
    high: float = 1.0

    def x(self, share: float) -> float:
        """Return the place of a share; outside the axis, its nearer end."""
        inside = min(max(share, self.low), self.high)
        return self.left + (inside - self.low) / (self.high - self.low) * (self.right - self.left)

    def holds(self, share: float | None) -> bool:
        """Whether a share lies on the axis."""
        return share is not None and self.low <= share <= self.high

    @property
    def ticks(self) -> tuple[float, ...]:
        """Shares at round percents, at most six of them.

        Examples
        --------
        >>> Scale(left=0, right=1).ticks
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        """
        span = 100 * (self.high - self.low)
        step = next((step for step in STEPS if span / step <= MOST_TICKS - 1 + 1e-9), STEPS[-1])
        first, last = math.ceil(100 * self.low / step - 1e-9), math.floor(100 * self.high / step + 1e-9)
        return tuple(round(i * step / 100, 6) for i in range(first, last + 1))

    @property
    def digits(self) -> int:
        """How many decimals the tick labels need."""
        return 0 if all(float(100 * tick).is_integer() for tick in self.ticks) else 1


def axis_limits(axis: tuple[float, float]) -> tuple[float, float]:
    """Return the ends of an axis as shares.

    Raises
    ------
    SettingError
        Unless 0 <= low < high <= 1.
    """
    low, high = axis
    if not 0 <= low < high <= 1:
        raise SettingError("the axis has no room", required="0 <= low < high <= 1", got=axis)
    return low, high
