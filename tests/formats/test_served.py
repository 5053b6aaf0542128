"""Goal: a server goes on where an earlier version's server has stopped.

Method: store-1 was written before graphs kept vectors, when a dimension stood in the server's records alone. A server
takes it over, and its records are then written as that version's server wrote them.
"""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.serving import Served, client, run

if TYPE_CHECKING:
    from collections.abc import Iterator

WITH_VECTORS = "CALL neptune.algo.vectors.upsert('1', [1, 2, 3]) YIELD success RETURN success"
VECTOR = "MATCH (n {`~id`: '1'}) CALL neptune.algo.vectors.get(n) YIELD embedding RETURN embedding"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with zipfile.ZipFile(Path(__file__).parent / "store-1.zip") as archive:
        archive.extractall(tmp_path)
    running = Served(tmp_path / "data")
    running.start()
    running.stop()
    with sqlite3.connect(tmp_path / "data" / "control.db") as records:
        records.execute("UPDATE graphs SET vector_dimension = 3")
        records.execute("UPDATE snapshots SET vector_dimension = 3")
    records.close()
    running.start()
    yield running
    running.stop()


def test_a_graph_that_was_to_take_vectors_takes_them(served: Served) -> None:
    aws = client(served.endpoint)
    (graph,) = [one["id"] for one in aws.list_graphs()["graphs"] if one["name"] == "main"]
    available = aws.get_waiter("graph_available")
    available.wait(graphIdentifier=graph)
    assert aws.get_graph(graphIdentifier=graph)["vectorSearchConfiguration"] == {"dimension": 3}
    before = run(aws, graph, "MATCH (n) RETURN count(n) AS n")
    assert run(aws, graph, WITH_VECTORS) == [{"success": True}]
    served.kill()
    served.start()
    available.wait(graphIdentifier=graph)
    assert run(aws, graph, VECTOR) == [{"embedding": [1.0, 2.0, 3.0]}]
    assert run(aws, graph, "MATCH (n) RETURN count(n) AS n") == before


def test_so_does_one_that_is_restored(served: Served) -> None:
    aws = client(served.endpoint)
    snapshots = aws.list_graph_snapshots()["graphSnapshots"]
    (snapshot,) = [one["id"] for one in snapshots if one["name"] == "people"]
    made = aws.restore_graph_from_snapshot(snapshotIdentifier=snapshot, graphName="restored")
    aws.get_waiter("graph_available").wait(graphIdentifier=made["id"])
    assert run(aws, made["id"], WITH_VECTORS) == [{"success": True}]
