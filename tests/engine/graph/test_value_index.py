"""What an index finds is what a pass over the values finds, and that is what the language says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seaglass.base import limits
from seaglass.engine.graph import value_range
from seaglass.engine.graph.chunk import ChunkRef, ChunkStats
from seaglass.engine.graph.value_index import Builds, build, index_of, rows_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.equality import UNORDERED, compare, equal
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from seaglass.engine.graph.value_range import Wanted
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

near = st.sampled_from([0, 1, 2**53, INT_MAX, INT_MIN]).flatmap(
    lambda at: st.integers(max(INT_MIN, at - 2), min(INT_MAX, at + 2))
)
integers = near | st.integers(-5, 5)
floats = (
    integers.map(float)
    | st.floats(-3, 3)
    | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 2.0**63, -(2.0**63)])
)
texts = st.text("ab\0é\U0001f600", max_size=3).flatmap(
    lambda end: st.sampled_from(["", "prefix ", "prefix and more "]).map(lambda start: start + end)
)
days, nanos, offsets = st.integers(-2, 2), st.integers(0, 2), st.sampled_from([0, 60, -60])
temporals = st.one_of(
    st.builds(Date, days, st.none() | offsets),
    st.builds(LocalTime, nanos),
    st.builds(Time, nanos, offsets),
    st.builds(LocalDateTime, days, nanos),
    st.builds(DateTime, days, nanos, offsets, st.sampled_from([None, "Europe/Paris", "UTC"])),
    st.builds(Duration, days, days, days, nanos),
)
plain = integers | floats | texts | temporals | st.booleans()


def columns_of(*kinds: st.SearchStrategy[Value]) -> st.SearchStrategy[Column]:
    """Each of one kind; long enough that few of many is not all."""
    lists = [st.lists(kind | st.none(), min_size=1, max_size=90) for kind in kinds]
    return st.one_of(lists).map(cols.from_values)


typed = columns_of(integers, floats, texts, texts.map(lambda text: "prefix " + text))
columns = typed | columns_of(st.booleans(), temporals, plain)
OPERATORS = ("=", "<", "<=", ">", ">=", "STARTS WITH")


def wanted_by(operator: str, value: Value) -> Wanted:
    match operator:
        case "=":
            found = value_range.equal_to([value])
            assert found is not None
            return found
        case "STARTS WITH":
            return value_range.starting_with(value)
        case ">" | ">=":
            return value_range.above(value, included=operator == ">=")
        case _:
            return value_range.below(value, included=operator == "<=")


def is_true(operator: str, left: Value, right: Value) -> bool:
    if operator == "=":
        return equal(left, right) is True
    if operator == "STARTS WITH":
        return isinstance(left, str) and isinstance(right, str) and left.startswith(right)
    order = compare(left, right)
    if order is None or order == UNORDERED:
        return False
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


conditions = st.tuples(st.sampled_from(OPERATORS), plain | st.none())


def check(column: Column, wanted: Wanted, expected: list[int]) -> None:
    """Asks three times: by a pass (or not at all), by the new index, and by the index."""
    ref = ChunkRef.of(column)
    for ask in range(3):
        rows = rows_of(ref, {"key": ref}, wanted, Builds())
        if rows is None:
            first = column.kind is Kind.MIXED and ask == 0
            assert first or len(expected) > max(len(column) // 4, 16)
        else:
            assert rows.tolist() == expected


@given(columns, conditions)
def test_one_condition(column: Column, condition: tuple[str, Value]) -> None:
    values = column.to_list()
    wanted = wanted_by(*condition)
    expected = [
        row for row, value in enumerate(values) if is_true(condition[0], value, condition[1])
    ]
    assert expected == [row for row, value in enumerate(values) if wanted.may_hold(value)]
    check(column, wanted, expected)


def test_nan_is_above_no_number_in_a_column_of_several_types() -> None:
    column = cols.from_values([0, math.nan, math.inf, -math.inf, 1.5])
    assert column.kind is Kind.MIXED
    for low, expected in ((0, [2, 4]), (math.inf, []), (None, [])):
        check(column, wanted_by(">", low), expected)
    check(column, wanted_by(">=", math.inf), [2])
    check(column, wanted_by("<", 0), [3])


@given(columns, conditions, conditions)
def test_two_conditions(column: Column, one: tuple[str, Value], two: tuple[str, Value]) -> None:
    wanted = wanted_by(*one).and_(wanted_by(*two))
    assert wanted is not None
    expected = [
        row
        for row, value in enumerate(column.to_list())
        if is_true(one[0], value, one[1]) and is_true(two[0], value, two[1])
    ]
    check(column, wanted, expected)


@given(columns, st.lists(plain | st.none(), max_size=5))
def test_one_of_several(column: Column, items: list[Value]) -> None:
    wanted = value_range.equal_to(items)
    assert wanted is not None
    expected = [
        row
        for row, value in enumerate(column.to_list())
        if any(equal(value, item) for item in items)
    ]
    check(column, wanted, expected)


@example(cols.from_values([2.0**63]), cols.from_values([2**63 - 3]))
@given(typed, typed)
def test_many_values_at_once(column: Column, sought: Column) -> None:
    if Kind.NULL in (column.kind, sought.kind):
        return
    index = build(column, ChunkRef.of(column).stats)
    begins, ends = index.places(sought)
    for value, begin, end in zip(sought.to_list(), begins.tolist(), ends.tolist(), strict=True):
        found = sorted(index.order[begin:end].tolist())
        expected = [row for row, other in enumerate(column.to_list()) if equal(value, other)]
        assert set(expected) <= set(found)
        # Of texts only their keys have been compared; integers next to each other may be one float.
        if column.kind is sought.kind and column.kind is not Kind.STRING:
            assert expected == found


def test_statistics_exclude_a_chunk_before_it_is_loaded() -> None:
    def load() -> Column:
        raise AssertionError("loaded")

    ref = ChunkRef.lazy(load, b"digest", ChunkStats(100, 0, 10, 20))
    for operator, value in ((">", 20), ("<", 10.0), ("=", 21), ("=", "10"), ("STARTS WITH", "1")):
        rows = rows_of(ref, {"key": ref}, wanted_by(operator, value), Builds())
        assert rows is not None
        assert len(rows) == 0
    with pytest.raises(AssertionError, match="loaded"):
        rows_of(ref, {"key": ref}, wanted_by(">=", 20), Builds())


def test_lists_are_always_found() -> None:
    column = cols.from_values([*range(99), [1], "a", [2], None, Date(1)])
    ref = ChunkRef.of(column)
    assert rows_of(ref, {"key": ref}, wanted_by("=", 7), Builds()) is None
    for wanted, found in (
        (wanted_by("=", 7), [7, 99, 101]),
        (wanted_by("<", Date(2)), [99, 101, 103]),
        (wanted_by("STARTS WITH", "a"), [99, 100, 101]),
        (value_range.equal_to([[2]]), [99, 101]),
    ):
        assert wanted is not None
        rows = rows_of(ref, {"key": ref}, wanted, Builds())
        assert rows is not None
        assert rows.tolist() == found


def test_a_query_builds_a_few_and_a_group_keeps_not_many() -> None:
    refs = {f"key{place}": ChunkRef.of(cols.ints(np.arange(9))) for place in range(30)}
    builds = Builds()
    made = [index_of(ref, refs, 2, builds) is not None for ref in refs.values()]
    assert made == [True] * limits.VALUE_INDEX_BUILDS + [False] * (30 - limits.VALUE_INDEX_BUILDS)
    for ref in refs.values():
        assert index_of(ref, refs, 2, Builds()) is not None
    # The least asked has given way, and its next question is a first one.
    kept = [index_of(ref, {}, 0, Builds(0)) is not None for ref in refs.values()]
    assert kept.count(True) == limits.VALUE_INDEXES_MAX
