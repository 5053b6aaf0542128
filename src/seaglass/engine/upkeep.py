"""The background thread of an open graph: does its work each time it is woken, until it is stopped. There is one only
while there is work, so that a graph that nobody has any more is not kept by it.

Above: live_graph, which says what the work is (folding, checkpoints). Below: base.
Work that fails is not repeated by itself: the next wake does it again, and `failure` tells what
went wrong last. Nothing is lost by that: what is folded can stay unfolded, and what is not in a
checkpoint is in the log.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError

if TYPE_CHECKING:
    from collections.abc import Callable


class Upkeep:
    """A daemon thread that starts with a wake, and ends when there is no other."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self._work = work
        self._name = name
        self._guard = threading.Lock()
        self._wanted = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.failure: SeaglassError | None = None

    def wake(self) -> None:
        """Asks for a round of work; rounds that are asked for during one are one more."""
        with self._guard:
            self._wanted = True
            if self._thread is None and not self._stopping:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                # Whoever wakes has committed something: that there are no more threads now is not its error.
                with suppress(RuntimeError):
                    thread.start()
                    self._thread = thread

    def stop(self) -> None:
        """Ends the thread after the round it is in; harmless when repeated."""
        with self._guard:
            self._stopping = True
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            with self._guard:
                if self._stopping or not self._wanted:
                    self._thread = None
                    return
                self._wanted = False
            try:
                self._work()
            except SeaglassError as error:
                self.failure = error
            except BaseException:
                # It ends this thread, and the next wake must start another.
                with self._guard:
                    self._thread = None
                raise
            else:
                self.failure = None
