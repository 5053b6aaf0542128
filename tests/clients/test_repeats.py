"""Goal: a write that an unmodified AWS client repeats by itself, because its answer was an error or did not come,
is made exactly once.

Method: boto3 with its retries; threads that create numbered nodes, while the writing worker is killed, the whole server
is killed and started again, and a proxy spoils requests before, while and after the server carries them out. Each node
must be there once if the client was told so, and at most once whatever it was told.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from tests.clients.test_replicas import make_graph, writer_of
from tests.serving import Served, client, run, wait_for

from seaglass.testkit.flaky_http import FlakyProxy, Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seaglass.testkit.flaky_http import Fault

THREADS = 4
ATTEMPTS = 10
KILLS = 3
PLAIN = "CREATE (:P {id: $id})"
SHOWING = "CREATE (p:P {id: $id}) RETURN p.id AS id"


class Writers:
    """Threads that create nodes, every other time with a row to show."""

    def __init__(self, graph: str, make_client: Callable[[], Any]) -> None:
        self.graph = graph
        self.make_client = make_client
        self.over = threading.Event()
        self.written: set[str] = set()
        self.told: set[str] = set()
        self.failures: list[str] = []
        self.threads = [threading.Thread(target=self.write, args=(n,)) for n in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def write(self, thread: int) -> None:
        aws, turn = self.make_client(), 0
        while not self.over.is_set():
            turn += 1
            node_id, showing = f"{thread}-{turn}", turn % 2 == 0
            try:
                rows = run(aws, self.graph, SHOWING if showing else PLAIN, {"id": node_id})
            except ClientError as error:
                message = str(error)
                if showing and "ConflictException" in message and "carried out, once" in message:
                    self.told.add(node_id)
                else:
                    self.failures.append(message)
            except BotoCoreError as error:
                self.failures.append(str(error))
            else:
                self.written.add(node_id)
                if rows != ([{"id": node_id}] if showing else []):
                    self.failures.append(f"{node_id} was answered {rows}")

    def wait(self, more: int) -> None:
        """Return when so many nodes more have been made."""
        before = len(self.written)
        wait_for("writes", lambda: len(self.written) >= before + more)

    def end(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def check(self, aws: Any) -> None:
        """What was said to be there is there, once; nothing else is."""
        assert self.failures == []
        rows = run(aws, self.graph, "MATCH (p:P) RETURN p.id AS id")
        stored = sorted(row["id"] for row in rows)
        assert stored == sorted(self.written | self.told)


def test_workers_are_killed(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        graph = make_graph(aws)
        # What a killed worker had in hand is seen to before anybody hears of it.
        writers = Writers(graph, lambda: client(server.endpoint))
        for _ in range(KILLS):
            writers.wait(10)
            os.kill(wait_for("the writer", lambda: writer_of(server, graph)), signal.SIGKILL)
        writers.wait(10)
        writers.end()
        writers.check(aws)
    finally:
        server.stop()


def test_the_server_is_killed_and_started_again(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        graph = make_graph(client(server.endpoint))
        writers = Writers(graph, lambda: client(server.endpoint, ATTEMPTS))
        for _ in range(2):
            writers.wait(10)
            server.kill()
            server.start()
        writers.wait(10)
        writers.end()
        writers.check(client(server.endpoint, ATTEMPTS))
    finally:
        server.stop()


def test_requests_and_answers_are_lost_on_the_way(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    proxy = FlakyProxy(server.port, slow_seconds=1.5)
    try:
        aws = client(server.endpoint)
        graph = make_graph(aws)
        faults: tuple[Fault, ...] = ("lost", "cut", "lost", "500", "slow", "lost", "503")
        proxy.plan = Plan(lambda n: faults[n // 4 % len(faults)] if n % 4 == 0 else None)
        writers = Writers(graph, lambda: client(proxy.endpoint, ATTEMPTS, read_timeout=1.0))
        writers.wait(40)
        writers.end()
        assert proxy.plan.spoiled >= len(faults)
        writers.check(aws)
    finally:
        proxy.close()
        server.stop()


def test_a_client_that_does_not_wait_has_it_once_or_not_at_all(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    server.start()
    try:
        aws = client(server.endpoint)
        graph = make_graph(aws)
        # The first sending is cut off in the middle of it, and the second comes at once.
        hasty = client(server.endpoint, 3, read_timeout=0.3)
        text = "CREATE (:P) WITH 1 AS one UNWIND range(1, 200000) AS x CREATE (:Many {x: x})"
        with contextlib.suppress(BotoCoreError):
            run(hasty, graph, text)
        patient = client(server.endpoint, ATTEMPTS)
        assert run(patient, graph, text) == []
        (row,) = run(
            aws, graph, "MATCH (p:P) WITH count(p) AS p MATCH (m:Many) RETURN p, count(m) AS m"
        )
        assert row in ({"p": 1, "m": 200_000}, {"p": 2, "m": 400_000})
    finally:
        server.stop()
