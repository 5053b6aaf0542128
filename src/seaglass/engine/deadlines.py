"""Raises the flags of queries whose time is over, for kernels that cannot look at a clock.

Above: running. Below: base. One daemon thread for all queries of a graph. It is there only while a
query that has a time limit has asked for its flag, so that small queries never meet it.
"""

from __future__ import annotations

import threading
from typing import Protocol

LOOK_SECONDS = 0.02
# Without a query to watch for so long, the thread ends.
IDLE_SECONDS = 1.0


class Watched(Protocol):
    """A query with a time limit."""

    def raise_flag_if_over(self) -> bool:
        """Raises the flag of a query that must end; whether it did."""
        ...


class Deadlines:
    """The queries whose flags are looked at."""

    def __init__(self) -> None:
        self._guard = threading.Condition()
        self._watched: set[Watched] = set()
        self._running = False

    def add(self, query: Watched) -> None:
        """Watches a query until it is over or removed."""
        with self._guard:
            self._watched.add(query)
            if self._running:
                self._guard.notify()
                return
            self._running = True
        threading.Thread(target=self._run, name="deadlines", daemon=True).start()

    def remove(self, query: Watched) -> None:
        """Watches it no longer; harmless when it is not watched."""
        with self._guard:
            self._watched.discard(query)

    def _run(self) -> None:
        while True:
            with self._guard:
                if not self._watched and not self._guard.wait_for(self._some, IDLE_SECONDS):
                    self._running = False
                    return
                queries = list(self._watched)
            for query in queries:
                if query.raise_flag_if_over():
                    self.remove(query)
            with self._guard:
                self._guard.wait_for(lambda: not self._watched, LOOK_SECONDS)

    def _some(self) -> bool:
        return bool(self._watched)
