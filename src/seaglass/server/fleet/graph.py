"""One served graph: its worker, the worker's restarts, its queries.

Above: `fleet`. Below: `process`, `spares`, `admit`. The life of a worker:

    adopted ──exit──> restarting ──opened──> adopted
                          └──refused for good──> failed, until the graph is started again

A worker that ends is replaced, by a replica or else by a spare, at once the first time and with growing pauses
when it happens again; the new one recovers the graph from its log. Requests that come meanwhile wait a little. A
query that was lost with its worker is run once more: a read by whoever can answer, anything else after the new
worker has said that it changed nothing. Where it did, it is answered, if that needs no rows. A refusal for good is
an answer of the engine that will not change by itself, such as damaged bytes: trying again would only hide it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, Exhausted, NotFound, SeaglassError, Unavailable
from seaglass.base.public import public_message
from seaglass.server.control.ports import Last, Load
from seaglass.server.control.writing import may_write
from seaglass.server.fleet.admit import Admission
from seaglass.server.fleet.lost import (
    exit_status,
    is_of_the_worker,
    settled,
    settled_after,
    undone,
)
from seaglass.server.fleet.process import until_released
from seaglass.server.fleet.replicas import Replicas
from seaglass.server.fleet.writes import Writes
from seaglass.server.link.limits import EXIT_OUT_OF_MEMORY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from seaglass.server.control.ports import Call, QueryRequest, Told
    from seaglass.server.fleet.admit import Ticket
    from seaglass.server.fleet.options import FleetOptions
    from seaglass.server.fleet.process import WorkerProcess
    from seaglass.server.fleet.spares import Spares
    from seaglass.server.fleet.writes import Write
    from seaglass.server.link.client import Connection

# A query that is on its way to the worker cannot be cancelled there yet: look again so often, so
# many times.
CANCEL_RETRY_SECONDS = 0.01
CANCEL_TRIES_MAX = 100
# How often a job is asked how far it is.
JOB_LOOK_SECONDS = 0.25
# A worker that refuses a connection has just died, which is known in a moment.
CONNECT_RETRY_SECONDS = 0.005
# A query that ends worker after worker is run so often.
RUNS_MAX = 2

_log = logging.getLogger(__name__)


class ServedGraph:
    """A graph with a worker.

    Attributes: dimension: of its vectors, as its first worker told; None: it takes none
    """

    def __init__(
        self, graph_id: str, options: FleetOptions, spares: Spares, worker: WorkerProcess
    ) -> None:
        self.graph_id = graph_id
        self.dimension: int | None = None
        self.used_at = asyncio.get_running_loop().time()
        self._options = options
        self._spares = spares
        self._worker: WorkerProcess | None = worker
        self._failure: SeaglassError | None = None
        # Why it could not be opened again yet, where waiting a moment is no help.
        self._refusal: SeaglassError | None = None
        self._resident: WorkerProcess | None = None
        self._replicas = Replicas(graph_id, options, spares)
        self._changed = asyncio.Condition()
        self._admission = Admission(options.queries_running_max, options.queries_waiting_max)
        self._writes = Writes()
        self._abandoned: set[asyncio.Task[None]] = set()
        self._supervision = asyncio.create_task(self._supervise(worker))

    @classmethod
    async def adopt(
        cls, graph_id: str, options: FleetOptions, spares: Spares, request: Mapping[str, object]
    ) -> ServedGraph:
        """Give a graph to a spare worker. Raises: what the worker raised."""
        worker, told = await _adopted(spares, options, request)
        graph = cls(graph_id, options, spares, worker)
        dimension = told["dimension"]
        graph.dimension = None if dimension is None else int(str(dimension))
        return graph

    def allow_replicas(self, count: int) -> None:
        """Say how many replicas the graph may have."""
        self._replicas.allow(count)

    async def end_replicas(self) -> None:
        """End the replicas; they come again when they are needed."""
        await self._replicas.stop()

    @property
    def load(self) -> Load:
        """What is in hand now."""
        return Load(self.graph_id, *self._admission.load, self._replicas.roles(self._worker))

    @property
    def failed(self) -> bool:
        """Whether the engine refused to open the graph again."""
        return self._failure is not None

    @property
    def busy(self) -> bool:
        """Whether any query runs or waits."""
        return bool(self._admission.tickets)

    async def worker(self) -> WorkerProcess:
        """Return the worker; wait a little if it is being replaced. Raises: Unavailable(worker)."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        try:
            async with asyncio.timeout(self._options.restart_wait_seconds), self._changed:
                await self._changed.wait_for(
                    lambda: self._worker is not None or self.failed or self._refusal is not None
                )
        except TimeoutError:
            raise Unavailable(
                "worker",
                f"The worker of the graph {self.graph_id} ended and is being started again. "
                "Try again in a moment.",
            ) from None
        if self._failure is not None:
            raise self._failure
        if self._worker is None:
            assert self._refusal is not None
            raise self._refusal
        return self._worker

    async def call(self, request: Mapping[str, object]) -> dict[str, object]:
        """Send the worker a request that is answered by one message. Raises: what it raised."""
        worker, connection = await self._connection()
        return await worker.call_over(connection, request)

    async def run_job(self, request: Mapping[str, object], told: Told) -> None:
        """Send the worker a request that takes long, and pass on what its job tells."""
        about = {"op": "job", "task_id": request["task_id"]}
        work = asyncio.create_task(self.call(request))
        try:
            while not (await asyncio.wait((work,), timeout=JOB_LOOK_SECONDS))[0]:
                await told(await self.call(about))
        except BaseException:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            raise
        finally:
            with suppress(SeaglassError):
                await told(await self.call(about))
        await work

    async def residence(self) -> tuple[int, int] | None:
        """Count the chunks in memory, and all; None once all were in this worker."""
        worker = self._worker
        if worker is None or not worker.alive or worker is self._resident:
            return None
        try:
            answer = await self.call({"op": "residence"})
        except SeaglassError:
            return None
        loaded, total = int(str(answer["loaded"])), int(str(answer["total"]))
        if loaded < total:
            return loaded, total
        self._resident = worker
        return None

    def query(self, request: QueryRequest) -> AsyncGenerator[bytes]:
        """Run a query when its turn comes; yield the bytes of its result."""
        self.used_at = asyncio.get_running_loop().time()
        call = request.call
        if call is None:
            return self._run(request, None)
        return self._once(request, call)

    async def _once(self, request: QueryRequest, call: Call) -> AsyncGenerator[bytes]:
        """Run a write that may have been sent before, or give what came of it then."""
        if self._writes.busy(call.id):
            await self._writes.free(call.id, request.timeout_ms)
        write = self._writes.begin(call.id)
        body: AsyncGenerator[bytes] | None = None
        try:
            if write.answer is not None:
                yield write.answer
                return
            if write.again or call.attempt > 1:
                answer = await settled(request, self.call)
                if answer is not None:
                    write.add(Last(answer))
                    yield answer
                    return
            body = self._run(request, write)
            async for part in body:
                write.add(part)
                yield part
            write.whole = True
        finally:
            if body is not None:
                await body.aclose()
            if not write.left:
                self._writes.end(write, well=write.whole)

    async def _run(self, request: QueryRequest, write: Write | None) -> AsyncGenerator[bytes]:
        admitted = self._admission.admit(request.query_id, request.text, request.timeout_ms)
        async with admitted as ticket:
            self._replicas.consider(len(self._admission))
            may_read = bool(self._replicas) and not may_write(request.text)
            lost: SeaglassError | None = None
            runs_left = RUNS_MAX
            while True:
                worker, connection = await self._connection_after(lost, may_read)
                replica, begun, answered = worker in self._replicas, False, False
                ticket.worker = worker
                try:
                    if lost is not None and not replica:
                        answer = await settled_after(lost, request, connection)
                        if answer is not None:
                            begun = answered = True
                            yield answer
                            return
                        if not runs_left:
                            raise undone()
                        lost = None
                    runs_left -= not replica
                    connection.send(_message(request, ticket), request.at_once)
                    while (part := await connection.part()) is not None:
                        begun = True
                        if connection.reusable:
                            answered = True
                            yield Last(part)
                            return
                        taking = self._admission.gives(ticket)
                        yield part
                        taking.cancel()
                    answered = True
                    return
                except SeaglassError as error:
                    answered = True
                    if begun or error is lost or not is_of_the_worker(error):
                        raise
                    may_read = False
                    if isinstance(error, Conflict):
                        # A replica was to write: nothing has been done.
                        continue
                    status = await exit_status(worker)
                    if request.at_once is not None and not request.at_once.lost():
                        # The client may have its answer.
                        raise
                    if status is None and not replica:
                        # Only the connection broke: it may still run.
                        raise
                    lost = error
                    if status == EXIT_OUT_OF_MEMORY:
                        # It would end the next one too.
                        runs_left = 0
                    elif not replica:
                        may_read = bool(self._replicas) and not may_write(request.text)
                except Exception:
                    answered = True
                    raise
                finally:
                    if answered:
                        worker.give_back(connection)
                    else:
                        self._abandon(worker, connection, request.query_id, write)

    async def _connection_after(
        self, lost: SeaglassError | None, may_read: bool
    ) -> tuple[WorkerProcess, Connection]:
        """As `_connection`; where there is none, what was lost with the worker before stays lost."""
        try:
            return await self._connection(may_read)
        except SeaglassError:
            if lost is None:
                raise
            raise lost from None

    def _replica(self) -> WorkerProcess | None:
        """Choose the replica that runs the fewest queries; None when the writer runs no more."""
        replicas = self._replicas.workers
        if not replicas:
            return None
        running = Counter(one.worker for one in self._admission.tickets)
        least = min(replicas, key=lambda replica: running[replica])
        writer = self._worker
        if writer is not None and writer.alive and running[writer] <= running[least]:
            return None
        return least

    async def queries(self) -> Sequence[Mapping[str, object]]:
        """List the queries in hand, those that run first."""
        known: dict[object, Mapping[str, object]] = {}
        writer = self._worker
        for worker in (*self._replicas.workers, *((writer,) if writer and writer.alive else ())):
            rows = (await worker.call({"op": "queries"}))["queries"]
            assert isinstance(rows, list)
            known |= {row["id"]: row for row in rows}
        listed = [ticket.row(known.get(ticket.query_id)) for ticket in self._admission.tickets]
        order = ("RUNNING", "WAITING", "CANCELLING")
        return sorted(listed, key=lambda row: order.index(str(row["state"])))

    async def cancel(self, query_id: str) -> None:
        """Cancel a query, whether it waits or runs. Raises: NotFound(query)."""
        ticket = self._admission.find(query_id)
        if ticket is None:
            raise NotFound("query", f"There is no running query {query_id!r}.")
        if not self._admission.cancel(ticket):
            await self._cancel_running(ticket)

    async def stop(self) -> None:
        """End the worker after it saved what it serves; refuse what waits."""
        self._supervision.cancel()
        with suppress(asyncio.CancelledError):
            await self._supervision
        self._failure = Conflict("state", f"The graph {self.graph_id} is stopped.")
        self._admission.refuse_all(self._failure)
        await self._replicas.stop()
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.end(self._options.close_seconds_max)
        async with self._changed:
            self._changed.notify_all()

    async def _connection(self, may_read: bool = False) -> tuple[WorkerProcess, Connection]:
        """Take a connection to the worker, or to the one after it: nothing is sent yet.

        Args: may_read: whether a replica will do as well
        """
        if not may_read and self._worker is not None and self._worker.alive:
            # As nearly always: there is one, and nobody need wait.
            connection = self._worker.take_idle()
            if connection is not None:
                return self._worker, connection
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._options.restart_wait_seconds
        while True:
            replica = self._replica() if may_read else None
            worker = await self.worker() if replica is None else replica
            try:
                return worker, await worker.take()
            except Unavailable:
                if loop.time() >= deadline:
                    raise
                await asyncio.sleep(CONNECT_RETRY_SECONDS)

    async def _cancel_running(self, ticket: Ticket) -> None:
        for _ in range(CANCEL_TRIES_MAX):
            try:
                worker = ticket.worker or await self.worker()
                await worker.call({"op": "cancel", "query_id": ticket.query_id})
            except NotFound:
                if self._admission.find(ticket.query_id) is None:
                    # It ended by itself meanwhile, which is what was asked for.
                    return
                await asyncio.sleep(CANCEL_RETRY_SECONDS)
            else:
                return

    def _abandon(
        self, worker: WorkerProcess, connection: Connection, query_id: str, write: Write | None
    ) -> None:
        """Cancel a query whose reader went away; nobody waits for that. How a write ends is heard, as
        its client may send it again.
        """
        connection.at_once = None
        if write is None:
            worker.give_back(connection)
        else:
            write.left = True

        async def cancel() -> None:
            with suppress(SeaglassError):
                await worker.call({"op": "cancel", "query_id": query_id})
            if write is not None:
                await self._hear_out(worker, connection, write)

        task = asyncio.create_task(cancel())
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)

    async def _hear_out(self, worker: WorkerProcess, connection: Connection, write: Write) -> None:
        well = False
        try:
            while (part := await connection.part()) is not None:
                write.add(part)
            well = True
        except SeaglassError as error:
            _log.info("a write whose client has left: %s", error)
        finally:
            worker.give_back(connection)
            self._writes.end(write, well=well)

    async def _supervise(self, worker: WorkerProcess) -> None:
        """Replace the worker whenever it ends."""
        loop = asyncio.get_running_loop()
        pause = 0.0
        while True:
            adopted_at = loop.time()
            status = await worker.exited()
            _log.error("worker %d of graph %s ended (%d)", worker.pid, self.graph_id, status)
            self._worker = None
            await worker.discard()
            if loop.time() - adopted_at >= self._options.healthy_seconds:
                pause = 0.0
            replacement = await self._replace(pause)
            if replacement is None:
                return
            pause = self._longer(pause)
            worker = replacement

    async def _replace(self, pause: float) -> WorkerProcess | None:
        """Have another worker write; None when the engine refuses for good."""
        request = open_request(self._options, self.graph_id)
        while True:
            await asyncio.sleep(pause)
            pause = self._longer(pause)
            worker: WorkerProcess | None = None
            failure: SeaglassError | None = None
            try:
                worker = await self._replicas.promoted()
                if worker is None:
                    worker, _ = await _adopted(self._spares, self._options, request)
            except SeaglassError as error:
                if _may_pass(error):
                    _log.warning("graph %s does not open yet: %s", self.graph_id, error)
                    await self._refuse_meanwhile(error)
                    continue
                failure = error
                _log.error("graph %s does not open: %s", self.graph_id, error)
            except Exception:
                # A bug of ours. The next attempt may fare better, and the pauses bound the cost.
                _log.exception("graph %s does not open", self.graph_id)
                continue
            # Before anything is awaited: `stop` must find the worker to end it.
            self._worker, self._failure, self._refusal = worker, failure, None
            async with self._changed:
                self._changed.notify_all()
            return worker

    async def _refuse_meanwhile(self, error: SeaglassError) -> None:
        """Tell those who wait what to do, where more than a moment is needed: a key, or room."""
        self._refusal = error if isinstance(error, Exhausted) else None
        if error.kind == "key":
            self._refusal = Conflict("key", public_message(error))
        if self._refusal is not None:
            async with self._changed:
                self._changed.notify_all()

    def _longer(self, pause: float) -> float:
        return min(max(2 * pause, self._options.backoff_seconds), self._options.backoff_seconds_max)


def open_request(options: FleetOptions, graph_id: str) -> Mapping[str, object]:
    """Return the request that opens a graph which exists."""
    return {"op": "open", "data": str(options.data), "graph_id": graph_id}


async def _adopted(
    spares: Spares, options: FleetOptions, request: Mapping[str, object]
) -> tuple[WorkerProcess, dict[str, object]]:
    """Give a graph to a spare worker, and what that tells of it; one that refuses is ended."""
    worker = await spares.take()
    try:
        return worker, await until_released(options, lambda: worker.call(request))
    except BaseException:
        await worker.discard()
        raise


def _message(request: QueryRequest, ticket: Ticket) -> Mapping[str, object]:
    return {
        "op": "query",
        "query_id": request.query_id,
        "text": request.text,
        "parameters": request.parameters,
        "timeout_ms": ticket.left_ms,
        "explain": request.explain,
        "plan_cache": request.plan_cache,
        "withheld": request.withheld,
    }


def _may_pass(error: SeaglassError) -> bool:
    """Whether a graph that does not open may open later, without anybody asking for it again."""
    return isinstance(error, Unavailable | Conflict) or error.kind in ("key", "storage")
