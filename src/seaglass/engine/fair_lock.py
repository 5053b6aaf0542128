"""A lock that is given out first come, first served, and whose waiters can be interrupted.

Above: commit. Below: base. `threading.Lock` promises no order, and a waiter on it hears no cancel.
Each waiter sleeps on a lock of its own, which whoever lets go opens: `threading.Event` does the
same in Python, and takes as long as a small transaction.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from seaglass.base.errors import Throttled
from seaglass.base.limits import WRITERS_WAITING_MAX

if TYPE_CHECKING:
    from collections.abc import Callable

# How long a waiter sleeps before it looks again whether it was cancelled.
_LOOK_SECONDS = 0.05


class FairLock:
    """Not reentrant; one holder."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, check: Callable[[], None]) -> None:
        """Waits for the lock; `check` is called now and then and may raise.

        Raises: Throttled(queue) when too many wait already; whatever `check` raises.
        """
        with self._mutex:
            if not self._held:
                self._held = True
                return
            if len(self._waiting) >= WRITERS_WAITING_MAX:
                raise Throttled(
                    "queue",
                    f"{WRITERS_WAITING_MAX} writing queries wait for this graph already. Try again later.",
                )
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            check()
            while not turn.acquire(timeout=_LOOK_SECONDS):
                check()
        except BaseException:
            self._give_up(turn)
            raise

    def release(self) -> None:
        """Gives the lock to the one that waits longest."""
        with self._mutex:
            assert self._held
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    def _give_up(self, turn: threading.Lock) -> None:
        with self._mutex:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        # The lock was handed over just before the interruption.
        self.release()
