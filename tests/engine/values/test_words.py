"""Texts in a table say the same as texts that are an array, whatever was taken of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.lists import lists_of
from seaglass.engine.values.order import group_rows, sort_rows
from seaglass.engine.values.types import Kind
from seaglass.engine.values.words import Words, words_of
from tests.engine.values import strategies as vs


@st.composite
def changed(draw: st.DrawFn) -> tuple[Words, list[Any]]:
    """Words after some steps, and the same as Python has them."""
    table = tuple(draw(st.lists(vs.texts, min_size=1, max_size=4, unique=True)))
    values: list[Any] = draw(st.lists(st.none() | st.sampled_from(table), min_size=1, max_size=6))
    codes = np.array([0 if v is None else table.index(v) for v in values], np.int64)
    words: cols.Column = Words(codes, table, np.array([v is not None for v in values]))
    for step in draw(st.lists(st.sampled_from(["take", "slice", "join", "mask"]), max_size=3)):
        assert isinstance(words, Words)
        match step:
            case "take" if values:
                rows = draw(st.lists(st.integers(0, len(values) - 1), max_size=80))
                words, values = words.take(np.array(rows, np.int64)), [values[r] for r in rows]
            case "slice":
                start = draw(st.integers(0, len(values)))
                words, values = words.slice(start, len(values)), values[start:]
            case "join":
                other = Words(np.zeros(1, np.int64), (draw(vs.texts),), None)
                words = cols.concat([words, cols.nulls(1), other, words])
                values = [*values, None, other.value(0), *values]
    assert isinstance(words, Words)
    return words, values


@given(changed())
def test_values_come_back(found: tuple[Words, list[Any]]) -> None:
    words, values = found
    assert words.to_list() == values
    assert [words.value(row) for row in range(len(values))] == values
    assert words.is_null().tolist() == [value is None for value in values]
    assert words.data.to_pylist() == ["" if value is None else value for value in values]


@given(changed(), st.booleans())
def test_ordered_and_grouped_as_texts(found: tuple[Words, list[Any]], down: bool) -> None:
    words, values = found
    plain = cols.Column(Kind.STRING, words.data, words.valid)
    rows = len(values)
    assert sort_rows([words], [down], rows).tolist() == sort_rows([plain], [down], rows).tolist()
    for side in zip(group_rows([words], rows), group_rows([plain], rows), strict=True):
        assert side[0].tolist() == side[1].tolist()


@given(changed(), st.lists(st.none() | vs.texts, min_size=1, max_size=3))
def test_joined_with_texts_that_are_an_array(
    found: tuple[Words, list[Any]], more: list[Any]
) -> None:
    words, values = found
    other = cols.from_values(more)
    assert cols.concat([words, other]).to_list() == [*values, *more]
    assert cols.concat([other, words]).to_list() == [*more, *values]


@given(
    st.lists(st.none() | vs.texts, min_size=1, max_size=5),
    st.lists(st.integers(0, 4), max_size=9),
    st.data(),
)
def test_what_a_function_makes_of_a_table(
    texts: list[str | None], codes: list[int], data: st.DataObject
) -> None:
    places = np.array([code % len(texts) for code in codes], np.int64)
    valid = np.array([data.draw(st.booleans()) for _ in codes], np.bool_)
    expected = [texts[p] if known else None for p, known in zip(places, valid, strict=True)]
    found = words_of(texts, places, valid)
    assert (found is None) == (set(texts) == {None})
    if found is not None:
        assert found.to_list() == expected
        assert len(set(found.table)) == len(found.table)
    coded = Coded(places, tuple(range(len(texts))), valid)
    assert coded.mapped(lambda _: cols.from_values(texts)).to_list() == expected


def test_many_different_texts_are_an_array() -> None:
    many = [str(number) for number in range(300)]
    places = np.arange(300)
    assert words_of(many, places, None) is None
    halves = [Words(np.arange(150), tuple(part), None) for part in (many[:150], many[150:])]
    joined = cols.concat(halves)
    assert not isinstance(joined, Words)
    assert joined.to_list() == many


def test_elements_of_lists_in_a_table_are_words() -> None:
    codes = np.array([1, 0, 2, 1], np.int64)
    table: tuple[Any, ...] = (["a", "b"], ["b"], [])
    lists = lists_of(Coded(codes, table, np.array([True, True, True, False])))
    assert lists is not None
    assert lists.to_list() == [["b"], ["a", "b"], [], None]
    rows, elements = lists.elements(0, 3)
    assert isinstance(elements, Words)
    assert (rows.tolist(), elements.to_list()) == ([0, 1, 1], ["b", "a", "b"])
    mixed = lists_of(Coded(codes, (["a", 1], [None], []), None))
    assert mixed is not None
    assert mixed.to_list() == [[None], ["a", 1], [], [None]]
