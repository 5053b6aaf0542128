from __future__ import annotations

from seaglass.engine.cypher.rules.seek_ids import seek_ids
from tests.engine.cypher.plans import around, golden


def test_a_known_id_is_looked_up() -> None:
    before, after = around(seek_ids, "MATCH (n:A) WHERE n.`~id` = $x AND n.y = 1 RETURN n")
    assert before == golden(
        """
            Project n
            Filter (n.`~id` = $x) AND (n.y = 1)
            NodeScan (n:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project n
            Filter n.y = 1
            NodeSeek (n:A) = $x
            Unit
        """
    )


def test_an_equality_comes_before_a_list() -> None:
    before, after = around(seek_ids, "MATCH (n) WHERE id(n) IN $l AND $x = id(n) RETURN n")
    assert before == golden(
        """
            Project n
            Filter (id(n) IN $l) AND ($x = id(n))
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Project n
            Filter id(n) IN $l
            NodeSeek (n) = $x
            Unit
        """
    )


def test_a_pattern_names_an_id() -> None:
    before, after = around(seek_ids, "UNWIND $rows AS row MATCH (n {`~id`: row.id}) RETURN n")
    assert before == golden(
        """
            Project n
            Filter n.`~id` = row.id
            NodeScan (n)
            Unwind $rows AS row
            Unit
        """
    )
    assert after == golden(
        """
            Project n
            NodeSeek (n) = row.id
            Unwind $rows AS row
            Unit
        """
    )


def test_an_id_of_itself_is_no_id() -> None:
    before, after = around(seek_ids, "MATCH (n) WHERE id(n) = n.x OR id(n) = 1 RETURN n")
    assert before == golden(
        """
            Project n
            Filter (id(n) = n.x) OR (id(n) = 1)
            NodeScan (n)
            Unit
        """
    )
    assert after == before
