from __future__ import annotations

from seaglass.engine.cypher.rules.push_filters import push_filters
from tests.engine.cypher.plans import around, golden


def test_conditions_go_below_what_does_not_bind_their_variables() -> None:
    before, after = around(
        push_filters,
        "MATCH (a:A)-[r]->(b) UNWIND $l AS x WITH a, b, x WHERE a.y = 1 AND b.y = x RETURN a",
    )
    assert before == golden(
        """
            Project a
            Filter (a.y = 1) AND (b.y = x)
            Project a, b, x
            Unwind $l AS x
            Expand (a)-[r]->(b)
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Project a, b, x
            Filter b.y = x
            Unwind $l AS x
            Expand (a)-[r]->(b)
            Filter a.y = 1
            NodeScan (a:A)
            Unit
        """
    )


def test_renamed_columns_are_followed() -> None:
    before, after = around(
        push_filters, "MATCH (a:A) WITH DISTINCT a AS b, a.x AS x WHERE b.y = 1 AND x > 2 RETURN x"
    )
    assert before == golden(
        """
            Project x
            Filter (b.y = 1) AND (x > 2)
            Distinct b, x
            Project a AS b, a.x AS x
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project x
            Distinct b, x
            Project a AS b, a.x AS x
            Filter (a.y = 1) AND (a.x > 2)
            NodeScan (a:A)
            Unit
        """
    )


def test_computed_columns_limits_and_groups_stop_a_condition() -> None:
    before, after = around(
        push_filters,
        "MATCH (a) WITH a, a.x + 1 AS x WHERE x > 2 WITH a LIMIT 3 WHERE a.y = 1 WITH a, count(*) AS c WHERE a.z = 1 RETURN c",
    )
    assert before == golden(
        """
            Project c
            Filter a.z = 1
            Project a, c
            Aggregate count(*) AS c BY a
            Filter a.y = 1
            Limit 3
            Project a
            Filter x > 2
            Project a, a.x + 1 AS x
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project c
            Project a, c
            Filter a.z = 1
            Aggregate count(*) AS c BY a
            Filter a.y = 1
            Limit 3
            Project a
            Filter x > 2
            Project a, a.x + 1 AS x
            NodeScan (a)
            Unit
        """
    )


def test_random_conditions_stay() -> None:
    before, after = around(push_filters, "MATCH (a)-->(b) WHERE rand() < 0.5 AND a.x = 1 RETURN a")
    assert before == golden(
        """
            Project a
            Filter (rand() < 0.5) AND (a.x = 1)
            Expand (a)-[` e1`]->(b)
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Filter rand() < 0.5
            Expand (a)-[` e1`]->(b)
            Filter a.x = 1
            NodeScan (a)
            Unit
        """
    )


def test_writes_stop_a_condition() -> None:
    before, after = around(push_filters, "MATCH (a) SET a.x = 2 WITH a WHERE a.x = 1 RETURN a")
    assert before == golden(
        """
            Project a
            Filter a.x = 1
            Project a
            Set a.x = 2
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Project a
            Filter a.x = 1
            Set a.x = 2
            NodeScan (a)
            Unit
        """
    )


def test_conditions_go_below_an_optional_match_that_does_not_bind_their_variables() -> None:
    _, after = around(
        push_filters,
        "MATCH (a:A) OPTIONAL MATCH (a)-[r]->(b) WHERE a.x = 1 AND b.x = 2"
        " WITH a, b WHERE a.y = 1 AND b.y IS NULL RETURN b",
    )
    # What stands inside stays inside: there it decides between a match and null.
    assert after == golden(
        """
            Project b
            Project a, b
            Filter b.y IS NULL
            Optional
              | Filter b.x = 2
              | Expand (a)-[r]->(b)
              | Filter a.x = 1
              | Argument a, ` r1`
            Filter a.y = 1
            NodeScan (a:A)
            Unit
        """
    )
