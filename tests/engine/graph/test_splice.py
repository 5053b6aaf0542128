"""Columns with some rows replaced are what the same lists would be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.graph.splice import replaced
from seaglass.engine.values import column as cols

kinds = st.sampled_from([st.none(), st.integers(0, 3), st.text(max_size=2), st.booleans()])
items = kinds.flatmap(lambda kind: st.lists(st.none() | kind, min_size=1, max_size=9))


@given(items, items, st.data())
def test_replaced(before: list[object], values: list[object], data: st.DataObject) -> None:
    values = values[: len(before)]
    first = data.draw(st.integers(0, len(before) - len(values)))
    together = list(range(first, first + len(values)))
    any_rows = st.permutations(range(len(before))).map(lambda order: order[: len(values)])
    rows = data.draw(st.just(together) | any_rows)
    expected = list(before)
    for row, value in zip(rows, values, strict=True):
        expected[row] = value
    column = replaced(cols.from_values(before), np.array(rows, np.int64), cols.from_values(values))
    got = column.to_list()
    assert [(type(value), value) for value in got] == [(type(value), value) for value in expected]
    assert column.valid is None or not column.valid.all()
    assert column.is_null().tolist() == [value is None for value in expected]
