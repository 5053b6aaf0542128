from __future__ import annotations

import pytest

from seaglass.engine.cypher.rules.count_types import count_types
from tests.engine.cypher.plans import around, golden


def test_grouped_by_type() -> None:
    _, after = around(
        count_types, "MATCH ()-[r:S|T]->() RETURN type(r) AS t, count(*) AS n ORDER BY n DESC"
    )
    assert after == golden(
        """
            Sort n DESC
            Project t, n
            Aggregate sum(` number`) AS n BY ` type` AS t
            CountTypes ()-[:S|T]->() AS ` type`, ` number`
            Unit
        """
    )


def test_without_direction_and_backwards() -> None:
    _, after = around(count_types, "MATCH (a)-[r]-(b) RETURN type(r), count(r), count(b)")
    assert "CountTypes ()-[]-()" in after
    _, after = around(count_types, "MATCH (a)<-[r:T]-(b) RETURN count(*)")
    assert "CountTypes ()<-[:T]-()" in after


def test_conditions_and_projections_between() -> None:
    _, after = around(
        count_types,
        "MATCH ()-[r]->() WHERE type(r) STARTS WITH 'T' WITH type(r) AS r"
        " RETURN toLower(r) AS t, count(r) AS n",
    )
    assert after == golden(
        """
            Project t, n
            Aggregate sum(` number`) AS n BY toLower(r) AS t
            Project ` type` AS r, ` number`
            Filter ` type` STARTS WITH 'T'
            CountTypes ()-[]->() AS ` type`, ` number`
            Unit
        """
    )


def test_distinct() -> None:
    _, after = around(count_types, "MATCH ()-[r]->() RETURN DISTINCT type(r) AS t")
    assert after == golden(
        """
            Distinct t
            Project ` type` AS t
            CountTypes ()-[]->() AS ` type`, ` number`
            Unit
        """
    )


def test_each_of_several_steps_and_for_each_row() -> None:
    _, after = around(
        count_types,
        "UNWIND [1, 2] AS u MATCH ()-[r]->() WITH u, collect(DISTINCT type(r)) AS l"
        " MATCH ()-[s]->() RETURN u, l, type(s), count(*)",
    )
    assert after.count("CountTypes ()-[]->()") == 2
    assert "Expand" not in after


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:A)-[r]->() RETURN type(r), count(*)",
        "MATCH (a)-[r]->(b:B) RETURN type(r), count(*)",
        "MATCH (a)-[r]->(a) RETURN type(r), count(*)",
        "MATCH (a)-[r]->()-[s]->() RETURN type(s), count(*)",
        "MATCH (x)-[q]->(y), ()-[r]->() RETURN type(r), count(*)",
        "MATCH ()-[r]->() RETURN type(r)",
        "MATCH ()-[r]->() RETURN type(r), r.w, count(*)",
        "MATCH ()-[r]->() WHERE r.w = 1 RETURN type(r), count(*)",
        "MATCH ()-[r]->() WHERE rand() < 0.5 RETURN type(r), count(*)",
        "MATCH ()-[r]->() WITH type(r) AS t, rand() AS x RETURN t, max(x)",
        "MATCH (a)-[r]->() RETURN type(r), count(DISTINCT a)",
        "MATCH ()-[r]->() RETURN type(r), count(r.w)",
        "MATCH ()-[r]->() RETURN collect(type(r))",
        "MATCH ()-[r]->() RETURN count(nullIf(type(r), 'T'))",
        "UNWIND [1, null] AS u MATCH ()-[r]->() RETURN count(u)",
        "MATCH ()-[r]->() WITH type(r) AS t LIMIT 3 RETURN t, count(*)",
        "MATCH ()-[r]->() WHERE EXISTS { ()-[r {w: 1}]->() } RETURN type(r), count(*)",
        "MATCH ()-[r*1..2]->() RETURN count(*)",
        "MATCH ()-[r]->() DELETE r RETURN count(*)",
    ],
)
def test_what_stays(text: str) -> None:
    before, after = around(count_types, text)
    assert after == before
