"""Merging many rows at once means what merging them one by one means.

With frames of one row nothing is batched, so that run is the oracle for the others.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Invalid, SeaglassError
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.operators.merge_batch import batch_of
from tests.engine.exec.tools import WorkingView, ran, text_view

NODES = [
    "MERGE (n:L {`~id`: row.id}) ON CREATE SET n = row.p ON MATCH SET n += row.p",
    "MERGE (n:L {`~id`: row.id}) ON CREATE SET n = row.p, n.made = 1 ON MATCH SET n = row.p, n.x = row.x",
    "MERGE (n:L {`~id`: row.id}) ON CREATE SET n.c = 1 ON MATCH SET n.c = n.c + 1",
    "MERGE (n:L {`~id`: row.id}) ON MATCH SET n.x = row.x, n += row.p",
    "MERGE (n:L:M {`~id`: row.id}) ON CREATE SET n:New ON MATCH SET n:Old, n.x = row.x",
    "MERGE (n:L {`~id`: row.id}) ON MATCH SET n.x = coalesce(n.x, 0) + row.x",
]
BY_PROPERTIES = [
    "MERGE (n:L {x: row.x}) ON CREATE SET n.n = 1 ON MATCH SET n.n = coalesce(n.n, 0) + 1",
    "MERGE (n:L {x: row.x, name: row.name}) ON CREATE SET n += row.p ON MATCH SET n.z = row.z",
    "MERGE (n:M {name: row.name}) ON CREATE SET n:New ON MATCH SET n += row.p",
    "MERGE (n {name: row.name}) ON MATCH SET n += {name: 'other'}",
    "MERGE (n:L {name: row.name}) ON MATCH SET n.name = row.z, n.seen = 1",
    "MERGE (n:L {x: row.z}) ON MATCH SET n.y = row.x",
]
EDGES = [
    "MERGE (a)-[r:T]->(b) ON CREATE SET r.c = 1 ON MATCH SET r.c = coalesce(r.c, 0) + 1",
    "MERGE (a)<-[r:T]-(b) ON CREATE SET r = row.p ON MATCH SET r += row.p",
    "MERGE (a)-[r:T]-(b) ON CREATE SET r.x = row.x ON MATCH SET r.y = row.x, r.z = a.x",
    "MERGE (a)-[r:T]->(b) SET r.x = row.x",
    "MERGE (a)-[r:U]->(b)",
]
NAMES = ["a", "b", "c", "d"]
START = (
    "CREATE (a:L {`~id`: 'a', x: 5}), (b:L:M {`~id`: 'b'}), (c:Other {`~id`: 'c'}), "
    "(a)-[:T {c: 1}]->(b), (a)-[:T {c: 5}]->(b), (b)-[:T]->(b)"
)


def results(text: str, rows: list[dict[str, object]], options: Options) -> object:
    view = text_view(START)
    try:
        found = ran(text, view, options, rows=rows)
    except SeaglassError as error:
        return error.kind
    read = WorkingView(view.version)
    nodes = ran("MATCH (n) RETURN id(n), labels(n), properties(n) ORDER BY id(n)", read).rows
    edges = ran(
        "MATCH (a)-[r]->(b) RETURN id(a), type(r), id(b), properties(r) ORDER BY id(a), id(b), id(r)",
        read,
    ).rows
    return found.rows, nodes, edges


values = st.none() | st.integers(0, 3)
maps = st.dictionaries(st.sampled_from(["x", "y"]), values, max_size=2)


@pytest.mark.parametrize("merge", NODES)
@settings(max_examples=8)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.sampled_from(["a", "b", "x", "y", "z"]), "p": maps, "x": values}
        ),
        max_size=8,
    )
)
def test_nodes(merge: str, rows: list[dict[str, object]]) -> None:
    text = f"UNWIND $rows AS row {merge} RETURN row.id, id(n), properties(n), labels(n)"
    one_by_one = results(text, rows, Options(frame_rows=1))
    assert results(text, rows, Options()) == one_by_one
    assert results(text, rows, Options(force_mixed=True)) == one_by_one


@pytest.mark.parametrize("merge", [*NODES, *EDGES, *BY_PROPERTIES[:3], BY_PROPERTIES[5]])
def test_shapes_are_recognised(merge: str) -> None:
    merge = merge.split(" SET r.x = row.x", maxsplit=1)[0] if "ON " not in merge else merge
    start = "MATCH (a {`~id`: row.a}), (b {`~id`: row.b}) " if "(a)" in merge else ""
    query = compile_query(f"UNWIND $rows AS row {start}{merge}")
    assert batch_of(query.root.input) is not None


@pytest.mark.parametrize("merge", BY_PROPERTIES)
@settings(max_examples=8)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "x": st.integers(4, 6),
                "name": st.sampled_from(["p", "q"]),
                "p": maps,
                "z": st.sampled_from([5, 5.0, 7, math.nan, True, "5", [5]]),
            }
        ),
        max_size=8,
    )
)
def test_nodes_by_properties(merge: str, rows: list[dict[str, object]]) -> None:
    text = f"UNWIND $rows AS row {merge} RETURN row.name, properties(n), labels(n)"
    found = [
        nameless(results(text, rows, options))
        for options in (Options(frame_rows=1), Options(), Options(frame_rows=3, force_mixed=True))
    ]
    assert found[1] == found[0]
    assert found[2] == found[0]


def nameless(found: object) -> object:
    """Without the drawn ids of new nodes, and with NaN equal to itself."""
    if not isinstance(found, tuple):
        return found
    rows, nodes, _ = found
    return repr(rows), sorted(repr(node[1:]) for node in nodes)


@pytest.mark.parametrize("merge", EDGES)
@settings(max_examples=8)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"a": st.sampled_from(NAMES), "b": st.sampled_from(NAMES), "p": maps, "x": values}
        ),
        max_size=8,
    )
)
def test_edges(merge: str, rows: list[dict[str, object]]) -> None:
    text = (
        f"UNWIND $rows AS row MATCH (a {{`~id`: row.a}}), (b {{`~id`: row.b}}) {merge} "
        "RETURN row.a, row.b, properties(r), id(startNode(r))"
    )
    one_by_one = results(text, rows, Options(frame_rows=1))
    assert results(text, rows, Options()) == one_by_one


@pytest.mark.parametrize(
    "merge",
    [
        "MERGE (n:L {`~id`: row.id}) ON MATCH SET n.x = m.x + 1",
        "MERGE (n:L {`~id`: row.id}) ON MATCH SET m.x = 1 + coalesce(n.x, 0)",
        "MERGE (n:L {`~id`: row.id}) ON MATCH REMOVE n:L",
        "MERGE (n:L {`~id`: row.id, x: row.x}) ON MATCH SET n.seen = true",
        "MERGE (n:L {x: row.x}) ON CREATE SET n.n = 1 ON MATCH SET n.n = coalesce(n.n, 0) + 1",
    ],
)
def test_what_reads_others_goes_row_by_row(merge: str) -> None:
    rows = [
        {"id": name, "x": place % 3, "m": other}
        for place, (name, other) in enumerate(["ab", "ba", "aa", "bb", "ab", "ba"])
    ]
    text = f"UNWIND $rows AS row MATCH (m {{`~id`: row.m}}) {merge}"
    if "ON MATCH REMOVE" in merge:
        text = text.replace("ON MATCH REMOVE n:L", "REMOVE n:L")
    assert results(text, rows, Options()) == results(text, rows, Options(frame_rows=1))


def test_one_change_creates_a_whole_batch() -> None:
    view = WorkingView()
    rows = [{"id": f"n{number % 900}", "p": {"x": number}} for number in range(1_000)]
    ran(f"UNWIND $rows AS row {NODES[0]}", view, rows=rows)
    assert len(view.changes) == 3
    assert ran("MATCH (n) RETURN count(*), max(n.x)", view).rows == [(900, 999)]


@pytest.mark.parametrize("frame_rows", [1, 65_536])
def test_what_is_merged_by_is_read_when_the_row_comes(frame_rows: int) -> None:
    """The first row changes by what the second merges: a value, or null, which fails."""
    text = "CREATE ({x: 1, y: 2}), ({x: 2, y: 1}) WITH 1 AS one MATCH (n) WITH n ORDER BY n.x "
    options = Options(frame_rows=frame_rows)
    other = text + "MERGE (m {x: n.y}) ON MATCH SET m.y = 7 RETURN m.x"
    assert ran(other, WorkingView(), options).rows == [(2,), (7,)]
    null = text + "MERGE (m {x: n.y}) ON MATCH SET m.y = null RETURN m.x"
    with pytest.raises(Invalid, match="merge by the property x, because it is null"):
        ran(null, WorkingView(), options)
    apart = text + "MERGE (m {x: n.y}) ON MATCH SET m.z = 7 RETURN m.x"
    assert ran(apart, WorkingView(), options).rows == [(2,), (1,)]


@pytest.mark.parametrize("frame_rows", [1, 65_536])
def test_what_is_done_may_use_the_path(frame_rows: int) -> None:
    text = (
        "UNWIND [1, 2, 2] AS x MERGE p = (a {x: x})-[r:R]->(b) "
        "ON CREATE SET r.made = length(p) "
        "ON MATCH SET r.met = size(nodes(p)), a.in = EXISTS { (c) WHERE c IN nodes(p) } "
        "RETURN [r IN relationships(p) | [r.made, r.met]], a.in"
    )
    made = ran(text, WorkingView(), Options(frame_rows=frame_rows)).rows
    assert made == [([[1, None]], None), ([[1, 2]], True), ([[1, 2]], True)]


def test_the_path_of_a_batch() -> None:
    rows = [{"id": f"n{number % 3}", "p": {"x": number}} for number in range(6)]
    text = (
        f"UNWIND $rows AS row {NODES[0].replace('MERGE (', 'MERGE p = (', 1)} RETURN nodes(p)[0].x"
    )
    assert ran(text, WorkingView(), rows=rows).rows == [(3,), (4,), (5,)] * 2
