"""A process that dies at any step of any effect, and the next one on the same database.

Goal: whatever was asked for is brought about, once as far as anybody can see, and no half remains. Method: the fleet's
n-th call never returns (before or after it did its work), the control plane is closed there, and another one with a
fleet that serves nothing opens on the same file and the same data. Every n, until the run passes without a crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import NotFound
from seaglass.server.control.lifecycle import SETTLED, SNAPSHOT_SETTLED
from seaglass.server.control.plane import ControlPlane
from seaglass.server.control.tables import TaskRecord
from seaglass.server.control.task_states import TASK_SETTLED
from seaglass.server.control.tasks import NewExport
from tests.server.control.support import NEW, SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet, World

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.settings import Settings

Deed = Callable[[ControlPlane, str, str], Awaitable[object]]

# deed -> (what is asked for; graphs by name with data and whether they are served; data of snapshots, at the end)
DEEDS: dict[str, tuple[Deed, dict[str, tuple[list[str], bool]], list[list[str]]]] = {
    "create": (
        lambda plane, graph, snapshot: plane.create_graph(named("new")),
        {"social": (["data"], True), "new": ([], True)},
        [["data"]],
    ),
    "restore": (
        lambda plane, graph, snapshot: plane.restore_graph(snapshot, named("new")),
        {"social": (["data"], True), "new": (["data"], True)},
        [["data"]],
    ),
    "clone": (
        lambda plane, graph, snapshot: plane.restore_graph(graph, named("new")),
        {"social": (["data"], True), "new": (["data"], True)},
        [["data"]],
    ),
    "snapshot": (
        lambda plane, graph, snapshot: plane.create_snapshot(graph, "second", {"a": "b"}),
        {"social": (["data"], True)},
        [["data"], ["data"]],
    ),
    "stop": (
        lambda plane, graph, snapshot: plane.stop_graph(graph),
        {"social": (["data"], False)},
        [["data"]],
    ),
    "reset": (
        lambda plane, graph, snapshot: plane.reset_graph(graph, skip_snapshot=True),
        {"social": ([], True)},
        [["data"]],
    ),
    "reset with snapshot": (
        lambda plane, graph, snapshot: plane.reset_graph(graph, skip_snapshot=False),
        {"social": ([], True)},
        [["data"], ["data"]],
    ),
    "delete": (
        lambda plane, graph, snapshot: plane.delete_graph(graph, skip_snapshot=True),
        {},
        [["data"]],
    ),
    "delete with snapshot": (
        lambda plane, graph, snapshot: plane.delete_graph(graph, skip_snapshot=False),
        {},
        [["data"], ["data"]],
    ),
    "delete snapshot": (
        lambda plane, graph, snapshot: plane.delete_snapshot(snapshot),
        {"social": (["data"], True)},
        [],
    ),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("deed", DEEDS)
def test_a_crash_at_every_step(tmp_path: Path, deed: str, when: str) -> None:
    for step in range(1, 10):
        folder = tmp_path / str(step)
        folder.mkdir()
        settings = replace(SETTINGS, database_url=f"sqlite:///{folder}/control.db")
        if not asyncio.run(asyncio.wait_for(crashed(settings, deed, (step, when)), 20)):
            assert step > 1
            return
    raise AssertionError("the deed never ended without a crash")


async def crashed(settings: Settings, deed: str, crash_at: tuple[int, str]) -> bool:
    """Do the deed with a crash at one call, go on in another process, check; False when no crash came."""
    act, graphs, snapshots = DEEDS[deed]
    world = World()
    async with opened(FakeFleet(world), settings) as plane:
        made = await plane.create_graph(NEW)
        await plane.get_graph(made.id)
        world.graphs[made.id].append("data")
        taken = await plane.create_snapshot(made.id, "first", {})
        await plane.get_snapshot(taken.id)
    fleet = FakeFleet(world)
    async with opened(fleet, settings) as plane:
        await plane.get_graph(made.id)
        fleet.calls.clear()
        fleet.crash_at = crash_at
        await act(plane, made.id, taken.id)
        ended = asyncio.create_task(settled(plane))
        died = asyncio.create_task(fleet.crashed.wait())
        await asyncio.wait((ended, died), return_when=asyncio.FIRST_COMPLETED)
        came = died.done()
        ended.cancel()
        died.cancel()
    fleet = FakeFleet(world)
    async with opened(fleet, settings) as plane:
        await settled(plane)
        found = {
            record.name: (world.graphs[record.id], record.id in fleet.served)
            for record in (await plane.list_graphs(None, 100)).records
        }
        assert found == graphs
        assert len(world.graphs) == len(graphs)
        kept = (await plane.list_snapshots(None, None, 100)).records
        assert sorted(world.snapshots) == sorted(record.id for record in kept)
        assert sorted(data for _, data in world.snapshots.values()) == snapshots
    return came


async def settled(plane: ControlPlane) -> None:
    """Wait until nothing is in transition; nothing may have failed."""
    while True:
        graphs = (await plane.list_graphs(None, 100)).records
        snapshots = (await plane.list_snapshots(None, None, 100)).records
        assert "FAILED" not in {record.state.value for record in (*graphs, *snapshots)}
        if all(g.state in SETTLED for g in graphs) and all(
            s.state in SNAPSHOT_SETTLED for s in snapshots
        ):
            return
        for record in graphs:
            if record.state not in SETTLED:
                try:
                    await plane.get_graph(record.id)
                except NotFound:
                    continue
        await asyncio.sleep(0)


def test_graphs_are_started_again_and_stopped_ones_are_not(tmp_path: Path) -> None:
    async def work() -> None:
        settings = replace(SETTINGS, database_url=f"sqlite:///{tmp_path}/control.db")
        world = World()
        async with opened(FakeFleet(world), settings) as plane:
            on = await plane.create_graph(named("on"))
            off = await plane.create_graph(named("off"))
            await plane.get_graph(off.id)
            await plane.stop_graph(off.id)
            await plane.get_graph(off.id)
            await plane.get_graph(on.id)
        fleet = FakeFleet(world)
        fleet.hold.add("start")
        async with opened(fleet, settings) as plane:
            assert plane.watch.named(plane.owner, "on") is not None
            fleet.release()
            assert (await plane.serving_graph(on.id)).id == on.id
            assert fleet.served == {on.id}
            assert (await plane.get_graph(off.id)).state.value == "STOPPED"

    run(work())


REQUEST = {"source": "s3://b/in", "format": "CSV", "roleArn": "arn:aws:iam::123456789012:role/r"}
EXPORT = {**REQUEST, "destination": "s3://b/out", "kmsKeyIdentifier": "arn:aws:kms:x"}
TaskDeed = Callable[[ControlPlane, str], Awaitable[TaskRecord]]


async def cancelled(plane: ControlPlane, task: TaskRecord) -> TaskRecord:
    return await plane.cancel_task(task.kind, task.id)


async def cancelled_import(plane: ControlPlane, graph: str) -> TaskRecord:
    return await cancelled(plane, await plane.start_import(graph, REQUEST))


async def cancelled_new(plane: ControlPlane, graph: str) -> TaskRecord:
    return await cancelled(plane, await plane.create_graph_by_import(named("new"), REQUEST))


async def cancelled_export(plane: ControlPlane, graph: str) -> TaskRecord:
    return await cancelled(plane, await plane.start_export(NewExport(graph, EXPORT, {})))


# deed -> (what is asked for; how its task ends; data of graphs by name; whether there are files of an export)
TASK_DEEDS: dict[str, tuple[TaskDeed, str, dict[str, list[str]], bool]] = {
    "import": (
        lambda plane, graph: plane.start_import(graph, REQUEST),
        "SUCCEEDED",
        {"social": ["s3://b/in"]},
        False,
    ),
    "import into a new graph": (
        lambda plane, graph: plane.create_graph_by_import(named("new"), REQUEST),
        "SUCCEEDED",
        {"social": [], "new": ["s3://b/in"]},
        False,
    ),
    "export": (
        lambda plane, graph: plane.start_export(NewExport(graph, EXPORT, {})),
        "SUCCEEDED",
        {"social": []},
        True,
    ),
    "import, cancelled": (cancelled_import, "CANCELLED", {"social": []}, False),
    "import into a new graph, cancelled": (cancelled_new, "CANCELLED", {"social": []}, False),
    "export, cancelled": (cancelled_export, "CANCELLED", {"social": []}, False),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("deed", TASK_DEEDS)
def test_a_crash_at_every_step_of_a_task(tmp_path: Path, deed: str, when: str) -> None:
    for step in range(1, 10):
        folder = tmp_path / str(step)
        folder.mkdir()
        settings = replace(SETTINGS, database_url=f"sqlite:///{folder}/control.db")
        if not asyncio.run(asyncio.wait_for(task_crashed(settings, deed, (step, when)), 20)):
            assert step > 1
            return
    raise AssertionError("the deed never ended without a crash")


async def task_crashed(settings: Settings, deed: str, crash_at: tuple[int, str]) -> bool:
    """As `crashed`, for what ends a task."""
    act, end, graphs, exported = TASK_DEEDS[deed]
    world = World()
    fleet = FakeFleet(world)
    async with opened(fleet, settings) as plane:
        made = await plane.create_graph(NEW)
        await plane.get_graph(made.id)
        fleet.calls.clear()
        fleet.crash_at = crash_at
        task = await act(plane, made.id)
        ended = asyncio.create_task(task_settled(plane, task))
        died = asyncio.create_task(fleet.crashed.wait())
        await asyncio.wait((ended, died), return_when=asyncio.FIRST_COMPLETED)
        came = died.done()
        ended.cancel()
        died.cancel()
    async with opened(FakeFleet(world), settings) as plane:
        assert (await task_settled(plane, task)).state == end
        await settled(plane)
        found = {
            record.name: world.graphs[record.id]
            for record in (await plane.list_graphs(None, 100)).records
        }
        assert found == graphs
        assert len(world.graphs) == len(graphs)
        assert list(world.exports) == ([f"s3://b/out/{task.id}"] if exported else [])
    return came


async def task_settled(plane: ControlPlane, task: TaskRecord) -> TaskRecord:
    while True:
        found = await plane.get_task(task.kind, task.id)
        if found.state in TASK_SETTLED:
            return found
