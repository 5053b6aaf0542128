"""Small graphs, dense and mixed: few labels, types, keys and values, so that rows are equal often.

Above: tests. Below: `oracle/graph`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seaglass.engine.values.temporal import Date, Duration, LocalDateTime
from seaglass.testkit.oracle.graph import PlainEdge, PlainGraph, PlainNode

if TYPE_CHECKING:
    from seaglass.testkit.generated.chance import Chance

LABELS = ("A", "B", "C")
TYPES = ("R", "S")
MIXED: tuple[Any, ...] = (
    *(None, None, True, False, 1, 1, 2, -(2**63), 2**63 - 1, 2**53 + 1, 1.0, 0.5, -0.0, math.nan),
    *(2.0**53, math.inf, "a", "ab", "", "é", [1], [1, 2], [], ["a", 1.5], [math.nan]),
    *(Date(0), Date(19000), LocalDateTime(0, 5), Duration(1, 0, 0, 0), Duration(0, 30, 0, 0)),
)
"""Values of the property `z`."""


def graph(chance: Chance) -> PlainGraph:
    """Up to five nodes with `x` (integers), `y` (texts), `z` (anything) and up to ten
    relationships with `w`, self loops and parallel ones among them."""
    made = PlainGraph()
    for number in range(chance.pick(3, 4, 5, 3, 4, 2, 1, 0)):
        properties = {
            "x": chance.pick(1, 1, 0, 2, None),
            "y": chance.pick(None, "a", "b", "ab"),
            "z": chance.pick(*MIXED),
        }
        labels = {label for label in LABELS if chance.pick(True, True, False)}
        kept = {key: value for key, value in properties.items() if value is not None}
        made.add_node(PlainNode(f"n{number}", labels, kept))
    if made.nodes:
        last = len(made.nodes) - 1
        for _ in range(chance.pick(7, 8, 9, 10, 6, 3, 0)):
            weight = chance.pick(1, 1, 2, None)
            kept = {} if weight is None else {"w": weight}
            kind = chance.pick(*TYPES)
            made.add_edge(PlainEdge(kind, chance.number(0, last), chance.number(0, last), kept))
    return made


def creation(graph: PlainGraph) -> tuple[str, dict[str, Any]]:
    """A query that makes the graph in an empty one, with the same numbers; its parameters."""
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for number, node in graph.nodes.items():
        labels = "".join(f":{label}" for label in sorted(node.labels))
        keys = [f"{key}: $n{number}.{key}" for key in node.properties]
        parts.append(f"(n{number}{labels} {{{', '.join([f'`~id`: {node.id!r}', *keys])}}})")
        parameters[f"n{number}"] = node.properties
    for number, edge in graph.edges.items():
        keys = [f"{key}: $e{number}.{key}" for key in edge.properties]
        properties = f" {{{', '.join(keys)}}}" if keys else ""
        parts.append(f"(n{edge.source})-[:{edge.type}{properties}]->(n{edge.target})")
        parameters[f"e{number}"] = edge.properties
    return f"CREATE {', '.join(parts)}", parameters
