"""The procedures that tell of the graph: `neptune.graph.pg_info` and `neptune.graph.pg_schema`.

Above: `procedures`. Below: `engine/graph/read`, `context`.
Source: spec 04 section 10.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph import read
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    Parts = Iterator[NDArray[np.int64]]

# Of values that have no word here, the name of their Python type is Neptune's word.
_DATATYPES: dict[type, str] = {
    bool: "Bool",
    int: "Int",
    float: "Double",
    str: "String",
    list: "List",
}
_DATATYPE_OF_KIND: dict[Kind, str] = {
    Kind.BOOL: "Bool",
    Kind.INT: "Int",
    Kind.FLOAT: "Double",
    Kind.STRING: "String",
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

    Cost: some 10 ns for each property value of each node with a label and of each edge, and some
        100 ns for each label and edge.
    """
    version = context.version
    labels, types = read.labels(version), read.types(version)
    schema: dict[str, Value] = {
        "nodeLabels": list(labels),
        "edgeLabels": list(types),
        "nodeLabelDetails": {
            label: _details(
                read.scan_nodes(version, (label,)),
                read.node_keys(version),
                read.node_property,
                context,
            )
            for label in labels
        },
        "edgeLabelDetails": {
            name: _details(
                read.scan_edges(version, (name,)),
                read.edge_keys(version),
                read.edge_property,
                context,
            )
            for name in types
        },
        "labelTriples": [
            {"~type": name, "~from": source, "~to": target}
            for name in types
            for source, target in _joined_labels(name, labels, context)
        ],
    }
    return [(schema,)]


def _details(
    parts: Parts,
    keys: Sequence[str],
    values_of: Callable[[GraphVersion, NDArray[np.int64], str], Column],
    context: Context,
) -> dict[str, Value]:
    """The datatypes of each property that some of the nodes or edges have."""
    found: dict[str, set[str]] = {}
    for numbers in parts:
        for key in keys:
            context.interrupt.check()
            datatypes = _datatypes(values_of(context.version, numbers, key))
            if datatypes:
                found.setdefault(key, set()).update(datatypes)
    return {"properties": {key: {"datatypes": sorted(found[key])} for key in sorted(found)}}


def _datatypes(column: Column) -> set[str]:
    if column.kind is Kind.NULL:
        return set()
    if column.kind in _DATATYPE_OF_KIND:
        present = column.valid is None or bool(column.valid.any())
        return {_DATATYPE_OF_KIND[column.kind]} if present else set()
    kinds = {type(value) for value in column.to_list() if value is not None}
    return {_DATATYPES.get(kind, kind.__name__) for kind in kinds}


def _joined_labels(name: str, labels: Sequence[str], context: Context) -> list[tuple[str, str]]:
    """The pairs of labels that edges of a type join, sorted."""
    version = context.version
    found: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for edges in read.scan_edges(version, (name,)):
        context.interrupt.check()
        sources, targets = read.edge_ends(version, edges)
        source_codes, source_sets = _label_sets(version, sources, labels)
        target_codes, target_sets = _label_sets(version, targets, labels)
        for pair in np.unique(source_codes * len(target_sets) + target_codes).tolist():
            source, target = divmod(pair, len(target_sets))
            found.add((source_sets[source], target_sets[target]))
    return sorted({pair for ends in found for pair in product(*ends)})


def _label_sets(
    version: GraphVersion, nodes: NDArray[np.int64], labels: Sequence[str]
) -> tuple[NDArray[np.int64], list[tuple[str, ...]]]:
    """The labels of each node as a place in a list of sets of labels."""
    codes = np.zeros(len(nodes), np.int64)
    sets: list[tuple[str, ...]] = [()]
    for label in labels:
        has = read.has_labels(version, nodes, (label,))
        if not has.any():
            continue
        values, codes = np.unique(codes * 2 + has, return_inverse=True)
        sets = [sets[value >> 1] + (label,) * (value & 1) for value in values.tolist()]
    return codes, sets
