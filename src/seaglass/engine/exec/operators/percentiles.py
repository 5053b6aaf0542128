"""The aggregates percentileCont() and percentileDisc().

Above: `aggregates`. Below: `engine/values`.
Their argument is a list of two: the number, and the percentile from 0 to 1. A null number takes no
part. A state is the numbers of each group and the percentile of the group's first row; there is no
answer before all numbers are known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.expressions.evaluate import evaluate, operand
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Packed
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.operators.aggregates import Groups
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

    Number = int | float

Item = TypeVar("Item")
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
    assert argument is not None
    shares: list[Value] = [None] * groups.count
    if isinstance(argument, Pairs):
        found = groups.lists(argument.numbers)
        if any(found):
            checked = _share(argument.share, at)
            shares = [checked if values else None for values in found]
        return [cols.mixed(found), cols.from_values(shares)]
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
    return _answers(states, _between)


def discrete(states: Sequence[Column], _: Position) -> Column:
    """percentileDisc: the nearest number itself."""
    return _answers(states, _nearest)


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
