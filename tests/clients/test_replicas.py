"""Goal: a graph with replicas answers from several processes, every read shows what was acknowledged
before it, and no acknowledged write is lost when a worker dies.

Method: a real server; threads with boto3 that write and read back at the same time; its workers are
killed in between.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from tests.serving import Served, children, client, run, wait_for

if TYPE_CHECKING:
    from pathlib import Path

THREADS = 4
ROUNDS = 25


def test_reads_are_spread_and_see_every_acknowledged_write(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        graph = aws.create_graph(graphName="many", provisionedMemory=16, replicaCount=2)["id"]
        wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
        assert aws.get_graph(graphIdentifier=graph)["replicaCount"] == 2
        assert server.process is not None
        before = len(children(server.process.pid))
        failures: list[str] = []
        threads = [
            threading.Thread(target=write_and_read, args=(server, graph, number, failures))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        wait_for("the replicas", lambda: len(children(server.process.pid)) >= before + 2)
        for thread in threads:
            thread.join()
        assert failures == []
        # All workers at once: the writer and its replicas.
        assert server.kill_workers() >= 3
        again = wait_for("the worker", lambda: answered(aws, graph))
        assert again == [{"n": THREADS * ROUNDS}]
    finally:
        server.stop()


def write_and_read(server: Served, graph: str, number: int, failures: list[str]) -> None:
    aws = client(server.endpoint)
    for turn in range(1, ROUNDS + 1):
        run(
            aws,
            graph,
            "CREATE (:P {thread: $thread, turn: $turn})",
            {"thread": number, "turn": turn},
        )
        rows = run(
            aws, graph, "MATCH (p:P {thread: $thread}) RETURN count(p) AS n", {"thread": number}
        )
        if rows != [{"n": turn}]:
            failures.append(f"thread {number} wrote {turn} and read {rows}")


def answered(aws: Any, graph: str) -> list[Any]:
    try:
        return run(aws, graph, "MATCH (p:P) RETURN count(p) AS n")
    except (BotoCoreError, ClientError):
        return []
