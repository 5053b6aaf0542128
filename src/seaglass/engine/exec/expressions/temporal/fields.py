"""Maps such as {year: 2024, week: 7, hour: 9} as a day and a time of day.

Above: `make`, `truncate`. Below: `engine/values`.
A day is given by month and day, by week and dayOfWeek, by ordinalDay, or by quarter and
dayOfQuarter; fields of two of these ways do not go together. With a base (a date that the map
names, or a value that is truncated) what is not given is the base's; without, it is the smallest,
and a field needs the next larger one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.values import calendar
from seaglass.engine.values.calendar import SECOND_NANOS
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.temporal import day as checked_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.values.types import Value

# Each way to give a day, with its fields from large to small; `year` goes with all.
_WAYS: dict[str, tuple[str, ...]] = {
    "calendar": ("month", "day"),
    "week": ("week", "dayOfWeek"),
    "ordinal": ("ordinalDay",),
    "quarter": ("quarter", "dayOfQuarter"),
}
_CLOCK = ("hour", "minute", "second")
_CLOCK_MAX = {"hour": 23, "minute": 59, "second": 59}
# Parts of a second: how many nanoseconds each has.
_PARTS = {"millisecond": 1_000_000, "microsecond": 1_000, "nanosecond": 1}

DATE_FIELDS = frozenset({"year", *(name for names in _WAYS.values() for name in names)})
TIME_FIELDS = frozenset({*_CLOCK, *_PARTS})


def whole(fields: Mapping[str, Value], name: str) -> int | None:
    """The integer in a field, None where it is not given.

    Raises: Invalid(illegal_argument) when it holds something else
    """
    if name not in fields:
        return None
    value = fields[name]
    if type(value) is not int:
        raise Invalid(
            "illegal_argument", f"The field {name} needs an integer, but got {type_name(value)}"
        )
    return value


def _within(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise Invalid(
            "illegal_argument", f"The field {name} is from {low} to {high} here, but got {value}"
        )
    return value


def build_day(fields: Mapping[str, Value], base: int | None) -> int:
    """The number of the day that the fields name.

    Args: base: a day's number, or None

    Raises: Invalid(illegal_argument) when they name none
    """
    ways = [way for way, names in _WAYS.items() if any(name in fields for name in names)]
    if len(ways) > 1:
        names = ", ".join(name for way in ways for name in _WAYS[way] if name in fields)
        raise Invalid("illegal_argument", f"The fields {names} name a day in two ways")
    way = ways[0] if ways else "calendar"
    year = whole(fields, "year")
    if base is None:
        if year is None:
            raise Invalid("illegal_argument", "A date needs the field year")
        _check_larger(fields, _WAYS[way])
    elif year is None and not ways:
        return base
    if year is not None:
        _within("year", year, -calendar.YEAR_MAX, calendar.YEAR_MAX)
    return checked_day(_BUILDERS[way](fields, year, base))


def _check_larger(fields: Mapping[str, Value], names: tuple[str, ...]) -> None:
    """A field may only be given together with the larger ones."""
    for larger, smaller in pairwise(names):
        if smaller in fields and larger not in fields:
            raise Invalid("illegal_argument", f"The field {smaller} needs the field {larger}")


def _calendar_day(fields: Mapping[str, Value], year: int | None, base: int | None) -> int:
    from_year, from_month, from_day = (1, 1, 1) if base is None else calendar.civil(base)
    year = from_year if year is None else year
    month = whole(fields, "month")
    month = from_month if month is None else _within("month", month, 1, 12)
    most = calendar.month_days(year, month)
    day = whole(fields, "day")
    return calendar.days_of(
        year, month, min(from_day, most) if day is None else _within("day", day, 1, most)
    )


def _week_day(fields: Mapping[str, Value], year: int | None, base: int | None) -> int:
    from_year, from_week = (1, 1) if base is None else calendar.week_of(base)
    from_day = 1 if base is None else calendar.week_day(base)
    year = from_year if year is None else year
    most = calendar.weeks_in(year)
    week = whole(fields, "week")
    week = min(from_week, most) if week is None else _within("week", week, 1, most)
    day = whole(fields, "dayOfWeek")
    day = from_day if day is None else _within("dayOfWeek", day, 1, 7)
    return calendar.first_week(year) + 7 * (week - 1) + day - 1


def _ordinal_day(fields: Mapping[str, Value], year: int | None, base: int | None) -> int:
    if year is None:
        assert base is not None
        year = calendar.civil(base)[0]
    day = whole(fields, "ordinalDay")
    assert day is not None
    most = 366 if calendar.is_leap(year) else 365
    return calendar.days_of(year, 1, 1) + _within("ordinalDay", day, 1, most) - 1


def _quarter_day(fields: Mapping[str, Value], year: int | None, base: int | None) -> int:
    from_year, from_quarter, from_day = 1, 1, 1
    if base is not None:
        from_year, month, _ = calendar.civil(base)
        from_quarter = (month + 2) // 3
        from_day = base - calendar.quarter_start(from_year, from_quarter) + 1
    year = from_year if year is None else year
    quarter = whole(fields, "quarter")
    quarter = from_quarter if quarter is None else _within("quarter", quarter, 1, 4)
    start = calendar.quarter_start(year, quarter)
    most = calendar.quarter_start(year, quarter + 1) - start
    day = whole(fields, "dayOfQuarter")
    day = min(from_day, most) if day is None else _within("dayOfQuarter", day, 1, most)
    return start + day - 1


_BUILDERS = {
    "calendar": _calendar_day,
    "week": _week_day,
    "ordinal": _ordinal_day,
    "quarter": _quarter_day,
}


def build_nanos(fields: Mapping[str, Value], base: int | None) -> int:
    """The time of day that the fields name, in nanoseconds.

    Args: base: such a time, or None for midnight with every field given from the hour down

    Raises: Invalid(illegal_argument) when they name none
    """
    if base is None:
        finest = next((name for name in _PARTS if name in fields), None)
        _check_larger(fields, _CLOCK if finest is None else (*_CLOCK, finest))
    seconds, rest = divmod(base or 0, SECOND_NANOS)
    minutes, from_second = divmod(seconds, 60)
    parts = {"hour": minutes // 60, "minute": minutes % 60, "second": from_second}
    for name in _CLOCK:
        given = whole(fields, name)
        if given is not None:
            parts[name] = _within(name, given, 0, _CLOCK_MAX[name])
    if any(name in fields for name in _PARTS):
        rest = _fraction(fields)
    total = (parts["hour"] * 60 + parts["minute"]) * 60 + parts["second"]
    return total * SECOND_NANOS + rest


def _fraction(fields: Mapping[str, Value]) -> int:
    """Nanoseconds of a second; a part counts within the next larger one that is given."""
    total = 0
    room = SECOND_NANOS
    for name, nanos in _PARTS.items():
        given = whole(fields, name)
        if given is not None:
            total += _within(name, given, 0, room // nanos - 1) * nanos
            room = nanos
    return total
