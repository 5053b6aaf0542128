"""Lists in one column say the same as lists that are objects, whatever was taken of them.

Method: lists of any elements, side by side with Python's; then rows are taken, cut off and joined in all
orders, and both are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.lists import Lists, listed, lists_of
from seaglass.engine.values.types import Kind
from tests.engine.values import strategies as vs
from tests.engine.values.test_column import keys

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value

elements = vs.typed_lists.map(lambda values: values[:4]) | st.lists(vs.values, max_size=4)
rows_of_lists = st.lists(st.none() | st.just([]) | elements, min_size=1, max_size=8)


def packed(rows: list[list[Value] | None]) -> Lists:
    flat: list[Value] = [item for row in rows for item in row or []]
    counts = np.array([len(row or []) for row in rows], np.int64)
    return listed(counts, cols.from_values(flat), np.array([row is not None for row in rows]))


@st.composite
def changed(draw: st.DrawFn) -> tuple[Lists, list[Any]]:
    """Lists after some steps, and the same as Python has them."""
    values: list[Any] = draw(rows_of_lists)
    lists: cols.Column = packed(values)
    for step in draw(
        st.lists(st.sampled_from(["take", "slice", "join", "mask", "cut"]), max_size=4)
    ):
        assert isinstance(lists, Lists)
        match step:
            case "take" if values:
                rows = draw(st.lists(st.integers(0, len(values) - 1), max_size=12))
                lists, values = lists.take(np.array(rows, np.int64)), [values[row] for row in rows]
            case "slice":
                start = draw(st.integers(0, len(values)))
                stop = draw(st.integers(start, len(values)))
                lists, values = lists.slice(start, stop), values[start:stop]
            case "join":
                more = draw(rows_of_lists)
                first = lists.slice(0, len(values) // 2)
                parts = [packed(more), first, cols.nulls(2), lists]
                joined = lists.joined(parts)
                assert joined is not None
                lists, values = joined, [*more, *values[: len(values) // 2], None, None, *values]
            case "mask":
                keep = np.array([v is not None and draw(st.booleans()) for v in values], np.bool_)
                if not keep.any() or keep.all():
                    continue
                lists = lists.masked(keep)
                values = [v if kept else None for v, kept in zip(values, keep, strict=True)]
            case "cut":
                low, high = draw(st.integers(-3, 3)), draw(st.integers(-3, 3) | st.just(2**63 - 1))
                lists = lists.cut(low, high)
                values = [None if value is None else value[low:high] for value in values]
    assert isinstance(lists, Lists)
    return lists, values


@given(changed())
def test_values_come_back(found: tuple[Lists, list[Any]]) -> None:
    lists, values = found
    assert keys(lists.to_list()) == keys(values)
    assert keys([lists.value(row) for row in range(len(values))]) == keys(values)
    assert keys(list(lists.data)) == keys(values)
    assert lists.is_null().tolist() == [value is None for value in values]
    assert keys(lists.alone().to_list()) == keys(values)


@given(changed(), st.integers(1, 5))
def test_elements_come_in_order_a_few_at_a_time(
    found: tuple[Lists, list[Any]], at_once: int
) -> None:
    lists, values = found
    expected = [(row, item) for row, value in enumerate(values) for item in value or []]
    assert lists.total == len(expected)
    got: list[tuple[int, Value]] = []
    for start in range(0, lists.total, at_once):
        rows, items = lists.elements(start, min(start + at_once, lists.total))
        assert len(items) == min(at_once, lists.total - start)
        got += zip(rows.tolist(), items.to_list(), strict=True)
    assert [row for row, _ in got] == [row for row, _ in expected]
    assert keys([item for _, item in got]) == keys([item for _, item in expected])


@given(changed(), st.integers(-4, 4), st.data())
def test_elements_by_index(found: tuple[Lists, list[Any]], index: int, data: st.DataObject) -> None:
    lists, values = found
    wanted = [data.draw(st.integers(-4, 4)) for _ in values]

    def item(value: list[Value] | None, place: int) -> Value:
        return value[place] if value and -len(value) <= place < len(value) else None

    assert keys(lists.at(index).to_list()) == keys([item(value, index) for value in values])
    by_row = [item(value, place) for value, place in zip(values, wanted, strict=True)]
    assert keys(lists.at(np.array(wanted, np.int64)).to_list()) == keys(by_row)
    rows = [row for row, value in enumerate(values) if value]
    first = lists.element(np.array(rows, np.int64), 0)
    assert keys(first.to_list()) == keys([values[row][0] for row in rows])


@given(rows_of_lists)
def test_lists_of_objects(rows: list[Any]) -> None:
    found = lists_of(cols.mixed(rows))
    assert found is not None
    assert keys(found.to_list()) == keys(rows)


def test_lists_of_other_columns() -> None:
    coded = Coded(np.array([1, 0, 1]), ([], ["a", "b"]), np.array([True, True, False]))
    found = lists_of(coded)
    assert found is not None
    assert found.to_list() == [["a", "b"], [], None]
    nothing = lists_of(cols.nulls(2))
    assert nothing is not None
    assert nothing.to_list() == [None, None]
    assert lists_of(cols.from_values([1, 2])) is None
    assert lists_of(cols.mixed([[1], 2])) is None


def test_a_list_in_many_rows_is_held_once() -> None:
    one = [1, 2, 3]
    found = lists_of(cols.mixed([one] * 5))
    assert found is not None
    assert len(found.items) == 3
    values = found.to_list()
    assert all(value is values[0] for value in values)
    many = found.take(np.zeros(100, np.int64))
    assert isinstance(many, Lists)
    parts = [many.slice(start, start + 10) for start in range(0, 100, 10)]
    joined = cols.concat(parts)
    assert isinstance(joined, Lists)
    assert len(joined.items) == 3


def test_few_rows_leave_the_elements_of_others_behind() -> None:
    lists = packed([[number] * 10 for number in range(100)])
    few = lists.take(np.array([3, 7]))
    assert isinstance(few, Lists)
    assert len(few.items) == 20
    part = lists.slice(10, 20)
    assert isinstance(part, Lists)
    assert len(part.items) == 100
    assert part.items.kind is Kind.INT
