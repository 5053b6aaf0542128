"""Does a snapshot stall the queries of a live graph? Latency with and without one running.

Over HTTP with boto3: one client asks for a node and its neighbours' count, again and again. In each round a tenth of
the nodes changes first, so that the snapshot has chunks to write, but not so much that the graph saves itself; then the
client runs alone for a while, then while another client, a process of its own, takes a snapshot. Rounds alternate, so a
machine that drifts does not favour either side.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import Served, client, run

from benchmarks.figures import Figure, Scale, quantile
from benchmarks.restore import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

ROUNDS = 30
ALONE_SECONDS = 0.6
SHARE = 10
SEED = 5
CHANGE = f"MATCH (n) WHERE n.id % {SHARE} = $step % {SHARE} SET n.age = $step"
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
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    snapper = spawn.Process(target=take_snapshots, args=(served.endpoint, graph, theirs))
    snapper.start()
    ours.recv()
    for step in range(ROUNDS):
        run(aws, graph, CHANGE, {"step": step})
        alone += ask_until(served, graph, scale, chance, deadline(ALONE_SECONDS))
        ours.send(f"s-{step}a")
        beside += ask_until(served, graph, scale, chance, ours.poll)
        taken.append(ours.recv())
    ours.send(None)
    snapper.join()
    return alone, beside, taken


def take_snapshots(endpoint: str, graph: str, asked: Connection) -> None:
    """The other client: for each name that it gets it takes a snapshot, and says how long it took."""
    aws = client(endpoint)
    aws.list_graphs()
    asked.send("ready")
    while (name := asked.recv()) is not None:
        started = time.perf_counter()
        made = aws.create_graph_snapshot(graphIdentifier=graph, snapshotName=name)["id"]
        aws.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=made)
        asked.send(time.perf_counter() - started)


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
