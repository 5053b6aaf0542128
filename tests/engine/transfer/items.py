"""What the tests of imports share: folders of files, graphs, and what a graph holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seaglass
from seaglass.engine.graph import read
from seaglass.engine.graph.check import check
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.request import Format, LoadRequest

if TYPE_CHECKING:
    from seaglass import Graph
    from seaglass.engine.transfer.request import LoadProgress, LoadReport

DATA = Path(os.environ.get("SEAGLASS_DATA", Path(__file__).parents[4] / "shared" / "data"))
AIR_ROUTES = DATA / "air-routes"


def new_graph(dialect: str = "opencypher", dimension: int | None = None) -> Graph:
    database = seaglass.open(None, dialect=dialect)
    return database.create_graph("imported", vector_dimension=dimension)


def embeddings_of(graph: Graph) -> dict[str, list[float]]:
    """`~id` -> the embedding, of nodes that have one."""
    version = graph.version
    assert version.vectors is not None
    nodes = version.vectors.nodes()
    ids = read.node_ids(version, nodes).to_list()
    _, numbers = version.vectors.gather(nodes)
    return dict(zip(map(str, ids), numbers.tolist(), strict=True))


def imported(
    graph: Graph, source: Path | str, form: Format = Format.CSV, **more: Any
) -> LoadReport:
    """An import, of which every progress is looked at."""
    told: list[LoadProgress] = []
    report = bulk_import(graph, LoadRequest(str(source), form, **more), told.append, lambda: False)
    assert [one.percent for one in told] == sorted(one.percent for one in told)
    assert told[-1] == report.progress
    assert report.progress.percent == 100
    check(graph.version)
    return report


def nodes_of(graph: Graph) -> dict[str, tuple[set[str], dict[str, Any]]]:
    """`~id` -> (labels, properties)."""
    version = graph.version
    found = {}
    for nodes in read.scan_nodes(version, ()):
        for node, name in zip(nodes.tolist(), read.node_ids(version, nodes).to_list(), strict=True):
            found[str(name)] = (
                set(read.node_labels(version, node)),
                read.node_properties(version, node),
            )
    return found


def edges_of(graph: Graph) -> list[Any]:
    """(source, type, target, properties), sorted."""
    version = graph.version
    found = []
    for edges in read.scan_edges(version, ()):
        ends = [read.node_ids(version, nodes).to_list() for nodes in read.edge_ends(version, edges)]
        for edge, source, target in zip(edges.tolist(), *ends, strict=True):
            found.append(
                (source, read.edge_type(version, edge), target, read.edge_properties(version, edge))
            )
    return sorted(found, key=repr)
