"""Time as a thing that is handed over, so that tests of waiting need no waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the moment in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment that all processes of the machine share."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since the machine started."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def stamp(moment: datetime) -> str:
    """Return a moment as it stands in logs, in whole seconds.

    Examples
    --------
    >>> stamp(datetime(2026, 11, 25, 9, 30, 15, 999, tzinfo=UTC))
    '2026-11-25T09:30:15Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
