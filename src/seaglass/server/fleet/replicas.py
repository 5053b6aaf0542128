"""The read-only workers of one graph.

Above: `graph`. Below: `process`, `spares`. Each follows the log that the graph's first worker writes,
so that a read on any of them shows everything acknowledged before it began. They are started when
queries come side by side, not before: a graph that one client asks needs one process. One that ends
is not missed; another is started the next time. When the first worker ends, one of them becomes it:
it has the graph in memory, and goes on reading meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError
from seaglass.server.fleet.process import until_released

if TYPE_CHECKING:
    from seaglass.server.fleet.options import FleetOptions
    from seaglass.server.fleet.process import WorkerProcess
    from seaglass.server.fleet.spares import Spares

# So many queries at once call for another worker.
RUNNING_MIN = 2

_log = logging.getLogger(__name__)


class Replicas:
    """Up to so many replicas as the graph is allowed."""

    def __init__(self, graph_id: str, options: FleetOptions, spares: Spares) -> None:
        self._graph_id = graph_id
        self._options = options
        self._spares = spares
        self._allowed = 0
        self._workers: list[WorkerProcess] = []
        self._starting: asyncio.Task[None] | None = None

    @property
    def workers(self) -> tuple[WorkerProcess, ...]:
        """The replicas that can be asked."""
        return tuple(worker for worker in self._workers if worker.alive)

    def __bool__(self) -> bool:
        """Whether there is any; it may just have ended."""
        return bool(self._workers)

    def __contains__(self, worker: WorkerProcess) -> bool:
        return worker in self._workers

    def roles(self, writer: WorkerProcess | None) -> tuple[tuple[int, str], ...]:
        """The processes of the graph that are alive: the number of each, and what it is."""
        beside = [(worker.pid, "replica") for worker in self.workers]
        first = [] if writer is None or not writer.alive else [(writer.pid, "writer")]
        return (*first, *beside)

    def allow(self, count: int) -> None:
        """Say how many there may be."""
        self._allowed = count

    def consider(self, running: int) -> None:
        """Start another one in the background, if so many queries at once need it."""
        if running < RUNNING_MIN or self._starting is not None:
            return
        if len(self.workers) < self._allowed:
            self._starting = asyncio.create_task(self._start(), name=f"replica {self._graph_id}")

    async def promoted(self) -> WorkerProcess | None:
        """Have one of them write from now on, and let go of it; None when none can."""
        request = {"op": "promote", "data": str(self._options.data)}
        for worker in self.workers:
            try:
                await until_released(self._options, partial(worker.call, request))
            except Exception:
                # Whatever it is: a spare has yet to be asked.
                _log.exception("replica %d of %s cannot write", worker.pid, self._graph_id)
            else:
                # Where it is not here any more, somebody is ending it.
                if worker in self._workers:
                    self._workers.remove(worker)
                    return worker
        return None

    async def stop(self) -> None:
        """End all of them."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        workers, self._workers = self._workers, []
        # They have nothing to save. This comes before anything is awaited, because nobody else
        # knows of them now: whoever stops them may be cancelled.
        for worker in workers:
            worker.abort()
        await asyncio.gather(*(worker.discard() for worker in workers))

    async def _start(self) -> None:
        worker: WorkerProcess | None = None
        try:
            for ended in [one for one in self._workers if not one.alive]:
                self._workers.remove(ended)
                await ended.discard()
            worker = await self._spares.take()
            await worker.call(
                {"op": "follow", "data": str(self._options.data), "graph_id": self._graph_id}
            )
            self._workers.append(worker)
            worker = None
        except SeaglassError as error:
            _log.warning("no replica of %s: %s (%s)", self._graph_id, error, error.detail)
        finally:
            self._starting = None
            if worker is not None:
                await worker.discard()
