"""Narrow columns: the same values as the plain ones, in all ways to read them, and as few bytes as hold them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column
from seaglass.engine.values.narrow import NARROW_ROWS_MIN, Narrow, held, narrow
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

ROWS = NARROW_ROWS_MIN + 3


def ints(*some: int, rows: int = ROWS) -> Column:
    """`some`, and zeros up to so many rows."""
    return cols.ints(np.array([*some, *[0] * (rows - len(some))], np.int64))


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [
        (-(2**7), 2**7 - 1, np.int8),
        (-(2**7) - 1, 0, np.int16),
        (0, 2**7, np.int16),
        (-(2**15), 2**15 - 1, np.int16),
        (-(2**15) - 1, 0, np.int32),
        (0, 2**15, np.int32),
        (-(2**31), 2**31 - 1, np.int32),
        (-(2**31) - 1, 0, np.int64),
        (0, 2**31, np.int64),
        (INT_MIN, INT_MAX, np.int64),
    ],
)
def test_a_column_is_as_narrow_as_its_integers_allow(low: int, high: int, dtype: type) -> None:
    column = narrow(ints(low, high))
    assert held(column).dtype == dtype
    assert column.to_list()[:3] == [low, high, 0]
    assert isinstance(column, Narrow) == (dtype is not np.int64)


def test_few_rows_and_other_kinds_stay_as_they_are() -> None:
    for column in (
        ints(1, rows=NARROW_ROWS_MIN - 1),
        cols.floats(np.zeros(ROWS)),
        cols.bools(np.zeros(ROWS, np.bool_)),
        cols.strings(["a"] * ROWS),
        cols.nulls(ROWS),
    ):
        assert narrow(column) is column


@given(st.lists(st.integers(-300, 300) | st.none(), min_size=ROWS, max_size=2 * ROWS), st.data())
def test_a_narrow_column_reads_as_the_plain_one(
    values: list[int | None], data: st.DataObject
) -> None:
    plain = cols.from_values([0, *values])
    column = narrow(plain)
    assert isinstance(column, Narrow)
    assert narrow(column) is column
    assert len(column) == len(plain)
    assert column.to_list() == [column.value(row) for row in range(len(plain))] == [0, *values]
    assert column.data.dtype == np.int64
    assert np.array_equal(column.data, plain.data)
    rows = np.array(data.draw(st.lists(st.integers(0, len(values)), max_size=40)), np.int64)
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(plain))] * 2)))
    for taken, expected in (
        (column.take(rows), plain.take(rows)),
        (column.take_or_null(rows - 1), plain.take_or_null(rows - 1)),
        (column.slice(start, stop), plain.slice(start, stop)),
        (cols.concat([column, plain]), cols.concat([plain, plain])),
    ):
        assert type(taken) is Column
        assert taken.kind is expected.kind
        assert taken.data.dtype == expected.data.dtype
        assert taken.to_list() == expected.to_list()
        assert np.array_equal(taken.is_null(), expected.is_null())


def test_data_that_is_asked_for_is_not_kept() -> None:
    column = narrow(ints(1))
    assert column.kind is Kind.INT
    assert column.data is not column.data
