"""The first rows of an order are those that sorting all gives, whatever is left out before."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import column as cols
from seaglass.engine.values.first import first_rows, up_to
from seaglass.engine.values.order import order_key, sort_rows
from seaglass.engine.values.temporal import Date, DateTime
from tests.engine.values import strategies as vs

# Few different values of one kind each, so that many are equal, and some of any kind.
KEYS = st.one_of(
    st.integers(-2, 2),
    st.floats(width=16),
    st.booleans(),
    vs.texts,
    st.builds(Date, st.integers(-2, 2), st.none()),
    st.builds(DateTime, st.integers(-1, 1), st.integers(0, 2), st.just(0), st.none()),
)
LISTS = st.one_of(
    *(st.lists(st.none() | kind, max_size=30) for kind in (*KEYS.original_strategies, vs.values)),
    *(st.lists(kind, max_size=30) for kind in KEYS.original_strategies),
)


@given(LISTS, st.data(), st.booleans(), st.booleans(), st.integers(0, 31))
def test_the_first_rows_are_the_first_of_all(
    values: list[Any], data: st.DataObject, down: bool, swap: bool, count: int
) -> None:
    others = data.draw(st.lists(st.integers(0, 2), min_size=len(values), max_size=len(values)))
    columns = [cols.from_values(values), cols.from_values(others)]
    columns = columns[::-1] if swap else columns
    whole = sort_rows(columns, [down, False], len(values))
    found = first_rows(columns, [down, False], len(values), count)
    assert found.tolist() == whole[:count].tolist()


@given(LISTS, st.none() | KEYS, st.booleans())
def test_rows_up_to_a_value(values: list[Any], bound: Any, down: bool) -> None:
    if not values:
        return
    found = up_to(cols.from_values(values), cols.from_values([bound]), down)
    limit = order_key(bound)
    expected = [order_key(v) >= limit if down else order_key(v) <= limit for v in values]
    if found is not None:
        assert found.tolist() == expected
    else:
        # Only where kinds differ, or all rows come up to a null.
        assert (bound is None and not down) or len({type(v) for v in [*values, bound]}) > 1


def test_long_columns_are_sorted_where_many_are_wanted() -> None:
    rng = np.random.default_rng(5)
    column = cols.ints(rng.integers(0, 1000, 60_000))
    whole = sort_rows([column], [True], 60_000)
    for count in (10, 50_000):
        assert first_rows([column], [True], 60_000, count).tolist() == whole[:count].tolist()
