"""Temporal values: dates, times, points in time and durations, to the nanosecond.

Above: `types`, `order`, `equality`, everything that makes or reads temporal values. Below:
`calendar`.

    Date           a day; may carry the offset that its text had (Neptune keeps it)
    LocalTime      a time of day · Time: with an offset from UTC
    LocalDateTime  a day and a time of day
    DateTime       the same with an offset, and the name of a zone where one was given
    Duration       months, days, seconds and nanoseconds, kept apart: a month and a day have no
                   length of their own

`days` count from 1970-01-01, `nanos` from midnight, `offset` is in seconds east of UTC. What a
DateTime shows is local: day and time as a clock in its zone shows them.

Invariants: all fields are in range (`day`, `time_of_day`, `checked_offset`, `duration` see to it);
equal values have equal fields. A DateTime keeps the offset that its zone had when it was made, so
that what is stored reads the same whatever zone data is there later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from seaglass.base.errors import Invalid
from seaglass.engine.values.calendar import (
    DAY_NANOS,
    DAY_SECONDS,
    FIRST_DAY,
    LAST_DAY,
    SECOND_NANOS,
    YEAR_MAX,
)

if TYPE_CHECKING:
    import datetime as dt

# Java's and openCypher's bound; all offsets in use lie within 14 hours.
OFFSET_SECONDS_MAX = 18 * 3600
# The mean month of the Gregorian calendar: 146,097 days / 4,800.
MONTH_SECONDS = 2_629_746
_INT_MIN = -(2**63)
_INT_MAX = 2**63 - 1


class _Shown:
    """What all temporal values do: `str` gives their ISO 8601 text."""

    __slots__ = ()

    def __str__(self) -> str:
        from seaglass.engine.values.temporal_text import text_of

        assert isinstance(self, TEMPORALS)
        return text_of(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def to_native(self) -> dt.date | dt.time | dt.datetime | dt.timedelta:
        """The value of Python's `datetime` (see `temporal_native`).

        Raises: Invalid(illegal_argument) when Python has none: other years, durations with months
        """
        from seaglass.engine.values.temporal_native import to_native

        assert isinstance(self, TEMPORALS)
        return to_native(self)


@dataclass(frozen=True, slots=True, repr=False)
class Date(_Shown):
    """A day."""

    days: int
    offset: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class LocalTime(_Shown):
    """A time of day."""

    nanos: int


@dataclass(frozen=True, slots=True, repr=False)
class Time(_Shown):
    """A time of day with an offset."""

    nanos: int
    offset: int


@dataclass(frozen=True, slots=True, repr=False)
class LocalDateTime(_Shown):
    """A day and a time of day."""

    days: int
    nanos: int


@dataclass(frozen=True, slots=True, repr=False)
class DateTime(_Shown):
    """A point in time. Args: zone: its IANA name, None where only the offset is known"""

    days: int
    nanos: int
    offset: int
    zone: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Duration(_Shown):
    """A length of time. Args: nanoseconds: 0 <= nanoseconds < 10**9, also of a negative duration"""

    months: int
    days: int
    seconds: int
    nanoseconds: int


Instant: TypeAlias = Date | LocalTime | Time | LocalDateTime | DateTime
Temporal: TypeAlias = Instant | Duration

INSTANTS = (Date, LocalTime, Time, LocalDateTime, DateTime)
TEMPORALS = (*INSTANTS, Duration)
TEMPORAL_TYPES: frozenset[type] = frozenset(TEMPORALS)


def day(days: int) -> int:
    """Raises: Invalid(illegal_argument) when the day lies outside the years that there are"""
    if not FIRST_DAY <= days <= LAST_DAY:
        raise Invalid(
            "illegal_argument", f"The date lies outside the years -{YEAR_MAX} to {YEAR_MAX}"
        )
    return days


def checked_offset(offset: int) -> int:
    """Raises: Invalid(illegal_argument) when the offset is larger than 18 hours"""
    if abs(offset) > OFFSET_SECONDS_MAX:
        raise Invalid("illegal_argument", "An offset from UTC is at most 18 hours")
    return offset


def duration(months: int, days: int, seconds: int, nanoseconds: int) -> Duration:
    """A duration of these parts; nanoseconds of any size are carried into seconds.

    Raises: Invalid(illegal_argument) when a part does not fit in 64 bits
    """
    carried, rest = divmod(nanoseconds, SECOND_NANOS)
    seconds += carried
    for part in (months, days, seconds):
        if not _INT_MIN <= part <= _INT_MAX:
            raise Invalid("illegal_argument", "A part of the duration does not fit in 64 bits")
    return Duration(months, days, seconds, rest)


def instant_of(value: DateTime) -> tuple[int, int]:
    """Seconds since 1970 in UTC, and nanoseconds of that second."""
    seconds, nanos = divmod(value.nanos, SECOND_NANOS)
    return value.days * DAY_SECONDS + seconds - value.offset, nanos


def split_seconds(seconds: int) -> tuple[int, int]:
    """A day and the nanoseconds in it, of seconds since 1970."""
    days, rest = divmod(seconds, DAY_SECONDS)
    return days, rest * SECOND_NANOS


def sort_key(value: Temporal) -> tuple[int | str, ...]:
    """What values of one type are ordered by; equal keys exactly for equal values.

    Points in time come in their order; the same one in several zones from west to east, then by the
    name of the zone. Durations come by their mean length.
    """
    match value:
        case Date():
            return value.days, -OFFSET_SECONDS_MAX - 1 if value.offset is None else value.offset
        case LocalTime():
            return (value.nanos,)
        case Time():
            return value.nanos - value.offset * SECOND_NANOS, value.offset
        case LocalDateTime():
            return value.days, value.nanos
        case DateTime():
            return *instant_of(value), value.offset, value.zone or ""
        case Duration():
            mean = value.months * MONTH_SECONDS + value.days * DAY_SECONDS + value.seconds
            return mean, value.nanoseconds, value.months, value.days


def carried(days: int, nanos: int) -> tuple[int, int]:
    """A day and a time of day, of nanoseconds that may lie outside of the day.

    Raises: Invalid(illegal_argument) as `day`
    """
    more, rest = divmod(nanos, DAY_NANOS)
    return day(days + more), rest
