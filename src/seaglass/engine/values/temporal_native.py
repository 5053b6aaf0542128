"""Temporal values and those of Python's `datetime`.

Above: parameters, bulk loading, `temporal` (`to_native`). Below: `temporal`, `zones`.

    Date           datetime.date
    LocalTime      datetime.time without a tzinfo · Time: with one
    LocalDateTime  datetime.datetime without a tzinfo · DateTime: with one
    Duration       datetime.timedelta (days, seconds, microseconds; no months)

From Python all is taken, and exactly; NaT of pandas, which is a datetime there, is null. To Python
goes what Python has: the years 1 to 9999; what is finer than a microsecond is cut off.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from seaglass.base.errors import Invalid
from seaglass.engine.values.calendar import DAY_SECONDS, SECOND_NANOS, civil
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
    checked_offset,
    duration,
)
from seaglass.engine.values.zones import in_zone, plain_zone, zone_data

if TYPE_CHECKING:
    from typing import TypeAlias

    Native: TypeAlias = dt.date | dt.time | dt.datetime | dt.timedelta

NATIVE = (dt.date, dt.time, dt.timedelta)
_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
_YEARS = (dt.MINYEAR, dt.MAXYEAR)


def from_native(value: Native) -> Temporal | None:
    """Raises: Invalid(illegal_argument) where an offset has parts of a second or more than 18
    hours, or a zone has no data"""
    if value != value:
        return None
    # A datetime is a date, too.
    if isinstance(value, dt.datetime):
        days = value.toordinal() - _EPOCH_ORDINAL
        offset = _offset_of(value)
        if offset is None:
            return LocalDateTime(days, _nanos_of(value))
        moment = DateTime(days, _nanos_of(value), checked_offset(offset))
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        return moment if zone is None or not plain_zone(zone) else in_zone(moment, zone)
    if isinstance(value, dt.date):
        return Date(value.toordinal() - _EPOCH_ORDINAL)
    if isinstance(value, dt.time):
        offset = _offset_of(value)
        nanos = _nanos_of(value)
        return LocalTime(nanos) if offset is None else Time(nanos, checked_offset(offset))
    return duration(0, value.days, value.seconds, value.microseconds * 1000)


def _nanos_of(value: dt.datetime | dt.time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * SECOND_NANOS + value.microsecond * 1000


def _offset_of(value: dt.datetime | dt.time) -> int | None:
    offset = value.utcoffset()
    if offset is None:
        return None
    if offset.microseconds:
        raise Invalid("illegal_argument", f"{value!r} has an offset with parts of a second")
    return offset.days * DAY_SECONDS + offset.seconds


def to_native(value: Temporal) -> Native:
    """Raises: Invalid(illegal_argument) when Python's types have no such value"""
    match value:
        case Date():
            return _date(value, value.days)
        case LocalTime():
            return _time(value.nanos)
        case Time():
            return _time(value.nanos).replace(tzinfo=_fixed(value.offset))
        case LocalDateTime():
            return dt.datetime.combine(_date(value, value.days), _time(value.nanos))
        case DateTime():
            local = dt.datetime.combine(
                _date(value, value.days), _time(value.nanos), _fixed(value.offset)
            )
            if value.zone is None:
                return local
            zoned = local.replace(tzinfo=zone_data(value.zone))
            # Of an hour that a clock shows twice, the showing that has this offset; of an offset
            # that the zone data does not know (any more), the offset alone.
            for fold in (0, 1):
                if zoned.replace(fold=fold).utcoffset() == local.utcoffset():
                    return zoned.replace(fold=fold)
            return local
        case Duration():
            if value.months:
                raise Invalid("illegal_argument", f"{value} has months, which a timedelta has not")
            try:
                return dt.timedelta(value.days, value.seconds, value.nanoseconds // 1000)
            except OverflowError:
                raise Invalid(
                    "illegal_argument", f"{value} is longer than a timedelta can be"
                ) from None


def _date(value: Temporal, days: int) -> dt.date:
    low, high = _YEARS
    if not low <= civil(days)[0] <= high:
        raise Invalid(
            "illegal_argument", f"{value} lies outside the years {low} to {high} of Python's dates"
        )
    return dt.date.fromordinal(days + _EPOCH_ORDINAL)


def _time(nanos: int) -> dt.time:
    seconds, rest = divmod(nanos, SECOND_NANOS)
    minutes, second = divmod(seconds, 60)
    return dt.time(minutes // 60, minutes % 60, second, rest // 1000)


def _fixed(offset: int) -> dt.timezone:
    return dt.timezone(dt.timedelta(seconds=offset)) if offset else dt.UTC
