"""Dates, times and durations: parts, arithmetic, truncation, text.

Above: expressions, functions. Below: Python's calendar, `engine/values/temporal` for the types. The
years are those of Python's calendar, offsets are fixed ones; named zones are left to the TCK.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from seaglass.engine.values.temporal import (
    INSTANTS,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
)
from seaglass.testkit.oracle.values import moment, wrong

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value

_EPOCH = dt.date(1970, 1, 1).toordinal()
_SECOND = 10**9
_DAY = 86_400 * _SECOND
Dated = Date | LocalDateTime | DateTime
Clocked = LocalTime | Time | LocalDateTime | DateTime


def _date(days: int) -> dt.date:
    return dt.date.fromordinal(days + _EPOCH)


def _days(date: dt.date) -> int:
    return date.toordinal() - _EPOCH


def part(value: Temporal, key: str) -> Value:
    """`value.key`."""
    found: dict[str, Value] = {}
    if isinstance(value, Duration):
        return _duration_part(value, key)
    if isinstance(value, Dated):
        date = _date(value.days)
        week_year, week, week_day = date.isocalendar()
        quarter = (date.month - 1) // 3 + 1
        found |= {"year": date.year, "month": date.month, "day": date.day, "week": week}
        found |= {"weekYear": week_year, "dayOfWeek": week_day, "quarter": quarter}
        found |= {"ordinalDay": date.timetuple().tm_yday}
        found |= {"dayOfQuarter": (date - dt.date(date.year, quarter * 3 - 2, 1)).days + 1}
    if isinstance(value, Clocked):
        seconds, below = divmod(value.nanos, _SECOND)
        found |= {"hour": seconds // 3600, "minute": seconds // 60 % 60, "second": seconds % 60}
        found |= {"millisecond": below // 10**6, "microsecond": below // 1000, "nanosecond": below}
    if isinstance(value, Time | DateTime):
        found |= {"offsetSeconds": value.offset, "offset": _offset(value.offset)}
    if isinstance(value, DateTime):
        found |= {"epochSeconds": moment(value) // _SECOND, "epochMillis": moment(value) // 10**6}
    return found[key] if key in found else wrong(f"{key} of {value}")


def _duration_part(value: Duration, key: str) -> Value:
    months, days, seconds, below = value.months, value.days, value.seconds, value.nanoseconds
    nanos = seconds * _SECOND + below
    found = {"years": int(Fraction(months, 12)), "months": months, "days": days}
    found |= {"hours": int(Fraction(seconds, 3600)), "minutes": int(Fraction(seconds, 60))}
    found |= {"seconds": seconds, "milliseconds": nanos // 10**6, "nanoseconds": nanos}
    found |= {"weeks": int(Fraction(days, 7)), "nanosecondsOfSecond": below}
    found["monthsOfYear"] = months - found["years"] * 12
    found["minutesOfHour"] = found["minutes"] - int(Fraction(found["minutes"], 60)) * 60
    found["secondsOfMinute"] = seconds - found["minutes"] * 60
    return found[key] if key in found else wrong(f"{key} of a duration")


def arithmetic(operator: str, one: Value, two: Value) -> Value:
    """`one operator two`, of which one is temporal."""
    if operator == "-" and isinstance(two, Duration):
        return arithmetic("+", one, _made(-two.months, -two.days, -_nanos(two)))
    match operator, one, two:
        case "+", Duration(), Duration():
            nanos = _nanos(one) + _nanos(two)
            return _made(one.months + two.months, one.days + two.days, nanos)
        case ("+", Date() | LocalTime() | Time() | LocalDateTime() | DateTime(), Duration()):
            return moved(one, two)
        case ("+", Duration(), Date() | LocalTime() | Time() | LocalDateTime() | DateTime()):
            return moved(two, one)
        case "*", Duration(), int() | float():
            return _times(one, Fraction(two))
        case "*", int() | float(), Duration():
            return _times(two, Fraction(one))
        case "/", Duration(), int() | float():
            return _times(one, 1 / Fraction(two)) if two else wrong("division by zero")
        case _:
            return wrong(f"{one!r} {operator} {two!r}")


def _nanos(value: Duration) -> int:
    return value.seconds * _SECOND + value.nanoseconds


def _made(months: int, days: int, nanos: int) -> Duration:
    return Duration(months, days, *divmod(nanos, _SECOND))


def _times(value: Duration, factor: Fraction) -> Duration:
    """What is broken of a part goes on in the next one; a month has 2,629,746 seconds."""
    months = value.months * factor
    days = value.days * factor + (months - int(months)) * Fraction(2_629_746, 86_400)
    nanos = _nanos(value) * factor + (days - int(days)) * _DAY
    return _made(int(months), int(days), int(nanos))


def _later(days: int, months: int) -> int:
    """The day so many months later, or the last one of that month."""
    date = _date(days)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    first = dt.date(year, month + 1, 1)
    following = dt.date(year + month // 11, (month + 1) % 12 + 1, 1)
    return _days(first) + min(date.day, (following - first).days) - 1


def moved(value: Value, by: Duration) -> Temporal:
    """`value + by`: months, then days, then time, which goes round where there is no day."""
    if isinstance(value, LocalTime | Time):
        return replace(value, nanos=(value.nanos + _nanos(by)) % _DAY)
    assert isinstance(value, Dated)
    days = _later(value.days, by.months) + by.days
    if isinstance(value, Date):
        return replace(value, days=days + int(Fraction(_nanos(by), _DAY)))
    more, nanos = divmod(value.nanos + _nanos(by), _DAY)
    return replace(value, days=days + more, nanos=nanos)


def truncated(unit: str, value: Value) -> Temporal:
    """`type.truncate(unit, value)` to the type that the value has."""
    if not isinstance(value, INSTANTS):
        wrong("truncate")
    sizes = {"hour": 3600 * _SECOND, "minute": 60 * _SECOND, "second": _SECOND}
    sizes |= {"day": _DAY, "millisecond": 10**6, "microsecond": 1000}
    if unit in sizes:
        if isinstance(value, Date):
            return value if unit == "day" else wrong("a part of a day")
        return replace(value, nanos=value.nanos - value.nanos % sizes[unit])
    if not isinstance(value, Dated):
        wrong("a time has no days")
    date = _date(value.days)
    firsts = {
        "week": date - dt.timedelta(date.weekday()),
        "month": date.replace(day=1),
        "quarter": date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1),
        "year": date.replace(month=1, day=1),
        "decade": date.replace(year=max(1, date.year // 10 * 10), month=1, day=1),
        "century": date.replace(year=max(1, date.year // 100 * 100), month=1, day=1),
    }
    days = _days(firsts[unit])
    if isinstance(value, Date):
        return replace(value, days=days)
    return replace(value, days=days, nanos=0)


def between(first: Value, second: Value, largest: str) -> Duration:
    """duration.between() and its kin, of two values of one type.

    Args: largest: the largest part: months, days or seconds
    """
    if type(first) is not type(second) or not isinstance(first, INSTANTS):
        wrong("duration.between")
    assert isinstance(second, INSTANTS)
    if isinstance(first, LocalTime | Time):
        return _made(0, 0, moment(second) - moment(first) if largest != "days" else 0)
    assert isinstance(first, Dated)
    assert isinstance(second, Dated)
    if isinstance(first, DateTime) and isinstance(second, DateTime):
        # On the clock of the first.
        days, nanos = divmod(moment(second) + first.offset * _SECOND, _DAY)
        second = replace(second, days=days, nanos=nanos, offset=first.offset)
    if largest == "seconds":
        return _made(0, 0, moment(second) - moment(first))
    months = 0
    if largest == "months":
        one, two = _date(first.days), _date(second.days)
        months = (two.year - one.year) * 12 + two.month - one.month
        place = [(d.day, 0 if isinstance(v, Date) else v.nanos) for d, v in _pairs(first, second)]
        if months > 0 and place[1] < place[0]:
            months -= 1
        elif months < 0 and place[1] > place[0]:
            months += 1
    reached = moved(first, Duration(months, 0, 0, 0))
    assert isinstance(reached, INSTANTS)
    days = int(Fraction(moment(second) - moment(reached), _DAY))
    if largest == "days":
        return _made(0, days, 0)
    rest = moment(second) - moment(reached) - days * _DAY
    return _made(months, days, rest)


def _pairs(first: Dated, second: Dated) -> list[tuple[dt.date, Dated]]:
    return [(_date(value.days), value) for value in (first, second)]


def text(value: Temporal) -> str:
    """An instant as toString() writes it."""
    if isinstance(value, Duration):
        return wrong("the text of a duration")
    date = f"{_date(value.days).isoformat()}" if isinstance(value, Dated) else ""
    if isinstance(value, Date):
        return date
    seconds, below = divmod(value.nanos, _SECOND)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60 or below:
        clock += f":{seconds % 60:02}"
    if below:
        # As Java does: three, six or nine digits.
        digits = f"{below:09}"
        clock += f".{digits.removesuffix('000').removesuffix('000')}"
    offset = _offset(value.offset) if isinstance(value, Time | DateTime) else ""
    return f"{date}{'T' if date else ''}{clock}{offset}"


def _offset(offset: int) -> str:
    if not offset:
        return "Z"
    size = abs(offset)
    shown = f"{'-' if offset < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}"
    return shown + (f":{size % 60:02}" if size % 60 else "")
