"""DELETE of many: by several changes, between which a query may end, the same is left as by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seaglass.base.errors import Exhausted, Interrupted, Invalid
from seaglass.engine.database import Database
from seaglass.engine.exec.operators import delete
from seaglass.engine.exec.run import run
from tests.engine.exec.test_memory import Counted, Purse
from tests.engine.exec.tools import Never, WorkingView, compile_query, context_of, ran, text_view

GRAPH = (
    "UNWIND range(0, 99) AS x CREATE (:P {n: x})",
    "MATCH (a:P), (b:P) WHERE (a.n + 3 * b.n) % 7 = 0 CREATE (a)-[:R {n: a.n}]->(b)",
    "MATCH (a:P), (b:P) WHERE (a.n + b.n) % 31 = 0 CREATE (a)-[:S]->(b)",
)
LEFT = (
    "MATCH (a)-[r]->(b) RETURN a.n, type(r), r.n, b.n ORDER BY a.n, b.n, type(r)",
    "MATCH (a:P) RETURN a.n, count { (a)-->() } AS o, count { (a)<--() } AS i ORDER BY a.n",
)
DELETES = (
    "MATCH ()-[r]->() DELETE r",
    "MATCH ()-[r:R]-() WHERE r.n % 3 > 0 DELETE r",
    "MATCH (a:P) WHERE a.n % 2 = 0 DETACH DELETE a",
    "MATCH (a:P)-[r]->(b) WHERE a.n % 3 = 0 OPTIONAL MATCH (b)-[s:R]->(:None) DELETE r, s",
    "MATCH p = (:P {n: 7})-[*2]->(b) DETACH DELETE p, b",
    "MATCH (a:P) DETACH DELETE a, a",
)


@pytest.mark.parametrize("text", DELETES)
def test_many_changes_leave_what_one_leaves(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text_view(*GRAPH)
    ran(text, whole)
    monkeypatch.setattr(delete, "_PART_NUMBERS", 10)
    parts = text_view(*GRAPH)
    before = len(parts.changes)
    ran(text, parts)
    assert len(parts.changes) > before + 2
    for left in LEFT:
        assert ran(left, parts).rows == ran(left, whole).rows


def looks(text: str, view: WorkingView) -> int:
    context = context_of(view)
    list(run(compile_query(text), context))
    assert isinstance(context.interrupt, Never)
    return context.interrupt.checks


@pytest.mark.parametrize("text", DELETES)
def test_a_query_may_end_between_the_changes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once = looks(text, text_view(*GRAPH))
    monkeypatch.setattr(delete, "_PART_NUMBERS", 10)
    view = text_view(*GRAPH)
    many = looks(text, view)
    assert many > once + 10
    context = context_of(text_view(*GRAPH))
    context.interrupt = Counted(many - 1)
    with pytest.raises(Interrupted):
        list(run(compile_query(text), context))


def test_of_a_delete_that_ends_early_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delete, "_PART_NUMBERS", 10)
    with Database.open(None) as database:
        graph = database.create_graph("heavy")
        for text in GRAPH:
            graph.query(text)
        before = graph.version
        with pytest.raises(Invalid, match="still has relationships"):
            graph.query("MATCH (a:P)-[r:S]->() DELETE r WITH DISTINCT a DELETE a")
        assert graph.version is before


@pytest.mark.parametrize(
    ("rest", "column"),
    [
        ("RETURN n.x", 42),
        ("RETURN properties(n)", 41),
        ("RETURN keys(n)", 41),
        ("RETURN labels(n)", 41),
        ("RETURN n:A", 42),
        ("SET n.x = 1", 38),
        ("CREATE (n)-[:T]->(:B)", 44),
    ],
)
def test_what_uses_a_deleted_node_is_named_with_its_place(rest: str, column: int) -> None:
    text = f"MATCH (n) DETACH DELETE n WITH n {rest}"
    with pytest.raises(Invalid, match="a node that this query has deleted") as raised:
        ran(text, text_view("CREATE (:A {x: 1})"))
    assert raised.value.message.endswith(f"(line 1, column {column} (offset: {column - 1})).")


@pytest.mark.parametrize("most", [1 << 17, 50])
def test_what_a_delete_gathers_counts(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edges of all nodes come from both of their ends, and are told apart before any is deleted."""
    monkeypatch.setattr(delete, "_PART_NUMBERS", most)
    edges = 2_000
    made = (
        "UNWIND range(0, 999) AS x CREATE (:A {x: x})",
        "UNWIND [1, 2] AS d MATCH (a:A), (b:A) WHERE b.x = (a.x + d) % 1000 CREATE (a)-[:R]->(b)",
    )
    context = context_of(text_view(*made))
    context.budget = purse = Purse(math.inf)
    list(run(compile_query("MATCH (a:A) DETACH DELETE a"), context))
    # Changes count five times.
    assert purse.peak >= (5 + 1) * 8 * (1_000 + edges)
    numbers = [np.arange(500), np.arange(500)]
    context.budget = purse = Purse(delete._SORTED_BYTES * 1_000)
    assert len(delete._distinct(numbers, context)) == 500
    assert purse.held == 0
    purse.most -= 1
    with pytest.raises(Exhausted, match="room"):
        delete._distinct(numbers, context)
    assert purse.held == 0
