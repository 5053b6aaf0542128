"""Searches against searches in plain Python, over graphs whose segments have both widths and patches."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.exec.tools import ran, text_view

from seaglass.engine.graph import search as search_module
from seaglass.engine.graph.read import Search
from seaglass.engine.values import parts

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion

NODES = 6
NODE = st.integers(0, NODES - 1)
EDGES = st.lists(st.tuples(NODE, NODE, st.sampled_from("ST")), max_size=9)
Edges = list[tuple[int, int, str]]
DIRECTIONS = ("out", "in", "both")


def version_of(edges: Edges) -> GraphVersion:
    """The graph, its first half of edges in a segment, the rest in patches."""
    view = text_view(f"UNWIND range(0, {NODES - 1}) AS x CREATE (:N {{x: x}})")
    for source, target, kind in edges:
        text = f"MATCH (a:N {{x: $a}}), (b:N {{x: $b}}) CREATE (a)-[:{kind}]->(b)"
        ran(text, view, a=source, b=target)
    return view.version


def paths(
    edges: Edges, start: int, direction: str, most: int, allowed: set[int]
) -> list[tuple[int, tuple[int, ...]]]:
    """(end, edges) of every path of at least one edge that uses none twice."""
    found: list[tuple[int, tuple[int, ...]]] = []

    def go(tip: int, used: tuple[int, ...]) -> None:
        if used:
            found.append((tip, used))
        if len(used) == most:
            return
        for number, (source, target, _) in enumerate(edges):
            if number in used or number not in allowed:
                continue
            if source == tip and direction != "in":
                go(target, (*used, number))
            elif target == tip and direction != "out":
                go(source, (*used, number))

    go(start, ())
    return found


@settings(max_examples=25)
@given(EDGES, st.sampled_from([None, 1, 2, 3]), st.none() | st.sets(st.integers(0, 8)))
def test_what_is_in_reach_and_the_shortest_ways(
    edges: Edges, high: int | None, some: set[int] | None
) -> None:
    version = version_of(edges)
    everything = set(range(len(edges)))
    allowed = everything if some is None else some & everything
    mask = None
    if some is not None:
        mask = np.array([number in allowed for number in range(version.next_edge)], np.bool_)
    most = NODES + len(edges) if high is None else high
    for direction in DIRECTIONS:
        search = Search(version, (), direction, mask, lambda: None)  # type: ignore[arg-type]
        for start in range(NODES):
            known = paths(edges, start, direction, most, allowed)
            ends = {end for end, _ in known}
            assert Counter(search.reach(start, 1, high).tolist()) == Counter(ends)
            assert Counter(search.reach(start, 0, high).tolist()) == Counter(ends | {start})
            for target in range(NODES):
                ways = [way for end, way in known if end == target and end != start]
                least = min(map(len, ways), default=0)
                shortest = sorted(way for way in ways if len(way) == least)
                one = search.shortest(start, target, high)
                assert (one is None) == (not shortest)
                if one is not None:
                    nodes, way = one
                    assert tuple(way) in shortest
                    assert (nodes[0], nodes[-1]) == (start, target)
                    steps = itertools.pairwise(nodes)
                    assert [{*step} for step in steps] == [{*edges[edge][:2]} for edge in way]
                found = search.all_shortest(start, target, high, lambda _: None).tolist()
                assert sorted(map(tuple, found)) == shortest


@pytest.mark.parametrize("budget", [1, 3])
def test_a_search_that_pauses_goes_on(monkeypatch: pytest.MonkeyPatch, budget: int) -> None:
    pairs = itertools.product(range(NODES), range(NODES))
    edges = [(a, b, "S") for a, b in pairs if b in (a + 1, a + 2)]
    version = version_of(edges)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1

    plain = Search(version, (), "both", None, check)
    whole = [
        (sorted(plain.reach(a, 1, None).tolist()), plain.shortest(a, b, None))
        for a, b in itertools.product(range(NODES), range(NODES))
    ]
    assert calls == 0
    monkeypatch.setattr("seaglass.engine.graph.search._BUDGET", budget)
    paused = Search(version, (), "both", None, check)
    parts = [
        (sorted(paused.reach(a, 1, None).tolist()), paused.shortest(a, b, None))
        for a, b in itertools.product(range(NODES), range(NODES))
    ]
    assert parts == whole
    assert calls > 0


def test_wide_segments() -> None:
    version = version_of([(0, 1, "S"), (1, 2, "T")])
    for adjacency in version.adjacency.values():
        for links in (*adjacency.out, *adjacency.into):
            segment = links.segment()
            segment.neighbours = segment.neighbours.astype(np.int64)
            segment.edges = segment.edges.astype(np.int64)
            segment.indptr = segment.indptr.astype(np.int64)
    search = Search(version, (), "out", None, lambda: None)
    assert search.shortest(0, 2, None) == ([0, 1, 2], [0, 1])
    assert Search(version, ("S",), "out", None, lambda: None).shortest(0, 2, None) is None


def test_searches_at_once_share_no_scratch_and_the_next_finds_it_clean() -> None:
    version = version_of([(0, 1, "S"), (1, 2, "S"), (2, 3, "S")])
    one, other = (Search(version, (), "out", None, lambda: None) for _ in range(2))
    assert one._sides[0][0] is not other._sides[0][0]
    kept = one._sides
    assert one.shortest(0, 3, None) == ([0, 1, 2, 3], [0, 1, 2])
    assert sorted(one.reach(0, 0, 2).tolist()) == [0, 1, 2]
    del one
    again = Search(version, (), "in", None, lambda: None)
    assert again._sides is kept
    assert not any(side[0].any() for side in kept)
    assert again.shortest(3, 1, None) == ([3, 2, 1], [2, 1])


def test_a_version_keeps_no_large_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    version = version_of([(0, 1, "S")])
    search = Search(version, (), "out", None, lambda: None)
    monkeypatch.setattr(search_module, "_KEPT_BYTES_MAX", 10)
    sides = search._sides
    del search
    assert Search(version, (), "out", None, lambda: None)._sides is not sides


def test_a_path_of_more_steps_than_are_found_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "_STEPS", 3)
    version = version_of([(step, step + 1, "ST"[step % 2]) for step in range(NODES - 1)])
    search = Search(version, (), "both", None, lambda: None)
    for end in range(1, NODES):
        assert search.shortest(0, end, None) == (list(range(end + 1)), list(range(end)))
        assert search.shortest(end, 0, None) == (
            list(range(end, -1, -1)),
            list(range(end - 1, -1, -1)),
        )


def test_the_steps_of_a_hub_are_taken_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    middle = 200
    text = f"CREATE (a:N), (b:N) WITH a, b UNWIND range(1, {middle}) AS x CREATE (a)-[:S]->(:M)-[:S]->(b)"
    version = text_view(text).version
    checks: list[None] = []
    plain = Search(version, (), "out", None, lambda: checks.append(None))

    def both(search: Search) -> tuple[list[list[int]], list[list[int]]]:
        shortest = search.all_shortest(0, 1, None, lambda _: None).tolist()
        tables = list(search.trails(0, 1, 2, lambda _: None))
        assert max(map(len, tables)) <= search_module._PIECE_PATHS
        return shortest, [way for table in tables for way in table.tolist()]

    whole = both(plain)
    assert list(map(len, whole)) == [middle, middle]
    few = len(checks)
    for name, value in (("_PIECE_NUMBERS", 16), ("_PIECE_PATHS", 8)):
        monkeypatch.setattr(search_module, name, value)
    monkeypatch.setattr(parts, "FAR_ROWS", 8)
    monkeypatch.setattr(parts, "PART_ROWS", 8)
    checks.clear()
    assert both(plain) == whole
    # Two ends by at most 16 numbers, twice.
    assert len(checks) > few + 2 * 2 * middle // 16
