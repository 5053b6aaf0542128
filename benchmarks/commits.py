"""Does the cost of a one-row commit stay flat as the graph grows?

From 10 thousand to 10 million nodes, in memory and on disk: the first shows what the engine does, the second adds the
log and its fsync. Each sample is one query through the library, `MATCH (n {~id}) SET n.age = $age` or
`CREATE (:Person {...})`, answered when it is durable.
"""

from __future__ import annotations

import random
import tempfile
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


def measure(scale: Scale) -> Iterator[Figure]:
    sizes = SIZES if scale == FULL else SIZES[:2]
    for where in ("memory", "disk"):
        for size in sizes:
            yield from measure_size(where, size)


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
