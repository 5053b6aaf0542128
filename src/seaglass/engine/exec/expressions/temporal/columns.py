"""Temporal values that are held as numbers: parts, truncation, comparison, sums and lengths of whole columns.

Above: `functions`, `entities`, `comparison`, `arithmetic`. Below: `access`, `engine/values`.
Each function here says the same as its like for one value (`access`, `truncate`, `amounts`, `between`), or
None where it leaves the answer to that: for zones whose offset changes, for days so far from 1970 that
64 bits may not do, and where values would be refused.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.expressions.temporal.access import DAY_PARTS, TIME_PARTS
from seaglass.engine.exec.expressions.temporal.truncate import TIME_UNITS, YEAR_UNITS, unit_of
from seaglass.engine.exec.expressions.values import both_valid, rows_of
from seaglass.engine.values import calendar, months
from seaglass.engine.values import column as cols
from seaglass.engine.values.amounts import UNITS
from seaglass.engine.values.calendar import DAY_NANOS, DAY_SECONDS, SECOND_NANOS
from seaglass.engine.values.maps import Maps
from seaglass.engine.values.packed import Form, Times, times_of
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
)
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    Numbers = NDArray[np.int64]

_DATED = (Date, LocalDateTime, DateTime)
# So many of them can be added in 64 bits, and stay within the years that there are. 50,000 days are 136
# years on both sides of 1970, so that the nanoseconds between two of them fit as well.
_NEAR_DAYS = 10**8
_NEAR_MONTHS = 10**6
_NEAR_SECONDS = 10**12
_NEAR_AMOUNT = 10**9
# Of so many seconds the nanoseconds fit in 64 bits.
_NEAR_NANOS_SECONDS = 9 * 10**9
_CLOSE_DAYS = 50_000
_DURATION_PARTS = ("months", "days", "seconds")
_EACH: dict[Op, Callable[[Numbers, Numbers], NDArray[np.bool_]]] = {
    Op.LT: np.less,
    Op.LE: np.less_equal,
    Op.GT: np.greater,
    Op.GE: np.greater_equal,
}


def part_of(subject: Times, key: str) -> Column | None:
    """`subject.key`."""
    kind = subject.form.type
    if kind is Duration:
        return cols.ints(subject.field(key), subject.valid) if key in _DURATION_PARTS else None
    if kind in _DATED and key in DAY_PARTS:
        found = DAY_PARTS[key](subject.field("days"))
    elif kind is not Date and key in TIME_PARTS:
        found = TIME_PARTS[key](subject.field("nanos"))
    else:
        return None
    if subject.valid is not None:
        found = np.where(subject.valid, found, 0)
    return cols.ints(found, subject.valid)


def compared(operator: Op, left: Column, right: Column) -> Column | None:
    """`left operator right`; one of the two may be a constant."""
    one, two = _as_times(left), _as_times(right)
    if one is None or two is None or Duration in (one.form.type, two.form.type):
        return None
    if one.form == two.form and (one.form.type is not DateTime or _same_offset(one, two)):
        truth = _truth(operator, one.fields[:2], two.fields[:2])
    elif one.form.type is two.form.type is DateTime:
        truth = _truth(operator, *_moments(one, two))
    else:
        return None
    valid = both_valid(one, two, rows_of(left, right))
    return cols.bools(truth, None) if valid is None else cols.bools(truth & valid, valid)


def _as_times(column: Column) -> Times | None:
    if isinstance(column, Times):
        return column
    return times_of(column.to_list()) if len(column) == 1 else None


def _moments(*both: Times) -> list[tuple[Numbers, ...]]:
    """What datetimes of several offsets and zones are ordered by, as `values/temporal.sort_key` says."""
    zones = [str(times.form.rest[0] or "") for times in both]
    found: list[tuple[Numbers, ...]] = []
    for times, zone in zip(both, zones, strict=True):
        seconds, nanos = np.divmod(times.field("nanos"), SECOND_NANOS)
        offset = times.field("offset")
        seconds += times.field("days") * DAY_SECONDS - offset
        found.append((seconds, nanos, offset, np.array([zone > min(zones)], np.int64)))
    return found


def _truth(
    operator: Op, left: tuple[Numbers, ...], right: tuple[Numbers, ...]
) -> NDArray[np.bool_]:
    """By the first numbers that differ."""
    pairs = list(zip(left, right, strict=True))
    if operator in (Op.EQ, Op.NE):
        same: NDArray[np.bool_] = reduce(np.logical_and, [one == two for one, two in pairs])
        return same if operator is Op.EQ else ~same
    each = _EACH[operator]
    truth = each(*pairs.pop())
    for one, two in reversed(pairs):
        truth = np.where(one == two, truth, each(one, two))
    return truth


def _alike(left: Column, right: Column) -> tuple[Times | None, Times | None]:
    """Both as columns of one form; a constant is put into that of the other."""
    if isinstance(left, Times):
        return left, left.alike(right)
    if isinstance(right, Times):
        return right.alike(left), right
    return None, None


def _zoned(times: Times) -> bool:
    """Whether the values are in a zone, whose offset depends on the day."""
    return times.form.type is DateTime and times.form.rest != (None,)


def _same_offset(one: Times, two: Times) -> bool:
    offsets = (one.fields[2], two.fields[2])
    first = offsets[0][:1]
    return all(bool((some == first).all()) for some in offsets)


def durations(given: Column) -> Times | None:
    """`duration({days: x})`: whole numbers of units that are whole seconds or more."""
    if not isinstance(given, Maps) or given.valid is not None:
        return None
    nothing = np.zeros(len(given), np.int64)
    parts = dict.fromkeys(_DURATION_PARTS, nothing)
    for key, column in zip(given.keys, given.columns, strict=True):
        part, each = UNITS.get(key, ("", Fraction()))
        if not part or each.denominator > 1 or column.kind is not Kind.INT:
            return None
        if column.valid is not None or not _near(column.data, _NEAR_AMOUNT):
            return None
        parts[part] = parts[part] + column.data * each.numerator
    return Times(Form(Duration, ()), (*parts.values(), nothing), None)


def moved(operator: Op, left: Column, right: Column) -> Column | None:
    """`left + right` or `left - right` of points in time and durations; one may be a constant."""
    if operator not in (Op.ADD, Op.SUBTRACT):
        return None
    kinds = [one.form.type if isinstance(one, Times) else None for one in (left, right)]
    if kinds == [None, None]:
        return None
    if operator is Op.ADD and (kinds[0] is Duration or kinds[1] in _DATED):
        left, right = right, left
    by, times, rows = _length(right), _as_times(left), rows_of(left, right)
    if by is None or times is None or times.form.type not in _DATED or _zoned(times):
        return None
    if len(times) < rows:
        times = cast("Times", times.take(np.zeros(rows, np.int64)))
    days = times.field("days")
    if not _near(days, _NEAR_DAYS):
        return None
    by_months, by_days, length = by if operator is Op.ADD else tuple([-one for one in by])
    days = (months.months_later(days, by_months) if np.any(by_months) else days) + by_days
    times = Times(times.form, times.fields, both_valid(times, right, rows))
    if times.form.type is Date:
        whole = abs(length) // DAY_NANOS
        return _like(times, (days + np.where(length < 0, -whole, whole),))
    more, rest = divmod(length, DAY_NANOS)
    carried, nanos = np.divmod(times.field("nanos") + rest, DAY_NANOS)
    return _like(times, (days + more + carried, nanos, *times.fields[2:]))


def _length(column: Column) -> tuple[Any, Any, Any] | None:
    """Months, days and nanoseconds of durations, as numbers or int64[n]; None of what is none, or so
    long that it must be reckoned one by one."""
    parts: tuple[Any, ...]
    if isinstance(column, Times) and column.form.type is Duration:
        parts, seconds_max = column.fields, _NEAR_NANOS_SECONDS
    elif len(column) == 1 and isinstance(by := column.value(0), Duration):
        parts, seconds_max = (by.months, by.days, by.seconds, by.nanoseconds), _NEAR_SECONDS
    else:
        return None
    by_months, by_days, seconds, nanos = parts
    near = _near(by_months, _NEAR_MONTHS) and _near(by_days, _NEAR_DAYS)
    if not near or not _near(seconds, seconds_max):
        return None
    return by_months, by_days, seconds * SECOND_NANOS + nanos


def _like(times: Times, fields: tuple[Numbers, ...], form: Form | None = None) -> Times:
    """A column with nulls where `times` has them."""
    if times.valid is not None:
        fields = tuple(np.where(times.valid, field, 0) for field in fields)
    return Times(form or times.form, fields, times.valid)


def _near(numbers: Numbers | int, most: int) -> bool:
    # Not by abs(): the least integer has no positive partner.
    return bool(np.all((numbers >= -most) & (numbers <= most)))


def truncated(kind: type, unit: Value, value: Column) -> Column | None:
    """`date.truncate(unit, value)` and its kin, without fields."""
    if not isinstance(value, Times) or value.form.type not in _DATED or kind not in _DATED:
        return None
    name = unit_of(unit)
    days = value.field("days")
    if name is None or not _near(days, _NEAR_DAYS) or (kind is Date and name in TIME_UNITS):
        return None
    if _zoned(value):
        return None
    first = _first_day(name, days)
    if kind is Date:
        return _like(value, (first,), Form(Date, (None,)))
    each = TIME_UNITS.get(name, DAY_NANOS)
    nanos = np.zeros(len(days), np.int64)
    if value.form.type is not Date:
        nanos = value.field("nanos")
        nanos = nanos - nanos % each
    if kind is LocalDateTime:
        return _like(value, (first, nanos), Form(LocalDateTime, ()))
    offset = value.fields[2] if value.form.type is DateTime else np.zeros(len(days), np.int64)
    return _like(value, (first, nanos, offset), Form(DateTime, (None,)))


def _first_day(unit: str, days: Numbers) -> Numbers:
    if unit == "month":
        return months.month_start(days)
    year, month, _ = months.civil(days)
    one = np.ones(len(days), np.int64)
    if unit in YEAR_UNITS:
        return calendar.days_of(year - year % YEAR_UNITS[unit], one, one)
    match unit:
        case "weekYear":
            return calendar.first_week(calendar.week_of(days)[0])
        case "quarter":
            return calendar.quarter_start(year, (month + 2) // 3)
        case "week":
            return days - calendar.week_day(days) + 1
        case _:
            return days


def lengths(name: str, first: Column, second: Column) -> Column | None:
    """`duration.between(first, second)` and its kin; one of the two may be a constant."""
    one, two = _alike(first, second)
    if (
        one is None
        or two is None
        or one.form.type not in (Date, LocalDateTime, LocalTime, DateTime)
    ):
        return None
    if _zoned(one) or (one.form.type is DateTime and not _same_offset(one, two)):
        return None
    rows = rows_of(first, second)
    (days, nanos), (last, last_nanos) = (_clock(side, rows) for side in (one, two))
    if not (_near(days, _CLOSE_DAYS) and _near(last, _CLOSE_DAYS)):
        return None
    whole = more = np.zeros(rows, np.int64)
    dated = one.form.type is not LocalTime
    if name in ("duration.between", "duration.inMonths") and dated:
        whole = _months_between((days, nanos), (last, last_nanos))
    if name == "duration.between" and dated:
        days = months.months_later(days, whole)
    if name in ("duration.between", "duration.inDays") and dated:
        more = _days_between((days, nanos), (last, last_nanos))
    seconds = rest = np.zeros(rows, np.int64)
    if name in ("duration.between", "duration.inSeconds"):
        left = (last - days - more) * DAY_NANOS + last_nanos - nanos
        seconds, rest = np.divmod(left, SECOND_NANOS)
    valid = both_valid(one, two, rows)
    found = Times(Form(Duration, ()), (whole, more, seconds, rest), None)
    return found if valid is None else cols.masked(found, valid)


def _clock(times: Times, rows: int) -> tuple[Numbers, Numbers]:
    """Days and nanoseconds of each row."""
    nothing = np.zeros(len(times), np.int64)
    days = nothing if times.form.type is LocalTime else times.field("days")
    nanos = nothing if times.form.type is Date else times.field("nanos")
    return np.broadcast_to(days, rows), np.broadcast_to(nanos, rows)


def _reached(first: tuple[Numbers, Numbers], second: tuple[Numbers, Numbers]) -> Numbers:
    """The day that is the last one reached."""
    days, nanos = first
    last, last_nanos = second
    if not nanos.any() and not last_nanos.any():
        return last
    before = (last > days) & (last_nanos < nanos)
    after = (last < days) & (last_nanos > nanos)
    return last - before + after


def _days_between(first: tuple[Numbers, Numbers], second: tuple[Numbers, Numbers]) -> Numbers:
    return _reached(first, second) - first[0]


def _months_between(first: tuple[Numbers, Numbers], second: tuple[Numbers, Numbers]) -> Numbers:
    start, last = months.civil(first[0]), months.civil(_reached(first, second))
    found = (last[0] - start[0]) * 12 + last[1] - start[1]
    early = (found > 0) & (last[2] < start[2])
    late = (found < 0) & (last[2] > start[2])
    return found - early + late
