"""Goal: a graph with replicas answers from several processes, every read shows what was acknowledged
before it, and no acknowledged write is lost when a worker dies.

Method: a real server; threads with boto3 that write and read back at the same time; its workers are
killed in between.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tests.serving import Served, children, client, run, wait_for

THREADS = 4
ROUNDS = 25
KILLS = 3


def make_graph(aws: Any) -> str:
    """A graph that may have two replicas, once it is available."""
    graph: str = aws.create_graph(graphName="many", provisionedMemory=16, replicaCount=2)["id"]
    wait_for("the graph", lambda: aws.get_graph(graphIdentifier=graph)["status"] == "AVAILABLE")
    return graph


def test_reads_are_spread_and_see_every_acknowledged_write(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        graph = make_graph(aws)
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


def test_readers_never_learn_of_a_writer_that_is_killed(tmp_path: Path) -> None:
    """Goal: while the writing worker is killed again and again, no read fails, none misses what was
    acknowledged before it, and what is lost is at most the one write in hand.
    """
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        graph = make_graph(aws)
        load = Load(server, graph)
        threads = [threading.Thread(target=load.read) for _ in range(THREADS)]
        threads += [threading.Thread(target=load.write, args=(n,)) for n in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            before = load.acknowledged()
            wait_for("writes", lambda n=before: load.acknowledged() >= n + 10)
            os.kill(wait_for("the writer", lambda: writer_of(server, graph)), signal.SIGKILL)
        before = load.acknowledged()
        wait_for("writes after the last kill", lambda: load.acknowledged() >= before + 10)
        load.over.set()
        for thread in threads:
            thread.join()
        assert load.failures == []
        rows = run(aws, graph, "MATCH (p:P) RETURN p.thread AS thread, p.turn AS turn")
        stored = [(row["thread"], row["turn"]) for row in rows]
        assert len(stored) == len(set(stored))
        assert load.written <= set(stored) <= load.written | load.unknown
        assert len(load.unknown) <= 2 * KILLS
    finally:
        server.stop()


class Load:
    """Clients that do not repeat anything themselves."""

    def __init__(self, server: Served, graph: str) -> None:
        self.server, self.graph = server, graph
        self.over = threading.Event()
        self.written: set[tuple[int, int]] = set()
        self.unknown: set[tuple[int, int]] = set()
        self.failures: list[str] = []

    def acknowledged(self) -> int:
        return len(self.written)

    def write(self, number: int) -> None:
        aws, turn = client(self.server.endpoint), 0
        text = "CREATE (:P {thread: $thread, turn: $turn})"
        while not self.over.is_set():
            turn += 1
            try:
                run(aws, self.graph, text, {"thread": number, "turn": turn})
            except (BotoCoreError, ClientError):
                self.unknown.add((number, turn))
            else:
                self.written.add((number, turn))

    def read(self) -> None:
        aws = client(self.server.endpoint)
        while not self.over.is_set():
            least = self.acknowledged()
            try:
                (row,) = run(aws, self.graph, "MATCH (p:P) RETURN count(p) AS n")
            except (BotoCoreError, ClientError) as error:
                self.failures.append(str(error))
            else:
                if row["n"] < least:
                    self.failures.append(f"{least} were acknowledged, {row['n']} were read")


def writer_of(server: Served, graph: str) -> int | None:
    """The worker that holds the graph's lock, which only one process may."""
    assert server.process is not None
    for worker in children(server.process.pid):
        with contextlib.suppress(OSError):
            for opened in Path(f"/proc/{worker}/fd").iterdir():
                with contextlib.suppress(OSError):
                    name = str(opened.readlink())
                    if graph in name and name.endswith("lock"):
                        return worker
    return None
