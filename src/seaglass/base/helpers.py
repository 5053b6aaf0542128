"""Threads that are kept for work that waits: for the disk, mostly, several times side by side.

To start a thread takes a tenth of a millisecond, as long as many a wait. So they are started when they
are first needed, and end with `close`, or with whoever has them.

Above: files, engine/snapshot/store. Below: nothing.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future


class Helpers:
    """A few threads. Safe between threads; what they do may ask them for help in turn."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._name = name
        self._guard = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def run(self, acts: Sequence[Callable[[], object]]) -> None:
        """Does all of them, the first in the calling thread, and waits for all.

        Raises: the error of the first that failed; the others are done all the same
        """
        begun: list[Future[object] | None] = [None for _ in acts[:1]]
        if len(acts) > 1:
            pool = self._kept()
            begun += [pool.submit(act) for act in acts[1:]]
        errors: list[BaseException] = []
        for act, future in zip(acts, begun, strict=True):
            try:
                # What no thread has begun yet is done here: all may be busy, or gone after a fork.
                if future is None or future.cancel():
                    act()
                else:
                    future.result()
            except BaseException as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def close(self) -> None:
        """Ends the threads; harmless when repeated. Who asks again has new ones."""
        with self._guard:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _kept(self) -> ThreadPoolExecutor:
        with self._guard:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, self._name)
            return self._pool
