"""Results as JSON: the exact texts, and every value read back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.engine.exec import json as json_module
from seaglass.engine.exec.json import float_json, render
from seaglass.engine.exec.operators import scan
from seaglass.engine.exec.run import run
from seaglass.engine.records import frame_records
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import listed
from seaglass.engine.values.maps import Maps
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.exec.tools import Never, compile_query, context_of, ran, text_view
from tests.engine.values import strategies as vs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2.0"),
        (0.0, "0.0"),
        (1.23456789, "1.2345678899999999"),
        (38.94449997, "38.944499970000003"),
        (39.49, "39.490000000000002"),
        (109.861388889, "109.861388889"),
        (1e300, "1.0000000000000001e+300"),
        (math.inf, '"INF"'),
        (-math.inf, '"-INF"'),
        (math.nan, '"NaN"'),
    ],
)
def test_floats(value: float, text: str) -> None:
    assert float_json(value) == text


def rendered(columns: dict[str, cols.Column], rows: int, **options: object) -> str:
    frame = Frame(columns, rows)
    return b"".join(render(tuple(columns), [frame], context_of(**options))).decode()


def readable(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else ("INF" if value > 0 else "-INF")
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    return value


plain = st.recursive(
    st.none() | vs.plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(vs.texts, inner, max_size=2),
    max_leaves=5,
)


@given(st.lists(st.tuples(plain, plain), max_size=6), vs.texts)
def test_plain_values_come_back(rows: list[tuple[object, object]], name: str) -> None:
    columns = {
        key: cols.from_values([row[place] for row in rows])
        for place, key in enumerate((name, f"{name} 100%s"))
    }
    found = json.loads(rendered(columns, len(rows)))["results"]
    assert found == [dict(zip(columns, map(readable, row), strict=True)) for row in rows]


def test_entities() -> None:
    view = text_view("CREATE (:B:A {`~id`: 'x', k: 1.5, a: ['é']})-[:T {w: 1}]->({`~id`: 'y'})")
    node = (
        '{"~id": "x", "~entityType": "node", "~labels": ["A", "B"], '
        '"~properties": {"a": ["é"], "k": 1.5}}'
    )
    other = '{"~id": "y", "~entityType": "node", "~labels": [], "~properties": {}}'
    edge = (
        '{"~id": "neptune_reserved_1_0", "~entityType": "relationship", "~start": "x", '
        '"~end": "y", "~type": "T", "~properties": {"w": 1}}'
    )
    columns = {
        "n": cols.from_values([Node(0), None]),
        "e": cols.from_values([Edge(0), None]),
        "l": cols.mixed([[Node(1), {"e": Edge(0)}], Path((Node(0), Node(1)), (Edge(0),))]),
    }
    assert rendered(columns, 2, view=view) == (
        f'{{"results": [{{"n": {node}, "e": {edge}, "l": [{other}, {{"e": {edge}}}]}}, '
        f'{{"n": null, "e": null, "l": [{node}, {edge}, {other}]}}]}}'
    )


# By the keys that 100 entities have: the same, some without one, of three sorts, hardly any, and many different sets.
HELD = [
    "SET x.i = i, x.`a%s\"` = 'é\"'",
    "SET x.i = i, x.half = CASE WHEN i % 2 = 0 THEN i / 2.0 END",
    "SET x += CASE i % 3 WHEN 0 THEN {i: i, at: date('2020-01-01')} WHEN 1 THEN {b: true} ELSE {} END",
    "SET x = CASE WHEN i = 7 THEN {a: 1} ELSE {} END",
    " ".join(f"SET x.k{key} = CASE WHEN i % {key} = 0 THEN i END" for key in range(2, 9)),
]


@pytest.mark.parametrize("held", HELD)
def test_many_entities_render_as_few_do(held: str) -> None:
    nodes = text_view(
        f"UNWIND range(0, 99) AS i CREATE (x:L {{`~id`: toString(i)}}) WITH x, i {held}"
    )
    edges = text_view(
        f"CREATE (n) WITH n UNWIND range(0, 99) AS i CREATE (n)-[x:T]->(n) WITH x, i {held}"
    )
    for view, column_of in ((nodes, cols.nodes), (edges, cols.edges)):
        numbers = np.append(np.arange(100), [5, 3])
        many = rendered({"x": column_of(numbers)}, 102, view=view)
        few = [rendered({"x": column_of(np.array([row]))}, 1, view=view) for row in numbers]
        assert json.loads(many)["results"] == [json.loads(text)["results"][0] for text in few]
        frame = Frame({"x": column_of(numbers)}, 102)
        single = [
            frame_records(frame.slice(row, row + 1), ("x",), view.version)[0] for row in range(102)
        ]
        assert frame_records(frame, ("x",), view.version) == single


def test_chunks_are_bounded_and_interruptible() -> None:
    context = context_of()
    frame = Frame({"x": cols.strings(["x" * 100] * 5_000)}, 5_000)
    chunks = list(render(("x",), [frame], context))
    assert len(chunks) > 5
    most = limits.RESULT_CHUNK_BYTES + limits.RESULT_ROWS * 120
    assert max(map(len, chunks)) < most
    assert isinstance(context.interrupt, Never)
    assert context.interrupt.checks >= len(chunks) - 1
    assert len(json.loads(b"".join(chunks))["results"]) == 5_000


@given(plain)
def test_a_long_row_comes_in_pieces_that_say_the_same(value: object) -> None:
    column = cols.mixed([[value, {"a": [value], "b": {}}, [], value]])  # type: ignore[list-item]
    whole = rendered({"x": column, "y": cols.one(1)}, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_module, "_LONG_BYTES", 100)
        assert rendered({"x": column, "y": cols.one(1)}, 1) == whole


def test_a_query_may_end_within_a_long_row() -> None:
    view = text_view("UNWIND range(1, 20000) AS x CREATE ({x: x})")
    context = context_of(view)
    frame = Frame({"l": cols.mixed([list(map(Node, range(20_000)))])}, 1)
    pieces = list(render(["l"], [frame], context))
    assert len(pieces) > 10
    assert len(json.loads(b"".join(pieces))["results"][0]["l"]) == 20_000
    assert isinstance(context.interrupt, Never)
    assert context.interrupt.checks > 10


def test_no_rows() -> None:
    assert rendered({"x": cols.nulls(0)}, 0) == '{"results": []}'
    assert b"".join(render((), [], context_of())) == b'{"results": []}'


def test_deleted_entities_have_no_content() -> None:
    view = text_view("CREATE ({`~id`: 'x', k: 1})-[:T {w: 1}]->({`~id`: 'y'})")
    text = ran("MATCH (n {`~id`: 'x'})-[r]->() DETACH DELETE n RETURN n, r", view).json
    row = json.loads(text)["results"][0]
    assert row["n"]["~properties"] == {}
    assert row["r"]["~properties"] == {}
    assert row["r"]["~type"] == "T"


@pytest.mark.parametrize("kind", ["lists", "maps of lists", "lists of maps"])
def test_a_long_column_of_elements_comes_in_pieces_that_say_the_same(kind: str) -> None:
    count = 2_000
    numbers = cols.ints(np.arange(count))
    texts = cols.strings([f"text {number}" for number in range(count)])
    column: cols.Column = listed(np.array([count]), numbers)
    if kind == "maps of lists":
        column = Maps(("a", "b"), (column, listed(np.array([count]), texts)), None)
    elif kind == "lists of maps":
        column = listed(np.array([count]), Maps(("a", "b"), (numbers, texts), None))
    whole = column.to_list()
    context = context_of()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_module, "_LONG_BYTES", 100)
        patch.setattr(limits, "RESULT_CHUNK_BYTES", 50)
        # No element is an object on the way.
        patch.setattr(type(column), "reader", None)
        pieces = list(render(["l"], [Frame({"l": column}, 1)], context))
    assert len(pieces) > count // 20
    assert json.loads(b"".join(pieces))["results"] == [{"l": whole[0]}]


def test_a_long_text_comes_in_pieces_that_say_the_same() -> None:
    text = 'a "quoted" text,\n\u00e9\\' * 500
    context = context_of()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_module, "_LONG_BYTES", 100)
        patch.setattr(limits, "RESULT_CHUNK_BYTES", 50)
        pieces = list(render(["t"], [Frame({"t": cols.strings([text])}, 1)], context))
    assert max(map(len, pieces)) < 1_000
    assert json.loads(b"".join(pieces))["results"] == [{"t": text}]
    assert isinstance(context.interrupt, Never)
    assert context.interrupt.checks > len(text) // 200


@pytest.mark.parametrize("held", ["list", "objects", "map", "list of maps"])
def test_a_list_that_stands_in_many_rows_is_shown_row_by_row(held: str) -> None:
    items = list(range(2_000))
    lists: cols.Column = listed(np.array([len(items)]), cols.ints(np.array(items)))
    if held == "objects":
        lists = cols.mixed([items])
    column = lists.take(np.zeros(50, np.int64))
    shown: object = items
    if held == "map":
        column, shown = Maps(("a",), (column,), None), {"a": items}
    elif held == "list of maps":
        maps = Maps(("a",), (column,), None)
        column, shown = listed(np.ones(50, np.int64), maps), [{"a": items}]
    context = context_of()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "RESULT_PART_BYTES", 10_000)
        chunks = list(render(["l"], [Frame({"l": column}, 50)], context))
    assert json.loads(b"".join(chunks))["results"] == [{"l": shown}] * 50
    assert isinstance(context.interrupt, Never)
    # Together they are much, and shown one by one.
    assert context.interrupt.checks >= 50


@pytest.mark.parametrize("ids", ["collect(id(n))", "[x IN $l | x]", "$l", "['p3', 7, 'p1', 'p3']"])
def test_ids_of_a_long_list_are_looked_for_some_at_a_time(
    ids: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = text_view("UNWIND range(0, 99) AS x CREATE ({`~id`: 'p' + x, x: x})")
    text = f"MATCH (n) WITH {ids} AS l MATCH (m) WHERE id(m) IN l RETURN m.x AS x"
    if "collect" not in ids:
        text = text.removeprefix("MATCH (n) ")
    given = [*[f"p{x}" for x in range(99, -1, -1)], "none", "p5"]

    def looked() -> tuple[list[object], int]:
        context = context_of(view, {"l": given})
        frames = list(run(compile_query(text), context))
        assert isinstance(context.interrupt, Never)
        found = [value for frame in frames for value in frame.columns["x"].to_list()]
        return found, context.interrupt.checks

    whole, few = looked()
    known = given if "$l" in ids else ["p3", "p1"] if "7" in ids else [f"p{x}" for x in range(100)]
    assert whole == list(dict.fromkeys(int(one[1:]) for one in known if one != "none"))
    monkeypatch.setattr(scan, "_SOUGHT_IDS", 10)
    some, more = looked()
    assert some == whole
    assert more - few >= (9 if len(known) > 10 else 0)
