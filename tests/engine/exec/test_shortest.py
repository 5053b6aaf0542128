"""shortestPath() and allShortestPaths(), as patterns and as expressions."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Exhausted, Interrupted, Invalid, Unsupported
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from seaglass.engine.values import parts
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.exec.test_memory import Counted
from tests.engine.exec.tools import Never, compile_query, context_of, ran, text_view

# Two ways of two steps from a to d, one of three, and one step by a slow edge; e is alone.
GRAPH = (
    "CREATE (a:A {x: 0}), (b {x: 1}), (c {x: 2}), (d:D {x: 3}), (e:E {x: 4}),"
    " (a)-[:S {w: 1}]->(b), (b)-[:S {w: 1}]->(d), (a)-[:S {w: 1}]->(c), (c)-[:S {w: 1}]->(d),"
    " (a)-[:T {w: 2}]->(d), (b)-[:S {w: 1}]->(c)"
)
WAYS = [Options(), Options(force_mixed=True), Options(frame_rows=1)]


def path(nodes: list[int], edges: list[int]) -> Path:
    return Path(tuple(map(Node, nodes)), tuple(map(Edge, edges)))


BY_B, BY_C, AT_ONCE = path([0, 1, 3], [0, 1]), path([0, 2, 3], [2, 3]), path([0, 3], [4])
CASES: dict[str, list[Path]] = {
    "p = shortestPath((a)-[*]->(d))": [AT_ONCE],
    "p = allShortestPaths((a)-[:S*]->(d))": [BY_B, BY_C],
    "p = allShortestPaths((a)-[* {w: 1}]->(d))": [BY_B, BY_C],
    "p = allShortestPaths((a)-[* {w: a.x + 1}]->(d))": [BY_B, BY_C],
    "p = allShortestPaths((a)-[:S*..1]->(d))": [],
    "p = allShortestPaths((a)<-[:S*]-(d))": [],
    "p = allShortestPaths((d)<-[:S*]-(a))": [
        path([3, 1, 0], [1, 0]),
        path([3, 2, 0], [3, 2]),
    ],
    "p = shortestPath((a)-[*]-(e:E))": [],
    "p = shortestPath((a)-[*0..]-(a))": [path([0], [])],
    "p = shortestPath((a)-[*]-(a))": [],
    "p = shortestPath((a)-[:S]->(x {x: 2}))": [path([0, 2], [2])],
    "p = shortestPath((a)-[:S]->(x WHERE x.x > 1))": [path([0, 2], [2])],
    "(e:E), p = shortestPath((d)<-[:T*]-(a))": [path([3, 0], [4])],
}


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("pattern", CASES)
def test_patterns(pattern: str, options: Options) -> None:
    text = f"MATCH (a:A), (d:D) MATCH {pattern} RETURN p"
    found = [row[0] for row in ran(text, text_view(GRAPH), options).rows]
    assert sorted(map(repr, found)) == sorted(map(repr, CASES[pattern]))


BY_B_AND_C = path([0, 1, 2, 3], [0, 5, 3])
CONDITIONS: dict[str, list[Path]] = {
    "p = allShortestPaths((a)-[*]->(d)) WHERE all(e IN relationships(p) WHERE e.w = 1)": [
        BY_B,
        BY_C,
    ],
    "p = allShortestPaths((a)-[r*]->(d)) WHERE none(e IN r WHERE e.w > a.x + 1)": [BY_B, BY_C],
    "p = allShortestPaths((a)-[r* WHERE r.w = 1]->(d))": [BY_B, BY_C],
    "p = allShortestPaths((a)-[r*]->(d)) WHERE type(r[0]) = 'S'": [BY_B, BY_C],
    "p = shortestPath((a)-[:S*]->(d)) WHERE none(n IN nodes(p) WHERE n.x = 2)": [BY_B],
    "p = shortestPath((a)-[*]->(d)) WHERE all(n IN nodes(p) WHERE n.x < 3)": [],
    "p = shortestPath((a)-[*]->(d)) WHERE length(p) > 2": [BY_B_AND_C],
    "p = allShortestPaths((a)-[*]->(d)) WHERE length(p) = 2 AND nodes(p)[1].x = 2": [BY_C],
    "p = allShortestPaths((a)-[*..2]->(d)) WHERE length(p) > 2": [],
    "p = allShortestPaths((a)-[*]->(d)) WHERE length(p) > 3": [],
    "p = allShortestPaths((a)-[*]->(d)) WHERE all(e IN relationships(p) WHERE e:S)"
    " AND any(n IN nodes(p) WHERE n.x = 1) AND a.x = 0": [BY_B],
    # A path may come back to its end, and use no relationship twice.
    "p = allShortestPaths((a)-[*]-(d)) WHERE length(p) > 3": [
        path([0, 1, 2, 0, 3], [0, 5, 2, 4]),
        path([0, 2, 1, 0, 3], [2, 5, 0, 4]),
        path([0, 3, 1, 2, 3], [4, 1, 5, 3]),
        path([0, 3, 2, 1, 3], [4, 3, 5, 1]),
    ],
    "q = (a)-->(:D), p = shortestPath((a)-[*]->(d)) WHERE length(p) > length(q)": [BY_B],
    "q = shortestPath((a)-[:S*]->(d)), p = shortestPath((a)-[*]->(d))"
    " WHERE length(p) > length(q)": [BY_B_AND_C],
    "p = shortestPath((a)-[*0..]-(a)) WHERE length(p) = 0": [path([0], [])],
    "p = shortestPath((a)-[*0..]-(a)) WHERE all(n IN nodes(p) WHERE n:D)": [],
    "p = shortestPath((a)-[*]->(d)) WHERE EXISTS { MATCH (x) WHERE x.x = length(p) - 1 AND x:E }": [],
}


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("pattern", CONDITIONS)
@pytest.mark.parametrize("hint", ["", 'USING QUERY:RULESOFF "all" '])
def test_the_shortest_of_those_that_fulfil_a_condition(
    hint: str, pattern: str, options: Options
) -> None:
    text = f"{hint}MATCH (a:A), (d:D) MATCH {pattern} RETURN p"
    found = [row[0] for row in ran(text, text_view(GRAPH), options).rows]
    if "shortestPath(" in pattern and len(CONDITIONS[pattern]) == 1:
        assert [len(one.edges) for one in found] == [len(CONDITIONS[pattern][0].edges)]
    else:
        assert sorted(map(repr, found)) == sorted(map(repr, CONDITIONS[pattern]))


def test_conditions_by_row() -> None:
    text = (
        "MATCH (a:A), (x) OPTIONAL MATCH p = shortestPath((a)-[*]->(x))"
        " WHERE all(n IN nodes(p) WHERE n = x OR n.x < 2) AND length(p) > x.x - 2"
        " RETURN x.x AS x, length(p) ORDER BY x"
    )
    rows = [(0, None), (1, 1), (2, 1), (3, 2), (4, None)]
    assert ran(text, text_view(GRAPH)).rows == rows
    text = (
        "MATCH (a:A), (x) RETURN x.x AS x, COUNT { MATCH p = shortestPath((a)-[*]->(x))"
        " WHERE length(p) > 1 } AS n ORDER BY x"
    )
    assert ran(text, text_view(GRAPH)).rows == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 0)]


def test_a_search_among_many_paths_ends_with_the_first() -> None:
    # 4 ** 20 ways lead through the chain; one of them is enough.
    view = text_view(
        "UNWIND range(0, 20) AS x CREATE (:N {x: x})",
        "MATCH (a:N), (b:N) WHERE b.x = a.x + 1 UNWIND [1, 2, 3, 4] AS i CREATE (a)-[:E {i: i}]->(b)",
    )
    text = (
        "MATCH p = shortestPath((a:N {x: 0})-[r*]->(b:N {x: 20}))"
        " WHERE any(e IN r WHERE e.i > 1) RETURN length(p)"
    )
    assert ran(text, view).rows == [(20,)]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_ends_that_the_pattern_finds(options: Options) -> None:
    text = (
        "MATCH p = shortestPath((a:A)-[r:S*..2]->(x)) WHERE x.x > 1"
        " RETURN x.x AS x, length(p), r = relationships(p) ORDER BY x"
    )
    assert ran(text, text_view(GRAPH), options).rows == [(2, 1, True), (3, 2, True)]
    text = "MATCH (a:A), (x) OPTIONAL MATCH shortestPath((a)-[r:S*]->(x)) RETURN x.x AS x, size(r)"
    rows = [(0, None), (1, 1), (2, 1), (3, 2), (4, None)]
    assert ran(text + " ORDER BY x", text_view(GRAPH), options).rows == rows


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_expressions(options: Options) -> None:
    text = (
        "MATCH (a:A), (d:D), (e:E) OPTIONAL MATCH (z:Z) RETURN shortestPath((a)-[*]->(d)),"
        " length(shortestPath((a)-[:S*]->(d))), size(allShortestPaths((a)-[:S*..5]->(d))),"
        " shortestPath((a)-[*]-(e)), allShortestPaths((a)-[*]-(e)), shortestPath((a)-[*]-(z))"
    )
    row = (AT_ONCE, 2, 2, None, [], None)
    assert ran(text, text_view(GRAPH), options).rows == [row]
    text = "MATCH (a:A), (x) WHERE length(shortestPath((a)-[:S*]->(x))) = 1 RETURN count(*)"
    assert ran(text, text_view(GRAPH), options).rows == [(2,)]


CONDITIONED = {
    "(a)-[r:S* WHERE r.w = 1]->(d)": [BY_B, BY_C],
    "(a)-[r* WHERE r.w < d.x - 1]->(d)": [BY_B, BY_C],
    "(a)-[* WHERE a.x = 1]->(d)": [],
    "(a)-[r* WHERE size(r.t) > 1]->(d)": [],
    "(a)-[r*]->(d)": [AT_ONCE],
    "(a:A {x: 0})-[* {w: 1}]->(d:D&!A)": [BY_B, BY_C],
    "(a {x: a.x})-[*]->(d WHERE d.x > a.x)": [AT_ONCE],
    "(a)-[*]->(d:A)": [],
    "(a)-[*]->(d {x: null})": [],
    "(a WHERE a.x > 0)-[*]->(d)": [],
}


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("hint", ["", 'USING QUERY:RULESOFF "all" '])
@pytest.mark.parametrize("pattern", CONDITIONED)
def test_conditions_inside_expressions(pattern: str, hint: str, options: Options) -> None:
    found = CONDITIONED[pattern]
    text = f"{hint}MATCH (a:A), (d:D) RETURN allShortestPaths({pattern}), shortestPath({pattern})"
    ((every, one),) = ran(text, text_view(GRAPH), options).rows
    assert sorted(map(repr, every)) == sorted(map(repr, found))  # type: ignore[call-overload]
    assert one in found or (one is None and not found)
    text = (
        f"{hint}MATCH (a:A), (d:D) WHERE length(shortestPath({pattern})) > 0"
        f" WITH a, d, collect(size(allShortestPaths({pattern}))) AS sizes RETURN sizes"
    )
    rows = [([len(found)],)] if found else []
    assert ran(text, text_view(GRAPH), options).rows == rows


def test_conditions_on_an_end_that_is_null() -> None:
    text = (
        "MATCH (a:A) OPTIONAL MATCH (z:Z)"
        " RETURN allShortestPaths((a)-[*]->(z:Z)), shortestPath((z {x: 1})-[*]->(a))"
    )
    assert ran(text, text_view(GRAPH)).rows == [(None, None)]


def test_a_search_for_relationships_that_fulfil_a_condition_is_one_search() -> None:
    view = text_view(
        "UNWIND range(0, 40) AS x CREATE (:N {x: x})",
        "MATCH (a:N), (b:N) WHERE b.x = a.x + 1 UNWIND [1, 2, 3, 4] AS i CREATE (a)-[:E {i: i}]->(b)",
        "MATCH (a:N {x: 39})-[e]->() SET e.i = 0",
    )
    ends = "MATCH (a:N {x: 0}), (b:N {x: 40})"
    # Of the 4 ** 40 paths none fulfils it.
    text = f"{ends} RETURN shortestPath((a)-[r* WHERE r.i > 0]->(b)) AS p"
    assert ran(text, view).rows == [(None,)]
    text = f"{ends} WHERE shortestPath((a)-[r* WHERE r.i > 0]->(b)) IS NULL RETURN 1"
    assert ran(text, view).rows == [(1,)]


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(a)-[*]->()", "no variable"),
        ("(a)-[*]->(b:B)", "`b`"),
        ("(a)-[r*]->(a) + r", "`r`"),
        ("(a)-[r* WHERE count(r) > 1]->(a)", "aggregate"),
        ("(a)-[* WHERE 1]->(a)", "boolean"),
        ("(a WHERE 1)-[*]->(a)", "boolean"),
    ],
)
def test_what_an_expression_cannot_say(pattern: str, what: str) -> None:
    head, _, rest = pattern.partition(" + ")
    text = f"MATCH (a) RETURN shortestPath({head})" + (f", {rest}" if rest else "")
    with pytest.raises((Invalid, Unsupported), match=what):
        ran(text)


def test_too_many_ways_to_list() -> None:
    # A chain of 20 links of 4 edges each has 4 ** 20 ways.
    view = text_view(
        "UNWIND range(0, 20) AS x CREATE (:N {x: x})",
        "MATCH (a:N), (b:N) WHERE b.x = a.x + 1 UNWIND [1, 2, 3, 4] AS i CREATE (a)-[:E]->(b)",
    )
    ends = "MATCH (a:N {x: 0}), (b:N {x: 20}) RETURN"
    assert ran(f"{ends} length(shortestPath((a)-[*]->(b)))", view).rows == [(20,)]
    with pytest.raises(Exhausted) as caught:
        ran(f"{ends} size(allShortestPaths((a)-[*]->(b)))", view)
    assert caught.value.kind == "memory"


def test_a_long_path_is_made_some_steps_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_OBJECTS_AT_ONCE", 50)
    view = text_view(
        "UNWIND range(0, 1000) AS x CREATE (:E {x: x})",
        "MATCH (a:E), (b:E) WHERE b.x = a.x + 1 CREATE (a)-[:S]->(b)",
    )
    query = compile_query("MATCH p = shortestPath((a:E {x: 0})-[*]->(b:E {x: 1000})) RETURN p")
    context = context_of(view)
    (frame,) = run(query, context)
    assert frame.columns["p"].to_list() == [path(list(range(1001)), list(range(1000)))]
    assert isinstance(context.interrupt, Never)
    looks = context.interrupt.checks
    # Nodes and relationships, 50 at a time.
    assert looks > 2 * 1000 // 50
    context.interrupt = Counted(looks - 15)
    with pytest.raises(Interrupted):
        list(run(query, context))
