"""Does the cost of a one-row commit stay flat as the graph grows, and do many threads share the disk's syncs?

From 10 thousand to 10 million nodes, in memory and on disk: the first shows what the engine does, the second adds the
log and its fsync. Each sample is one query through the library, `MATCH (n {~id}) SET n.age = $age` or
`CREATE (:Person {...})`, answered when it is durable. Then commits a second on disk, from one thread and from many that
each wait for their own: those that wait at the same time share one sync. Beside them, how many small writes the disk
syncs in a second where nothing else is done.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import seaglass
from benchmarks.figures import FULL, Figure, Scale, quantile, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
COMMITS = 1_000
SEED = 7
THREADS = (1, 4, 16, 64)
RATE_NODES = 100_000
RATE_SECONDS = 5.0
COMMIT_BYTES = 120


def measure(scale: Scale) -> Iterator[Figure]:
    sizes = SIZES if scale == FULL else SIZES[:2]
    for where in ("memory", "disk"):
        for size in sizes:
            yield from measure_size(where, size)
    yield from measure_rates()


def measure_size(where: str, size: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = None if where == "memory" else Path(folder)
        with seaglass.open(path) as database:
            graph = database.create_graph("commits")
            graph.load(nodes=people(size))
            chance = random.Random(SEED)
            for name, text in QUERIES.items():
                samples = []
                for step in range(COMMITS):
                    parameters = {
                        "id": f"p{chance.randrange(size)}",
                        "age": step,
                        "new": f"{name}{step}",
                    }
                    samples.append(
                        seconds(lambda t=text, p=parameters: graph.query(t, p).rows()) * 1e6
                    )
                label = f"{where} {size:>10,} nodes {name}"
                yield Figure(f"{label} p50", quantile(samples, 0.5), "us")
                yield Figure(f"{label} p99", quantile(samples, 0.99), "us")


def measure_rates() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, seaglass.open(Path(folder)) as database:
        graph = database.create_graph("rates")
        graph.load(nodes=people(RATE_NODES))
        for threads in THREADS:
            yield Figure(
                f"disk, before {threads:>2} threads: syncs alone", syncs(folder), "syncs/s"
            )
            for name in QUERIES:
                yield Figure(
                    f"disk, {threads:>2} threads {name}", rate(graph, name, threads), "commits/s"
                )


def syncs(folder: str) -> float:
    """Appends of as many bytes as a commit has, each synced, a second."""
    done = 0
    with (Path(folder) / "syncs").open("ab", buffering=0) as file:
        started = time.perf_counter()
        while time.perf_counter() - started < 1.0:
            file.write(bytes(COMMIT_BYTES))
            os.fsync(file.fileno())
            done += 1
        return done / (time.perf_counter() - started)


def rate(graph: seaglass.Graph, name: str, threads: int) -> float:
    """Commits a second of all threads together; each begins its next when its last is durable."""
    done = [0] * threads
    end = time.perf_counter() + RATE_SECONDS

    def commit(thread: int) -> None:
        chance = random.Random(SEED + thread)
        while time.perf_counter() < end:
            new = f"{name}-{threads}-{thread}-{done[thread]}"
            parameters = {"id": f"p{chance.randrange(RATE_NODES)}", "age": thread, "new": new}
            graph.query(QUERIES[name], parameters).rows()
            done[thread] += 1

    started = time.perf_counter()
    running = [threading.Thread(target=commit, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


QUERIES = {
    "set": "MATCH (n {`~id`: $id}) SET n.age = $age",
    "create": "CREATE (:Person {`~id`: $new, age: $age})",
}


def people(size: int) -> dict[str, object]:
    """Nodes with an id, a label and two properties."""
    numbers = np.arange(size)
    ids = np.char.add("p", numbers.astype(str))
    return {
        "~id": ids,
        "~label": np.full(size, "Person"),
        "age": numbers % 90,
        "score": numbers * 0.5,
    }
