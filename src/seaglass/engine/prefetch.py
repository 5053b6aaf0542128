"""Loads what a graph holds before it is asked for, beside the queries, which load what they touch
themselves.

Above: live_graph. Below: snapshot/describe, graph/chunk, base/priority. Adjacency and the `~id`
index come first at one end, since nearly every query needs some of them, and embeddings and properties
of nodes at the other. Segments are long work that needs no interpreter, columns are short steps that
do, and threads which take such steps wait for each other: so half of them begin at each end. One more
has the disk read what comes next at either end, and never far ahead: it would drive out what others read. A
chunk that cannot be read is left to the query that needs it, which says so.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import SeaglassError
from seaglass.base.limits import (
    PREFETCH_AHEAD_CHUNKS,
    PREFETCH_AHEAD_STEP,
    PREFETCH_THREADS,
)
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
        self,
        version: GraphVersion,
        rest: Callable[[], object],
        expect: Callable[[list[bytes]], int],
        threads: int = PREFETCH_THREADS,
    ) -> None:
        """
        Args:
            rest: called before each chunk; returns when another may be loaded
            expect: called with digests of chunks that are loaded soon, in a thread of its own; gives how
                many of them, the first, need not be named again
            threads: that load; more where each chunk takes a request
        """
        refs = list({id(ref): ref for ref in chunk_refs(version)}.values())
        missing = [ref for ref in refs if not ref.loaded]
        # From the end: links and ids follow the columns there.
        self._waiting: deque[ChunkRef[Any]] = deque(reversed(missing))
        # How many were taken at each end.
        self._taken = [0, 0]
        self._some_taken = threading.Semaphore(0)
        self._expect = expect
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
            works = [partial(self._run, number % 2) for number in range(self._thread_count)]
            for work in (partial(self._look_ahead, list(self._waiting)), *works):
                thread = threading.Thread(target=work, name="prefetch", daemon=True)
                self._threads.append(thread)
                thread.start()

    def wait(self) -> None:
        """Return when everything is loaded, or it was stopped."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """End the threads after the chunks they are at; harmless when repeated."""
        self._stopping = True
        self._some_taken.release()
        self.wait()

    def _run(self, end: int) -> None:
        let_others_go_first()
        try:
            self._load(end)
        except BaseException:
            # No memory, above all: nothing else is loaded either.
            self._stopping = True
            raise
        finally:
            self._some_taken.release()

    def _load(self, end: int) -> None:
        while not self._stopping:
            with self._guard:
                if not self._waiting:
                    break
                ref = self._waiting.pop() if end else self._waiting.popleft()
                self._open += 1
                self._taken[end] += 1
            if self._taken[end] % PREFETCH_AHEAD_STEP == 0:
                self._some_taken.release()
            try:
                self._rest()
                ref.get()
            except SeaglassError:
                pass
            finally:
                with self._guard:
                    self._open -= 1

    def _look_ahead(self, missing: list[ChunkRef[Any]]) -> None:
        ends = missing, missing[::-1]
        told, end = [0, 0], 0
        while self._waiting and not self._stopping and sum(told) < len(missing):
            # A file for one end, and one for the other.
            end = 1 - end
            if self._is_far(told, end):
                end = 1 - end
                if self._is_far(told, end):
                    self._some_taken.acquire()
                    continue
            refs = ends[end][told[end] : told[end] + PREFETCH_AHEAD_STEP]
            heard = len(refs)
            with suppress(SeaglassError):
                heard = self._expect([ref.digest for ref in refs if ref.digest])
            told[end] += heard

    def _is_far(self, told: list[int], end: int) -> bool:
        return told[end] - self._taken[end] >= PREFETCH_AHEAD_CHUNKS
