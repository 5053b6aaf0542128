"""Goal: an unmodified boto3 client finds the served operations as the service model describes them.

Method: one server, started as in the README; per operation the happy path with every documented member, what is not
found, wrong states and quotas; and, generated from the model, one bad request for each rule of each input member.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from tests.serving import Served, client, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape

MODEL = botocore.session.get_session().get_service_model("neptune-graph")

SERVED_OPERATIONS = (
    "CreateGraph", "GetGraph", "ListGraphs", "UpdateGraph", "DeleteGraph", "ResetGraph", "StartGraph", "StopGraph",
    "CreateGraphSnapshot", "GetGraphSnapshot", "ListGraphSnapshots", "DeleteGraphSnapshot",
    "RestoreGraphFromSnapshot", "TagResource", "UntagResource", "ListTagsForResource", "ExecuteQuery", "ListQueries",
    "GetQuery", "CancelQuery", "GetGraphSummary", "CreatePrivateGraphEndpoint", "GetPrivateGraphEndpoint",
    "ListPrivateGraphEndpoints", "DeletePrivateGraphEndpoint", "CreateGraphUsingImportTask", "StartImportTask",
    "GetImportTask", "ListImportTasks", "CancelImportTask", "StartExportTask", "GetExportTask", "ListExportTasks",
    "CancelExportTask",
)  # fmt: skip

# What only some resources have; each is shown by a test of its own below.
SOMETIMES = {"statusReason", "vectorSearchConfiguration", "sourceSnapshotId", "nextToken"}

GRAPH = "g-0123456789"
SNAPSHOT = "gs-0123456789"
TASK = "t-0123456789"
ROLE = "arn:aws:iam::123456789012:role/r"
ARN = f"arn:aws:neptune-graph:us-east-1:123456789012:graph/{GRAPH}"
VALID: dict[str, dict[str, Any]] = {
    "CreateGraph": {"graphName": "valid", "provisionedMemory": 16},
    "GetGraph": {"graphIdentifier": GRAPH},
    "ListGraphs": {},
    "UpdateGraph": {"graphIdentifier": GRAPH, "provisionedMemory": 32},
    "DeleteGraph": {"graphIdentifier": GRAPH, "skipSnapshot": True},
    "ResetGraph": {"graphIdentifier": GRAPH, "skipSnapshot": True},
    "StartGraph": {"graphIdentifier": GRAPH},
    "StopGraph": {"graphIdentifier": GRAPH},
    "CreateGraphSnapshot": {"graphIdentifier": GRAPH, "snapshotName": "valid"},
    "GetGraphSnapshot": {"snapshotIdentifier": SNAPSHOT},
    "ListGraphSnapshots": {},
    "DeleteGraphSnapshot": {"snapshotIdentifier": SNAPSHOT},
    "RestoreGraphFromSnapshot": {"snapshotIdentifier": SNAPSHOT, "graphName": "valid"},
    "TagResource": {"resourceArn": ARN, "tags": {"k": "v"}},
    "UntagResource": {"resourceArn": ARN, "tagKeys": ["k"]},
    "ListTagsForResource": {"resourceArn": ARN},
    "ExecuteQuery": {
        "graphIdentifier": GRAPH,
        "queryString": "RETURN 1",
        "language": "OPEN_CYPHER",
    },
    "ListQueries": {"graphIdentifier": GRAPH, "maxResults": 10},
    "GetQuery": {"graphIdentifier": GRAPH, "queryId": str(uuid.UUID(int=0))},
    "CancelQuery": {"graphIdentifier": GRAPH, "queryId": str(uuid.UUID(int=0))},
    "GetGraphSummary": {"graphIdentifier": GRAPH},
    "CreatePrivateGraphEndpoint": {"graphIdentifier": GRAPH, "vpcId": "vpc-0a1b2c"},
    "GetPrivateGraphEndpoint": {"graphIdentifier": GRAPH, "vpcId": "vpc-0a1b2c"},
    "ListPrivateGraphEndpoints": {"graphIdentifier": GRAPH},
    "DeletePrivateGraphEndpoint": {"graphIdentifier": GRAPH, "vpcId": "vpc-0a1b2c"},
    "CreateGraphUsingImportTask": {"graphName": "valid", "source": "s3://b/k", "roleArn": ROLE},
    "StartImportTask": {"graphIdentifier": GRAPH, "source": "s3://b/k", "roleArn": ROLE},
    "GetImportTask": {"taskIdentifier": TASK},
    "ListImportTasks": {},
    "CancelImportTask": {"taskIdentifier": TASK},
    "StartExportTask": {
        "graphIdentifier": GRAPH,
        "roleArn": ROLE,
        "format": "CSV",
        "destination": "s3://b/k",
        "kmsKeyIdentifier": "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    },
    "GetExportTask": {"taskIdentifier": TASK},
    "ListExportTasks": {},
    "CancelExportTask": {"taskIdentifier": TASK},
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    served = Served(tmp_path_factory.mktemp("data"))
    served.start()
    yield served.endpoint
    served.stop()


@pytest.fixture(scope="module")
def aws(endpoint: str) -> Any:
    return client(endpoint)


@pytest.fixture(scope="module")
def graph(aws: Any) -> str:
    return make_graph(aws)


def fresh_name(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}".replace("-0", "-a")


def make_graph(aws: Any, **options: Any) -> str:
    answer = aws.create_graph(graphName=fresh_name("graph"), provisionedMemory=16, **options)
    aws.get_waiter("graph_available").wait(graphIdentifier=answer["id"])
    identity: str = answer["id"]
    return identity


def make_snapshot(aws: Any, graph: str) -> str:
    answer = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName=fresh_name("snap"))
    aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=answer["id"])
    identity: str = answer["id"]
    return identity


def check_members(operation: str, answer: dict[str, Any], status: int) -> None:
    """Every documented member is there, none besides, and the status is the model's."""
    model = MODEL.operation_model(operation)
    documented = set(model.output_shape.members) if model.output_shape else set()
    present = set(answer) - {"ResponseMetadata"}
    assert present <= documented
    assert documented - present <= SOMETIMES
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert status == int(model.http.get("responseCode", 200))


def failure(work: Any) -> dict[str, Any]:
    """The parsed error of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        work()
    return {"code": caught.value.response["Error"]["Code"], **caught.value.response}


# --- the happy path of each operation ---------------------------------------------------------------------------------


def test_graph_life(aws: Any) -> None:
    name = fresh_name("life")
    created = aws.create_graph(
        graphName=name,
        provisionedMemory=32,
        tags={"team": "x", "a:b": "c/d"},
        publicConnectivity=True,
        replicaCount=0,
        deletionProtection=True,
        vectorSearchConfiguration={"dimension": 4},
    )
    check_members("CreateGraph", created, 201)
    assert created["status"] == "CREATING"
    assert created["name"] == name
    assert created["vectorSearchConfiguration"] == {"dimension": 4}
    assert created["kmsKeyIdentifier"] == "AWS_OWNED_KEY"
    aws.get_waiter("graph_available").wait(graphIdentifier=created["id"])

    found = aws.get_graph(graphIdentifier=created["id"])
    check_members("GetGraph", found, 200)
    assert (found["status"], found["provisionedMemory"], found["replicaCount"]) == (
        "AVAILABLE",
        32,
        0,
    )

    changed = aws.update_graph(
        graphIdentifier=created["id"], provisionedMemory=64, deletionProtection=False
    )
    check_members("UpdateGraph", changed, 200)
    assert changed["status"] == "UPDATING"
    found = aws.get_graph(graphIdentifier=created["id"])
    assert (found["provisionedMemory"], found["deletionProtection"]) == (64, False)

    stopped = aws.stop_graph(graphIdentifier=created["id"])
    check_members("StopGraph", stopped, 200)
    assert stopped["status"] == "STOPPING"
    aws.get_waiter("graph_stopped").wait(graphIdentifier=created["id"])
    started = aws.start_graph(graphIdentifier=created["id"])
    check_members("StartGraph", started, 200)
    assert started["status"] == "STARTING"
    aws.get_waiter("graph_available").wait(graphIdentifier=created["id"])

    deleted = aws.delete_graph(graphIdentifier=created["id"], skipSnapshot=True)
    check_members("DeleteGraph", deleted, 200)
    assert deleted["status"] == "DELETING"
    aws.get_waiter("graph_deleted").wait(graphIdentifier=created["id"])
    assert (
        failure(lambda: aws.get_graph(graphIdentifier=created["id"]))["code"]
        == "ResourceNotFoundException"
    )


def test_stopping_keeps_the_data(aws: Any) -> None:
    graph = make_graph(aws)
    run(aws, graph, "CREATE (:Kept {`~id`: 'k'})")
    aws.stop_graph(graphIdentifier=graph)
    aws.get_waiter("graph_stopped").wait(graphIdentifier=graph)
    assert failure(lambda: run(aws, graph, "RETURN 1"))["code"] in (
        "ConflictException",
        "ValidationException",
    )
    aws.start_graph(graphIdentifier=graph)
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    assert run(aws, graph, "MATCH (n) RETURN labels(n) AS l") == [{"l": ["Kept"]}]


@pytest.mark.parametrize("skip", [True, False])
def test_reset(aws: Any, skip: bool) -> None:
    graph = make_graph(aws)
    run(aws, graph, "UNWIND range(1, 10) AS i CREATE (:N {i: i})")
    answer = aws.reset_graph(graphIdentifier=graph, skipSnapshot=skip)
    check_members("ResetGraph", answer, 200)
    assert answer["status"] == "RESETTING"
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    assert run(aws, graph, "MATCH (n) RETURN count(n) AS c") == [{"c": 0}]
    kept = aws.list_graph_snapshots(graphIdentifier=graph)["graphSnapshots"]
    assert len(kept) == (0 if skip else 1)
    if not skip:
        assert restored_count(aws, kept[0]["id"]) == 10


def test_delete_with_a_last_snapshot(aws: Any) -> None:
    graph = make_graph(aws)
    run(aws, graph, "UNWIND range(1, 5) AS i CREATE (:N {i: i})")
    assert aws.delete_graph(graphIdentifier=graph, skipSnapshot=False)["status"] == "DELETING"
    aws.get_waiter("graph_deleted").wait(graphIdentifier=graph)
    kept = [s for s in all_snapshots(aws) if s["sourceGraphId"] == graph]
    assert [s["status"] for s in kept] == ["AVAILABLE"]
    assert restored_count(aws, kept[0]["id"]) == 5


def all_snapshots(aws: Any) -> list[dict[str, Any]]:
    pages = aws.get_paginator("list_graph_snapshots").paginate()
    return [snapshot for page in pages for snapshot in page["graphSnapshots"]]


def restored_count(aws: Any, snapshot: str) -> int:
    graph = aws.restore_graph_from_snapshot(
        snapshotIdentifier=snapshot, graphName=fresh_name("again"), provisionedMemory=16
    )["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    count: int = run(aws, graph, "MATCH (n) RETURN count(n) AS c")[0]["c"]
    aws.delete_graph(graphIdentifier=graph, skipSnapshot=True)
    return count


def test_snapshot_life(aws: Any) -> None:
    graph = make_graph(aws, vectorSearchConfiguration={"dimension": 8}, deletionProtection=True)
    run(aws, graph, "CREATE (:A {p: 1})-[:R {q: 2}]->(:B {p: 'x'})")
    name = fresh_name("snap")
    created = aws.create_graph_snapshot(
        graphIdentifier=graph, snapshotName=name, tags={"keep": "yes"}
    )
    check_members("CreateGraphSnapshot", created, 201)
    assert (created["status"], created["name"]) == ("CREATING", name)
    aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=created["id"])
    found = aws.get_graph_snapshot(snapshotIdentifier=created["id"])
    check_members("GetGraphSnapshot", found, 200)
    assert (found["status"], found["sourceGraphId"]) == ("AVAILABLE", graph)
    assert aws.list_tags_for_resource(resourceArn=found["arn"])["tags"] == {"keep": "yes"}
    wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")

    run(aws, graph, "MATCH (n) DETACH DELETE n")
    restored = aws.restore_graph_from_snapshot(
        snapshotIdentifier=created["id"],
        graphName=fresh_name("restored"),
        provisionedMemory=128,
        replicaCount=0,
        publicConnectivity=True,
        deletionProtection=False,
        tags={"from": "snapshot"},
    )
    check_members("RestoreGraphFromSnapshot", restored, 201)
    assert restored["sourceSnapshotId"] == created["id"]
    assert restored["vectorSearchConfiguration"] == {"dimension": 8}
    assert restored["provisionedMemory"] == 128
    aws.get_waiter("graph_available").wait(graphIdentifier=restored["id"])
    assert aws.list_tags_for_resource(resourceArn=restored["arn"])["tags"] == {"from": "snapshot"}
    rows = run(aws, restored["id"], "MATCH (a)-[r]->(b) RETURN a.p, type(r), r.q, b.p")
    assert rows == [{"a.p": 1, "type(r)": "R", "r.q": 2, "b.p": "x"}]
    assert run(aws, graph, "MATCH (n) RETURN count(n) AS c") == [{"c": 0}]

    deleted = aws.delete_graph_snapshot(snapshotIdentifier=created["id"])
    check_members("DeleteGraphSnapshot", deleted, 200)
    assert deleted["status"] == "DELETING"
    aws.get_waiter("graph_snapshot_deleted").wait(snapshotIdentifier=created["id"])
    # The restored graph does not need the snapshot that it came from.
    assert run(aws, restored["id"], "MATCH (n) RETURN count(n) AS c") == [{"c": 2}]
    # The name is free again.
    aws.create_graph_snapshot(graphIdentifier=graph, snapshotName=name)


def test_lists_and_their_pages(aws: Any, graph: str) -> None:
    make_snapshot(aws, graph)
    make_snapshot(aws, graph)
    graphs = aws.list_graphs(maxResults=1)
    assert len(graphs["graphs"]) == 1
    first = graphs["graphs"][0]
    documented = set(MODEL.shape_for("GraphSummary").members)
    assert set(first) == documented
    everything = [
        g["id"]
        for page in aws.get_paginator("list_graphs").paginate(PaginationConfig={"PageSize": 2})
        for g in page["graphs"]
    ]
    assert graph in everything
    assert len(everything) == len(set(everything))
    pages = aws.get_paginator("list_graph_snapshots").paginate(
        graphIdentifier=graph, PaginationConfig={"PageSize": 1}
    )
    found = [snapshot for page in pages for snapshot in page["graphSnapshots"]]
    assert len(found) == 2
    assert set(found[0]) == set(MODEL.shape_for("GraphSnapshotSummary").members)


def test_private_endpoint_life(aws: Any) -> None:
    graph = make_graph(aws)
    created = aws.create_private_graph_endpoint(
        graphIdentifier=graph,
        vpcId="vpc-0a1b2c",
        subnetIds=["subnet-1"],
        vpcSecurityGroupIds=["sg-1", "sg-2"],
    )
    check_members("CreatePrivateGraphEndpoint", created, 201)
    assert created["status"] == "CREATING"
    where = {"graphIdentifier": graph, "vpcId": "vpc-0a1b2c"}
    aws.get_waiter("private_graph_endpoint_available").wait(**where)
    found = aws.get_private_graph_endpoint(**where)
    check_members("GetPrivateGraphEndpoint", found, 200)
    assert found["vpcEndpointId"] == created["vpcEndpointId"]
    listed = aws.list_private_graph_endpoints(graphIdentifier=graph)
    check_members("ListPrivateGraphEndpoints", listed, 200)
    (one,) = listed["privateGraphEndpoints"]
    assert set(one) == set(MODEL.shape_for("PrivateGraphEndpointSummary").members)
    deleted = aws.delete_private_graph_endpoint(**where)
    check_members("DeletePrivateGraphEndpoint", deleted, 200)
    aws.get_waiter("private_graph_endpoint_deleted").wait(**where)


def test_tags(aws: Any, graph: str) -> None:
    arn = aws.get_graph(graphIdentifier=graph)["arn"]
    check_members("TagResource", aws.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"}), 200)
    aws.tag_resource(resourceArn=arn, tags={"b": "3", "c": ""})
    listed = aws.list_tags_for_resource(resourceArn=arn)
    check_members("ListTagsForResource", listed, 200)
    assert listed["tags"] == {"a": "1", "b": "3", "c": ""}
    answer = aws.untag_resource(resourceArn=arn, tagKeys=["a", "nobody"])
    check_members("UntagResource", answer, 200)
    assert aws.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "3", "c": ""}
    many = {f"k{number}": "v" for number in range(49)}
    assert (
        failure(lambda: aws.tag_resource(resourceArn=arn, tags=many))["code"]
        == "ValidationException"
    )
    assert (
        failure(lambda: aws.tag_resource(resourceArn=arn, tags={"aws:x": "v"}))["code"]
        == "ValidationException"
    )


def test_summary(aws: Any) -> None:
    graph = make_graph(aws)
    run(aws, graph, "CREATE (:A {p: 1, q: 2})-[:R {w: 1.5}]->(:B {p: 2})")
    basic = aws.get_graph_summary(graphIdentifier=graph)
    check_members("GetGraphSummary", basic, 200)
    detailed = aws.get_graph_summary(graphIdentifier=graph, mode="detailed")["graphSummary"]
    documented = set(MODEL.shape_for("GraphDataSummary").members)
    assert set(detailed) == documented
    assert set(basic["graphSummary"]) == documented - {"nodeStructures", "edgeStructures"}
    assert (detailed["numNodes"], detailed["numEdges"]) == (2, 1)
    assert detailed["nodeProperties"] == [{"p": 2}, {"q": 1}]
    assert detailed["edgeStructures"] == [{"count": 1, "edgeProperties": ["w"]}]


LONG = "UNWIND range(1, 4000) AS a UNWIND range(1, 4000) AS b UNWIND range(1, 4000) AS c RETURN count(*) AS long"


def test_queries_are_seen_and_cancelled(endpoint: str, aws: Any, graph: str) -> None:
    outcome: dict[str, Any] = {}

    def work() -> None:
        outcome.update(failure(lambda: run(client(endpoint, read_timeout=120), graph, LONG)))

    thread = threading.Thread(target=work)
    thread.start()

    def running() -> Any:
        listed = aws.list_queries(graphIdentifier=graph, maxResults=10, state="running")
        check_members("ListQueries", listed, 200)
        return [q for q in listed["queries"] if "AS long" in q["queryString"]]

    query = wait_for("the query", running)[0]
    assert set(query) == set(MODEL.shape_for("QuerySummary").members)
    found = aws.get_query(graphIdentifier=graph, queryId=query["id"])
    check_members("GetQuery", found, 200)
    assert (found["queryString"], found["state"]) == (LONG, "RUNNING")
    check_members("CancelQuery", aws.cancel_query(graphIdentifier=graph, queryId=query["id"]), 200)
    thread.join(30)
    assert not thread.is_alive()
    assert (outcome["code"], outcome["reason"]) == ("ValidationException", "QUERY_CANCELLED")
    gone = failure(lambda: aws.get_query(graphIdentifier=graph, queryId=query["id"]))
    assert gone["code"] == "ResourceNotFoundException"


def test_a_timeout_stops_the_work(aws: Any, graph: str) -> None:
    answer = failure(
        lambda: aws.execute_query(
            graphIdentifier=graph,
            queryString=LONG,
            language="OPEN_CYPHER",
            queryTimeoutMilliseconds=200,
        )
    )
    assert (answer["code"], answer["reason"]) == ("UnprocessableException", "QUERY_TIMEOUT")
    wait_for(
        "the end of the work",
        lambda: not aws.list_queries(graphIdentifier=graph, maxResults=10)["queries"],
        5,
    )


def test_results_as_neptune_shapes_them(aws: Any) -> None:
    graph = make_graph(aws)
    run(
        aws,
        graph,
        "CREATE (:A {`~id`: 'a', f: 1.5, i: 2, s: 'ä'})-[:R {w: true}]->(:B:C {`~id`: 'b'})",
    )
    row = run(
        aws, graph, "MATCH (a:A)-[r]->(b) RETURN a, r, b, a.missing, 2.0 AS d, [1, 'x', null] AS l"
    )[0]
    assert row["a"] == {
        "~id": "a", "~entityType": "node", "~labels": ["A"], "~properties": {"f": 1.5, "i": 2, "s": "ä"}
    }  # fmt: skip
    assert row["r"].pop("~id").startswith("neptune_reserved_1_")
    assert row["r"] == {
        "~entityType": "relationship", "~start": "a", "~end": "b", "~type": "R", "~properties": {"w": True}
    }  # fmt: skip
    assert row["b"]["~labels"] == ["B", "C"]
    assert (row["a.missing"], row["d"], row["l"]) == (None, 2.0, [1, "x", None])


# --- not found, wrong state, malformed --------------------------------------------------------------------------------

NOT_FOUND = [
    name for name in SERVED_OPERATIONS
    if name not in ("CreateGraph", "CreateGraphUsingImportTask", "ListGraphs", "ListGraphSnapshots", "ListImportTasks",
                    "ListExportTasks")
]  # fmt: skip


@pytest.mark.parametrize("operation", NOT_FOUND)
def test_what_is_not_there_is_not_found(aws: Any, operation: str) -> None:
    answer = failure(lambda: call(aws, operation, VALID[operation]))
    assert answer["code"] == "ResourceNotFoundException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert "0123456789" in answer["Error"]["Message"]


def call(aws: Any, operation: str, arguments: dict[str, Any]) -> Any:
    return getattr(aws, botocore.xform_name(operation))(**arguments)


def test_wrong_states_change_nothing(aws: Any, graph: str) -> None:
    assert failure(lambda: aws.start_graph(graphIdentifier=graph))["code"] == "ConflictException"
    aws.update_graph(graphIdentifier=graph, deletionProtection=True)
    answer = failure(lambda: aws.delete_graph(graphIdentifier=graph, skipSnapshot=True))
    assert answer["code"] == "ConflictException"
    assert "cannot be deleted because deletion protection is enabled" in answer["Error"]["Message"]
    assert aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE"
    name = aws.get_graph(graphIdentifier=graph)["name"]
    taken = failure(lambda: aws.create_graph(graphName=name, provisionedMemory=16))
    assert taken["code"] == "ConflictException"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MATCH (n RETURN n", "MALFORMED_QUERY"),
        ("RETURN m", "MALFORMED_QUERY"),
        ("FOREACH (x IN [1] | CREATE (n))", "UNSUPPORTED_OPERATION"),
        ("RETURN 'a' + 1 - 2", "ILLEGAL_ARGUMENT"),
    ],
)
def test_bad_queries_say_where(aws: Any, graph: str, text: str, reason: str) -> None:
    answer = failure(lambda: run(aws, graph, text))
    assert (answer["code"], answer["reason"]) == ("ValidationException", reason)
    if reason == "MALFORMED_QUERY":
        assert "line 1, column" in answer["Error"]["Message"]
        assert "^" in answer["Error"]["Message"]


def test_a_query_that_breaks_a_constraint_changes_nothing(aws: Any) -> None:
    graph = make_graph(aws)
    run(aws, graph, "CREATE (:A {`~id`: 'a'})-[:R]->(:B)")
    answer = failure(lambda: run(aws, graph, "MATCH (n:A) SET n.p = 1 DELETE n"))
    assert (answer["code"], answer["reason"]) == ("ValidationException", "CONSTRAINT_VIOLATION")
    assert run(aws, graph, "MATCH (n:A) RETURN n.p AS p") == [{"p": None}]


# --- each rule of the model -------------------------------------------------------------------------------------------


def bad_values(shape: Shape) -> Iterator[tuple[str, Any]]:
    """One value for each rule of a shape that the value breaks."""
    rules = shape.metadata
    if "enum" in rules:
        yield "enum", "NO_SUCH_MEMBER"
    if "pattern" in rules:
        # A graph's id becomes part of the host name, and clients refuse by themselves what cannot.
        yield "pattern", "NO" if shape.name == "GraphIdentifier" else "!" * rules.get("min", 1)
    match shape.type_name:
        case "string":
            if rules.get("min", 0) > 0:
                yield "min", ""
            if "max" in rules:
                yield (
                    "max",
                    ("arn:" if "arn" in rules.get("pattern", "") else "")
                    + "a" * (rules["max"] + 1),
                )
        case "integer":
            yield "type", "many"
            for rule, step in (("min", -1), ("max", 1)):
                if rule in rules:
                    yield rule, rules[rule] + step
        case "map":
            if "max" in rules:
                yield "max", {f"k{number}": "v" for number in range(rules["max"] + 1)}
            for rule, key in bad_values(shape.key):
                yield f"key {rule}", {key: "v" if shape.value.type_name == "string" else {}}
            for rule, value in bad_values(shape.value):
                yield f"value {rule}", {"k": value}
        case "list":
            if rules.get("min", 0) > 0:
                yield "min", []
            if "max" in rules:
                yield "max", [f"k{number}" for number in range(rules["max"] + 1)]
            for rule, item in bad_values(shape.member):
                yield f"member {rule}", [item]
        case "structure" if shape.members:
            for name, member in shape.members.items():
                for rule, value in bad_values(member):
                    yield f"{name} {rule}", {name: value}


def rules_of(operation: OperationModel) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    shape = operation.input_shape
    if shape is None:
        return
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        for rule, value in bad_values(member):
            # An empty label or header never reaches a server as such.
            if value == "" and location in ("uri", "header"):
                continue
            if location in ("uri", "header", "querystring") and not isinstance(
                value, str | list | int
            ):
                continue
            yield operation.name, name, rule, {**VALID[operation.name], name: value}
        if name in shape.required_members and location not in ("uri", "header"):
            arguments = {key: value for key, value in VALID[operation.name].items() if key != name}
            # Clients that speak raw HTTP leave the only language out.
            if name != "language":
                yield operation.name, name, "required", arguments


RULES = [case for name in SERVED_OPERATIONS for case in rules_of(MODEL.operation_model(name))]


@pytest.mark.parametrize(
    ("operation", "member", "rule", "arguments"),
    RULES,
    ids=[f"{o}-{m}-{r}" for o, m, r, _ in RULES],
)
def test_each_rule_of_the_model(
    endpoint: str, operation: str, member: str, rule: str, arguments: dict[str, Any]
) -> None:
    lax = client(endpoint, parameter_validation=False)
    answer = failure(lambda: call(lax, operation, arguments))
    assert answer["code"] == "ValidationException", answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert member in answer["Error"]["Message"] or "tag" in answer["Error"]["Message"].lower()


def test_the_rules_are_many() -> None:
    assert len(RULES) > 60


def test_quota(tmp_path_factory: pytest.TempPathFactory) -> None:
    served = Served(tmp_path_factory.mktemp("quota"), "--quota", "graphs=1")
    served.start()
    try:
        aws = client(served.endpoint)
        make_graph(aws)
        answer = failure(lambda: aws.create_graph(graphName="one-more", provisionedMemory=16))
        assert answer["code"] == "ServiceQuotaExceededException"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 402
        assert answer["serviceCode"] == "neptune-graph"
        assert answer["quotaCode"]
    finally:
        served.stop()


def test_the_wire_carries_both_error_marks(endpoint: str) -> None:
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{endpoint}/graphs/{GRAPH}")
    answer = caught.value
    assert answer.headers["x-amzn-ErrorType"].startswith("ResourceNotFoundException")
    assert json.loads(answer.read())["__type"].endswith("#ResourceNotFoundException")
    answer.close()


def test_small_work_is_done_at_the_first_poll(aws: Any) -> None:
    created = aws.create_graph(graphName=fresh_name("quick"), provisionedMemory=16)
    started = time.monotonic()
    aws.get_waiter("graph_available").wait(graphIdentifier=created["id"])
    # A waiter that has to poll twice sleeps for 60 seconds in between.
    assert time.monotonic() - started < 30
