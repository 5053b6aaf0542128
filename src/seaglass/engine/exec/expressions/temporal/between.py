"""`duration.between` and its kin: the length from one instant to another.

Above: `functions`. Below: `engine/values`.
The two are made alike first: a date begins at midnight, a time without a date takes the other's
date, and one without a zone takes the other's zone. Then it is whole months, then whole days, and
the rest in nanoseconds; two in zones are compared on the clock of the first.

Source: openCypher CIP2015-08-06, "Durations between temporal instants"; java.time's `until`.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaglass.engine.values import zones
from seaglass.engine.values.amounts import moved
from seaglass.engine.values.calendar import DAY_NANOS, SECOND_NANOS, civil
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    Instant,
    LocalDateTime,
    LocalTime,
    Time,
    duration,
)

_NOTHING = Duration(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two instants of one kind: both DateTimes, or both LocalDateTimes."""

    first: DateTime | LocalDateTime
    second: DateTime | LocalDateTime


def between(first: Instant, second: Instant) -> Duration:
    """Months, days and the rest."""
    months = days = 0
    if _dated(first) and _dated(second):
        months = _months(first, second)
        first = moved(first, Duration(months, 0, 0, 0))
        days = _days(first, second)
        first = moved(first, Duration(0, days, 0, 0))
    return duration(months, days, 0, _nanos(first, second))


def in_months(first: Instant, second: Instant) -> Duration:
    if not (_dated(first) and _dated(second)):
        return _NOTHING
    return duration(_months(first, second), 0, 0, 0)


def in_days(first: Instant, second: Instant) -> Duration:
    if not (_dated(first) and _dated(second)):
        return _NOTHING
    return duration(0, _days(first, second), 0, 0)


def in_seconds(first: Instant, second: Instant) -> Duration:
    return duration(0, 0, 0, _nanos(first, second))


def _dated(value: Instant) -> bool:
    return isinstance(value, Date | LocalDateTime | DateTime)


def _zoned(value: Instant) -> bool:
    return isinstance(value, Time | DateTime)


def _alike(first: Instant, second: Instant) -> _Pair:
    """Two times stand on one day, any: only their difference counts."""
    day = next((v.days for v in (first, second) if not isinstance(v, LocalTime | Time)), 0)
    zone: str | int | None = None
    for value in (second, first):
        if isinstance(value, DateTime):
            zone = zones.zone_of(value)
        elif isinstance(value, Time):
            zone = value.offset
    return _Pair(_placed(first, day, zone), _placed(second, day, zone))


def _placed(value: Instant, day: int, zone: str | int | None) -> DateTime | LocalDateTime:
    match value:
        case DateTime():
            return value
        case Time():
            return DateTime(day, value.nanos, value.offset)
        case Date():
            local = LocalDateTime(value.days, 0)
        case LocalTime():
            local = LocalDateTime(day, value.nanos)
        case LocalDateTime():
            local = value
    return local if zone is None else zones.local_in(local.days, local.nanos, zone)


def _nanos(first: Instant, second: Instant) -> int:
    pair = _alike(first, second)
    return _absolute(pair.second) - _absolute(pair.first)


def _absolute(value: DateTime | LocalDateTime) -> int:
    offset = value.offset if isinstance(value, DateTime) else 0
    return value.days * DAY_NANOS + value.nanos - offset * SECOND_NANOS


def _local_days(first: Instant, second: Instant) -> tuple[int, int]:
    """The first day and the day that is the last one reached, on the clock of the first."""
    pair = _alike(first, second)
    start, end = pair.first, pair.second
    if isinstance(start, DateTime) and isinstance(end, DateTime):
        end = zones.moved_to(end, zones.zone_of(start))
    last = end.days
    if last > start.days and end.nanos < start.nanos:
        last -= 1
    elif last < start.days and end.nanos > start.nanos:
        last += 1
    return start.days, last


def _days(first: Instant, second: Instant) -> int:
    start, last = _local_days(first, second)
    return last - start


def _months(first: Instant, second: Instant) -> int:
    start, last = map(civil, _local_days(first, second))
    months = (last[0] - start[0]) * 12 + last[1] - start[1]
    if months > 0 and last[2] < start[2]:
        return months - 1
    if months < 0 and last[2] > start[2]:
        return months + 1
    return months
