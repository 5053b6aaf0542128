"""What a writing clause reads does not depend on how its rows are cut into frames.

SET and CREATE read the graph as it was before the item; MERGE goes row by row.
"""

from __future__ import annotations

import pytest

from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran

_WAYS = [Options(), Options(force_mixed=True), Options(frame_rows=1), Options(frame_rows=2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            (
                "CREATE (:A {x: 1})-[:T]->(:A {x: 2})-[:T]->(:A {x: 3}) WITH 1 AS one"
                " MATCH (n)-->(m) SET m.x = n.x RETURN m.x"
            ),
            [1, 2],
        ),
        (
            (
                "CREATE (:A {x: 1})-[:T]->(:A {x: 2})-[:T]->(:A {x: 3}) WITH 1 AS one"
                " MATCH (n)-->(m) SET m += n RETURN m.x"
            ),
            [1, 2],
        ),
        (
            (
                "UNWIND range(1, 4) AS k CREATE (n:L {k: k}) WITH n"
                " SET n.c = COUNT { MATCH (m:L) WHERE m.c IS NULL } RETURN n.c"
            ),
            [4, 4, 4, 4],
        ),
        (
            (
                "CREATE (:L) WITH 1 AS one UNWIND range(1, 3) AS k"
                " CREATE (n:L {c: COUNT { MATCH (m:L) }}) RETURN n.c"
            ),
            [1, 1, 1],
        ),
        (
            (
                "UNWIND range(1, 3) AS k CREATE (a:L {k: k})"
                " CREATE (b {c: COUNT { MATCH (m:L) } + a.k}) RETURN b.c"
            ),
            [4, 5, 6],
        ),
        ("UNWIND range(1, 3) AS k MERGE (n:L {k: COUNT { MATCH (m:L) }}) RETURN n.k", [0, 1, 2]),
        (
            (
                "UNWIND range(1, 3) AS k MERGE (n:L {k: k})"
                " ON CREATE SET n.c = COUNT { MATCH (m:L) } RETURN n.c"
            ),
            [1, 2, 3],
        ),
    ],
)
def test_reads_of_writes(text: str, expected: list[int]) -> None:
    for options in _WAYS:
        assert ran(text, options=options).rows == [(value,) for value in expected]
