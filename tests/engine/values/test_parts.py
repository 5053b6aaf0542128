"""Very many rows, in parts: the same as at once, and the query may end between."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import column as cols
from seaglass.engine.values import parts

# A few rows are many for the tests.
ROWS = 3


@pytest.fixture(autouse=True, scope="module")
def few_rows_are_many():  # type: ignore[no-untyped-def]
    with mock.patch.object(parts, "PART_ROWS", ROWS):
        yield


@given(st.lists(st.lists(st.integers(-5, 5), max_size=8), min_size=1, max_size=5))
def test_the_same_as_at_once(lists: list[list[int]]) -> None:
    arrays = [np.array(numbers, np.int64) for numbers in lists]
    whole = np.concatenate(arrays)
    checks: list[None] = []
    assert parts.joined(arrays, lambda: checks.append(None)).tolist() == whole.tolist()
    assert len(checks) >= len(whole) // ROWS - len(lists)
    assert parts.numbered(len(whole), lambda: None).tolist() == list(range(len(whole)))
    if len(whole):
        assert parts.bounds(whole, lambda: None) == (whole.min(), whole.max())


@pytest.mark.parametrize("value", [1, 1.5, True, [1]])
def test_columns_are_joined_until_the_query_ends(value: object) -> None:
    column = cols.from_values([value, None, value, value])
    joined = cols.concat([column] * 3, lambda: None)
    assert joined.to_list() == column.to_list() * 3
    left = [None] * 2
    with pytest.raises(IndexError):
        cols.concat([column] * 3, lambda: left.pop())


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2)))
def test_each_once(numbers: list[int]) -> None:
    assert parts.distinct(np.array(numbers, np.int64)).tolist() == sorted(set(numbers))
