"""topksssp and egonet, against the same said row by row, and on the air routes.

Method: what a hop looks at comes a few edges at a time, so that parts meet even here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.algo import hops
from seaglass.engine.values import parts
from tests.engine.algo.plain import (
    DIRECTIONS,
    LABELS,
    SOME_TYPES,
    WEIGHTS,
    Edge,
    Plain,
    plains,
)
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.test_routes import ROUTES, loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_routes = pytest.mark.skipif(
    not ROUTES.is_dir(), reason="the air routes are not on this machine"
)
LIMITS = st.lists(st.sampled_from([-1, -1, 1, 2, 3]), min_size=1, max_size=3)
COSTS = st.sampled_from(["min", "max"])
Step = tuple[int, int, Edge, Any]


@pytest.fixture(autouse=True, scope="module")
def small_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hops, "_PART_EDGES", 3)
        patch.setattr(hops, "FAR_ROWS", 2)
        patch.setattr(parts, "FAR_ROWS", 2)
        patch.setattr(parts, "PART_ROWS", 2)
        yield


def weighed(
    plain: Plain, direction: str, types: tuple[str, ...], label: str | None, kind: str | None
) -> list[Step]:
    labels = () if label is None else (label,)
    links = plain.links(direction, types, labels)
    if kind is None:
        return [(here, there, edge, 1.0) for here, there, edge in links]
    cast: Any = int if kind == "int" else float
    return [
        (here, there, edge, cast(edge.weight))
        for here, there, edge in links
        if type(edge.weight) in (int, float)
    ]


def top(source: int, steps: list[Step], limits: list[int], cost: str) -> dict[int, Any]:
    known: dict[int, Any] = {source: 0}
    frontier = dict(known)
    sign = 1 if cost == "min" else -1
    for limit in limits:
        best: dict[int, Any] = {}
        for here, there, _, weight in steps:
            if here not in frontier:
                continue
            reached = frontier[here] + weight
            if there in known and not (cost == "min" and reached < known[there]):
                continue
            if there not in best or sign * reached < sign * best[there]:
                best[there] = reached
        carried = sorted(best, key=lambda node: (sign * best[node], node))
        frontier = {node: best[node] for node in (carried if limit < 0 else carried[:limit])}
        known.update(frontier)
    return known


@given(
    plains(WEIGHTS),
    st.tuples(DIRECTIONS, SOME_TYPES, st.sampled_from([None, None, "A"])),
    st.sampled_from([None, "int", "double"]),
    LIMITS,
    COSTS,
)
def test_topksssp_carries_the_best_of_each_hop(
    plain: Plain,
    where: tuple[str, tuple[str, ...], str | None],
    kind: str | None,
    limits: list[int],
    cost: str,
) -> None:
    direction, types, label = where
    config = {
        "hopCount": len(limits),
        "perHopLimits": limits,
        "edgeWeightProperty": None if kind is None else "w",
        "edgeWeightType": kind,
        "edgeLabels": list(types),
        "vertexLabel": label,
        "traversalDirection": direction,
        "costFunction": cost,
    }
    steps = weighed(plain, direction, types, label, kind)
    text = """WITH $config AS c MATCH (n) CALL neptune.algo.topksssp(n, c)
              RETURN id(source), id(node), distance"""
    rows = asked(text, WorkingView(plain.version()), config=config).rows
    wanted = []
    for source in plain.nodes(() if label is None else (label,)):
        found = top(source, steps, limits, cost)
        sign = -1 if cost == "min" else 1
        order = sorted(found, key=lambda node: (sign * found[node], node))
        wanted += [(str(source), str(node), found[node]) for node in order]
    assert rows == wanted
    number = int if kind == "int" else float
    assert {type(distance) for _, _, distance in rows} <= {number}


@given(plains(), LIMITS)
def test_topksssp_without_weights_and_limits_gives_levels(plain: Plain, limits: list[int]) -> None:
    view = WorkingView(plain.version())
    hops = len(limits)
    text = f"""MATCH (n) CALL neptune.algo.topksssp(n, {{hopCount: {hops},
               perHopLimits: {[-1] * hops}}}) RETURN id(source), id(node), toInteger(distance)"""
    levels = f"""MATCH (n) CALL neptune.algo.bfs.levels(n, {{maxDepth: {hops}}})
                 RETURN id(source), id(node), level"""
    assert sorted(asked(text, view).rows) == sorted(asked(levels, view).rows)


def net(ego: int, hops: list[list[Step]], limits: list[int], cost: str) -> list[tuple[Any, ...]]:
    """(node, weight) in order; which of equally good edges leads to a node is open."""
    met = {ego}
    frontier = [ego]
    found: list[tuple[Any, ...]] = []
    sign = 1 if cost == "min" else -1
    for steps, limit in zip(hops, limits, strict=True):
        best: dict[int, Any] = {}
        for here, there, _, weight in steps:
            if here in frontier and there not in met:
                kept = best.get(there)
                if kept is None or sign * weight < sign * kept:
                    best[there] = weight
        carried = sorted(best, key=lambda node: (sign * best[node], node))
        frontier = carried if limit < 0 else carried[:limit]
        found += [(node, best[node]) for node in frontier]
        met |= set(frontier)
    return found


@given(
    plains(WEIGHTS),
    SOME_TYPES,
    LIMITS,
    COSTS,
    st.lists(st.tuples(DIRECTIONS, st.sampled_from(LABELS)), min_size=3, max_size=3),
)
def test_an_egonet_has_the_best_of_each_hop(
    plain: Plain,
    types: tuple[str, ...],
    limits: list[int],
    cost: str,
    ways: list[tuple[str, str]],
) -> None:
    count = len(limits)
    config = {
        "hopCount": count,
        "perHopMaxNeighbor": limits,
        "perHopEdgeWeightProperty": ["w"] * count,
        "edgeWeightType": "int",
        "edgeLabels": list(types),
        "perHopVertexLabel": [label for _, label in ways[:count]],
        "perHopTraversalDirection": [way for way, _ in ways[:count]],
        "costFunction": cost,
    }
    hops = [weighed(plain, way, types, label, "int") for way, label in ways[:count]]
    wanted = {ego: net(ego, hops, limits, cost) for ego in plain.nodes((ways[0][1],))}
    view = WorkingView(plain.version())
    call = "WITH $config AS c MATCH (n) CALL neptune.algo.egonet"
    edges = {edge.number: edge for edge in plain.edges}
    rows = asked(f"{call}(n, c) RETURN egoNode, nodeList, edgeList", view, config=config).rows
    assert [ego.number for ego, _, _ in rows] == list(wanted)
    lines = []
    for ego, nodes, along in rows:
        met = [ego.number]
        assert nodes[-1] == ego
        for node, edge, (other, weight) in zip(nodes, along, wanted[ego.number], strict=False):
            told = edges[edge.number]
            assert node.number == other
            assert int(told.weight) == weight
            ends = [told.source, told.target]
            ends.remove(node.number)
            assert ends[0] in met
            met.append(node.number)
            lines.append((ego, told.source, told.target, weight))
        assert len(nodes) == len(along) + 1 == len(wanted[ego.number]) + 1
    text = f"{call}.edgeList(n, c) RETURN egoNode, source, target, weight"
    found = [
        (ego, source.number, target.number, weight)
        for ego, source, target, weight in asked(text, view, config=config).rows
    ]
    assert found == lines


EGONET: dict[str, Any] = {
    "hopCount": 1,
    "perHopMaxNeighbor": [1],
    "perHopEdgeWeightProperty": ["w"],
    "edgeWeightType": "int",
}
TOP: dict[str, Any] = {"hopCount": 1, "perHopLimits": [1]}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("topksssp", {**TOP, "hopCount": 0}, "hopCount an integer of at least 1"),
    ("topksssp", {**TOP, "hopCount": 2}, "perHopLimits a number for each of 2"),
    ("topksssp", {**TOP, "perHopLimits": [0]}, "positive integers and -1, not 0"),
    ("topksssp", {"hopCount": 1}, "needs the option perHopLimits"),
    ("topksssp", {**TOP, "edgeWeightProperty": "w"}, "needs edgeWeightType where"),
    (
        "topksssp",
        {**TOP, "edgeWeightProperty": "bad", "edgeWeightType": "int"},
        "needs weights that are not negative, not -1",
    ),
    ("egonet", {**EGONET, "hopCount": 4}, "hopCount an integer from 1 to 3, not 4"),
    ("egonet", {**EGONET, "hopCount": 2}, "perHopEdgeWeightProperty for each of 2 hops, not 1"),
    ("egonet", {**EGONET, "perHopMaxNeighbor": [1, 1]}, "perHopMaxNeighbor for each of 1 hops"),
    ("egonet", {**EGONET, "perHopMaxNeighbor": [0]}, "positive integers and -1, not 0"),
    ("egonet", {**EGONET, "perHopVertexLabel": ["A", "B"]}, "perHopVertexLabel for each"),
    ("egonet.edgeList", {**EGONET, "costFunction": "mean"}, "one of min, max, not 'mean'"),
]


@pytest.mark.parametrize(("name", "config", "message"), WRONG)
def test_options_are_held_against_what_is_declared(
    name: str, config: dict[str, Any], message: str
) -> None:
    view = graph({"0": ["A"], "1": ["A"]}, [("0", "1", "R", {"w": 1, "bad": -1})])
    with pytest.raises(Invalid, match=message):
        asked(f"CALL neptune.algo.{name}('0', $config)", view, config=config)


def test_weights_of_an_egonet_may_be_negative() -> None:
    view = graph(
        {"a": [], "b": [], "c": []}, [("a", "b", "R", {"w": -(2**63)}), ("a", "c", "R", {"w": -1})]
    )
    for cost, wanted in (("min", [("b", -(2**63))]), ("max", [("c", -1)])):
        config = {**EGONET, "edgeWeightType": "long", "costFunction": cost}
        text = (
            "WITH $config AS c CALL neptune.algo.egonet.edgeList('a', c) RETURN id(target), weight"
        )
        assert asked(text, view, config=config).rows == wanted


@needs_routes
def test_the_published_egonet_of_the_air_routes() -> None:
    text = """CALL neptune.algo.egonet(['1'], {perHopEdgeWeightProperty: ['dist'], hopCount: 1,
              edgeWeightType: 'int', perHopMaxNeighbor: [3], perHopTraversalDirection: ['both']})
              YIELD egoNode, nodeList, edgeList
              RETURN id(egoNode), [n IN nodeList | id(n)], [e IN edgeList | e.dist]"""
    wanted = [("1", ["126", "67", "58", "1"], [8434, 7640, 7581])]
    assert asked(text, WorkingView(loaded().version)).rows == wanted
