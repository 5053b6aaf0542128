"""What makes states end: takes effects from the outbox, brings them about on the fleet, and
steps the state machines with the outcome.

Above: plane. Below: store, effects, graphs, snapshots, endpoints, tasks, jobs, ports. Each effect is a task of its own;
graphs do not wait for one another.

Invariants: an outcome (states, removal of the effect, the next effect) is one transaction. Until it
is committed the effect stays in the outbox and is repeated after a crash, which every effect
allows. A snapshot's state and its graph's move together.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

from seaglass.base.errors import Conflict, Exhausted, NotFound, SeaglassError, Unavailable
from seaglass.base.ids import is_graph_id
from seaglass.base.public import public_message
from seaglass.server.control import adopt, effects, endpoints, graphs, snapshots, tasks
from seaglass.server.control.jobs import conclude_export, conclude_with_graph
from seaglass.server.control.lifecycle import (
    Effect,
    EndpointEvent,
    GraphEvent,
    GraphState,
    SnapshotEvent,
)
from seaglass.server.control.statements import rows_of
from seaglass.server.control.tables import GRAPHS, graph_of
from seaglass.server.control.task_states import TaskState
from seaglass.server.control.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from seaglass.server.control.adopt import FoundGraph
    from seaglass.server.control.jobs import Jobs
    from seaglass.server.control.ports import Fleet
    from seaglass.server.control.store import ControlStore, Transaction
    from seaglass.server.control.tables import EffectRecord, GraphRecord, SnapshotRecord

# What an effect ends with whose outcome cannot be committed.
BUG = "An internal error occurred; the server's log has it."

# After these the graph answers queries.
OPENING = (Effect.CREATE, Effect.RESTORE, Effect.START)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often an effect is tried while the fleet is not ready for it, and how long to wait."""

    attempts_max: int = 8
    # An import that ends its worker, mostly for lack of memory, does so again.
    import_attempts_max: int = 3
    seconds_first: float = 0.1
    seconds_max: float = 5.0
    # From one try to start a graph that waits to the next.
    seconds_waiting: float = 30.0

    def seconds(self, attempt: int) -> float:
        """Give the wait after an attempt, counted from 1."""
        return min(self.seconds_max, self.seconds_first * 2.0 ** (attempt - 1))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Args: reason: why an effect cannot be brought about; None: it has been
    dimension: of the vectors of a graph that was opened, which knows better than its record
    passing: whether the reason may pass by itself
    """

    reason: str | None
    dimension: int | None
    passing: bool = False


def _in_full(error: SeaglassError) -> str:
    """An error for the log: with what is not for clients, if there is any."""
    return f"{error} ({error.detail})" if error.detail else str(error)


@dataclass(frozen=True, slots=True)
class _Subjects:
    """The records that an effect is about."""

    graph: GraphRecord | None
    snapshot: SnapshotRecord | None


class Reconciler:
    """Runs effects until each has an outcome."""

    def __init__(
        self,
        store: ControlStore,
        fleet: Fleet,
        jobs: Jobs,
        backoff: Backoff,
        boot_parallel_max: int,
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._jobs = jobs
        self._backoff = backoff
        self._boot_turns = Turns(boot_parallel_max)
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def start(self, found: list[FoundGraph]) -> None:
        """Take up what the last process left, and start every graph that should serve.

        Args: found: graphs of the data folder, of which those without a row get one
        """
        left = await self._store.run(effects.pending)
        for effect in left:
            self.submit(effect)
        self._store.on_effect(self.submit)
        begun = await self._begin(found)
        self._looking = asyncio.create_task(self._look_again(found, begun), name="waiting graphs")

    async def _look_again(self, found: list[FoundGraph], begun: bool) -> None:
        """Try once more what could not be done for now: to begin, or to start some graphs."""
        while True:
            seconds = self._backoff.seconds_waiting if begun else self._backoff.seconds_max
            await asyncio.sleep(seconds)
            try:
                if begun:
                    await self._store.run(start_waiting)
                else:
                    begun = await self._begin(found)
            except Exception:
                _log.exception("graphs that wait could not be started")

    async def _begin(self, found: list[FoundGraph]) -> bool:
        """Have all graphs started. On a full disk, which cannot keep that they are being started, those
        that were available are served all the same; False, and once more when there may be room.
        """

        def work(transaction: Transaction) -> None:
            adopt.adopt_graphs(transaction, found)
            resume(transaction)

        try:
            await self._store.run(work)
        except Exhausted as error:
            _log.error("what is there can be read, and no more for now: %s", error)
            for graph in await self._store.run(available):
                self._in_background(self._serve(graph), f"graph {graph.id}")
            return False
        return True

    async def _serve(self, graph: GraphRecord) -> None:
        try:
            async with self._boot_turns.turn(graph.id):
                await perform(self._fleet, Effect.START, graph, None)
        except SeaglassError as error:
            _log.error("graph %s cannot be served for now: %s (%s)", graph.id, error, error.detail)

    def want(self, graph_id: str) -> None:
        """Start a graph before others that wait for their start."""
        self._boot_turns.want(graph_id)

    def submit(self, effect: EffectRecord) -> None:
        """Bring an effect about in the background."""
        self._in_background(self._settle(effect), f"effect {effect.id}")

    def _in_background(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let go of everything in hand; what has no outcome yet stays in the outbox."""
        tasks = list(self._tasks)
        if self._looking is not None:
            tasks.append(self._looking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _settle(self, effect: EffectRecord) -> None:
        outcome = await self._outcome(effect)
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._store.run(partial(conclude, effect=effect, outcome=outcome))
                return
            except (Unavailable, Exhausted) as error:
                # What was done cannot be taken back, so its record must be written some time.
                _log.error("%s has no record yet: %s", effect, _in_full(error))
            except Exception:
                # A bug of ours. The state must end all the same, and people must hear of it.
                _log.exception("the outcome of %s cannot be committed", effect)
                outcome = Outcome(BUG, None)
            await asyncio.sleep(self._backoff.seconds(min(attempt, self._backoff.attempts_max)))

    async def _outcome(self, effect: EffectRecord) -> Outcome:
        attempts_max = self._backoff.attempts_max
        if effect.kind is Effect.IMPORT:
            attempts_max = self._backoff.import_attempts_max
        for attempt in range(1, attempts_max + 1):
            try:
                return Outcome(None, await self._attempt_once(effect))
            except (Unavailable, Conflict) as error:
                # Conflict: a worker of a front that was killed may still hold the graph's lock. A key
                # that cannot be used is for people to see to, and then to start the graph again.
                if error.kind == "key":
                    _log.error("%s failed: %s", effect, error)
                    return Outcome(public_message(error), None)
                reason = public_message(error)
                # A worker that ends each time does so by what it is given.
                passing = error.kind != "worker"
                _log.warning("%s, attempt %d: %s", effect, attempt, _in_full(error))
            except SeaglassError as error:
                _log.error("%s failed: %s", effect, _in_full(error))
                # Somebody may make room.
                full = isinstance(error, Exhausted) and error.kind == "storage"
                return Outcome(public_message(error), None, passing=full)
            except Exception as error:
                _log.exception("%s failed unexpectedly", effect)
                return Outcome(public_message(error), None)
            if attempt < attempts_max:
                await asyncio.sleep(self._backoff.seconds(attempt))
        return Outcome(reason, None, passing)

    async def _attempt_once(self, effect: EffectRecord) -> int | None:
        subjects = await self._store.run(lambda transaction: _subjects(transaction, effect))
        if effect.kind is Effect.IMPORT:
            assert subjects.graph is not None
            assert effect.item_id is not None
            await self._jobs.run_import(subjects.graph, effect.item_id)
        elif effect.kind is Effect.EXPORT:
            assert effect.item_id is not None
            await self._jobs.run_export(effect.item_id)
        elif effect.kind is Effect.START:
            async with self._boot_turns.turn(effect.graph_id or ""):
                return await perform(self._fleet, effect.kind, subjects.graph, subjects.snapshot)
        else:
            return await perform(self._fleet, effect.kind, subjects.graph, subjects.snapshot)
        return None


async def perform(
    fleet: Fleet, kind: Effect, graph: GraphRecord | None, snapshot: SnapshotRecord | None
) -> int | None:
    """Bring one effect about that is no task's; give the dimension of what it opens. Repeating it
    is safe.
    """
    assert kind not in (Effect.IMPORT, Effect.EXPORT)
    if kind in (Effect.CREATE_ENDPOINT, Effect.DELETE_ENDPOINT):
        # Records only: there is no network to change.
        return None
    if kind is Effect.DELETE_SNAPSHOT:
        assert snapshot is not None
        await fleet.delete_snapshot(snapshot.id)
        return None
    assert graph is not None
    match kind:
        case Effect.CREATE | Effect.RESTORE | Effect.START:
            dimension = await _open(fleet, kind, graph)
            fleet.allow_replicas(graph.id, graph.replica_count)
            return dimension
        case Effect.SNAPSHOT:
            assert snapshot is not None
            # After a crash, or for a stopped graph, nobody serves it yet.
            await fleet.start(graph.id, graph.key_id, graph.vector_dimension)
            await fleet.snapshot(graph.id, snapshot.id, snapshot.name)
        case Effect.RESET:
            await fleet.start(graph.id, graph.key_id, graph.vector_dimension)
            await fleet.reset(graph.id)
        case Effect.STOP:
            await fleet.stop(graph.id)
        case Effect.DELETE:
            await fleet.delete(graph.id)
        case _:
            assert_never(kind)
    return None


async def _open(fleet: Fleet, kind: Effect, graph: GraphRecord) -> int | None:
    source, dimension = graph.source_snapshot_id, graph.vector_dimension
    if kind is Effect.CREATE:
        return await fleet.create(graph.id, graph.name, graph.key_id, dimension)
    if kind is Effect.START:
        return await fleet.start(graph.id, graph.key_id, dimension)
    assert source is not None
    if is_graph_id(source):
        # After a crash nobody serves the source yet; its own ref names its key. A clone has the
        # dimension of its source.
        await fleet.start(source, graph.key_id, dimension)
        return await fleet.clone(graph.id, source, graph.name)
    return await fleet.restore(graph.id, source, graph.name, dimension)


def resume(transaction: Transaction) -> None:
    """Have every graph started that was available when the last process ended, or was to be."""
    for record in _all(transaction):
        if record.state in (GraphState.AVAILABLE, GraphState.WAITING):
            graphs.move(transaction, record, GraphEvent.RESUME, None, reason=record.status_reason)
        else:
            transaction.graphs[record.id] = record


def available(transaction: Transaction) -> list[GraphRecord]:
    """Make all graphs known as they are, without a change; give those that are to serve."""
    transaction.graphs.update({record.id: record for record in _all(transaction)})
    known = transaction.graphs.values()
    return [one for one in known if one is not None and one.state is GraphState.AVAILABLE]


def _all(transaction: Transaction) -> Iterator[GraphRecord]:
    position: str | None = None
    while True:
        page = graphs.listed(transaction, position, 1_000)
        yield from page.records
        if page.position is None:
            return
        position = page.position


def start_waiting(transaction: Transaction) -> None:
    """Have every graph started that waits to be."""
    wanted = {"state": GraphState.WAITING.value}
    for row in transaction.connection.execute(rows_of(GRAPHS, *wanted), wanted).all():
        graph = graph_of(row)
        graphs.move(transaction, graph, GraphEvent.RESUME, None, reason=graph.status_reason)


def conclude(transaction: Transaction, effect: EffectRecord, outcome: Outcome) -> None:
    """Commit an outcome."""
    if not effects.drop(transaction, effect.id):
        return
    reason = outcome.reason
    if effect.kind in (Effect.CREATE_ENDPOINT, Effect.DELETE_ENDPOINT):
        assert effect.item_id is not None
        endpoint = endpoints.get(transaction, effect.item_id)
        ended = EndpointEvent.DONE if reason is None else EndpointEvent.FAIL
        endpoints.move(transaction, endpoint, ended)
        return
    if effect.kind is Effect.EXPORT:
        assert effect.item_id is not None
        conclude_export(transaction, effect.item_id, reason)
        return
    subjects = _subjects(transaction, effect)
    snapshot, graph = subjects.snapshot, subjects.graph
    if snapshot is not None and effect.kind in (Effect.SNAPSHOT, Effect.DELETE_SNAPSHOT):
        event = SnapshotEvent.DONE if reason is None else SnapshotEvent.FAIL
        snapshots.move(transaction, snapshot, event, reason=reason)
    if graph is None:
        return
    if effect.kind in OPENING and reason is None:
        graph = replace(graph, vector_dimension=outcome.dimension)
        snapshots.learn_dimension(transaction, graph)
    told = reason
    if reason is not None and effect.kind is Effect.SNAPSHOT and snapshot is not None:
        told = f"Snapshot {snapshot.name} ({snapshot.id}) could not be taken: {reason}"
    graph_event = GraphEvent.DONE if reason is None else GraphEvent.FAIL
    if effect.kind is Effect.START and outcome.passing:
        graph_event = GraphEvent.FAIL_FOR_NOW
    task_id = effect.item_id
    if effect.kind is Effect.IMPORT:
        # What went wrong is told by the task; the graph is well.
        told = None
        assert task_id is not None
        cancelled = tasks.of_effect(transaction, task_id).state is TaskState.CANCELLING
        if reason is None and cancelled:
            graph_event = GraphEvent.UNDO
    moved = graphs.move(transaction, graph, graph_event, None, reason=told, task_id=task_id)
    assert moved is not None, f"{effect} ended in state {graph.state}, which waits for nothing"
    if task_id is not None:
        conclude_with_graph(transaction, task_id, moved, reason)


def _subjects(transaction: Transaction, effect: EffectRecord) -> _Subjects:
    graph = None if effect.graph_id is None else graphs.get(transaction, effect.graph_id)
    snapshot = None
    if effect.snapshot_id is not None:
        try:
            snapshot = snapshots.get(transaction, effect.snapshot_id)
        except NotFound:
            # A restored graph outlives its snapshot; the other effects keep theirs until they end.
            assert effect.kind is Effect.RESTORE, effect
    return _Subjects(graph, snapshot)
