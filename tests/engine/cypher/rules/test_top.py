from __future__ import annotations

from seaglass.engine.cypher.rules.top import top
from tests.engine.cypher.plans import around, golden


def test_sort_and_limit() -> None:
    before, after = around(top, "MATCH (n) RETURN n.x AS x ORDER BY x DESC LIMIT $l")
    assert before == golden(
        """
            Limit $l
            Sort x DESC
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Top $l BY x DESC
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )


def test_skip_is_added() -> None:
    before, after = around(top, "MATCH (n) RETURN n.x AS x ORDER BY x SKIP 2 LIMIT 3")
    assert before == golden(
        """
            Limit 3
            Skip 2
            Sort x
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Limit 3
            Skip 2
            Top 5 BY x
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )


def test_skip_that_is_a_parameter_is_added_when_it_runs() -> None:
    before, after = around(top, "MATCH (n) RETURN n ORDER BY n.x SKIP $s LIMIT 3")
    assert before == golden(
        """
            Limit 3
            Skip $s
            Sort n.x
            Project n
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Limit 3
            Skip $s
            Top $s + 3 BY n.x
            Project n
            NodeScan (n)
            Unit
        """
    )


def test_a_limit_below_a_sort_stays() -> None:
    before, after = around(top, "MATCH (n) WITH n LIMIT 2 RETURN n.x AS x ORDER BY x")
    assert before == golden(
        """
            Sort x
            Project n.x AS x
            Limit 2
            Project n
            NodeScan (n)
            Unit
        """
    )
    assert after == before
