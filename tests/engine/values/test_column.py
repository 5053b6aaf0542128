"""Columns keep their values through every way of making and taking them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import order_key
from seaglass.engine.values.types import Kind
from tests.engine.values import strategies as vs


def keys(values: list[object]) -> list[tuple[type, bytes]]:
    return [(type(value), order_key(value)) for value in values]


@given(vs.typed_lists | st.lists(vs.values, max_size=8))
def test_values_come_back(values: list[object]) -> None:
    column = cols.from_values(values)
    assert keys(column.to_list()) == keys(values)
    assert keys([column.value(row) for row in range(len(values))]) == keys(values)
    assert column.is_null().tolist() == [value is None for value in values]


@given(vs.typed_lists, vs.typed_lists)
def test_concat_appends(one: list[object], two: list[object]) -> None:
    both = cols.concat([cols.from_values(one), cols.from_values(two)])
    assert keys(both.to_list()) == keys([*one, *two])


@given(vs.typed_lists, st.data())
def test_take_and_slice(values: list[object], data: st.DataObject) -> None:
    column = cols.from_values(values)
    rows = data.draw(st.lists(st.integers(-1, len(values) - 1), max_size=40))
    taken = column.take_or_null(np.array(rows, np.int64))
    assert keys(taken.to_list()) == keys([None if row < 0 else values[row] for row in rows])
    start = data.draw(st.integers(0, len(values)))
    assert keys(column.slice(start, len(values)).to_list()) == keys(values[start:])


def test_one_type_makes_a_typed_column() -> None:
    assert cols.from_values([1, None]).kind is Kind.INT
    assert cols.from_values([1, 1.0]).kind is Kind.MIXED
    assert cols.from_values([[1]]).kind is Kind.MIXED
    assert cols.from_values([None, None]).kind is Kind.NULL


@pytest.mark.parametrize("values", [[2**63], [1, -(2**63) - 1]])
def test_integers_have_64_bits(values: list[object]) -> None:
    with pytest.raises(Invalid, match="64 bits"):
        cols.from_values(values)


@given(vs.values)
def test_one_value_is_a_column_like_any_other(value: object) -> None:
    one = cols.from_values([value])
    two = cols.from_values([value, value])
    assert one.kind is two.kind
    assert len(one) == 1
    for column in (one, one.take(np.zeros(1, np.int64)), one.slice(0, 1), two.slice(0, 1)):
        assert keys(column.to_list()) == keys([value])
        assert keys([column.value(0)]) == keys([value])
        assert type(column.data) is type(two.data)
        assert len(column.data) == 1
        assert column.is_null().tolist() == [value is None]
    assert keys(one.take(np.zeros(3, np.int64)).to_list()) == keys([value] * 3)
    assert len(one.slice(1, 1)) == 0
    assert one.data.dtype == two.data.dtype if isinstance(two.data, np.ndarray) else True


def test_a_long_text_is_not_copied_for_each_row() -> None:
    texts = ["a" * 20_000, None, "b", "é" * 20_000]
    column = cols.from_values(texts)
    rows = np.arange(2_000) % 4
    taken = cols.taken(column, rows)
    assert taken.to_list() == [texts[row] for row in rows]
    assert taken.value(0) is taken.value(4)
    few = cols.taken(column, rows[:16])
    assert few.kind is Kind.STRING
    assert few.to_list() == taken.to_list()[:16]
    assert cols.taken(cols.from_values(["a", "b"]), rows % 2).kind is Kind.STRING
