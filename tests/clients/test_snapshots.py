"""Goal: what seaglass adds to snapshots is there for unmodified clients, and trips none of them.

Method: one server, started as in the README, and boto3.
"""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import Served, client, run, wait_for

import seaglass
from seaglass.engine.graphs import delete_snapshot, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served") / "data")
    served.start()
    yield served
    served.stop()


def graph_of_one(aws: Any, name: str) -> str:
    graph: str = aws.create_graph(graphName=name, provisionedMemory=16)["id"]
    wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
    run(aws, graph, "CREATE (:P {n: 1})")
    return graph


def taken(aws: Any, graph: str, name: str) -> str:
    snapshot: str = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName=name)["id"]
    wait_for(
        "the snapshot",
        lambda: aws.get_graph_snapshot(snapshotIdentifier=snapshot)["status"] == "AVAILABLE",
    )
    return snapshot


def code_of(call: Any, **members: Any) -> tuple[str, str | None]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"], caught.value.response.get("reason")


def test_a_snapshot_is_queried_in_place_by_its_id(server: Served) -> None:
    aws = client(server.endpoint)
    graph = graph_of_one(aws, "read")
    snapshot = taken(aws, graph, "read")
    run(aws, graph, "MATCH (p:P) SET p.n = 2")
    text = "MATCH (p:P) RETURN p.n AS n"
    assert run(aws, snapshot, text) == [{"n": 1}]
    assert run(aws, graph, text) == [{"n": 2}]
    summary = aws.get_graph_summary(graphIdentifier=snapshot)["graphSummary"]
    assert summary["numNodes"] == 1
    assert aws.list_queries(graphIdentifier=snapshot, maxResults=10)["queries"] == []
    wrong = {"graphIdentifier": snapshot, "queryString": "CREATE (:P)", "language": "OPEN_CYPHER"}
    assert code_of(aws.execute_query, **wrong) == ("ValidationException", "UNSUPPORTED_OPERATION")
    request = urllib.request.Request(
        f"{server.endpoint}/queries",
        b'{"query": "MATCH (p:P) RETURN p.n AS n", "language": "OPEN_CYPHER"}',
        {"Host": f"{snapshot}.localhost", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:
        assert reply.read() == b'{"results": [{"n": 1}]}'
    aws.delete_graph_snapshot(snapshotIdentifier=snapshot)
    wait_for(
        "the removal",
        lambda: not aws.list_graph_snapshots(graphIdentifier=graph)["graphSnapshots"],
    )
    right = {"graphIdentifier": snapshot, "queryString": text, "language": "OPEN_CYPHER"}
    assert code_of(aws.execute_query, **right)[0] == "ResourceNotFoundException"


def test_what_the_library_froze_is_restored_as_it_is_and_what_others_delete_is_gone(
    tmp_path: Path,
) -> None:
    with seaglass.open(tmp_path) as database:
        plain = database.create_graph("plain").snapshot("plain").id
        graph = database.create_graph("vectors", vector_dimension=3)
        vectors, other = graph.snapshot("vectors").id, graph.snapshot("other").id
        database.delete_graph("vectors")
    served = Served(tmp_path)
    served.start()
    try:
        aws = client(served.endpoint)
        reply = aws.restore_graph_from_snapshot(snapshotIdentifier=vectors, graphName="first")
        assert reply["vectorSearchConfiguration"] == {"dimension": 3}
        reply = aws.restore_graph_from_snapshot(snapshotIdentifier=plain, graphName="second")
        assert "vectorSearchConfiguration" not in reply
        # As `store sync --delete` does it, beside the server.
        delete_snapshot(store_of(tmp_path), other)
        wrong = {"snapshotIdentifier": other, "graphName": "third"}
        assert code_of(aws.restore_graph_from_snapshot, **wrong)[0] == "ResourceNotFoundException"
        assert code_of(aws.get_graph_snapshot, snapshotIdentifier=other)[0] == (
            "ResourceNotFoundException"
        )
    finally:
        served.stop()


def test_a_schedule_is_set_by_tags(server: Served) -> None:
    aws = client(server.endpoint)
    graph = graph_of_one(aws, "daily")
    arn = aws.get_graph(graphIdentifier=graph)["arn"]
    every = "seaglass:snapshot-every"
    assert code_of(aws.tag_resource, resourceArn=arn, tags={every: "soon"})[0] == (
        "ValidationException"
    )
    aws.tag_resource(resourceArn=arn, tags={every: "1d", "seaglass:snapshot-keep": "last=3"})
    (snapshot,) = wait_for(
        "the snapshot",
        lambda: aws.list_graph_snapshots(graphIdentifier=graph)["graphSnapshots"],
    )
    assert snapshot["name"].startswith("scheduled-daily-")
    tags = aws.list_tags_for_resource(resourceArn=snapshot["arn"])["tags"]
    assert tags == {"seaglass:scheduled": "true"}


def test_a_query_tells_what_has_changed_since_a_snapshot(server: Served) -> None:
    aws = client(server.endpoint)
    graph = graph_of_one(aws, "compared")
    snapshot = taken(aws, graph, "compared")
    run(aws, graph, "MATCH (p:P) SET p.n = 2 CREATE (:P {n: 3})")
    text = f"CALL seaglass.diff('{snapshot}') YIELD change, after RETURN change, after.properties AS it"
    assert run(aws, graph, text) == [
        {"change": "added", "it": {"n": 3}},
        {"change": "changed", "it": {"n": 2}},
    ]
    wrong = {
        "graphIdentifier": graph_of_one(aws, "stranger"),
        "queryString": text,
        "language": "OPEN_CYPHER",
    }
    assert code_of(aws.execute_query, **wrong) == ("ValidationException", "ILLEGAL_ARGUMENT")


def test_a_graph_is_cloned_by_restoring_from_its_own_id(server: Served) -> None:
    aws = client(server.endpoint)
    graph = graph_of_one(aws, "original")
    made = aws.restore_graph_from_snapshot(
        snapshotIdentifier=graph, graphName="copy", tags={"a": "b"}, deletionProtection=False
    )
    assert "sourceSnapshotId" not in made
    assert made["provisionedMemory"] == 16
    aws.get_waiter("graph_available").wait(graphIdentifier=made["id"])
    run(aws, graph, "MATCH (p:P) SET p.n = 2")
    assert run(aws, made["id"], "MATCH (p:P) RETURN p.n AS n") == [{"n": 1}]
    assert aws.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"a": "b"}
    missing = {"snapshotIdentifier": "g-0000000000", "graphName": "nothing"}
    assert code_of(aws.restore_graph_from_snapshot, **missing)[0] == "ResourceNotFoundException"
    wrong = {"snapshotIdentifier": "g-", "graphName": "nothing"}
    assert code_of(aws.restore_graph_from_snapshot, **wrong)[0] == "ValidationException"
