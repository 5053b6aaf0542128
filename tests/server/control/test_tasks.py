"""Import and export tasks on the control plane, with a fleet that does what it is told."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seaglass.base.errors import (
    Conflict,
    Exhausted,
    Invalid,
    NotFound,
    SeaglassError,
    Unavailable,
    Unsupported,
)
from seaglass.server.control import tasks
from seaglass.server.control.lifecycle import GraphState
from seaglass.server.control.ports import IMPORTING
from seaglass.server.control.task_states import (
    TASK_SETTLED,
    TASK_STEPS,
    TaskEvent,
    TaskKind,
    TaskState,
    step_task,
)
from seaglass.server.control.tasks import NewExport
from tests.server.control.support import NEW, SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet
from tests.server.samples import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.settings import Settings
    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.tables import TaskRecord

ROLE = "arn:aws:iam::123456789012:role/r"
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
REQUEST = {"source": "s3://b/in", "format": "CSV", "roleArn": ROLE}
AT_ONCE = replace(SETTINGS, transition_wait_seconds=0.0)


def export(graph_id: str, destination: str = "s3://b/out/") -> NewExport:
    request = {
        "roleArn": ROLE,
        "format": "CSV",
        "destination": destination,
        "kmsKeyIdentifier": KEY,
    }
    return NewExport(graph_id, request, {"a": "b"})


async def made(plane: ControlPlane) -> str:
    graph = await plane.create_graph(NEW)
    await plane.get_graph(graph.id)
    return graph.id


async def ended(plane: ControlPlane, task: TaskRecord) -> TaskRecord:
    while True:
        found = await plane.get_task(task.kind, task.id)
        if found.state in TASK_SETTLED:
            return found


async def gone(plane: ControlPlane, graph_id: str) -> bool:
    try:
        await plane.get_graph(graph_id)
    except NotFound:
        return True
    return False


@pytest.mark.parametrize("kind", TaskKind)
def test_every_pair_has_an_answer_and_settled_states_never_move(kind: TaskKind) -> None:
    used = {TaskState.INITIALIZING, *TASK_STEPS[kind].values()}
    assert {state for state, _ in TASK_STEPS[kind]} <= used
    for state, event in itertools.product(TaskState, TaskEvent):
        step = step_task(kind, state, event)
        if state in TASK_SETTLED or state not in used:
            assert step is None
    for state in used - TASK_SETTLED:
        ends = {step_task(kind, state, e) for e in (TaskEvent.DONE, TaskEvent.FAIL)}
        assert ends <= TASK_SETTLED
    assert step_task(kind, TaskState.CANCELLING, TaskEvent.DONE) is TaskState.CANCELLED
    assert step_task(kind, TaskState.CANCELLING, TaskEvent.FAIL) is TaskState.CANCELLED


def test_every_state_is_a_status_of_the_model() -> None:
    for kind, operation in (
        (TaskKind.IMPORT, "GetImportTask"),
        (TaskKind.EXPORT, "GetExportTask"),
    ):
        output = MODEL.operations[operation].output
        assert output is not None
        status = next(m.shape for m in output.members if m.name == "status")
        known = set(getattr(status, "enum"))  # noqa: B009 - a union of shapes
        assert {state.value for state in TASK_STEPS[kind].values()} <= known


def test_an_import_into_an_empty_graph() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        fleet.job_waits = True
        async with opened(fleet, AT_ONCE) as plane:
            graph = await plane.create_graph(named("social", vector_dimension=8))
            while (await plane.get_graph(graph.id)).state is not GraphState.AVAILABLE:
                pass
            task = await plane.start_import(graph.id, {**REQUEST, "failOnError": False})
            assert (task.state, task.graph_id) == (TaskState.INITIALIZING, graph.id)
            found = await plane.get_task(TaskKind.IMPORT, task.id)
            seen = {found.state}
            while found.state is not TaskState.IMPORTING:
                found = await plane.get_task(TaskKind.IMPORT, task.id)
                seen.add(found.state)
            assert seen <= {TaskState.INITIALIZING, TaskState.ANALYZING_DATA, TaskState.IMPORTING}
            assert found.progress == fleet.job_progress
            assert (await plane.get_graph(graph.id)).state is GraphState.IMPORTING
            with pytest.raises(Conflict, match=f"^{IMPORTING}$"):
                await plane.serving_graph(graph.id)
            for refused in (
                plane.start_import(graph.id, REQUEST),
                plane.start_export(export(graph.id)),
                plane.stop_graph(graph.id),
                plane.create_snapshot(graph.id, "s", {}),
                plane.delete_graph(graph.id, skip_snapshot=True),
            ):
                with pytest.raises(Conflict, match="IMPORTING"):
                    await refused
            fleet.job_waits = False
            done = await ended(plane, task)
            assert (done.state, done.attempts) == (TaskState.SUCCEEDED, 1)
            assert done.progress["percent"] == 100
            assert done.started_ms is not None
            assert done.ended_ms is not None
            assert (await plane.get_graph(graph.id)).state is GraphState.AVAILABLE
            assert fleet.world.graphs[graph.id] == ["s3://b/in"]
            (job,) = fleet.jobs_seen
            assert (job.task_id, job.format) == (task.id, "CSV")
            assert getattr(job, "fail_on_error", None) is False
            with pytest.raises(
                Conflict, match="cannot be cancelled because its status is SUCCEEDED"
            ):
                await plane.cancel_task(TaskKind.IMPORT, task.id)

    run(work())


def test_a_graph_with_data_is_refused_and_never_emptied() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            graph_id = await made(plane)
            fleet.world.graphs[graph_id].append("data")
            with pytest.raises(Conflict, match="has 1 nodes"):
                await plane.start_import(graph_id, REQUEST)
            fleet.world.graphs[graph_id].clear()
            # Somebody writes between the look and the task.
            fleet.hold.add("prepare_import")
            task = await plane.start_import(graph_id, REQUEST)
            fleet.world.graphs[graph_id].append("late")
            fleet.release()
            failed = await ended(plane, task)
            assert failed.state is TaskState.FAILED
            assert "is not empty" in str(failed.status_reason)
            assert fleet.world.graphs[graph_id] == ["late"]
            assert (await plane.get_graph(graph_id)).state is GraphState.AVAILABLE

    run(work())


@pytest.mark.parametrize(
    "error",
    [
        Invalid("illegal_argument", "PARSING_ERROR: bad (file, line 2)"),
        Exhausted("memory", "insufficient memory"),
        RuntimeError("secret"),
    ],
)
@pytest.mark.parametrize("new", [False, True])
def test_a_failed_import(error: Exception, new: bool) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet, AT_ONCE) as plane:
            fleet.refuse["job"] = [error]
            if new:
                fleet.hold.add("delete")
                task = await plane.create_graph_by_import(NEW, REQUEST)
                found = await plane.get_task(task.kind, task.id)
                while found.state is not TaskState.ROLLING_BACK:
                    assert found.state not in TASK_SETTLED
                    found = await plane.get_task(task.kind, task.id)
                assert (await plane.get_graph(task.graph_id)).state is GraphState.DELETING
                fleet.release()
            else:
                graph = await plane.create_graph(NEW)
                while (await plane.get_graph(graph.id)).state is not GraphState.AVAILABLE:
                    pass
                task = await plane.start_import(graph.id, REQUEST)
            failed = await ended(plane, task)
            assert failed.state is TaskState.FAILED
            expected = error.message if isinstance(error, SeaglassError) else "internal"
            assert expected.lower() in str(failed.status_reason).lower()
            assert failed.progress == fleet.job_progress
            if new:
                while not await gone(plane, task.graph_id):
                    pass
                assert fleet.world.graphs == {}
            else:
                graph = await plane.get_graph(task.graph_id)
                assert (graph.state, graph.status_reason) == (GraphState.AVAILABLE, None)
                assert fleet.world.graphs[graph.id] == []

    run(work())


def test_a_graph_made_by_an_import() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            task = await plane.create_graph_by_import(named("filled", tags={"a": "b"}), REQUEST)
            assert task.state is TaskState.INITIALIZING
            assert (await ended(plane, task)).state is TaskState.SUCCEEDED
            graph = await plane.get_graph(task.graph_id)
            assert (graph.name, graph.state) == ("filled", GraphState.AVAILABLE)
            assert fleet.world.graphs == {graph.id: ["s3://b/in"]}
            with pytest.raises(Conflict, match="exists already"):
                await plane.create_graph_by_import(named("filled"), REQUEST)
            fleet.refuse["create"] = [Exhausted("storage", "full")]
            other = await plane.create_graph_by_import(named("other"), REQUEST)
            failed = await ended(plane, other)
            assert (failed.state, failed.status_reason) == (
                TaskState.FAILED,
                "The server's storage is full. Make room there, then try again.",
            )
            assert await gone(plane, other.graph_id)

    run(work())


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_a_cancelled_import(new: bool, late: bool) -> None:
    """Args: late: the data is there before anybody tells the worker"""

    async def work() -> None:
        fleet = FakeFleet()
        fleet.job_waits = True
        async with opened(fleet, AT_ONCE) as plane:
            if new:
                task = await plane.create_graph_by_import(NEW, REQUEST)
            else:
                graph = await plane.create_graph(NEW)
                while (await plane.get_graph(graph.id)).state is not GraphState.AVAILABLE:
                    pass
                task = await plane.start_import(graph.id, REQUEST)
            while (await plane.get_task(task.kind, task.id)).state is not TaskState.IMPORTING:
                pass
            if late:
                cancel = fleet.cancel_job
                fleet.cancel_job = _never  # type: ignore[method-assign]
                told = await plane.cancel_task(task.kind, task.id)
                fleet.job_waits = False
                fleet.cancel_job = cancel  # type: ignore[method-assign]
            else:
                told = await plane.cancel_task(task.kind, task.id)
            assert told.state is TaskState.CANCELLING
            done = await ended(plane, task)
            assert (done.state, done.status_reason) == (TaskState.CANCELLED, None)
            with pytest.raises(Conflict, match="CANCELLED"):
                await plane.cancel_task(task.kind, task.id)
            if new:
                while not await gone(plane, task.graph_id):
                    pass
                assert fleet.world.graphs == {}
            else:
                while (await plane.get_graph(task.graph_id)).state is not GraphState.AVAILABLE:
                    pass
                assert fleet.world.graphs[task.graph_id] == []

    run(work())


async def _never(graph_id: str, task_id: str) -> None:
    del graph_id, task_id


def test_an_export() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            graph_id = await made(plane)
            fleet.world.graphs[graph_id].append("data")
            task = await plane.start_export(export(graph_id))
            assert task.state is TaskState.INITIALIZING
            assert await plane.list_tags(task.owner.arn(f"export-task/{task.id}")) == {"a": "b"}
            done = await ended(plane, task)
            assert (done.state, done.progress) == (
                TaskState.SUCCEEDED,
                {"percent": 100, "nodes": 5, "edges": 6},
            )
            assert fleet.world.exports == {f"s3://b/out/{task.id}": ["data"]}
            (job,) = fleet.jobs_seen
            assert getattr(job, "kms_key", None) == KEY
            fleet.refuse["job"] = [NotFound("label", "NotFound: no label X")]
            failed = await ended(plane, await plane.start_export(export(graph_id)))
            assert (failed.state, failed.status_reason) == (
                TaskState.FAILED,
                "NotFound: no label X",
            )

    run(work())


@pytest.mark.parametrize("late", [False, True])
def test_a_cancelled_export_leaves_nothing(late: bool) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        fleet.job_waits = True
        async with opened(fleet, AT_ONCE) as plane:
            graph = await plane.create_graph(NEW)
            while (await plane.get_graph(graph.id)).state is not GraphState.AVAILABLE:
                pass
            task = await plane.start_export(export(graph.id))
            while (await plane.get_task(task.kind, task.id)).state is not TaskState.EXPORTING:
                pass
            assert (await plane.get_graph(graph.id)).state is GraphState.AVAILABLE
            if late:
                fleet.cancel_job = _never  # type: ignore[method-assign]
            told = await plane.cancel_task(task.kind, task.id)
            assert told.state is TaskState.CANCELLING
            fleet.job_waits = False
            assert (await ended(plane, task)).state is TaskState.CANCELLED
            assert fleet.world.exports == {}

    run(work())


def test_an_export_of_a_graph_that_goes_away() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            graph_id = await made(plane)
            fleet.refuse["job"] = [Unavailable("worker", "ended")]
            fleet.hold.add("discard_export")
            task = await plane.start_export(export(graph_id))
            await plane.stop_graph(graph_id)
            assert (await plane.get_graph(graph_id)).state is GraphState.STOPPED
            fleet.release()
            failed = await ended(plane, task)
            assert failed.state is TaskState.FAILED
            assert failed.status_reason is not None
            with pytest.raises(Conflict, match="STOPPED"):
                await plane.start_export(export(graph_id))

    run(work())


def test_a_worker_that_ends_is_tried_again() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            fleet.refuse["job"] = [Unavailable("worker", "it ended")]
            task = await plane.start_import(await made(plane), REQUEST)
            done = await ended(plane, task)
            assert (done.state, done.attempts) == (TaskState.SUCCEEDED, 2)
            fleet.refuse["job"] = [Unavailable("worker", "it ended")] * 3
            graph = await plane.create_graph(named("other"))
            await plane.get_graph(graph.id)
            failed = await ended(plane, await plane.start_import(graph.id, REQUEST))
            assert (failed.state, failed.attempts) == (TaskState.FAILED, 3)
            assert failed.status_reason == "it ended"

    run(work())


SOURCES = [
    ("arn:aws:rds:us-east-1:123456789012:cluster:c", Unsupported, "neptune-export"),
    ("arn:aws:rds:us-east-1:123456789012:cluster-snapshot:c", Unsupported, "s3://bucket/prefix"),
    ("s3://", Invalid, "is not s3://bucket"),
    ("https://x/y", Invalid, "is not s3://bucket"),
    ("relative/path", Invalid, "is not s3://bucket"),
    ("/etc", Invalid, "allow-local-path"),
    ("file:///etc/passwd", Invalid, "allow-local-path"),
    ("/etc/\0", Invalid, "NUL"),
    ("file:///etc/%00", Invalid, "NUL"),
    ("file://[", Invalid, "no URL"),
]


@pytest.mark.parametrize(("place", "error", "match"), SOURCES)
def test_places_that_are_refused(place: str, error: type[Exception], match: str) -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            graph_id = await made(plane)
            with pytest.raises(error, match=match):
                await plane.start_import(graph_id, {**REQUEST, "source": place})
            with pytest.raises(error, match=match):
                await plane.create_graph_by_import(named("x"), {**REQUEST, "source": place})
            if not place.startswith("arn:"):
                with pytest.raises(error, match=match):
                    await plane.start_export(export(graph_id, place))
            assert (await plane.list_tasks(TaskKind.IMPORT, None, None, 10)).records == []
            assert [g.name for g in (await plane.list_graphs(None, 10)).records] == ["social"]

    run(work())


def test_folders_that_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to("/")
    (tmp_path / "round").symlink_to("round")
    settings: Settings = replace(SETTINGS, local_paths=(tmp_path / "in",))

    async def work() -> None:
        async with opened(FakeFleet(), settings) as plane:
            graph_id = await made(plane)
            for outside in (
                tmp_path,
                tmp_path / "in" / ".." / "x",
                tmp_path / "in" / "out" / "etc",
                tmp_path / "round",
            ):
                with pytest.raises(Invalid, match="in one of these folders"):
                    await plane.start_export(export(graph_id, str(outside)))
            place = f"file://{tmp_path}/in/a%20b"
            task = await plane.start_import(graph_id, {**REQUEST, "source": place})
            assert (await ended(plane, task)).state is TaskState.SUCCEEDED

    run(work())


def test_lists_and_their_pages() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            graph_id = await made(plane)
            wanted: list[Any] = []
            for _ in range(5):
                task = await plane.start_export(export(graph_id))
                await ended(plane, task)
                wanted.append(task.id)
            position, found = None, []
            while True:
                page = await plane.list_tasks(TaskKind.EXPORT, graph_id, position, 2)
                found += [record.id for record in page.records]
                position = page.position
                if position is None:
                    break
            assert sorted(found) == sorted(wanted)
            assert (await plane.list_tasks(TaskKind.IMPORT, None, None, 9)).records == []
            assert (await plane.list_tasks(TaskKind.EXPORT, "g-0000000000", None, 9)).records == []
            await plane.delete_graph(graph_id, skip_snapshot=True)
            assert await gone(plane, graph_id)
            assert len((await plane.list_tasks(TaskKind.EXPORT, graph_id, None, 9)).records) == 5
            with pytest.raises(NotFound, match="Import task t-0000000000 not found"):
                await plane.get_task(TaskKind.IMPORT, "t-0000000000")
            with pytest.raises(NotFound, match="Import task"):
                await plane.get_task(TaskKind.IMPORT, wanted[0])

    run(work())


def test_the_tasks_that_ended_first_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ENDED_KEPT_MAX", 3)

    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            graph_id = await made(plane)
            fleet.hold.add("export_data")
            waits = await plane.start_export(export(graph_id))
            while fleet.loop is None:
                await asyncio.sleep(0.001)
            fleet.hold.clear()
            done = []
            for _ in range(5):
                task = await plane.start_export(export(graph_id))
                done.append(await ended(plane, task))
            other = await plane.start_export(export(graph_id))
            kept = (await plane.list_tasks(TaskKind.EXPORT, None, None, 100)).records
            assert {one.id for one in kept} == {waits.id, *(one.id for one in done[2:]), other.id}
            with pytest.raises(NotFound):
                await plane.get_task(TaskKind.EXPORT, done[0].id)
            arn = f"arn:aws:neptune-graph:us-east-1:123456789012:export-task/{done[0].id}"
            with pytest.raises(NotFound):
                await plane.list_tags(arn)
            fleet.release()
            assert (await ended(plane, waits)).state is TaskState.SUCCEEDED

    run(work())
