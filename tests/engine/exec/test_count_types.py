"""Types counted as the version keeps them, against relationships that are looked at: random graphs with loops and
parallel edges, folded or not, written to and deleted from since."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from seaglass.engine.graph.fold import fold, plan_folds, with_folds
from tests.engine.cypher.plans import built, compiled
from tests.engine.exec.tools import WorkingView, context_of, ran, text_view

if TYPE_CHECKING:
    from seaglass.engine.cypher.rules import Rule

TEXTS = [
    "MATCH ()-[r]->() RETURN type(r), count(*)",
    "MATCH ()<-[r]-() RETURN type(r) AS t, count(r) AS n ORDER BY n DESC",
    "MATCH (a)-[r]-(b) RETURN type(r), count(*), count(a), count(type(r))",
    "MATCH ()-[r:T|U|NONE]-() RETURN DISTINCT type(r), count(*)",
    "MATCH ()-[r:NONE]->() RETURN type(r), count(*)",
    "MATCH ()-[r:NONE]->() RETURN count(*), collect(DISTINCT type(r)), max(type(r))",
    "MATCH ()-[r]-() RETURN DISTINCT type(r)",
    "MATCH ()-[r]-() RETURN count(*)",
    "MATCH ()-[r:S]->() RETURN count(r), min(type(r)), count(DISTINCT type(r))",
    "MATCH ()-[r]-() WHERE type(r) > 'S' WITH toLower(type(r)) + 'x' AS t RETURN t, count(*)",
    "MATCH ()-[r]-() WITH type(r) AS a, 1 AS b RETURN b, count(a), count(*)",
    "MATCH ()-[r]-() RETURN type(r) = 'S', count(*)",
    "UNWIND [1, 2, 2, null] AS u MATCH ()-[r]-() RETURN u, type(r), count(*)",
    "UNWIND [1, 2] AS u CALL { MATCH ()-[r]-() RETURN type(r) AS t, count(*) AS n } RETURN u, t, n",
    "MATCH ()-[r]-() WITH type(r) AS t, count(*) AS n MATCH ()-[s]->() RETURN t, n, type(s), count(*)",
    "MATCH (n) RETURN n.k, COUNT { MATCH ()-[r:S]-() }",
]
steps = st.tuples(st.integers(0, 3), st.sampled_from("STU"), st.integers(0, 3))


def answer(view: WorkingView, text: str, rules: tuple[Rule, ...]) -> Counter[tuple[object, ...]]:
    query = dataclasses.replace(compile_query(text), root=apply(rules, built(text)))
    found: Counter[tuple[object, ...]] = Counter()
    for frame in run(query, context_of(view, options=Options(frame_rows=2))):
        assert frame.rows <= 2
        columns = [map(of, frame.columns[name].to_list()) for name in query.columns]
        found.update(zip(*columns, strict=True))
    return found


def of(value: object) -> str:
    # The order of a list that is collected means nothing.
    return repr(sorted(value)) if isinstance(value, list) else repr(value)


def create(links: list[tuple[int, str, int]], view: WorkingView) -> None:
    for source, name, target in links:
        ran(
            f"MATCH (a {{k: $a}}), (b {{k: $b}}) CREATE (a)-[:{name}]->(b)",
            view,
            a=source,
            b=target,
        )


@settings(max_examples=25)
@given(
    st.lists(steps, max_size=8),
    st.booleans(),
    st.lists(steps, max_size=4),
    st.lists(st.integers(0, 9), max_size=4),
)
def test_as_many_as_are_found(
    base: list[tuple[int, str, int]],
    folded: bool,
    since: list[tuple[int, str, int]],
    gone: list[int],
) -> None:
    view = text_view("UNWIND range(0, 3) AS k CREATE ({k: k})")
    create(base, view)
    if folded:
        places = plan_folds(view.version, 1)
        view.version = with_folds(view.version, [fold(view.version, at) for at in places])
    create(since, view)
    ran(
        "MATCH ()-[r]->() WITH r ORDER BY id(r) WITH collect(r) AS l UNWIND $gone AS g"
        " WITH DISTINCT l[g] AS r WHERE r IS NOT NULL DELETE r",
        view,
        gone=gone,
    )
    for text in TEXTS:
        assert answer(view, text, RULES) == answer(view, text, ()), text


@pytest.mark.parametrize("text", TEXTS[:-1])
def test_no_relationship_is_looked_at(text: str) -> None:
    assert "Expand" not in compiled(text)


def test_a_query_sees_what_it_has_written() -> None:
    view = text_view("CREATE ()-[:S]->()")
    text = (
        "CREATE (a)-[:T]->(a) WITH count(*) AS n MATCH ()-[r]-() RETURN type(r) AS t, count(*) AS n"
    )
    assert "CountTypes" in compiled(text)
    assert sorted(ran(text, view).rows) == [("S", 2), ("T", 1)]
