"""Time zones: the offset from UTC that holds at a moment in a named zone.

Above: what makes and moves DateTimes. Below: `calendar`, the standard library's zoneinfo, tzdata.
The zone data of the package tzdata is taken before the machine's own, so that the same query has
the same answer on all machines. It knows the years 1 to 9999; since the calendar repeats every 400
years, a moment outside is asked for in a year within that looks the same.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from seaglass.base.errors import Invalid
from seaglass.engine.values.calendar import (
    DAY_SECONDS,
    ERA_DAYS,
    SECOND_NANOS,
    civil,
    days_of,
)
from seaglass.engine.values.temporal import DateTime, carried, checked_offset, instant_of

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*\Z")
_NAME_CHARS_MAX = 64
# Zones kept in memory; there are about 600.
_ZONES_MAX = 640
_UTC_NAMES = frozenset({"UTC", "Etc/UTC"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Days that the zone data is asked about: a margin of a year is left at both ends.
_LOW = days_of(2, 1, 1)
_HIGH = days_of(9998, 1, 1)
_NEPTUNE_YEARS = (1400, 9999)
_NEPTUNE_OFFSET_SECONDS = 14 * 3600


@lru_cache(_ZONES_MAX)
def zone_data(name: str) -> ZoneInfo:
    """Raises: Invalid(illegal_argument) when there is no such zone"""
    # It takes long to import, and most queries name no zone.
    from importlib import resources

    if len(name) <= _NAME_CHARS_MAX and _NAME.match(name):
        try:
            with resources.files("tzdata").joinpath("zoneinfo", name).open("rb") as data:
                return ZoneInfo.from_file(data, name)
        except (ModuleNotFoundError, OSError, ValueError):
            pass
        try:
            return ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            pass
    shown = name if len(name) <= _NAME_CHARS_MAX else name[:_NAME_CHARS_MAX] + "..."
    raise Invalid(
        "illegal_argument",
        f"There is no time zone {shown!r}; use a name such as 'Europe/Stockholm', or an offset such"
        " as '+01:00'",
    )


def plain_zone(zone: str | int) -> str | int:
    """The zone; an offset of 0 where it is UTC by name. For times of other programs, which give UTC a name
    where a query writes a Z: with the name they would equal none of those.
    """
    return 0 if zone in _UTC_NAMES else zone


def check_zone(name: str) -> str:
    """Raises: Invalid(illegal_argument) when there is no such zone"""
    zone_data(name)
    return name


def offset_at(zone: str, seconds: int) -> int:
    """The zone's offset at seconds since 1970 in UTC."""
    days, rest = divmod(seconds, DAY_SECONDS)
    moment = _EPOCH + timedelta(days=_known(days), seconds=rest)
    return _seconds(moment.astimezone(zone_data(zone)))


def _local_offsets(zone: str, days: int, nanos: int) -> tuple[int, int]:
    """The offset when a clock in the zone shows this: before and after a change of its offset, the
    same twice where none is near."""
    moment = _EPOCH + timedelta(days=_known(days), seconds=nanos // SECOND_NANOS)
    local = moment.replace(tzinfo=zone_data(zone))
    return _seconds(local), _seconds(local.replace(fold=1))


def _seconds(local: datetime) -> int:
    offset = local.utcoffset()
    assert offset is not None
    return offset.days * DAY_SECONDS + offset.seconds


def _known(days: int) -> int:
    """A day of the same calendar that the zone data knows."""
    if days < _LOW:
        return days + -((days - _LOW) // ERA_DAYS) * ERA_DAYS
    if days >= _HIGH:
        return days - ((days - _HIGH) // ERA_DAYS + 1) * ERA_DAYS
    return days


def at_zone(days: int, nanos: int, zone: str, offset: int | None = None) -> DateTime:
    """The DateTime when a clock in the zone shows this day and time.

    Where the clock shows it twice (it was put back), it is the first time, or the one with
    `offset`; where it never does (it was put forward), it is as much later as the clock skipped.

    Raises: Invalid(illegal_argument) when the zone never has `offset` then, or there is no such
        zone
    """
    before, after = _local_offsets(zone, days, nanos)
    if offset is not None and offset not in (before, after):
        raise Invalid(
            "illegal_argument",
            f"The time zone {zone} does not have the offset that stands before it at that time;"
            " leave the offset out",
        )
    chosen = before if offset is None else offset
    made = DateTime(days, nanos, chosen, zone)
    return in_zone(made, zone) if before != after else made


def in_zone(value: DateTime, zone: str) -> DateTime:
    """The same point in time as a clock in another zone shows it."""
    seconds, _ = instant_of(value)
    return at_offset(value, offset_at(zone, seconds), zone)


def at_offset(value: DateTime, offset: int, zone: str | None = None) -> DateTime:
    """The same point in time with another offset."""
    checked_offset(offset)
    days, nanos = carried(value.days, value.nanos + (offset - value.offset) * SECOND_NANOS)
    return DateTime(days, nanos, offset, zone)


def local_in(days: int, nanos: int, zone: str | int) -> DateTime:
    """The DateTime when a clock at this offset, or in the zone of this name, shows the day and
    time."""
    if isinstance(zone, int):
        return DateTime(days, nanos, zone)
    return at_zone(days, nanos, zone)


def moved_to(value: DateTime, zone: str | int) -> DateTime:
    """The same point in time at this offset or in this zone."""
    return at_offset(value, zone) if isinstance(zone, int) else in_zone(value, zone)


def zone_of(value: DateTime) -> str | int:
    """Its zone, else its offset."""
    return value.offset if value.zone is None else value.zone


def stored_datetime(value: DateTime) -> DateTime:
    """As Neptune Analytics keeps it: in UTC, without what is finer than a millisecond.

    Raises: Invalid(illegal_argument) outside the years and offsets that Neptune has
    """
    if abs(value.offset) > _NEPTUNE_OFFSET_SECONDS:
        raise Invalid(
            "illegal_argument",
            "Neptune Analytics has offsets from -14:00 to +14:00, and the dialect is neptune",
        )
    utc = at_offset(value, 0)
    low, high = _NEPTUNE_YEARS
    if not low <= civil(utc.days)[0] <= high:
        raise Invalid(
            "illegal_argument",
            f"Neptune Analytics has datetimes of the years {low} to {high}, and the dialect is neptune",
        )
    return DateTime(utc.days, utc.nanos - utc.nanos % 1_000_000, 0)
