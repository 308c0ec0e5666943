"""A clock that tests wind by hand."""

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still except when somebody waits; waiting takes no time."""

    def __init__(self, start=datetime(2026, 10, 25, 9, 0, tzinfo=UTC)):
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()

    def now(self):
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self):
        return self._passed

    def sleep(self, seconds):
        with self._lock:
            self._passed += max(seconds, 0.0)
