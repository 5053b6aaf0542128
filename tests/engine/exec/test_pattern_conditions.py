"""WHERE inside of patterns, and tests of labels with `|`, `&` and `!`."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran, text_view

_GRAPH = (
    "CREATE (a:A {x: 1})-[:S {w: 1}]->(b:B {x: 2}), (b)-[:T {w: 2}]->(c:A:B {x: 3}),"
    " (c)-[:S {w: 3}]->(d {x: 4})"
)
_WAYS = (Options(), Options(force_mixed=True), Options(frame_rows=1))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(n WHERE n.x > 2)", [3, 4]),
        ("(n:A WHERE n.x < 3)", [1]),
        ("(n {x: 3} WHERE n:B)", [3]),
        ("(n)-[r WHERE r.w >= 2]->()", [2, 3]),
        ("(n)-[:S|T WHERE true]->(m WHERE m.x = n.x + 1 AND m.x <> 3)", [1, 3]),
        ("(n)-->(m WHERE any(y IN [m.x] WHERE y = n.x + 1))", [1, 2, 3]),
        ("(n:A|B)", [1, 2, 3]),
        ("(n:A|:B)", [1, 2, 3]),
        ("(n:A&B)", [3]),
        ("(n:A:B)", [3]),
        ("(n:A&!B)", [1]),
        ("(n:!A)", [2, 4]),
        ("(n:!(A|B))", [4]),
        ("(n)-->(:!A&!B)", [3]),
        ("(:A&B|!B)<--(n)", [2, 3]),
        ("(n) WHERE n:(A|B) AND n:!B", [1]),
        ("(n)-[r*2 WHERE r.w > 1]->()", [2]),
        ("(n)-[r*2..3 WHERE r.w >= n.x]->()", [1, 1, 2]),
        ("(n)-[*1..2 WHERE n.x = 3]->()", [3]),
        ("(n:A)-[r*0..1 {w: 3} WHERE type(r) = 'T']->()", [1, 3]),
        ("(n) WHERE EXISTS { (n)-[r*2 WHERE r.w < 3]->() }", [1]),
        ("(n)-[r]->() WHERE r:(S|U)", [1, 3]),
        ("(n) WITH n WHERE (n)-[:S]->()", [1, 3]),
        ("(n) WITH n, n.x + 1 AS y WHERE (n)-->({x: y})", [1, 2, 3]),
    ],
)
def test_what_matches(pattern: str, expected: list[int]) -> None:
    for options in _WAYS:
        text = f"MATCH {pattern} RETURN n.x AS x ORDER BY x"
        assert ran(text, text_view(_GRAPH), options).rows == [(x,) for x in expected]


def test_optional_patterns_keep_their_rows() -> None:
    text = "MATCH (n:A) OPTIONAL MATCH (n)-->(m:B&!A WHERE m.x = 2) RETURN n.x, m.x ORDER BY n.x"
    assert ran(text, text_view(_GRAPH)).rows == [(1, 2), (3, None)]


def test_a_bar_behind_an_expression_ends_it() -> None:
    text = "MATCH (n) WITH collect(n) AS ns RETURN [n IN ns WHERE n:A | n.x] AS xs"
    assert sorted(ran(text, text_view(_GRAPH)).rows[0][0]) == [1, 3]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:A|B)",
        "CREATE (n:A&B)",
        "CREATE (n:A WHERE true)",
        "MERGE (n:A {x: 1} WHERE n.x = 1)",
        "MATCH (n) SET n:(A|B)",
        "MATCH (n WHERE count(n) > 1) RETURN n",
        "MATCH (n WHERE 1) RETURN n",
        "MATCH (n:A|) RETURN n",
        "MATCH (n:(A) RETURN n",
    ],
)
def test_what_is_wrong(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        ran(text)
    assert caught.value.kind == "malformed_query"
