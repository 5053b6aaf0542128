"""`IN`: whether a list holds a value, null where that is unknown.

Above: `evaluate`. Below: `values`, `engine/values/equality`.
A list that holds for all rows is a set of numbers or texts for a column of these; any other list that is
asked more than once is a set of Python's, so that `x IN list` takes a look-up and not a walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.expressions.boolean import from_truth
from seaglass.engine.exec.expressions.comparison import comparison
from seaglass.engine.exec.expressions.growing import made
from seaglass.engine.exec.expressions.values import (
    only_value,
    rows_of,
    stretch,
    values_of,
    wrong_type,
)
from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.equality import equal
from seaglass.engine.values.keys import Keys
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.types import Edge, Kind, Node

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

_HASHABLE = (str, int, bool, Node, Edge)
# A list up to here is walked as quickly as it is looked up in.
_FEW_ITEMS = 8
# A list from here on is hashed; before, an array of it is as quick.
_MANY_ITEMS = 256
# So many times as many elements as there are rows, or different elements, are compared one by one.
_WALKED_TIMES = 8
# Items between two looks at whether the query shall end.
_ITEMS_AT_ONCE = 65_536
# What a set takes for an item, at most.
_ITEM_BYTES = 80


def member(left: Column, right: Column, at: Position, context: Context) -> Column:
    """`left IN right`: true where an element equals, else null where that is unknown for one, else
    false.

    Raises: Invalid(illegal_argument) when the right side is neither a list nor null
    """
    rows = rows_of(left, right)
    if isinstance(right, Coded) and len(left) == 1 < rows:
        return right.mapped(lambda table: member(left, table, at, context))
    if len(right) > 1 and _is_one(right):
        right = right.slice(0, 1)
    if rows > 1 and len(right) == 1:
        sought = Sought.of(right, context)
        fast = None if sought is None else sought.hold(left, context)
        fast = fast or _in_constant(left, right, context.interrupt.check)
        if fast is not None:
            return fast
    if isinstance(right, Lists):
        lists_of_rows = cast("Lists", stretch(right, rows))
        if lists_of_rows.total <= _WALKED_TIMES * max(rows, len(right.items)):
            return _in_lists(left, lists_of_rows, context)
    check = context.interrupt.check
    pairs = zip(values_of(left, rows, check), values_of(right, rows, check), strict=True)
    with context.holding() as held:
        lists = _Lists(at, held, check)
        return cols.from_values(made((lists.hold(one, two) for one, two in pairs), context))


def _is_one(column: Column) -> bool:
    """Whether all rows hold the same list, as where it was collected before."""
    if column.kind is not Kind.MIXED:
        return False
    if isinstance(column, Lists):
        starts, counts = column.starts, column.counts
        alike = (starts == starts[0]).all() and (counts == counts[0]).all()
        return bool(alike) and column.valid is None
    first = column.data[0]
    return column.data[-1] is first and all(value is first for value in column.data)


class _Lists:
    """Lists that values are looked for in; of those that come again, their items by hash."""

    def __init__(self, at: Position, held: Held, check: Check) -> None:
        self._at = at
        self._held = held
        self._check = check
        # By identity: the column holds the lists meanwhile.
        self._seen: dict[int, _Items | None] = {}

    def hold(self, value: Value, items: Value) -> bool | None:
        """`value IN items`. Raises: as `member`"""
        if items is None:
            return None
        if not isinstance(items, list):
            raise wrong_type("IN", "a list", items, self._at)
        if len(items) <= _FEW_ITEMS:
            return _among(value, items, self._check)
        key = id(items)
        if key not in self._seen:
            self._seen[key] = None
            return _among(value, items, self._check)
        known = self._seen[key]
        if known is None:
            self._held.add(_ITEM_BYTES * len(items))
            known = self._seen[key] = _Items(items, self._check)
        return known.hold(value)


class _Items:
    """The items of a list, of which there are some."""

    __slots__ = ("_check", "_compound", "_null", "_plain")

    def __init__(self, items: list[Value], check: Check) -> None:
        self._check = check
        self._null = False
        self._compound: list[Value] = []
        self._plain: set[Hashable] = set()
        for part in _parts(items, check):
            self._null = self._null or None in part
            self._compound += [item for item in part if type(item) in (list, dict)]
            # NaN equals nothing, not even itself.
            plain = (item for item in part if type(item) not in (list, dict) and item == item)
            self._plain.update(map(_key, plain))

    def hold(self, value: Value) -> bool | None:
        if value is None:
            return None
        if type(value) in (list, dict):
            found = _among(value, self._compound, self._check)
        else:
            found = value == value and _key(value) in self._plain
        return None if self._null and not found else found


def _key(value: Value) -> Hashable:
    """What is the same for equal values that are neither lists nor maps. Python takes `true` for 1."""
    return (value,) if type(value) is bool else value  # type: ignore[return-value]


def _in_lists(left: Column, lists: Lists, context: Context) -> Column:
    """Each element is compared, a frame of them at a time."""
    found = np.zeros(len(lists), np.bool_)
    unknown = lists.is_null()
    total, most = lists.total, context.options.frame_rows
    for start in range(0, total, most):
        context.interrupt.check()
        rows, values = lists.elements(start, min(start + most, total))
        same = comparison(Op.EQ, left if len(left) == 1 else left.take(rows), values)
        missing = same.is_null()
        found[rows[same.data & ~missing]] = True
        unknown[rows[missing]] = True
    return from_truth(found, ~found & ~unknown)


def _among(value: Value, items: list[Value], check: Check) -> bool | None:
    """Whether one of the items equals the value."""
    unknown = False
    for part in _parts(items, check):
        for item in part:
            same = equal(value, item, check)
            if same:
                return True
            unknown = unknown or same is None
    return None if unknown else False


def _parts(items: list[Value], check: Check) -> Iterator[list[Value]]:
    """The items, as many at a time as Python goes through in some 20 ms."""
    if len(items) <= _ITEMS_AT_ONCE:
        yield items
        return
    for start in range(0, len(items), _ITEMS_AT_ONCE):
        check()
        yield items[start : start + _ITEMS_AT_ONCE]


@dataclass(frozen=True, slots=True)
class Sought:
    """A long list, hashed once for all frames of a query.

    Args:
        items: what the list is in: itself, or the column of its elements
        start, count: which elements of a column are the list's
        keys: None where its items are not of one kind that has codes
        present: bool[codes + 1]: which codes are those of items; false at the end, where -1 leads to
    """

    items: object
    start: int
    count: int
    keys: Keys | None
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, right: Column, context: Context) -> Sought | None:
        """The list in the first row; None where it is short, or none."""
        items: object
        if isinstance(right, Lists):
            items, start, count = right.items, int(right.starts[0]), int(right.counts[0])
        else:
            items, start = right.value(0), 0
            count = len(items) if isinstance(items, list) else 0
        if count < _MANY_ITEMS:
            return None
        known = context.sought
        if (
            known is not None
            and (known.items is items)
            and (known.start, known.count) == (start, count)
        ):
            return known
        column = (
            right.items.slice(start, start + count)
            if isinstance(right, Lists)
            else cols.from_values(cast("list[Value]", items))
        )
        keys = Keys.of([column], context.interrupt)
        present = np.zeros(1 if keys is None else keys.count + 1, np.bool_)
        if keys is not None:
            present[keys.codes] = True
            present[-1] = False
        known = context.sought = cls(items, start, count, keys, present)
        return known

    def hold(self, left: Column, context: Context) -> Column | None:
        """`left IN` the list; None where that is not a matter of codes."""
        codes = None if self.keys is None else self.keys.find([left], context.interrupt)
        if codes is None:
            return None
        assert self.keys is not None
        found = self.present[codes]
        valid = left.valid
        if self.keys.codes.min() < 0:
            # One of its items is null.
            valid = found
        return cols.bools(found, valid)


def _in_constant(left: Column, right: Column, check: Check) -> Column | None:
    """The fast path for one list that holds for all rows: a hash set of its plain values."""
    if left.kind not in (Kind.STRING, Kind.INT, Kind.NODE, Kind.EDGE):
        return None
    items = only_value(right, check)
    if not isinstance(items, list):
        return None
    wanted = {Kind.STRING: str, Kind.INT: int, Kind.NODE: Node, Kind.EDGE: Edge}[left.kind]
    kinds: set[type] = set()
    matching: list[Any] = []
    for part in _parts(items, check):
        kinds.update(map(type, part))
        matching += [item for item in part if type(item) is wanted]
    if not kinds <= {*_HASHABLE, type(None)}:
        return None
    if left.kind is Kind.STRING:
        truth = pc.is_in(left.data, value_set=pa.array(matching, cols.STRING))
        found = truth.to_numpy(zero_copy_only=False)
    else:
        numbers = [item.number if isinstance(item, Node | Edge) else item for item in matching]
        found = np.isin(left.data, np.array(numbers, np.int64))
    valid = None if left.valid is None else left.valid.copy()
    if type(None) in kinds:
        valid = found if valid is None else valid & found
    if not items:
        return cols.bools(np.zeros(len(left), np.bool_))
    return cols.bools(found if valid is None else found & valid, valid)
