from __future__ import annotations

from seaglass.engine.cypher.rules.forget_columns import forget_columns
from tests.engine.cypher.plans import around, golden


def test_steps_do_not_carry_what_nobody_reads() -> None:
    before, after = around(
        forget_columns, "MATCH (a {`~id`: $x})-[r]->(b:B)-[s]->(c) WHERE s.y = 1 RETURN c"
    )
    assert before == golden(
        """
            Project c
            Filter s.y = 1
            Expand (b)-[s]->(c) distinct from r
            Filter b:B
            Expand (a)-[r]->(b)
            NodeSeek (a) = $x
            Unit
        """
    )
    assert after == golden(
        """
            Project c
            Filter s.y = 1
            Expand (b)-[s]->(c) distinct from r forgets b, r
            Filter b:B
            Expand (a)-[r]->(b) forgets a
            NodeSeek (a) = $x
            Unit
        """
    )


def test_a_search_by_id_does_not_carry_what_it_was_asked_for() -> None:
    _, after = around(
        forget_columns,
        "UNWIND $rows AS row MATCH (a {`~id`: row.a}), (b {`~id`: row.b}) CREATE (a)-[:T]->(b)",
    )
    assert after == golden(
        """
            Discard
            Create (a)-[` e1`:T]->(b)
            NodeSeek (b) = row.b forgets row
            NodeSeek (a) = row.a
            Unwind $rows AS row
            Unit
        """
    )


def test_a_circle_does_not_carry_its_edges() -> None:
    before, after = around(
        forget_columns, "MATCH (a)-->(b)-->(c)-->(a) WHERE a.x = 1 RETURN b.x AS x, c.x AS y"
    )
    assert "forgets" not in before
    closed = after.splitlines()[1]
    assert closed.startswith("Intersect (b)-[` e2`]->(c)")
    assert closed.endswith(" forgets ` e1`, ` e2`, ` e3`, a")


def test_all_that_a_plan_gives_stays() -> None:
    before, after = around(forget_columns, "MATCH (a)-[r]->(b) RETURN *")
    assert after == before
