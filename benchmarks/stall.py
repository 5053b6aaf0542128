"""Does a snapshot stall the queries of a live graph? Latency with and without one running.

Over HTTP with boto3: one client asks for a node and its neighbours' count, again and again. In each round a tenth of
the nodes changes first, so that the snapshot has chunks to write; then the client runs alone for a while, then while a
snapshot is taken. Rounds alternate, so a machine that drifts does not favour either side.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import Served, client, run

from benchmarks.figures import Figure, Scale, quantile
from benchmarks.restore import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 4
ALONE_SECONDS = 6.0
SHARE = 10
SEED = 5
TEXT = "MATCH (n {`~id`: $id})-[:KNOWS]->(m) RETURN n.name AS name, count(m) AS friends"


def measure(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        snapshot = prepare(Path(folder), scale)
        served = Served(Path(folder))
        served.start()
        try:
            alone, beside, taken = rounds(served, snapshot, scale)
        finally:
            served.stop()
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        without, during = quantile(alone, share), quantile(beside, share)
        yield Figure(f"{size}: query {name} without a snapshot", without * 1e3, "ms")
        yield Figure(f"{size}: query {name} during snapshots", during * 1e3, "ms")
        yield Figure(f"{size}: query {name}, ratio", during / without, "x")
    yield Figure(f"{size}: queries during snapshots", len(beside), "queries")
    yield Figure(f"{size}: snapshots, longest", max(taken), "s")


def rounds(
    served: Served, snapshot: str, scale: Scale
) -> tuple[list[float], list[float], list[float]]:
    aws = client(served.endpoint, read_timeout=600)
    graph = aws.restore_graph_from_snapshot(
        snapshotIdentifier=snapshot, graphName="live", provisionedMemory=16
    )["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    chance = random.Random(SEED)
    ask_until(served, graph, scale, chance, deadline(3.0))
    alone: list[float] = []
    beside: list[float] = []
    taken: list[float] = []
    for step in range(ROUNDS):
        change = f"MATCH (n) WHERE n.id % {SHARE} = {step} SET n.age = {step}"
        run(aws, graph, change)
        alone += ask_until(served, graph, scale, chance, deadline(ALONE_SECONDS))
        done = threading.Event()

        def snap(step: int = step, done: threading.Event = done) -> None:
            started = time.perf_counter()
            made = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName=f"s-{step}a")["id"]
            aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=made)
            taken.append(time.perf_counter() - started)
            done.set()

        thread = threading.Thread(target=snap)
        thread.start()
        beside += ask_until(served, graph, scale, chance, done.is_set)
        thread.join()
    return alone, beside, taken


def deadline(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= end


def ask_until(
    served: Served, graph: str, scale: Scale, chance: random.Random, over: Callable[[], bool]
) -> list[float]:
    """Seconds of each query until `over()`."""
    aws = client(served.endpoint)
    samples = []
    while not over():
        started = time.perf_counter()
        run(aws, graph, TEXT, {"id": str(chance.randrange(scale.nodes))})
        samples.append(time.perf_counter() - started)
    return samples
