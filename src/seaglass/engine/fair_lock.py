"""A lock that is given out first come, first served; its holder may do the work of those that wait.

Above: commit. Below: base. `threading.Lock` promises no order, and a waiter on it hears no cancel.
Each waiter sleeps on a lock of its own, which whoever lets go opens: `threading.Event` does the
same in Python, and takes as long as a small transaction.

An errand is what a waiter wants to do with the lock, where any thread may do it. The holder takes
errands from the front of the line only, so the order stays that of the line; a waiter without one
gets the lock itself. Once its errand is taken a waiter sleeps until it is woken, whatever happens:
its work is in another's hands.

Those whose errands are done together wake each other, a few at a time (`wake_all`): each takes the
interpreter when it wakes, so all at once would wake only to sleep again for that.
"""

from __future__ import annotations

import threading
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from seaglass.base.errors import Interrupted, Throttled
from seaglass.base.limits import WRITERS_WAITING_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Errand = TypeVar("Errand")

# How long a waiter sleeps before it looks again whether it was cancelled.
_LOOK_SECONDS = 0.05

# How many are awake at a time of those that are woken together. One would do where nobody else
# wants the interpreter; where somebody does, each that wakes waits for its turn.
_AWAKE = 4


class _Place(Enum):
    """Where a waiter is."""

    IN_LINE = 0
    HAS_LOCK = 1
    ERRAND_TAKEN = 2


# Members of an enumeration are slow to name.
_IN_LINE, _HAS_LOCK, _ERRAND_TAKEN = _Place


class Waiter(Generic[Errand]):
    """One that waits.

    Attributes: errand: None where it wants the lock itself; woken: whether it need not wait any
        more; next: whom it wakes when it is awake
    """

    __slots__ = ("_gate", "errand", "next", "place", "woken")

    def __init__(self, errand: Errand | None) -> None:
        self.errand = errand
        self.place = _IN_LINE
        self.woken = False
        self.next: Waiter[Errand] | None = None
        self._gate = threading.Lock()
        self._gate.acquire()

    def sleep(self, check: Callable[[], None]) -> None:
        """Until it is woken. Raises: what `check` raises, which is called now and then"""
        # It looks itself too, should the one that had to wake it be held up.
        while not self._gate.acquire(timeout=_LOOK_SECONDS) and not self.woken:
            check()

    def sleep_on(self) -> None:
        """Until it is woken, after `sleep` was interrupted, perhaps just as it ended."""
        while not self.woken:
            self._gate.acquire(timeout=_LOOK_SECONDS)

    def wake(self) -> None:
        """Called once, by whoever gives it the lock, or has done its errand."""
        self.woken = True
        self._gate.release()

    def wake_next(self) -> None:
        """Called when it is awake: it may be the one that wakes another."""
        following, self.next = self.next, None
        if following is not None:
            following.wake()


def wake_all(waiters: Sequence[Waiter[Errand]]) -> None:
    """Called once, by whoever has done their errands."""
    for waiter, following in zip(waiters, waiters[_AWAKE:], strict=False):
        waiter.next = following
    for waiter in waiters:
        waiter.woken = True
    for waiter in waiters[:_AWAKE]:
        waiter.wake()


class FairLock(Generic[Errand]):
    """Not reentrant; one holder."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: deque[Waiter[Errand]] = deque()

    def acquire(self, check: Callable[[], None], errand: Errand | None = None) -> bool:
        """Waits for the lock, or until somebody has done the errand; `check` is called now and then
        and may raise.

        Returns: whether the caller has the lock; else its errand is done
        Raises: Throttled(queue) when too many wait already; whatever `check` raises, but not
            Interrupted once the errand is taken: what becomes of it is for whoever does it to say
        """
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            if len(self._waiting) >= WRITERS_WAITING_MAX:
                raise Throttled(
                    "queue",
                    f"{WRITERS_WAITING_MAX} writing queries wait for this graph already. Try again later.",
                )
            waiter = Waiter(errand)
            self._waiting.append(waiter)
        try:
            check()
            waiter.sleep(check)
        except BaseException as error:
            if not self._give_up(waiter) or not isinstance(error, Interrupted):
                raise
        finally:
            waiter.wake_next()
        return waiter.place is _HAS_LOCK

    @property
    def quiet(self) -> bool:
        """Whether nobody waits."""
        return not self._waiting

    def take(self) -> Waiter[Errand] | None:
        """By the holder: the first waiter, if it has an errand, which the holder does now."""
        with self._mutex:
            if not self._waiting or self._waiting[0].errand is None:
                return None
            waiter = self._waiting.popleft()
            waiter.place = _ERRAND_TAKEN
            return waiter

    def give_back(self, waiter: Waiter[Errand]) -> None:
        """By the holder: the errand is not done, and its waiter is the next to have the lock."""
        with self._mutex:
            waiter.errand = None
            waiter.place = _IN_LINE
            self._waiting.appendleft(waiter)

    def release(self) -> None:
        """Gives the lock to the one that waits longest."""
        with self._mutex:
            assert self._held
            if self._waiting:
                waiter = self._waiting.popleft()
                waiter.place = _HAS_LOCK
                waiter.wake()
            else:
                self._held = False

    def _give_up(self, waiter: Waiter[Errand]) -> bool:
        """Takes an interrupted waiter out; whether its errand has been done all the same."""
        with self._mutex:
            if waiter.place is _IN_LINE:
                self._waiting.remove(waiter)
                return False
        if waiter.place is not _HAS_LOCK:
            waiter.sleep_on()
        if waiter.place is _HAS_LOCK:
            # The lock was handed over just before the interruption, or the errand given back.
            self.release()
            return False
        return True
