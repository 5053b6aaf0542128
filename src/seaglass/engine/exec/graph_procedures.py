"""The procedures that tell of the graph: `neptune.graph.pg_info` and `neptune.graph.pg_schema`.

Above: `procedures`. Below: `engine/graph/read`, `graph/schema`, `context`.
Source: spec 04 section 10.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from seaglass.engine.graph import read, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.types import Value

# Of values that have no word here, the name of their Python type is Neptune's word.
_DATATYPES: dict[type, str] = {
    bool: "Bool",
    int: "Int",
    float: "Double",
    str: "String",
    list: "List",
}


def pg_info(context: Context) -> list[tuple[Value, ...]]:
    """Counts: one row each."""
    version = context.version
    return [
        ("numVertices", read.node_count(version)),
        ("numEdges", read.edge_count(version)),
        ("numVertexProperties", sum(read.node_key_counts(version).values())),
        ("numEdgeProperties", sum(read.edge_key_counts(version).values())),
        ("numVertexLabels", len(read.labels(version))),
        ("numEdgeLabels", len(read.types(version))),
    ]


def pg_schema(context: Context) -> list[tuple[Value, ...]]:
    """One map: which labels and types there are, what their properties hold, and what joins what.

    Cost: what the groups that changed since it was last asked for cost (`graph/schema`).
    """
    version, check = context.version, context.interrupt.check
    nodes = schema.node_datatypes(version, check)
    edges = schema.edge_datatypes(version, check)
    triples = {
        (name, source, target)
        for name, sources, targets in schema.joined_labels(version, check)
        for source, target in product(sources, targets)
    }
    told: dict[str, Value] = {
        "nodeLabels": list(read.labels(version)),
        "edgeLabels": list(read.types(version)),
        "nodeLabelDetails": {label: _details(types) for label, types in nodes.items()},
        "edgeLabelDetails": {name: _details(types) for name, types in edges.items()},
        "labelTriples": [
            {"~type": name, "~from": source, "~to": target}
            for name, source, target in sorted(triples)
        ],
    }
    return [(told,)]


def _details(types: Mapping[str, Iterable[type]]) -> dict[str, Value]:
    """The datatypes of each property."""
    return {
        "properties": {
            key: {"datatypes": sorted(_DATATYPES.get(kind, kind.__name__) for kind in kinds)}
            for key, kinds in sorted(types.items())
        }
    }
