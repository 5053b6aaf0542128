"""Lists in columns mean the same as lists that are objects.

Method: queries that make lists of many rows and take them apart, by columns, by the mixed path and in
frames of one row; those whose lists are columns are looked at too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Exhausted, Invalid
from seaglass.engine.arrow import table
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions.list_columns import split_column
from seaglass.engine.exec.json import render
from seaglass.engine.exec.run import run
from seaglass.engine.records import frame_records
from seaglass.engine.values import column as cols
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.maps import Maps
from tests.engine.exec.tools import AT, WorkingView, compile_query, context_of, ran

if TYPE_CHECKING:
    from seaglass.engine.values.frame import Frame

ROWS = 60
VALUES: dict[str, list[Any]] = {
    "numbers": [row * 7 % 11 for row in range(ROWS)],
    "numbers and nulls": [None if row % 5 == 0 else row % 7 for row in range(ROWS)],
    "floats": [float("nan") if row % 9 == 0 else row % 4 / 2 for row in range(ROWS)],
    "texts": ["a b c", "", " ", "b", "c  c", "aa", "ä b", None] * (ROWS // 8),
    "truths": [True, False, None] * (ROWS // 3),
    "of all sorts": [1, 1.0, "1", None, [1], {"a": 1}, True] * (ROWS // 7),
    "lists": [[1, 2], [], None, [None], ["a", 1], [[1]]] * (ROWS // 6),
}
GROUPS = "UNWIND range(0, size($values) - 1) AS i WITH $values[i] AS x, i % 7 AS g, i "
COLLECTED = GROUPS + "WITH g, collect(x) AS l, collect(i) AS k "
QUERIES = (
    *(
        COLLECTED + f"RETURN g, {expression} AS found ORDER BY g"
        for expression in (
            *("l", "size(l)", "isEmpty(l)", "head(l)", "last(l)", "tail(l)", "reverse(l)"),
            *("l[0]", "l[-1]", "l[g]", "l[99]", "l[null]", "l['a']", "l[0][0]"),
            *("l[1..3]", "l[..2]", "l[-2..]", "l[g..]", "l[5..2]", "l[0..null]", "l['a'..]"),
            *("1 IN l", "null IN l", "'b' IN l", "l[1] IN l", "[1, 2] IN l", "g IN k", "1.0 IN l"),
            "[y IN l | y]",
            "[y IN l WHERE y = l[1] | [y, g]]",
            "[y IN l WHERE y IS NULL]",
            "[y IN k WHERE y > 20 | y * 2]",
            "all(y IN l WHERE y = l[0])",
            "any(y IN k WHERE y % 5 = g)",
            "single(y IN l WHERE y = l[2])",
            "reduce(s = 0, y IN k | s + y)",
            "reduce(s = [], y IN l | s + [y])",
            "reduce(s = 0, y IN k | CASE WHEN y > s THEN y ELSE s END)",
            "l + l",
            "l = tail(l)",
            "[l, k][0]",
            "size([l, k])",
            "[g, size(l), null]",
            "[g, g + 1][1]",
            "[x IN [g, 5] WHERE x IN k]",
        )
    ),
    COLLECTED + "UNWIND l AS y RETURN g, y",
    COLLECTED + "UNWIND l AS y WITH y, count(*) AS c RETURN y, c",
    COLLECTED + "UNWIND [l, k] AS y UNWIND y AS z RETURN g, z",
    COLLECTED + "UNWIND k AS y RETURN g, y, size(l), y IN k",
    COLLECTED + "WITH l, min(g) AS g RETURN g, l ORDER BY g",
    COLLECTED + "WITH * ORDER BY l, g RETURN g, l",
    COLLECTED + "WITH collect(l) AS ls UNWIND ls AS l UNWIND l AS y RETURN y",
    COLLECTED + "WITH collect(k) AS ks UNWIND ks[1..4] AS k UNWIND k AS a RETURN a, a IN k, k",
    COLLECTED + "WITH g, CASE WHEN g % 2 = 0 THEN l END AS m UNWIND m AS y RETURN g, y",
    COLLECTED + "WITH coalesce(CASE WHEN g < 3 THEN k END, l) AS m RETURN m",
    GROUPS + "RETURN split(x, ' ') AS words",
    GROUPS + "UNWIND split(x, ' ') AS word RETURN word, count(*) AS c",
    GROUPS + "UNWIND split(x, '') AS letter RETURN letter, x",
    GROUPS + "RETURN split(x, 'aa') AS a, split(x, 'ä') AS b, split(x, null) AS c",
    GROUPS + "RETURN split(x, x) AS a, split('a b', ' ')[i % 2] AS b, 'b' IN split(x, ' ') AS c",
    GROUPS + "RETURN split(x, ' ')[0] AS a, size(split(x, ' ')) AS b, split(x, ' ')[-1..] AS c",
    GROUPS + "RETURN [x, x] AS a, [x, null] AS b, [i, x] AS c, [i, 1] AS d, [null, null] AS e",
    GROUPS + "UNWIND x AS y RETURN y",
    GROUPS + "RETURN [y IN range(1, 5) | y * 2][i % 7 - 3] AS a, [y IN range(1, 5) | y][g..] AS b",
    GROUPS + "RETURN i IN [y IN range(1, 5) | y] AS a, size([y IN range(1, 5) | y]) + i AS b",
    GROUPS + "WITH collect(i) AS k UNWIND range(1, 40) AS n RETURN n IN k, k[n], size(k)",
    GROUPS + "WITH collect(x) AS l UNWIND range(1, 40) AS n RETURN n IN l, l[n], l",
    GROUPS + "RETURN collect(x) AS l",
    GROUPS + "RETURN {a: x, b: g, c: 'c', d: null} AS m, {a: x}.a AS a, {a: x}['a'] AS b, {a: 1, a: i} AS c",
    GROUPS + "WITH {a: x, `%`: i} AS m RETURN m.a, m.`%`, m.c, m, keys(m), size(keys(m)), properties(m)",
    GROUPS + "WITH g, collect({a: x, b: i}) AS l RETURN g, l, l[1].b, size(l), [m IN l WHERE m.b > 9 | m.b]",
    GROUPS + "WITH collect({a: i, b: [x, i]}) AS l UNWIND l AS m RETURN m.a, m.b[1], m {.a, c: m.a + 1}",
    GROUPS + "WITH CASE WHEN g > 2 THEN {a: x, b: g} END AS m RETURN m, m.a, m IS NULL, m {.a}, coalesce(m, i)",
    GROUPS + "WITH CASE WHEN g > 2 THEN {a: g} ELSE {b: g} END AS m, x RETURN m, m.a, m = {a: 3}, x {.b}.b",
    GROUPS + "WITH {a: g} AS m RETURN m, count(*) AS c",
    GROUPS + "WITH DISTINCT {a: g, b: {c: g}} AS m RETURN m.b.c, m ORDER BY m",
    GROUPS + "RETURN collect(DISTINCT x) AS l, collect([x, i]) AS m",
)  # fmt: skip


def frames_of(text: str, values: list[Any], options: Options) -> tuple[list[Frame], Any]:
    context = context_of(WorkingView(), {"values": values}, options)
    return list(run(compile_query(text), context)), context


def answer(text: str, values: list[Any], options: Options) -> object:
    try:
        frames, _ = frames_of(text, values, options)
    except Invalid as error:
        return error.kind, str(error)
    names = compile_query(text).columns
    return [
        repr(row)
        for frame in frames
        for row in zip(*(frame.columns[name].to_list() for name in names), strict=True)
    ]


@pytest.mark.parametrize("name", VALUES)
def test_columns_and_objects(name: str) -> None:
    for text in QUERIES:
        mixed = answer(text, VALUES[name], Options(force_mixed=True))
        assert answer(text, VALUES[name], Options()) == mixed, text
        assert answer(text, VALUES[name], Options(frame_rows=1)) == mixed, text
        assert answer(text, VALUES[name], Options(frame_rows=7)) == mixed, text


@pytest.mark.parametrize("name", VALUES)
def test_results_are_shown_alike(name: str) -> None:
    """As JSON, as rows and as tables, of columns that hold lists or objects."""
    for text in QUERIES:
        shown = []
        for options in (Options(), Options(force_mixed=True)):
            try:
                frames, context = frames_of(text, VALUES[name], options)
            except Invalid:
                break
            columns = compile_query(text).columns
            rows = [frame_records(frame, columns, context.version) for frame in frames]
            arrow = table(columns, frames, context.version)
            # A column of texts that is forced to be mixed is not a large one.
            types = str(arrow.schema).replace("large_string", "string")
            text_shown = b"".join(render(columns, frames, context))
            shown.append((text_shown, repr(rows), types, repr(arrow.to_pylist())))
        assert shown == shown[:1] * len(shown), text


MAPS = (
    GROUPS + "RETURN {a: x, b: 1} AS m",
    GROUPS + "WITH {a: x, b: 1} AS m RETURN m {.a, c: 2} AS m",
    GROUPS + "WITH collect({a: x}) AS l UNWIND l AS m RETURN m",
)


@pytest.mark.parametrize("text", MAPS)
def test_maps_are_columns(text: str) -> None:
    frames, _ = frames_of(text, list(range(80)), Options())
    (maps,) = [frame.columns["m"] for frame in frames]
    assert isinstance(maps, Maps)


MAKING = (
    GROUPS + "RETURN split('a ' + i, ' ') AS l",
    GROUPS + "RETURN [i, g] AS l",
    GROUPS + "WITH g, collect(i) AS l RETURN l",
    GROUPS + "WITH g, collect(i) AS l UNWIND l AS y RETURN l",
    GROUPS + "WITH g, collect(i) AS l RETURN [y IN l WHERE y > 3] AS l",
    GROUPS + "WITH i, collect(i) AS l RETURN collect(l) AS l",
)


@pytest.mark.parametrize("text", MAKING)
def test_lists_are_columns(text: str) -> None:
    frames, _ = frames_of(text, list(range(80)), Options())
    (lists,) = [frame.columns["l"] for frame in frames]
    assert isinstance(lists, Lists)


def test_entities_in_lists_are_each_rows_own() -> None:
    view = WorkingView()
    ran("UNWIND range(0, 99) AS n CREATE (:P {n: n, g: n % 5})-[:R]->(:Q)", view)
    for text in (
        "MATCH (a:P)-[r]->() WITH a.g AS g, collect(a) AS l, collect(r) AS k RETURN g, l, k",
        "MATCH (a:P) WITH a.g AS g, collect(a) AS l UNWIND range(1, 2) AS n RETURN n, l",
    ):
        shown = []
        for options in (Options(), Options(force_mixed=True)):
            context = context_of(view, {}, options)
            query = compile_query(text)
            frames = list(run(query, context))
            (rows,) = [frame_records(frame, query.columns, view.version) for frame in frames]
            shown.append((rows, b"".join(render(query.columns, frames, context))))
            entities = [entity for row in rows for entity in row["l"]]
            assert len({id(entity) for entity in entities}) == len(entities)
        assert shown[0] == shown[1]


@pytest.mark.parametrize("rows", [3, 100])
def test_keys_and_labels(rows: int) -> None:
    view = WorkingView()
    ran(f"UNWIND range(1, {rows}) AS n CREATE (:P {{n: n}})-[:R {{w: n}}]->(:Q:P {{t: 'x'}})", view)
    ran("MATCH (p:P) WHERE p.n % 3 = 0 SET p.more = true REMOVE p.n", view)
    ran("MATCH (p:P)-[r:R]->() WHERE r.w % 4 = 0 REMOVE r.w SET r.v = 1", view)
    for text in (
        "MATCH (n) UNWIND keys(n) AS k RETURN k, count(*) AS c",
        "MATCH ()-[r]->() UNWIND keys(r) AS k RETURN k, count(*) AS c",
        "MATCH (n) RETURN keys(n) AS k, labels(n) AS l, size(keys(n)) AS s, count(*) AS c",
        "MATCH (n)-[r]->(m) UNWIND [n, r, m, {b: 1, a: null}, null] AS x RETURN keys(x) AS k",
        "MATCH (n) UNWIND labels(n) AS l RETURN l, count(*) AS c, 'n' IN keys(n) AS has",
        "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN keys(r) AS k, keys(m)[0] AS first, labels(m)",
        "MATCH (n) WHERE n.n = 1 RETURN [k IN keys(n) WHERE n[k] = 1] AS found",
    ):
        query = compile_query(text)
        found = []
        for options in (Options(), Options(force_mixed=True), Options(frame_rows=1)):
            frames = run(query, context_of(view, {}, options))
            names = query.columns
            found.append(
                [
                    row
                    for frame in frames
                    for row in zip(*(frame.columns[name].to_list() for name in names), strict=True)
                ]
            )
        assert found[0] == found[1] == found[2], text


@given(
    st.lists(st.none() | st.text("ab é", max_size=8), min_size=17, max_size=24),
    st.sampled_from(["a", "aa", "ab", " ", "aba"]),
)
def test_split_is_that_of_python(texts: list[str | None], separator: str) -> None:
    found = split_column((cols.from_values(texts), cols.one(separator)), AT, context_of())
    if any(texts) or "" in texts:
        assert found is not None
        expected = [None if text is None else text.split(separator) for text in texts]
        assert found.to_list() == expected


def test_what_is_split_is_counted() -> None:
    texts = cols.from_values(["a," * 2000] * 40)
    context = context_of()
    context.budget = _Purse(100_000)
    with pytest.raises(Exhausted):
        split_column((texts, cols.one(",")), AT, context)
    assert context.budget.held == 0


class _Purse:
    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0

    def charge(self, amount_bytes: int) -> None:
        self.held += amount_bytes
        if self.held > self.most:
            raise Exhausted("memory", "Too much.")


@pytest.mark.parametrize("text", ["1, 5000", "5000, 1, -3", "-2000, 7, 1", "7, 5000, 4993"])
def test_a_long_range_is_a_column_of_numbers(text: str) -> None:
    start, stop, *more = map(int, text.split(", "))
    step = more[0] if more else 1
    whole = list(range(start, stop + (1 if step > 0 else -1), step))
    for use, expected in {
        "l": whole,
        "l[2..-1]": whole[2:-1],
        "[x IN l WHERE x % 2 = 0 | x + 1]": [x + 1 for x in whole if x % 2 == 0],
        "reduce(s = 0, x IN l | s + x)": sum(whole),
        "l + [1]": [*whole, 1],
        "l = l": True,
        "reverse(l)": whole[::-1],
    }.items():
        for options in (Options(), Options(force_mixed=True)):
            assert ran(f"WITH range({text}) AS l RETURN {use} AS y", options=options).rows == [
                (expected,)
            ]
    query = compile_query("RETURN range(1, 5000) AS l")
    (frame,) = run(query, context_of())
    assert isinstance(frame.columns["l"], Lists)
