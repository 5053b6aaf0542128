"""Means of a sample of nodes: exact where there are few, near where there are many."""

from __future__ import annotations

import pytest

from seaglass.base.limits import GROUP_ROWS
from seaglass.engine.cypher.logical.statistics import paths_of
from seaglass.engine.database import Database
from seaglass.engine.graph.sampled import mean_alike, mean_degree


def test_means_of_few_nodes_are_exact() -> None:
    graph = Database.open(None).create_graph("g")
    graph.query("CREATE (a:A)-[:R]->(b:B), (a)-[:R]->(:B:C), (a)-[:S]->(b), (:A), (b)-[:R]->(b)")
    for types, labels, direction, expected in (
        (("R",), ("A",), "out", 1.0),
        (("R", "S"), ("A",), "out", 1.5),
        ((), ("A",), "both", 1.5),
        (("R",), ("B",), "in", 1.5),
        (("R",), ("B", "C"), "in", 1.0),
        (("R",), (), "out", 0.75),
        (("R",), ("D",), "out", 0.0),
        (("T",), ("A",), "out", 0.0),
    ):
        assert mean_degree(graph.version, types, labels, direction) == expected  # type: ignore[arg-type]
    empty = Database.open(None).create_graph("empty")
    assert mean_degree(empty.version, (), (), "out") == 0.0


def test_means_of_many_nodes_are_near() -> None:
    graph = Database.open(None).create_graph("g")
    graph.query("CREATE (c:City) WITH c UNWIND range(1, 3000) AS x CREATE (c)<-[:IN]-(:Person)")
    graph.query("MATCH (p:Person) WITH p LIMIT 1500 MATCH (c:City) CREATE (p)-[:IN]->(c)")
    assert mean_degree(graph.version, ("IN",), ("City",), "in") == 4500
    assert mean_degree(graph.version, ("IN",), ("Person",), "out") == pytest.approx(1.5, rel=0.1)


def test_a_sample_is_of_all_parts_of_a_graph() -> None:
    """Labels that were loaded one after the other are in groups of their own."""
    graph = Database.open(None).create_graph("g")
    count = 4 * GROUP_ROWS
    for label, rows in (("A", count), ("B", count)):
        ids = [f"{label}{number}" for number in range(rows)]
        graph.load(nodes={"~id": ids, "~label": [label] * rows})
    ends = [f"B{number}" for number in range(count)]
    graph.load(edges={"~from": ends, "~to": ends, "~label": ["R"] * count})
    assert 0.2 < mean_degree(graph.version, ("R",), (), "out") < 0.8


def test_how_many_have_the_same_value() -> None:
    graph = Database.open(None).create_graph("g")
    graph.query(
        "UNWIND range(1, 2000) AS x CREATE (:P {id: x, sex: x % 2, list: [x % 4], same: 1})"
    )
    for key, expected in (
        ("id", 1.0),
        ("sex", 1000.0),
        ("list", 500.0),
        ("same", 2000.0),
        ("none", 1.0),
    ):
        assert mean_alike(graph.version, ("P",), key) == expected, key
    assert mean_alike(graph.version, ("Q",), "id") == 1.0


def test_paths_are_counted_as_far_as_it_matters() -> None:
    assert paths_of(3.0, 1, 2) == 12
    assert paths_of(0.0, 0, None) == 1
    assert paths_of(0.5, 1, None) == pytest.approx(1, abs=0.02)
    assert paths_of(1e9, 1, None) == 1e6
    assert paths_of(2.0, 40, 50) == 1e6
    assert paths_of(3.0, 3, 2) == 0
