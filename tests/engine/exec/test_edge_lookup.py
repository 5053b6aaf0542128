"""Queries by values of relationships give the same with value indexes and without, whatever was
written before.

Method: as for nodes (`test_value_lookup`): writes, folds and questions in random order, each
question by the plan with the rule that uses indexes and by the one without; and a graph where it is
told which of the two ways was gone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.cypher.rules import RULES
from seaglass.engine.cypher.rules.narrow_expands import narrow_expands
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.operators import edge_lookup
from seaglass.engine.graph.chunk import ChunkRef
from seaglass.engine.graph.fold import Place, Table, fold, with_folds
from tests.engine.exec.test_value_lookup import rows
from tests.engine.exec.tools import WorkingView, ran, text_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.values.column import Column

PLAIN = tuple(rule for rule in RULES if rule is not narrow_expands)
# More than PATCH_BULK_ROWS, so that they are a chunk at once; loops among them.
START = (
    "UNWIND range(0, 59) AS i CREATE (:N {n: i})",
    "MATCH (n:N) WHERE n.n % 2 = 0 SET n:M",
    (
        "MATCH (a:N), (b:N) WHERE (a.n * 7 + b.n) % 9 = 0 CREATE (a)-[:T {o: a.n * 60 + b.n,"
        " w: (a.n + b.n * 7) % 100, s: 'text ' + b.n, f: a.n / 7.0}]->(b)"
    ),
    "MATCH (a:N), (b:N) WHERE (a.n + b.n) % 19 = 0 CREATE (a)-[:S {o: 5000 + a.n, w: b.n}]->(b)",
    "MATCH ()-[r]->() WHERE r.o % 3 = 0 SET r.d = CASE r.o % 2 WHEN 0 THEN r.o ELSE [r.o] END",
)
WRITES = (
    "MATCH ()-[r {o: $n}]->() SET r.w = $v",
    "MATCH ()-[r {o: $n}]->() SET r.s = 'text 1', r.f = $v",
    "MATCH ()-[r:T {o: $n}]->() SET r.d = date('2020-01-01')",
    "MATCH ()-[r {w: $n}]->() DELETE r",
    "MATCH (a {n: $n}) DETACH DELETE a",
    "MATCH (a {n: $n}) REMOVE a:M",
    "MATCH (a {n: $n}), (b {n: 3}) CREATE (a)-[:T {w: $v, o: $n}]->(b), (a)-[:U {w: 3}]->(a)",
)
PARTS = (
    "(a)-[r]->(b)",
    "(a:N)-[r:T]->(b)",
    "(a)<-[r:T|S]-(b:M)",
    "(a:M)-[r]-(b)",
    "(a)-[r:T]-(b) WHERE a.n < 40 AND ",
    "(a)-[q:S {o: 5003}]->(b)-[r:T]->(c)",
    "(a)-[q:S]->(b)-[r:T]->(c)",
)
CONDITIONS = (
    "r.w = $v",
    "r.w > 95",
    "3 >= r.w AND r.w >= $v",
    "r.w = $n AND r.f < 4",
    "r.s STARTS WITH 'text 5' AND r.w > 50",
    "r.s = 'text ' + $n",
    "r.w IN [1, $v, 99.0, 'text', null]",
    "r.d = $n",
    "r.d = date('2020-01-01')",
    "r.d = [$n]",
    "r.none = 1",
    "r.w = $v AND (b.n > 10 OR b:M)",
)
QUESTIONS = (
    *[
        f"MATCH {part}{condition} RETURN *"
        if "AND " in part
        else f"MATCH {part} WHERE {condition} RETURN *"
        for part in PARTS
        for condition in CONDITIONS
    ],
    "UNWIND [$v, 1, 2.0, 'a', null, $n] AS w MATCH (a)-[r:T {w: w}]->(b) RETURN w, a, r, b",
    "UNWIND [1, $n] AS x MATCH (a)-[r]-(b) WHERE r.w = 98 RETURN x, a, r, b",
    "MATCH (a)-[q {o: 5003}]->(b) MATCH (c)-[r:T]->(d) WHERE r.w = q.w RETURN q, c, r, d",
    "MATCH (a)-[q:T {w: 9}]->(b), (c)-[r:T]-(d) WHERE r.w = q.w RETURN q, c, r, d",
    "UNWIND [$n, 1] AS x OPTIONAL MATCH (a)-[r:S {w: x}]->(b) RETURN x, a, r, b",
    "MATCH (a:M) WHERE EXISTS { MATCH (c)-[r {w: a.n}]->(d:M) WHERE d.n > 5 } RETURN a",
    "MATCH ()-[r:T {w: $v}]->() RETURN count(*)",
)
values = st.sampled_from([0, 3, 3.0, 99, -1, 1.5, "text 1", "text", None, True, [1]])
steps = st.lists(
    st.tuples(st.sampled_from([*WRITES, *QUESTIONS, "fold"]), st.integers(0, 110), values),
    min_size=3,
    max_size=8,
)


@pytest.fixture(autouse=True, scope="module")
def looked_up_for_many_rows() -> Iterator[None]:
    """Edges are looked up for each of many rows, too, although the graph is small."""
    with mock.patch.object(edge_lookup, "_ROW_STEPS", 0):
        yield


@given(steps)
def test_the_same_with_indexes_and_without(steps: list[tuple[str, int, object]]) -> None:
    view = text_view(*START)
    for text, n, v in steps:
        parameters = {"n": n, "v": v}
        if text == "fold":
            view.version = with_folds(view.version, [fold(view.version, Place(Table.EDGES, "", 0))])
        elif text in WRITES:
            other = WorkingView(view.version)
            for plan_view, rules in ((view, RULES), (other, PLAIN)):
                rows(plan_view, text, rules, parameters)
            everything = "MATCH (a)-[r]->(b) RETURN a, r, b, properties(r)"
            assert rows(view, everything, PLAIN, {}) == rows(other, everything, PLAIN, {})
        else:
            expected = Counter(rows(view, text, PLAIN, parameters))
            assert Counter(rows(view, text, RULES, parameters)) == expected
            small = Options(frame_rows=1, force_mixed=True)
            assert Counter(rows(view, text, RULES, parameters, small)) == expected


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_question_has_an_answer(text: str) -> None:
    if "none" not in text and "date" not in text:
        view = text_view(*START)
        pairs = ((3, 3), (9, 96), (18, 2), (0, 9), (3240, 0), (3249, 1), (20, 98))
        found = [rows(view, text, RULES, {"n": n, "v": v}) for n, v in pairs]
        assert any(found)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-[r:T {w: 98}]->(b) RETURN id(r)",
        "MATCH (a:N)-[r]-(b) WHERE r.w > 97 AND b.n > 3 RETURN id(r)",
        "MATCH (a)<-[r:T]-(b) WHERE r.s IN ['text 3', 'text 7'] RETURN id(r)",
        "UNWIND [97, 98] AS x MATCH (a)-[r:T {w: x}]->(b) RETURN id(r)",
    ],
)
def test_few_edges_are_found_without_their_nodes(text: str) -> None:
    view = text_view(*START)
    expected = ran('USING QUERY:RULESOFF "all" ' + text, view).rows
    assert expected
    with mock.patch.object(edge_lookup, "expand", side_effect=AssertionError("expanded")):
        for _ in range(3):
            assert sorted(ran(text, view).rows) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-[r:T]->(b) WHERE r.w >= 0 RETURN id(r)",
        "MATCH (a:Few)-[r:T {w: 98}]->(b) RETURN id(r)",
        "MATCH (a)-[r:V {w: 1}]->(b) RETURN id(r)",
    ],
)
def test_where_nodes_lead_to_fewer_edges_they_are_expanded(text: str) -> None:
    view = text_view(*START, "MATCH (n:N {n: 11}) SET n:Few CREATE (n)-[:V {w: 1}]->(n)")
    with mock.patch.object(edge_lookup.EdgeLookup, "_emit", side_effect=AssertionError("found")):
        ran(text, view)


def test_chunks_whose_bounds_exclude_the_value_are_not_looked_at() -> None:
    # A graph of its own, whose chunks have no index yet.
    view = text_view(*START, "CREATE (:Own)")
    refs = [group.base.columns["w"] for group in view.version.edges]
    assert all(ref.stats.low is not None for ref in refs)
    get = ChunkRef.get

    def refused(ref: ChunkRef[Column]) -> Column:
        assert ref not in refs, "looked at"
        return get(ref)

    with mock.patch.object(ChunkRef, "get", refused):
        assert ran("MATCH ()-[r:T]->() WHERE r.w > 500 RETURN r", view).rows == []
        with pytest.raises(AssertionError, match="looked at"):
            ran("MATCH ()-[r:T]->() WHERE r.w > 98 RETURN r", view)
