"""How long from RestoreGraphFromSnapshot to the first answered query, for small and large graphs?

Over HTTP with boto3, against a server in a process of its own, whose warm spare worker stands ready (the pause between
the runs is for the next spare). The first query looks one node up by its `~id` and reads a property; the answer is
checked.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import Served, client, run

import seaglass
from benchmarks.figures import Figure, Scale
from benchmarks.social import social

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 7
SPARE_SECONDS = 5.0
SMALL = Scale(nodes=1_000, edges=10_000)


def measure(scale: Scale) -> Iterator[Figure]:
    for size in (SMALL, scale):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder)
            snapshot = prepare(data, size)
            served = Served(data)
            served.start()
            try:
                samples = [restore(served, snapshot, step) for step in range(RUNS)]
            finally:
                served.stop()
        name = f"{size.nodes:,} nodes, {size.edges:,} edges: restore to first answer"
        yield Figure(f"{name}, median", statistics.median(samples) * 1e3, "ms")
        yield Figure(f"{name}, longest", max(samples) * 1e3, "ms")


def prepare(data: Path, size: Scale) -> str:
    tables = social(size)
    with seaglass.open(data) as database:
        graph = database.create_graph("social")
        graph.load(tables.people, tables.knows)
        identity: str = graph.snapshot("full").id
        graph.close()
        database.delete_graph("social")
    return identity


def restore(served: Served, snapshot: str, step: int) -> float:
    aws = client(served.endpoint)
    aws.list_graphs()
    time.sleep(SPARE_SECONDS)
    started = time.perf_counter()
    graph = aws.restore_graph_from_snapshot(
        snapshotIdentifier=snapshot, graphName=f"again-{step}a", provisionedMemory=16
    )["id"]
    aws.get_waiter("graph_available").wait(graphIdentifier=graph)
    rows = run(aws, graph, "MATCH (n {`~id`: '17'}) RETURN n.id AS id")
    spent = time.perf_counter() - started
    assert rows == [{"id": 17}]
    aws.delete_graph(graphIdentifier=graph, skipSnapshot=True)
    return spent
