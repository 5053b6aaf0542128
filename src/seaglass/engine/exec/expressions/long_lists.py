"""Functions of one list that may have millions of items: sets of values, and sorting.

Above: `functions`. Below: `values`, `engine/values/order`.
Items become a column, a part at a time, and kernels tell them apart or sort them; few go by their
`order_key`. Between parts a query may end, and what is made on the way counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.exec.holding import column_bytes, values_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import distinct_rows, group_rows, order_key, sort_rows
from seaglass.engine.values.parts import spans
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

Item = TypeVar("Item")
# Fewer items are quicker by their keys.
_MANY_ITEMS = 2_048
# Items between two looks at the interrupt: some 20 ms.
_PART_ITEMS = 16_384
# And so many bytes of long ones.
_PART_BYTES = 2 * 1024 * 1024
# What a table of keys takes for each, beside the key: the bytes object and two entries.
_KEY_BYTES = 120
# What a kernel takes for each row: numbers, and a table of them.
_ROW_BYTES = 40


def unique(context: Context, at: Position, items: Value) -> Value:
    """collToSet: the first of equivalent elements, in order."""
    values = listed("collToSet", items, at)
    with context.holding() as held:
        column = _column(context, held, values)
        if column is not None:
            firsts = distinct_rows([column], len(column), context.interrupt)
            return _chosen(values, firsts, context)
        return list(_firsts(values, context, held).values())


def subtract(context: Context, at: Position, first: Value, second: Value) -> Value:
    """collSubtract: what only the first list has, each value once and in order of values, as the
    documented samples are."""
    other = listed("collSubtract", second, at)
    return _compared(context, listed("collSubtract", first, at), other, common=False)


def intersection(context: Context, at: Position, first: Value, second: Value) -> Value:
    """collIntersection: what both lists have, each value once and in order of values."""
    other = listed("collIntersection", second, at)
    return _compared(context, listed("collIntersection", first, at), other, common=True)


def in_order(context: Context, values: list[Value], *, descending: bool) -> list[Value]:
    """The values in the order of ORDER BY; what is equal keeps its place."""
    return in_order_of(context, values, values, descending=descending)


def in_order_of(
    context: Context, items: list[Item], values: list[Value], *, descending: bool
) -> list[Item]:
    """The items in the order of the value of each; where these are equal, items keep their places."""
    with context.holding() as held:
        column = _column(context, held, values)
        if column is not None:
            rows = sort_rows([column], [descending], len(column), context.interrupt)
            return _chosen(items, rows, context)
        keys = [key for part in _keys(values, context, held) for key in part]
        # Places are taken by the key of each, so that equal ones stay in order.
        places = sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)
        return [items[place] for place in places]


def looked_at(items: list[Item], context: Context) -> Iterator[list[Item]]:
    """The items, some at a time. Raises: Interrupted when the query must end"""
    for span in spans(len(items), context.interrupt.check, _PART_ITEMS):
        yield items[span]


def listed(name: str, value: Value, at: Position) -> list[Value]:
    """The list. Raises: Invalid(illegal_argument) for anything else"""
    if not isinstance(value, list):
        raise wrong_type(f"{name}()", "a list", value, at)
    return value


def _compared(
    context: Context, values: list[Value], others: list[Value], *, common: bool
) -> list[Value]:
    with context.holding() as held:
        both = _column(context, held, values, others)
        if both is not None:
            codes, firsts = group_rows([both], len(both), context.interrupt)
            within = np.zeros(len(firsts), np.bool_)
            within[codes[len(values) :]] = True
            kept = firsts[(within == common) & (firsts < len(values))]
            rows = kept[sort_rows([both.take(kept)], [False], len(kept), context.interrupt)]
            return _chosen(values, rows, context)
        keys = {key for part in _keys(others, context, held) for key in part}
        found = _firsts(values, context, held)
        return [found[key] for key in sorted(found) if (key in keys) == common]


def _column(context: Context, held: Held, *lists: list[Value]) -> Column | None:
    """The values of these lists as a column; None for few."""
    if sum(map(len, lists)) < _MANY_ITEMS:
        return None
    parts: list[Column] = []
    for values in lists:
        for some in looked_at(values, context):
            part = cols.from_values(some)
            if part.kind is Kind.MIXED and not isinstance(part, cols.Packed):
                # The values are there already; each gets a key.
                held.add(values_bytes(some) + _KEY_BYTES * len(part))
            else:
                # They are there twice while they are joined.
                held.add(2 * column_bytes(part) + _ROW_BYTES * len(part))
            parts.append(part)
    return cols.concat(parts, context.interrupt.check)


def _chosen(values: list[Item], rows: NDArray[np.int64], context: Context) -> list[Item]:
    found: list[Item] = []
    for start in range(0, len(rows), _PART_ITEMS):
        context.interrupt.check()
        found += map(values.__getitem__, rows[start : start + _PART_ITEMS].tolist())
    return found


def _firsts(values: list[Value], context: Context, held: Held) -> dict[bytes, Value]:
    """By key, the first of equivalent values; in order."""
    found: dict[bytes, Value] = {}
    start = 0
    for keys in _keys(values, context, held):
        for place, key in enumerate(keys, start):
            found.setdefault(key, values[place])
        start += len(keys)
    return found


def _keys(values: list[Value], context: Context, held: Held) -> Iterator[list[bytes]]:
    """The `order_key` of each value, many at a time."""
    count = 1
    start = 0
    while start < len(values):
        context.interrupt.check()
        part = values[start : start + count]
        start += len(part)
        size = values_bytes(part)
        held.add(size + _KEY_BYTES * len(part))
        yield list(map(order_key, part))
        # Items may be long texts, or lists themselves.
        count = max(1, min(_PART_ITEMS, _PART_BYTES * len(part) // size))
