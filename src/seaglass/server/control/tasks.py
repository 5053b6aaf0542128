"""Import and export tasks of the control plane: what each request does to rows, in one transaction.

Above: plane, jobs, reconcile. Below: graphs, task_states, tables, effects, tags. An import task moves
together with its graph, which is IMPORTING until one effect ends both. An export leaves its graph
alone: it has an effect of its own.

    StartImportTask              graph AVAILABLE -> IMPORTING; IMPORT
    CreateGraphUsingImportTask   a graph is made (CREATE), then filled (IMPORT); without the data it is
                                 removed (DELETE), and only then the task has failed
    StartExportTask              EXPORT
    Cancel...                    CANCELLING; the effect in the outbox ends sooner
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from seaglass.base.errors import Conflict, Invalid, NotFound, Unsupported
from seaglass.base.ids import new_task_id
from seaglass.base.places import is_below, path_text
from seaglass.server.control import effects, graphs, tags
from seaglass.server.control.lifecycle import SERVING, SHOWN, Effect, GraphEvent, step_graph
from seaglass.server.control.statements import changed_row, new_row, rows_of, without
from seaglass.server.control.tables import TASKS, Page, TaskRecord, page_of, task_of, task_values
from seaglass.server.control.task_states import (
    TASK_SETTLED,
    TaskEvent,
    TaskKind,
    TaskState,
    step_task,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.owner import Owner
    from seaglass.server.control.graphs import NewGraph
    from seaglass.server.control.store import Transaction
    from seaglass.server.control.tables import GraphRecord

BUCKET_SCHEME = "s3://"
DATABASE_SOURCE = "arn:"
# Of an owner, the tasks that are kept after their end, and how many more are removed at once.
ENDED_KEPT_MAX = 10_000
ENDED_REMOVED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class NewExport:
    """What StartExportTask says. Args: request: its members as they will be shown"""

    graph_id: str
    request: Mapping[str, Any]
    tags: Mapping[str, str]


def get(transaction: Transaction, kind: TaskKind, task_id: str) -> TaskRecord:
    """Read a task of a kind. Raises: NotFound(task)."""
    wanted = {"id": task_id, "kind": kind.value, **transaction.visible}
    row = transaction.connection.execute(rows_of(TASKS, *wanted), wanted).first()
    if row is None:
        raise NotFound("task", f"{kind.value.capitalize()} task {task_id} not found.")
    return task_of(row)


def of_effect(transaction: Transaction, task_id: str) -> TaskRecord:
    """Read the task of an effect, which is not removed before its end."""
    wanted = {"id": task_id}
    row = transaction.connection.execute(rows_of(TASKS, *wanted), wanted).one()
    return task_of(row)


def listed(
    transaction: Transaction,
    kind: TaskKind,
    graph_id: str | None,
    position: str | None,
    rows_max: int,
) -> Page[TaskRecord]:
    """Read a page of all tasks of a kind, or of one graph's; a graph that is gone keeps its tasks."""
    filters = {"kind": kind.value, **transaction.visible}
    if graph_id is not None:
        filters["graph_id"] = graph_id
    rows, following = page_of(transaction.connection, TASKS, filters, position, rows_max)
    return Page([task_of(row) for row in rows], following)


def start_import(transaction: Transaction, graph_id: str, request: Mapping[str, Any]) -> TaskRecord:
    """Begin to fill a graph. Raises: NotFound(graph); Conflict(state); Invalid, Unsupported."""
    graph = graphs.get(transaction, graph_id)
    check_source(transaction, request)
    if step_graph(graph.state, GraphEvent.IMPORT) is None:
        raise graphs.refused(graph, GraphEvent.IMPORT)
    record = _new(transaction, TaskKind.IMPORT, graph, new_task_id(transaction.rng), request)
    graphs.move(transaction, graph, GraphEvent.IMPORT, None, reason=None, task_id=record.id)
    return record


def create_graph(transaction: Transaction, new: NewGraph, request: Mapping[str, Any]) -> TaskRecord:
    """Add a graph, and begin to fill it. Raises: as graphs.create; Invalid, Unsupported."""
    check_source(transaction, request)
    task_id = new_task_id(transaction.rng)
    graph = graphs.create_to_import(transaction, new, task_id)
    return _new(transaction, TaskKind.IMPORT, graph, task_id, request)


def start_export(transaction: Transaction, new: NewExport) -> TaskRecord:
    """Begin to export a graph. Raises: NotFound(graph); Conflict(state); Invalid."""
    graph = graphs.get(transaction, new.graph_id)
    _check_place(transaction, new.request["destination"], "destination")
    if graph.state not in SERVING:
        raise Conflict(
            "state",
            f"Graph {graph.id} cannot be exported because its status is {SHOWN[graph.state]}; it "
            "must be AVAILABLE.",
        )
    task_id = new_task_id(transaction.rng)
    record = _new(transaction, TaskKind.EXPORT, graph, task_id, new.request)
    tags.write(transaction, record.id, new.tags)
    effects.put(transaction, Effect.EXPORT, None, None, record.id)
    return record


def cancel(transaction: Transaction, kind: TaskKind, task_id: str) -> TaskRecord:
    """Have a task end. Raises: NotFound(task); Conflict(state) for one that has ended."""
    record = get(transaction, kind, task_id)
    moved = move(transaction, record, TaskEvent.CANCEL, reason=record.status_reason)
    if moved is None:
        raise Conflict(
            "state",
            f"{kind.value.capitalize()} task {task_id} cannot be cancelled because its status is "
            f"{record.state}.",
        )
    return moved


def move(
    transaction: Transaction, record: TaskRecord, event: TaskEvent, *, reason: str | None
) -> TaskRecord | None:
    """Take a task through an event; None when its state forbids it, and then nothing is changed."""
    state = step_task(record.kind, record.state, event)
    if state is None:
        return None
    ended_ms = transaction.now_ms if state in TASK_SETTLED else None
    return put(transaction, replace(record, state=state, status_reason=reason, ended_ms=ended_ms))


def begin_attempt(transaction: Transaction, task_id: str) -> TaskRecord:
    """Count another try of a task's job."""
    record = of_effect(transaction, task_id)
    started_ms = record.started_ms or transaction.now_ms
    return put(transaction, replace(record, attempts=record.attempts + 1, started_ms=started_ms))


def put(transaction: Transaction, record: TaskRecord) -> TaskRecord:
    """Write over a row."""
    values = {**task_values(record), "row_id": record.id}
    transaction.connection.execute(changed_row(TASKS), values)
    transaction.subjects.add(record.id)
    return record


def check_source(transaction: Transaction, request: Mapping[str, Any]) -> None:
    """Refuse a source that cannot be read here. Raises: Invalid(illegal_argument); Unsupported."""
    source = str(request["source"])
    if source.startswith(DATABASE_SOURCE):
        raise Unsupported(
            "unsupported_operation",
            f"The source {source[:200]} is a Neptune Database cluster or snapshot, which only AWS can "
            "read. Export it to Amazon S3 with the neptune-export utility, and import from there "
            "(s3://bucket/prefix, format CSV).",
        )
    _check_place(transaction, source, "source")


def _check_place(transaction: Transaction, place: str, member: str) -> None:
    """Refuse a place for files that is not in S3 and not in an allowed folder."""
    if place.startswith(BUCKET_SCHEME) and place != BUCKET_SCHEME:
        return
    folders = transaction.settings.local_paths
    text = path_text(place)
    if text.startswith("/") and is_below(Path(text), folders):
        return
    told = ", ".join(map(str, folders))
    local = f" or a path in one of these folders: {told}" if folders else ""
    raise Invalid(
        "illegal_argument",
        f"The {member} {place[:200]!r} is not s3://bucket/prefix{local}. Start the server with "
        "--allow-local-path DIR to allow files of its machine.",
    )


def _new(
    transaction: Transaction,
    kind: TaskKind,
    graph: GraphRecord,
    task_id: str,
    request: Mapping[str, Any],
) -> TaskRecord:
    record = TaskRecord(
        id=task_id,
        account_id=graph.account_id,
        region=graph.region,
        kind=kind,
        graph_id=graph.id,
        state=TaskState.INITIALIZING,
        status_reason=None,
        created_ms=transaction.now_ms,
        started_ms=None,
        ended_ms=None,
        attempts=0,
        request=request,
        progress={},
    )
    _remove_oldest(transaction, record.owner)
    transaction.connection.execute(new_row(TASKS), task_values(record))
    transaction.subjects.add(record.id)
    return record


def _remove_oldest(transaction: Transaction, owner: Owner) -> None:
    """Forget the tasks of an owner that ended before all that are kept."""
    columns = TASKS.c
    ended = (
        select(columns.id)
        .where(columns.account_id == owner.account_id, columns.region == owner.region)
        .where(columns.state.in_([state.value for state in TASK_SETTLED]))
        .order_by(columns.ended_ms.desc(), columns.id)
        .offset(ENDED_KEPT_MAX)
        .limit(ENDED_REMOVED_MAX)
    )
    for task_id in transaction.connection.execute(ended).scalars().all():
        transaction.connection.execute(without(TASKS, "id"), {"id": task_id})
        tags.remove_all(transaction, task_id)
