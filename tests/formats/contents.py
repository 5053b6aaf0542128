"""Everything that a frozen store holds, as plain JSON, told by type: 1, 1.0 and '1' are three things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seaglass.engine.database import Database
    from seaglass.engine.queries import Queries

NODES = "MATCH (n) RETURN id(n) AS id, labels(n) AS labels, properties(n) AS properties ORDER BY id"
EDGES = (
    "MATCH (a)-[r]->(b) RETURN id(a) AS source, type(r) AS type, id(b) AS target,"
    " properties(r) AS properties, id(r) AS id ORDER BY source, target, type, id"
)
VECTORS = (
    "MATCH (n) CALL neptune.algo.vectors.get(n) YIELD node, embedding"
    " RETURN id(node) AS id, embedding ORDER BY id"
)
# The same edges against their direction: other chunks answer.
BACKWARDS = (
    "MATCH (b)<-[r]-(a) WITH b, count(r) AS edges ORDER BY id(b) RETURN id(b) AS target, edges"
)


def contents(database: Database) -> dict[str, Any]:
    """Of every graph and every snapshot, under their names."""
    found: dict[str, Any] = {}
    for ref in database.graphs():
        found[f"graph {ref.name}"] = _of(database.graph(ref.id))
    for snapshot in database.snapshots():
        found[f"snapshot {snapshot.name}"] = _of(database.frozen(snapshot.id))
    return found


def _of(graph: Queries) -> dict[str, list[str]]:
    queries = {"nodes": NODES, "edges": EDGES, "backwards": BACKWARDS}
    if graph.version.vectors is not None:
        queries["vectors"] = VECTORS
    return {
        name: [told(row) for row in graph.query(query).rows()] for name, query in queries.items()
    }


def told(value: Any) -> str:
    """A value with its type, always the same for the same value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {told(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(told, value)) + "]"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    return f"{type(value).__name__} {value}"
