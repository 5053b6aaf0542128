"""The clock: the only module that reads the machine's time.

Above: everything that needs a time or a deadline takes a `Clock`. Below: nothing.
Invariants: `monotonic()` never goes back; `now()` may (people set clocks), so no order is ever
decided by it.
"""

from __future__ import annotations

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

    def sleep(self, seconds: float) -> None:
        """Return when that time has passed."""
        ...


class SystemClock:
    """The machine's own clocks: its functions as they are, as every query asks some times."""

    __slots__ = ()
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


class ManualClock:
    """A clock that moves only when it is told to."""

    __slots__ = ("_monotonic", "_now")

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move both readings forward."""
        assert seconds >= 0
        self._now += seconds
        self._monotonic += seconds

    def set_now(self, now: float) -> None:
        """Set the time of day, as people do; the monotonic reading stays."""
        self._now = now
