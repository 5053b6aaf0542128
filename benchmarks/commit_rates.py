"""Do many threads that write share the disk's syncs, and what does a commit take of a processor then?

Durable one-row commits a second through the library, from one thread and from many that each wait for
their own; beside them the processor time of the whole process for each, and how many small writes the
disk syncs in a second where nothing else is done.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import seaglass
from benchmarks.commits import QUERIES, people
from benchmarks.figures import Figure, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 7
THREADS = (1, 4, 16, 64)
NODES = 100_000
SECONDS = 3.5
WARM_SECONDS = 0.3
COMMIT_BYTES = 120


def measure(_: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, seaglass.open(Path(folder)) as database:
        graph = database.create_graph("rates")
        graph.load(nodes=people(NODES))
        for threads in THREADS:
            yield Figure(f"before {threads:>2} threads: syncs alone", syncs(folder), "syncs/s")
            for name in QUERIES:
                rate(graph, name, threads, WARM_SECONDS)
                used = time.process_time()
                done, seconds = rate(graph, name, threads, SECONDS)
                used = time.process_time() - used
                yield Figure(f"{threads:>2} threads {name}", done / seconds, "commits/s")
                yield Figure(f"{threads:>2} threads {name}, processor", used / done * 1e6, "us")


def syncs(folder: str) -> float:
    """Appends of as many bytes as a commit has, each synced, a second."""
    done = 0
    with (Path(folder) / "syncs").open("ab", buffering=0) as file:
        started = time.perf_counter()
        while time.perf_counter() - started < 1.0:
            file.write(bytes(COMMIT_BYTES))
            os.fdatasync(file.fileno())
            done += 1
        return done / (time.perf_counter() - started)


def rate(graph: seaglass.Graph, name: str, threads: int, seconds: float) -> tuple[int, float]:
    """Commits of all threads together, and the seconds they took; each begins its next when its
    last is durable."""
    done = [0] * threads
    started = time.perf_counter()

    def commit(thread: int) -> None:
        chance = random.Random(SEED + thread)
        while time.perf_counter() < started + seconds:
            new = f"{name}-{threads}-{thread}-{started}-{done[thread]}"
            parameters = {"id": f"p{chance.randrange(NODES)}", "age": thread, "new": new}
            graph.query(QUERIES[name], parameters).rows()
            done[thread] += 1

    running = [threading.Thread(target=commit, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(done), time.perf_counter() - started
