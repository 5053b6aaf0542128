"""The aggregate functions: how rows become states, states go on with more rows, and a state becomes
the answer.

Above: `aggregate`. Below: `engine/values`.
Nulls take no part. A state is one or more columns with one row per group. Numbers are added in the
order of the rows, on both paths and however many rows come at a time, so that they give the same
sum; that of integers is exact, and must fit in 64 bits only at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import located, place, wrong_type
from seaglass.engine.exec.operators import collecting, percentiles
from seaglass.engine.kernels import deviation
from seaglass.engine.values import column as cols
from seaglass.engine.values.amounts import added, times
from seaglass.engine.values.order import order_codes
from seaglass.engine.values.parts import spans
from seaglass.engine.values.temporal import Duration
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.types import Value

    States = Sequence[Column]
    First = Callable[["Groups", Column | None, Position], States]
    # Rows, and the states of the first groups, which have come before.
    More = Callable[["Groups", States, Column | None, Position], States]
    Merge = Callable[["Groups", States, Position], States]


# Rows that Python goes through between looks at cancellation: some milliseconds.
_PART_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Groups:
    """`codes`: int64[n], the group of each row, 0 <= code < `count`. `interrupt`: of the query."""

    codes: NDArray[np.int64]
    count: int
    interrupt: Interrupt

    @property
    def check(self) -> Callable[[], None]:
        """Raises when the query must end."""
        return self.interrupt.check

    def parts(self, column: Column) -> Iterator[Iterator[tuple[int, Value]]]:
        """The group and the value of each row, some thousand rows at a time."""
        for start in range(0, len(column), _PART_ROWS):
            self.check()
            part = column.slice(start, min(start + _PART_ROWS, len(column)))
            yield zip(self.codes[start : start + _PART_ROWS].tolist(), part.to_list(), strict=True)

    def lists(self, column: Column) -> list[list[Value]]:
        """The values of each group that are not null, in the order of the rows."""
        lists: list[list[Value]] = [[] for _ in range(self.count)]
        for start in range(0, len(column), _PART_ROWS):
            self.check()
            part = column.slice(start, min(start + _PART_ROWS, len(column)))
            codes = self.codes[start : start + _PART_ROWS]
            if part.valid is not None:
                rows = np.flatnonzero(part.valid)
                part, codes = part.take(rows), codes[rows]
            if not len(codes):
                continue
            if self.count == 1:
                lists[0] += part.to_list()
                continue
            order = np.argsort(codes, kind="stable")
            values, codes = part.take(order).to_list(), codes[order]
            firsts = np.flatnonzero(np.diff(codes, prepend=-1))
            ends = [*firsts[1:].tolist(), len(codes)]
            for code, first, end in zip(codes[firsts].tolist(), firsts.tolist(), ends, strict=True):
                lists[code] += values[first:end]
        return lists


@dataclass(frozen=True, slots=True)
class Function:
    """`states`: how many columns a state has."""

    states: int
    first: First
    more: More
    final: Callable[[States, Position], Column]


def _joining(first: First, merge: Merge) -> More:
    """What goes on by merging the states of what came before with those of the new rows."""

    def more(groups: Groups, states: States, argument: Column | None, at: Position) -> States:
        present = np.flatnonzero(np.bincount(groups.codes, minlength=groups.count))
        places = np.zeros(groups.count, np.int64)
        places[present] = np.arange(len(present))
        fresh = first(Groups(places[groups.codes], len(present), groups.interrupt), argument, at)
        codes = np.concatenate([np.arange(len(states[0])), present])
        both = [cols.concat(pair, groups.check) for pair in zip(states, fresh, strict=True)]
        return merge(Groups(codes, groups.count, groups.interrupt), both, at)

    return more


def _add_to(totals: NDArray[np.int64], groups: Groups, numbers: NDArray[np.int64]) -> None:
    """Adds each row's number to the total of its group."""
    for span in spans(len(numbers), groups.check):
        np.add.at(totals, groups.codes[span], numbers[span])


def _given(argument: Column | None) -> Column:
    assert argument is not None
    return argument


def _same(states: States, _: Position) -> Column:
    return states[0]


def _counts(groups: Groups, column: Column) -> NDArray[np.int64]:
    codes = groups.codes if column.valid is None else groups.codes[column.valid]
    return np.bincount(codes, minlength=groups.count)


def _count(groups: Groups, argument: Column | None, _: Position) -> States:
    if argument is None:
        return [cols.ints(np.bincount(groups.codes, minlength=groups.count))]
    return [cols.ints(_counts(groups, argument))]


def _more_counts(groups: Groups, states: States, argument: Column | None, at: Position) -> States:
    (fresh,) = _count(groups, argument, at)
    totals = fresh.data.astype(np.int64)
    totals[: len(states[0])] += states[0].data
    return [cols.ints(totals)]


def _sum(groups: Groups, argument: Column | None, at: Position) -> States:
    """The sum of no values is the integer 0; the counts tell it from values whose sum is 0."""
    return _totals(groups, argument, "sum()", at)


def _more_sums(groups: Groups, states: States, argument: Column | None, at: Position) -> States:
    return _more_totals(groups, states, argument, ("sum()", at))


def _final_sum(states: States, at: Position) -> Column:
    """Raises: Invalid(illegal_argument) for an integer of more than 64 bits."""
    totals = states[0]
    if totals.kind is Kind.MIXED and not all(map(_fits, totals.data)):
        raise Invalid("illegal_argument", f"The result of sum() overflows 64 bits{place(at)}.")
    return totals


def _totals(groups: Groups, argument: Column | None, what: str, at: Position) -> States:
    column = _given(argument)
    return [_total(groups, column, what, at), cols.ints(_counts(groups, column))]


def _more_totals(
    groups: Groups, states: States, argument: Column | None, told: tuple[str, Position]
) -> States:
    """Goes on adding where the rows before have come to."""
    totals, counts = states
    known = cols.masked(totals, counts.data > 0)
    column = cols.concat([known, _given(argument)], groups.check)
    codes = np.concatenate([np.arange(len(known)), groups.codes])
    total = _total(Groups(codes, groups.count, groups.interrupt), column, *told)
    return [total, *_more_counts(groups, [counts], argument, told[1])]


def _total(groups: Groups, column: Column, what: str, at: Position) -> Column:
    if column.kind is Kind.INT and _safe(column):
        totals = np.zeros(groups.count, np.int64)
        # What is null holds 0.
        _add_to(totals, groups, column.data)
        return cols.ints(totals)
    if column.kind is Kind.FLOAT and bool((_counts(groups, column) > 0).all()):
        return cols.floats(np.bincount(groups.codes, column.data, groups.count).astype(np.float64))
    found: list[int | float | Duration | None] = [None] * groups.count
    for part in groups.parts(column):
        for code, value in part:
            if value is not None:
                found[code] = _plus(found[code], value, what, at)
    sums = [0 if total is None else total for total in found]
    # More rows may bring a sum back into 64 bits.
    return cols.from_values(sums) if all(map(_fits, sums)) else cols.mixed(sums)


def _plus(
    total: int | float | Duration | None, value: Value, what: str, at: Position
) -> int | float | Duration:
    """Numbers and numbers, or durations and durations; a total of None is that of nothing."""
    if isinstance(value, Duration) and (total is None or isinstance(total, Duration)):
        try:
            return value if total is None else added(total, value)
        except Invalid as error:
            raise located(error, at) from None
    if isinstance(total, Duration):
        raise wrong_type(what, "either numbers or durations", value, at)
    return (0 if total is None else total) + _number(value, what, at)


def _safe(column: Column) -> bool:
    """Whether no sum of the column's integers can pass 64 bits."""
    data = column.data
    return len(data) == 0 or max(-int(data.min()), int(data.max())) * len(data) <= INT_MAX


def _fits(number: Value) -> bool:
    return not isinstance(number, int) or INT_MIN <= number <= INT_MAX


def _number(value: Value, what: str, at: Position) -> int | float:
    if type(value) is int or type(value) is float:
        return value
    raise wrong_type(what, "numbers", value, at)


def _avg(groups: Groups, argument: Column | None, at: Position) -> States:
    return _totals(groups, argument, "avg()", at)


def _more_averages(groups: Groups, states: States, argument: Column | None, at: Position) -> States:
    return _more_totals(groups, states, argument, ("avg()", at))


def _average(states: States, _: Position) -> Column:
    """Null for no values."""
    counts = states[1].data
    if states[0].kind is Kind.FLOAT:
        with np.errstate(all="ignore"):
            return cols.masked(cols.floats(states[0].data / counts), counts > 0)
    pairs = zip(states[0].to_list(), counts.tolist(), strict=True)
    return cols.from_values([_share(total, count) if count else None for total, count in pairs])


def _share(total: Value, count: int) -> Value:
    if isinstance(total, Duration):
        return times(total, Fraction(1, count))
    assert isinstance(total, int | float)
    return total / count


def _extreme(groups: Groups, column: Column, largest: bool) -> Column:
    """The first row of each group that no other row of it precedes (or follows); null for no
    values."""
    if len(column) == 0 or (column.valid is not None and not column.valid.any()):
        return cols.nulls(groups.count)
    codes = order_codes(column, groups.interrupt)

    def ranked(span: slice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows with a value, and codes of which the least is wanted."""
        rows = np.arange(span.start, span.stop)
        if column.valid is not None:
            rows = rows[column.valid[span]]
        return rows, ~codes[rows] if largest else codes[rows]

    best = np.full(groups.count, INT_MAX, np.int64)
    places = np.full(groups.count, -1, np.int64)
    parts = list(spans(len(column), groups.check))
    for span in parts:
        groups.check()
        rows, some = ranked(span)
        if groups.count == 1:
            best[0] = min(best[0], some.min(initial=INT_MAX))
        else:
            np.minimum.at(best, groups.codes[rows], some)
    # Written from the last to the first, so that the first hit stays.
    for span in reversed(parts):
        groups.check()
        rows, some = ranked(span)
        hits = rows[some == best[groups.codes[rows]]]
        places[groups.codes[hits][::-1]] = hits[::-1]
    taken = [column.take_or_null(places[span]) for span in spans(groups.count, groups.check)]
    return cols.concat(taken, groups.check)


def _min(groups: Groups, argument: Column | None, _: Position) -> States:
    return [_extreme(groups, _given(argument), largest=False)]


def _max(groups: Groups, argument: Column | None, _: Position) -> States:
    return [_extreme(groups, _given(argument), largest=True)]


def _merge_min(groups: Groups, states: States, _: Position) -> States:
    return [_extreme(groups, states[0], largest=False)]


def _merge_max(groups: Groups, states: States, _: Position) -> States:
    return [_extreme(groups, states[0], largest=True)]


def _numbers(groups: Groups, argument: Column | None, at: Position) -> States:
    nothing = [cols.floats(np.zeros(0, np.float64))] * deviation.STATES
    return _more_numbers(groups, nothing, argument, at)


def _more_numbers(groups: Groups, states: States, argument: Column | None, at: Position) -> States:
    column = _given(argument)
    state = np.zeros((deviation.STATES, groups.count), np.float64)
    for number, known in enumerate(states):
        state[number, : len(known)] = known.data
    if column.kind in (Kind.INT, Kind.FLOAT):
        for span in spans(len(column), groups.check):
            codes, numbers = groups.codes[span], column.data[span].astype(np.float64)
            if column.valid is not None:
                codes, numbers = codes[column.valid[span]], numbers[column.valid[span]]
            deviation.gather(codes, numbers, state)
    else:
        for part in groups.parts(column):
            pairs = [
                (code, float(_number(value, "stDev()", at)))
                for code, value in part
                if value is not None
            ]
            codes = np.array([code for code, _ in pairs], np.int64)
            deviation.gather(codes, np.array([number for _, number in pairs], np.float64), state)
    return [cols.floats(row) for row in state]


def _sample_deviation(states: States, _: Position) -> Column:
    return cols.floats(deviation.deviations(np.stack([one.data for one in states]), 1))


def _population_deviation(states: States, _: Position) -> Column:
    return cols.floats(deviation.deviations(np.stack([one.data for one in states]), 0))


_MORE_PERCENTILES = percentiles.more(_joining(percentiles.gather_lists, percentiles.merge))

AGGREGATES: dict[str, Function] = {
    "count": Function(1, _count, _more_counts, _same),
    "sum": Function(2, _sum, _more_sums, _final_sum),
    "avg": Function(2, _avg, _more_averages, _average),
    "min": Function(1, _min, _joining(_min, _merge_min), _same),
    "max": Function(1, _max, _joining(_max, _merge_max), _same),
    "collect": Function(1, collecting.gather, collecting.gather_more, collecting.in_order),
    "percentileCont": Function(2, percentiles.gather, _MORE_PERCENTILES, percentiles.continuous),
    "percentileDisc": Function(2, percentiles.gather, _MORE_PERCENTILES, percentiles.discrete),
    "stDev": Function(deviation.STATES, _numbers, _more_numbers, _sample_deviation),
    "stDevP": Function(deviation.STATES, _numbers, _more_numbers, _population_deviation),
}
