"""How long does a client with small queries wait while requests or answers of many megabytes come and go?

One client asks a graph for a number again and again, in a process of its own; another sends large requests
to a second graph of the same server, or asks it for a large answer, ROUNDS times each. The longest wait of the
first while a kind goes on, how long such a request takes (median), and the most memory of the front.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import Served, client, wait_for

from benchmarks.figures import Figure, Scale, quantile, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

ROUNDS = 3
ROWS = 100_000
NUMBERS = 9_000_000
TEXT_BYTES = 69 << 20
SMALL = b'{"query": "RETURN $a", "parameters": {"a": 1}}'
# Between two small queries, and after a large one.
PAUSE_SECONDS = 0.002
REST_SECONDS = 0.3


def kinds(divisor: int) -> dict[str, bytes]:
    """The bodies of the large requests, by name. Args: divisor: of their sizes"""
    rows = [
        {"id": f"n{n}", "name": f"name of {n}", "age": n % 90, "score": n / 2, "city": "Berlin"}
        for n in range(ROWS // divisor)
    ]
    create = "CREATE (:P {id: r.id, name: r.name, age: r.age, score: r.score, city: r.city})"
    answer = f"UNWIND range(1, {10 * ROWS // divisor}) AS n RETURN n, 'some text of a row' AS text"
    numbers, text = list(range(NUMBERS // divisor)), "x" * (TEXT_BYTES // divisor)
    asked: dict[str, tuple[str, dict[str, object]]] = {
        "rows, counted": ("UNWIND $rows AS r RETURN count(r)", {"rows": rows}),
        "rows, created": (f"UNWIND $rows AS r {create}", {"rows": rows}),
        "a list of numbers": ("RETURN size($list)", {"list": numbers}),
        "a text": ("RETURN size($text)", {"text": text}),
        "a large answer": (answer, {}),
    }
    return {
        f"{name}, {len(rows):,}" if name.startswith("rows") else name: json.dumps(
            {"query": query, "parameters": parameters}
        ).encode()
        for name, (query, parameters) in asked.items()
    }


def measure(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "data")
        served.start()
        try:
            yield from _measured(served, kinds(1 if scale.nodes >= 1_000_000 else 50))
        finally:
            served.stop()


def _measured(served: Served, bodies: dict[str, bytes]) -> Iterator[Figure]:
    aws = client(served.endpoint)
    ids = []
    for name in ("small", "large"):
        graph = str(aws.create_graph(graphName=name, provisionedMemory=16)["id"])
        wait_for(name, lambda g=graph: aws.get_graph(graphIdentifier=g)["status"] == "AVAILABLE")
        ids.append(graph)
    small, large = ids
    near, far = multiprocessing.Pipe()
    asker = multiprocessing.get_context("spawn").Process(
        target=ask_on, args=(served.port, small, far), daemon=True
    )
    asker.start()
    near.recv()
    try:
        yield from _each(served.port, large, bodies, near)
    finally:
        asker.terminate()
    assert served.process is not None
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    yield Figure("the most memory of the front", int(peak.split()[1]) / 1024, "MiB")


def _each(port: int, graph: str, bodies: dict[str, bytes], asker: Connection) -> Iterator[Figure]:
    for name, body in bodies.items():
        taken = []
        asker.send("begin")
        for _ in range(ROUNDS):
            taken.append(seconds(lambda b=body: post(port, graph, b)))
            time.sleep(REST_SECONDS)
        asker.send("tell")
        waits: list[float] = asker.recv()
        yield Figure(f"{name}: the request, median", quantile(taken, 0.5) * 1e3, "ms")
        yield Figure(f"{name}: longest wait of another client", max(waits) * 1e3, "ms")


def post(port: int, graph: str, body: bytes) -> None:
    """Send a query over a new connection, and read all of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST", "/queries", body, {"graphIdentifier": graph})
    answer = connection.getresponse()
    while answer.read(1 << 20):
        continue
    assert answer.status == 200, answer.status
    connection.close()


def ask_on(port: int, graph: str, told: Connection) -> None:
    """Ask again and again, and tell how long each took since one was told to begin."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def ask() -> None:
        connection.request("POST", "/queries", SMALL, {"graphIdentifier": graph})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200

    waits: list[float] = []
    ask()
    told.send("ready")
    while True:
        if told.poll():
            if told.recv() == "tell":
                told.send(waits)
            waits = []
        waits.append(seconds(ask))
        time.sleep(PAUSE_SECONDS)
