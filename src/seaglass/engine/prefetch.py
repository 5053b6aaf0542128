"""Loads what a graph holds before it is asked for, beside the queries, which load what they touch
themselves.

Above: live_graph. Below: snapshot/describe, graph/chunk, base/priority. Adjacency and the `~id`
index come first at one end, since nearly every query needs some of them, and embeddings and properties
of nodes at the other. Segments are long work that needs no interpreter, columns are short steps that
do, and threads which take such steps wait for each other: so half of them begin at each end. A
chunk that cannot be read is left to the query that needs it, which says so.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import SeaglassError
from seaglass.base.limits import PREFETCH_THREADS
from seaglass.base.priority import let_others_go_first
from seaglass.engine.snapshot.describe import chunk_refs

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.engine.graph.version import GraphVersion


@dataclass(frozen=True, slots=True)
class Residence:
    """How many of the chunks of a graph are in memory, as far as is known."""

    loaded: int
    total: int


class Prefetch:
    """The threads that load one version."""

    def __init__(
        self, version: GraphVersion, rest: Callable[[], object], threads: int = PREFETCH_THREADS
    ) -> None:
        """
        Args:
            rest: called before each chunk; returns when another may be loaded
            threads: that load; more where each chunk takes a request
        """
        refs = list({id(ref): ref for ref in chunk_refs(version)}.values())
        missing = [ref for ref in refs if not ref.loaded]
        # From the end: links and ids follow the columns there.
        self._waiting: deque[ChunkRef[Any]] = deque(reversed(missing))
        self._total = len(refs)
        self._open = 0
        self._guard = threading.Lock()
        self._rest = rest
        self._stopping = False
        self._thread_count = threads
        self._threads: list[threading.Thread] = []

    @property
    def residence(self) -> Residence:
        """How far it is."""
        with self._guard:
            return Residence(self._total - len(self._waiting) - self._open, self._total)

    def start(self) -> None:
        """Begin; returns at once."""
        if self._waiting:
            for number in range(self._thread_count):
                take = self._waiting.pop if number % 2 else self._waiting.popleft
                thread = threading.Thread(
                    target=self._run, args=(take,), name="prefetch", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def wait(self) -> None:
        """Return when everything is loaded, or it was stopped."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """End the threads after the chunks they are at; harmless when repeated."""
        self._stopping = True
        self.wait()

    def _run(self, take: Callable[[], ChunkRef[Any]]) -> None:
        let_others_go_first()
        while not self._stopping:
            with self._guard:
                if not self._waiting:
                    return
                ref = take()
                self._open += 1
            try:
                self._rest()
                ref.get()
            except SeaglassError:
                pass
            finally:
                with self._guard:
                    self._open -= 1
