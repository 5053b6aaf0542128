"""Joins of nodes by their properties give the pairs that asking all of them gives, in their order.

Method: with the rule that names what is sought and without it, by a table, by groups (values of
the mixed path have no table), and in frames of a few rows; what is expected is computed from the
properties themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base import limits
from seaglass.base.errors import Exhausted
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.operators import lookup
from seaglass.engine.exec.operators.node_table import NodeTable
from seaglass.engine.exec.run import run
from seaglass.engine.memory import Memory, Purse
from seaglass.engine.values.equality import equal
from tests.engine.exec.test_value_lookup import PLAIN, RULES, rows
from tests.engine.exec.tools import context_of, ran, text_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.exec.tools import WorkingView

START = (
    "UNWIND range(0, 299) AS i CREATE (:A {o: i, x: i % 40, s: 'text ' + (i % 70), b: i % 3 = 0})",
    "MATCH (n:A) SET n.wide = (n.o % 60) * 1000000007 * 1000003, n.f = n.x / 2.0",
    "MATCH (n:A) WHERE n.o % 5 = 0 SET n.s = null",
    "MATCH (n:A) WHERE n.o % 11 = 0 SET n.wide = null, n.m = n.x",
    "MATCH (n:A) WHERE n.o % 13 = 0 SET n.m = 'text 1'",
    "UNWIND range(300, 320) AS i CREATE (:B {o: i, x: i % 40, s: 'text 1', b: true, m: 1.0})",
    # A few that are in the patch.
    "MATCH (n) WHERE n.o IN [3, 40, 77] SET n.s = 'text 2', n.x = 7",
    "MATCH (n {o: 12}) REMOVE n.x",
)
CONDITIONS = (
    "a.s = b.s AND a.x = b.x",
    "a.s = b.s AND a.x = b.x AND a.o < b.o",
    "b.wide = a.wide AND b.b = a.b AND a.o <> b.o",
    "a.wide = b.wide AND a.s = b.s AND a.x = b.x",
    "a.x = b.x AND a.b = b.b AND a.s STARTS WITH 'text 1'",
    "a.x = b.f AND a.b = b.b",
    "a.m = b.m AND a.o < b.o",
    "a.s = b.none",
    "a.s = b.s AND a.o = b.o",
    "b.x = a.x AND b.x = a.m",
    "b.x = 3 AND b.s = a.s",
)


def properties(view: WorkingView, label: str) -> list[dict[str, object]]:
    found = ran(f"MATCH (n{label}) RETURN properties(n) AS p ORDER BY n.o", view)
    return [row[0] for row in found.rows]


def condition(text: str) -> Callable[[dict[str, object], dict[str, object]], bool]:
    """The condition in Python; what is no equality by hand."""
    rest = {
        "a.o < b.o": lambda a, b: a["o"] < b["o"],
        "a.o <> b.o": lambda a, b: a["o"] != b["o"],
        "a.s STARTS WITH 'text 1'": lambda a, _: str(a.get("s", "")).startswith("text 1"),
    }

    def value(name: str, a: dict[str, object], b: dict[str, object]) -> object:
        if name == "3":
            return 3
        return (a if name.startswith("a.") else b).get(name[2:])

    def holds(a: dict[str, object], b: dict[str, object]) -> bool:
        for part in text.split(" AND "):
            if part in rest:
                if not rest[part](a, b):
                    return False
            else:
                left, right = part.split(" = ")
                if equal(value(left, a, b), value(right, a, b)) is not True:
                    return False
        return True

    return holds


@pytest.mark.parametrize("text", CONDITIONS)
@pytest.mark.parametrize("labels", [(":A", ":A"), ("", ":B"), ("", "")])
def test_pairs_are_those_of_asking_all(
    text: str, labels: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = text_view(*START)
    holds = condition(text)
    expected = [
        (repr(a["o"]), repr(b["o"]))
        for a in properties(view, labels[0])
        for b in properties(view, labels[1])
        if holds(a, b)
    ]
    query = f"MATCH (a{labels[0]}), (b{labels[1]}) WHERE {text} RETURN a.o, b.o"
    for options in (Options(), Options(force_mixed=True), Options(frame_rows=7)):
        for sought_rows in (limits.VALUE_LOOKUP_ROWS, 100, 0):
            monkeypatch.setattr(lookup, "_SOUGHT_ROWS", sought_rows)
            assert sorted(rows(view, query, RULES, {}, options)) == sorted(expected)
        # The order is that of the pattern where no rule begins at the other node.
        assert rows(view, query, PLAIN[:0], {}, options) == expected


def test_typed_values_have_a_table_and_others_have_none() -> None:
    view = text_view(*START)
    context = context_of(view)
    _, scan = (None, compile_query("MATCH (b:A) WHERE b.x = 1 RETURN b").root)
    while not hasattr(scan, "labels"):
        scan = scan.input
    with context.holding() as held:
        for keys in (["s"], ["x", "wide", "b"]):
            assert NodeTable.of(scan, keys, context, held) is not None
        for keys in (["f"], ["s", "m"], ["none"]):
            assert NodeTable.of(scan, keys, context, held) is None


def test_a_table_counts_as_held() -> None:
    view = text_view("UNWIND range(0, 49999) AS i CREATE (:A {x: i, s: 'text ' + i})")
    query = compile_query("MATCH (a:A), (b:A) WHERE a.s = b.s AND a.x < b.x RETURN count(*)")
    for limit_bytes, enough in ((1_000_000, False), (1_000_000_000, True)):
        purse = Purse(Memory(limit_bytes))
        context = context_of(view)
        context.budget = purse
        if enough:
            assert [frame.rows for frame in run(query, context)] == [1]
        else:
            with pytest.raises(Exhausted):
                list(run(query, context))
        assert purse.held_bytes == 0
