"""Temporal values from maps and from one another: what date({...}) and time(x) give.

Above: `functions`, `truncate`. Below: `fields`, `engine/values`.
A map names what it begins with as `date`, `time` or `datetime`, and a `timezone`. Where the time
that it begins with has an offset, a `timezone` turns its clock to that zone; else it says where the
clock stands.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.temporal.fields import (
    DATE_FIELDS,
    TIME_FIELDS,
    build_day,
    build_nanos,
    whole,
)
from seaglass.engine.values import zones
from seaglass.engine.values.amounts import UNITS, duration_of
from seaglass.engine.values.calendar import SECOND_NANOS
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.temporal import (
    INSTANTS,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
    day,
    instant_of,
    split_seconds,
)
from seaglass.engine.values.temporal_parse import PARSERS, parse_duration, parse_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.values.temporal import Instant
    from seaglass.engine.values.types import Value

NAMES: dict[type, str] = {
    Date: "date",
    LocalTime: "localtime",
    Time: "time",
    LocalDateTime: "localdatetime",
    DateTime: "datetime",
}
_DATED = (Date, LocalDateTime, DateTime)
_TIMED = (LocalTime, Time, LocalDateTime, DateTime)
_EPOCH_FIELDS = ("epochSeconds", "epochMillis")
_FIELDS: dict[type, frozenset[str]] = {
    Date: DATE_FIELDS | {"date"},
    LocalTime: TIME_FIELDS | {"time"},
    Time: TIME_FIELDS | {"time", "timezone"},
    LocalDateTime: DATE_FIELDS | TIME_FIELDS | {"date", "time", "datetime"},
    DateTime: DATE_FIELDS | TIME_FIELDS | {"date", "time", "datetime", "timezone", *_EPOCH_FIELDS},
}
_UTC = 0


def make(kind: type, value: Value, now_ns: int) -> Instant:
    """`value` as a temporal value of this kind: from text, a map, or another temporal value.

    Args: now_ns: the query's time, for the offset of a zone that has no date beside it

    Raises: Invalid(illegal_argument) when it is none
    """
    if isinstance(value, str):
        return PARSERS[kind](value)
    if isinstance(value, dict):
        return _from_map(kind, value, now_ns)
    if isinstance(value, INSTANTS):
        return _converted(kind, value)
    raise Invalid(
        "illegal_argument",
        f"{NAMES[kind]}() needs a text, a map or a temporal value, but got {type_name(value)}",
    )


def make_duration(value: Value) -> Duration:
    """Raises: Invalid(illegal_argument) when it is no duration"""
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    if not isinstance(value, dict):
        raise Invalid(
            "illegal_argument", f"duration() needs a text or a map, but got {type_name(value)}"
        )
    _check_names("duration", value, UNITS)
    if not value:
        raise Invalid("illegal_argument", "duration() needs at least one unit in its map")
    return duration_of({name: fraction_of(number, name) for name, number in value.items()})


def fraction_of(number: Value, what: str) -> Fraction:
    """A number exactly; a float as the decimal number that it prints as, so that 0.1 is a tenth.

    Raises: Invalid(illegal_argument) when it is no finite number
    """
    if type(number) is int:
        return Fraction(number)
    if type(number) is float and abs(number) < float("inf"):
        return Fraction(repr(number))
    shown = str(number) if isinstance(number, float) else type_name(number)
    raise Invalid("illegal_argument", f"{what} needs a finite number, but got {shown}")


def now_as(kind: type, now_ns: int, zone: str | int) -> Instant:
    """The moment as a clock in the zone shows it."""
    seconds, nanos = divmod(now_ns, SECOND_NANOS)
    return _converted(kind, zones.moved_to(epoch(seconds, nanos), zone))


def epoch(seconds: int, nanos: int) -> DateTime:
    """Seconds since 1970 and nanoseconds, in UTC."""
    carried, rest = divmod(nanos, SECOND_NANOS)
    days, of_day = split_seconds(seconds + carried)
    return DateTime(day(days), of_day + rest, _UTC)


def zone_field(fields: Mapping[str, Value]) -> str | int | None:
    """The zone or offset in `timezone`."""
    if "timezone" not in fields:
        return None
    text = fields["timezone"]
    if not isinstance(text, str):
        raise Invalid(
            "illegal_argument", f"The field timezone needs a text, but got {type_name(text)}"
        )
    zone = parse_zone(text)
    return zone if isinstance(zone, int) else zones.check_zone(zone)


def _check_names(kind: str, fields: Mapping[str, Value], known: object) -> None:
    assert isinstance(known, dict | frozenset)
    for name in fields:
        if name not in known:
            raise Invalid("illegal_argument", f"{kind}() knows no field {name}")


def _converted(kind: type, value: Instant) -> Instant:
    """The value with what the kind lacks left out, and midnight or UTC where it has none."""
    if isinstance(value, kind):
        return value
    if kind in (Date, LocalDateTime, DateTime) and not isinstance(value, _DATED):
        raise _lacks(kind, value, "no date")
    if kind in (LocalTime, Time) and not isinstance(value, _TIMED):
        raise _lacks(kind, value, "no time")
    days = value.days if isinstance(value, _DATED) else 0
    nanos = value.nanos if isinstance(value, _TIMED) else 0
    if kind is Date:
        return Date(days)
    if kind is LocalTime:
        return LocalTime(nanos)
    if kind is Time:
        return Time(nanos, value.offset if isinstance(value, Time | DateTime) else _UTC)
    return LocalDateTime(days, nanos) if kind is LocalDateTime else DateTime(days, nanos, _UTC)


def _lacks(kind: type, value: Value, what: str) -> Invalid:
    return Invalid(
        "illegal_argument", f"{NAMES[kind]}() cannot be made of {type_name(value)}: it has {what}"
    )


def _from_map(kind: type, fields: dict[str, Value], now_ns: int) -> Instant:
    _check_names(NAMES[kind], fields, _FIELDS[kind])
    if None in fields.values():
        name = next(name for name, value in fields.items() if value is None)
        raise Invalid("illegal_argument", f"The field {name} is null; leave it out")
    if any(name in fields for name in _EPOCH_FIELDS):
        return _from_epoch(fields)
    date, time = _sources(fields)
    if kind is Date:
        return Date(build_day(fields, date))
    zone = zone_field(fields)
    if kind is LocalTime:
        return LocalTime(_nanos(fields, time))
    if kind is Time:
        return _time(fields, time, zone, now_ns)
    days = build_day(fields, date)
    nanos = _nanos(fields, time)
    if kind is LocalDateTime:
        return LocalDateTime(days, nanos)
    own = _own_zone(time)
    if own is None:
        return zones.local_in(days, nanos, _UTC if zone is None else zone)
    made = zones.local_in(days, nanos, own)
    return made if zone is None else zones.moved_to(made, zone)


def _nanos(fields: Mapping[str, Value], time: Instant | None) -> int:
    base = time.nanos if isinstance(time, _TIMED) else None
    return build_nanos(fields, base)


def _own_zone(time: Instant | None) -> str | int | None:
    if isinstance(time, DateTime):
        return zones.zone_of(time)
    return time.offset if isinstance(time, Time) else None


def _sources(fields: Mapping[str, Value]) -> tuple[int | None, Instant | None]:
    """The day and the time that the map begins with."""
    both = fields.get("datetime")
    if both is not None:
        if "date" in fields or "time" in fields:
            raise Invalid("illegal_argument", "The field datetime goes with neither date nor time")
        if not isinstance(both, LocalDateTime | DateTime):
            raise _wrong_source("datetime", both)
        return both.days, both
    date, time = fields.get("date"), fields.get("time")
    if date is not None and not isinstance(date, _DATED):
        raise _wrong_source("date", date)
    if time is not None and not isinstance(time, _TIMED):
        raise _wrong_source("time", time)
    return None if date is None else date.days, time


def _wrong_source(name: str, value: Value) -> Invalid:
    return Invalid("illegal_argument", f"The field {name} cannot begin with {type_name(value)}")


def _time(
    fields: Mapping[str, Value], time: Instant | None, zone: str | int | None, now_ns: int
) -> Time:
    nanos = _nanos(fields, time)
    own = time.offset if isinstance(time, Time | DateTime) else None
    if zone is None:
        return Time(nanos, _UTC if own is None else own)
    if isinstance(zone, str):
        # A zone's offset depends on the day: the value's own, else the query's.
        moment = instant_of(time)[0] if isinstance(time, DateTime) else now_ns // SECOND_NANOS
        zone = zones.offset_at(zone, moment)
    if own is None:
        return Time(nanos, zone)
    turned = zones.at_offset(DateTime(0, nanos, own), zone)
    return Time(turned.nanos, zone)


def _from_epoch(fields: Mapping[str, Value]) -> DateTime:
    """`{epochSeconds: ..., nanosecond: ...}` and `{epochMillis: ...}`, with a timezone if wanted."""
    for name in fields:
        if name not in (*_EPOCH_FIELDS, "nanosecond", "timezone"):
            raise Invalid("illegal_argument", f"The field {name} does not go with epoch fields")
    seconds, millis = whole(fields, "epochSeconds"), whole(fields, "epochMillis")
    if seconds is not None and millis is not None:
        raise Invalid("illegal_argument", "epochSeconds and epochMillis do not go together")
    nanos = whole(fields, "nanosecond") or 0
    made = epoch(seconds or 0, (millis or 0) * 1_000_000 + nanos)
    zone = zone_field(fields)
    return made if zone is None else zones.moved_to(made, zone)
