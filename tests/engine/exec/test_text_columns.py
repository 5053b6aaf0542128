"""String functions of columns, and lists of labels, mean the same as value by value.

Method: expressions over many rows, by columns and by the mixed path.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions import text_columns, text_parts
from seaglass.engine.exec.run import run
from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from tests.engine.exec.test_memory import Purse
from tests.engine.exec.tools import Never, WorkingView, compile_query, context_of

ASCII = [
    "",
    " a b ",
    "aXbXX",
    "\x1ctab\t",
    "graph data graph",
    "\x0b\x85"[:1],
    None,
    "ABC",
    "x" * 40,
    "0",
]
OTHER = ["ß", "ÀÉ é", "\u00a0nbsp\u2003", "ǅ", "日本語テキスト", "İi", None, "a𝄞b", "ﬁ", "abc"]
EXPRESSIONS = [
    *(f"{name}(x)" for name in ("toUpper", "toLower", "trim", "lTrim", "rTrim")),
    *(f"{name}(x, {count})" for name in ("left", "right") for count in (0, 1, 3, 99, "null")),
    *(f"substring(x, {start}, {count})" for start in (0, 1, 50) for count in (0, 2, 9_999_999_999_999)),
    "substring(x, 1)",
    "substring(x, -1)",
    "left(x, 'a')",
    "left(x, size(x))",
    "replace(x, 'graph', 'tree')",
    "replace(x, 'X', 'XX')",
    "replace(x, 'XX', 'X')",
    "replace(x, 'a', '')",
    "replace(x, '', 'y')",
    "replace(x, 'é', 'e')",
    "toUpper(x) + toLower(x)",
]  # fmt: skip


def answer(text: str, view: WorkingView, options: Options, values: list[Any]) -> object:
    context = context_of(view, {"values": values}, options)
    query = compile_query(text)
    try:
        frames = list(run(query, context))
    except Invalid as error:
        return error.kind, str(error)
    return [
        list(map(repr, (value for frame in frames for value in frame.columns[name].to_list())))
        for name in query.columns
    ]


@pytest.mark.parametrize("values", [ASCII * 3, OTHER * 3, (ASCII + OTHER) * 2, ["one"]])
def test_texts(values: list[Any]) -> None:
    for expression in EXPRESSIONS:
        text = f"UNWIND $values AS x RETURN {expression} AS found"
        mixed = answer(text, WorkingView(), Options(force_mixed=True), values)
        assert answer(text, WorkingView(), Options(), values) == mixed, text


IN_PARTS = [
    *EXPRESSIONS,
    "reverse(x)",
    "size(x)",
    "split(x, '')",
    "split(x, 'é')",
    "split(x, x)",
    "x + 'é'",
    "'é' + x",
    "x + 1",
    "toString(x)",
    "toInteger(x)",
    "textIndexOf(x, 'a')",
    "replace('axa', 'x', x)",
]


@pytest.mark.parametrize("test", ["CONTAINS", "STARTS WITH", "ENDS WITH"])
def test_a_query_may_end_between_parts_that_are_searched(
    monkeypatch: pytest.MonkeyPatch, test: str
) -> None:
    text = compile_query(
        f"UNWIND range(1, 200) AS x WITH $long + x AS t RETURN t {test} $long AS found"
    )
    looks = []
    for part_bytes in (1 << 20, 1 << 10):
        monkeypatch.setattr(text_parts, "_PART_BYTES", part_bytes)
        context = context_of(parameters={"long": "ab " * 300})
        context.interrupt = interrupt = Never()
        frames = list(run(text, context))
        assert [v for frame in frames for v in frame.columns["found"].to_list()] == [
            test != "ENDS WITH"
        ] * 200
        looks.append(interrupt.checks)
    # 180 KB, of which 16 KB are searched at once.
    assert looks[1] >= looks[0] + 10


@pytest.mark.parametrize("part_bytes", [1, 20, 70])
def test_texts_in_parts(monkeypatch: pytest.MonkeyPatch, part_bytes: int) -> None:
    for values in (ASCII * 3, (ASCII + OTHER) * 2, ASCII[:3]):
        for expression in IN_PARTS:
            text = f"UNWIND $values AS x RETURN {expression} AS found"
            whole = answer(text, WorkingView(), Options(), values)
            with monkeypatch.context() as patched:
                patched.setattr(text_parts, "_PART_BYTES", part_bytes)
                patched.setattr("seaglass.engine.values.parts._TEXT_BYTES_AT_ONCE", 0)
                assert answer(text, WorkingView(), Options(), values) == whole, text


@pytest.mark.parametrize(
    "expression",
    [
        "toUpper(t)",
        "toUpper(t + 'é')",
        "reverse(t)",
        "replace(t, 'a', 'b')",
        "replace(t, 'a', 'bc')",
        "split(t, 'é')",
        "substring(t, 1)",
        "t + t",
        "t + x",
        "size(t)",
    ],
)
def test_a_query_may_end_between_parts_of_long_texts(expression: str) -> None:
    looks = []
    for what in ("t", expression):
        # 20 MB, in one frame.
        text = f"UNWIND range(1, 200) AS x WITH x, $long + x AS t RETURN {what} AS found"
        context = context_of(parameters={"long": "ab " * 33_000})
        context.budget = purse = Purse(float("inf"))
        list(run(compile_query(text), context))
        assert isinstance(context.interrupt, Never)
        assert purse.held == 0
        looks.append(context.interrupt.checks)
        # What is made of the texts has to have room: 20 MB, and a list of it while it is joined.
        assert purse.peak > 39_000_000
    assert looks[1] >= looks[0] + 18


def test_texts_of_ascii_are_answered_by_columns() -> None:
    texts, two = cols.from_values(ASCII), cols.one(2)
    for name in ("toUpper", "toLower", "trim", "lTrim", "rTrim"):
        assert text_columns.text_column(name, (texts,)) is not None
        assert text_columns.text_column(name, (cols.from_values(OTHER),)) is None
    for name in ("left", "right", "substring"):
        assert text_columns.text_column(name, (texts, two)) is not None


LABELLED = [
    "labels(n)",
    "labels(n)[0]",
    "labels(n)[-1]",
    "labels(n)[9]",
    "labels(n)[null]",
    "size(labels(n))",
    "head(labels(n))",
    "reverse(labels(n))",
    "'B' IN labels(n)",
    "null IN labels(n)",
    "labels(n) + 'x'",
    "labels(n) = ['A']",
    "[x IN labels(n) WHERE x < 'C']",
]


def labelled() -> WorkingView:
    """Nodes with none to three labels, and then some that have others."""
    view = WorkingView()
    for text in (
        "UNWIND range(1, 90) AS i CREATE ({i: i})",
        "MATCH (n) WHERE n.i % 2 = 0 SET n:A",
        "MATCH (n) WHERE n.i % 3 = 0 SET n:C",
        "MATCH (n) WHERE n.i % 5 = 0 SET n:B",
        "MATCH (n) WHERE n.i = 30 REMOVE n:A",
    ):
        list(run(compile_query(text), context_of(view)))
    return view


def test_labels() -> None:
    view = labelled()
    texts = [f"MATCH (n) RETURN {expression} AS found ORDER BY n.i" for expression in LABELLED]
    texts += [
        "MATCH (n) RETURN labels(n) AS found, count(*) AS c ORDER BY c, found",
        "MATCH (n) RETURN DISTINCT labels(n) AS found ORDER BY found DESC",
        "MATCH (n) RETURN min(labels(n)), max(labels(n)), count(DISTINCT labels(n))",
        "UNWIND range(1, 90) AS i OPTIONAL MATCH (n:A {i: i}) RETURN labels(n) AS found ORDER BY i",
        "MATCH (n) UNWIND labels(n) AS found RETURN found, count(*) AS c ORDER BY found",
        "MATCH (n) WITH collect(labels(n)) AS all RETURN size(all), all[3]",
    ]
    for text in texts:
        mixed = answer(text, view, Options(force_mixed=True), [])
        for rows in (65_536, 7):
            assert answer(text, view, Options(rows), []) == mixed, text


def test_coded_columns_are_columns() -> None:
    table: tuple[Any, ...] = (["A"], [], ["A", "B"])
    codes = np.array([0, 1, 2, 2, 0])
    coded = Coded(codes, table, None)
    plain = cols.mixed([table[code] for code in codes])
    rows = np.array([4, 0, 2])
    other = Coded(np.array([1, 0]), (["B"], ["A"]), None)
    assert coded.to_list() == plain.to_list() == [*map(coded.value, range(5))] == list(coded.data)
    assert coded.take(rows).to_list() == plain.take(rows).to_list()
    assert coded.take_or_null(rows - 1).to_list() == plain.take_or_null(rows - 1).to_list()
    assert coded.slice(1, 3).to_list() == plain.slice(1, 3).to_list()
    known = np.array([True, False, True, False, True])
    assert cols.masked(coded, known).to_list() == cols.masked(plain, known).to_list()
    for parts in ([coded, other, cols.nulls(2)], [coded, cols.one(["Z"])]):
        expected = [value for part in parts for value in part.to_list()]
        assert cols.concat(parts).to_list() == expected
    assert isinstance(cols.concat([coded, other]), Coded)
