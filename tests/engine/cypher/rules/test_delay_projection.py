from __future__ import annotations

from seaglass.engine.cypher.rules.delay_projection import delay_projection
from tests.engine.cypher.plans import around, golden


def test_only_keys_are_computed_below_a_top() -> None:
    before, after = around(
        delay_projection, "MATCH (n) RETURN n.x AS x, n.y AS y ORDER BY x LIMIT 3"
    )
    assert before == golden(
        """
            Top 3 BY x
            Project n.x AS x, n.y AS y
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Project x, n.y AS y
            Top 3 BY x
            Project n.x AS x, n
            NodeScan (n)
            Unit
        """
    )


def test_skip_and_limit_pass_a_projection() -> None:
    before, after = around(delay_projection, "MATCH (n) RETURN n.x AS x SKIP 1 LIMIT 3")
    assert before == golden(
        """
            Limit 3
            Skip 1
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Project n.x AS x
            Limit 3
            Skip 1
            NodeScan (n)
            Unit
        """
    )


def test_a_limit_passes_all_projections_that_follow_each_other() -> None:
    _, after = around(delay_projection, "MATCH (n) WITH n.x AS x RETURN x + 1 AS y SKIP 1 LIMIT 3")
    assert after == golden(
        """
            Project x + 1 AS y
            Project n.x AS x
            Limit 3
            Skip 1
            NodeScan (n)
            Unit
        """
    )


def test_a_shadowed_variable_is_left_alone() -> None:
    before, after = around(
        delay_projection, "MATCH (n) RETURN n.x AS n, n.y AS y ORDER BY n LIMIT 3"
    )
    assert before == golden(
        """
            Top 3 BY n
            Project n.x AS n, n.y AS y
            NodeScan (n)
            Unit
        """
    )
    assert after == before
