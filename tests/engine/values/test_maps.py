"""Maps in columns say the same as maps that are objects, whatever was taken of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import column as cols
from seaglass.engine.values.maps import Maps, maps_of
from tests.engine.values import strategies as vs
from tests.engine.values.test_column import keys

KEYS = ("b", "a")


@st.composite
def changed(draw: st.DrawFn) -> tuple[Maps, list[Any]]:
    """Maps after some steps, and the same as Python has them."""
    rows = draw(st.lists(st.tuples(vs.values, vs.plain | st.none()), min_size=1, max_size=6))
    values: list[Any] = [dict(zip(KEYS, row, strict=True)) for row in rows]
    columns = [cols.from_values([row[place] for row in rows]) for place in range(2)]
    maps: cols.Column = Maps(KEYS, tuple(columns), None)
    for step in draw(st.lists(st.sampled_from(["take", "slice", "join", "mask"]), max_size=3)):
        assert isinstance(maps, Maps)
        match step:
            case "take" if values:
                taken = draw(st.lists(st.integers(0, len(values) - 1), max_size=8))
                maps, values = maps.take(np.array(taken, np.int64)), [values[r] for r in taken]
            case "slice":
                start = draw(st.integers(0, len(values)))
                maps, values = maps.slice(start, len(values)), values[start:]
            case "join":
                joined = maps.joined([maps, cols.nulls(1), maps])
                assert joined is not None
                maps, values = joined, [*values, None, *values]
            case "mask":
                keep = np.array([v is not None and draw(st.booleans()) for v in values], np.bool_)
                if keep.any() and not keep.all():
                    maps = maps.masked(keep)
                    values = [v if kept else None for v, kept in zip(values, keep, strict=True)]
    assert isinstance(maps, Maps)
    return maps, values


@given(changed())
def test_values_come_back(found: tuple[Maps, list[Any]]) -> None:
    maps, values = found
    assert keys(maps.to_list()) == keys(values)
    assert keys([maps.value(row) for row in range(len(values))]) == keys(values)
    assert keys(list(maps.data)) == keys(values)
    assert maps.is_null().tolist() == [value is None for value in values]
    for key in (*KEYS, "c"):
        under = [None if value is None else value.get(key) for value in values]
        assert keys(maps.under(key).to_list()) == keys(under)


def test_maps_of_other_keys_are_not_joined() -> None:
    column = cols.from_values(list(range(20)))
    one, two = maps_of(["a"], [column]), maps_of(["b"], [column])
    assert one is not None
    assert two is not None
    assert one.joined([one, two]) is None
    both = cols.concat([one, two])
    assert both.to_list() == [*({"a": x} for x in range(20)), *({"b": x} for x in range(20))]


def test_a_key_that_comes_twice_is_left_to_objects() -> None:
    column = cols.from_values(list(range(20)))
    assert maps_of(["a", "a"], [column, column]) is None
