"""Values that can be much larger than what they are made of: texts and lists.

Above: `evaluate`, `functions`, `arithmetic`. Below: `values`, `engine/exec/holding`.
One value has a limit (`TEXT_CHARS_MAX`, `LIST_ITEMS_MAX`); the values of all rows are made a few at
a time, and there must be room for them in the query's memory.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Exhausted
from seaglass.base.limits import LIST_ITEMS_MAX, TEXT_CHARS_MAX
from seaglass.engine.cypher.logical.expressions import BinaryOperator
from seaglass.engine.exec.expressions.arithmetic import arithmetic, calculate, number_text
from seaglass.engine.exec.expressions.temporal.columns import moved
from seaglass.engine.exec.expressions.text_parts import in_parts
from seaglass.engine.exec.expressions.values import place, rows_of, values_of
from seaglass.engine.exec.holding import column_bytes, values_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

# Values are made in batches of about so many bytes, and of at most so many.
_BATCH_BYTES = 4 * 1024 * 1024
_BATCH_VALUES = 1024
_GROWING = (Kind.STRING, Kind.MIXED)


def made(values: Iterable[Value], context: Context) -> list[Value]:
    """The values, with a look at cancellation and at memory between batches of them.

    Raises: Exhausted(memory) when they take too much; Interrupted when the query must end
    """
    return _made(values, context)[0]


def made_column(values: Iterable[Value], context: Context) -> Column:
    """`from_values` of the values, as `made`; texts that are long are left as they are, in a MIXED column."""
    found, size = _made(values, context)
    if len(found) > 1 and cols.are_long(size, len(found)):
        return cols.mixed(found)
    return cols.from_values(found)


def _made(values: Iterable[Value], context: Context) -> tuple[list[Value], int]:
    """The values, and what they take."""
    source = iter(values)
    found: list[Value] = []
    count, total = 1, 0
    while batch := list(islice(source, count)):
        context.interrupt.check()
        size = values_bytes(batch)
        total += size
        context.require(total)
        found += batch
        count = max(1, min(_BATCH_VALUES, _BATCH_BYTES * len(batch) // size))
    return found, total


def added(left: Column, right: Column, at: Position, context: Context) -> Column:
    """`left + right`; operands as `values` says. Raises: as `arithmetic` and `made`."""
    kinds = (left.kind, right.kind)
    if Kind.NULL in kinds or not any(kind in _GROWING for kind in kinds):
        return arithmetic(BinaryOperator.ADD, left, right, at)
    later = moved(BinaryOperator.ADD, left, right)
    if later is not None:
        return later
    return in_parts(lambda operands: _sums(operands, at, context), (left, right), context)


def _sums(operands: tuple[Column, ...], at: Position, context: Context) -> Column:
    left, right = operands
    rows = rows_of(left, right)
    if left.kind is right.kind is Kind.STRING:
        # Made in one go: an operand of one row stands in every row.
        size = sum(column_bytes(one) * (rows // max(1, len(one))) for one in (left, right))
        context.require(size)
        if not cols.are_long(size, rows):
            column = arithmetic(BinaryOperator.ADD, left, right, at)
            if column_bytes(column) > TEXT_CHARS_MAX:
                check_sizes(column.to_list(), at)
            return column
    check = context.interrupt.check
    pairs = zip(values_of(left, rows, check), values_of(right, rows, check), strict=True)
    sums = (calculate(BinaryOperator.ADD, one, two, at) for one, two in pairs)
    return made_column((checked(value, at) for value in sums), context)


class Grown:
    """A text or list that is added to at either end, without copying what it has."""

    __slots__ = ("_is_text", "_parts", "length")

    def __init__(self, value: str | list[Value]) -> None:
        self._is_text = isinstance(value, str)
        self._parts: deque[Any] = deque([value] if self._is_text else value)
        self.length = len(value)

    @property
    def length_bytes(self) -> int:
        """What its length adds to what it takes."""
        return self.length if self._is_text else 8 * self.length

    def join(self, value: Value, *, before: bool) -> bool:
        """`self + value`, or `value + self`; False, and nothing is done, where that is no such sum."""
        if value is None:
            return False
        more: list[Value]
        if self._is_text:
            if type(value) is int or type(value) is float:
                value = number_text(value)
            if not isinstance(value, str):
                return False
            more, added = [value], len(value)
        else:
            more = value if isinstance(value, list) else [value]
            added = len(more)
        if before:
            self._parts.extendleft(reversed(more))
        else:
            self._parts.extend(more)
        self.length += added
        return True

    def check(self, at: Position | None) -> None:
        """Raises: as `checked`"""
        if self._is_text:
            check_text(self.length, at)
        else:
            check_list(self.length, at)

    def value(self) -> str | list[Value]:
        return "".join(self._parts) if self._is_text else list(self._parts)


def check_sizes(values: Sequence[Value], at: Position | None) -> None:
    """Raises: as `checked`, for the first value that is too long"""
    for value in values:
        checked(value, at)


def checked(value: Value, at: Position | None) -> Value:
    """The value. Raises: Exhausted(memory) for a text or a list that is too long."""
    if isinstance(value, str):
        check_text(len(value), at)
    elif isinstance(value, list):
        check_list(len(value), at)
    return value


def check_text(chars: int, at: Position | None) -> None:
    """Raises: Exhausted(memory) for a text of more characters than there may be"""
    if chars > TEXT_CHARS_MAX:
        raise Exhausted(
            "memory",
            f"A text would have {chars:,} characters, more than {TEXT_CHARS_MAX:,}{place(at)}.",
        )


def check_list(items: int, at: Position | None) -> None:
    """Raises: Exhausted(memory) for a list of more items than there may be"""
    if items > LIST_ITEMS_MAX:
        raise Exhausted(
            "memory",
            f"A list would have {items:,} items, more than {LIST_ITEMS_MAX:,}{place(at)}. To go "
            "through many rows, use UNWIND or WITH instead of a list.",
        )
