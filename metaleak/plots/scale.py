"""From a value to its place on an axis, and the ticks of that axis: shares in percent, ratios on a log axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaleak import numbers
from metaleak.errors import SettingError

#: Distances between ticks, in percent.
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)

MOST_TICKS = 6
MOST_RATIOS = 9


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

    def label(self, tick: float) -> str:
        """Return what stands at a tick: percent without its sign."""
        whole = all(float(100 * other).is_integer() for other in self.ticks)
        return numbers.percent(tick, 0 if whole else 1, sign=False)


#: Where a log axis may have ticks.
_ROUND = tuple(digit * 10.0**power for power in range(-4, 5) for digit in (1, 2, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioScale(Scale):
    """The axis of a ratio: equal factors are equally far apart; ``low`` is above 0."""

    def x(self, share: float) -> float:
        """Return the place of a ratio; outside the axis, its nearer end."""
        inside = math.log(min(max(share, self.low), self.high))
        low, high = math.log(self.low), math.log(self.high)
        return self.left + (inside - low) / (high - low) * (self.right - self.left)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Ratios such as 0.2, 0.5, 1, 2, 5: at most nine of them.

        Examples
        --------
        >>> RatioScale(left=0, right=1, low=0.1, high=10).ticks
        (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
        """
        inside = tuple(
            round(tick, 6)
            for tick in _ROUND
            if self.low <= tick * (1 + 1e-9) and tick <= self.high * (1 + 1e-9)
        )
        return inside if len(inside) <= MOST_RATIOS else tuple(t for t in inside if f"{t:e}"[0] == "1")

    def label(self, tick: float) -> str:
        """Return a ratio with as few decimals as it needs."""
        return numbers.fixed(tick, max(0, -math.floor(math.log10(tick) + 1e-9)))


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
