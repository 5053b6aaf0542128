"""Similarity of pairs against Python's sets, and how pairs are made of two lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.algo.plain import DIRECTIONS, SOME_LABELS, SOME_TYPES, plains
from tests.engine.algo.test_degree import needs_routes
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.test_routes import loaded
from tests.engine.exec.tools import WorkingView

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain

RESULTS = {
    "neighbors.common": "common",
    "neighbors.total": "total",
    "jaccardSimilarity": "score",
    "overlapSimilarity": "score",
}
NAMES = st.lists(st.sampled_from([*(str(node) for node in range(9)), "none"]), max_size=4)


def score(name: str, one: set[int], other: set[int]) -> float:
    common = len(one & other)
    whole = {
        "neighbors.common": 0,
        "neighbors.total": 0,
        "jaccardSimilarity": len(one | other),
        "overlapSimilarity": min(len(one), len(other)),
    }[name]
    if name == "neighbors.common":
        return common
    if name == "neighbors.total":
        return len(one | other)
    return common / whole if whole else 0.0


@given(plains(), DIRECTIONS, SOME_TYPES, SOME_LABELS, st.lists(st.tuples(NAMES, NAMES), max_size=4))
def test_pairs_are_compared_by_their_neighbours(
    plain: Plain,
    direction: str,
    types: tuple[str, ...],
    labels: tuple[str, ...],
    rows: list[tuple[list[str], list[str]]],
) -> None:
    config = {"traversalDirection": direction, "edgeLabels": list(types)}
    if labels:
        config["vertexLabel"] = labels[0]
    near: dict[int, set[int]] = {node: set() for node in plain.nodes()}
    for here, there, _ in plain.links(direction, types, labels[:1]):
        near[here].add(there)
    view = WorkingView(plain.version())
    for name, result in RESULTS.items():
        text = f"""WITH $config AS c UNWIND range(0, size($rows) - 1) AS row
                   WITH c, row, $rows[row] AS r CALL neptune.algo.{name}(r[0], r[1], c)
                   YIELD {result} RETURN row, {result}"""
        expected = [
            (row, score(name, near[int(one)], near[int(other)]))
            for row, (first, second) in enumerate(rows)
            for one, other in zip(first, second, strict=False)
            if "none" not in (one, other) and int(one) in near and int(other) in near
        ]
        found = asked(text, view, config=config, rows=[list(row) for row in rows]).rows
        assert [row for row, _ in found] == [row for row, _ in expected]
        assert [value for _, value in found] == pytest.approx(
            [value for _, value in expected], rel=1e-6
        )


def test_nodes_of_two_matches_and_lists() -> None:
    view = graph(
        {name: ["N"] for name in "abcd"},
        [("a", "c", "R", {}), ("a", "d", "R", {}), ("b", "d", "R", {}), ("b", "d", "S", {})],
    )
    pairs = "MATCH (x {`~id`: 'a'}) MATCH (y) CALL neptune.algo.neighbors.common(x, y)"
    assert asked(f"{pairs} YIELD common RETURN id(y), common", view).rows == [
        ("a", 2),
        ("b", 1),
        ("c", 0),
        ("d", 0),
    ]
    for lists, rows in (
        ("'a', 'b'", [(0.5,)]),
        ("['a', 'b'], ['b', 'b']", [(0.5,), (1.0,)]),
        ("['a', 'x', 'b'], ['b', 'b', 'b']", [(0.5,), (1.0,)]),
        ("['a', 'b'], ['b']", [(0.5,)]),
        ("[], ['a']", []),
        ("['a'], []", []),
        ("['c'], ['d']", [(0.0,)]),
    ):
        text = f"CALL neptune.algo.jaccardSimilarity({lists}) YIELD score RETURN score"
        assert asked(text, view).rows == rows


@needs_routes
def test_published_similarities_of_the_air_routes() -> None:
    view = WorkingView(loaded().version)

    def found(name: str, one: str, other: str) -> Any:
        text = f"""MATCH (a:airport {{code: '{one}'}}) MATCH (b:airport {{code: '{other}'}})
                   CALL neptune.algo.{name}(a, b) YIELD {RESULTS[name]}
                   RETURN {RESULTS[name]}"""
        ((value,),) = asked(text, view).rows
        return value

    assert found("neighbors.common", "SYD", "JFK") == 24
    assert found("neighbors.total", "SYD", "JFK") == 279
    assert found("jaccardSimilarity", "AUS", "FLL") == 0.29533678
    assert found("overlapSimilarity", "AUS", "FLL") == pytest.approx(0.6129032, abs=1e-7)
