"""Named paths as values: made, taken apart, compared, deleted, rendered."""

from __future__ import annotations

import json

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.exec.tools import ran, text_view

GRAPH = (
    "CREATE (a:A {`~id`: 'a'}), (b:B {`~id`: 'b'}), (c:C {`~id`: 'c'}),"
    " (a)-[:T {w: 1}]->(b), (c)-[:T {w: 2}]->(b)"
)
WAYS = [Options(), Options(force_mixed=True), Options(frame_rows=1)]


@pytest.mark.parametrize("options", WAYS)
def test_a_path_follows_the_pattern_not_the_plan(options: Options) -> None:
    # The plan enters at c; the path begins at a all the same.
    text = "MATCH p = (a:A)-[r]->()<-[s]-(c) WHERE id(c) = 'c' RETURN p"
    path = Path((Node(0), Node(1), Node(2)), (Edge(0), Edge(1)))
    assert ran(text, text_view(GRAPH), options).rows == [(path,)]


@pytest.mark.parametrize("options", WAYS)
def test_parts_and_comparison(options: Options) -> None:
    text = (
        "MATCH p = (a:A)-->(b), q = (x:A)-[]->(y) "
        "RETURN nodes(p), relationships(p), rels(q), length(p), p = q, length(null), p < q"
    )
    # Two patterns of one MATCH never share an edge, so the second comes from a MATCH of its own.
    text = text.replace(", q =", " MATCH q =")
    edges = [Edge(0)]
    row = ([Node(0), Node(1)], edges, edges, 1, True, None, None)
    assert ran(text, text_view(GRAPH), options).rows == [row]


@pytest.mark.parametrize("options", WAYS)
def test_a_path_of_no_length(options: Options) -> None:
    text = "MATCH p = (b:B) RETURN p, length(p)"
    assert ran(text, text_view(GRAPH), options).rows == [(Path((Node(1),), ()), 0)]


def test_distinct_order_and_the_json_of_neptune() -> None:
    found = ran(
        "MATCH p = (:A)-->() UNWIND [1, 2] AS i WITH DISTINCT p ORDER BY p RETURN p",
        text_view(GRAPH),
    )
    (row,) = json.loads(found.json)["results"]
    assert [part["~entityType"] for part in row["p"]] == ["node", "relationship", "node"]
    assert [part["~id"] for part in row["p"][::2]] == ["a", "b"]


def test_created_and_merged_paths_have_names() -> None:
    view = text_view(GRAPH)
    made = ran("CREATE p = (x:X)<-[:U]-(:Y) RETURN length(p)", view)
    assert made.rows[0][0] == 1
    text = "MATCH (a:A), (b:B) MERGE p = (b)<-[r:T]-(a) RETURN p"
    assert ran(text, view).rows == [(Path((Node(1), Node(0)), (Edge(0),)),)]
    text = "MATCH (a:A), (b:B) MERGE p = (b)-[r:V]->(a) RETURN p"
    assert ran(text, view).rows == [(Path((Node(1), Node(0)), (Edge(3),)),)]


def test_delete_takes_a_path_whole() -> None:
    view = text_view(GRAPH)
    ran("MATCH p = (:A)-->(:B)<--(:C) DELETE p", view)
    assert ran("MATCH (n) RETURN n", view).rows == []


def test_only_a_path_has_a_length() -> None:
    with pytest.raises(Invalid, match=r"length\(\) expected a path, but got a list"):
        ran("UNWIND [[1]] AS x RETURN length(x)")


@pytest.mark.parametrize("options", WAYS)
def test_a_path_that_is_not_there_is_null(options: Options) -> None:
    text = (
        "MATCH (x) OPTIONAL MATCH p = (x)-->(b) WHERE length(p) = 1 "
        "RETURN id(x) AS i, length(p), nodes(p) ORDER BY i"
    )
    rows = [("a", 1, [Node(0), Node(1)]), ("b", None, None), ("c", 1, [Node(2), Node(1)])]
    assert ran(text, text_view(GRAPH), options).rows == rows
