"""Random lives of a control plane: requests, fleets that refuse, processes that end anywhere.

Goal: whatever happens, what control.db says and what the data folder holds agree once everything has come to rest, a
refused request changes nothing, and no snapshot holds anything but its graph's data at the moment it was asked for.
Method: a state machine over a fleet of dictionaries; the model is which data each graph and snapshot must have.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from seaglass.base.clock import SystemClock
from seaglass.base.errors import Conflict, Corrupt, Exhausted, NotFound, Unavailable
from seaglass.base.files import LocalFiles
from seaglass.base.rng import SystemRng
from seaglass.server.control.graphs import GraphChange
from seaglass.server.control.lifecycle import (
    SETTLED,
    SNAPSHOT_SETTLED,
    GraphState,
    SnapshotState,
)
from seaglass.server.control.plane import ControlPlane
from seaglass.server.control.task_states import TASK_SETTLED, TaskKind, TaskState
from seaglass.server.control.tasks import NewExport
from tests.server.control.support import SETTINGS, named
from tests.server.fakes import FakeFleet, World

if TYPE_CHECKING:
    from collections.abc import Awaitable

METHODS = [
    *("create", "restore", "start", "stop", "snapshot", "reset", "delete", "delete_snapshot"),
    *("prepare_import", "import_data", "export_data", "discard_export", "job"),
]
IMPORT = {"source": "imported", "format": "CSV", "roleArn": "r"}
EXPORT = {**IMPORT, "destination": "s3://b/out", "kmsKeyIdentifier": "k"}
NAMES = st.sampled_from(["a", "b", "c", "d"])
ERRORS = st.sampled_from(
    [Corrupt("corrupt", "bad"), Exhausted("storage", "full"), RuntimeError("x")]
)


class Lives(RuleBasedStateMachine):
    """One data folder through several processes."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.settings = replace(SETTINGS, database_url=f"sqlite:///{self.folder}/control.db")
        self.loop = asyncio.new_event_loop()
        self.world = World()
        self.writes = 0
        self.discards_failed = False
        self.open()

    def open(self) -> None:
        self.fleet = FakeFleet(self.world)
        self.plane = ControlPlane(self.settings, self.fleet, self.fleet, SystemClock(), SystemRng())
        self.run(self.plane.start(LocalFiles()))

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    def tried(self, work: Awaitable[Any]) -> None:
        """Make a request; when it is refused, nothing has changed."""
        before = self.run(self.everything())
        try:
            self.run(work)
        except (Conflict, NotFound):
            # Effects of earlier requests go on meanwhile, so only what was at rest is compared.
            after = self.run(self.everything())
            for record_id, record in before.items():
                if record.state in SETTLED or record.state in SNAPSHOT_SETTLED:
                    assert after[record_id] == record
            assert set(after) <= set(before)

    async def everything(self) -> dict[str, Any]:
        graphs = (await self.plane.list_graphs(None, 100)).records
        snapshots = (await self.plane.list_snapshots(None, None, 100)).records
        return {record.id: record for record in (*graphs, *snapshots)}

    def id_of(self, name: str) -> str:
        records = self.run(self.everything())
        return next((r.id for r in records.values() if r.name == name), "g-0000000000")

    @rule(name=NAMES)
    def create(self, name: str) -> None:
        self.tried(self.plane.create_graph(named(name)))

    @rule(name=NAMES)
    def write(self, name: str) -> None:
        graph_id = self.id_of(name)
        try:
            self.run(self.plane.serving_graph(graph_id))
        except (Conflict, NotFound):
            return
        if graph_id in self.fleet.served:
            self.writes += 1
            self.world.graphs[graph_id].append(str(self.writes))

    @rule(name=NAMES, snapshot=st.sampled_from(["s", "t"]))
    def snapshot(self, name: str, snapshot: str) -> None:
        self.tried(self.plane.create_snapshot(self.id_of(name), snapshot, {"a": "b"}))

    @rule(name=NAMES, snapshot=st.sampled_from(["s", "t"]))
    def restore(self, name: str, snapshot: str) -> None:
        self.tried(self.plane.restore_graph(self.id_of(snapshot), named(name)))

    @rule(name=NAMES, skip=st.booleans())
    def reset(self, name: str, skip: bool) -> None:
        self.tried(self.plane.reset_graph(self.id_of(name), skip_snapshot=skip))

    @rule(name=NAMES, skip=st.booleans())
    def delete(self, name: str, skip: bool) -> None:
        self.tried(self.plane.delete_graph(self.id_of(name), skip_snapshot=skip))

    @rule(name=NAMES, stop=st.booleans())
    def start_or_stop(self, name: str, stop: bool) -> None:
        call = self.plane.stop_graph if stop else self.plane.start_graph
        self.tried(call(self.id_of(name)))

    @rule(name=NAMES)
    def update(self, name: str) -> None:
        self.tried(self.plane.update_graph(self.id_of(name), GraphChange(32, None, None)))

    @rule(snapshot=st.sampled_from(["s", "t"]))
    def delete_snapshot(self, snapshot: str) -> None:
        self.tried(self.plane.delete_snapshot(self.id_of(snapshot)))

    @rule(name=NAMES, new=st.booleans())
    def start_import(self, name: str, new: bool) -> None:
        request = {**IMPORT, "source": "s3://b/in"}
        if new:
            self.tried(self.plane.create_graph_by_import(named(name), request))
        else:
            self.tried(self.plane.start_import(self.id_of(name), request))

    @rule(name=NAMES)
    def start_export(self, name: str) -> None:
        self.tried(self.plane.start_export(NewExport(self.id_of(name), EXPORT, {})))

    @rule(kind=st.sampled_from(TaskKind), place=st.integers(0, 3))
    def cancel(self, kind: TaskKind, place: int) -> None:
        tasks = [t for t in self.run(self.tasks()) if t.kind is kind][-4:]
        if place < len(tasks):
            self.tried(self.plane.cancel_task(kind, tasks[place].id))

    async def tasks(self) -> list[Any]:
        return [
            task
            for kind in TaskKind
            for task in (await self.plane.list_tasks(kind, None, None, 100)).records
        ]

    @rule(method=st.sampled_from(METHODS), error=ERRORS)
    def refuse_next(self, method: str, error: Exception) -> None:
        self.discards_failed |= method in ("discard_export", "export_data")
        self.fleet.refuse[method] = [error]

    @rule(method=st.sampled_from(METHODS))
    def not_ready_once(self, method: str) -> None:
        self.fleet.refuse[method] = [Unavailable("worker", "not yet")]

    @rule(steps=st.integers(0, 30))
    def pass_time(self, steps: int) -> None:
        async def work() -> None:
            for _ in range(steps):
                await asyncio.sleep(0)

        self.run(work())

    @rule(steps=st.integers(0, 10))
    def restart(self, steps: int) -> None:
        self.pass_time(steps)
        self.run(self.plane.close())
        self.open()

    @rule()
    def rest(self) -> None:
        """Wait until nothing is in transition, then compare the records with the data."""
        records = self.run(self.settled())
        graphs = {r.id: r for r in records.values() if r.id.startswith("g-")}
        for graph_id, graph in graphs.items():
            if graph.state is GraphState.AVAILABLE:
                assert graph_id in self.fleet.served
                assert graph_id in self.world.graphs
            if graph.state is GraphState.STOPPED:
                assert graph_id not in self.fleet.served
                assert graph_id in self.world.graphs
        assert set(self.world.graphs) <= set(graphs), "data that nothing names"
        self.check_tasks(graphs)
        snapshots = {r.id: r for r in records.values() if r.id.startswith("gs-")}
        for snapshot_id, snapshot in snapshots.items():
            if snapshot.state is SnapshotState.AVAILABLE:
                assert self.world.snapshots[snapshot_id][0] == snapshot.name
        assert set(self.world.snapshots) <= set(snapshots), "a snapshot that nothing names"

    def check_tasks(self, graphs: dict[str, Any]) -> None:
        """Files there are for the exports that succeeded, and for no others; data was never brought twice."""
        tasks = self.run(self.tasks())
        done = {
            f"s3://b/out/{task.id}"
            for task in tasks
            if (task.kind, task.state) == (TaskKind.EXPORT, TaskState.SUCCEEDED)
        }
        cancelled = {
            f"s3://b/out/{task.id}"
            for task in tasks
            if task.kind is TaskKind.EXPORT and task.state is TaskState.CANCELLED
        }
        assert done <= set(self.world.exports)
        assert not cancelled & set(self.world.exports) or self.discards_failed
        for data in self.world.graphs.values():
            assert data.count("s3://b/in") <= 1
        for graph in graphs.values():
            assert graph.state not in (GraphState.IMPORTING, GraphState.IMPORTING_NEW)

    async def settled(self) -> dict[str, Any]:
        while True:
            records = await self.everything()
            if all(
                r.state in (SETTLED if r.id.startswith("g-") else SNAPSHOT_SETTLED)
                for r in records.values()
            ) and all(task.state in TASK_SETTLED for task in await self.tasks()):
                return records
            await asyncio.sleep(0.001)

    @invariant()
    def the_watch_agrees_with_the_database(self) -> None:
        if hasattr(self, "plane"):
            for record in self.run(self.everything()).values():
                if record.id.startswith("g-") and record.state in SETTLED:
                    assert self.plane.watch.graph(record.owner, record.id) == record

    def teardown(self) -> None:
        if hasattr(self, "plane"):
            self.rest()
            self.run(self.plane.close())
            self.loop.close()
            shutil.rmtree(self.folder)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
