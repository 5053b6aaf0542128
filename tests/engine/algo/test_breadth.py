"""bfs and its variants, against plain breadth-first search, and on the air routes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from unittest import mock

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seaglass
from seaglass.engine.algo import breadth
from tests.engine.algo.plain import DIRECTIONS, SOME_TYPES, plains
from tests.engine.algo.tools import asked
from tests.engine.exec.test_routes import ROUTES, edges, loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain


def levels_of(plain: Plain, source: int, steps: set[tuple[int, int]], most: int) -> dict[int, int]:
    levels = {source: 0}
    for level in range(len(plain.labels) if most < 0 else most):
        for here, there in steps:
            if levels.get(here) == level:
                levels.setdefault(there, level + 1)
    return levels


@given(
    plains(),
    DIRECTIONS,
    SOME_TYPES,
    st.sampled_from([None, "A", "B", "C"]),
    st.tuples(st.sampled_from([-1, -1, 0, 1, 2]), st.sampled_from([32, 1, 0.01])),
)
def test_each_source_has_its_levels_and_a_tree_of_parents(
    plain: Plain,
    direction: str,
    types: tuple[str, ...],
    label: str | None,
    how: tuple[int, float],
) -> None:
    # Near nodes are found without a projection; the share decides where that ends.
    most, share = how
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(breadth, "_NEAR_SHARE", share)
        check_levels_and_parents(plain, direction, types, label, most)


def check_levels_and_parents(
    plain: Plain, direction: str, types: tuple[str, ...], label: str | None, most: int
) -> None:
    config = {
        "traversalDirection": direction,
        "edgeLabels": list(types),
        "vertexLabel": label,
        "maxDepth": most,
    }
    labels = () if label is None else (label,)
    steps = {(here, there) for here, there, _ in plain.links(direction, types, labels)}
    view = WorkingView(plain.version())
    call = "WITH $config AS c MATCH (n) CALL neptune.algo.{}(n, c) YIELD {} RETURN {}"

    def rows(name: str, *results: str) -> list[tuple[int, ...]]:
        told = ", ".join(part if part == "level" else f"id({part})" for part in results)
        text = call.format(name, ", ".join(results), told)
        return [tuple(map(int, row)) for row in asked(text, view, config=config).rows]

    wanted = {
        (source, node): level
        for source in plain.nodes()
        for node, level in levels_of(plain, source, steps, most).items()
    }
    found = rows("bfs.levels", "source", "node", "level")
    assert len(found) == len(wanted)
    assert {(source, node): level for source, node, level in found} == wanted
    # Sources in the order of the rows, and of each the nearest first.
    assert found == sorted(found, key=lambda row: (row[0], row[2]))
    assert [row[:2] for row in found] == rows("bfs", "source", "node")
    for source, node, parent in rows("bfs.parents", "source", "node", "parent"):
        if source == node:
            assert parent == source
        else:
            assert (parent, node) in steps
            assert wanted[source, parent] == wanted[source, node] - 1


def test_results_come_in_frames_of_their_size() -> None:
    from seaglass.engine.exec.context import Options
    from tests.engine.algo.plain import Edge, Plain

    ring = Plain(
        tuple([frozenset("A")] * 7),
        tuple([Edge(n, n, (n + 1) % 7, "R", None) for n in range(7)]),
    )
    text = (
        "MATCH (n) CALL neptune.algo.bfs.levels(n) YIELD node, level RETURN id(n), id(node), level"
    )
    whole = asked(text, WorkingView(ring.version())).rows
    assert whole == [(str(n), str((n + level) % 7), level) for n in range(7) for level in range(7)]
    for size in (1, 3, 20, 49):
        assert asked(text, WorkingView(ring.version()), Options(frame_rows=size)).rows == whole


def test_what_is_near_is_found_without_a_projection() -> None:
    from tests.engine.algo.plain import Edge, Plain

    nodes = 200
    ring = Plain(
        tuple([frozenset("A")] * nodes),
        tuple([Edge(n, n, (n + 1) % nodes, "R", None) for n in range(nodes)]),
    )
    view = WorkingView(ring.version())
    near = "CALL neptune.algo.bfs.levels(['3', '9'], {maxDepth: 3}) YIELD node RETURN id(node)"
    assert [int(name) for (name,) in asked(near, view).rows] == [3, 4, 5, 6, 9, 10, 11, 12]
    assert not view.version.derived["projections"]._made
    far = "CALL neptune.algo.bfs.levels('3') YIELD level RETURN count(*), max(level)"
    assert asked(far, view).rows == [(nodes, nodes - 1)]
    assert len(view.version.derived["projections"]._made) == 1


def test_a_long_way_is_gone_along_a_projection() -> None:
    """Each level looks through all that is known, so that levels without one would take a time in
    proportion to the square of their number."""
    nodes = 100_000
    graph = seaglass.open(None).create_graph("way")
    ids = [str(number) for number in range(nodes)]
    graph.load(nodes={"~id": ids}, edges={"~from": ids[:-1], "~to": ids[1:]})
    with mock.patch.object(breadth.read, "expand", wraps=breadth.read.expand) as expand:
        found = graph.query("CALL neptune.algo.bfs.levels('0') YIELD level RETURN max(level) AS n")
    assert found.rows() == [{"n": nodes - 1}]
    assert expand.call_count < 1_000


@pytest.mark.skipif(not ROUTES.is_dir(), reason="the air routes are not on this machine")
@pytest.mark.parametrize("direction", ["outbound", "inbound"])
def test_levels_of_the_air_routes(direction: str) -> None:
    graph = nx.DiGraph()
    graph.add_edges_from((row["~from"], row["~to"]) for row in edges() if row["~label"] == "route")
    if direction == "inbound":
        graph = graph.reverse()
    wanted = Counter(nx.single_source_shortest_path_length(graph, "101").values())
    text = f"""CALL neptune.algo.bfs.levels(['101'], {{edgeLabels: ['route'],
               traversalDirection: '{direction}'}}) YIELD level RETURN level, count(*)"""
    assert dict(asked(text, WorkingView(loaded().version)).rows) == wanted
