"""Goal: graph algorithms through an unmodified boto3 client: answers, refusals, what is written.

Method: one server and one small graph, whose answers are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from tests.serving import Served, client, run, wait_for

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = """CREATE (a:Stop {`~id`: 'a'}), (b:Stop {`~id`: 'b'}), (c:Stop {`~id`: 'c'}),
           (a)-[:LINE {minutes: 4}]->(b), (b)-[:LINE {minutes: 5}]->(c),
           (a)-[:LINE {minutes: 10}]->(c)"""
WEIGHT = "edgeWeightProperty: 'minutes', edgeWeightType: 'int'"


def test_algorithms_answer_write_and_refuse(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        graph = aws.create_graph(graphName="lines", provisionedMemory=16, replicaCount=0)["id"]
        wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
        run(aws, graph, CHAIN)

        def asked(text: str) -> list[object]:
            return run(aws, graph, f"CALL neptune.algo.{text}")

        def node(name: str) -> object:
            return {"~id": name, "~entityType": "node", "~labels": ["Stop"], "~properties": {}}

        levels = asked("bfs.levels(['a'], {maxDepth: 1, concurrency: 4}) YIELD node, level")
        assert [row["level"] for row in levels] == [0, 1, 1]
        (path,) = asked(f"sssp.deltaStepping.path('a', 'c', {{{WEIGHT}}})")
        assert (path["source"], path["target"], path["distance"]) == (node("a"), node("c"), 9)
        assert path["allDistances"] == [0, 4, 9]
        assert path["vertexPath"] == [node("a"), node("b"), node("c")]
        assert [part["~entityType"] for part in path["path"]] == ["node", "relationship"] * 2 + [
            "node"
        ]
        assert asked("degree.mutate({writeProperty: 'lines'})") == [{"success": True}]
        degrees = "MATCH (n) RETURN sum(n.lines) AS lines"
        assert run(aws, graph, degrees) == [{"lines": 6}]
        ranks = "MATCH (n) CALL neptune.algo.pageRank(n) YIELD rank RETURN sum(rank) AS sum"
        assert run(aws, graph, ranks) == [{"sum": pytest.approx(1.0)}]
        assert asked("leiden.mutate({writeProperty: 'group'})") == [{"success": True}]
        assert run(aws, graph, "MATCH (n) RETURN DISTINCT n.group AS group") == [{"group": 0}]
        assert asked("jaccardSimilarity(['a', 'b'], ['b', 'c'])") == [
            {"score": 0.5},
            {"score": 0.0},
        ]
        summary = aws.get_graph_summary(graphIdentifier=graph)["graphSummary"]
        assert {"lines": 3} in summary["nodeProperties"]
        with pytest.raises(ClientError, match="takes as maxDepth an integer") as raised:
            asked("bfs('a', {maxDepth: 'x'})")
        assert raised.value.response["Error"]["Code"] == "ValidationException"
        assert raised.value.response["reason"] == "ILLEGAL_ARGUMENT"
    finally:
        server.stop()
