"""How long do the smallest questions take: through the library, and over HTTP against an endpoint that does nothing?

Through the library: a person by `~id` and by a property, the number of different friends, and of different friends of
friends, of persons drawn at random; and compiling a query, which happens once for a text. Over HTTP
with boto3, in turn, 20 of each in a row: the same lookup, a durable one-row SET, and the same request to a server
(uvicorn, as seaglass's) that reads it and gives an empty result.
"""

from __future__ import annotations

import asyncio
import multiprocessing
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
IN_A_ROW = 20
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
    port = free_port()
    nothing = multiprocessing.get_context("spawn").Process(
        target=serve_nothing, args=(port,), daemon=True
    )
    nothing.start()
    served = Served(folder)
    served.start()
    try:
        aws = client(served.endpoint, read_timeout=600)
        graph = aws.restore_graph_from_snapshot(
            snapshotIdentifier=snapshot, graphName="small", provisionedMemory=16
        )["id"]
        aws.get_waiter("graph_available").wait(graphIdentifier=graph)
        bare = client(f"http://127.0.0.1:{port}")
        wait_for("the empty endpoint", lambda: answers(port))
        chance = random.Random(SEED)

        def person() -> dict[str, Any]:
            return {"id": str(chance.randrange(scale.nodes)), "age": chance.randrange(100)}

        asks: dict[str, Callable[[], object]] = {
            "an endpoint that does nothing": lambda: run(bare, graph, LOOKUP, person()),
            "lookup by ~id": lambda: run(aws, graph, LOOKUP, person()),
            "durable SET of one row": lambda: run(aws, graph, SET, person()),
        }
        # In turns, so that a machine that drifts favours none; several of one kind in a row, so that
        # what a server does after a reply is felt by the next of its own.
        rounds = [
            {name: [seconds(ask) for _ in range(IN_A_ROW)] for name, ask in asks.items()}
            for _ in range(ROUNDS)
        ]
    finally:
        served.stop()
        nothing.terminate()
    floor = 0.0
    for name in asks:
        median = quantile([spent for step in rounds[ROUNDS // 10 :] for spent in step[name]], 0.5)
        floor = floor or median
        yield Figure(f"HTTP: {name}, p50", median * 1e3, "ms")
        yield Figure(f"HTTP: {name}, to the endpoint that does nothing", median / floor, "x")


def answers(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def nothing(_: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Reads a request, and gives an empty result."""
    while (await receive()).get("more_body"):
        continue
    body = b'{"results": []}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve_nothing(port: int) -> None:
    options = uvicorn.Config(
        nothing, port=port, log_level="warning", access_log=False, lifespan="off"
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(options).serve())
