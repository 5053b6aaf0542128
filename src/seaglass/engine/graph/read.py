"""The readers of a version: the one door through which the executor looks at a graph.

Above: `engine/exec`, procedures, the engine. Below: `lookup`, `seek`, `entities`, `expand`,
`ends`, `search`, `counts`.
All are free functions of a version; none changes anything but derived data.
"""

from __future__ import annotations

from seaglass.engine.graph.between import Between
from seaglass.engine.graph.counts import (
    edge_count,
    edge_key_counts,
    edge_keys,
    label_count,
    labels,
    node_count,
    node_key_counts,
    node_keys,
    type_count,
    type_counts,
    types,
)
from seaglass.engine.graph.ends import Ends
from seaglass.engine.graph.entities import (
    all_have_labels,
    edge_ends,
    edge_ids,
    edge_properties,
    edge_property,
    edge_type,
    edge_types,
    edge_value,
    edges_alive,
    has_labels,
    node_ids,
    node_labels,
    node_properties,
    node_property,
    node_value,
    node_values,
    nodes_alive,
    parse_edge_id,
)
from seaglass.engine.graph.expand import (
    Direction,
    Expansion,
    degree_one,
    degrees,
    expand,
    expand_one,
    neighbour_count,
)
from seaglass.engine.graph.lookup import find_node, find_nodes, scan_edges, scan_nodes
from seaglass.engine.graph.name_sets import edge_keys_column, labels_column, node_keys_column
from seaglass.engine.graph.search import Search
from seaglass.engine.graph.seek import seek_edges, seek_node, seek_nodes, seek_pairs

__all__ = [
    "Between",
    "Direction",
    "Ends",
    "Expansion",
    "Search",
    "degree_one",
    "degrees",
    "edge_count",
    "edge_ends",
    "edge_ids",
    "edge_key_counts",
    "edge_keys",
    "edge_keys_column",
    "edge_properties",
    "edge_property",
    "edge_type",
    "edge_types",
    "edge_value",
    "edges_alive",
    "expand",
    "expand_one",
    "find_node",
    "find_nodes",
    "all_have_labels",
    "has_labels",
    "label_count",
    "labels",
    "labels_column",
    "neighbour_count",
    "node_count",
    "node_ids",
    "node_key_counts",
    "node_keys",
    "node_keys_column",
    "node_labels",
    "node_properties",
    "node_property",
    "node_value",
    "node_values",
    "nodes_alive",
    "parse_edge_id",
    "scan_edges",
    "scan_nodes",
    "seek_edges",
    "seek_node",
    "seek_nodes",
    "seek_pairs",
    "type_count",
    "type_counts",
    "types",
]
