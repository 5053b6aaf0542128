from __future__ import annotations

from seaglass.engine.cypher.rules.narrow_scans import narrow_scans
from tests.engine.cypher.plans import around, golden


def test_a_scan_is_told_what_its_filter_wants() -> None:
    before, after = around(
        narrow_scans, "MATCH (n:A) WHERE $x < n.y AND n.y <> n.z AND n.z IN [1, 'a'] RETURN n"
    )
    assert before == golden(
        """
            Filter ($x < n.y) AND (n.y <> n.z) AND (n.z IN [1, 'a'])
            NodeScan (n:A)
            Unit
        """
    )
    assert after == golden(
        """
            Filter ($x < n.y) AND (n.y <> n.z) AND (n.z IN [1, 'a'])
            NodeScan (n:A) by y > $x, z IN [1, 'a']
            Unit
        """
    )


def test_a_pattern_asks_for_values_of_the_rows_below() -> None:
    before, after = around(narrow_scans, "UNWIND $rows AS row MERGE (n:A {x: row.x, y: 1 + 1})")
    assert before == golden(
        """
            Discard
            Merge (n:A {x: row.x, y: 1 + 1})
              | Filter (n.x = row.x) AND (n.y = (1 + 1))
              | NodeScan (n:A)
              | Argument row
            Unwind $rows AS row
            Unit
        """
    )
    assert after == before.replace("(n:A)", "(n:A) by x = row.x, y = (1 + 1)")


def test_what_no_index_answers_is_not_sought() -> None:
    before, after = around(
        narrow_scans,
        "MATCH (n:A) WHERE n.x = n.y AND n.x <> 1 AND (n.x = 1 OR n.y = 1) AND n.x = rand()"
        " AND n.x ENDS WITH 'a' AND n.x = [i IN $l | i][0] RETURN n",
    )
    assert after == before


def test_any_of_several_values_of_one_property_is_sought() -> None:
    before, after = around(
        narrow_scans, "MATCH (n:A) WHERE n.x = 1 OR $y = n.x OR n.x IN ['a', 2] RETURN n"
    )
    assert after == before.replace("(n:A)", "(n:A) by x IN [1, $y, 'a', 2]")


def test_other_choices_are_not_sought() -> None:
    for choice in ("n.x = 1 OR n.x > 2", "n.x = 1 OR n.x IN $l", "n.x = 1 OR n.x IS NULL"):
        before, after = around(narrow_scans, f"MATCH (n:A) WHERE {choice} RETURN n")
        assert after == before
