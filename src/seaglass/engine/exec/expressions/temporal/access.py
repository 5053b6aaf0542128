"""`value.year`, `value.epochMillis`, `duration.minutesOfHour`: the parts of temporal values.

Above: `entities` (property access), `functions`. Below: `engine/values`.
Parts of a duration are whole numbers towards zero, each within months, days or time alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.values import calendar, months
from seaglass.engine.values.calendar import SECOND_NANOS, Number
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
    instant_of,
)
from seaglass.engine.values.temporal_text import offset_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Part = int | str
_MICROS = 1_000
_MILLIS = 1_000_000


def part(value: Temporal, key: str) -> Part:
    """The part of this name.

    Raises: Invalid(illegal_argument) when such a value has none
    """
    for kinds, parts in _TABLES:
        found = parts.get(key)
        if found is not None and isinstance(value, kinds):
            return found(value)
    raise Invalid("illegal_argument", f"The part {key} does not exist of {type_name(value)}")


def _civil(days: Number) -> tuple[Number, Number, Number]:
    return months.civil(days) if isinstance(days, np.ndarray) else calendar.civil(days)


def _quarter(days: Number) -> Number:
    return (_civil(days)[1] + 2) // 3


def _day_of_year(days: Number) -> Number:
    january = days * 0 + 1
    return days - calendar.days_of(_civil(days)[0], january, january) + 1


def _day_of_quarter(days: Number) -> Number:
    return days - calendar.quarter_start(_civil(days)[0], _quarter(days)) + 1


# What a day, or a time of day in nanoseconds, has: of one number, or of an array of them.
DAY_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda days: _civil(days)[0],
    "quarter": _quarter,
    "month": lambda days: _civil(days)[1],
    "week": lambda days: calendar.week_of(days)[1],
    "weekYear": lambda days: calendar.week_of(days)[0],
    "day": lambda days: _civil(days)[2],
    "ordinalDay": _day_of_year,
    "weekDay": calendar.week_day,
    "dayOfWeek": calendar.week_day,
    "dayOfQuarter": _day_of_quarter,
}
TIME_PARTS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda nanos: nanos // (3600 * SECOND_NANOS),
    "minute": lambda nanos: nanos // (60 * SECOND_NANOS) % 60,
    "second": lambda nanos: nanos // SECOND_NANOS % 60,
    "millisecond": lambda nanos: nanos % SECOND_NANOS // _MILLIS,
    "microsecond": lambda nanos: nanos % SECOND_NANOS // _MICROS,
    "nanosecond": lambda nanos: nanos % SECOND_NANOS,
}


def _day_part(function: Callable[[int], int]) -> Callable[..., Part]:
    return lambda value: function(value.days)


def _time_part(function: Callable[[int], int]) -> Callable[..., Part]:
    return lambda value: function(value.nanos)


def _timezone(value: Time | DateTime) -> str:
    zone = value.zone if isinstance(value, DateTime) else None
    return offset_text(value.offset) if zone is None else zone


def _epoch_millis(value: DateTime) -> int:
    seconds, nanos = instant_of(value)
    return seconds * 1000 + nanos // _MILLIS


_ZONE_PARTS: dict[str, Callable[..., Part]] = {
    "timezone": _timezone,
    "offset": lambda value: offset_text(value.offset),
    "offsetMinutes": lambda value: _toward_zero(value.offset, 60),
    "offsetSeconds": lambda value: value.offset,
}
_EPOCH_PARTS: dict[str, Callable[..., Part]] = {
    "epochSeconds": lambda value: instant_of(value)[0],
    "epochMillis": _epoch_millis,
}


def _toward_zero(number: int, divisor: int) -> int:
    whole = abs(number) // divisor
    return -whole if number < 0 else whole


def _remainder(number: int, divisor: int) -> int:
    return number - _toward_zero(number, divisor) * divisor


def _total(value: Duration, each: int) -> int:
    return (value.seconds * SECOND_NANOS + value.nanoseconds) // each


_DURATION_PARTS: dict[str, Callable[..., Part]] = {
    "years": lambda value: _toward_zero(value.months, 12),
    "quarters": lambda value: _toward_zero(value.months, 3),
    "months": lambda value: value.months,
    "weeks": lambda value: _toward_zero(value.days, 7),
    "days": lambda value: value.days,
    "hours": lambda value: _toward_zero(value.seconds, 3600),
    "minutes": lambda value: _toward_zero(value.seconds, 60),
    "seconds": lambda value: value.seconds,
    "milliseconds": lambda value: _total(value, _MILLIS),
    "microseconds": lambda value: _total(value, _MICROS),
    "nanoseconds": lambda value: _total(value, 1),
    "quartersOfYear": lambda value: _remainder(_toward_zero(value.months, 3), 4),
    "monthsOfQuarter": lambda value: _remainder(value.months, 3),
    "monthsOfYear": lambda value: _remainder(value.months, 12),
    "daysOfWeek": lambda value: _remainder(value.days, 7),
    "minutesOfHour": lambda value: _remainder(_toward_zero(value.seconds, 60), 60),
    "secondsOfMinute": lambda value: _remainder(value.seconds, 60),
    "millisecondsOfSecond": lambda value: value.nanoseconds // _MILLIS,
    "microsecondsOfSecond": lambda value: value.nanoseconds // _MICROS,
    "nanosecondsOfSecond": lambda value: value.nanoseconds,
}

_TABLES: tuple[tuple[tuple[type, ...], Mapping[str, Callable[..., Part]]], ...] = (
    (
        (Date, LocalDateTime, DateTime),
        {name: _day_part(function) for name, function in DAY_PARTS.items()},
    ),
    (
        (LocalTime, Time, LocalDateTime, DateTime),
        {name: _time_part(function) for name, function in TIME_PARTS.items()},
    ),
    ((Time, DateTime), _ZONE_PARTS),
    ((DateTime,), _EPOCH_PARTS),
    ((Duration,), _DURATION_PARTS),
)
