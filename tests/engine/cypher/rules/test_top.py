from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.rules.top import top
from tests.engine.cypher.plans import around, golden
from tests.engine.exec.tools import ran


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


def test_counts_by_chance_are_drawn_once() -> None:
    text = "MATCH (n) RETURN n ORDER BY n.x SKIP toInteger(rand() * 9) LIMIT 3"
    before, after = around(top, text)
    assert after == before


@pytest.mark.parametrize(
    ("skip", "limit"), [(1, 2**63 - 1), (2**63 - 1, 1), (2**63 - 1, 2**63 - 1)]
)
def test_a_limit_that_stands_for_none_may_have_any_skip(skip: int, limit: int) -> None:
    text = "UNWIND [3, 1, 2] AS x RETURN x ORDER BY x SKIP $skip LIMIT $limit"
    assert ran(text, skip=skip, limit=limit).rows == [(2,), (3,)][: 2 * (skip == 1)]


def test_each_count_is_checked_by_its_own_name() -> None:
    text = "UNWIND [1, 2, 3] AS x RETURN x ORDER BY x SKIP $skip LIMIT $limit"
    with pytest.raises(
        Invalid, match=r"SKIP needs an integer >= 0, but got -5 \(line 1, column 48"
    ):
        ran(text, skip=-5, limit=3)
    with pytest.raises(Invalid, match=r"LIMIT needs an integer >= 0, but got a string"):
        ran(text, skip=1, limit="b")
