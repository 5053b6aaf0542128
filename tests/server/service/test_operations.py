"""The served operations with an unmodified AWS client: every member, every modelled error."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from seaglass.base.errors import (
    Conflict,
    Corrupt,
    Exhausted,
    Interrupted,
    Invalid,
    NotFound,
    Throttled,
)
from seaglass.base.settings import Quotas, Settings
from seaglass.server.control.ports import ExportJob
from tests.server.service.serving import Served, served

GRAPH_MEMBERS = {
    "id",
    "name",
    "arn",
    "status",
    "createTime",
    "provisionedMemory",
    "endpoint",
    "publicConnectivity",
    "replicaCount",
    "kmsKeyIdentifier",
    "deletionProtection",
    "buildNumber",
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"


def members(answer: dict[str, Any]) -> set[str]:
    return set(answer) - {"ResponseMetadata"}


def made(aws: Any, name: str, **values: Any) -> str:
    """A graph that answers."""
    graph_id = aws.create_graph(graphName=name, provisionedMemory=16, **values)["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=graph_id)
    return str(graph_id)


def refused(call: Any, **values: Any) -> dict[str, Any]:
    """What the client raises, as it reads it."""
    with pytest.raises(ClientError) as error:
        call(**values)
    return {**error.value.response, "typed": type(error.value).__name__}


def test_a_graph_has_every_member(server: Served) -> None:
    aws = server.client()
    created = aws.create_graph(
        graphName="members",
        provisionedMemory=32,
        tags={"team": "x"},
        publicConnectivity=True,
        kmsKeyIdentifier=KEY,
        vectorSearchConfiguration={"dimension": 8},
        replicaCount=0,
        deletionProtection=True,
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert created["ResponseMetadata"]["RequestId"]
    assert members(created) == GRAPH_MEMBERS | {"vectorSearchConfiguration"}
    graph_id = created["id"]
    assert created["status"] == "CREATING"
    assert created["arn"] == f"arn:aws:neptune-graph:us-east-1:123456789012:graph/{graph_id}"
    assert created["endpoint"] == f"{graph_id}.us-east-1.neptune-graph.amazonaws.com"
    assert created["vectorSearchConfiguration"] == {"dimension": 8}
    assert (created["replicaCount"], created["kmsKeyIdentifier"]) == (0, KEY)
    aws.get_waiter("graph_available").wait(graphIdentifier=graph_id)
    got = aws.get_graph(graphIdentifier=graph_id)
    same = members(got) - {"status"}
    assert {k: got[k] for k in same} == {k: created[k] for k in same}
    listed = [g for g in aws.list_graphs()["graphs"] if g["id"] == graph_id]
    short = {"id", "name", "arn", "status", "provisionedMemory", "publicConnectivity", "endpoint"}
    short |= {"replicaCount", "kmsKeyIdentifier", "deletionProtection"}
    assert listed == [{k: got[k] for k in short}]
    protected = refused(aws.delete_graph, graphIdentifier=graph_id, skipSnapshot=True)
    assert protected["typed"] == "ConflictException"
    assert protected["Error"]["Message"] == (
        f"Graph {graph_id} cannot be deleted because deletion protection is enabled."
    )
    updated = aws.update_graph(graphIdentifier=graph_id, deletionProtection=False)
    assert (updated["status"], updated["deletionProtection"]) == ("UPDATING", False)
    deleted = aws.delete_graph(graphIdentifier=graph_id, skipSnapshot=True)
    assert deleted["status"] == "DELETING"
    aws.get_waiter("graph_deleted").wait(graphIdentifier=graph_id)


def test_defaults(server: Served) -> None:
    aws = server.client()
    got = aws.get_graph(graphIdentifier=made(aws, "defaults"))
    assert members(got) == GRAPH_MEMBERS
    assert (got["replicaCount"], got["publicConnectivity"], got["deletionProtection"]) == (
        1,
        False,
        False,
    )
    assert got["kmsKeyIdentifier"] == "AWS_OWNED_KEY"


def test_a_graph_that_is_being_loaded_says_how_far_it_is(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "loading")
    server.fleet.resident[graph_id] = (33, 99)
    reason = aws.get_graph(graphIdentifier=graph_id)["statusReason"]
    assert "33 % of it is in memory" in reason
    del server.fleet.resident[graph_id]
    assert "statusReason" not in aws.get_graph(graphIdentifier=graph_id)


def test_stop_start_reset(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "stops")
    assert aws.stop_graph(graphIdentifier=graph_id)["status"] == "STOPPING"
    aws.get_waiter("graph_stopped").wait(graphIdentifier=graph_id)
    again = refused(aws.stop_graph, graphIdentifier=graph_id)
    assert again["typed"] == "ConflictException"
    assert "reason" not in again
    query = refused(
        aws.execute_query, graphIdentifier=graph_id, queryString="RETURN 1", language="OPEN_CYPHER"
    )
    assert query["typed"] == "ConflictException"
    summary = refused(aws.get_graph_summary, graphIdentifier=graph_id)
    assert summary["typed"] == "ValidationException"
    assert aws.start_graph(graphIdentifier=graph_id)["status"] == "STARTING"
    aws.get_waiter("graph_available").wait(graphIdentifier=graph_id)
    assert aws.reset_graph(graphIdentifier=graph_id, skipSnapshot=False)["status"] == "RESETTING"
    aws.get_waiter("graph_available").wait(graphIdentifier=graph_id)
    (kept,) = aws.list_graph_snapshots(graphIdentifier=graph_id)["graphSnapshots"]
    assert kept["name"].startswith("before-reset-stops-")


def test_snapshots_and_restore(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "source")
    created = aws.create_graph_snapshot(
        graphIdentifier=graph_id, snapshotName="before-lunch", tags={"k": "v"}
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert members(created) == {
        "id",
        "name",
        "arn",
        "sourceGraphId",
        "snapshotCreateTime",
        "status",
        "kmsKeyIdentifier",
    }
    snapshot_id = created["id"]
    aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=snapshot_id)
    got = aws.get_graph_snapshot(snapshotIdentifier=snapshot_id)
    assert got["status"] == "AVAILABLE"
    assert aws.get_graph(graphIdentifier=graph_id)["status"] == "AVAILABLE"
    assert aws.list_tags_for_resource(resourceArn=created["arn"])["tags"] == {"k": "v"}
    restored = aws.restore_graph_from_snapshot(
        snapshotIdentifier=snapshot_id, graphName="restored", tags={"from": "snapshot"}
    )
    assert restored["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert members(restored) == GRAPH_MEMBERS | {"sourceSnapshotId"}
    assert restored["provisionedMemory"] == 16
    aws.get_waiter("graph_available").wait(graphIdentifier=restored["id"])
    taken = refused(
        aws.create_graph_snapshot, graphIdentifier=graph_id, snapshotName="before-lunch"
    )
    assert taken["typed"] == "ConflictException"
    assert aws.delete_graph_snapshot(snapshotIdentifier=snapshot_id)["status"] == "DELETING"
    aws.get_waiter("graph_snapshot_deleted").wait(snapshotIdentifier=snapshot_id)
    aws.delete_graph(graphIdentifier=graph_id, skipSnapshot=False)
    aws.get_waiter("graph_deleted").wait(graphIdentifier=graph_id)
    (final,) = aws.list_graph_snapshots(graphIdentifier=graph_id)["graphSnapshots"]
    assert final["name"].startswith("final-source-")


def test_tags(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "tagged", tags={"a": "1"})
    arn = aws.get_graph(graphIdentifier=graph_id)["arn"]
    aws.tag_resource(resourceArn=arn, tags={"b": "2", "c/d": ""})
    aws.untag_resource(resourceArn=arn, tagKeys=["a", "c/d"])
    assert aws.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    reserved = refused(aws.tag_resource, resourceArn=arn, tags={"aws:x": "1"})
    assert reserved["typed"] == "ValidationException"
    unknown = refused(aws.list_tags_for_resource, resourceArn=arn[:-10] + "0" * 10)
    assert unknown["typed"] == "ResourceNotFoundException"


def test_pagination(server: Served) -> None:
    aws = server.client()
    names = {f"page-{n}" for n in range(5)}
    graph_id = ""
    for name in names:
        graph_id = made(aws, name)
    for size in (1, 2, 100):
        pages = aws.get_paginator("list_graphs").paginate(PaginationConfig={"PageSize": size})
        listed = [g["name"] for page in pages for g in page["graphs"]]
        assert len(listed) == len(set(listed))
        assert names <= set(listed)
    for n in range(3):
        aws.create_graph_snapshot(graphIdentifier=graph_id, snapshotName=f"page-{n}")
        aws.get_graph(graphIdentifier=graph_id)
    pages = aws.get_paginator("list_graph_snapshots").paginate(
        graphIdentifier=graph_id, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["graphSnapshots"]) for page in pages] == [2, 1]
    token = aws.list_graphs(maxResults=1)["nextToken"]
    for call in (aws.list_graphs, aws.list_graph_snapshots):
        bad = refused(call, nextToken=token + "x")
        assert bad["Error"]["Code"] == "ValidationException"
        assert "nextToken" in bad["Error"]["Message"]
    assert refused(aws.list_graph_snapshots, nextToken=token)["Error"]["Code"] == (
        "ValidationException"
    )


def test_a_query(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "queried")
    reply = aws.execute_query(
        graphIdentifier=graph_id,
        queryString="RETURN $a",
        language="OPEN_CYPHER",
        parameters={"a": [1, 2.5, None, True, {"x": "y"}]},
        planCache="AUTO",
        queryTimeoutMilliseconds=10_000_000_000,
    )
    assert reply["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert json.loads(reply["payload"].read()) == {"results": [{"a": 1}]}
    seen = server.fleet.queries_seen[-1]
    assert (seen.text, seen.parameters) == ("RETURN $a", {"a": [1, 2.5, None, True, {"x": "y"}]})
    assert seen.timeout_ms == 3_600_000
    assert (seen.explain, seen.plan_cache) == (None, "AUTO")


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (Invalid("malformed_query", "x (line 1)"), "ValidationException", "MALFORMED_QUERY"),
        (Interrupted("timeout", "x"), "UnprocessableException", "QUERY_TIMEOUT"),
        (Exhausted("memory", "x"), "UnprocessableException", "MEMORY_LIMIT_EXCEEDED"),
        (Conflict("concurrent", "x"), "ConflictException", "CONCURRENT_MODIFICATION"),
        (Throttled("queries", "x"), "ThrottlingException", None),
        (Corrupt("corrupt", "x"), "InternalServerException", None),
    ],
)
def test_errors_of_a_query(server: Served, error: Any, code: str, reason: str | None) -> None:
    aws = server.client()
    graph_id = made(aws, f"errors-{code.lower()}-{(reason or 'none').lower().replace('_', '-')}")
    server.fleet.refuse["query"] = [error]
    answer = refused(
        aws.execute_query, graphIdentifier=graph_id, queryString="x", language="OPEN_CYPHER"
    )
    assert (answer["typed"], answer.get("reason")) == (code, reason)
    assert answer["Error"]["Message"] == error.message


def test_an_unexpected_failure_tells_nothing(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "unexpected")
    server.fleet.refuse["summary"] = [RuntimeError("/secret/path")]
    answer = refused(aws.get_graph_summary, graphIdentifier=graph_id)
    assert answer["typed"] == "InternalServerException"
    assert "secret" not in str(answer)
    assert answer["ResponseMetadata"]["RequestId"] in answer["Error"]["Message"]


def test_explain_mode_and_plan_cache_reach_the_graph(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "explained")
    reply = aws.execute_query(
        graphIdentifier=graph_id,
        queryString="RETURN 1",
        language="OPEN_CYPHER",
        explainMode="DETAILS",
        planCache="DISABLED",
    )
    assert reply["ResponseMetadata"]["HTTPHeaders"]["content-type"].startswith("text/plain")
    seen = server.fleet.queries_seen[-1]
    assert (seen.explain, seen.plan_cache) == ("DETAILS", "DISABLED")


def test_queries_are_listed_shown_and_cancelled(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "listed")
    before = server.fleet.answer
    server.fleet.answer = [b"HOLD"]
    ended: list[dict[str, Any]] = []
    text = "MATCH (n) RETURN n" + " " * 3_000

    def run() -> None:
        call = server.client().execute_query
        ended.append(
            refused(call, graphIdentifier=graph_id, queryString=text, language="OPEN_CYPHER")
        )

    thread = threading.Thread(target=run)
    thread.start()
    queries: list[dict[str, Any]] = []
    while not queries:
        queries = aws.list_queries(graphIdentifier=graph_id, maxResults=10)["queries"]
    server.fleet.answer = before
    (query,) = queries
    assert set(query) == {"id", "queryString", "waited", "elapsed", "state"}
    assert len(query["queryString"]) == 2_000
    for state, count in (("ALL", 1), ("RUNNING", 1), ("WAITING", 0), ("CANCELLING", 0)):
        found = aws.list_queries(graphIdentifier=graph_id, maxResults=1, state=state)["queries"]
        assert len(found) == count
    shown = aws.get_query(graphIdentifier=graph_id, queryId=query["id"])
    assert shown["queryString"] == text
    aws.cancel_query(graphIdentifier=graph_id, queryId=query["id"])
    thread.join(20)
    assert (ended[0]["typed"], ended[0]["reason"]) == ("ValidationException", "QUERY_CANCELLED")
    for call in (aws.get_query, aws.cancel_query):
        gone = refused(call, graphIdentifier=graph_id, queryId=query["id"])
        assert gone["typed"] == "ResourceNotFoundException"
    with pytest.raises(ClientError, match="maxResults"):
        aws.list_queries(graphIdentifier=graph_id, maxResults=0)


def test_the_summary(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "summary")
    basic = aws.get_graph_summary(graphIdentifier=graph_id)
    assert (basic["version"], basic["graphSummary"]["numNodes"]) == ("v1", 0)
    assert basic["lastStatisticsComputationTime"].year == 2024
    detailed = aws.get_graph_summary(graphIdentifier=graph_id, mode="DETAILED")
    assert detailed["graphSummary"]["nodeStructures"] == [{"count": 1, "nodeProperties": ["a"]}]


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        ("get_graph", {"graphIdentifier": "g-0000000000"}),
        ("get_graph_snapshot", {"snapshotIdentifier": "gs-0000000000"}),
        ("delete_graph", {"graphIdentifier": "g-0000000000", "skipSnapshot": True}),
        ("get_graph_summary", {"graphIdentifier": "g-0000000000"}),
        (
            "create_private_graph_endpoint",
            {"graphIdentifier": "g-0000000000", "vpcId": "vpc-1", "subnetIds": ["subnet-1"]},
        ),
        ("get_private_graph_endpoint", {"graphIdentifier": "g-0000000000", "vpcId": "vpc-1"}),
        ("list_private_graph_endpoints", {"graphIdentifier": "g-0000000000"}),
        ("get_import_task", {"taskIdentifier": "t-0000000000"}),
        ("cancel_import_task", {"taskIdentifier": "t-0000000000"}),
        ("get_export_task", {"taskIdentifier": "t-0000000000"}),
        ("cancel_export_task", {"taskIdentifier": "t-0000000000"}),
        (
            "start_import_task",
            {
                "graphIdentifier": "g-0000000000",
                "source": "s3://b/k",
                "roleArn": "arn:aws:iam::123456789012:role/r",
            },
        ),
        ("list_queries", {"graphIdentifier": "g-0000000000", "maxResults": 1}),
        (
            "execute_query",
            {"graphIdentifier": "g-0000000000", "queryString": "x", "language": "OPEN_CYPHER"},
        ),
    ],
)
def test_unknown_things(server: Served, operation: str, values: dict[str, Any]) -> None:
    answer = refused(getattr(server.client(), operation), **values)
    assert answer["typed"] == "ResourceNotFoundException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_private_endpoints(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "private")
    created = aws.create_private_graph_endpoint(
        graphIdentifier=graph_id,
        vpcId="vpc-0a1b2c",
        subnetIds=["subnet-1", "subnet-2"],
        vpcSecurityGroupIds=["sg-1"],
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert members(created) == {"vpcId", "subnetIds", "status", "vpcEndpointId"}
    assert (created["vpcId"], created["status"]) == ("vpc-0a1b2c", "CREATING")
    assert created["subnetIds"] == ["subnet-1", "subnet-2"]
    aws.get_waiter("private_graph_endpoint_available").wait(
        graphIdentifier=graph_id, vpcId="vpc-0a1b2c"
    )
    kept = refused(aws.delete_graph, graphIdentifier=graph_id, skipSnapshot=True)
    assert kept["typed"] == "ConflictException"
    for n in range(4):
        aws.create_private_graph_endpoint(graphIdentifier=graph_id, vpcId=f"vpc-{n}")
    pages = aws.get_paginator("list_private_graph_endpoints").paginate(
        graphIdentifier=graph_id, PaginationConfig={"PageSize": 2}
    )
    listed = [page["privateGraphEndpoints"] for page in pages]
    assert [len(page) for page in listed] == [2, 2, 1]
    assert len({one["vpcEndpointId"] for page in listed for one in page}) == 5
    deleted = aws.delete_private_graph_endpoint(graphIdentifier=graph_id, vpcId="vpc-0a1b2c")
    assert (deleted["status"], deleted["ResponseMetadata"]["HTTPStatusCode"]) == ("DELETING", 200)
    aws.get_waiter("private_graph_endpoint_deleted").wait(
        graphIdentifier=graph_id, vpcId="vpc-0a1b2c"
    )
    token = aws.list_private_graph_endpoints(graphIdentifier=graph_id, maxResults=1)["nextToken"]
    other = made(aws, "private-other")
    foreign = refused(aws.list_private_graph_endpoints, graphIdentifier=other, nextToken=token)
    assert foreign["typed"] == "ValidationException"


def test_quotas() -> None:
    with served(Settings(quotas=Quotas(graphs_max=1, snapshots_max=0))) as server:
        aws = server.client()
        graph_id = made(aws, "one")
        answer = refused(aws.create_graph, graphName="two", provisionedMemory=16)
        assert answer["typed"] == "ServiceQuotaExceededException"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 402
        assert (answer["resourceType"], answer["serviceCode"]) == ("graph", "neptune-graph")
        assert (answer["resourceId"], answer["quotaCode"]) == ("two", "L-GRAPHS")
        snapshot = refused(aws.create_graph_snapshot, graphIdentifier=graph_id, snapshotName="one")
        assert snapshot["quotaCode"] == "L-SNAPSHOTS"
        final = refused(aws.delete_graph, graphIdentifier=graph_id, skipSnapshot=False)
        assert final["typed"] == "ValidationException"


ROLE = "arn:aws:iam::123456789012:role/r"
OPTIONS = {
    "neptune": {"s3ExportPath": "s3://b/e", "s3ExportKmsKeyId": "k", "preserveEdgeIds": True}
}
IMPORT: dict[str, Any] = {
    "source": "s3://b/in",
    "format": "PARQUET",
    "parquetType": "COLUMNAR",
    "failOnError": False,
    "roleArn": ROLE,
}
IMPORT_MEMBERS = {"graphId", "taskId", "source", "format", "parquetType", "roleArn", "status"}
EXPORT: dict[str, Any] = {
    "roleArn": ROLE,
    "format": "PARQUET",
    "parquetType": "COLUMNAR",
    "destination": "s3://b/out",
    "kmsKeyIdentifier": KEY,
}
EXPORT_MEMBERS = {"graphId", "taskId", "status", *EXPORT}


def test_an_import_task_has_every_member(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "imported")
    started = aws.start_import_task(graphIdentifier=graph_id, **IMPORT, importOptions=OPTIONS)
    assert started["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert members(started) == IMPORT_MEMBERS | {"importOptions"}
    assert (started["graphId"], started["status"]) == (graph_id, "INITIALIZING")
    assert started["importOptions"] == OPTIONS
    aws.get_waiter("import_task_successful").wait(taskIdentifier=started["taskId"])
    found = aws.get_import_task(taskIdentifier=started["taskId"])
    assert members(found) == IMPORT_MEMBERS | {
        "importOptions",
        "importTaskDetails",
        "attemptNumber",
    }
    details = found["importTaskDetails"]
    assert (found["status"], found["attemptNumber"], details["status"]) == (
        "SUCCEEDED",
        1,
        "SUCCEEDED",
    )
    assert (details["progressPercentage"], details["statementCount"]) == (100, 7)
    assert (details["errorCount"], details["dictionaryEntryCount"]) == (0, 0)
    assert details["timeElapsedSeconds"] >= 0
    (listed,) = aws.list_import_tasks(graphIdentifier=graph_id)["tasks"]
    assert listed == {name: found[name] for name in IMPORT_MEMBERS}
    ended = refused(aws.cancel_import_task, taskIdentifier=started["taskId"])
    assert ended["typed"] == "ConflictException"
    again = refused(aws.start_import_task, graphIdentifier=graph_id, **IMPORT)
    assert again["typed"] == "ConflictException"
    assert "has 1 nodes" in again["Error"]["Message"]


@pytest.mark.parametrize(
    ("limits", "memory"),
    [
        ({}, 128),
        ({"minProvisionedMemory": 32}, 32),
        ({"minProvisionedMemory": 32, "maxProvisionedMemory": 64}, 64),
        ({"maxProvisionedMemory": 256}, 256),
    ],
)
def test_a_graph_made_by_an_import_task(
    server: Served, limits: dict[str, int], memory: int
) -> None:
    aws = server.client()
    created = aws.create_graph_using_import_task(
        graphName=f"made-by-import-{memory}",
        source="s3://b/in",
        roleArn=ROLE,
        tags={"a": "b"},
        vectorSearchConfiguration={"dimension": 4},
        replicaCount=0,
        publicConnectivity=True,
        deletionProtection=True,
        kmsKeyIdentifier=KEY,
        **limits,
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (created["format"], created["status"]) == ("CSV", "INITIALIZING")
    aws.get_waiter("import_task_successful").wait(taskIdentifier=created["taskId"])
    graph = aws.get_graph(graphIdentifier=created["graphId"])
    assert (graph["status"], graph["provisionedMemory"]) == ("AVAILABLE", memory)
    assert (graph["deletionProtection"], graph["kmsKeyIdentifier"]) == (True, KEY)
    assert aws.list_tags_for_resource(resourceArn=graph["arn"])["tags"] == {"a": "b"}


def test_a_failed_and_a_cancelled_import(server: Served) -> None:
    aws = server.client()
    server.fleet.refuse["job"] = [Invalid("illegal_argument", "PARSING_ERROR: bad (f, line 2)")]
    task_id = aws.create_graph_using_import_task(graphName="bad", **IMPORT)["taskId"]
    with pytest.raises(WaiterError, match=r"FAILED|ROLLING_BACK"):
        aws.get_waiter("import_task_successful").wait(taskIdentifier=task_id)
    failed = aws.get_import_task(taskIdentifier=task_id)
    assert (failed["status"], failed["statusReason"]) == (
        "FAILED",
        "PARSING_ERROR: bad (f, line 2)",
    )
    gone = refused(aws.get_graph, graphIdentifier=failed["graphId"])
    assert gone["typed"] == "ResourceNotFoundException"
    graph_id = made(aws, "cancelled")
    server.fleet.job_waits = True
    try:
        task_id = aws.start_import_task(graphIdentifier=graph_id, **IMPORT)["taskId"]
        query = refused(
            aws.execute_query, graphIdentifier=graph_id, queryString="x", language="OPEN_CYPHER"
        )
        assert query["typed"] == "ConflictException"
        assert query["Error"]["Message"] == (
            "Cannot execute any query until bulk import is complete"
        )
        cancelled = aws.cancel_import_task(taskIdentifier=task_id)
    finally:
        server.fleet.job_waits = False
    assert members(cancelled) == IMPORT_MEMBERS
    assert cancelled["status"] == "CANCELLING"
    aws.get_waiter("import_task_cancelled").wait(taskIdentifier=task_id)
    assert aws.get_graph(graphIdentifier=graph_id)["status"] == "AVAILABLE"


def test_an_export_task_has_every_member(server: Served) -> None:
    aws = server.client()
    graph_id = made(aws, "exported")
    only = {"vertexFilter": {"A": {"properties": {"x": {"outputType": "Int"}}}}, "edgeFilter": {}}
    started = aws.start_export_task(
        graphIdentifier=graph_id, **EXPORT, exportFilter=only, tags={"a": "b"}
    )
    assert started["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert members(started) == EXPORT_MEMBERS | {"exportFilter"}
    assert (started["status"], started["exportFilter"]) == ("INITIALIZING", only)
    task_id = started["taskId"]
    aws.get_waiter("export_task_successful").wait(taskIdentifier=task_id)
    found = aws.get_export_task(taskIdentifier=task_id)
    assert members(found) == EXPORT_MEMBERS | {"exportFilter", "exportTaskDetails"}
    details = found["exportTaskDetails"]
    assert details["progressPercentage"] == 100
    assert (details["numVerticesWritten"], details["numEdgesWritten"]) == (5, 6)
    assert server.fleet.jobs_seen[-1] == ExportJob(
        task_id, f"s3://b/out/{task_id}", "PARQUET", only, KEY
    )
    (listed,) = aws.list_export_tasks(graphIdentifier=graph_id)["tasks"]
    assert listed == {name: found[name] for name in EXPORT_MEMBERS}
    server.fleet.job_waits = True
    try:
        second = aws.start_export_task(graphIdentifier=graph_id, **EXPORT)["taskId"]
        cancelled = aws.cancel_export_task(taskIdentifier=second)
    finally:
        server.fleet.job_waits = False
    assert (members(cancelled), cancelled["status"]) == (EXPORT_MEMBERS, "CANCELLING")
    aws.get_waiter("export_task_cancelled").wait(taskIdentifier=second)
    server.fleet.refuse["job"] = [NotFound("label", "NotFound: no such label")]
    third = aws.start_export_task(graphIdentifier=graph_id, **EXPORT)["taskId"]
    with pytest.raises(WaiterError, match="FAILED"):
        aws.get_waiter("export_task_successful").wait(taskIdentifier=third)
    reason = aws.get_export_task(taskIdentifier=third)["statusReason"]
    assert reason == "NotFound: no such label"
    pages = aws.get_paginator("list_export_tasks").paginate(
        graphIdentifier=graph_id, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["tasks"]) for page in pages] == [2, 1]
    token = aws.list_export_tasks(graphIdentifier=graph_id, maxResults=1)["nextToken"]
    foreign = refused(aws.list_import_tasks, graphIdentifier=graph_id, nextToken=token)
    assert foreign["typed"] == "ValidationException"


@pytest.mark.parametrize(
    ("change", "reason", "word"),
    [
        (
            {"source": "arn:aws:rds:us-east-1:1:cluster:c"},
            "UNSUPPORTED_OPERATION",
            "neptune-export",
        ),
        ({"source": "/etc"}, "ILLEGAL_ARGUMENT", "allow-local-path"),
        ({"format": "PARQUET", "parquetType": None}, "ILLEGAL_ARGUMENT", "parquetType"),
        ({"format": "NTRIPLES"}, "ILLEGAL_ARGUMENT", "blankNodeHandling"),
        (
            {"minProvisionedMemory": 64, "maxProvisionedMemory": 32},
            "ILLEGAL_ARGUMENT",
            "at most maxProvisionedMemory",
        ),
    ],
)
def test_imports_that_are_refused(
    server: Served, change: dict[str, Any], reason: str, word: str
) -> None:
    aws = server.client()
    values = {name: value for name, value in {**IMPORT, **change}.items() if value is not None}
    answer = refused(aws.create_graph_using_import_task, graphName="refused", **values)
    assert (answer["typed"], answer["reason"]) == ("ValidationException", reason)
    assert word in answer["Error"]["Message"]


def test_a_parquet_export_names_its_type(server: Served) -> None:
    aws = server.client()
    values = {name: value for name, value in EXPORT.items() if name != "parquetType"}
    answer = refused(aws.start_export_task, graphIdentifier="g-0000000000", **values)
    assert "parquetType" in answer["Error"]["Message"]
