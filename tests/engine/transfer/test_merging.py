"""Values of one node from several rows as one value, against the definition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.transfer.merging import Part, merged, same, union
from seaglass.engine.values import column as cols
from seaglass.engine.values.temporal import Date

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value

    Rows = list[tuple[int, dict[str, list[Value]]]]

ONE = st.sampled_from(["", "1", 1, 1.0, True, 0, -0.0, False, math.nan, 2**53, Date(1), Date(1, 0)])


@given(st.lists(ONE | st.lists(ONE, max_size=4), min_size=1, max_size=6))
def test_values_that_differ_become_a_list_in_their_order(values: list[Value]) -> None:
    joined = union(values)
    if all(same(value, values[0]) for value in values):
        assert same(joined, values[0])
        return
    expected: list[Value] = []
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if not any(same(item, known) for known in expected):
                expected.append(item)
    assert same(joined, expected[0] if len(expected) == 1 else expected)


@st.composite
def rows_of_parts(draw: st.DrawFn) -> Rows:
    """Lengths of parts, and in each the values of some keys."""
    found: Rows = []
    for count in draw(st.lists(st.integers(0, 3), min_size=1, max_size=6)):
        keys = draw(st.sets(st.sampled_from("abc")))
        value = st.none() | st.integers(0, 9)
        values = {key: draw(st.lists(value, min_size=count, max_size=count)) for key in keys}
        found.append((count, values))
    return found


@given(rows_of_parts())
def test_nodes_that_come_once_keep_their_values_whatever_parts_have_no_such_key(
    rows: Rows,
) -> None:
    parts, first = [], 0
    expected: dict[str, list[Value]] = {key: [] for _, values in rows for key in values}
    for count, values in rows:
        columns = {key: cols.from_values(some) for key, some in values.items()}
        parts.append(Part(np.arange(first, first + count), columns, frozenset()))
        first += count
        for key, column in expected.items():
            column += values.get(key, [None] * count)
    assert {key: column.to_list() for key, column in merged(parts, first).items()} == expected
