"""The fleet: the worker processes behind the front, one per served graph and spares.

Above: server.control (lifecycle, through `control.ports.Fleet`), server.service (queries), cli.
Below: `graph`, `spares`. Invariants: the lifecycle calls of one graph happen one after the other.
Every call but `query` may be repeated: what is done already is left as it is. A graph is served by
at most one worker, which holds the graph's lock file.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from contextlib import aclosing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from seaglass.base.errors import SeaglassError, Throttled, Unavailable
from seaglass.base.ids import is_snapshot_id
from seaglass.server.fleet.graph import ServedGraph, open_request
from seaglass.server.fleet.process import until_released
from seaglass.server.fleet.spares import Spares

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from seaglass.server.control.ports import ExportJob, ImportJob, Load, QueryRequest, Told
    from seaglass.server.fleet.options import FleetOptions

# The kernel takes socket paths of up to 107 bytes; a worker's number and suffix come after the
# folder.
SOCKET_FOLDER_BYTES_MAX = 90
# Folder of tmpfs, where the machine has one: what is kept there never touches a disk.
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - private folders are made inside

_log = logging.getLogger(__name__)


class WorkerFleet:
    """The workers of one data folder. `open` comes first, `close` last."""

    def __init__(self, options: FleetOptions) -> None:
        self._options = options
        self._folder = _socket_folder()
        self._spares = Spares(options, self._folder)
        self._graphs: dict[str, ServedGraph] = {}
        # Each lives for as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # Told of each graph that begins to be served.
        self._adopted = asyncio.Condition()
        self._closing = False
        self._chores: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Have a first worker on its way; does not wait for it. Once more changes nothing."""
        self._spares.prepare()
        if self._chores:
            return
        self._chores = [asyncio.create_task(self._end_idle_snapshots(), name="idle snapshots")]
        if self._options.scrub_bytes_per_second:
            self._chores.append(asyncio.create_task(self._scrub(), name="scrub"))

    async def close(self) -> None:
        """End all workers after they saved what they serve, and leave nothing behind."""
        self._closing = True
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        # By the locks too, not by the graphs alone: one that is being started now must end as well.
        ids = {*self._locks, *self._graphs}
        ended = await asyncio.gather(*map(self.stop, ids), return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, BaseException):
                _log.error("a graph did not stop", exc_info=outcome)
        await self._spares.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def loads(self) -> Sequence[Load]:
        """What is in hand for each graph that is served."""
        return [graph.load for graph in self._graphs.values()]

    async def start(self, graph_id: str, key_id: str, dimension: int | None = None) -> int | None:
        """Serve a graph that exists. Its own ref names its key too, and is what counts."""
        del key_id
        if is_snapshot_id(graph_id) and graph_id not in self._graphs:
            await self._make_room()
        request = open_request(self._options, graph_id)
        graph = await self._adopt(graph_id, {**request, "dimension": dimension})
        graph.used_at = asyncio.get_running_loop().time()
        return graph.dimension

    async def create(
        self, graph_id: str, name: str, key_id: str, dimension: int | None = None
    ) -> int | None:
        """Make an empty graph, or keep the one that is there, and serve it."""
        request = {"op": "create", "graph_id": graph_id, "name": name, "key_id": key_id}
        return (
            await self._adopt(graph_id, {**self._data, **request, "dimension": dimension})
        ).dimension

    async def restore(
        self, graph_id: str, snapshot_id: str, name: str, dimension: int | None = None
    ) -> int | None:
        """Make the graph from the snapshot, or keep the one that is there, and serve it."""
        request = {"op": "restore", "graph_id": graph_id, "name": name, "snapshot_id": snapshot_id}
        return (
            await self._adopt(graph_id, {**self._data, **request, "dimension": dimension})
        ).dimension

    def allow_replicas(self, graph_id: str, count: int) -> None:
        """Say how many read-only workers a served graph may have."""
        graph = self._graphs.get(graph_id)
        if graph is not None:
            graph.allow_replicas(count)

    async def stop(self, graph_id: str) -> None:
        """Save the graph and end its worker; the data stays."""
        async with self._lock(graph_id):
            graph = self._graphs.pop(graph_id, None)
            if graph is not None:
                await graph.stop()

    async def delete(self, graph_id: str) -> None:
        """End the worker and remove the graph's data."""
        async with self._lock(graph_id):
            graph = self._graphs.pop(graph_id, None)
            if graph is not None:
                await graph.stop()
            request = {**self._data, "op": "delete_graph", "graph_id": graph_id}
            await until_released(self._options, lambda: self._spares.call(request))

    async def delete_snapshot(self, snapshot_id: str) -> None:
        """Remove the snapshot."""
        if snapshot_id in self._graphs:
            await self.stop(snapshot_id)
        await self._spares.call({**self._data, "op": "delete_snapshot", "snapshot_id": snapshot_id})

    async def dimension_of(self, snapshot_id: str) -> int | None:
        """Read the dimension of the vectors in a snapshot."""
        request = {**self._data, "op": "dimension", "snapshot_id": snapshot_id}
        found = (await self._spares.call(request))["dimension"]
        assert found is None or isinstance(found, int)
        return found

    async def snapshot(self, graph_id: str, snapshot_id: str, name: str) -> None:
        """Take the snapshot of a served graph."""
        graph = self._served(graph_id)
        await graph.call({"op": "snapshot", "snapshot_id": snapshot_id, "name": name})

    async def clone(self, graph_id: str, source_id: str, name: str) -> int | None:
        """Make the graph from what a served graph holds now, and serve it."""
        await self._served(source_id).call({"op": "clone", "graph_id": graph_id, "name": name})
        return (await self._adopt(graph_id, open_request(self._options, graph_id))).dimension

    async def reset(self, graph_id: str) -> None:
        """Remove all data of a served graph."""
        await self._served(graph_id).call({"op": "reset"})

    async def prepare_import(self, graph_id: str) -> int:
        """Have a served graph refuse queries until its import has ended; count its nodes."""
        answer = await self._served(graph_id).call({"op": "prepare_import"})
        return int(str(answer["nodes"]))

    async def import_data(self, graph_id: str, job: ImportJob, told: Told) -> None:
        """Fill a served, prepared graph."""
        await self._served(graph_id).run_job({"op": "import", **asdict(job)}, told)

    async def export_data(self, graph_id: str, job: ExportJob, told: Told) -> None:
        """Write the files of a served graph."""
        await self._served(graph_id).run_job({"op": "export", **asdict(job)}, told)

    async def discard_export(self, graph_id: str, job: ExportJob) -> None:
        """Remove the files that an export has left."""
        await self._served(graph_id).call({"op": "discard_export", **asdict(job)})

    async def cancel_job(self, graph_id: str, task_id: str) -> None:
        """Have an import or export end soon, also one that has not begun."""
        await self._served(graph_id).call({"op": "cancel_job", "task_id": task_id})

    def query(self, graph_id: str, request: QueryRequest) -> AsyncGenerator[bytes]:
        """Run a query; yield the bytes of its result. Closing the iterator early cancels it."""
        graph = self._graphs.get(graph_id)
        return self._query_soon(graph_id, request) if graph is None else graph.query(request)

    async def queries(self, graph_id: str) -> Sequence[Mapping[str, object]]:
        """List the queries of a graph."""
        return await (await self._coming(graph_id)).queries()

    async def cancel(self, graph_id: str, query_id: str) -> None:
        """Cancel a query. Raises: NotFound(query)."""
        await (await self._coming(graph_id)).cancel(query_id)

    async def residence(self, graph_id: str) -> tuple[int, int] | None:
        """Count the chunks in memory, and all; None once all were, or when nobody serves it."""
        graph = self._graphs.get(graph_id)
        return None if graph is None else await graph.residence()

    async def summary(self, graph_id: str, *, detailed: bool) -> Mapping[str, object]:
        """Give GetGraphSummary's output."""
        graph = await self._coming(graph_id)
        return await graph.call({"op": "summary", "detailed": detailed})

    @property
    def _data(self) -> Mapping[str, object]:
        return {"data": str(self._options.data)}

    def _lock(self, graph_id: str) -> asyncio.Lock:
        return self._locks.setdefault(graph_id, asyncio.Lock())

    async def _adopt(self, graph_id: str, request: Mapping[str, object]) -> ServedGraph:
        async with self._lock(graph_id):
            if self._closing:
                raise Unavailable("worker", "The server is being stopped.")
            graph = self._graphs.get(graph_id)
            if graph is not None and not graph.failed:
                await graph.worker()
                return graph
            if graph is not None:
                await graph.stop()
                del self._graphs[graph_id]
            adopted = await ServedGraph.adopt(graph_id, self._options, self._spares, request)
            self._graphs[graph_id] = adopted
            async with self._adopted:
                self._adopted.notify_all()
            return adopted

    async def _make_room(self) -> None:
        """End the snapshots that were not asked for longest, until another one may be read.

        Raises: Throttled(snapshots) when all of them are being asked.
        """
        while len(self._read_snapshots()) >= self._options.snapshots_read_max:
            idle = [one for one in self._read_snapshots() if not one.busy]
            if not idle:
                raise Throttled(
                    "snapshots",
                    f"{self._options.snapshots_read_max} snapshots are being read at once. Try "
                    "again later, or restore one as a graph.",
                )
            await self._end_idle(min(idle, key=lambda one: one.used_at))

    async def _end_idle_snapshots(self) -> None:
        while True:
            await asyncio.sleep(self._options.snapshot_idle_seconds / 4)
            before = asyncio.get_running_loop().time() - self._options.snapshot_idle_seconds
            for one in tuple(self._graphs.values()):
                if one.used_at >= before or one.busy:
                    continue
                if is_snapshot_id(one.graph_id):
                    await self._end_idle(one)
                else:
                    await one.end_replicas()

    async def _scrub(self) -> None:
        """Have a worker read and check the whole store, again and again."""
        rate = self._options.scrub_bytes_per_second
        while True:
            try:
                worker = await self._spares.take()
                try:
                    request = {**self._data, "op": "scrub", "bytes_per_second": rate}
                    answer = await worker.call(request, watched=False)
                finally:
                    await worker.discard()
            except SeaglassError as error:
                _log.error("the store could not be scrubbed: %s (%s)", error, error.detail)
            else:
                level = logging.INFO if answer["whole"] else logging.ERROR
                _log.log(level, "scrub: %s", answer["report"])
            await asyncio.sleep(self._options.scrub_every_seconds)

    async def _end_idle(self, snapshot: ServedGraph) -> None:
        """End the worker of a snapshot, unless somebody asks it meanwhile."""
        used_at = snapshot.used_at
        async with self._lock(snapshot.graph_id):
            if not snapshot.busy and snapshot.used_at == used_at:
                self._graphs.pop(snapshot.graph_id, None)
                await snapshot.stop()

    def _read_snapshots(self) -> list[ServedGraph]:
        return [one for one in self._graphs.values() if is_snapshot_id(one.graph_id)]

    async def _query_soon(self, graph_id: str, request: QueryRequest) -> AsyncGenerator[bytes]:
        graph = await self._coming(graph_id)
        async with aclosing(graph.query(request)) as parts:
            async for part in parts:
                yield part

    async def _coming(self, graph_id: str) -> ServedGraph:
        """Return a graph; wait a little if it is not served yet. After a crash of the front, one of which
        a snapshot is being taken counts as served before it is; and the worker from before the crash
        may still be about to end.
        """
        if graph_id not in self._graphs:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._options.restart_wait_seconds), self._adopted:
                    await self._adopted.wait_for(lambda: graph_id in self._graphs)
        return self._served(graph_id)

    def _served(self, graph_id: str) -> ServedGraph:
        graph = self._graphs.get(graph_id)
        if graph is None:
            raise Unavailable(
                "worker", f"The graph {graph_id} is not being served now. Try again in a moment."
            )
        return graph


def _socket_folder() -> Path:
    """Make a private folder whose path is short enough for a socket."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="seaglass-"))
    except OSError:
        # The disk may be full; memory is not, or nothing would run.
        if not MEMORY_FOLDER.is_dir():
            raise
        return Path(tempfile.mkdtemp(prefix="seaglass-", dir=MEMORY_FOLDER))
    if len(str(folder).encode()) > SOCKET_FOLDER_BYTES_MAX:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="seaglass-", dir="/tmp"))
    return folder
