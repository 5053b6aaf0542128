"""Small graphs whose content tells how far they got: items numbered 1, 2, 3, … in order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.clock import ManualClock
from seaglass.base.rng import SeededRng
from seaglass.engine.database import Database

if TYPE_CHECKING:
    from seaglass.base.files import Files
    from seaglass.engine.live_graph import Graph

ROOT = Path("/data")
GRAPH = "g-0000000001"
COPY = "g-0000000002"
SNAPSHOT = "gs-0000000001"


def opened(files: Files, clock: ManualClock | None = None, seed: int = 1) -> Database:
    return Database.open(ROOT, files=files, clock=clock or ManualClock(), rng=SeededRng(seed))


def add(graph: Graph, number: int) -> None:
    graph.query(
        "CREATE (a:Item {`~id`: $id, n: $n})-[:NEXT {n: $n}]->(b:Mark {n: $n})",
        {"id": f"item-{number}", "n": number},
    )


def items(graph: Graph) -> list[int]:
    """The numbers that the graph holds; fails unless node, edge, mark and index agree."""
    rows = graph.query(
        "MATCH (a:Item)-[r:NEXT]->(b:Mark) RETURN a.n AS a, r.n AS r, b.n AS b ORDER BY a"
    ).rows()
    assert all(row["a"] == row["r"] == row["b"] for row in rows)
    numbers = [row["a"] for row in rows]
    for number in numbers[:1] + numbers[-1:]:
        found = graph.query("MATCH (a {`~id`: $id}) RETURN a.n AS n", {"id": f"item-{number}"})
        assert found.rows() == [{"n": number}]
    return numbers


def reached(graph: Graph) -> int:
    """How far the graph got; fails unless it holds 1, 2, … without a gap."""
    numbers = items(graph)
    assert numbers == list(range(1, len(numbers) + 1))
    return len(numbers)
