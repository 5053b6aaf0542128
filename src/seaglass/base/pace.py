"""Work that can wait, beside others that cannot: in short steps of one thread, with a rest after each.

A core that is at work for milliseconds holds up whoever is to run there, however low its priority; one
that is free again after a fraction of a millisecond does not. So what works for long calls `breathe`
between its steps, wherever that is. In a thread that has no pace it does nothing.

All rests together have a bound, so that what goes at a pace ends, however many others there are: the
time of a core that the work took, and a time that is given.

Above: engine (snapshots), storage/objects, files. Below: clock.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seaglass.base.limits import PACE_REST_TIMES_MAX, PACE_STEP_US

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.base.clock import Clock

_STEP_SECONDS = PACE_STEP_US / 1e6


class Pace:
    """The pace of one piece of work, in all of its threads."""

    def __init__(self, clock: Clock, beside: Callable[[], bool], spare_seconds: float) -> None:
        """
        Args:
            beside: says whether there are others
            spare_seconds: how long all rests may be, beyond the time of the work
        """
        self._clock = clock
        self._beside = beside
        self._spare = spare_seconds
        self._times: float = PACE_REST_TIMES_MAX
        self._alone = threading.Lock()
        self._guard = threading.Lock()
        # How long it may still rest.
        self._left = spare_seconds

    def expect(self, seconds: float) -> None:
        """Say how long the work will take, about: what it may rest is spread over that."""
        self._times = min(1 + self._spare / max(seconds, _STEP_SECONDS), PACE_REST_TIMES_MAX)

    @property
    def crowded(self) -> bool:
        """Whether there are others."""
        return self._beside()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold while working: while there are others, one thread works, and none while it rests."""
        if self._beside():
            with self._alone:
                yield
        else:
            yield

    def begin(self) -> None:
        """A step of this thread begins."""
        _own.since = self._clock.thread_time()

    def step(self) -> None:
        """Between two steps: rests if it is time to and there are others."""
        worked = self._clock.thread_time() - _own.since
        if worked < _STEP_SECONDS:
            return
        rest = 0.0
        with self._guard:
            self._left += worked
            if self._beside():
                rest = min(worked * self._times, self._left)
                self._left -= rest
        if rest:
            self._clock.sleep(rest)
        self.begin()


class _Own(threading.local):
    """Of each thread. Attributes: since: when its step began, by `thread_time`"""

    pace: Pace | None = None
    since = 0.0


_own = _Own()


@contextmanager
def paced(pace: Pace | None) -> Iterator[None]:
    """What this thread does meanwhile goes at a pace."""
    before, _own.pace = _own.pace, pace
    if pace is not None:
        pace.begin()
    try:
        yield
    finally:
        _own.pace = before


def pace_of_thread() -> Pace | None:
    """The pace that this thread has, for threads that work for it."""
    return _own.pace


def crowded() -> bool:
    """Whether this thread has a pace, and there are others."""
    pace = _own.pace
    return pace is not None and pace.crowded


def breathe() -> None:
    """Between two steps of work: rests if this thread has a pace, and it is time to."""
    pace = _own.pace
    if pace is not None:
        pace.step()


@contextmanager
def turn() -> Iterator[None]:
    """Hold while working, in one of several threads of one pace."""
    pace = _own.pace
    if pace is None:
        yield
    else:
        with pace.turn():
            yield
