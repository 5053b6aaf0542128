"""sssp and its variants: distances against Bellman and Ford's, trees and paths verified."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.values.types import Path
from tests.engine.algo.plain import SOME_TYPES, WEIGHTS, Edge, Plain, plains
from tests.engine.algo.tools import asked
from tests.engine.exec.test_routes import ROUTES, edges, loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from collections.abc import Iterable

needs_routes = pytest.mark.skipif(
    not ROUTES.is_dir(), reason="the air routes are not on this machine"
)
Steps = list[tuple[int, int, Edge, Any]]
ONE_WAY = st.sampled_from(["outbound", "inbound"])
NAMES = st.sampled_from(["bellmanFord", "deltaStepping"])


def weighed(
    plain: Plain, direction: str, types: tuple[str, ...], label: str | None, kind: str
) -> Steps:
    """(from, to, edge, weight) of the edges that have a weight."""
    cast: Any = int if kind in ("int", "long") else float
    labels = () if label is None else (label,)
    return [
        (here, there, edge, cast(edge.weight))
        for here, there, edge in plain.links(direction, types, labels)
        if type(edge.weight) in (int, float)
    ]


def distances_of(plain: Plain, source: int, steps: Steps) -> dict[int, Any]:
    found: dict[int, Any] = {source: 0}
    for _ in plain.labels:
        for here, there, _, weight in steps:
            if here in found and found[here] + weight < found.get(there, math.inf):
                found[there] = found[here] + weight
    return found


def sources_of(plain: Plain, label: str | None) -> list[int]:
    return plain.nodes(() if label is None else (label,))


@given(
    plains(WEIGHTS),
    ONE_WAY,
    SOME_TYPES,
    st.sampled_from([None, None, "A", "C"]),
    st.tuples(NAMES, st.sampled_from(["int", "long", "float", "double"])),
)
def test_distances_are_the_shortest_and_parents_make_a_tree(
    plain: Plain, direction: str, types: tuple[str, ...], label: str | None, how: tuple[str, str]
) -> None:
    name, kind = how
    config = {
        "edgeWeightProperty": "w",
        "edgeWeightType": kind,
        "traversalDirection": direction,
        "edgeLabels": list(types),
        "vertexLabel": label,
    }
    steps = weighed(plain, direction, types, label, kind)
    wanted = {
        (source, node): distance
        for source in sources_of(plain, label)
        for node, distance in distances_of(plain, source, steps).items()
    }
    view = WorkingView(plain.version())
    call = f"WITH $config AS c MATCH (n) CALL neptune.algo.sssp.{name}"
    rows = asked(f"{call}(n, c) RETURN id(source), id(node), distance", view, config=config).rows
    found = {(int(source), int(node)): distance for source, node, distance in rows}
    assert len(rows) == len(wanted)
    assert found == wanted
    number = int if kind in ("int", "long") else float
    assert {type(distance) for distance in found.values()} <= {number}
    rows = asked(
        f"{call}.parents(n, c) RETURN id(source), id(node), id(parent), distance",
        view,
        config=config,
    ).rows
    assert {(int(row[0]), int(row[1])): row[3] for row in rows} == wanted
    for source, node, parent in [tuple(map(int, row[:3])) for row in rows]:
        if source == node:
            assert parent == source
        else:
            last = {weight for here, there, _, weight in steps if (here, there) == (parent, node)}
            assert wanted[source, node] - wanted[source, parent] in last


@given(plains(WEIGHTS), ONE_WAY, st.sampled_from([None, None, "A"]), NAMES)
def test_paths_are_paths_and_the_shortest(
    plain: Plain, direction: str, label: str | None, name: str
) -> None:
    config = {
        "edgeWeightProperty": "w",
        "edgeWeightType": "double",
        "traversalDirection": direction,
        "vertexLabel": label,
    }
    steps = weighed(plain, direction, (), label, "double")
    wanted = {
        (source, target): distance
        for source in sources_of(plain, label)
        for target, distance in distances_of(plain, source, steps).items()
    }
    view = WorkingView(plain.version())
    one_by_one = "MATCH (a) MATCH (b)"
    lists = "MATCH (n) WITH collect(n) AS a, collect(id(n)) AS b"
    for before in (one_by_one, lists):
        text = f"""{before} WITH a, b, $config AS c CALL neptune.algo.sssp.{name}.path(a, b, c)
                   RETURN source, target, distance, vertexPath, allDistances, path"""
        rows = asked(text, view, config=config).rows
        found = {}
        for source, target, distance, nodes, reached, path in rows:
            found[source.number, target.number] = distance
            assert isinstance(path, Path)
            assert list(path.nodes) == nodes
            assert (nodes[0], nodes[-1]) == (source, target)
            assert (reached[0], reached[-1], len(reached)) == (0, distance, len(nodes))
            for place, edge in enumerate(path.edges):
                step = (nodes[place].number, nodes[place + 1].number)
                (weight,) = [
                    weight
                    for here, there, along, weight in steps
                    if along.number == edge.number and (here, there) == step
                ]
                assert reached[place] + weight == reached[place + 1]
        assert len(rows) == len(found)
        assert found == wanted


def test_distances_are_those_of_networkx() -> None:
    chance = random.Random(4)
    links = [
        (chance.randrange(300), chance.randrange(300), chance.uniform(0, 9)) for _ in range(1500)
    ]
    plain = Plain(
        tuple([frozenset("A")] * 300),
        tuple([Edge(number, a, b, "R", w) for number, (a, b, w) in enumerate(links)]),
    )
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(300))
    graph.add_weighted_edges_from(links)
    text = """CALL neptune.algo.sssp.deltaStepping(['0', '7'], {edgeWeightProperty: 'w',
              edgeWeightType: 'double'}) RETURN id(source), id(node), distance"""
    view = WorkingView(plain.version())
    rows = asked(text.replace(" RETURN", " YIELD source, node, distance RETURN"), view).rows
    for source in (0, 7):
        found = {int(node): distance for start, node, distance in rows if start == str(source)}
        assert found == pytest.approx(nx.single_source_dijkstra_path_length(graph, source))


def one_edge(weight: Any) -> WorkingView:
    plain = Plain((frozenset("A"), frozenset("B")), (Edge(0, 0, 1, "R", weight),))
    return WorkingView(plain.version())


def distance_to_the_other(weight: Any, kind: str) -> list[Any]:
    text = f"""CALL neptune.algo.sssp.bellmanFord('0', {{edgeWeightProperty: 'w',
               edgeWeightType: '{kind}'}}) YIELD node, distance WITH * WHERE id(node) = '1'
               RETURN distance"""
    return [value for (value,) in asked(text, one_edge(weight)).rows]


def test_distances_have_the_type_of_the_weights() -> None:
    assert distance_to_the_other(0.1, "float") == [0.1]
    assert distance_to_the_other(0.1, "double") == [0.1]
    assert distance_to_the_other(2.9, "int") == [2]
    assert distance_to_the_other(2**40, "int") == [2**31 - 1]
    assert distance_to_the_other(2**40, "long") == [2**40]
    assert distance_to_the_other(math.inf, "double") == [math.inf]
    assert distance_to_the_other("far", "double") == []
    assert distance_to_the_other(None, "double") == []


@pytest.mark.parametrize(
    ("weight", "kind", "message"),
    [
        (-1, "int", "needs weights that are not negative; w has -1"),
        (-0.5, "double", "needs weights that are not negative; w has -0.5"),
        (math.nan, "double", "needs weights that are not negative; w has nan"),
        (2**62, "long", "cannot add up weights as large as 4611686018427387904 as integers"),
    ],
)
def test_weights_that_make_no_distance_are_refused(weight: Any, kind: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        distance_to_the_other(weight, kind)
    assert distance_to_the_other(2**62 - 1, "long") == [2**62 - 1]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("", "needs the option edgeWeightProperty"),
        ("edgeWeightProperty: 'w'", "needs the option edgeWeightType, one of int, long, float"),
        ("edgeWeightProperty: 'w', edgeWeightType: 'short'", "edgeWeightType one of int, long"),
        ("edgeWeightProperty: 'w', edgeWeightType: 'int', traversalDirection: 'both'",
         "traversalDirection one of outbound, inbound, not 'both'"),
        ("edgeWeightProperty: 'w', edgeWeightType: 'int', delta: 'x'", "delta a number"),
    ],
)  # fmt: skip
def test_options_are_held_against_what_is_declared(config: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        asked(f"CALL neptune.algo.sssp.deltaStepping.path('0', '1', {{{config}}})", one_edge(1))


def airports(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


@needs_routes
@pytest.mark.parametrize("name", ["bellmanFord", "deltaStepping"])
def test_the_published_distances_of_the_air_routes(name: str) -> None:
    options = "edgeWeightProperty: 'dist', edgeWeightType: 'int', edgeLabels: ['route']"
    view = WorkingView(loaded().version)
    text = f"""MATCH (n:airport {{code: 'FLL'}}) MATCH (m:airport {{code: 'HNL'}})
               CALL neptune.algo.sssp.{name}.path(n, m, {{{options}, vertexLabel: 'airport'}})
               RETURN distance, [x IN vertexPath | x.code], allDistances"""
    assert asked(text, view).rows == [(4854, ["FLL", "IAH", "HNL"], [0, 964, 4854])]
    text = f"""CALL neptune.algo.sssp.{name}(['101'], {{{options}}}) YIELD node, distance
               RETURN id(node), distance"""
    found = dict(asked(text, view).rows)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(
        (row["~from"], row["~to"], row["dist"]) for row in edges() if row["~label"] == "route"
    )
    assert found == nx.single_source_dijkstra_path_length(graph, "101")
    text = f"MATCH (n) WHERE n.code IN [{airports(['NYM', 'UKX'])}] RETURN n.code, id(n)"
    ids = dict(asked(text, view).rows)
    assert (found[ids["NYM"]], found[ids["UKX"]]) == (3812, 2993)
