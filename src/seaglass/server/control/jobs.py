"""What import and export tasks do on the fleet, from the first try to the outcome.

Above: reconcile. Below: tasks, effects, ports, store. An import is all or nothing in the graph's worker. So that
it may be repeated after a crash, its task says which of three things is so:

    INITIALIZING              nobody has looked at the graph yet: it must be empty, or the task fails
    ANALYZING_DATA, IMPORTING it was empty and has refused all queries since: what it has now, an
                              earlier try has brought, whose outcome was lost
    CANCELLING                nothing more is brought

An export writes the same files again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Forbidden, Interrupted, Invalid, SeaglassError
from seaglass.server.control import effects, graphs, tasks
from seaglass.server.control.lifecycle import COMING, SERVING, SHOWN, Effect, GraphState
from seaglass.server.control.ports import ExportJob, ImportJob
from seaglass.server.control.task_states import TASK_SETTLED, TaskEvent, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.control.ports import Fleet
    from seaglass.server.control.store import ControlStore, Transaction
    from seaglass.server.control.tables import GraphRecord, TaskRecord
    from seaglass.server.control.watch import Watch

CANCELLED = "The task was cancelled."
# How long an export waits for its graph after the server has started.
SERVING_SECONDS_MAX = 600.0


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of all tasks. Attributes: progress: of those that run, by task"""

    store: ControlStore
    fleet: Fleet
    watch: Watch
    progress: dict[str, Mapping[str, Any]]

    async def cancel(self, task: TaskRecord) -> None:
        """Tell the worker; when there is none, the next try reads what the task says."""
        try:
            await self.fleet.cancel_job(task.graph_id, task.id)
        except SeaglassError:
            return

    async def run_import(self, graph: GraphRecord, task_id: str) -> None:
        """Try to fill a graph. Raises: why it could not be; Interrupted(cancelled)."""
        await self.fleet.start(graph.id, graph.key_id, graph.vector_dimension)
        task = await self.store.run(lambda t: tasks.begin_attempt(t, task_id))
        _refuse_cancelled(task)
        if await self.fleet.prepare_import(graph.id):
            if task.state is not TaskState.INITIALIZING:
                # All of it is there, or nothing would be.
                return
            raise Invalid(
                "illegal_argument",
                f"Graph {graph.id} is not empty. A bulk import fills an empty graph: reset it, or "
                "use CALL neptune.load.",
            )
        await self.store.run(lambda t: _step(t, task_id, TaskEvent.BEGIN))
        job = ImportJob(
            task_id=task_id,
            source=task.request["source"],
            format=task.request.get("format", "CSV"),
            fail_on_error=task.request.get("failOnError", True),
        )
        await self._run(task_id, self.fleet.import_data(graph.id, job, self._told_import(task_id)))

    async def run_export(self, task_id: str) -> None:
        """Try to export a graph. Raises: why it could not be; Interrupted(cancelled)."""
        task = await self.store.run(lambda t: tasks.begin_attempt(t, task_id))
        await self._wait_until_serving(task)
        job = ExportJob(
            task_id=task_id,
            destination=task.request["destination"].rstrip("/") + f"/{task_id}",
            format=task.request["format"],
            filter=task.request.get("exportFilter"),
            kms_key=task.request["kmsKeyIdentifier"],
        )
        # A try that did not end has left files.
        if task.attempts > 1 or task.state is TaskState.CANCELLING:
            await self._discard(task, job)
        _refuse_cancelled(task)
        await self.store.run(lambda t: _step(t, task_id, TaskEvent.BEGIN))

        async def told(progress: Mapping[str, Any]) -> None:
            self.progress[task_id] = progress

        await self._run(task_id, self.fleet.export_data(task.graph_id, job, told))

    async def _discard(self, task: TaskRecord, job: ExportJob) -> None:
        """Remove files of before; who may write somewhere may not always delete there."""
        with suppress(Forbidden):
            await self.fleet.discard_export(task.graph_id, job)

    def _told_import(self, task_id: str) -> Any:
        loading = False

        async def told(progress: Mapping[str, Any]) -> None:
            nonlocal loading
            self.progress[task_id] = progress
            if not loading and progress.get("records"):
                loading = True
                await self.store.run(lambda t: _step(t, task_id, TaskEvent.LOAD))

        return told

    async def _run(self, task_id: str, work: Any) -> None:
        """Keep what is known of a job, however it ends."""
        try:
            await work
        finally:
            known = self.progress.pop(task_id, None)
            if known is not None:
                await self.store.run(lambda t: _keep(t, task_id, known))

    async def _wait_until_serving(self, task: TaskRecord) -> None:
        """Return when the graph answers. Raises: NotFound(graph); Invalid when it will not."""

        async def come() -> bool:
            return (await self._graph(task)).state not in COMING

        await self.watch.wait(task.graph_id, come, SERVING_SECONDS_MAX)
        graph = await self._graph(task)
        if graph.state not in SERVING:
            # Not a conflict, which would be tried again.
            raise Invalid(
                "illegal_argument",
                f"Graph {graph.id} cannot be exported because its status is {SHOWN[graph.state]}; it "
                "must be AVAILABLE.",
            )

    async def _graph(self, task: TaskRecord) -> GraphRecord:
        return await self.store.run(lambda t: graphs.get(t, task.graph_id))


def conclude_export(transaction: Transaction, task_id: str, reason: str | None) -> None:
    """Commit the outcome of an export: None means done, a text says why it failed."""
    task = tasks.of_effect(transaction, task_id)
    if reason is None and task.state is TaskState.CANCELLING:
        # It was done before anybody told it to end: another try removes the files.
        effects.put(transaction, Effect.EXPORT, None, None, task_id)
        return
    event = TaskEvent.DONE if reason is None else TaskEvent.FAIL
    tasks.move(transaction, task, event, reason=_told_reason(task, reason))


def conclude_with_graph(
    transaction: Transaction, task_id: str, graph: GraphRecord, reason: str | None
) -> bool:
    """Commit what an effect of a graph means for the task that it belongs to.

    Args: graph: as it is after the effect
    Returns: whether the task has ended
    """
    task = tasks.of_effect(transaction, task_id)
    if graph.state in (GraphState.IMPORTING_NEW, GraphState.EMPTYING):
        return False
    if graph.state is GraphState.DELETING:
        told = task.status_reason if reason is None else reason
        tasks.move(transaction, task, TaskEvent.ROLL_BACK, reason=_told_reason(task, told))
        return False
    if task.state is TaskState.ROLLING_BACK:
        # Whether its graph could be removed or not, why it failed is what people want to know.
        tasks.move(transaction, task, TaskEvent.DONE, reason=task.status_reason)
        return True
    event = TaskEvent.DONE if reason is None else TaskEvent.FAIL
    moved = tasks.move(transaction, task, event, reason=_told_reason(task, reason))
    assert moved is not None
    assert moved.state in TASK_SETTLED
    return True


def _told_reason(task: TaskRecord, reason: str | None) -> str | None:
    """Nobody needs a reason for what they asked for."""
    return None if task.state is TaskState.CANCELLING else reason


def _refuse_cancelled(task: TaskRecord) -> None:
    if task.state is TaskState.CANCELLING:
        raise Interrupted("cancelled", CANCELLED)


def _step(transaction: Transaction, task_id: str, event: TaskEvent) -> None:
    task = tasks.of_effect(transaction, task_id)
    tasks.move(transaction, task, event, reason=task.status_reason)


def _keep(transaction: Transaction, task_id: str, progress: Mapping[str, Any]) -> None:
    tasks.put(transaction, replace(tasks.of_effect(transaction, task_id), progress=progress))
