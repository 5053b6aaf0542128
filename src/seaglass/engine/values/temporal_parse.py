"""Text to temporal values: all forms of ISO 8601 that openCypher and Neptune take.

Above: the functions date(), time(), .... Below: `temporal`, `calendar`, `zones`.

    date      basic     yyyy  yyyyMM  yyyyMMdd  yyyyDDD  yyyyWww  yyyyWwwD  yyyyQq  yyyyQqDD
              extended  yyyy-MM  yyyy-MM-dd  yyyy-DDD  yyyy-Www  yyyy-Www-D  yyyy-Qq  yyyy-Qq-DD;
                        the year may have a sign and then 1 to 9 digits
    time      hh  hh:mm  hh:mm:ss  hhmm  hhmmss, after seconds a fraction of up to 9 digits
    offset    Z  +hh  +hh:mm  +hh:mm:ss  +hhmm  +hhmmss, or -; a date may have one, too: after -
                        without a colon only where it is written yyyy-MM-dd
    zone      after a time, also after its offset: [Area/City]
    duration  PnYnMnWnDTnHnMnS, numbers with signs and fractions; or Pyyyy-MM-ddThh:mm:ss

A text is taken apart at its `T`, its sign and its bracket, and each piece must match one pattern
whole. The patterns have no choice between two ways of reading a character, so that their cost is
linear.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.values import calendar
from seaglass.engine.values.amounts import duration_of
from seaglass.engine.values.calendar import SECOND_NANOS
from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
    checked_offset,
)
from seaglass.engine.values.temporal import day as checked_day
from seaglass.engine.values.zones import at_zone

if TYPE_CHECKING:
    from collections.abc import Callable

# The longest text that is looked at; the longest that means something has some 90 characters.
_CHARS_MAX = 200
_SHOWN_CHARS = 60
# Signs within a date, besides that of its year.
_DATE_DASHES = 2
_YEAR = re.compile(r"(?:[0-9]{4}|[+-][0-9]{1,9})(?=$|-)")
_BASIC = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?P<day>[0-9]{2})?|(?P<ordinal>[0-9]{3})"
    r"|W(?P<week>[0-9]{2})(?P<week_day>[0-9])?|Q(?P<quarter>[0-9])(?P<quarter_day>[0-9]{2})?)\Z"
)
_EXTENDED = re.compile(
    r"(?:-(?:(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?|(?P<ordinal>[0-9]{3})"
    r"|W(?P<week>[0-9]{1,2})(?:-(?P<week_day>[0-9]))?"
    r"|Q(?P<quarter>[0-9])(?:-(?P<quarter_day>[0-9]{1,2}))?))?\Z"
)
_BASIC_TIME = re.compile(r"([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?\Z")
_EXTENDED_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.,]([0-9]{1,9}))?)?\Z")
_OFFSET = re.compile(r"([+-])([0-9]{2})(?:(:?)([0-9]{2})(?:\3([0-9]{2}))?)?\Z")
_UNITS = re.compile(r"([+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?)([A-Z])")
_DATE_UNITS = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}
_TIME_UNITS = {"H": "hours", "M": "minutes", "S": "seconds"}


def parse_date(text: str) -> Date:
    """Raises: Invalid(illegal_argument) when the text is no date; so do the others here"""
    if text.endswith("Z"):
        return Date(_days(text[:-1], text), 0)
    place = text.rfind("+")
    if place < 1 and (":" in text or text.count("-", 1) > _DATE_DASHES):
        # The last sign begins an offset.
        place = text.rfind("-")
    if place < 1:
        return Date(_days(text, text))
    return Date(_days(text[:place], text), _offset(text[place:], text))


def parse_local_time(text: str) -> LocalTime:
    return LocalTime(_nanos(text, text))


def parse_time(text: str) -> Time:
    """Without an offset it is UTC."""
    clock, offset, zone = _split_zone(text)
    if zone:
        raise _unreadable("time", text)
    return Time(_nanos(clock, text), _offset(offset, text) if offset else 0)


def parse_local_date_time(text: str) -> LocalDateTime:
    """Without a time it is midnight."""
    date, _, clock = text.partition("T")
    return LocalDateTime(_days(date, text), _nanos(clock, text) if clock else 0)


def parse_date_time(text: str) -> DateTime:
    """Without an offset or a zone it is UTC, without a time midnight."""
    date, mark, rest = text.partition("T")
    if not mark:
        plain, bracket, name = text.partition("[")
        date, rest = plain, bracket + name
    clock, offset_part, zone = _split_zone(rest)
    days = _days(date, text)
    nanos = _nanos(clock, text) if clock or mark else 0
    offset = _offset(offset_part, text) if offset_part else None
    if zone:
        return at_zone(days, nanos, zone, offset)
    return DateTime(days, nanos, offset or 0)


def parse_zone(text: str) -> str | int:
    """An offset in seconds where the text is one, else the name of a zone, which may be none."""
    if text == "Z" or text[:1] in ("+", "-"):
        return _offset(text, text)
    return text


def parse_duration(text: str) -> Duration:
    whole = text
    sign = -1 if text.startswith("-") else 1
    text = text[1:] if text[:1] in ("+", "-") else text
    if not text.startswith("P") or len(text) < 3 or len(text) > _CHARS_MAX:
        raise _unreadable("duration", whole)
    date, mark, clock = text[1:].partition("T")
    if (mark and not clock) or text[-1] == "T":
        raise _unreadable("duration", whole)
    if text[-1].isdigit():
        return _calendar_duration(date, clock, whole, sign)
    amounts = {
        **_amounts(date, _DATE_UNITS, whole, sign),
        **_amounts(clock, _TIME_UNITS, whole, sign),
    }
    return duration_of(amounts)


def _amounts(text: str, units: dict[str, str], whole: str, sign: int) -> dict[str, Fraction]:
    """The numbers of one half of a duration by unit; each unit at most once, in order."""
    found: dict[str, Fraction] = {}
    waiting = list(units)
    place = 0
    while place < len(text):
        piece = _UNITS.match(text, place)
        if piece is None or piece[2] not in waiting:
            raise _unreadable("duration", whole)
        del waiting[: waiting.index(piece[2]) + 1]
        found[units[piece[2]]] = sign * Fraction(piece[1].replace(",", "."))
        place = piece.end()
    return found


def _calendar_duration(date: str, clock: str, whole: str, sign: int) -> Duration:
    """`P2012-02-02T14:37:21.545`: as many years, months, ..."""
    found = re.match(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})\Z", date)
    if found is None:
        raise _unreadable("duration", whole)
    names = ("years", "months", "days")
    amounts = {name: Fraction(part) for name, part in zip(names, found.groups(), strict=True)}
    if clock:
        amounts["nanoseconds"] = Fraction(_nanos(clock, whole))
    return duration_of({name: sign * number for name, number in amounts.items()})


def _days(text: str, whole: str) -> int:
    if len(text) > _CHARS_MAX:
        raise _unreadable("date", whole)
    year = _YEAR.match(text)
    found = _EXTENDED.match(text, year.end()) if year else _BASIC.match(text)
    if found is None:
        raise _unreadable("date", whole)
    parts = {name: int(part) for name, part in found.groupdict().items() if part is not None}
    number = int(year[0]) if year else parts.pop("year")
    days = _place(number, parts)
    if days is None:
        raise Invalid("illegal_argument", f"{_quoted(whole)} names a day that does not exist")
    return checked_day(days)


def _place(year: int, parts: dict[str, int]) -> int | None:
    """The day, None where it does not exist."""
    if "ordinal" in parts:
        limit = 366 if calendar.is_leap(year) else 365
        start = calendar.days_of(year, 1, 1)
        return _nth(start, parts["ordinal"], limit)
    if "week" in parts:
        week = _nth(0, parts["week"], calendar.weeks_in(year))
        day = _nth(0, parts.get("week_day", 1), 7)
        return None if week is None or day is None else calendar.first_week(year) + 7 * week + day
    if "quarter" in parts:
        if not 1 <= parts["quarter"] <= 4:
            return None
        start = calendar.quarter_start(year, parts["quarter"])
        limit = calendar.quarter_start(year, parts["quarter"] + 1) - start
        return _nth(start, parts.get("quarter_day", 1), limit)
    month = parts.get("month", 1)
    if not 1 <= month <= 12:
        return None
    start = calendar.days_of(year, month, 1)
    return _nth(start, parts.get("day", 1), calendar.month_days(year, month))


def _nth(start: int, number: int, limit: int) -> int | None:
    return start + number - 1 if 1 <= number <= limit else None


def _nanos(text: str, whole: str) -> int:
    found = _EXTENDED_TIME.match(text) or _BASIC_TIME.match(text)
    if found is None:
        raise _unreadable("time", whole)
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise Invalid("illegal_argument", f"{_quoted(whole)} names a time that does not exist")
    nanos = int((found[4] or "").ljust(9, "0"))
    return (hour * 3600 + minute * 60 + second) * SECOND_NANOS + nanos


def _split_zone(text: str) -> tuple[str, str, str]:
    """A time, its offset and its zone as texts, '' where they are missing."""
    zone = ""
    if text.endswith("]"):
        text, _, zone = text[:-1].partition("[")
        if not zone:
            raise _unreadable("time", text)
    if text.endswith("Z"):
        return text[:-1], "Z", zone
    place = max(text.find("+"), text.find("-"))
    return (text, "", zone) if place < 0 else (text[:place], text[place:], zone)


def _offset(text: str, whole: str) -> int:
    if text == "Z":
        return 0
    found = _OFFSET.match(text)
    if found is None:
        raise _unreadable("offset from UTC", whole)
    hours, minutes, seconds = (int(found[group] or 0) for group in (2, 4, 5))
    if minutes > 59 or seconds > 59:
        raise _unreadable("offset from UTC", whole)
    total = hours * 3600 + minutes * 60 + seconds
    return checked_offset(-total if found[1] == "-" else total)


def _unreadable(what: str, text: str) -> Invalid:
    return Invalid("illegal_argument", f"{_quoted(text)} does not read as a {what} of ISO 8601")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "...")


PARSERS: dict[type, Callable[[str], Date | LocalTime | Time | LocalDateTime | DateTime]] = {
    Date: parse_date,
    LocalTime: parse_local_time,
    Time: parse_time,
    LocalDateTime: parse_local_date_time,
    DateTime: parse_date_time,
}
