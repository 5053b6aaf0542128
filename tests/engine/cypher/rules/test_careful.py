from __future__ import annotations

import pytest

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import text
from tests.engine.cypher.plans import compiled, golden


def carefully_compiled(query: str) -> str:
    return text.query(compile_query(query, careful=True))


def test_what_can_fail_is_asked_where_the_text_has_it() -> None:
    query = "MATCH (a)-[r]->(b) WHERE a.x = 1 AND size(a.y) > 2 RETURN b"
    assert compiled(query) == golden(
        """
            Project b
            Expand (a)-[r]->(b) forgets a, r
            Filter (a.x = 1) AND (size(a.y) > 2)
            NodeScan (a) by x = 1
            Unit
        """
    )
    assert carefully_compiled(query) == golden(
        """
            Project b
            Filter size(a.y) > 2
            Expand (a)-[r]->(b) forgets r
            Filter a.x = 1
            NodeScan (a) by x = 1
            Unit
        """
    )


def test_nothing_passes_it() -> None:
    """Not even what finds a node by its id: by the usual rules the pattern begins there."""
    query = "MATCH (a) WHERE size(a.y) > 2 MATCH (a)-->(b) WHERE id(b) = 'x' RETURN count(*)"
    assert carefully_compiled(query) == golden(
        """
            Aggregate count(*) AS `count(*)`
            Expand (a)-[` e1`]->(b) bound b forgets ` e1`, a, b
            NodeSeek (b) = 'x'
            Filter size(a.y) > 2
            NodeScan (a)
            Unit
        """
    )


@pytest.mark.parametrize(
    "condition",
    [
        "id(n) = $x",
        "n.x IN [1, n.y, $x] OR NOT n.y STARTS WITH 'a'",
        "n.x IS NULL AND n:A",
        "n.x < 3 <= n.y",
    ],
)
def test_what_takes_every_value_is_moved(condition: str) -> None:
    query = f"MATCH (n:B)-[r]->(m) WHERE {condition} RETURN m"
    assert carefully_compiled(query) == compiled(query)


@pytest.mark.parametrize(
    "condition",
    ["n.x + 1 = 2", "n.x IN n.y", "n.x", "n.x.y = 1", "toUpper(n.x) = 'A'", "n.x =~ $x", "NOT n.x"],
)
def test_what_does_not_is_not(condition: str) -> None:
    query = f"MATCH (n:B)-[r]->(m) WHERE {condition} RETURN m"
    lines = carefully_compiled(query).splitlines()
    assert lines[1].startswith("Filter")
    assert lines[2].startswith("Expand")


def test_a_name_that_means_something_else_later_is_no_node_any_more() -> None:
    query = "MATCH (n) WITH n.y AS n MATCH (m)-[r]->(o) WHERE n.x = 1 RETURN m"
    assert carefully_compiled(query).splitlines()[1] == "Filter n.x = 1"
    kept = "MATCH (n) WITH n AS n MATCH (m)-[r]->(o) WHERE n.x = 1 RETURN m"
    assert carefully_compiled(kept) == compiled(kept)
