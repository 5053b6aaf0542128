"""Label propagation as a procedure: its options, its names, groups that everybody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.kernels.mixing import shuffled
from tests.engine.algo.plain import DIRECTIONS, SOME_LABELS, SOME_TYPES, WEIGHTS, plains
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.tools import WorkingView
from tests.engine.kernels.test_voting import chosen

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain


def communities(view: WorkingView, config: dict[str, Any]) -> dict[str, int]:
    text = """WITH $config AS c MATCH (n) CALL neptune.algo.labelPropagation(n, c)
              YIELD node, community RETURN id(node), community"""
    return dict(asked(text, view, config=config).rows)


@given(plains(WEIGHTS), DIRECTIONS, SOME_TYPES, SOME_LABELS, st.booleans(), st.integers(1, 3))
def test_labels_are_what_the_rule_gives(
    plain: Plain,
    direction: str,
    types: tuple[str, ...],
    labels: tuple[str, ...],
    weighted: bool,
    iterations: int,
) -> None:
    config: dict[str, Any] = {
        "traversalDirection": direction,
        "edgeLabels": list(types),
        "maxIterations": iterations,
    }
    if labels:
        config["vertexLabel"] = labels[0]
    if weighted:
        config |= {"edgeWeightProperty": "w", "edgeWeightType": "double"}
    kept = plain.nodes(labels[:1])
    held = list(range(len(plain.labels)))
    steps = [
        (here, there, edge.weight if weighted else 1)
        for here, there, edge in plain.links(direction, types, labels[:1])
        if here in kept and (not weighted or type(edge.weight) in (int, float))
    ]
    for _ in range(iterations):
        for node in shuffled(len(held)).tolist():
            sums: dict[int, float] = {}
            for here, there, weight in steps:
                if there == node:
                    sums[held[here]] = sums.get(held[here], 0) + weight
            held[node] = chosen(sums, held[node], node)
    # Of deleted and of other nodes, nobody has the label.
    names = {label: held.index(label) for label in held}
    expected = {str(node): names[held[node]] for node in kept}
    assert communities(WorkingView(plain.version()), config) == expected


def test_cliques_are_communities() -> None:
    made = nx.connected_caveman_graph(6, 7)
    pairs = [(str(s), str(t), "R", {}) for s, t in made.edges]
    view = graph({str(node): ["N"] for node in made}, pairs)
    found = communities(view, {"traversalDirection": "both"})
    assert {found[str(node)] for node in range(7)} == {0}
    assert len({*found.values()}) == 6
    assert communities(view, {"traversalDirection": "both", "concurrency": 1}) == found


def test_nodes_that_weigh_more_are_heard() -> None:
    view = graph(
        {name: [] for name in "abc"}, [("a", "c", "R", {"w": 2}), ("b", "c", "R", {"w": 3})]
    )
    for name, weight in {"a": 5, "b": 2}.items():
        asked(f"MATCH (n {{`~id`: '{name}'}}) SET n.v = {weight}", view)
    edges = {"edgeWeightProperty": "w", "edgeWeightType": "int"}
    nodes = {"vertexWeightProperty": "v", "vertexWeightType": "int"}
    assert communities(view, edges) == {"a": 0, "b": 1, "c": 1}
    assert communities(view, nodes) == {"a": 0, "b": 1, "c": 0}
    assert communities(view, {**edges, **nodes}) == {"a": 0, "b": 1, "c": 0}
    # A node without the property weighs 1.
    asked("MATCH (n {`~id`: 'b'}) REMOVE n.v", view)
    assert communities(view, nodes) == {"a": 0, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{maxIterations: 0}", "maxIterations an integer of at least 1"),
        ("{vertexWeightProperty: 'v'}", "needs vertexWeightType where vertexWeightProperty is"),
        ("{vertexWeightProperty: 'v', vertexWeightType: 'big'}", "one of int, long"),
        (
            "{vertexWeightProperty: 'v', vertexWeightType: 'double'}",
            "takes finite numbers as weights, but vertexWeightProperty 'v' has inf",
        ),
    ],
)
def test_wrong_options_are_refused(config: str, message: str) -> None:
    view = graph({"a": []}, [])
    asked("MATCH (n) SET n.v = 1e300 * 1e300", view)
    with pytest.raises(Invalid) as raised:
        asked(f"CALL neptune.algo.labelPropagation('a', {config})", view)
    assert message in raised.value.message
