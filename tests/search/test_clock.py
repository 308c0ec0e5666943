"""The machine's clock, and how its moments are written."""

from datetime import UTC, datetime, timedelta, timezone

from metaleak.search.clock import SystemClock, stamp


def test_moments_are_written_in_utc_and_whole_seconds():
    east = timezone(timedelta(hours=8))

    assert stamp(datetime(2026, 11, 25, 7, 30, 15, 999, tzinfo=east)) == "2026-11-24T23:30:15Z"


def test_the_system_clock_tells_utc_and_waits():
    clock = SystemClock()
    began = clock.monotonic()
    clock.sleep(0.01)

    assert clock.monotonic() - began >= 0.01
    assert clock.now().tzinfo is UTC
