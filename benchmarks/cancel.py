"""How long a query goes on after it was cancelled, for every kind of work.

In the library: a thread reads the query, this one cancels it after a moment that differs from round
to round, and waits for it to end.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Scale
from seaglass.base.errors import Interrupted, SeaglassError
from seaglass.engine.database import Database
from seaglass.testkit.heavy import GRAPH, HEAVY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.live_graph import Graph

ROUNDS = 3
MOMENT_SECONDS = (0.1, 1.2)
SEED = 7


def measure(scale: Scale) -> Iterator[Figure]:
    chance = random.Random(SEED)
    people = min(scale.nodes, 50_000)
    with Database.open(None) as database:
        graph = database.create_graph("heavy")
        for text in GRAPH:
            graph.query(text, {"people": people})
        for name, text in HEAVY.items():
            samples = [one(graph, text, chance.uniform(*MOMENT_SECONDS)) for _ in range(ROUNDS)]
            ordered = sorted(samples)
            yield Figure(f"{name}: cancelled, median", ordered[ROUNDS // 2] * 1e3, "ms")
            yield Figure(f"{name}: cancelled, longest", ordered[-1] * 1e3, "ms")


def one(graph: Graph, text: str, moment: float) -> float:
    """Seconds from the cancel of a query, begun a moment before, to its end."""
    ended: list[BaseException | None] = []

    def read() -> None:
        try:
            for _ in graph.query(text, query_id="heavy").json():
                pass
            ended.append(None)
        except SeaglassError as error:
            ended.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(moment)
    begun = time.perf_counter()
    if graph.queries():
        graph.cancel("heavy")
    thread.join()
    took = time.perf_counter() - begun
    if not isinstance(ended[0], Interrupted):
        raise AssertionError(f"{text} ended by itself: {ended[0]!r}")
    return took


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if wanted:
        for name in [name for name in HEAVY if not any(part in name for part in wanted)]:
            del HEAVY[name]
    for figure in measure(Scale(20_000, 0)):
        print(f"{figure.value:9.1f} {figure.unit} {figure.name}", flush=True)
