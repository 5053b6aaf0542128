"""Goal: embeddings through an unmodified boto3 client, and wherever the graph goes: snapshot, restore, import, replica.

Method: a server, started as in the README with a folder for imports or on what the library left, and boto3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import Served, client, run, wait_for

import seaglass

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/import"
SEARCH = (
    "CALL neptune.algo.vectors.topK.byEmbedding({embedding: [1, 2.5], topK: 2, "
    "vertexFilter: {equals: {property: '~label', value: 'Chunk'}}}) YIELD node, score RETURN node, score"
)
FOUND = [
    {
        "node": {
            "~id": f"c{number}",
            "~entityType": "node",
            "~labels": ["Chunk"],
            "~properties": {"x": number},
        },
        "score": score,
    }
    for number, score in ((2, 1.25), (1, 2.25))
]


def test_embeddings_go_where_the_graph_goes(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    server = Served(tmp_path / "data", "--allow-local-path", str(files))
    server.start()
    try:
        aws = client(server.endpoint)

        def made(**members: Any) -> str:
            graph: str = aws.create_graph(provisionedMemory=16, **members)["id"]
            available(graph)
            return graph

        def available(graph: str) -> None:
            wait_for(
                "the graph",
                lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE",
            )

        vectors = {"vectorSearchConfiguration": {"dimension": 2}}
        graph = made(graphName="chunks", replicaCount=1, **vectors)
        text = "UNWIND range(1, 4) AS x CREATE (:Chunk {`~id`: 'c' + x, x: x}), (:Other {`~id`: 'o' + x, x: x})"
        run(aws, graph, text)
        text = "MATCH (n) WITH n, n.x AS x, $y AS y CALL neptune.algo.vectors.upsert(n, [x, y]) YIELD success RETURN count(success) AS n"
        answer = aws.execute_query(
            graphIdentifier=graph, queryString=text, language="OPEN_CYPHER", parameters={"y": 1}
        )
        assert answer["payload"].read() == b'{"results": [{"n": 8}]}'
        text = "MATCH (n {`~id`: 'c2'}) CALL neptune.algo.vectors.upsert(n, [2, 2]) YIELD node, embedding, success RETURN embedding, success"
        assert run(aws, graph, text) == [{"embedding": [2.0, 2.0], "success": True}]
        assert run(aws, graph, SEARCH) == FOUND
        with pytest.raises(ClientError, match="embeddings of 2 numbers") as raised:
            run(aws, graph, "CALL neptune.algo.vectors.upsert('c1', [1])")
        assert raised.value.response["reason"] == "ILLEGAL_ARGUMENT"

        snapshot = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName="kept")["id"]
        wait_for(
            "the snapshot",
            lambda: aws.get_graph_snapshot(snapshotIdentifier=snapshot)["status"] == "AVAILABLE",
        )
        aws.reset_graph(graphIdentifier=graph, skipSnapshot=True)
        available(graph)
        assert run(aws, graph, SEARCH) == []
        restored = aws.restore_graph_from_snapshot(
            snapshotIdentifier=snapshot, graphName="restored"
        )["id"]
        available(restored)
        assert run(aws, restored, SEARCH) == FOUND
        dimension = aws.get_graph(graphIdentifier=restored)["vectorSearchConfiguration"]
        assert dimension == {"dimension": 2}

        (files / "n.csv").write_text(
            "~id,~label,x:Int,embedding:Vector\nc1,Chunk,1,1;1\nc2,Chunk,2,2;2\n"
        )
        started = aws.start_import_task(
            graphIdentifier=graph, source=str(files), format="CSV", roleArn=ROLE
        )["taskId"]
        wait_for(
            "the import",
            lambda: aws.get_import_task(taskIdentifier=started)["status"] == "SUCCEEDED",
        )
        assert run(aws, graph, SEARCH) == FOUND
        without = made(graphName="without")
        with pytest.raises(ClientError, match="has no vector index"):
            run(aws, without, SEARCH)
    finally:
        server.stop()


def test_the_dimension_is_shown_of_what_a_server_finds(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("chunks", vector_dimension=2)
        graph.query("CREATE (n {`~id`: 'c1'}) WITH n CALL neptune.algo.vectors.upsert(n, [1, 2])")
        graph.snapshot("kept")
        database.create_graph("plain").snapshot("bare")
        database.clone("chunks", "lost").snapshot("orphan")
        database.delete_graph("lost")
    server = Served(tmp_path)
    server.start()
    try:
        aws = client(server.endpoint)

        def shown(graph: str) -> object:
            wait_for(
                "the graph",
                lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE",
            )
            return aws.get_graph(graphIdentifier=graph).get("vectorSearchConfiguration")

        graphs = {one["name"]: one["id"] for one in aws.list_graphs()["graphs"]}
        found = {one["name"]: one["id"] for one in aws.list_graph_snapshots()["graphSnapshots"]}
        assert shown(graphs["chunks"]) == {"dimension": 2}
        assert shown(graphs["plain"]) is None

        def restored(source: str, name: str) -> tuple[object, object]:
            reply = aws.restore_graph_from_snapshot(snapshotIdentifier=source, graphName=name)
            return reply.get("vectorSearchConfiguration"), shown(reply["id"])

        dimension = {"dimension": 2}
        assert restored(found["kept"], "again") == (dimension, dimension)
        assert restored(graphs["chunks"], "cloned") == (dimension, dimension)
        assert restored(found["bare"], "bare-again") == (None, None)
        # Its graph is gone.
        assert restored(found["orphan"], "first") == (dimension, dimension)
    finally:
        server.stop()
