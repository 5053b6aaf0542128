"""How long a query goes on after it was cancelled, for every kind of work.

In the library: a thread reads the query, this one cancels it after a moment that differs from round
to round, and waits for it to end. Then the same of a graph with three hubs, of as many edges each way
as the graph has other nodes, of a chain, and of embeddings. Beside the time on the clock stands what
the process computed in it, which does not depend on who else computes; the parts of a query that run
side by side count together. Both begin at the moment, and not when the interpreter lets this thread go
on: what holds it is a step that no cancel ends. Another process reads the clock then (Linux).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Self

from benchmarks.figures import Figure, Scale
from seaglass.base.errors import Interrupted, SeaglassError
from seaglass.engine.database import Database
from seaglass.testkit.heavy import (
    CHAIN_GRAPH,
    CHAINS,
    GRAPH,
    HEAVY,
    HUB_GRAPH,
    HUBS,
    VECTOR_DIMENSION,
    VECTOR_GRAPH,
    VECTORS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.live_graph import Graph

ROUNDS = 3
MOMENT_SECONDS = (0.1, 1.2)
SEED = 7


def measure(scale: Scale) -> Iterator[Figure]:
    yield from kinds(GRAPH, HEAVY, min(scale.nodes, 50_000))
    yield from kinds(HUB_GRAPH, HUBS, scale.nodes)
    yield from kinds(CHAIN_GRAPH, CHAINS, scale.nodes)
    yield from kinds(VECTOR_GRAPH, VECTORS, min(scale.nodes, 200_000))


def kinds(made: tuple[str, ...], heavy: dict[str, str], people: int) -> Iterator[Figure]:
    """How soon each of the queries ends, on a graph that these make."""
    chance = random.Random(SEED)
    if not heavy:
        return
    with Database.open(None) as database, Watch() as watch:
        graph = database.create_graph("heavy", vector_dimension=VECTOR_DIMENSION)
        for text in made:
            graph.query(text, {"people": people})
        for name, text in heavy.items():
            samples = [
                one(graph, text, chance.uniform(*MOMENT_SECONDS), watch) for _ in range(ROUNDS)
            ]
            ordered = sorted(wall for wall, _ in samples)
            yield Figure(f"{name}: cancelled, median", ordered[ROUNDS // 2] * 1e3, "ms")
            yield Figure(f"{name}: cancelled, longest", ordered[-1] * 1e3, "ms")
            computed = max(processor for _, processor in samples)
            yield Figure(f"{name}: cancelled, computed at most", computed * 1e3, "ms")


class Watch:
    """Another process, which says what this one has computed at a moment to come."""

    _SOURCE = """
import sys, time
# The clock of a process (clock_getcpuclockid).
clock = ~int(sys.argv[1]) << 3 | 2
for line in sys.stdin:
    time.sleep(float(line))
    print(time.clock_gettime(clock), flush=True)
"""

    def __enter__(self) -> Self:
        command = [sys.executable, "-c", self._SOURCE, str(os.getpid())]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def begin(self, seconds: float) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()

    def computed(self) -> float:
        """Seconds of processor time at the moment."""
        assert self._process.stdout is not None
        return float(self._process.stdout.readline())


def one(graph: Graph, text: str, moment: float, watch: Watch) -> tuple[float, float]:
    """Seconds from the cancel of a query, begun a moment before, to its end: on the clock, and of
    processor time."""
    ended: list[BaseException | None] = []

    def read() -> None:
        try:
            for _ in graph.query(text, query_id="heavy").json():
                pass
            ended.append(None)
        except SeaglassError as error:
            ended.append(error)

    thread = threading.Thread(target=read)
    begun = time.perf_counter() + moment
    watch.begin(moment)
    thread.start()
    thread.join(moment)
    if graph.queries():
        graph.cancel("heavy")
    thread.join()
    took = time.perf_counter() - begun, time.process_time() - watch.computed()
    if not isinstance(ended[0], Interrupted):
        raise AssertionError(f"{text} ended by itself: {ended[0]!r}")
    return took


if __name__ == "__main__":
    # Nodes of the graph of hubs, then parts of names.
    nodes, *wanted = sys.argv[1:] or ["20000"]
    if wanted:
        for heavy in (HEAVY, HUBS, CHAINS, VECTORS):
            for name in [name for name in heavy if not any(part in name for part in wanted)]:
                del heavy[name]
    for figure in measure(Scale(int(nodes), 0)):
        print(f"{figure.value:9.1f} {figure.unit} {figure.name}", flush=True)
