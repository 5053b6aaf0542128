"""Functions of whole columns of lists, and split(), which makes them.

Above: `functions`, `evaluate`. Below: `engine/values/lists`, Arrow.
Each says the same as its like in `lists` and `text`, or None where it leaves the answer to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.exec.expressions.growing import check_list
from seaglass.engine.exec.expressions.lists import short_range
from seaglass.engine.exec.expressions.values import stretch
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column
from seaglass.engine.values.lists import Lists, listed
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import INT_MAX, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context

# Texts of so many bytes are split between two looks at the interrupt: some 20 ms.
_PART_BYTES = 2 * 1024 * 1024
_NUMBER_BYTES = 8
# From so many on, numbers of a range are no objects.
_LONG_ITEMS = 1_024


def list_column(name: str, operands: tuple[Column, ...]) -> Column | None:
    """The answers of a function to a column of lists."""
    function = _FUNCTIONS.get(name)
    if function is None or not isinstance(operands[0], Lists):
        return None
    return function(operands[0])


def item_column(lists: Column, index: Column) -> Column | None:
    """`lists[index]`."""
    if not isinstance(lists, Lists) or index.kind is not Kind.INT or index.valid is not None:
        return None
    if len(index) == 1:
        return lists.at(cast("int", index.value(0)))
    return cast("Lists", stretch(lists, len(index))).at(index.data)


def slice_column(lists: Column, start: Column, stop: Column) -> Column | None:
    """`lists[start..stop]`, of ends that are the same for all rows."""
    if not isinstance(lists, Lists) or len(start) != 1 or len(stop) != 1:
        return None
    low, high = start.value(0), stop.value(0)
    return lists.cut(low, high) if type(low) is int and type(high) is int else None


def literal_column(items: Sequence[Column], rows: int) -> Column | None:
    """`[item, ...]` for many rows, of items of one kind."""
    kinds = {item.kind for item in items} - {Kind.NULL}
    if rows <= cols.SMALL_ROWS or len(kinds) != 1 or Kind.MIXED in kinds:
        return None
    width = len(items)
    flat = cols.concat([stretch(item, rows) for item in items])
    places = np.arange(width * rows).reshape(width, rows).T.ravel()
    return listed(np.full(rows, width, np.int64), flat.take(places))


def range_column(operands: tuple[Column, ...], at: Position) -> Column | None:
    """`range(start, stop, step)` of constants, where it is long. Raises: as `short_range`"""
    given = [operand.value(0) for operand in operands if len(operand) == 1]
    if len(given) < len(operands) or None in given:
        return None
    numbers = short_range(at, *given)
    if len(numbers) < _LONG_ITEMS:
        return None
    items = np.arange(len(numbers)) * numbers.step + numbers.start
    return listed(np.array([len(numbers)]), cols.ints(items))


def split_column(operands: tuple[Column, ...], at: Position, context: Context) -> Column | None:
    """`split(text, separator)`, of a separator that is the same for all rows.

    Raises: Exhausted(memory) when the parts of a text, or all of them, are too many
    """
    texts, separator = operands
    if texts.kind is not Kind.STRING or len(separator) != 1 or separator.kind is not Kind.STRING:
        return None
    pattern = separator.value(0)
    # Arrow takes no half of a surrogate pair.
    if not isinstance(pattern, str) or not pattern.isascii() or not pattern:
        return None
    lengths: list[np.ndarray] = []
    items: list[pa.LargeStringArray] = []
    with context.holding() as held:
        for part in _parts(texts.data):
            context.interrupt.check()
            found = pc.count_substring(part, pattern).to_numpy() + 1
            check_list(int(found.max()), at)
            held.add(part.nbytes + _NUMBER_BYTES * (int(found.sum()) + len(part)))
            split = pc.split_pattern(part, pattern)
            lengths.append(np.diff(split.offsets.to_numpy()).astype(np.int64))
            items.append(split.values.slice(split.offsets[0].as_py(), int(lengths[-1].sum())))
    counts = np.concatenate(lengths)
    starts = np.cumsum(counts) - counts
    if texts.valid is not None:
        # What is null was split as the empty text.
        counts = np.where(texts.valid, counts, 0)
    elements = cols.concat(
        [Column(Kind.STRING, part, None) for part in items], context.interrupt.check
    )
    return Lists(starts, counts, elements, texts.valid)


def _parts(texts: pa.LargeStringArray) -> Iterator[pa.LargeStringArray]:
    """The texts in runs of about _PART_BYTES."""
    _, offsets = text_buffers(texts)
    begin = 0
    while begin < len(texts):
        end = int(np.searchsorted(offsets, offsets[begin] + _PART_BYTES, "right")) - 1
        end = min(max(end, begin + 1), len(texts))
        yield texts.slice(begin, end - begin)
        begin = end


def _size(lists: Lists) -> Column:
    return cols.ints(lists.counts, lists.valid)


def _is_empty(lists: Lists) -> Column:
    return cols.bools((lists.counts == 0) & ~lists.is_null(), lists.valid)


def _head(lists: Lists) -> Column:
    return lists.at(0)


def _last(lists: Lists) -> Column:
    return lists.at(-1)


def _tail(lists: Lists) -> Column:
    return lists.cut(1, INT_MAX)


_FUNCTIONS: dict[str, Callable[[Lists], Column]] = {
    "head": _head,
    "isEmpty": _is_empty,
    "last": _last,
    "size": _size,
    "tail": _tail,
}
