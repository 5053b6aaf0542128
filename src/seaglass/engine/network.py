"""A result as a NetworkX graph: the nodes, relationships and paths of its rows.

Above: result. Below: records. NetworkX is not a dependency; it is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Unsupported
from seaglass.engine.records import Node, Path, Relationship

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx


def network(rows: Iterable[dict[str, Any]]) -> nx.MultiDiGraph:
    """The graph of everything in the rows, however deep in lists and maps it stands.

    Returns: nodes under their `~id`, with `~labels` and the properties as attributes; relationships
        as edges whose key is their `~id`, with `~type` and the properties. A node that only ends a
        relationship has no attributes.
    Raises: Unsupported(unsupported_operation) without NetworkX
    """
    try:
        import networkx as nx
    except ImportError:
        raise Unsupported(
            "unsupported_operation", "graph() needs NetworkX: `pip install networkx`."
        ) from None
    graph = nx.MultiDiGraph()
    for row in rows:
        for value in row.values():
            _add(graph, value)
    return graph


def _add(graph: nx.MultiDiGraph, value: object) -> None:
    match value:
        case Node():
            graph.add_node(value.id)
            # Not as keyword arguments: a property may have the name of a parameter.
            graph.nodes[value.id].update({**value.properties, "~labels": value.labels})
        case Relationship():
            graph.add_edge(value.start, value.end, value.id)
            attributes = {**value.properties, "~type": value.type}
            graph.edges[value.start, value.end, value.id].update(attributes)
        case Path():
            for part in (*value.nodes, *value.relationships):
                _add(graph, part)
        case list():
            for item in value:
                _add(graph, item)
        case dict():
            for item in value.values():
                _add(graph, item)
        case _:
            pass
