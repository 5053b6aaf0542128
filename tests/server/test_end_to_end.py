"""The whole line: `seaglass serve` in a process of its own, and an unmodified boto3 client.

Goal: the story that the README tells holds, through crashes too. Method: nothing is replaced or reached into but by signals.
"""

from __future__ import annotations

import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.serving import Served, children, client, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "data")
    server.start()
    yield server
    server.stop()


def create(aws: Any, name: str) -> str:
    graph: str = aws.create_graph(graphName=name, provisionedMemory=16)["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    return graph


def names(aws: Any, graph: str) -> list[str]:
    return [row["name"] for row in run(aws, graph, "MATCH (n) RETURN n.name AS name ORDER BY name")]


def test_a_graph_is_filled_frozen_changed_and_restored(served: Served) -> None:
    aws = client(served.endpoint)
    graph = create(aws, "social")
    run(
        aws,
        graph,
        "CREATE (:Person {name: 'Ada'})-[:KNOWS {since: 1833}]->(:Person {name: 'Charles'})",
    )
    taken = aws.create_graph_snapshot(
        graphIdentifier=graph, snapshotName="before", tags={"team": "x"}
    )
    aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=taken["id"])
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    run(aws, graph, "MATCH (n {name: $gone}) DETACH DELETE n", {"gone": "Ada"})
    restored = aws.restore_graph_from_snapshot(
        snapshotIdentifier=taken["id"], graphName="again", provisionedMemory=16
    )["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=restored)
    assert names(aws, graph) == ["Charles"]
    assert names(aws, restored) == ["Ada", "Charles"]
    knows = run(aws, restored, "MATCH (a)-[r:KNOWS]->(b) RETURN a.name, r.since, b.name")
    assert knows == [{"a.name": "Ada", "r.since": 1833, "b.name": "Charles"}]
    assert aws.list_tags_for_resource(resourceArn=taken["arn"])["tags"] == {"team": "x"}
    summary = aws.get_graph_summary(graphIdentifier=restored, mode="DETAILED")["graphSummary"]
    assert (summary["numNodes"], summary["numEdges"]) == (2, 1)
    aws.delete_graph(graphIdentifier=graph, skipSnapshot=True)
    aws.delete_graph_snapshot(snapshotIdentifier=taken["id"])
    aws.get_waiter("graph_deleted").wait(graphIdentifier=graph)
    aws.get_waiter("graph_snapshot_deleted").wait(snapshotIdentifier=taken["id"])
    assert names(aws, restored) == ["Ada", "Charles"]


def test_acknowledged_writes_survive_worker_and_server(served: Served) -> None:
    aws = client(served.endpoint)
    graph = create(aws, "kept")
    run(aws, graph, "CREATE ({name: 'a'})")
    assert served.kill_workers() > 0

    def answers() -> list[str] | None:
        try:
            return names(aws, graph)
        except (ClientError, ConnectionClosedError):
            # A worker that is killed between its reply to the client and to the front (ADR 0010).
            return None

    assert wait_for("the worker", answers) == ["a"]
    run(aws, graph, "CREATE ({name: 'b'})")
    assert served.process is not None
    workers = children(served.process.pid)
    served.kill()
    served.start()
    assert workers
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    assert wait_for("the graph", answers) == ["a", "b"]


def test_a_running_query_is_seen_and_cancelled(served: Served) -> None:
    aws = client(served.endpoint)
    graph = create(aws, "busy")
    text = "UNWIND range(1, 10000) AS a UNWIND range(1, 10000) AS b WITH a + b AS c RETURN max(c)"
    outcome: list[ClientError] = []

    def ask() -> None:
        try:
            run(client(served.endpoint), graph, text)
        except ClientError as error:
            outcome.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    listed = wait_for(
        "the query", lambda: aws.list_queries(graphIdentifier=graph, maxResults=10)["queries"]
    )
    assert listed[0]["queryString"] == text
    aws.cancel_query(graphIdentifier=graph, queryId=listed[0]["id"])
    asking.join(60)
    assert outcome[0].response["reason"] == "QUERY_CANCELLED"
    with pytest.raises(ClientError) as late:
        aws.execute_query(
            graphIdentifier=graph,
            queryString=text,
            language="OPEN_CYPHER",
            queryTimeoutMilliseconds=50,
        )
    assert late.value.response["reason"] == "QUERY_TIMEOUT"


def test_errors_carry_position_and_reason(served: Served) -> None:
    aws = client(served.endpoint)
    graph = create(aws, "strict")
    with pytest.raises(ClientError, match="line 1, column") as caught:
        run(aws, graph, "MATCH (n RETURN n")
    assert caught.value.response["reason"] == "MALFORMED_QUERY"


def test_both_loopback_addresses_answer(served: Served) -> None:
    for host in ("127.0.0.1", "[::1]"):
        with urllib.request.urlopen(f"http://{host}:{served.port}/graphs") as answer:
            assert answer.status == 200
