"""A fleet without processes: graphs and snapshots are dictionaries, and calls can be held, refused or cut off."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaglass.base.errors import Interrupted, NotFound, SeaglassError, Unavailable
from seaglass.server.control.ports import ExportJob, ImportJob, Last, Load

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from seaglass.base.reply import AtOnce
    from seaglass.server.control.ports import QueryRequest, Told


@dataclass
class World:
    """What outlives a process: the data folder, as it were. A graph is a list of texts that were written to it."""

    graphs: dict[str, list[str]] = field(default_factory=dict)
    snapshots: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    exports: dict[str, list[str]] = field(default_factory=dict)
    # Of graphs and snapshots, which know it whatever the records say.
    dimensions: dict[str, int | None] = field(default_factory=dict)


class FakeFleet:
    """Implements `Fleet` on a `World`.

    refuse: method name -> errors that its next calls raise, in order
    hold: method names whose calls wait until `release`
    crash_at: (number of the lifecycle call from 1, "before" or "after"): that call never returns
    worker_sends: as a worker that is lent the client's socket, at most so many bytes of each reply; None for
        one that is not. lent: how often it was. worker_dies: after the next. worker_waits: seconds before it tells
    """

    def __init__(self, world: World | None = None) -> None:
        self.world = World() if world is None else world
        self.served: set[str] = set()
        self.refuse: dict[str, list[SeaglassError | Exception]] = {}
        self.hold: set[str] = set()
        self.released = asyncio.Event()
        # Of those that wait for it.
        self.loop: asyncio.AbstractEventLoop | None = None
        self.calls: list[tuple[str, ...]] = []
        self.crash_at: tuple[int, str] | None = None
        self.crashed = asyncio.Event()
        self.running: dict[str, dict[str, object]] = {}
        self.cancelled: set[str] = set()
        self.queries_seen: list[QueryRequest] = []
        self.replicas: dict[str, int] = {}
        self.resident: dict[str, tuple[int, int]] = {}
        self.jobs_cancelled: set[str] = set()
        self.jobs_seen: list[ImportJob | ExportJob] = []
        self.job_waits = False
        self.job_progress: dict[str, object] = {"percent": 40, "records": 3, "statements": 7}
        self.answer: Sequence[bytes] = (b'{"results": ', b'[{"a": 1}]}')
        self.worker_sends: int | None = None
        self.worker_dies = False
        self.worker_waits = 0.0
        self.lent = 0

    def check(self, key_id: str) -> None:
        """Every key can be used, but for the refused calls."""
        if self.refuse.get("check"):
            raise self.refuse["check"].pop(0)

    async def open(self) -> None: ...

    def loads(self) -> list[Load]:
        return [Load(graph, len(self.running), 0, ()) for graph in sorted(self.served)]

    async def close(self) -> None:
        self.served.clear()

    def release(self) -> None:
        """Let go of what is held; from any thread."""
        if self.loop is None:
            self.released.set()
        else:
            self.loop.call_soon_threadsafe(self.released.set)

    async def start(self, graph_id: str, key_id: str, dimension: int | None = None) -> int | None:
        await self._enter("start", graph_id)
        if graph_id not in self.world.graphs:
            raise NotFound("graph", f"no data of {graph_id}")
        self.served.add(graph_id)
        await self._leave()
        return self.world.dimensions.setdefault(graph_id, dimension)

    def allow_replicas(self, graph_id: str, count: int) -> None:
        self.replicas[graph_id] = count

    async def stop(self, graph_id: str) -> None:
        await self._enter("stop", graph_id)
        self.served.discard(graph_id)
        await self._leave()

    async def create(
        self, graph_id: str, name: str, key_id: str, dimension: int | None = None
    ) -> int | None:
        await self._enter("create", graph_id)
        self.world.graphs.setdefault(graph_id, [])
        self.world.keys[graph_id] = key_id
        self.served.add(graph_id)
        await self._leave()
        return self.world.dimensions.setdefault(graph_id, dimension)

    async def restore(
        self, graph_id: str, snapshot_id: str, name: str, dimension: int | None = None
    ) -> int | None:
        await self._enter("restore", graph_id, snapshot_id)
        if snapshot_id not in self.world.snapshots:
            raise NotFound("snapshot", f"no snapshot {snapshot_id}")
        self.world.graphs.setdefault(graph_id, list(self.world.snapshots[snapshot_id][1]))
        self.served.add(graph_id)
        await self._leave()
        known = self.world.dimensions.get(snapshot_id, dimension)
        return self.world.dimensions.setdefault(graph_id, known)

    async def snapshot(self, graph_id: str, snapshot_id: str, name: str) -> None:
        await self._enter("snapshot", graph_id, snapshot_id)
        assert graph_id in self.served, "only a served graph can be snapshotted"
        self.world.snapshots.setdefault(snapshot_id, (name, list(self.world.graphs[graph_id])))
        self.world.dimensions.setdefault(snapshot_id, self.world.dimensions[graph_id])
        await self._leave()

    async def dimension_of(self, snapshot_id: str) -> int | None:
        await self._enter("dimension_of", snapshot_id)
        if snapshot_id not in self.world.snapshots:
            raise NotFound("snapshot", f"no snapshot {snapshot_id}")
        return self.world.dimensions.get(snapshot_id)

    async def clone(self, graph_id: str, source_id: str, name: str) -> int | None:
        await self._enter("clone", graph_id, source_id)
        assert source_id in self.served, "only a served graph can be cloned"
        self.world.graphs.setdefault(graph_id, list(self.world.graphs[source_id]))
        self.served.add(graph_id)
        await self._leave()
        return self.world.dimensions.setdefault(graph_id, self.world.dimensions[source_id])

    async def reset(self, graph_id: str) -> None:
        await self._enter("reset", graph_id)
        assert graph_id in self.served, "only a served graph can be reset"
        self.world.graphs[graph_id].clear()
        await self._leave()

    async def delete(self, graph_id: str) -> None:
        await self._enter("delete", graph_id)
        self.world.graphs.pop(graph_id, None)
        self.served.discard(graph_id)
        await self._leave()

    async def delete_snapshot(self, snapshot_id: str) -> None:
        await self._enter("delete_snapshot", snapshot_id)
        self.world.snapshots.pop(snapshot_id, None)
        await self._leave()

    async def prepare_import(self, graph_id: str) -> int:
        await self._enter("prepare_import", graph_id)
        assert graph_id in self.served, "only a served graph can be imported into"
        await self._leave()
        return len(self.world.graphs[graph_id])

    async def import_data(self, graph_id: str, job: ImportJob, told: Told) -> None:
        await self._enter("import_data", graph_id)
        assert not self.world.graphs[graph_id], "a graph is filled once"
        await self._job(job, told)
        self.world.graphs[graph_id].append(job.source)
        await told({**self.job_progress, "percent": 100})
        await self._leave()

    async def export_data(self, graph_id: str, job: ExportJob, told: Told) -> None:
        await self._enter("export_data", graph_id)
        if graph_id not in self.served:
            raise Unavailable("worker", "not served")
        assert job.destination not in self.world.exports, "files of before are removed first"
        self.world.exports[job.destination] = []
        await self._job(job, told)
        self.world.exports[job.destination] = list(self.world.graphs[graph_id])
        await told({"percent": 100, "nodes": 5, "edges": 6})
        await self._leave()

    async def discard_export(self, graph_id: str, job: ExportJob) -> None:
        await self._enter("discard_export", graph_id)
        self.world.exports.pop(job.destination, None)
        await self._leave()

    async def cancel_job(self, graph_id: str, task_id: str) -> None:
        self.jobs_cancelled.add(task_id)

    async def _job(self, job: ImportJob | ExportJob, told: Told) -> None:
        """Go on until it is told to end, where `job_waits`."""
        self.jobs_seen.append(job)
        await told(self.job_progress)
        while self.job_waits and job.task_id not in self.jobs_cancelled:
            await asyncio.sleep(0.005)
        if job.task_id in self.jobs_cancelled:
            if isinstance(job, ExportJob):
                self.world.exports.pop(job.destination, None)
            raise Interrupted("cancelled", "The job was cancelled.")
        self._refuse_next("job")

    async def query(self, graph_id: str, request: QueryRequest) -> AsyncGenerator[bytes, None]:
        self.queries_seen.append(request)
        self._refuse_next("query")
        if graph_id not in self.served:
            raise Unavailable("worker", "not served")
        row = {"id": request.query_id, "queryString": request.text, "waited": 0, "elapsed": 1}
        self.running[request.query_id] = {**row, "state": "RUNNING"}
        try:
            if request.text.startswith("CREATE"):
                self.world.graphs[graph_id].append(request.text)
            for part in self.answer:
                if part == b"HOLD":
                    await self._held(request.query_id)
                elif part == b"FAIL":
                    self._refuse_next("part")
                else:
                    if isinstance(part, Last) and part is self.answer[0]:
                        assert request.at_once is not None
                        await self._reply(request.at_once, part)
                    yield part
        except (GeneratorExit, asyncio.CancelledError):
            self.cancelled.add(request.query_id)
            raise
        finally:
            del self.running[request.query_id]

    async def _reply(self, at_once: AtOnce, answer: bytes) -> None:
        """As a worker would that is lent the socket, where `worker_sends` says so."""
        lent = None if self.worker_sends is None else at_once.lend()
        if lent is None:
            at_once.give(answer)
            return
        self.lent += 1
        dies, self.worker_dies = self.worker_dies, False
        reply = f"{lent.head}{len(answer)}\r\n\r\n".encode() + answer
        count = os.write(lent.descriptor, reply[: self.worker_sends])
        await asyncio.sleep(self.worker_waits)
        if dies:
            assert at_once.lost() is (count == 0)
            raise Unavailable("worker", "it has died")
        at_once.sent(answer, count)

    async def _held(self, query_id: str) -> None:
        while query_id not in self.cancelled:
            await asyncio.sleep(0.005)
        raise Interrupted("cancelled", f"The query {query_id} was cancelled.")

    async def queries(self, graph_id: str) -> Sequence[Mapping[str, object]]:
        return list(self.running.values())

    async def cancel(self, graph_id: str, query_id: str) -> None:
        if query_id not in self.running:
            raise NotFound("query", f"There is no running query {query_id!r}.")
        self.cancelled.add(query_id)

    async def residence(self, graph_id: str) -> tuple[int, int] | None:
        return self.resident.get(graph_id)

    async def summary(self, graph_id: str, *, detailed: bool) -> Mapping[str, object]:
        self._refuse_next("summary")
        summary: dict[str, object] = {"numNodes": len(self.world.graphs[graph_id]), "numEdges": 0}
        if detailed:
            summary["nodeStructures"] = [{"count": 1, "nodeProperties": ["a"]}]
        return {
            "version": "v1",
            "lastStatisticsComputationTime": "2024-01-25T19:50:42+00:00",
            "graphSummary": summary,
        }

    async def _enter(self, name: str, *ids: str) -> None:
        self.calls.append((name, *ids))
        if self.crash_at == (len(self.calls), "before"):
            await self._crash()
        if name in self.hold:
            self.loop = asyncio.get_running_loop()
            await self.released.wait()
        self._refuse_next(name)

    async def _leave(self) -> None:
        # As a real call would: somebody else runs in between.
        await asyncio.sleep(0)
        if self.crash_at == (len(self.calls), "after"):
            await self._crash()

    async def _crash(self) -> None:
        self.crashed.set()
        await asyncio.Event().wait()

    def _refuse_next(self, name: str) -> None:
        if self.refuse.get(name):
            raise self.refuse[name].pop(0)
