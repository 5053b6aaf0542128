"""PageRank and eigenvector centrality against their definitions, NetworkX and the air routes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.algo import blocks
from tests.engine.algo.plain import SOME_LABELS, SOME_TYPES, WEIGHTS, plains
from tests.engine.algo.test_degree import needs_routes
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.test_routes import loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain

ONE_WAY = st.sampled_from(["outbound", "inbound"])
SOURCES = st.none() | st.lists(
    st.tuples(st.sampled_from([str(n) for n in range(10)]), st.sampled_from([0, 1, 2.5])),
    min_size=1,
    max_size=4,
)


def scores(view: WorkingView, name: str, config: dict[str, Any]) -> dict[int, float]:
    """What each node gets."""
    result = "rank" if name == "pageRank" else "score"
    text = f"WITH $config AS c MATCH (n) CALL neptune.algo.{name}(n, c) RETURN id(node), {result}"
    return {int(node): score for node, score in asked(text, view, config=config).rows}


def matrix(plain: Plain, config: dict[str, Any]) -> Any:
    """The weight that leads from each row's node to each column's."""
    found = np.zeros((len(plain.labels), len(plain.labels)))
    links = plain.links(
        config.get("traversalDirection", "outbound"),
        tuple(config.get("edgeLabels", ())),
        tuple(config.get("vertexLabels", ())),
    )
    kept = plain.nodes(tuple(config.get("vertexLabels", ())))
    for here, there, edge in links:
        weight = edge.weight if "edgeWeightProperty" in config else 1
        if here in kept and type(weight) in (int, float):
            found[here, there] += weight
    return found[np.ix_(kept, kept)]


def started(plain: Plain, config: dict[str, Any]) -> Any:
    """What each node that takes part begins with; None where that is nothing."""
    kept = plain.nodes(tuple(config.get("vertexLabels", ())))
    if "sourceNodes" not in config:
        return np.full(len(kept), 1.0 / max(len(kept), 1))
    given_weights = config.get("sourceWeights", [1] * len(config["sourceNodes"]))
    found = np.zeros(len(kept))
    for name, weight in zip(config["sourceNodes"], given_weights, strict=True):
        if int(name) in kept:
            found[kept.index(int(name))] += weight
    return found / found.sum() if found.sum() else None


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    config: dict[str, Any] = {
        "edgeLabels": list(draw(SOME_TYPES)),
        "vertexLabels": list(draw(SOME_LABELS)),
        "traversalDirection": draw(ONE_WAY),
        "concurrency": draw(st.sampled_from([0, 1])),
        "numOfIterations": draw(st.integers(1, 4)),
        "tolerance": draw(st.sampled_from([0.0, 0.05])),
    }
    if draw(st.booleans()):
        config |= {"edgeWeightProperty": "w", "edgeWeightType": "double"}
    sources = draw(SOURCES)
    if sources is not None:
        config["sourceNodes"] = [name for name, _ in sources]
        if any(weight for _, weight in sources):
            config["sourceWeights"] = [weight for _, weight in sources]
    return config


def stepped(config: dict[str, Any], start: Any, step: Any) -> Any:
    """The iterations, stopped as the tolerance says."""
    values = start
    for _ in range(config["numOfIterations"]):
        before, values = values, step(values)
        if np.abs(values - before).sum() < len(values) * config["tolerance"]:
            break
    return values


@given(plains(WEIGHTS), configs(), st.floats(0, 1))
def test_ranks_are_what_the_definition_gives(
    plain: Plain, config: dict[str, Any], damping: float
) -> None:
    config["dampingFactor"] = damping
    view = WorkingView(plain.version())
    kept = plain.nodes(tuple(config["vertexLabels"]))
    restart = started(plain, config)
    if restart is None:
        if plain.nodes():
            with pytest.raises(Invalid, match="nothing to begin with"):
                scores(view, "pageRank", config)
        return
    weights = matrix(plain, config)
    leaving = weights.sum(axis=1)

    def step(ranks: Any) -> Any:
        shares = np.divide(ranks, leaving, out=np.zeros_like(ranks), where=leaving > 0)
        lost = ranks[leaving == 0].sum()
        return (1 - damping + damping * lost) * restart + damping * (shares @ weights)

    expected = stepped(config, restart, step)
    found = scores(view, "pageRank", config)
    assert found == pytest.approx(dict(zip(kept, expected, strict=True)))
    if kept:
        assert math.fsum(found.values()) == pytest.approx(1.0)


@given(plains(WEIGHTS), configs())
def test_eigenvector_scores_are_what_the_definition_gives(
    plain: Plain, config: dict[str, Any]
) -> None:
    view = WorkingView(plain.version())
    start = started(plain, config)
    if start is None:
        return
    weights = matrix(plain, config)

    def step(values: Any) -> Any:
        sums = values @ weights
        length = np.sqrt((sums * sums).sum())
        return sums / length if length else sums

    expected = stepped(config, start, step)
    kept = plain.nodes(tuple(config["vertexLabels"]))
    found = scores(view, "eigenvectorCentrality", config)
    assert found == pytest.approx(dict(zip(kept, expected, strict=True)), rel=1e-6)


@pytest.mark.parametrize("block", [1, 1 << 19])
@pytest.mark.parametrize("threads", [0, 1])
def test_blocks_and_threads_change_no_digit(
    monkeypatch: pytest.MonkeyPatch, block: int, threads: int
) -> None:
    made = nx.gnp_random_graph(60, 0.1, seed=5, directed=True)
    monkeypatch.setattr(blocks, "_BLOCK_ENTRIES", block)
    view = graph(
        {str(node): ["N"] for node in made},
        [(str(s), str(t), "R", {}) for s, t in made.edges],
    )
    config = {"numOfIterations": 200, "tolerance": 1e-12, "concurrency": threads}
    found = scores(view, "pageRank", config)
    assert found == pytest.approx(
        nx.algorithms.link_analysis.pagerank_alg._pagerank_python(made, tol=1e-12)
    )
    again = scores(view, "pageRank", {**config, "concurrency": 1 - threads})
    assert again == found
    values = scores(view, "eigenvectorCentrality", config)
    expected = nx.eigenvector_centrality(made, max_iter=1000, tol=1e-10)
    assert values == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{dampingFactor: 1.5}", "takes as dampingFactor a number from 0 to 1, not 1.5"),
        ("{numOfIterations: 0}", "numOfIterations an integer of at least 1"),
        ("{tolerance: -1}", "takes as tolerance a number from 0 to 1"),
        ("{traversalDirection: 'both'}", "one of outbound, inbound"),
        ("{sourceNodes: []}", "list of at least 1"),
        ("{sourceNodes: [1]}", "nodes or ids of nodes"),
        ("{sourceNodes: ['no']}", "has nothing to begin with"),
        ("{sourceNodes: ['a'], sourceWeights: [0]}", "has nothing to begin with"),
        ("{sourceNodes: ['a'], sourceWeights: [-1]}", "takes as sourceWeights"),
        ("{sourceNodes: ['a'], sourceWeights: [1, 2]}", "1 nodes, 2 weights"),
        ("{sourceWeights: [1]}", "needs sourceNodes where sourceWeights is given"),
        ("{edgeWeightProperty: 'w'}", "needs edgeWeightType where edgeWeightProperty is given"),
        (
            "{edgeWeightProperty: 'w', edgeWeightType: 'long'}",
            "takes numbers from 0 on as weights, but edgeWeightProperty 'w' has -2.0",
        ),
    ],
)
def test_wrong_options_are_refused(config: str, message: str) -> None:
    view = graph({"a": [], "b": []}, [("a", "b", "R", {"w": -2})])
    with pytest.raises(Invalid) as raised:
        asked(f"CALL neptune.algo.pageRank('a', {config})", view)
    assert message in raised.value.message


@pytest.mark.parametrize("name", ["pageRank", "eigenvectorCentrality"])
@pytest.mark.parametrize("labels", ["[]", "['None']"])
def test_of_nothing_nothing_is_computed(name: str, labels: str) -> None:
    """Any number of iterations of no node is over at once."""
    config = f"writeProperty: 'x', numOfIterations: {2**60}, tolerance: 0, vertexLabels: {labels}"
    view = graph({} if labels == "[]" else {"a": ["A"]}, [])
    assert asked(f"CALL neptune.algo.{name}.mutate({{{config}}})", view).rows == [(True,)]


def test_sources_may_be_nodes() -> None:
    view = graph({"a": [], "b": [], "c": []}, [("a", "b", "R", {})])
    text = """MATCH (a {`~id`: 'a'}) CALL neptune.algo.pageRank(['a', 'b', 'c'],
              {sourceNodes: [a], dampingFactor: 0.5, numOfIterations: 1}) YIELD rank RETURN rank"""
    assert asked(text, view).rows == [(0.5,), (0.5,), (0.0,)]


@needs_routes
def test_published_scores_of_the_air_routes() -> None:
    view = WorkingView(loaded().version)
    text = """MATCH (n:airport) WHERE n.code IN ['YLE', 'MYT']
              CALL neptune.algo.eigenvectorCentrality(n) YIELD node, score
              RETURN node.code, score"""
    found = dict(asked(text, view).rows)
    assert found == pytest.approx({"YLE": 1.28392e-05, "MYT": 0.0001856196}, rel=1e-6)


@needs_routes
def test_published_ranks_of_the_air_routes_but_for_the_early_stop() -> None:
    # The guide's ranks come from all 20 iterations; the tolerance that it documents ends them at 11.
    view = WorkingView(loaded().version)
    ranks = """MATCH (n) CALL neptune.algo.pageRank(n, {numOfIterations: %d, tolerance: %g})
               YIELD node, rank RETURN id(node), rank"""
    stopped, eleven = asked(ranks % (20, 1e-6), view).rows, asked(ranks % (11, 0), view).rows
    whole = asked(ranks % (20, 0), view).rows
    assert stopped == eleven
    assert stopped != whole
    for rows in (stopped, whole):
        assert math.fsum(rank for _, rank in rows) == pytest.approx(1.0)
