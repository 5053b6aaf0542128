"""Durations from amounts of units, whole and broken; arithmetic of durations and points in time.

Above: duration(), the parser, `+ - * /`. Below: `temporal`, `calendar`, `zones`.
A broken amount goes on in the next smaller part by mean lengths: half a month is 15.21875 days. All
sums are exact; what is left below a nanosecond is dropped.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from seaglass.engine.values.calendar import (
    DAY_NANOS,
    DAY_SECONDS,
    SECOND_NANOS,
    add_months,
)
from seaglass.engine.values.temporal import (
    MONTH_SECONDS,
    Date,
    DateTime,
    Duration,
    Instant,
    LocalDateTime,
    LocalTime,
    Time,
    carried,
    day,
    duration,
)
from seaglass.engine.values.zones import at_zone, in_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

# Unit -> the part that it counts in, and how much of it.
UNITS: dict[str, tuple[str, Fraction]] = {
    "years": ("months", Fraction(12)),
    "quarters": ("months", Fraction(3)),
    "months": ("months", Fraction(1)),
    "weeks": ("days", Fraction(7)),
    "days": ("days", Fraction(1)),
    "hours": ("seconds", Fraction(3600)),
    "minutes": ("seconds", Fraction(60)),
    "seconds": ("seconds", Fraction(1)),
    "milliseconds": ("seconds", Fraction(1, 10**3)),
    "microseconds": ("seconds", Fraction(1, 10**6)),
    "nanoseconds": ("seconds", Fraction(1, 10**9)),
}


def duration_of(amounts: Mapping[str, Fraction]) -> Duration:
    """The duration of so many of each unit.

    Raises: Invalid(illegal_argument) when a part does not fit in 64 bits
    """
    sums = {"months": Fraction(0), "days": Fraction(0), "seconds": Fraction(0)}
    for unit, amount in amounts.items():
        part, each = UNITS[unit]
        sums[part] += amount * each
    return _carry(sums["months"], sums["days"], sums["seconds"])


def _carry(months: Fraction, days: Fraction, seconds: Fraction) -> Duration:
    """Each part keeps its whole number, towards zero, and hands the rest on."""
    whole_months = int(months)
    days += (months - whole_months) * MONTH_SECONDS / DAY_SECONDS
    whole_days = int(days)
    seconds += (days - whole_days) * DAY_SECONDS
    return duration(whole_months, whole_days, 0, int(seconds * SECOND_NANOS))


def _seconds(value: Duration) -> Fraction:
    return value.seconds + Fraction(value.nanoseconds, SECOND_NANOS)


def times(value: Duration, factor: Fraction) -> Duration:
    """Raises: Invalid(illegal_argument) as duration_of"""
    return _carry(value.months * factor, value.days * factor, _seconds(value) * factor)


def negated(value: Duration) -> Duration:
    return duration(-value.months, -value.days, -value.seconds, -value.nanoseconds)


def added(left: Duration, right: Duration) -> Duration:
    """Part by part. Raises: Invalid(illegal_argument) as duration_of"""
    return duration(
        left.months + right.months,
        left.days + right.days,
        left.seconds + right.seconds,
        left.nanoseconds + right.nanoseconds,
    )


def moved(value: Instant, by: Duration) -> Instant:
    """The value later by the duration: first its months, then its days, then its time.

    A date takes of the time whole days only, a time of day takes nothing else and goes round at
    midnight. In a zone, months and days move the clock and the time moves the point in time.

    Raises: Invalid(illegal_argument) when the result lies outside the years that there are
    """
    nanos = by.seconds * SECOND_NANOS + by.nanoseconds
    match value:
        case Date():
            # Java's way: towards zero.
            more = abs(nanos) // DAY_NANOS * (-1 if nanos < 0 else 1)
            return Date(_moved_days(value.days, by, more), value.offset)
        case LocalTime():
            return LocalTime((value.nanos + nanos) % DAY_NANOS)
        case Time():
            return Time((value.nanos + nanos) % DAY_NANOS, value.offset)
        case LocalDateTime():
            return LocalDateTime(*carried(_moved_days(value.days, by), value.nanos + nanos))
        case DateTime():
            days = _moved_days(value.days, by)
            if value.zone is None:
                return DateTime(*carried(days, value.nanos + nanos), value.offset)
            # Where months and days move nothing, the offset of an hour that comes twice stays.
            local = value if days == value.days else at_zone(days, value.nanos, value.zone)
            later = DateTime(*carried(local.days, local.nanos + nanos), local.offset)
            return in_zone(later, value.zone)


def _moved_days(days: int, by: Duration, more: int = 0) -> int:
    months = day(add_months(days, by.months)) if by.months else days
    return day(months + by.days + more)
