"""Does a snapshot stall the queries and commits of a live graph? Latency with and without one running.

Over HTTP with boto3: one client asks for a node and its neighbours' count, again and again, and in every other round
it commits a change of one node instead. In each round a tenth of the nodes changes first, so that the snapshot has
chunks to write, but not so much that the graph saves itself; then the client runs alone for a while, then while
another client, a process of its own, takes a snapshot. Rounds alternate, so a machine that drifts does not favour
either side.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import tempfile
import time
from dataclasses import dataclass, field
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
TEXTS = {
    "query": "MATCH (n {`~id`: $id})-[:KNOWS]->(m) RETURN n.name AS name, count(m) AS friends",
    "commit": "MATCH (n {`~id`: $id}) SET n.age = 17",
}


def measure(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        snapshot = prepare(Path(folder), scale)
        served = Served(Path(folder))
        served.start()
        try:
            seen = rounds(served, snapshot, scale)
        finally:
            served.stop()
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    for kind, latencies in seen.items():
        for share, name in ((0.5, "p50"), (0.99, "p99")):
            without = quantile(latencies.alone, share)
            during = quantile(latencies.beside, share)
            yield Figure(f"{size}: {kind} {name} without a snapshot", without * 1e3, "ms")
            yield Figure(f"{size}: {kind} {name} during snapshots", during * 1e3, "ms")
            yield Figure(f"{size}: {kind} {name}, ratio", during / without, "x")
        yield Figure(f"{size}: {kind}: answers during snapshots", len(latencies.beside), "answers")
        yield Figure(f"{size}: {kind}: snapshots, longest", max(latencies.taken), "s")


@dataclass
class Latencies:
    """Seconds of each answer without a snapshot and beside one, and of each snapshot."""

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)


def rounds(served: Served, snapshot: str, scale: Scale) -> dict[str, Latencies]:
    aws = client(served.endpoint, read_timeout=600)
    graph = aws.restore_graph_from_snapshot(
        snapshotIdentifier=snapshot, graphName="live", provisionedMemory=16
    )["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    chance = random.Random(SEED)
    asking = {
        kind: Asking(served, graph, text, chance, scale.nodes) for kind, text in TEXTS.items()
    }
    for one in asking.values():
        one.until(deadline(3.0))
    seen = {kind: Latencies() for kind in TEXTS}
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    snapper = spawn.Process(target=take_snapshots, args=(served.endpoint, graph, theirs))
    snapper.start()
    ours.recv()
    changes = itertools.count()
    for step in range(ROUNDS):
        for kind, latencies in seen.items():
            run(aws, graph, CHANGE, {"step": next(changes)})
            latencies.alone += asking[kind].until(deadline(ALONE_SECONDS))
            ours.send(f"s-{step}-{kind}")
            latencies.beside += asking[kind].until(ours.poll)
            latencies.taken.append(ours.recv())
    ours.send(None)
    snapper.join()
    return seen


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


@dataclass
class Asking:
    """One client and what it asks, of one node after the other."""

    served: Served
    graph: str
    text: str
    chance: random.Random
    nodes: int

    def until(self, over: Callable[[], bool]) -> list[float]:
        """Seconds of each answer until `over()`."""
        aws = client(self.served.endpoint)
        samples = []
        while not over():
            started = time.perf_counter()
            run(aws, self.graph, self.text, {"id": str(self.chance.randrange(self.nodes))})
            samples.append(time.perf_counter() - started)
        return samples
