"""Order and equivalence of values: the keys against the rules, the typed codes against the keys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Interrupted
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values import column as cols
from seaglass.engine.values import order, parts
from seaglass.engine.values.equality import compare, equal
from seaglass.engine.values.lists import listed
from seaglass.engine.values.maps import maps_of
from seaglass.engine.values.order import distinct_rows, group_rows, order_key, sort_rows
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from seaglass.engine.values.types import Edge, Node, Path
from tests.engine.values import strategies as vs

HOUR = 3600 * 10**9

# One line per step of the order; values on one line are equivalent.
ASCENDING = [
    [{}],
    [{"a": 1}, {"a": 1.0}],
    [{"b": 0}],
    [Node(0)],
    [Node(256)],
    [Edge(0)],
    [[]],
    [["a"]],
    [[1], [1.0]],
    [[1, "a"]],
    [[None]],
    [Path((Node(0),), ())],
    [Path((Node(0), Node(0)), (Edge(0),))],
    [DateTime(0, 0, 3600)],
    [DateTime(0, 0, 0)],
    [DateTime(0, HOUR, 3600)],
    [DateTime(0, HOUR, 3600, "A/B")],
    [DateTime(0, HOUR, 3600, "A/C")],
    [LocalDateTime(-1, 1)],
    [LocalDateTime(0, 0)],
    [Date(-1)],
    [Date(0)],
    [Date(0, 0)],
    [Time(0, 3600)],
    [Time(0, 0)],
    [Time(HOUR, 3600)],
    [LocalTime(1)],
    [LocalTime(HOUR)],
    [Duration(-1, 0, 0, 0)],
    [Duration(0, 0, -1, 999_999_999)],
    [Duration(0, 0, 0, 0)],
    [Duration(0, 30, 0, 0)],
    [Duration(1, 0, 0, 0)],
    [Duration(0, 31, 0, 0)],
    [Duration(2**63 - 1, 0, 0, 0)],
    [""],
    ["\x00"],
    ["A"],
    ["a"],
    ["a\x00"],
    ["aa"],
    ["é"],
    ["😀"],
    [False],
    [True],
    [-math.inf],
    [-(2**63), -(2.0**63)],
    [-1],
    [-0.5],
    [0, 0.0, -0.0],
    [5e-324],
    [1, 1.0],
    [2**53, 2.0**53],
    [2**53 + 1],
    [2**63 - 1],
    [2.0**63],
    [math.inf],
    [math.nan, -math.nan],
    [None],
]


def test_keys_follow_the_order() -> None:
    for place, step in enumerate(ASCENDING):
        keys = {order_key(value) for value in step}
        assert len(keys) == 1
        if place:
            assert order_key(ASCENDING[place - 1][0]) < keys.pop()


@given(vs.values, vs.values)
def test_keys_agree_with_comparison(left: object, right: object) -> None:
    order = compare(left, right)
    one, two = order_key(left), order_key(right)
    if order in (-1, 0, 1):
        assert (one > two) - (one < two) == order
    if equal(left, right):
        assert one == two
    if equal(left, right) is False and left == left and right == right:
        assert one != two or _has_nan(left) or _has_nan(right)


def _has_nan(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_has_nan, value))
    if isinstance(value, dict):
        return any(map(_has_nan, value.values()))
    return value != value


@given(vs.typed_lists | st.lists(vs.values, min_size=1, max_size=8), st.booleans())
def test_sorting_typed_as_by_key(values: list[object], descending: bool) -> None:
    expected = sorted(
        range(len(values)),
        key=lambda row: order_key(values[row]),
        reverse=descending,
    )
    for column in (cols.from_values(values), cols.mixed(values)):
        assert sort_rows([column], [descending], len(values)).tolist() == expected


@given(st.lists(st.tuples(vs.scalars, vs.integers | vs.floats), min_size=1, max_size=12))
def test_groups_are_equivalence_classes(rows: list[tuple[object, object]]) -> None:
    columns = [cols.from_values(list(values)) for values in zip(*rows, strict=True)]
    codes, firsts = group_rows(columns, len(rows))
    places: dict[tuple[bytes, ...], int] = {}
    for row, code in zip(rows, codes.tolist(), strict=True):
        assert places.setdefault(tuple(map(order_key, row)), len(places)) == code
    assert codes[firsts].tolist() == list(range(len(places)))


def test_many_strings_go_through_arrow() -> None:
    texts = [None if row % 7 == 0 else f"t{row * 37 % 50}" for row in range(500)]
    column = cols.from_values(texts)
    expected = sorted(range(500), key=lambda row: order_key(texts[row]))
    assert sort_rows([column], [False], 500).tolist() == expected
    codes, firsts = group_rows([column], 500)
    assert [texts[row] for row in firsts] == list(dict.fromkeys(texts))
    assert [texts[firsts[code]] for code in codes] == texts


@pytest.mark.parametrize("different", [5, 3_000, 40_000])
def test_very_many_strings_are_numbered_as_they_first_come(different: int) -> None:
    """Past what is numbered at once; nulls are a group of their own, beside the empty text."""
    draws = np.random.default_rng(different).integers(0, different, 80_000).tolist()
    texts = [None if draw == 1 else "" if draw == 2 else f"a longer text {draw}" for draw in draws]
    for values in (texts, [value for value in texts if value is not None]):
        codes, firsts = group_rows([cols.from_values(values)], len(values))
        places: dict[str | None, int] = {}
        assert codes.tolist() == [places.setdefault(value, len(places)) for value in values]
        assert [values[row] for row in firsts] == list(places)


def test_numbering_strings_can_be_stopped() -> None:
    column = cols.from_values([f"t{row}" for row in range(100_000)])
    asked = 0

    class Ended:
        flag = new_flag()

        def check(self) -> None:
            nonlocal asked
            asked += 1
            if asked == 2:
                raise Interrupted("cancelled", "now")

    with pytest.raises(Interrupted):
        group_rows([column], 100_000, Ended())


def test_second_key_breaks_ties() -> None:
    first = cols.from_values([1, None, 1, 2])
    second = cols.from_values(["b", "a", "a", "c"])
    assert sort_rows([first, second], [False, True], 4).tolist() == [0, 2, 3, 1]
    assert sort_rows([first, second], [True, False], 4).tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        (1, 1.0, True),
        (1, True, False),
        ("1", 1, False),
        (None, 1, None),
        (math.nan, math.nan, False),
        ([1, None], [1, 2], None),
        ([1, None], [2, None], False),
        ([None], [None, None], False),
        ({"a": None}, {"a": None}, None),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, True),
        (Node(1), Node(1), True),
        (Node(1), Edge(1), False),
        (2**53 + 1, float(2**53), False),
    ],
)
def test_equality(left: object, right: object, result: object) -> None:
    assert equal(left, right) is result
    assert equal(right, left) is result


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (1, 2.5, -1),
        (1, "a", None),
        (1, None, None),
        (True, False, 1),
        ("a", "b", -1),
        ([1, 2], [1], 1),
        ([1, None], [1], 1),
        ([1, None], [1, 2], None),
        ([1, None], [2], -1),
        ({}, {}, None),
        (Node(1), Node(2), None),
        (1, math.nan, 2),
    ],
)
def test_comparison(left: object, right: object, order: object) -> None:
    assert compare(left, right) == order


def test_codes_are_not_written_to() -> None:
    data = np.array([2, 1])
    column = cols.ints(data)
    sort_rows([column], [True], 2)
    assert column.data.tolist() == [2, 1]


@given(st.lists(st.integers(-9, 9) | st.sampled_from([2**62, -(2**62)]), max_size=40))
def test_numbers_are_grouped_by_first_appearance(values: list[int]) -> None:
    codes, firsts = group_rows([cols.ints(np.array(values, np.int64))], len(values))
    seen = list(dict.fromkeys(values))
    assert [seen[code] for code in codes] == values
    assert firsts.tolist() == [values.index(value) for value in seen]


@given(st.lists(st.integers(-3, 3), max_size=20), st.booleans())
def test_distinct_rows_are_the_firsts_of_the_groups(values: list[int], nodes: bool) -> None:
    data = np.array(values, np.int64)
    column = cols.nodes(np.abs(data)) if nodes else cols.ints(data)
    for columns in ([column], [column, column]):
        expected = group_rows(columns, len(values))[1].tolist()
        assert distinct_rows(columns, len(values)).tolist() == expected


@pytest.mark.parametrize("value", [list(range(60)), {"a": [1] * 60}, "x" * 300])
def test_what_stands_in_many_rows_is_gone_through_once(
    value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def counting(one: object) -> bytes:
        nonlocal calls
        calls += 1
        return order_key(one)  # type: ignore[arg-type]

    monkeypatch.setattr(order, "order_key", counting)
    other = [value] if isinstance(value, str) else type(value)(value)  # type: ignore[call-arg]
    column = cols.mixed([value, other, None] * 500)
    codes, firsts = order.group_rows([column], len(column))
    same = [0, 1, 2] if isinstance(value, str) else [0, 0, 1]
    assert codes.tolist() == same * 500
    assert len(firsts) == len(set(same))
    assert (order.order_codes(column) == order.order_codes(cols.mixed(column.to_list()))).all()
    assert calls < 3_000


class Ending:
    """Ends what asks for the n-th time."""

    def __init__(self, left: int) -> None:
        self.flag = new_flag()
        self.left = left

    def check(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.flag[0] = 1
            raise Interrupted("cancelled", "ended")


MANY = {
    "maps": lambda: maps_of(
        ["a", "b"], [cols.ints(np.arange(600) % 7), cols.ints(-np.arange(600))]
    ),
    "lists": lambda: listed(np.arange(600) % 3, cols.ints(np.arange(600)[::-1])),
    "shared lists": lambda: listed(np.full(3, 2), cols.ints(np.arange(6))).take(np.arange(600) % 3),
    "values": lambda: cols.mixed([x if x % 2 else f"a{x % 50}" for x in range(600)]),
    "texts": lambda: cols.strings([f"text {x * 7 % 300}" for x in range(600)]),
    "floats": lambda: cols.floats(np.arange(600) / -7),
}


@pytest.mark.parametrize("name", MANY)
def test_many_of_any_kind_are_as_few_and_can_be_stopped(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = MANY[name]()
    few = sort_rows([column], [False], len(column)), group_rows([column], len(column))
    for limit, rows in (("_MANY_ROWS", 64), ("_HASHED_ROWS", 64), ("_KEYED_ROWS", 16)):
        monkeypatch.setattr(order, limit, rows)
    monkeypatch.setattr(parts, "FAR_ROWS", 16)
    monkeypatch.setattr(parts, "PART_ROWS", 16)

    def both(interrupt: Ending) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        ordered = sort_rows([column], [False], len(column), interrupt)
        return ordered, group_rows([column], len(column), interrupt)

    ending = Ending(10**9)
    many = both(ending)
    assert many[0].tolist() == few[0].tolist()
    assert [part.tolist() for part in many[1]] == [part.tolist() for part in few[1]]
    looks = 10**9 - ending.left
    assert looks > 600 // 16
    for left in range(1, looks, 5):
        with pytest.raises(Interrupted):
            both(Ending(left))
