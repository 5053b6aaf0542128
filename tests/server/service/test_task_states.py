"""Goal: cancelling a task, and asking its graph for something else, is answered as modelled in every state of it.

Method: boto3 against the real application, on a fleet whose jobs go on until they are told to end.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from seaglass.base.errors import Invalid
from seaglass.base.settings import Settings
from tests.server.service.serving import Served, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLE = "arn:aws:iam::123456789012:role/r"
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
IMPORT = {"source": "s3://b/in", "roleArn": ROLE}
EXPORT = {
    "destination": "s3://b/out", "format": "CSV", "roleArn": ROLE, "kmsKeyIdentifier": KEY,
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[Served]:
    with served(replace(Settings(), transition_wait_seconds=0.05)) as running:
        running.fleet.job_waits = True
        yield running
        running.fleet.release()


def until(wanted: str, told: Callable[[], Any]) -> Any:
    while (found := told())["status"] != wanted:
        time.sleep(0.005)
    return found


def graph_in(server: Served, name: str = "graph") -> str:
    aws = server.client()
    graph = str(aws.create_graph(graphName=name, provisionedMemory=16)["id"])
    until("AVAILABLE", lambda: aws.get_graph(graphIdentifier=graph))
    return graph


def conflict(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    told = caught.value.response
    assert told["Error"]["Code"] == "ConflictException"
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 409
    return str(told["message"])


def importing(server: Served, state: str) -> tuple[str, str]:
    """A graph and its import task in a state."""
    aws, fleet = server.client(), server.fleet
    if state == "INITIALIZING":
        fleet.hold.add("prepare_import")
    if state == "ANALYZING_DATA":
        fleet.job_progress = {"percent": 0, "records": 0}
    if state == "ROLLING_BACK":
        fleet.job_waits = False
        fleet.refuse["job"] = [Invalid("illegal_argument", "line 3 is wrong")]
        fleet.hold.add("delete")
        task = aws.create_graph_using_import_task(graphName="made", **IMPORT)
        return task["graphId"], task["taskId"]
    graph = graph_in(server)
    if state == "FAILED":
        fleet.refuse["job"] = [Invalid("illegal_argument", "line 3 is wrong")]
    fleet.job_waits = state not in ("SUCCEEDED", "FAILED")
    if state == "CANCELLING":
        fleet.hold.add("prepare_import")
    task = str(aws.start_import_task(graphIdentifier=graph, **IMPORT)["taskId"])
    while state == "CANCELLING" and ("prepare_import", graph) not in fleet.calls:
        # Cancelled sooner, it would not wait for anything.
        time.sleep(0.005)
    if state in ("CANCELLING", "CANCELLED"):
        aws.cancel_import_task(taskIdentifier=task)
    return graph, task


@pytest.mark.parametrize("state", ["INITIALIZING", "ANALYZING_DATA", "IMPORTING"])
def test_an_import_that_goes_on_is_cancelled(server: Served, state: str) -> None:
    aws = server.client()
    graph, task = importing(server, state)
    until(state, lambda: aws.get_import_task(taskIdentifier=task))
    # Nothing else happens to its graph meanwhile, and nothing that is refused changes it.
    assert aws.get_graph(graphIdentifier=graph)["status"] == "IMPORTING"
    for call, members in (
        (aws.update_graph, {"provisionedMemory": 32}),
        (aws.reset_graph, {"skipSnapshot": True}),
        (aws.reset_graph, {"skipSnapshot": False}),
        (aws.delete_graph, {"skipSnapshot": True}),
        (aws.delete_graph, {"skipSnapshot": False}),
        (aws.stop_graph, {}),
        (aws.start_graph, {}),
        (aws.create_graph_snapshot, {"snapshotName": "s"}),
        (aws.create_private_graph_endpoint, {}),
        (aws.start_import_task, IMPORT),
        (aws.start_export_task, EXPORT),
    ):
        assert "IMPORTING" in conflict(call, graphIdentifier=graph, **members)
    clone = {"snapshotIdentifier": graph, "graphName": "clone"}
    assert "IMPORTING" in conflict(aws.restore_graph_from_snapshot, **clone)
    query = {"graphIdentifier": graph, "queryString": "RETURN 1", "language": "OPEN_CYPHER"}
    assert conflict(aws.execute_query, **query).startswith("Cannot execute any query until")
    with pytest.raises(ClientError, match="Cannot execute any query until"):
        aws.get_graph_summary(graphIdentifier=graph)
    assert aws.cancel_import_task(taskIdentifier=task)["status"] == "CANCELLING"
    server.fleet.release()
    told = until("CANCELLED", lambda: aws.get_import_task(taskIdentifier=task))
    assert told.get("statusReason") is None
    assert told["importTaskDetails"]["status"] == "CANCELLED"
    until("AVAILABLE", lambda: aws.get_graph(graphIdentifier=graph))
    assert server.fleet.world.graphs[graph] == []
    assert aws.list_graph_snapshots()["graphSnapshots"] == []


@pytest.mark.parametrize(
    "state", ["ROLLING_BACK", "CANCELLING", "CANCELLED", "SUCCEEDED", "FAILED"]
)
def test_an_import_that_does_not_go_on_is_not_cancelled(server: Served, state: str) -> None:
    aws = server.client()
    graph, task = importing(server, state)
    until(state, lambda: aws.get_import_task(taskIdentifier=task))
    for _ in range(2):
        message = conflict(aws.cancel_import_task, taskIdentifier=task)
        assert message == (f"Import task {task} cannot be cancelled because its status is {state}.")
    if state == "ROLLING_BACK":
        assert aws.get_graph(graphIdentifier=graph)["status"] == "DELETING"
        assert "DELETING" in conflict(aws.delete_graph, graphIdentifier=graph, skipSnapshot=True)
        server.fleet.release()
        told = until("FAILED", lambda: aws.get_import_task(taskIdentifier=task))
        assert told["statusReason"] == "line 3 is wrong"
        with pytest.raises(aws.exceptions.ResourceNotFoundException):
            aws.get_graph(graphIdentifier=graph)
    if state == "CANCELLING":
        server.fleet.release()
        until("CANCELLED", lambda: aws.get_import_task(taskIdentifier=task))


def test_a_graph_that_an_import_was_to_make_goes_with_it(server: Served) -> None:
    aws = server.client()
    server.fleet.hold.add("create")
    task = aws.create_graph_using_import_task(graphName="made", **IMPORT)
    graph = {"graphIdentifier": task["graphId"]}
    assert aws.get_graph(**graph)["status"] == "CREATING"
    assert "CREATING" in conflict(aws.delete_graph, **graph, skipSnapshot=True)
    assert "CREATING" in conflict(aws.update_graph, **graph, provisionedMemory=32)
    told = aws.cancel_import_task(taskIdentifier=task["taskId"])
    assert told["status"] == "CANCELLING"
    server.fleet.release()
    until("CANCELLED", lambda: aws.get_import_task(taskIdentifier=task["taskId"]))
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_graph(**graph)
    # Its name is free, and the task is still listed.
    assert aws.create_graph(graphName="made", provisionedMemory=16)["id"]
    assert [one["status"] for one in aws.list_import_tasks()["tasks"]] == ["CANCELLED"]


def test_an_export_that_goes_on_is_cancelled(server: Served) -> None:
    aws, fleet = server.client(), server.fleet
    graph = graph_in(server)
    task = aws.start_export_task(graphIdentifier=graph, **EXPORT)["taskId"]
    until("EXPORTING", lambda: aws.get_export_task(taskIdentifier=task))
    assert aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE"
    assert aws.cancel_export_task(taskIdentifier=task)["status"] == "CANCELLING"
    until("CANCELLED", lambda: aws.get_export_task(taskIdentifier=task))
    assert fleet.world.exports == {}
    message = conflict(aws.cancel_export_task, taskIdentifier=task)
    assert message == f"Export task {task} cannot be cancelled because its status is CANCELLED."


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED"])
def test_an_export_that_has_ended_is_not_cancelled(server: Served, state: str) -> None:
    aws, fleet = server.client(), server.fleet
    graph = graph_in(server)
    fleet.job_waits = False
    if state == "FAILED":
        fleet.refuse["job"] = [Invalid("illegal_argument", "no label X")]
    task = aws.start_export_task(graphIdentifier=graph, **EXPORT)["taskId"]
    until(state, lambda: aws.get_export_task(taskIdentifier=task))
    assert state in conflict(aws.cancel_export_task, taskIdentifier=task)


def test_a_task_of_the_other_kind_is_not_found(server: Served) -> None:
    aws = server.client()
    graph = graph_in(server)
    export = aws.start_export_task(graphIdentifier=graph, **EXPORT)["taskId"]
    for call, task in (
        (aws.cancel_import_task, export),
        (aws.get_import_task, export),
        (aws.cancel_export_task, "t-0123456789"),
        (aws.cancel_import_task, "t-0123456789"),
    ):
        with pytest.raises(aws.exceptions.ResourceNotFoundException):
            call(taskIdentifier=task)
