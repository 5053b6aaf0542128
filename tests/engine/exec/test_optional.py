"""OPTIONAL MATCH: every row once at least, in order, however the frames are cut."""

from __future__ import annotations

import itertools

import pytest

from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran, text_view

WAYS = [Options(), Options(force_mixed=True), *(Options(frame_rows=rows) for rows in (1, 2, 3, 7))]
# Ten nodes; node i has an edge to each of its i % 4 successors.
MAKE = (
    "UNWIND range(0, 9) AS i CREATE (:N {i: i})",
    "MATCH (a:N), (b:N) WHERE a.i < b.i AND b.i <= a.i + a.i % 4 CREATE (a)-[:E {w: b.i}]->(b)",
)


def successors(i: int) -> list[int]:
    return [j for j in range(i + 1, i + i % 4 + 1) if j <= 9]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_rows_without_a_match_stand_in_their_place(options: Options) -> None:
    rows = ran(
        "MATCH (a:N) WITH a ORDER BY a.i DESC OPTIONAL MATCH (a)-[e]->(b) WHERE b.i <> 3"
        " RETURN a.i, b.i, e.w",
        text_view(*MAKE),
        options,
    ).rows
    expected = []
    for i in reversed(range(10)):
        found = [j for j in successors(i) if j != 3]
        expected.append([(i, j, j) for j in found] or [(i, None, None)])
    groups = [list(group) for _, group in itertools.groupby(rows, key=lambda row: row[0])]
    assert [sorted(group, key=repr) for group in groups] == expected


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize(
    ("query", "count"),
    [
        # Nothing, all, and all pairs of what is found and what is not.
        ("MATCH (a:N) OPTIONAL MATCH (a)-[:No]->(b) RETURN a, b", 10),
        ("MATCH (a:N) OPTIONAL MATCH (b:N) RETURN a, b", 100),
        ("MATCH (a:N) OPTIONAL MATCH (b:N {i: a.i + 5}) RETURN a, b", 10),
        ("MATCH (a:N) OPTIONAL MATCH (a)-->(b) OPTIONAL MATCH (b)-->(c) RETURN a, b, c", None),
        ("OPTIONAL MATCH (x:No) OPTIONAL MATCH (x)-->(y) RETURN x, y", 1),
    ],
)
def test_chains_and_unrelated_patterns(options: Options, query: str, count: int | None) -> None:
    if count is None:
        twice = [successors(j) or [None] for i in range(10) for j in successors(i)]
        count = sum(map(len, twice)) + sum(not successors(i) for i in range(10))
    assert len(ran(query, text_view(*MAKE), options).rows) == count


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_a_condition_on_the_row_alone_keeps_the_row(options: Options) -> None:
    rows = ran(
        "MATCH (a:N) OPTIONAL MATCH (a)-->(b) WHERE a.i > 100 RETURN a.i, b ORDER BY a.i",
        text_view(*MAKE),
        options,
    ).rows
    assert rows == [(i, None) for i in range(10)]


def test_what_writes_after_it_leaves_nulls_alone() -> None:
    view = text_view("CREATE (:A {x: 1})")
    ran("MATCH (a:A) OPTIONAL MATCH (a)-->(b) SET a.seen = b IS NULL, b.y = 2 DELETE b", view)
    assert ran("MATCH (a) RETURN a.seen, a.y", view).rows == [(True, None)]
