"""The aggregates percentileCont() and percentileDisc().

Above: `aggregates`. Below: `engine/values`.
Their argument is a list of two: the number, and the percentile from 0 to 1. A null number takes no
part. A state is the numbers of each group and the percentile of the group's first row; there is no
answer before all numbers are known. Numbers of one type with a constant percentile are put aside as
they come, as collect() does, and sorted by a kernel at the end, between whose steps a query may end;
others are lists of Python's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.expressions.evaluate import evaluate, operand
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.exec.operators.collecting import Gathered
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Packed
from seaglass.engine.values.order import sort_rows
from seaglass.engine.values.parts import joined, taken
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.operators.aggregates import Groups, More
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

    Number = int | float

Item = TypeVar("Item")
_NUMBERS = (Kind.INT, Kind.FLOAT)
PERCENTILES = ("percentileCont", "percentileDisc")


class Pairs(Packed):
    """The argument where all numbers are in a column of them, and the percentile is a constant."""

    __slots__ = ("numbers", "share")
    valid = None  # type: ignore[misc]

    def __init__(self, numbers: Column, share: Value) -> None:
        self.kind = Kind.MIXED  # type: ignore[misc]
        self.numbers = numbers
        self.share = share

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def nbytes(self) -> int:
        return int(self.numbers.data.nbytes)

    def to_list(self) -> list[Value]:
        return [[number, self.share] for number in self.numbers.to_list()]

    def reader(self) -> Callable[[int], Value]:
        return lambda row: [self.numbers.value(row), self.share]

    def take(self, rows: NDArray[np.int64]) -> Column:
        return Pairs(self.numbers.take(rows), self.share)

    def slice(self, start: int, stop: int) -> Column:
        return Pairs(self.numbers.slice(start, stop), self.share)

    def masked(self, valid: NDArray[np.bool_]) -> Column:
        return cols.masked(cols.mixed(self.to_list()), valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        known = [part for part in parts if isinstance(part, Pairs)]
        shares = [repr(part.share) for part in known]
        if len(known) < len(parts) or len(set(shares)) > 1:
            return None
        numbers = cols.concat([part.numbers for part in known])
        return None if numbers.kind is Kind.MIXED else Pairs(numbers, self.share)

    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        del rows, values  # Nothing that is stored is such a column.
        return None


def pairs_of(argument: ex.Expression, frame: Frame, context: Context) -> Column:
    """The argument of an aggregate here, for each row."""
    if isinstance(argument, ex.ListLiteral) and not context.options.force_mixed:
        first, second = argument.items
        share = operand(second, frame, context)
        if len(share) == 1 < frame.rows:
            numbers = evaluate(first, frame, context)
            if numbers.kind in (Kind.INT, Kind.FLOAT, Kind.NULL):
                return Pairs(numbers, share.value(0))
    return evaluate(argument, frame, context)


def gather(groups: Groups, argument: Column | None, at: Position) -> Sequence[Column]:
    """The state of rows.

    Raises: Invalid(illegal_argument) for what is no number, and a percentile outside of 0 to 1
    """
    if isinstance(argument, Pairs) and argument.numbers.kind in _NUMBERS:
        nothing = Gathered(np.zeros(0, np.int64), (), groups.interrupt)
        return _put_aside(groups, (nothing, cols.nulls(0)), argument, at)
    return gather_lists(groups, argument, at)


def more(lists_more: More) -> More:
    """What goes on from a state by more rows. Args: lists_more: the same for lists"""

    def goes_on(
        groups: Groups, states: Sequence[Column], argument: Column | None, at: Position
    ) -> Sequence[Column]:
        numbers, shares = states
        if isinstance(numbers, Gathered):
            kinds = {column.kind for _, column in numbers.parts}
            if isinstance(argument, Pairs) and kinds == {argument.numbers.kind}:
                return _put_aside(groups, (numbers, shares), argument, at)
            states = [cols.mixed(numbers.to_list()), shares]
        return lists_more(groups, states, argument, at)

    return goes_on


def _put_aside(
    groups: Groups, states: tuple[Gathered, Column], argument: Pairs, at: Position
) -> Sequence[Column]:
    """A state of numbers of one type, with more of them."""
    numbers, known = states
    found = numbers.more(groups, argument.numbers)
    some = found.counts > 0
    shares = np.zeros(groups.count)
    if some.any():
        shares[:] = _share(argument.share, at)
    if known.kind is Kind.FLOAT:
        shares[: len(known)] = np.where(known.is_null(), shares[: len(known)], known.data)
    return [found, cols.floats(shares, some)]


def gather_lists(groups: Groups, argument: Column | None, at: Position) -> Sequence[Column]:
    """The state of rows, as lists. Raises: as `gather`"""
    assert argument is not None
    shares: list[Value] = [None] * groups.count
    lists: list[list[Number]] = [[] for _ in range(groups.count)]
    for part in groups.parts(argument):
        for code, pair in part:
            value, share = cast("list[Value]", pair)
            if value is None:
                continue
            if type(value) not in (int, float):
                raise wrong_type("A percentile", "numbers", value, at)
            if shares[code] is None:
                shares[code] = _share(share, at)
            lists[code].append(cast("Number", value))
    return [cols.mixed(lists), cols.from_values(shares)]


def merge(groups: Groups, states: Sequence[Column], _: Position) -> Sequence[Column]:
    """One state of many."""
    lists: list[list[Number]] = [[] for _ in range(groups.count)]
    shares: list[Value] = [None] * groups.count
    parts = zip(groups.codes.tolist(), states[0].data, states[1].to_list(), strict=True)
    for code, values, share in parts:
        lists[code] = longer(lists[code], values)
        if shares[code] is None:
            shares[code] = share
    return [cols.mixed(lists), cols.from_values(shares)]


def longer(items: list[Item], more: list[Item]) -> list[Item]:
    """The items of both, in the first list or, where it is empty, in the second.

    A list of millions that is a state, which nobody reads again, is so not copied as it grows.
    """
    if not items:
        return more
    items.extend(more)
    return items


def continuous(states: Sequence[Column], _: Position) -> Column:
    """percentileCont: between the two nearest numbers, by weight; a float."""
    numbers, shares = states
    if not isinstance(numbers, Gathered):
        return _answers(states, _between)
    at = shares.data * np.maximum(numbers.counts - 1, 0)
    weight = at - np.floor(at)
    ordered = _Ordered(numbers)
    below, above = ordered.at(np.floor(at)), ordered.at(np.ceil(at))
    with np.errstate(invalid="ignore", over="ignore"):
        between = below * (1 - weight) + above * weight
    return cols.floats(np.where(below == above, below, between), numbers.counts > 0)


def discrete(states: Sequence[Column], _: Position) -> Column:
    """percentileDisc: the nearest number itself."""
    numbers, shares = states
    if not isinstance(numbers, Gathered):
        return _answers(states, _nearest)
    at = shares.data * numbers.counts
    whole = np.floor(at)
    data = _Ordered(numbers).at(np.where((at != whole) | (whole == 0), whole, whole - 1))
    some = numbers.counts > 0
    return cols.ints(data, some) if data.dtype == np.int64 else cols.floats(data, some)


class _Ordered:
    """The numbers of each group in order; NaN is the largest."""

    def __init__(self, numbers: Gathered) -> None:
        interrupt = numbers.interrupt
        codes = joined([part for part, _ in numbers.parts], interrupt.check)
        column = cols.concat([part for _, part in numbers.parts], interrupt.check)
        keys = [cols.ints(codes), column] if len(numbers) > 1 else [column]
        order = sort_rows(keys, [False] * len(keys), len(codes), interrupt)
        self._data = taken(column.data, order, interrupt.check)
        self._starts = np.cumsum(numbers.counts) - numbers.counts

    def at(self, places: NDArray[np.float64]) -> NDArray[Any]:
        """One of the numbers of each group, 0 where it has none. Args: places: whole, within the group"""
        if not len(self._data):
            return np.zeros(len(places), self._data.dtype)
        found: NDArray[Any] = self._data[
            np.minimum(self._starts + places.astype(np.int64), len(self._data) - 1)
        ]
        return found


def _share(share: Value, at: Position) -> float:
    if type(share) not in (int, float):
        raise wrong_type("A percentile", "a number from 0 to 1", share, at)
    if not 0 <= share <= 1:  # type: ignore[operator]
        message = f"A percentile is a number from 0 to 1, but this is {share}{place(at)}."
        raise Invalid("illegal_argument", message, code=Code.OUT_OF_RANGE)
    return float(share)  # type: ignore[arg-type]


def _answers(states: Sequence[Column], answer: Callable[[list[Number], float], Number]) -> Column:
    """Null for a group without numbers."""
    found: list[Value] = []
    for values, share in zip(states[0].data, states[1].to_list(), strict=True):
        ordered = _ordered(values)
        found.append(answer(ordered, share) if ordered else None)  # type: ignore[arg-type]
    return cols.from_values(found)


def _ordered(values: list[Number]) -> list[Number]:
    """NaN is the largest number."""
    if set(map(type, values)) == {float}:
        in_order: list[Number] = np.sort(np.array(values), kind="stable").tolist()
        return in_order
    return sorted(values, key=lambda value: (value != value, value))


def _between(ordered: list[Number], share: float) -> float:
    at = share * (len(ordered) - 1)
    below, above = ordered[math.floor(at)], ordered[math.ceil(at)]
    if below == above:
        return float(below)
    weight = at - math.floor(at)
    return below * (1 - weight) + above * weight


def _nearest(ordered: list[Number], share: float) -> Number:
    at = share * len(ordered)
    whole = int(at)
    return ordered[whole if at != whole or whole == 0 else whole - 1]
