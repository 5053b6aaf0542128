"""Paths of variable length, against a search that takes one step at a time."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Exhausted, Interrupted, Invalid
from seaglass.engine.exec.context import Context, Options
from seaglass.engine.exec.operators import expand_many
from seaglass.engine.exec.run import run
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.exec.tools import (
    Never,
    Ran,
    WorkingView,
    compile_query,
    context_of,
    ran,
    text_view,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seaglass.engine.values.frame import Frame

WAYS = [Options(), Options(force_mixed=True), Options(frame_rows=1), Options(frame_rows=3)]
# (from, to, type, w); two edges side by side, two loops, a triangle.
EDGES = [
    (0, 1, "S", 1),
    (0, 1, "S", 2),
    (1, 2, "T", 1),
    (2, 0, "S", 1),
    (2, 2, "T", 1),
    (3, 2, "S", 1),
    (3, 3, "S", 2),
    (1, 3, "T", 1),
]
Found = tuple[int, int, tuple[int, ...]]


@cache
def _text() -> str:
    nodes = ", ".join(f"(n{number} {{x: {number}}})" for number in range(4))
    edges = ", ".join(f"(n{a})-[:{kind} {{w: {w}}}]->(n{b})" for a, b, kind, w in EDGES)
    return f"CREATE {nodes}, {edges}"


def graph() -> WorkingView:
    return text_view(_text())


def walked(
    start: int, types: str, direction: str, lengths: tuple[int, int | None], w: int | None
) -> list[Found]:
    """(start, end, edges) of every path: one step after the other."""
    low, high = lengths
    found: list[Found] = []

    def go(tip: int, edges: tuple[int, ...]) -> None:
        if len(edges) >= low:
            found.append((start, tip, edges))
        if len(edges) == high:
            return
        for number, (a, b, kind, weight) in enumerate(EDGES):
            if number in edges or kind not in types or (w is not None and weight != w):
                continue
            if a == tip and direction != "in":
                go(b, (*edges, number))
            elif b == tip and direction != "out":
                go(a, (*edges, number))

    if high is None or low <= high:
        go(start, ())
    return found


def rows_of(found: Ran) -> list[Found]:
    return [
        (a.number, b.number, tuple(edge.number for edge in edges))  # type: ignore[attr-defined]
        for a, b, edges in found.rows
    ]


PATTERNS = {"out": ("-", "->"), "in": ("<-", "-"), "both": ("-", "-")}


@pytest.mark.parametrize("options", WAYS, ids=str)
@settings(max_examples=10)
@given(
    st.sampled_from(["ST", "S", "T"]),
    st.sampled_from(sorted(PATTERNS)),
    st.tuples(st.integers(0, 3), st.none() | st.integers(0, 4)),
    st.none() | st.integers(1, 2),
)
def test_every_path_once(
    options: Options, types: str, direction: str, lengths: tuple[int, int | None], w: int | None
) -> None:
    left, right = PATTERNS[direction]
    low, high = lengths
    inside = f":{'|'.join(types)}*{low}..{'' if high is None else high}"
    inside += "" if w is None else f" {{w: {w}}}"
    wanted = [path for start in range(4) for path in walked(start, types, direction, lengths, w)]
    text = f"MATCH (a){left}[r{inside}]{right}(b) RETURN a, b, r"
    found = rows_of(ran(text, graph(), options))
    assert Counter(found) == Counter(wanted)
    # The rows keep the order of their sources: OPTIONAL MATCH relies on it.
    assert [path[0] for path in found] == sorted(path[0] for path in found)
    # Each end once, where that is all that is asked for.
    text = f"MATCH (a){left}[{inside}]{right}(b) RETURN DISTINCT a, b, []"
    once = {(start, end, ()) for start, end, _ in wanted}
    assert Counter(rows_of(ran(text, graph(), options))) == Counter(once)
    # Both ends known; entered at the end of the pattern, so that the walk goes backward.
    text = f"MATCH (a), (b {{x: 2}}) WITH a, b MATCH (a){left}[r{inside}]{right}(b) RETURN a, b, r"
    ending = [path for path in wanted if path[1] == 2]
    assert Counter(rows_of(ran(text, graph(), options))) == Counter(ending)
    text = f"MATCH (b {{x: 2}}) WITH b MATCH (a){left}[r{inside}]{right}(b) RETURN a, b, r"
    assert Counter(rows_of(ran(text, graph(), options))) == Counter(ending)
    # The list as something known.
    text = f"MATCH (a){left}[r{inside}]{right}(b) WITH r, a MATCH (a){left}[r{inside}]{right}(b) "
    assert Counter(rows_of(ran(text + "RETURN a, b, r", graph(), options))) == Counter(wanted)


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_no_edge_twice_in_one_match(options: Options) -> None:
    text = "MATCH (a)-[s:S]->(b)-[r*1..2]-(c)-[t:T]->(d), (x)-[q*1..1]->(d) RETURN s, r, t, q"
    rows = ran(text, graph(), options).rows
    assert rows
    for s, r, t, q in rows:
        edges = [s, *r, t, *q]  # type: ignore[misc]
        assert len(set(edges)) == len(edges)
    # The count of edges in one step goes the same way.
    counted = ran(f"{text.partition(' RETURN')[0]} RETURN count(q)", graph(), options)
    assert counted.rows == [(len(rows),)]
    text = "MATCH (a)-[r*1..2]->(b)-[s]->(c) RETURN count(*)"
    listed = ran(text.replace("count(*)", "r, s, c"), graph(), options).rows
    assert ran(text, graph(), options).rows == [(len(listed),)]
    assert all(s not in r for r, s, _ in listed)  # type: ignore[operator]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_the_path_goes_through_all_nodes(options: Options) -> None:
    text = "MATCH (b {x: 3}) WITH b MATCH p = (a {x: 0})-[*2]->()-[*0..1]->(b) RETURN p"
    found = Counter(path for (path,) in ran(text, graph(), options).rows)
    ways = [(0, 2, 7), (1, 2, 7), (0, 7, 6), (1, 7, 6), (0, 7), (1, 7)]
    nodes = {(2, 7): (1, 2, 3), (7, 6): (1, 3, 3), (7,): (1, 3)}
    wanted: Counter[Path] = Counter()
    for way in ways:
        if way[1:] == (2, 7):
            continue  # The edge 7 begins at 1, where the way by 2 has gone on.
        through = (0, *nodes[way[1:]])
        path = Path(tuple(map(Node, through)), tuple(map(Edge, way)))
        wanted[path] += 1
    assert found == wanted


def test_properties_may_use_what_stands_before() -> None:
    text = "MATCH (a {x: 1})-[r:T* {w: a.x}]->(b) RETURN a, b, r"
    assert Counter(rows_of(ran(text, graph()))) == Counter(walked(1, "T", "out", (1, None), 1))


def test_a_known_list_must_hold_relationships() -> None:
    text = "UNWIND [[1]] AS r MATCH (a)-[r*]->(b) RETURN a"
    with pytest.raises(Invalid, match="relationships, but got an integer"):
        ran(text, graph())
    assert ran("UNWIND [null] AS r MATCH (a)-[r*]->(b) RETURN a", graph()).rows == []


class Counted:
    """An interrupt that ends the query at the n-th check."""

    def __init__(self, checks: int) -> None:
        self.left = checks
        self.flag = new_flag()

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Interrupted("cancelled", "enough")


class Purse:
    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    def charge(self, amount_bytes: int) -> None:
        self.held += amount_bytes
        if self.held > self.most:
            raise Exhausted("memory", "too much")


def dense() -> WorkingView:
    return text_view(
        "UNWIND range(1, 12) AS x CREATE (:N {x: x})", "MATCH (a:N), (b:N) CREATE (a)-[:E]->(b)"
    )


def drained(context: Context) -> int:
    query = compile_query("MATCH (a {x: 1})-[r*]->(b) RETURN r")
    return sum(frame.rows for frame in run(query, context))


def test_more_paths_than_anyone_can_count_end_when_asked() -> None:
    context = context_of(dense(), options=Options(frame_rows=64))
    context.interrupt = Counted(200)
    with pytest.raises(Interrupted):
        drained(context)


def test_what_waits_is_charged() -> None:
    context = context_of(dense(), options=Options(frame_rows=64))
    context.interrupt = Counted(2000)
    purse = Purse(100_000)
    context.budget = purse
    with pytest.raises(Exhausted):
        drained(context)
    # What has been walked is given back: a walk that ends holds nothing.
    context = context_of(graph(), options=Options(frame_rows=1))
    context.budget = purse = Purse(100_000)
    assert drained(context) > 10
    assert purse.held == 0


def test_paths_along_a_hub_are_made_a_frame_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves, frame_rows = 40, 4
    view = text_view(
        f"CREATE (a:H) WITH a UNWIND range(1, {leaves}) AS x CREATE (a)-[:S]->(:L {{x: x}})"
    )
    made: list[int] = []
    emit = expand_many._Walk.emit

    def emitted(self: expand_many._Walk, found: Sequence[expand_many._Paths]) -> Iterator[Frame]:
        made.append(sum(len(paths.rows) for paths in found))
        return emit(self, found)

    monkeypatch.setattr(expand_many._Walk, "emit", emitted)
    for text in (
        "MATCH (a:H)-[r:S*1..2]->(b) RETURN r, b",
        "MATCH (a:H)-[:S*1..2]->(b) RETURN DISTINCT b",
    ):
        made.clear()
        found = ran(text, WorkingView(view.version), Options(frame_rows=frame_rows))
        assert len(found.rows) == leaves
        assert max(made) <= frame_rows


def test_rows_that_are_ranges_of_their_own_are_looked_at_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = 64
    view = text_view(f"UNWIND range(1, {rows}) AS x CREATE (:A)-[:S]->()-[:S]->()")
    query = compile_query("MATCH (a:A) WITH a AS b MATCH (b)-[r:S*2]->(c) RETURN r")
    # As where each leads to more than a frame may have.
    monkeypatch.setattr(
        expand_many, "cuts", lambda nodes, *_: ((x, x + 1) for x in range(len(nodes)))
    )

    def looks(at_once: int) -> int:
        monkeypatch.setattr(expand_many, "_RANGES_AT_ONCE", at_once)
        context = context_of(WorkingView(view.version))
        assert sum(frame.rows for frame in run(query, context)) == rows
        assert isinstance(context.interrupt, Never)
        return context.interrupt.checks

    assert looks(4) == looks(4_096) + rows // 4
