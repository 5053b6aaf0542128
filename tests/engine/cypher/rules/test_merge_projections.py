from __future__ import annotations

from seaglass.engine.cypher.rules.merge_projections import merge_projections
from tests.engine.cypher.plans import around, golden


def test_renaming_is_merged() -> None:
    before, after = around(merge_projections, "MATCH (n) WITH n.x AS x, n.y AS y RETURN y AS z")
    assert before == golden(
        """
            Project y AS z
            Project n.x AS x, n.y AS y
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Project n.y AS z
            NodeScan (n)
            Unit
        """
    )


def test_nothing_is_computed_twice() -> None:
    before, after = around(merge_projections, "MATCH (n) WITH n.x AS x RETURN x AS a, x AS b")
    assert before == golden(
        """
            Project x AS a, x AS b
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == before


def test_computing_over_columns_stays() -> None:
    before, after = around(merge_projections, "MATCH (n) WITH n.x AS x RETURN x + 1 AS y")
    assert before == golden(
        """
            Project x + 1 AS y
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == before
