"""The aggregate collect(): rows are put aside as they come, and in order at the end.

Above: `aggregates`. Below: `engine/values/lists`, `kernels/csr`.
Nulls take no part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.growing import check_list
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column, Packed
from seaglass.engine.values.lists import listed
from seaglass.engine.values.parts import joined, numbered, spans
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.operators.aggregates import Groups
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

# So many values are lists of Python's sooner than they are in order.
_FEW_VALUES = 64


class Gathered(Packed):
    """The state: a list for each group, whose elements are not in order yet.

    Args:
        counts: int64[groups], how many elements each has
        parts: rows as they came: int64[n] the group of each, and the column of them, without nulls
        interrupt: of the query
    """

    __slots__ = ("counts", "interrupt", "parts")
    valid = None  # type: ignore[misc]

    def __init__(
        self,
        counts: NDArray[np.int64],
        parts: tuple[tuple[NDArray[np.int64], Column], ...],
        interrupt: Interrupt,
    ) -> None:
        self.kind = Kind.MIXED  # type: ignore[misc]
        self.counts = counts
        self.parts = parts
        self.interrupt = interrupt

    @property
    def check(self) -> Check:
        """Raises when the query must end."""
        return self.interrupt.check

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def nbytes(self) -> int:
        return self.counts.nbytes + sum(codes.nbytes for codes, _ in self.parts)

    @property
    def within(self) -> tuple[Column, ...]:
        return tuple(column for _, column in self.parts)

    def more(self, groups: Groups, column: Column) -> Gathered:
        """The state with more rows."""
        codes = groups.codes
        if column.valid is not None:
            rows = np.flatnonzero(column.valid)
            codes, column = codes[rows], column.take(rows)
        counts = np.bincount(codes, minlength=groups.count)
        counts[: len(self)] += self.counts
        return Gathered(counts, (*self.parts, (codes, column)), groups.interrupt)

    def lists(self) -> Column:
        """The lists, each in the order in which its elements came."""
        if sum(len(codes) for codes, _ in self.parts) < _FEW_VALUES:
            return self._few_lists()
        items = cols.concat([column for _, column in self.parts], self.check)
        if len(self) > 1:
            codes = joined([codes for codes, _ in self.parts], self.check)
            self.check()
            order, _ = counting_order(codes, len(self), numbered(len(codes), self.check))
            some = [items.take(order[span]) for span in spans(len(order), self.check)]
            items = cols.concat(some, self.check)
        return listed(self.counts, items)

    def _few_lists(self) -> Column:
        lists: list[list[Value]] = [[] for _ in range(len(self))]
        for codes, column in self.parts:
            for code, value in zip(codes.tolist(), column.to_list(), strict=True):
                lists[code].append(value)
        return cols.mixed(lists)

    def to_list(self) -> list[Value]:
        return self.lists().to_list()

    def reader(self) -> Callable[[int], Value]:
        return self.lists().reader()

    def take(self, rows: NDArray[np.int64]) -> Column:
        return self.lists().take(rows)

    def slice(self, start: int, stop: int) -> Column:
        return self.lists().slice(start, stop)

    def masked(self, valid: NDArray[np.bool_]) -> Column:
        return cols.masked(self.lists(), valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        del parts  # A state goes on with more rows, and is never joined to another.
        return None

    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        del rows, values  # Nothing that is stored is such a column.
        return None


def gather(groups: Groups, argument: Column | None, at: Position) -> Sequence[Column]:
    """The state of rows. Raises: Exhausted(memory) for a list that is too long"""
    nothing = Gathered(np.zeros(0, np.int64), (), groups.interrupt)
    return gather_more(groups, [nothing], argument, at)


def gather_more(
    groups: Groups, states: Sequence[Column], argument: Column | None, at: Position
) -> Sequence[Column]:
    """The state of those before and of more rows. Raises: as `gather`"""
    (state,) = states
    assert isinstance(state, Gathered)
    assert argument is not None
    found = state.more(groups, argument)
    check_list(int(found.counts.max(initial=0)), at)
    return [found]


def in_order(states: Sequence[Column], _: Position) -> Column:
    """collect()."""
    (state,) = states
    assert isinstance(state, Gathered)
    return state.lists()
