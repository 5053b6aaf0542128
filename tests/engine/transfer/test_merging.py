"""Values of one node from several rows as one value, against the definition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.transfer.merging import same, union
from seaglass.engine.values.temporal import Date

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value

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
