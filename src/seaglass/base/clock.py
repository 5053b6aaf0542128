"""The clock: the only module that reads the machine's time.

Above: everything that needs a time or a deadline takes a `Clock`. Below: nothing.
Invariants: `monotonic()` never goes back; `now()` may (people set clocks), so no order is ever
decided by it.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment of this process; for durations and deadlines."""
        ...

    def thread_time(self) -> float:
        """Seconds that this thread has had of a core; for differences."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when that time has passed."""
        ...


class SystemClock:
    """The machine's own clocks: its functions as they are, as every query asks some times."""

    __slots__ = ()
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    thread_time = staticmethod(time.thread_time)
    sleep = staticmethod(time.sleep)


class _Worked(threading.local):
    """What each thread has had of a core."""

    seconds = 0.0


class ManualClock:
    """A clock that moves only when it is told to."""

    __slots__ = ("_monotonic", "_now", "_worked")

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._monotonic = 0.0
        self._worked = _Worked()

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def thread_time(self) -> float:
        return self._worked.seconds

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def work(self, seconds: float) -> None:
        """Move all readings forward, as this thread does when it computes."""
        self._worked.seconds += seconds
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move both readings forward."""
        assert seconds >= 0
        self._now += seconds
        self._monotonic += seconds

    def set_now(self, now: float) -> None:
        """Set the time of day, as people do; the monotonic reading stays."""
        self._now = now
