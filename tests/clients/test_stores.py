"""Two servers on one bucket: what one froze, the other thaws, with the key."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.serving import Served, client, run, wait_for

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def _available(describe: Any, **which: str) -> None:
    wait_for("AVAILABLE", lambda: describe(**which)["status"] == "AVAILABLE")


def test_a_second_server_restores_from_the_bucket(tmp_path: Path, bucket_url: str) -> None:
    first = Served(tmp_path / "first", "--store", bucket_url)
    first.start()
    try:
        aws = client(first.endpoint)
        graph = aws.create_graph(graphName="social", provisionedMemory=16)["id"]
        _available(aws.get_graph, graphIdentifier=graph)
        run(aws, graph, "CREATE (:Person {name: 'Ada'})-[:KNOWS]->(:Person {name: 'Alan'})")
        snapshot = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName="before")["id"]
        _available(aws.get_graph_snapshot, snapshotIdentifier=snapshot)
        run(aws, graph, "MATCH (n) DETACH DELETE n")
        first.kill()
        # The folder remembers its store.
        first.options = ()
        first.start()
        assert run(aws, graph, "MATCH (n) RETURN count(n) AS n") == [{"n": 0}]
    finally:
        first.stop()
    shutil.copytree(tmp_path / "first" / "keys", tmp_path / "second" / "keys")
    second = Served(tmp_path / "second", "--store", bucket_url)
    second.start()
    try:
        aws = client(second.endpoint)
        assert [one["id"] for one in aws.list_graph_snapshots()["graphSnapshots"]] == [snapshot]
        again = aws.restore_graph_from_snapshot(snapshotIdentifier=snapshot, graphName="again")
        _available(aws.get_graph, graphIdentifier=again["id"])
        rows = run(aws, again["id"], "MATCH (a)-[:KNOWS]->(b) RETURN a.name AS a, b.name AS b")
        assert rows == [{"a": "Ada", "b": "Alan"}]
        aws.delete_graph_snapshot(snapshotIdentifier=snapshot)
    finally:
        second.stop()
    assert not (tmp_path / "second" / "objects").exists()


def test_a_server_sees_what_another_one_freezes_meanwhile(tmp_path: Path, bucket_url: str) -> None:
    first, second = (Served(tmp_path / name, "--store", bucket_url) for name in ("1st", "2nd"))
    try:
        first.start()
        one = client(first.endpoint)
        graph = one.create_graph(graphName="social", provisionedMemory=16)["id"]
        _available(one.get_graph, graphIdentifier=graph)
        shutil.copytree(tmp_path / "1st" / "keys", tmp_path / "2nd" / "keys")
        second.start()
        other = client(second.endpoint)
        snapshot = one.create_graph_snapshot(graphIdentifier=graph, snapshotName="now")["id"]
        _available(one.get_graph_snapshot, snapshotIdentifier=snapshot)

        def seen() -> list[str]:
            return [found["id"] for found in other.list_graph_snapshots()["graphSnapshots"]]

        wait_for("the snapshot elsewhere", lambda: snapshot in seen())
        again = other.restore_graph_from_snapshot(snapshotIdentifier=snapshot, graphName="again")
        _available(other.get_graph, graphIdentifier=again["id"])
    finally:
        first.stop()
        second.stop()
