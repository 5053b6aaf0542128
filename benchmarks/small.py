"""How long do the smallest questions take: through the library, and over HTTP against an endpoint that does nothing?

Through the library: a person by `~id` and by a property, the number of different friends, and of different friends of
friends, of persons drawn at random; and compiling a query, which happens once for a text. Over HTTP
with boto3, in turn, 20 of each in a row, and then one of each: the same lookup, a durable one-row SET, and the same
request to a server (uvicorn, as seaglass's) that reads it and gives an empty result. Another such server writes and
syncs as many bytes as a SET before it does: no durable write takes less.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop
from tests.serving import Served, client, free_port, run, wait_for

import seaglass
from benchmarks.figures import Figure, Scale, quantile, seconds
from benchmarks.social import social
from seaglass.engine.cypher.compile import compile as compile_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED = 13
CALLS = 2_000
ROUNDS = 40
# Of one kind in a row, as of a client that asks for one thing after the other; and by turns.
IN_A_ROW = (20, 1)
# For the server to start a spare in place of the worker that took the graph.
SPARE_SECONDS = 5.0
# What the log has of a SET, and the file that it is written to, laid out as a log is.
ENTRY_BYTES = 150
LAID_OUT_BYTES = 4 << 20
LOOKUP = "MATCH (p:Person {`~id`: $id}) RETURN p.name, p.age, p.city"
SET = "MATCH (p:Person {`~id`: $id}) SET p.age = $age"
QUESTIONS = {
    "lookup by ~id": LOOKUP,
    "lookup by a property": "MATCH (p:Person {id: $number}) RETURN p.name, p.age, p.city",
    "1-hop DISTINCT count": "MATCH (p:Person {`~id`: $id})-[:KNOWS]->(q:Person) RETURN count(DISTINCT q)",
    "2-hop DISTINCT count": "MATCH (p:Person {`~id`: $id})-[:KNOWS]->(:Person)-[:KNOWS]->(q:Person) "
    "RETURN count(DISTINCT q)",
}
TYPICAL = """MATCH (p:Person {`~id`: $id})-[k:KNOWS]->(f:Person)
WHERE f.age >= 18 AND k.since < 2020
RETURN f.name, f.city, count(*) AS times ORDER BY times DESC, f.name LIMIT 10"""


def measure(scale: Scale) -> Iterator[Figure]:
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    with tempfile.TemporaryDirectory() as folder:
        with seaglass.open(Path(folder)) as database:
            tables = social(scale)
            graph = database.create_graph("social")
            graph.load(tables.people, tables.knows)
            for name, text in QUESTIONS.items():
                samples = asked(graph, text, scale)
                yield Figure(f"{size}: {name}, mean", sum(samples) / len(samples) * 1e6, "us")
                yield Figure(f"{size}: {name}, p50", quantile(samples, 0.5) * 1e6, "us")
            snapshot = graph.snapshot("full").id
            graph.close()
            database.delete_graph("social")
        for name, text in {"lookup": LOOKUP, "typical query": TYPICAL}.items():
            samples = [seconds(lambda t=text: compile_query(t)) for _ in range(200)]
            yield Figure(f"compile: {name}, p50", quantile(samples, 0.5) * 1e6, "us")
        yield from over_http(Path(folder), snapshot, scale)


def asked(graph: seaglass.Graph, text: str, scale: Scale) -> list[float]:
    """Seconds of each of CALLS calls, after as many to warm up."""
    samples: list[float] = []
    for _ in range(2):
        chance = random.Random(SEED)
        samples = []
        for _ in range(CALLS):
            number = chance.randrange(scale.nodes)
            parameters = {"id": str(number), "number": number}
            started = time.perf_counter()
            rows = graph.query(text, parameters).rows()
            samples.append(time.perf_counter() - started)
            assert len(rows) == 1
    return samples


def over_http(folder: Path, snapshot: str, scale: Scale) -> Iterator[Figure]:
    ports = free_port(), free_port()
    spawn = multiprocessing.get_context("spawn").Process
    bare = [
        spawn(target=serve_nothing, args=(port, path), daemon=True)
        for port, path in zip(ports, (None, folder / "written"), strict=True)
    ]
    for process in bare:
        process.start()
    served = Served(folder)
    served.start()
    try:
        aws = client(served.endpoint, read_timeout=600)
        graph = aws.restore_graph_from_snapshot(
            snapshotIdentifier=snapshot, graphName="small", provisionedMemory=16
        )["id"]
        aws.get_waiter("graph_available").wait(graphIdentifier=graph)
        for port in ports:
            wait_for("an empty endpoint", lambda port=port: answers(port))
        empty, syncs = (client(f"http://127.0.0.1:{port}") for port in ports)
        chance = random.Random(SEED)

        def person() -> dict[str, Any]:
            return {"id": str(chance.randrange(scale.nodes)), "age": chance.randrange(100)}

        asks: dict[str, Callable[[], object]] = {
            "an endpoint that does nothing": lambda: run(empty, graph, LOOKUP, person()),
            "an endpoint that only writes and syncs": lambda: run(syncs, graph, SET, person()),
            "lookup by ~id": lambda: run(aws, graph, LOOKUP, person()),
            "durable SET of one row": lambda: run(aws, graph, SET, person()),
        }
        time.sleep(SPARE_SECONDS)
        for in_a_row in IN_A_ROW:
            yield from in_turns(asks, in_a_row)
    finally:
        served.stop()
        for process in bare:
            process.terminate()


def in_turns(asks: dict[str, Callable[[], object]], in_a_row: int) -> Iterator[Figure]:
    """In turns, so that a machine that drifts favours none; several of one kind in a row, so that what
    a server does after a reply is felt by the next of its own.
    """
    rounds = [
        {name: [seconds(ask) for _ in range(in_a_row)] for name, ask in asks.items()}
        for _ in range(ROUNDS * max(IN_A_ROW) // in_a_row)
    ]
    floor = 0.0
    for name in asks:
        spent = [one for step in rounds[len(rounds) // 10 :] for one in step[name]]
        median = quantile(spent, 0.5)
        floor = floor or median
        label = f"HTTP, {in_a_row} in a row: {name}"
        yield Figure(f"{label}, p50", median * 1e3, "ms")
        yield Figure(f"{label}, to the endpoint that does nothing", median / floor, "x")


def answers(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Nothing:
    """Reads a request, and gives an empty result; after a write and its sync, if it has a file."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._at = 0
        if self._file is not None:
            os.pwrite(self._file, bytes(LAID_OUT_BYTES), 0)
            os.fsync(self._file)

    async def __call__(
        self, _: Any, receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        while (await receive()).get("more_body"):
            continue
        if self._file is not None:
            os.pwrite(self._file, b"x" * ENTRY_BYTES, self._at)
            os.fdatasync(self._file)
            self._at = (self._at + ENTRY_BYTES) % (LAID_OUT_BYTES - ENTRY_BYTES)
        body = b'{"results": []}'
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def serve_nothing(port: int, path: Path | None) -> None:
    options = uvicorn.Config(
        Nothing(path), port=port, log_level="warning", access_log=False, lifespan="off"
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(options).serve())
