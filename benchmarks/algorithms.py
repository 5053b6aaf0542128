"""What do graph algorithms cost, first and again on the same version, and beside networkx?

The social graph, through the library: how many seconds until the answer is counted. The first run
of a selection makes its projection. Beside networkx the graph is small, as that one holds a graph in
Python's objects; both give the same answers, which is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

import seaglass
from benchmarks.figures import QUICK, Figure, Scale, seconds
from benchmarks.social import social

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.social import Social

RUNS = 5
WEIGHT = "edgeWeightProperty: 'since', edgeWeightType: 'int'"
FROM_ONE = {
    "bfs.levels": "CALL neptune.algo.bfs.levels($start, {}) YIELD level RETURN sum(level) AS told",
    "sssp.deltaStepping": "CALL neptune.algo.sssp.deltaStepping($start, {"
    + WEIGHT
    + "}) YIELD distance RETURN sum(distance) AS told",
}
OF_ALL = {
    "degree of every node": "MATCH (n) CALL neptune.algo.degree(n) YIELD degree"
    " RETURN sum(degree) AS told",
    "degree in one label": "MATCH (n) CALL neptune.algo.degree(n, {vertexLabel: 'Person'})"
    " YIELD degree RETURN sum(degree) AS told",
    "degreeDistribution": "CALL neptune.algo.degreeDistribution({}) YIELD output"
    " RETURN output.statistics.maxDeg AS told",
    "pageRank": "MATCH (n) CALL neptune.algo.pageRank(n) YIELD rank RETURN sum(rank) AS told",
    "pageRank, 20 iterations": "MATCH (n) CALL neptune.algo.pageRank(n, {tolerance: 0})"
    " YIELD rank RETURN sum(rank) AS told",
    "eigenvectorCentrality": "MATCH (n) CALL neptune.algo.eigenvectorCentrality(n)"
    " YIELD score RETURN sum(score) AS told",
    "closenessCentrality, 64 sources": "MATCH (n)"
    " CALL neptune.algo.closenessCentrality(n, {numSources: 64})"
    " YIELD score RETURN sum(score) AS told",
    "jaccardSimilarity of 1,000 pairs": "MATCH (a) MATCH (b {`~id`: $start}) WITH a, b LIMIT 1000"
    " CALL neptune.algo.jaccardSimilarity(a, b) YIELD score RETURN sum(score) AS told",
    "wcc": "MATCH (n) CALL neptune.algo.wcc(n)"
    " YIELD component RETURN count(DISTINCT component) AS told",
    "scc": "MATCH (n) CALL neptune.algo.scc(n)"
    " YIELD component RETURN count(DISTINCT component) AS told",
    "labelPropagation": "MATCH (n) CALL neptune.algo.labelPropagation(n)"
    " YIELD community RETURN count(DISTINCT community) AS told",
    "louvain": "MATCH (n) CALL neptune.algo.louvain(n)"
    " YIELD community RETURN count(DISTINCT community) AS told",
    "leiden": "MATCH (n) CALL neptune.algo.leiden(n)"
    " YIELD community RETURN count(DISTINCT community) AS told",
}
MUTATE = "CALL neptune.algo.degree.mutate({writeProperty: 'degree'})"
NEAR = {
    "bfs.levels of one hop": "CALL neptune.algo.bfs.levels($start, {maxDepth: 1})"
    " YIELD node RETURN count(*) AS told",
    "egonet": "CALL neptune.algo.egonet($start, {hopCount: 2, perHopMaxNeighbor: [10, 10],"
    " perHopEdgeWeightProperty: ['since', 'since'], edgeWeightType: 'int'})"
    " YIELD edgeList RETURN size(edgeList) AS told",
}


def measure(scale: Scale) -> Iterator[Figure]:
    tables = social(scale)
    with seaglass.open(None) as database:
        graph = database.create_graph("algorithms")
        graph.load(tables.people, tables.knows)
        start = _busiest(tables)
        for name, text in {**FROM_ONE, **NEAR, **OF_ALL}.items():
            yield from _first_and_again(graph, name, text, start)
        yield Figure("degree.mutate", seconds(lambda: graph.query(MUTATE).close()), "s")
        told = graph.query("MATCH (n) RETURN sum(n.degree) AS told").rows()[0]["told"]
        assert told == 2 * scale.edges
    yield from _beside_networkx(Scale(QUICK.nodes, QUICK.edges))


def _busiest(tables: Social) -> str:
    """Who knows most."""
    counts = tables.knows.column("~from").combine_chunks().value_counts()
    most = max(counts, key=lambda count: count["counts"].as_py())
    return str(most["values"].as_py())


def _first_and_again(graph: Any, name: str, text: str, start: str) -> Iterator[Figure]:
    # On a version of its own: nothing has been projected yet.
    graph.query("MERGE (n:Marker {`~id`: 'marker'}) SET n.at = coalesce(n.at, 0) + 1").close()
    found: list[Any] = []

    def run() -> None:
        found.append(graph.query(text, {"start": start}).rows()[0]["told"])

    times = [seconds(run) for _ in range(RUNS)]
    assert len(set(found)) == 1
    yield Figure(f"{name}, first", times[0], "s")
    yield Figure(f"{name}, again", sorted(times[1:])[len(times[1:]) // 2], "s")


def _beside_networkx(scale: Scale) -> Iterator[Figure]:
    tables = social(scale)
    start = _busiest(tables)
    other = nx.MultiDiGraph()
    other.add_nodes_from(tables.people.column("~id").to_pylist())
    columns = [tables.knows.column(name).to_pylist() for name in ("~from", "~to", "since")]
    other.add_weighted_edges_from(zip(*columns, strict=True))
    theirs: dict[str, Callable[[], int]] = {
        "bfs.levels": lambda: sum(nx.single_source_shortest_path_length(other, start).values()),
        "sssp.deltaStepping": lambda: sum(
            nx.single_source_dijkstra_path_length(other, start).values()
        ),
        "degree of every node": lambda: sum(degree for _, degree in other.degree()),
        "wcc": lambda: nx.number_weakly_connected_components(other),
        "scc": lambda: nx.number_strongly_connected_components(other),
    }
    with seaglass.open(None) as database:
        graph = database.create_graph("beside")
        graph.load(tables.people, tables.knows)
        for name, their in theirs.items():
            text = {**FROM_ONE, **OF_ALL}[name]

            def ours(text: str = text) -> int:
                told: int = graph.query(text, {"start": start}).rows()[0]["told"]
                return told

            assert ours() == their()
            spent = min(seconds(ours) for _ in range(RUNS))
            their_spent = min(seconds(their) for _ in range(RUNS))
            yield Figure(f"{name}, {scale.nodes:,} nodes", spent * 1e3, "ms")
            yield Figure(f"{name}, networkx of it", their_spent / spent, "times")
