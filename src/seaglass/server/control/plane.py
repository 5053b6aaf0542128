"""The control plane: one method per request, and the start and end of everything behind it.

Above: service. Below: store, graphs, snapshots, endpoints, tasks, tags, reconcile, adopt, watch. Each method is one
transaction; what it sets going is finished by the reconciler. Reads of a graph or snapshot in
transition wait a little for its end, because waiters of AWS clients ask at once and then only every
minute.

A plane acts for one owner and sees only what that owner has; `of` gives the plane of another. What
others have is not found, in the words for what nobody has.
"""

from __future__ import annotations

import asyncio
import copy
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from seaglass.base.errors import Conflict, Invalid, NotFound, SeaglassError
from seaglass.base.ids import is_graph_id
from seaglass.server.control import adopt, endpoints, graphs, snapshots, tags, tasks
from seaglass.server.control.arrivals import Arrivals
from seaglass.server.control.jobs import Jobs
from seaglass.server.control.lifecycle import (
    COMING,
    ENDPOINT_SETTLED,
    FILLING,
    SERVING,
    SETTLED,
    SHOWN,
    SNAPSHOT_SETTLED,
    GraphEvent,
    GraphState,
    SnapshotState,
)
from seaglass.server.control.ports import IMPORTING
from seaglass.server.control.reconcile import Backoff, Reconciler
from seaglass.server.control.schedule import Scheduler, check_tags
from seaglass.server.control.statements import states_of
from seaglass.server.control.store import ControlStore
from seaglass.server.control.tables import DIMENSION_UNKNOWN, GRAPHS, SNAPSHOTS
from seaglass.server.control.task_states import TASK_SETTLED
from seaglass.server.control.watch import Watch
from seaglass.storage.bucket.choice import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Mapping, Sequence

    from seaglass.base.clock import Clock
    from seaglass.base.files import Files
    from seaglass.base.owner import Owner
    from seaglass.base.rng import Rng
    from seaglass.base.settings import Settings
    from seaglass.server.control.endpoints import NewEndpoint
    from seaglass.server.control.graphs import GraphChange, NewGraph
    from seaglass.server.control.ports import Fleet, Keys
    from seaglass.server.control.store import Transaction
    from seaglass.server.control.tables import (
        EndpointRecord,
        GraphRecord,
        Page,
        SnapshotRecord,
        TaskRecord,
    )
    from seaglass.server.control.task_states import TaskKind
    from seaglass.server.control.tasks import NewExport

T = TypeVar("T")
R = TypeVar("R", "SnapshotRecord", "EndpointRecord", "TaskRecord")

_log = logging.getLogger(__name__)


class ControlPlane:
    """Graphs, snapshots and tags of one owner; at first, of the server's default one."""

    def __init__(
        self, settings: Settings, fleet: Fleet, keys: Keys, clock: Clock, rng: Rng
    ) -> None:
        self.settings = settings
        self.owner = settings.owner
        self._keys = keys
        self._clock = clock
        self._rng = rng
        self.watch = Watch()
        self._store = ControlStore(settings, clock, rng, self.watch)
        self._fleet = fleet
        self._jobs = Jobs(self._store, fleet, self.watch, {})
        self._reconciler = Reconciler(
            self._store, fleet, self._jobs, Backoff(), settings.boot_parallel_max
        )
        self._arrivals: Arrivals | None = None
        self.scheduler = Scheduler(
            self._store,
            lambda due, tags: self.of(due.owner).create_snapshot(due.graph_id, due.name, tags),
            lambda snapshot: self.of(snapshot.owner).delete_snapshot(snapshot.id),
        )

    def of(self, owner: Owner) -> ControlPlane:
        """The same control plane as another owner sees it."""
        seen = copy.copy(self)
        seen.owner = owner
        return seen

    async def start(self, files: Files) -> None:
        """Take in what the data folder holds, resume what was left, start the graphs."""
        data_dir, found_graphs = self.settings.data_dir, []
        if data_dir is not None:
            found_graphs = adopt.find_graphs(files, data_dir)
            shared, root = await asyncio.to_thread(
                open_store, files, data_dir, None, self._clock, self._rng
            )
            self._arrivals = Arrivals(self._store, shared, root)
            try:
                await self._arrivals.look(at_once=True)
            except SeaglassError as error:
                # A full disk takes no new row, and a folder may be forbidden; it is looked at again.
                _log.error("the snapshots could not be looked at: %s", error)
            self._arrivals.start()
        await self._reconciler.start(found_graphs)
        self.scheduler.start()

    async def close(self) -> None:
        """Let go of everything; what is not finished is resumed by the next process."""
        if self._arrivals is not None:
            await self._arrivals.close()
        await self.scheduler.close()
        await self._reconciler.close()
        await self._store.close()

    async def create_graph(self, new: NewGraph) -> GraphRecord:
        await self._check_new(new)
        return await self._run(lambda t: graphs.create(t, new))

    async def _check_new(self, new: NewGraph) -> None:
        """Refuse tags and keys that a new graph cannot have. Raises: Invalid."""
        check_tags(new.tags)
        if new.key_id is not None:
            try:
                await asyncio.to_thread(self._keys.check, new.key_id)
            except NotFound as error:
                # Here the key is an argument; elsewhere it is part of the state of things.
                raise Invalid("illegal_argument", error.message) from error

    async def restore_graph(self, snapshot_id: str, new: NewGraph) -> GraphRecord:
        """Make a graph from a snapshot; or, where a graph's id is given instead, from that graph
        as it is now.
        """
        check_tags(new.tags)
        if is_graph_id(snapshot_id):
            await self._check_key_of(snapshot_id)
            return await self._run(lambda t: graphs.clone(t, graphs.get(t, snapshot_id), new))
        found = await self._snapshot(snapshot_id)
        await self._check_key(found.key_id)
        await self._learn(found)
        return await self._run(lambda t: graphs.restore(t, snapshots.get(t, snapshot_id), new))

    async def get_graph(self, graph_id: str) -> GraphRecord:
        """Read a graph; while it is in transition, after the end of that or a short wait.

        Raises: NotFound(graph).
        """

        async def settled() -> bool:
            known = self._known(graph_id)
            return known is None or known.state in SETTLED

        if not await settled():
            await self.watch.wait(graph_id, settled, self.settings.transition_wait_seconds)
        # The watch has what is committed, so there is nothing to ask the database for.
        found = self._known(graph_id)
        if found is None:
            raise graphs.not_found(graph_id)
        return found

    async def list_graphs(self, position: str | None, rows_max: int) -> Page[GraphRecord]:
        return await self._run(lambda t: graphs.listed(t, position, rows_max))

    async def update_graph(self, graph_id: str, change: GraphChange) -> GraphRecord:
        return await self._run(lambda t: graphs.change(t, graph_id, change))

    async def start_graph(self, graph_id: str) -> GraphRecord:
        await self._check_key_of(graph_id)
        return await self._request(graph_id, GraphEvent.START)

    async def stop_graph(self, graph_id: str) -> GraphRecord:
        return await self._request(graph_id, GraphEvent.STOP)

    async def reset_graph(self, graph_id: str, *, skip_snapshot: bool) -> GraphRecord:
        await self._check_key_of(graph_id)
        if skip_snapshot:
            return await self._request(graph_id, GraphEvent.RESET)

        def work(transaction: Transaction) -> GraphRecord:
            record = graphs.get(transaction, graph_id)
            return _saving(transaction, record, GraphEvent.RESET_SAVING, "before-reset")

        return await self._run(work)

    async def delete_graph(self, graph_id: str, *, skip_snapshot: bool) -> GraphRecord:
        if not skip_snapshot:
            await self._check_key_of(graph_id)

        def work(transaction: Transaction) -> GraphRecord:
            record = graphs.get(transaction, graph_id)
            graphs.refuse_protected(record)
            endpoints.refuse_any(transaction, graph_id)
            if skip_snapshot:
                return graphs.request(transaction, record, GraphEvent.DELETE, None)
            return _saving(transaction, record, GraphEvent.DELETE_SAVING, "final")

        return await self._run(work)

    async def serving_graph(self, graph_id: str) -> GraphRecord:
        """Find a graph that answers queries; one that is about to is waited for a little.

        Raises: NotFound(graph); Conflict(state).
        """
        found = self._known(graph_id)
        if found is not None and found.state in COMING:

            async def come() -> bool:
                known = self._known(graph_id)
                return known is None or known.state not in COMING

            self._reconciler.want(graph_id)
            await self.watch.wait(graph_id, come, self.settings.start_wait_seconds)
            found = self._known(graph_id)
        if found is None:
            raise graphs.not_found(graph_id)
        if found.state in FILLING:
            raise Conflict("state", IMPORTING)
        if found.state not in SERVING:
            why = f" {found.status_reason}" if found.status_reason else ""
            raise Conflict(
                "state",
                f"Graph {graph_id} cannot answer because its status is {SHOWN[found.state]}; it "
                f"must be AVAILABLE.{why}",
            )
        return found

    async def create_snapshot(
        self, graph_id: str, name: str, given_tags: Mapping[str, str]
    ) -> SnapshotRecord:
        check_tags(given_tags)
        await self._check_key_of(graph_id)
        return await self._run(lambda t: snapshots.create(t, graph_id, name, given_tags))

    async def get_snapshot(self, snapshot_id: str) -> SnapshotRecord:
        """Read a snapshot; while it is in transition, after the end of that or a short wait."""
        return await self._when_settled(
            snapshot_id, lambda: self._snapshot(snapshot_id), SNAPSHOT_SETTLED
        )

    async def readable_snapshot(self, snapshot_id: str) -> SnapshotRecord:
        """Find a snapshot that can be read where it is; one that is being taken is waited for a
        little. Raises: NotFound(snapshot); Conflict(state).
        """
        found = await self.get_snapshot(snapshot_id)
        if found.state is not SnapshotState.AVAILABLE:
            raise Conflict(
                "state",
                f"Snapshot {snapshot_id} cannot be read because its status is {found.state}; it "
                "must be AVAILABLE.",
            )
        await self._check_key(found.key_id)
        return found

    async def list_snapshots(
        self, graph_id: str | None, position: str | None, rows_max: int
    ) -> Page[SnapshotRecord]:
        return await self._run(lambda t: snapshots.listed(t, graph_id, position, rows_max))

    async def delete_snapshot(self, snapshot_id: str) -> SnapshotRecord:
        return await self._run(lambda t: snapshots.remove(t, snapshot_id))

    async def create_endpoint(self, new: NewEndpoint) -> EndpointRecord:
        return await self._run(lambda t: endpoints.create(t, new))

    async def get_endpoint(self, graph_id: str, vpc_id: str) -> EndpointRecord:
        """Read an endpoint; while it is in transition, after the end of that or a short wait."""
        found = await self._endpoint(graph_id, vpc_id)
        if found.state in ENDPOINT_SETTLED:
            return found

        return await self._when_settled(
            found.id, lambda: self._endpoint(graph_id, vpc_id), ENDPOINT_SETTLED
        )

    async def list_endpoints(
        self, graph_id: str, position: str | None, rows_max: int
    ) -> Page[EndpointRecord]:
        return await self._run(lambda t: endpoints.listed(t, graph_id, position, rows_max))

    async def delete_endpoint(self, graph_id: str, vpc_id: str) -> EndpointRecord:
        return await self._run(lambda t: endpoints.remove(t, graph_id, vpc_id))

    async def create_graph_by_import(self, new: NewGraph, request: Mapping[str, Any]) -> TaskRecord:
        await self._check_new(new)
        return await self._run(lambda t: tasks.create_graph(t, new, request))

    async def start_import(self, graph_id: str, request: Mapping[str, Any]) -> TaskRecord:
        """Begin to fill a graph. Raises: NotFound(graph); Conflict(state) also when it has data."""
        await self._check_key_of(graph_id)
        found = self._known(graph_id)
        if found is not None and found.state in SERVING:
            summary = await self._fleet.summary(graph_id, detailed=False)
            counts = summary["graphSummary"]
            assert isinstance(counts, dict)
            if counts["numNodes"]:
                raise Conflict(
                    "state",
                    f"Graph {graph_id} has {counts['numNodes']} nodes. A bulk import fills an empty "
                    "graph: reset it, or use CALL neptune.load.",
                )
        return await self._run(lambda t: tasks.start_import(t, graph_id, request))

    async def start_export(self, new: NewExport) -> TaskRecord:
        check_tags(new.tags)
        return await self._run(lambda t: tasks.start_export(t, new))

    async def get_task(self, kind: TaskKind, task_id: str) -> TaskRecord:
        """Read a task with what is known of its progress; while it is in transition, after the end of
        that or a short wait. Raises: NotFound(task).
        """
        found = await self._when_settled(
            task_id, lambda: self._run(lambda t: tasks.get(t, kind, task_id)), TASK_SETTLED
        )
        known = self._jobs.progress.get(task_id)
        return found if known is None else replace(found, progress=known)

    async def list_tasks(
        self, kind: TaskKind, graph_id: str | None, position: str | None, rows_max: int
    ) -> Page[TaskRecord]:
        return await self._run(lambda t: tasks.listed(t, kind, graph_id, position, rows_max))

    async def cancel_task(self, kind: TaskKind, task_id: str) -> TaskRecord:
        record = await self._run(lambda t: tasks.cancel(t, kind, task_id))
        await self._jobs.cancel(record)
        return record

    async def tag(self, arn: str, given_tags: Mapping[str, str]) -> None:
        check_tags(given_tags)
        await self._run(lambda t: tags.write(t, tags.resource_of(t, arn), given_tags))

    async def untag(self, arn: str, keys: Sequence[str]) -> None:
        await self._run(lambda t: tags.remove(t, tags.resource_of(t, arn), keys))

    async def list_tags(self, arn: str) -> dict[str, str]:
        return await self._run(lambda t: tags.read(t, tags.resource_of(t, arn)))

    async def states(self) -> dict[tuple[str, str], int]:
        """How many graphs and snapshots of all owners there are, by what they are and their status."""

        def work(transaction: Transaction) -> dict[tuple[str, str], int]:
            counts: Counter[tuple[str, str]] = Counter()
            for noun, table in (("graph", GRAPHS), ("snapshot", SNAPSHOTS)):
                for state, count in transaction.connection.execute(states_of(table)):
                    shown = SHOWN[GraphState(state)] if noun == "graph" else str(state)
                    counts[noun, shown] += count
            return counts

        return await self._store.run(work)

    async def _snapshot(self, snapshot_id: str) -> SnapshotRecord:
        return await self._run(lambda t: snapshots.get(t, snapshot_id))

    async def _learn(self, found: SnapshotRecord) -> None:
        """Find out what the row of a snapshot does not say: that it is gone, or the dimension of its
        vectors. What cannot be found out now is told by the graph that is restored from it.
        """
        if self._arrivals is not None:
            await self._arrivals.look_for(found.id)
        if found.vector_dimension == DIMENSION_UNKNOWN:
            with suppress(SeaglassError):
                dimension = await self._fleet.dimension_of(found.id)
                await self._store.run(lambda t: snapshots.set_dimension(t, found.id, dimension))

    async def _when_settled(
        self, subject: str, read: Callable[[], Awaitable[R]], settled: Container[object]
    ) -> R:
        """What `read` gives once its state is settled, or after a short wait."""
        found: R | None = None

        async def is_settled() -> bool:
            nonlocal found
            found = await read()
            return found.state in settled

        await self.watch.wait(subject, is_settled, self.settings.transition_wait_seconds)
        return await read() if found is None else found

    def _known(self, graph_id: str) -> GraphRecord | None:
        return self.watch.graph(self.owner, graph_id)

    async def _run(self, work: Callable[[Transaction], T]) -> T:
        return await self._store.run(work, self.owner)

    async def _endpoint(self, graph_id: str, vpc_id: str) -> EndpointRecord:
        return await self._run(lambda t: endpoints.find(t, graph_id, vpc_id))

    async def _check_key_of(self, graph_id: str) -> None:
        found = self._known(graph_id)
        if found is not None:
            await self._check_key(found.key_id)

    async def _check_key(self, key_id: str) -> None:
        """Make sure that data may be sealed or opened. Raises: Conflict(state)."""
        try:
            await asyncio.to_thread(self._keys.check, key_id)
        except NotFound as error:
            raise Conflict("state", error.message) from error

    async def _request(self, graph_id: str, event: GraphEvent) -> GraphRecord:
        return await self._run(lambda t: graphs.request(t, graphs.get(t, graph_id), event, None))


def _saving(
    transaction: Transaction, record: GraphRecord, event: GraphEvent, prefix: str
) -> GraphRecord:
    name = snapshots.automatic_name(transaction, prefix, record.owner, record.name)
    snapshots.take(transaction, record, event, name, {})
    return graphs.get(transaction, record.id)
