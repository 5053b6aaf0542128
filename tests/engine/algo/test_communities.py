"""Louvain and Leiden: their modularity, their connectedness, one search at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seaglass
from seaglass.base.errors import Invalid, Throttled
from seaglass.engine.algo.communities import Search, communities
from seaglass.engine.values.interrupt import Uninterrupted
from tests.engine.algo.plain import SOME_LABELS, SOME_TYPES, WEIGHTS, plains
from tests.engine.algo.test_degree import needs_routes
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.test_routes import loaded
from tests.engine.exec.tools import WorkingView
from tests.engine.kernels.plain_graphs import links_of
from tests.engine.kernels.test_moving import matrix_of, parts_of, worth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.algo.plain import Plain

NAMES = ("louvain", "leiden")


def asked_for(view: WorkingView, name: str, config: dict[str, Any]) -> dict[int, int]:
    text = f"""WITH $config AS c MATCH (n) CALL neptune.algo.{name}(n, c) YIELD node, community
               RETURN id(node), community"""
    return {int(node): community for node, community in asked(text, view, config=config).rows}


def valued(matrix: Any, found: Mapping[int, int]) -> float:
    """The modularity of communities of the matrix's rows, in the order of the nodes' numbers."""
    return worth(matrix, np.array([found[node] for node in sorted(found)], np.int64))


@given(plains(WEIGHTS), SOME_TYPES, SOME_LABELS, st.booleans(), st.integers(1, 3))
def test_communities_are_no_worse_than_none_and_connected(
    plain: Plain, types: tuple[str, ...], labels: tuple[str, ...], weighted: bool, levels: int
) -> None:
    config: dict[str, Any] = {
        "edgeLabels": list(types),
        "vertexLabels": list(labels),
        "maxLevels": levels,
        "levelTolerance": 0.0,
    }
    if weighted:
        config |= {"edgeWeightProperty": "w", "edgeWeightType": "double"}
    kept = plain.nodes(labels)
    matrix = np.zeros((len(kept), len(kept)))
    for here, there, edge in plain.links("both", types, labels):
        if here in kept and (not weighted or type(edge.weight) in (int, float)):
            matrix[kept.index(here), kept.index(there)] += edge.weight if weighted else 1
    for name in NAMES:
        found = asked_for(WorkingView(plain.version()), name, config)
        assert sorted(found) == kept
        # Numbered from 0 by their first nodes.
        assert list(dict.fromkeys(found[node] for node in kept)) == [*range(len({*found.values()}))]
        assert valued(matrix, found) >= worth(matrix, np.arange(len(kept))) - 1e-9
        if name == "leiden" or levels == 1:
            held = np.array([found[node] for node in kept], np.int64)
            connected = parts_of(matrix, held)
            if name == "leiden":
                assert len(connected) == len({*found.values()})


GRAPHS = {
    "karate": nx.karate_club_graph(),
    "cliques": nx.connected_caveman_graph(12, 8),
    "planted": nx.planted_partition_graph(8, 25, 0.3, 0.02, seed=1),
    "ring": nx.connected_watts_strogatz_graph(400, 8, 0.1, seed=1),
    "hubs": nx.barabasi_albert_graph(300, 3, seed=2),
}


@pytest.mark.parametrize("theta", [None, 0.001, 0.05, 1.0])
@pytest.mark.parametrize("name", GRAPHS)
def test_modularity_is_near_that_of_networkx(name: str, theta: float | None) -> None:
    made = nx.convert_node_labels_to_integers(GRAPHS[name])
    edges = [(s, t, float(w)) for s, t, w in made.edges(data="weight", default=1)]
    plain = len(made), edges
    search = Search(10, 10, 0.01, 0.0001, theta)
    links = links_of(plain), links_of(plain, back=True)
    found = communities(*links, search, Uninterrupted())
    known = [
        nx.community.modularity(made, nx.community.louvain_communities(made, seed=seed))
        for seed in range(3)
    ]
    matrix = matrix_of(plain)
    assert worth(matrix, found) > 0.98 * sum(known) / len(known)
    if theta is not None:
        assert len(parts_of(matrix, found)) == len({*found.tolist()})
    assert communities(*links, search, Uninterrupted()).tolist() == found.tolist()


def test_groups_that_everybody_sees() -> None:
    made = nx.connected_caveman_graph(5, 6)
    pairs = [(str(s), str(t), "R", {}) for s, t in made.edges]
    view = graph({str(node): ["N"] for node in made}, pairs)
    for name in NAMES:
        found = asked_for(view, name, {})
        assert {found[node] for node in range(6)} == {0}
        assert sorted({*found.values()}) == [0, 1, 2, 3, 4]
        # What is cut by the weights is cut.
        asked("MATCH (a)-[r]->(b) SET r.w = 0.0", view)
        weights = {"edgeWeightProperty": "w", "edgeWeightType": "double"}
        assert sorted(asked_for(view, name, weights).values()) == list(range(30))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{theta: 0}", "takes as theta a number above 0 and at most 1, not 0.0"),
        ("{theta: 1.5}", "takes as theta a number from 0 to 1"),
        ("{maxLevels: 0}", "maxLevels an integer of at least 1"),
        ("{maxIterations: 1.5}", "maxIterations an integer"),
        ("{levelTolerance: -1}", "levelTolerance a number of at least 0"),
        ("{edgeWeightProperty: 'w', edgeWeightType: 'int'}", "'w' has -1.0"),
    ],
)
def test_wrong_options_are_refused(config: str, message: str) -> None:
    view = graph({"a": [], "b": []}, [("a", "b", "R", {"w": -1})])
    with pytest.raises(Invalid) as raised:
        asked(f"CALL neptune.algo.leiden('a', {config})", view)
    assert message in raised.value.message


def test_one_search_runs_on_a_graph_at_a_time() -> None:
    with seaglass.open(None) as database:
        made, other = database.create_graph("g"), database.create_graph("h")
        for one in (made, other):
            one.query("CREATE (:N)-[:R]->(:N)")
        text = "CALL neptune.algo.leiden.mutate({writeProperty: 'c'})"
        assert isinstance(made._alone, type(threading.Lock()))
        with made._alone:
            for name in NAMES:
                with pytest.raises(Throttled, match="Another louvain or leiden"):
                    made.query(f"MATCH (n) CALL neptune.algo.{name}(n) RETURN community")
            with pytest.raises(Throttled):
                made.query(text)
            made.query("MATCH (n) CALL neptune.algo.wcc(n) RETURN component").close()
            other.query(text).close()
        # Also after one that fails.
        with pytest.raises(Invalid):
            made.query("MATCH (n) CALL neptune.algo.leiden(n, {theta: 0}) RETURN community")
        made.query(text).close()
        rows = made.query("MATCH (n) RETURN n.c AS c").rows()
        assert rows == [{"c": 0}, {"c": 0}]


@needs_routes
def test_communities_of_the_air_routes() -> None:
    version = loaded().version
    for name in NAMES:
        text = f"""MATCH (n) CALL neptune.algo.{name}(n, {{edgeLabels: ['route']}})
                   YIELD node, community RETURN id(node), community"""
        rows = asked(text, WorkingView(version)).rows
        assert asked(text, WorkingView(version)).rows == rows
        sizes = sorted(np.bincount([community for _, community in rows]).tolist())
        # Countries and some airports are alone; the world falls into some ten large regions.
        assert 5 <= sum(size > 100 for size in sizes) <= 15
