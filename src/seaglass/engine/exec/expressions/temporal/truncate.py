"""`date.truncate(unit, value, fields)` and its kin: the beginning of the unit that a value lies in.

Above: `functions`. Below: `fields`, `make`, `engine/values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.temporal.fields import (
    DATE_FIELDS,
    TIME_FIELDS,
    build_day,
    build_nanos,
)
from seaglass.engine.exec.expressions.temporal.make import NAMES, zone_field
from seaglass.engine.values import calendar, zones
from seaglass.engine.values.calendar import DAY_NANOS, SECOND_NANOS
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.temporal import (
    INSTANTS,
    Date,
    DateTime,
    LocalDateTime,
    LocalTime,
    Time,
)
from seaglass.engine.values.temporal import day as checked_day

if TYPE_CHECKING:
    from seaglass.engine.values.temporal import Instant
    from seaglass.engine.values.types import Value

YEAR_UNITS = {"millennium": 1000, "century": 100, "decade": 10, "year": 1}
TIME_UNITS = {
    "hour": 3600 * SECOND_NANOS,
    "minute": 60 * SECOND_NANOS,
    "second": SECOND_NANOS,
    "millisecond": 1_000_000,
    "microsecond": 1_000,
}
_DATES = (*YEAR_UNITS, "weekYear", "quarter", "month", "week", "day")
_BY_LOWER = {name.lower(): name for name in (*_DATES, *TIME_UNITS)}
# Where a unit keeps parts of a second, a smaller part that is given is added to them.
_KEPT = {"millisecond": ("millisecond",), "microsecond": ("millisecond", "microsecond")}


def unit_of(unit: Value) -> str | None:
    """The name of a unit as it stands here, None where there is none."""
    return _BY_LOWER.get(unit.lower()) if isinstance(unit, str) else None


def truncate(kind: type, unit: Value, value: Value, given: Value) -> Instant:
    """The value at the beginning of its unit, as `kind`, with the given fields changed.

    Raises: Invalid(illegal_argument) when the unit, the value or a field does not fit the kind
    """
    name = f"{NAMES[kind]}.truncate()"
    known = unit_of(unit)
    if known is None:
        shown = repr(unit) if isinstance(unit, str) else type_name(unit)
        raise Invalid(
            "illegal_argument",
            f"{name} knows the units {', '.join(_BY_LOWER.values())}: not {shown}",
        )
    unit = known
    if not isinstance(value, INSTANTS):
        raise Invalid(
            "illegal_argument", f"{name} needs a temporal instant, but got {type_name(value)}"
        )
    if not isinstance(given, dict):
        raise Invalid("illegal_argument", f"{name} needs a map last, but got {type_name(given)}")
    days = _days(unit, value) if kind in (Date, LocalDateTime, DateTime) else None
    _check_fields(kind, name, given)
    if kind is Date:
        if unit in TIME_UNITS:
            raise Invalid("illegal_argument", f"A date has no {unit}")
        assert days is not None
        return Date(build_day(given, days))
    nanos = _nanos(unit, value, dated=days is not None)
    nanos = build_nanos(_with_kept(unit, nanos, given), nanos)
    return _assembled(kind, value, None if days is None else build_day(given, days), nanos, given)


def _assembled(
    kind: type, value: Instant, days: int | None, nanos: int, given: dict[str, Value]
) -> Instant:
    if days is None:
        if kind is LocalTime:
            return LocalTime(nanos)
        own = value.offset if isinstance(value, Time | DateTime) else 0
        zone = zone_field(given)
        if isinstance(zone, str):
            raise Invalid("illegal_argument", "A time needs an offset such as '+01:00' as timezone")
        return Time(nanos, own if zone is None else zone)
    if kind is LocalDateTime:
        return LocalDateTime(days, nanos)
    zone = zone_field(given)
    if zone is None:
        zone = zones.zone_of(value) if isinstance(value, DateTime) else 0
    return zones.local_in(days, nanos, zone)


def _days(unit: str, value: Instant) -> int:
    if not isinstance(value, Date | LocalDateTime | DateTime):
        raise Invalid("illegal_argument", f"A date is needed, but this is {type_name(value)}")
    days = value.days
    year, month, _ = calendar.civil(days)
    if unit in YEAR_UNITS:
        return checked_day(calendar.days_of(year - year % YEAR_UNITS[unit], 1, 1))
    match unit:
        case "weekYear":
            return checked_day(calendar.first_week(calendar.week_of(days)[0]))
        case "quarter":
            return calendar.quarter_start(year, (month + 2) // 3)
        case "month":
            return calendar.days_of(year, month, 1)
        case "week":
            return checked_day(days - calendar.week_day(days) + 1)
        case _:
            return days


def _nanos(unit: str, value: Instant, *, dated: bool) -> int:
    """The time of day at the beginning of the unit."""
    if unit not in TIME_UNITS:
        if not dated and unit != "day":
            raise Invalid("illegal_argument", f"A time has no {unit}")
        return 0
    if isinstance(value, Date):
        return 0
    each = TIME_UNITS.get(unit, DAY_NANOS)
    return value.nanos - value.nanos % each


def _with_kept(unit: str, nanos: int, given: dict[str, Value]) -> dict[str, Value]:
    kept = _KEPT.get(unit, ())
    parts = ("millisecond", "microsecond", "nanosecond")
    if not kept or not any(name in given for name in parts[len(kept) :]):
        return given
    rest = nanos % SECOND_NANOS
    found: dict[str, Value] = {"millisecond": rest // 1_000_000}
    if "microsecond" in kept:
        found["microsecond"] = rest // 1_000 % 1_000
    return {**found, **given}


def _check_fields(kind: type, name: str, given: dict[str, Value]) -> None:
    allowed: frozenset[str] = frozenset()
    if kind in (Date, LocalDateTime, DateTime):
        allowed |= DATE_FIELDS
    if kind is not Date:
        allowed |= TIME_FIELDS
    if kind in (Time, DateTime):
        allowed |= {"timezone"}
    for field in given:
        if field not in allowed:
            raise Invalid("illegal_argument", f"{name} knows no field {field}")
