"""The background thread of an open graph: does its work each time it is woken, until it is stopped.

Above: live_graph, which says what the work is (folding, checkpoints). Below: base.
Work that fails is not repeated by itself: the next wake does it again, and `failure` tells what
went wrong last. Nothing is lost by that: what is folded can stay unfolded, and what is not in a
checkpoint is in the log.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError

if TYPE_CHECKING:
    from collections.abc import Callable


class Upkeep:
    """A daemon thread that starts with the first wake."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self._work = work
        self._name = name
        self._guard = threading.Lock()
        self._wanted = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.failure: SeaglassError | None = None

    def wake(self) -> None:
        """Asks for a round of work; rounds that are asked for during one are one more."""
        self._wanted.set()
        if self._thread is None:
            with self._guard:
                if self._thread is None and not self._stopping:
                    self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the round it is in; harmless when repeated."""
        with self._guard:
            self._stopping = True
            thread = self._thread
        self._wanted.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            if self._stopping:
                return
            self._wanted.clear()
            try:
                self._work()
            except SeaglassError as error:
                self.failure = error
            else:
                self.failure = None
