"""Rows for programs: entities that are read together are the same as those that are read one by one.

Method: the same question for many rows, and row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import seaglass

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 50


@pytest.fixture
def graph() -> Iterator[seaglass.Graph]:
    """People with different keys and labels, and relationships among them, some of them changed since."""
    with seaglass.open() as database:
        graph = database.create_graph("g")
        graph.query(
            "UNWIND range(0, $last) AS i CREATE (p:P {`~id`: 'p' + toString(i), i: i}) "
            "WITH p, p.i AS i SET p.a = CASE WHEN i % 2 = 0 THEN 'even' END, "
            "p.b = CASE WHEN i % 3 = 0 THEN [i, 'x'] ELSE date('2024-01-01') END",
            {"last": COUNT - 1},
        )
        graph.query("MATCH (p:P) WHERE p.i % 5 = 0 SET p:Five")
        graph.query(
            "MATCH (p:P), (q:P) WHERE q.i = (p.i * 7 + 1) % $count "
            "CREATE (p)-[:KNOWS {since: 2000 + p.i}]->(q), (q)-[:LIKES]->(p)",
            {"count": COUNT},
        )
        yield graph


@pytest.mark.parametrize(
    "shown",
    ["p", "r", "q", "n", "[p, {r: r}, q]", "path", "CASE WHEN p.i < 25 THEN p ELSE r END"],
)
def test_many_are_as_one_by_one(graph: seaglass.Graph, shown: str) -> None:
    match = "MATCH path = (p:P)-[r]->(q) OPTIONAL MATCH (n:P {i: p.i + 1})"
    query = f"{match} WITH p, r, path, q, n ORDER BY id(r) RETURN {shown} AS shown"
    many = graph.query(query).rows()
    assert len(many) == 2 * COUNT
    ones: list[dict[str, Any]] = []
    for place in range(len(many)):
        ones += graph.query(f"{query} SKIP {place} LIMIT 1").rows()
    assert many == ones
    assert list(map(repr, many)) == list(map(repr, ones))


def test_collected_are_as_one_by_one(graph: seaglass.Graph) -> None:
    (row,) = graph.query("MATCH (p:P) RETURN collect(p) AS all").rows()
    assert row["all"] == [each["p"] for each in graph.query("MATCH (p:P) RETURN p").rows()]


def test_each_row_has_properties_of_its_own(graph: seaglass.Graph) -> None:
    for shown in ("p", "[p]"):
        rows = graph.query(
            f"MATCH (p:P {{i: 1}}) UNWIND range(1, {COUNT}) AS i RETURN {shown} AS shown"
        ).rows()
        nodes = [row["shown"] if shown == "p" else row["shown"][0] for row in rows]
        nodes[0].properties["mine"] = True
        assert "mine" not in nodes[1].properties


def test_deleted_ones_among_many(graph: seaglass.Graph) -> None:
    rows = graph.query("MATCH (p:P) WITH p ORDER BY p.i DETACH DELETE p RETURN p").rows()
    assert len(rows) == COUNT
    assert {(row["p"].id, row["p"].labels, len(row["p"].properties)) for row in rows} == {
        ("", (), 0)
    }
