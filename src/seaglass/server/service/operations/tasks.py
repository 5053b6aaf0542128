"""Operations on import and export tasks. Above: table. Below: control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.server.control.graphs import NewGraph
from seaglass.server.control.task_states import TASK_SETTLED, TaskKind, TaskState
from seaglass.server.control.tasks import NewExport
from seaglass.server.wire import pages

if TYPE_CHECKING:
    from seaglass.server.control.tables import TaskRecord
    from seaglass.server.service.context import Input, Output, Services

# The documented choice where neither limit is given.
MEMORY_DEFAULT = 128
FORMAT_DEFAULT = "CSV"
_IMPORT_MEMBERS = (
    "source",
    "format",
    "parquetType",
    "blankNodeHandling",
    "roleArn",
    "importOptions",
    "failOnError",
)
_EXPORT_MEMBERS = (
    "roleArn",
    "format",
    "destination",
    "kmsKeyIdentifier",
    "parquetType",
    "exportFilter",
)


async def create_graph_using_import_task(services: Services, values: Input) -> Output:
    new = NewGraph(
        name=values["graphName"],
        provisioned_memory=_memory(values),
        replica_count=values.get("replicaCount"),
        public_connectivity=values.get("publicConnectivity"),
        deletion_protection=values.get("deletionProtection"),
        vector_dimension=values.get("vectorSearchConfiguration", {}).get("dimension"),
        key_id=values.get("kmsKeyIdentifier"),
        tags=values.get("tags", {}),
    )
    record = await services.plane.create_graph_by_import(new, _import_request(values))
    return {**import_summary(record), "importOptions": record.request.get("importOptions")}


def _memory(values: Input) -> int:
    """The memory of the graph: the most that is given. Raises: Invalid(illegal_argument)."""
    least = values.get("minProvisionedMemory")
    most = values.get("maxProvisionedMemory")
    if least is not None and most is not None and least > most:
        raise Invalid(
            "illegal_argument",
            f"minProvisionedMemory must be at most maxProvisionedMemory; it is {least}, and that is"
            f" {most}.",
        )
    return int(most or least or MEMORY_DEFAULT)


async def start_import_task(services: Services, values: Input) -> Output:
    record = await services.plane.start_import(values["graphIdentifier"], _import_request(values))
    return {**import_summary(record), "importOptions": record.request.get("importOptions")}


async def get_import_task(services: Services, values: Input) -> Output:
    record = await services.plane.get_task(TaskKind.IMPORT, values["taskIdentifier"])
    return {
        **import_summary(record),
        "importOptions": record.request.get("importOptions"),
        "importTaskDetails": _import_details(services, record),
        "attemptNumber": max(1, record.attempts),
        "statusReason": record.status_reason,
    }


async def list_import_tasks(services: Services, values: Input) -> Output:
    records, following = await _listed(services, values, TaskKind.IMPORT)
    return {"tasks": [import_summary(record) for record in records], "nextToken": following}


async def cancel_import_task(services: Services, values: Input) -> Output:
    return import_summary(
        await services.plane.cancel_task(TaskKind.IMPORT, values["taskIdentifier"])
    )


async def start_export_task(services: Services, values: Input) -> Output:
    if values["format"] == "PARQUET":
        _require(values, "parquetType", "PARQUET")
    request = {name: values[name] for name in _EXPORT_MEMBERS if name in values}
    new = NewExport(values["graphIdentifier"], request, values.get("tags", {}))
    record = await services.plane.start_export(new)
    return {**export_summary(record), "exportFilter": record.request.get("exportFilter")}


async def get_export_task(services: Services, values: Input) -> Output:
    record = await services.plane.get_task(TaskKind.EXPORT, values["taskIdentifier"])
    return {
        **export_summary(record),
        "exportFilter": record.request.get("exportFilter"),
        "exportTaskDetails": {
            **_times(services, record),
            "numVerticesWritten": record.progress.get("nodes", 0),
            "numEdgesWritten": record.progress.get("edges", 0),
        },
    }


async def list_export_tasks(services: Services, values: Input) -> Output:
    records, following = await _listed(services, values, TaskKind.EXPORT)
    return {"tasks": [export_summary(record) for record in records], "nextToken": following}


async def cancel_export_task(services: Services, values: Input) -> Output:
    return export_summary(
        await services.plane.cancel_task(TaskKind.EXPORT, values["taskIdentifier"])
    )


def import_summary(record: TaskRecord) -> Output:
    """Shape an import task as lists have it."""
    return {
        "graphId": record.graph_id,
        "taskId": record.id,
        "source": record.request["source"],
        "format": record.request["format"],
        "parquetType": record.request.get("parquetType"),
        "roleArn": record.request["roleArn"],
        "status": record.state.value,
    }


def export_summary(record: TaskRecord) -> Output:
    """Shape an export task as lists have it."""
    return {
        "graphId": record.graph_id,
        "roleArn": record.request["roleArn"],
        "taskId": record.id,
        "status": record.state.value,
        "format": record.request["format"],
        "destination": record.request["destination"],
        "kmsKeyIdentifier": record.request["kmsKeyIdentifier"],
        "parquetType": record.request.get("parquetType"),
        "statusReason": record.status_reason,
    }


def _import_request(values: Input) -> dict[str, object]:
    """The members of an import that are kept and shown. Raises: Invalid(illegal_argument)."""
    request = {name: values[name] for name in _IMPORT_MEMBERS if name in values}
    request.setdefault("format", FORMAT_DEFAULT)
    if request["format"] == "PARQUET":
        _require(values, "parquetType", "PARQUET")
    if request["format"] == "NTRIPLES":
        _require(values, "blankNodeHandling", "NTRIPLES")
    return request


def _require(values: Input, member: str, file_format: str) -> None:
    if member not in values:
        raise Invalid(
            "illegal_argument", f"The member {member} is required for the format {file_format}."
        )


async def _listed(
    services: Services, values: Input, kind: TaskKind
) -> tuple[list[TaskRecord], str | None]:
    graph_id = values.get("graphIdentifier")
    scope = services.plane.owner.arn(f"List {kind} tasks {graph_id}")
    position = pages.decode(scope, values.get("nextToken"))
    rows_max = values.get("maxResults", pages.PAGE_ROWS_DEFAULT)
    page = await services.plane.list_tasks(kind, graph_id, position, rows_max)
    following = None if page.position is None else pages.encode(scope, page.position)
    return list(page.records), following


def _import_details(services: Services, record: TaskRecord) -> Output:
    told = {TaskState.SUCCEEDED: "SUCCEEDED", TaskState.CANCELLED: "CANCELLED"}
    ended = told.get(record.state, "FAILED")
    return {
        "status": ended if record.state in TASK_SETTLED else "IN_PROGRESS",
        **_times(services, record),
        "errorCount": record.progress.get("errors", 0),
        "errorDetails": record.progress.get("error_details"),
        "statementCount": record.progress.get("statements", 0),
        "dictionaryEntryCount": record.progress.get("dictionary_entries", 0),
    }


def _times(services: Services, record: TaskRecord) -> dict[str, object]:
    started_ms = record.started_ms or record.created_ms
    ended_ms = record.ended_ms or int(services.clock.now() * 1000)
    percent = record.progress.get("percent", 0)
    return {
        "startTime": started_ms / 1000,
        "timeElapsedSeconds": max(0, ended_ms - started_ms) // 1000,
        "progressPercentage": 100 if record.state is TaskState.SUCCEEDED else percent,
    }
