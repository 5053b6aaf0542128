"""Edges between two nodes that are known are the same, whether looked for or found among all steps of one of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.engine.exec.context import Options
from seaglass.engine.exec.operators import expand
from tests.engine.exec.tools import WorkingView, ran, text_view

PAIRS = "MATCH (a), (b) WHERE a.x <= b.x + 1 "
QUERIES = [
    "MATCH (a)-[r]->(b) RETURN a, b, r",
    "MATCH (a)<-[r:S|T]-(b) RETURN a, b, r",
    "MATCH (a)-[r:T]-(b) RETURN a, b, r",
    "MATCH (a)-[q]-(b)-[r]-(a) RETURN a, b, q, r",
    "OPTIONAL MATCH (a)-[r]->(b) WHERE r.w > 2 RETURN a, b, r.w AS w",
    "WITH a, b WHERE NOT (a)-[:T]->(b) RETURN a, b",
    "RETURN a, b, COUNT { (a)--(b) } AS c",
    "MATCH (a)-[r:MISSING]->(b) RETURN r",
]
LINKS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("TS")), max_size=12
)


def rows(view: WorkingView, text: str, always: bool, options: Options) -> list[tuple[object, ...]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expand, "_PROBED_ROWS", 1 if always else 10**9)
        patch.setattr(expand, "_PROBED_SHARE", -1)
        return ran(PAIRS + text, view, options=options).rows


@pytest.mark.parametrize("text", QUERIES)
@settings(max_examples=10)
@given(links=LINKS, gone=st.integers(0, 12))
def test_the_same_rows_in_order_of_the_pairs(
    text: str, links: list[tuple[int, int, str]], gone: int
) -> None:
    parts = [f"(n{node} {{x: {node % 3}}})" for node in range(4)]
    parts += [f"(n{a})-[:{kind} {{w: {n}}}]->(n{b})" for n, (a, b, kind) in enumerate(links)]
    remove = f"MATCH ()-[r]->() WHERE r.w = {gone} DELETE r"
    view = text_view("CREATE " + ", ".join(parts), remove, "MATCH (a {x: 2}) CREATE (a)-[:T]->(a)")
    for options in (Options(), Options(frame_rows=2, force_mixed=True)):
        expected = rows(view, text, False, options)
        found = rows(view, text, True, options)
        assert sorted(map(repr, found)) == sorted(map(repr, expected))
        if "a, b" in text and len(found):
            pairs = [repr(row[:2]) for row in found]
            assert pairs == [repr(row[:2]) for row in expected]


def test_pairs_of_nodes_with_many_edges_are_looked_for() -> None:
    view = text_view(
        "UNWIND range(1, 30) AS i CREATE (:A {i: i}), (:B {i: i})",
        "MATCH (a:A), (b:B) WHERE a.i < 20 OR b.i < 20 CREATE (a)-[:T]->(b)",
    )
    text = "MATCH (a:A), (b:B) WHERE NOT (a)-[:T]-(b) RETURN count(*)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expand, "cuts", None)
        assert ran(text, view).rows == [(121,)]
